"""The products beside an action: the best of tonight's recommendations, as many as it asks for.

Not here: which products suit whom (`models/recommendations`).
"""

from typing import TYPE_CHECKING

from regulars.store.actions import said_to_strangers
from regulars.store.sql import literal

if TYPE_CHECKING:
    from regulars.store.actions import Action, ActionCatalogue

LISTED = """(
    select action_list_rows.*{cells}
    from action_list_rows
    {suited}
    where channel = {channel} and kept_out is null
)"""
DEFAULT = """(
    select
        (select as_of_date from settings.night) as as_of_date,
        {action_id} as action_id,
        {customer_reason} as customer_reason{best}
    from predictions.popular_products
)"""
SUITED = """
    left join (
        select customer_id as suited_id, {products}
        from predictions.recommendations
        group by customer_id
    ) as suited on action_list_rows.customer_id = suited.suited_id
"""


def product_columns(catalogue: "ActionCatalogue", channel_id: str) -> tuple[str, ...]:
    """product_1 and so on: as many as any action of a channel recommends."""
    return named_products(
        max((action.recommend for action in catalogue.actions if channel_id in action.channels), default=0)
    )


def named_products(most: int) -> tuple[str, ...]:
    """product_1 and so on."""
    return tuple(f"product_{rank}" for rank in range(1, most + 1))


def listed_sql(catalogue: "ActionCatalogue", channel_id: str) -> str:
    """SQL for the rows of a channel's list, with its `product_columns`.

    Reads temp.action_list_rows, and predictions.recommendations where an action recommends.
    """
    named = list(enumerate(product_columns(catalogue, channel_id), start=1))
    ranked = ", ".join(f"max(product_ref) filter (rank = {rank}) as best_{name}" for rank, name in named)
    return LISTED.format(
        cells="".join(
            f", case when {_wants(catalogue, rank)} then best_{name} end as {name}" for rank, name in named
        ),
        suited=SUITED.format(products=ranked) if named else "",
        channel=literal(channel_id),
    )


def default_sql(action: "Action") -> str:
    """SQL for the one row of what is shown to somebody of whom nothing is known, with what is popular."""
    best = "".join(
        f", max(product_ref) filter (rank = {rank}) as {name}"
        for rank, name in enumerate(named_products(action.recommend), start=1)
    )
    return DEFAULT.format(
        action_id=literal(action.id),
        customer_reason=literal(said_to_strangers(action.customer_reason)),
        best=best,
    )


def _wants(catalogue: "ActionCatalogue", rank: int) -> str:
    """SQL for whether a row's action recommends as many products."""
    actions = [literal(action.id) for action in catalogue.actions if action.recommend >= rank]
    return f"action_id in ({', '.join(actions)})"
