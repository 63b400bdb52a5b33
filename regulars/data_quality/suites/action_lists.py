"""What must be true of the lists that leave the house, as they were read back from their files.

One set of checks for each table of schema `action_lists`, which is named after its channel.
Not here: what an e-mail tool wants in which column.
"""

from collections.abc import Iterator, Mapping

from regulars.data_quality.checks import AnyRows, Check, Night, NoRows, Unique

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
    """Every check of the border: the lists that must exist, then each list."""
    channels = [table.removeprefix(_SCHEMA) for table in sorted(night.catalog) if table.startswith(_SCHEMA)]
    return (
        *_completeness_checks(channels),
        *(check for channel in channels for check in _list_checks(channel, night)),
    )


def _completeness_checks(channels: list[str]) -> Iterator[Check]:
    known = ", ".join(_literal(channel) for channel in channels) or "null"
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
    quoted = f'{_SCHEMA}"{channel}"'
    yield _adds_up(table, quoted, channel, _kept_out(channel, night.context))
    yield Check(
        table=table,
        name="decision_listed_once",
        rule=Unique(("decision_id",)),
        meaning="Nobody is listed twice for the same decision.",
        owner=_OWNER,
    )
    yield from _provenance_checks(table, quoted, channel)
    yield from _cell_checks(table, quoted, night)


def _adds_up(table: str, quoted: str, channel: str, kept_out: int) -> Check:
    chosen = f"select count(*) from {_NEXT} where action_id <> 'none' and channel = {_literal(channel)}"
    return Check(
        table=table,
        name="rows_add_up",
        rule=NoRows(
            f"""
            select 'rows' as problem
            where (select count(*) from {quoted}) is distinct from ({chosen}) - {kept_out} or {kept_out} < 0
            """,
        ),
        meaning="The list holds every decision chosen for its channel but those kept out at the last look.",
        owner=_OWNER,
    )


def _provenance_checks(table: str, quoted: str, channel: str) -> Iterator[Check]:
    decided = f"""
        select actions.decision_id from {_NEXT} as actions
        where actions.decision_id = list.decision_id
            and actions.channel = {_literal(channel)}
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
                    and permissions.channel = {_literal(channel)}
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
        f"regexp_matches({name}, {_literal(_FORMULA)}) and not regexp_matches({name}, {_literal(_PHONE)})"
        for name in map(_identifier, columns)
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
            + " or ".join(f"(trim({_identifier(name)}) <> '') is not true" for name in required),
            required,
        ),
        meaning="Every cell that the tool behind the list cannot do without is filled.",
        owner=_OWNER,
    )


def _kept_out(channel: str, context: Mapping[str, object]) -> int:
    kept_out = context.get("kept_out")
    if not isinstance(kept_out, Mapping) or not isinstance(kept_out.get(channel), int):
        raise TypeError(
            f"context of gate action_lists: kept_out is {kept_out!r}, and needs a number for {channel!r}"
        )
    return int(kept_out[channel])


def _required(channel: str, context: Mapping[str, object]) -> tuple[str, ...]:
    required = context.get("required_columns", {})
    stated = required.get(channel, ()) if isinstance(required, Mapping) else ()
    return tuple(dict.fromkeys((*_ALWAYS_REQUIRED, *stated)))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
