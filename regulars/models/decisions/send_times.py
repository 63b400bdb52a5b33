"""When a touchpoint is to begin: at the hour at which she is there, never in a quiet hour of her own clock.

Her hour is the action's, if it has one, else her profile's, else the most usual one of her stage, else the
channel's. Lists are handed over in
the small hours of the day after the night, and that is the day.
"""

from typing import TYPE_CHECKING

from regulars.store.channels import HOURS
from regulars.store.sql import literal

if TYPE_CHECKING:
    from regulars.store.actions import ActionCatalogue
    from regulars.store.channels import Channels

# an hour of the profile is of the store's clock; one that the clocks skip is the next, which may be quiet
SEND_TIMES = """
select
    customer_id,
    timezone('UTC', timezone(time_zone, {{as_of_date}} + 1 + to_hours(
        [{allowed}][1 + extract(hour from timezone(
            time_zone, timezone(time_zone, {{as_of_date}} + 1 + to_hours(allowed_hour))
        ))]
    ))) as send_at,
    time_zone as send_zone
from (
    select
        customer_id,
        time_zone,
        [{allowed}][1 + coalesce(
            action_hour,
            extract(hour from timezone(
                time_zone, timezone(store_zone, {{as_of_date}} + 1 + to_hours(habit_hour))
            )),
            send_hour
        )] as allowed_hour
    from (
        select
            judged.customer_id,
            night.time_zone as store_zone,
            coalesce(zones.name, night.time_zone) as time_zone,
            customers.best_hour as habit_hour,
            case options.channel {send_hours} end as send_hour,
            {action_hour} as action_hour
        from judged
        inner join options on judged.option_number = options.option_number
        inner join marts.customers as customers on judged.customer_id = customers.customer_id
        cross join settings.night as night
        left join pg_timezone_names() as zones on customers.time_zone = zones.name
        where judged.is_chosen
    )
)
"""


def send_times_sql(channels: "Channels", catalogue: "ActionCatalogue") -> str:
    """SQL for customer_id, send_at (UTC) and send_zone of who was chosen something; needs {as_of_date}.

    Reads the frames judged and options, marts.customers and settings.night.
    """
    fixed = " ".join(
        f"when {literal(action.id)} then {action.send_hour}"
        for action in catalogue.actions
        if action.send_hour is not None
    )
    return SEND_TIMES.format(
        action_hour=f"case options.action_id {fixed} end" if fixed else "null",
        allowed=", ".join(str(channels.allowed_hour(hour)) for hour in range(HOURS)),
        send_hours=" ".join(f"when '{channel.id}' then {channel.send_hour}" for channel in channels.channels),
    )
