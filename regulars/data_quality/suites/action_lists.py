"""What must be true of the lists that leave the house, as they were read back from their files.

One set of checks for each table of schema `action_lists`, which is named after its channel.
Not here: what an e-mail tool wants in which column.
"""

from collections.abc import Iterator, Mapping

from regulars.data_quality.checks import AnyRows, Check, Night, NoRows, Unique
from regulars.data_quality.suites import deliveries, handed_over, offers, way_back
from regulars.data_quality.suites.declared import channels_of
from regulars.store.sql import literal
from regulars.store.sql import quoted as identifier

_OWNER = "crm"
_PRIVACY = "privacy"
_SCHEMA = "action_lists."
_NEXT = "decisions.next_actions"
_ALWAYS_REQUIRED = ("decision_id", "as_of_date")
# after optional spaces, these make a spreadsheet compute a cell instead of showing it
_FORMULA = r"^ *[=+\-@\t\r]"
# the one harmless exception: an E.164 phone number, which a machine file needs as it is
_PHONE = r"^\+[1-9][0-9]{6,14}$"


def checks(night: Night) -> tuple[Check, ...]:
    """Every check of the border: lists, what counts as handed over, what destinations get, what came back."""
    channels = [table.removeprefix(_SCHEMA) for table in sorted(night.catalog) if table.startswith(_SCHEMA)]
    return (
        *_completeness_checks(channels),
        *(check for channel in channels for check in _list_checks(channel, night)),
        *handed_over.checks(night, channels),
        *offers.checks(night),
        *way_back.checks(night),
        *deliveries.checks(night),
    )


def _completeness_checks(channels: list[str]) -> Iterator[Check]:
    known = ", ".join(literal(channel) for channel in channels) or "null"
    yield Check(
        table=_NEXT, name="any_customer", rule=AnyRows(), meaning="Somebody was decided on.", owner=_OWNER
    )
    yield Check(
        table=_NEXT,
        name="every_channel_has_its_list",
        rule=NoRows(
            f"""
            select distinct channel from {_NEXT}
            where action_id is distinct from 'none' and (channel in ({known})) is not true
            """,
            ("channel",),
        ),
        meaning="Every channel somebody is to be contacted through has its list.",
        owner=_OWNER,
    )


def _list_checks(channel: str, night: Night) -> Iterator[Check]:
    table = f"{_SCHEMA}{channel}"
    quoted = f"{_SCHEMA}{identifier(channel)}"
    yield _adds_up(table, quoted, channel)
    yield _address_listed_once(table, quoted, is_email=_kinds(night).get(channel) == "email")
    yield Check(
        table=table,
        name="decision_listed_once",
        rule=Unique(("decision_id",)),
        meaning="Nobody is listed twice for the same decision.",
        owner=_OWNER,
    )
    yield from _provenance_checks(table, quoted, channel)
    yield from _cell_checks(table, quoted, night)


def _adds_up(table: str, quoted: str, channel: str) -> Check:
    return Check(
        table=table,
        name="rows_add_up",
        rule=NoRows(
            f"""
            select coalesce(chosen.decision_id, settled.decision_id) as decision_id
            from (
                select decision_id from {_NEXT} where action_id <> 'none' and channel = {literal(channel)}
            ) as chosen
            full join (
                select decision_id, count(*) as places
                from (
                    select decision_id from {quoted}
                    union all
                    select decision_id from decisions.kept_out where channel = {literal(channel)}
                ) as places
                group by decision_id
            ) as settled using (decision_id)
            where chosen.decision_id is null or (settled.places = 1) is not true
            """,
            ("decision_id",),
        ),
        meaning="Every decision chosen for the channel is either a row of the list or kept out by name.",
        owner=_OWNER,
    )


def _address_listed_once(table: str, quoted: str, *, is_email: bool) -> Check:
    comparable = "lower(trim(address))" if is_email else "trim(address)"
    return Check(
        table=table,
        name="address_listed_once",
        rule=NoRows(
            f"select max(decision_id) as decision_id from {quoted} group by {comparable} having count(*) > 1",
            ("address",),
        ),
        meaning="An address is listed once, whoever shares it.",
        owner=_PRIVACY,
    )


def _kinds(night: Night) -> dict[str, str]:
    return {channel.id: channel.address for channel in channels_of(night).channels}


def _provenance_checks(table: str, quoted: str, channel: str) -> Iterator[Check]:
    decided = f"""
        select actions.decision_id from {_NEXT} as actions
        where actions.decision_id = list.decision_id
            and actions.channel = {literal(channel)}
            and actions.action_id <> 'none'
    """
    yield Check(
        table=table,
        name="was_chosen_tonight",
        rule=NoRows(
            f"select list.decision_id from {quoted} as list where not exists ({decided})", ("decision_id",)
        ),
        meaning="Everybody on the list was chosen for this channel tonight.",
        owner=_OWNER,
    )
    yield Check(
        table=table,
        name="permission_granted",
        rule=NoRows(
            f"""
            select list.decision_id from {quoted} as list
            where not exists (
                select 1 from {_NEXT} as actions
                join marts.customer_permissions as permissions
                    on permissions.customer_id = actions.customer_id
                    and permissions.channel = {literal(channel)}
                    and permissions.purpose = actions.purpose
                    and permissions.status = 'granted'
                where actions.decision_id = list.decision_id
            )
            """,
            ("decision_id",),
        ),
        meaning="Everybody on the list has granted permission for this channel and purpose.",
        owner=_PRIVACY,
    )


def _cell_checks(table: str, quoted: str, night: Night) -> Iterator[Check]:
    columns = tuple(night.catalog[table])
    cells = " or ".join(
        f"regexp_matches({name}, {literal(_FORMULA)}) and not regexp_matches({name}, {literal(_PHONE)})"
        for name in map(identifier, columns)
    )
    yield Check(
        table=table,
        name="no_cell_is_a_formula",
        rule=NoRows(f"select decision_id from {quoted} where {cells}", columns),
        meaning="No cell but a phone number begins with = + - @, tab or carriage return, as formulas do.",
        owner=_OWNER,
    )
    yield Check(
        table=table,
        name="is_of_the_night",
        rule=NoRows(
            f"select decision_id from {quoted} where as_of_date is distinct from '{night.as_of.isoformat()}'",
            ("as_of_date",),
        ),
        meaning="The list is of the night that is being run.",
        owner=_OWNER,
    )
    required = _required(table.removeprefix(_SCHEMA), night.context)
    yield Check(
        table=table,
        name="required_cells_filled",
        rule=NoRows(
            f"select decision_id from {quoted} where "
            + " or ".join(f"(trim({identifier(name)}) <> '') is not true" for name in required),
            required,
        ),
        meaning="Every cell that the tool behind the list cannot do without is filled.",
        owner=_OWNER,
    )


def _required(channel: str, context: Mapping[str, object]) -> tuple[str, ...]:
    required = context.get("required_columns", {})
    stated = required.get(channel, ()) if isinstance(required, Mapping) else ()
    return tuple(dict.fromkeys((*_ALWAYS_REQUIRED, *stated)))
