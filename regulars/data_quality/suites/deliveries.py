"""What must be true of what each destination gets, as read back from its files, and of what it was told.

Part of the border of the action lists. Not here: what a tool wants in which column, which its contract says.
"""

from collections.abc import Iterator

from regulars.data_quality.checks import Check, Night, NoRows
from regulars.data_quality.suites.declared import Delivery, Receiver, deliveries_of, receivers_of
from regulars.store.sql import literal
from regulars.store.sql import quoted as identifier

_OWNER = "crm"
_PRIVACY = "privacy"
_SCHEMA = "deliveries."
_PROFILES = "decisions.delivered_profiles"
_SEGMENTS = "decisions.delivered_segments"
_BEFORE = "previous.delivered_segments"
# of an audience, fewer may leave unasked, however small it is
_FEW, _SHARE = 10, 0.1
# after optional spaces, these make a spreadsheet compute a cell; a number and a phone number are none
_FORMULA = r"^ *[=+\-@\t\r]"
_HARMLESS = r"^(\+[1-9][0-9]{6,14}|-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?)$"


def checks(night: Night) -> tuple[Check, ...]:
    """The checks of every file of every destination, and of the ledgers; none without destinations."""
    receivers = receivers_of(night)
    return (
        *(check for one in deliveries_of(night) for check in _file_checks(one, night)),
        *(check for receiver in receivers for check in _receiver_checks(receiver, night)),
    )


def _file_checks(delivery: Delivery, night: Night) -> Iterator[Check]:
    table = f"{_SCHEMA}{delivery.table}"
    named = f"{_SCHEMA}{identifier(delivery.table)}"
    columns = tuple(night.catalog.get(table, {}))
    if delivery.kind in ("cards", "offers", "recommendations", "default"):
        return
    cells = " or ".join(
        f"regexp_matches({name}, {literal(_FORMULA)}) and not regexp_matches({name}, {literal(_HARMLESS)})"
        for name in map(identifier, columns)
    )
    yield Check(
        table=table,
        name="no_cell_is_a_formula",
        rule=NoRows(f"select 1 as found from {named} where {cells or 'true'}", columns),
        meaning="No cell but a number or phone number begins as formulas do.",
        owner=_OWNER,
    )
    changing = sorted(set(columns) & set(delivery.consent_columns))
    if delivery.kind != "opt_outs":
        yield Check(
            table=table,
            name="no_column_changes_consent",
            rule=NoRows(f"select 1 as found where {len(changing)} > 0", tuple(changing)),
            meaning="No column but those of the file of opt-outs states consent to the tool.",
            owner=_PRIVACY,
        )
    if delivery.key:
        key = identifier(delivery.key)
        yield Check(
            table=table,
            name="address_once",
            rule=NoRows(
                f"select {key} from {named}"
                f" group by all having count(*) > 1 or (trim({key}) <> '') is not true",
                (delivery.key,),
            ),
            meaning="Each row has an address, and each address one row.",
            owner=_PRIVACY,
        )
    yield _told(delivery, table, named, night)


def _told(delivery: Delivery, table: str, named: str, night: Night) -> Check:
    """Whether a file says what we remember to have said; of hashed addresses only how many they are."""
    told = _addresses(delivery, night)
    if delivery.key:
        key = identifier(delivery.key)
        query = f"""
            select coalesce(told.address, file.address) as address
            from ({told}) as told
            full join (select {key} as address from {named}) as file on told.address = file.address
            where told.address is null or file.address is null
        """
    else:
        query = f"""
            select 1 as found where (select count(*) from ({told}) as told) <> (select count(*) from {named})
        """
    return Check(
        table=table,
        name="is_what_was_told",
        rule=NoRows(query, (delivery.key,) if delivery.key else ()),
        meaning="The file holds just the people of the channel's list, or whom the ledger names tonight.",
        owner=_OWNER,
    )


def _addresses(delivery: Delivery, night: Night) -> str:
    whose = f"destination = {literal(delivery.destination)}"
    tonight = f"delivered_date = {night.date_sql}"
    if delivery.kind == "action_list":
        is_there = f"action_lists.{delivery.channel}" in night.catalog
        named = f"action_lists.{identifier(delivery.channel)}"
        return f"select address from {named}" if is_there else "select '' as address where false"
    if delivery.kind == "profile":
        return f"select address from {_PROFILES} where {whose}" + (
            "" if delivery.is_whole else f" and {tonight}"
        )
    change = "added" if delivery.change in ("", "all") else delivery.change
    return (
        f"select address from {_SEGMENTS} where {whose} and segment_id = {literal(delivery.segment)}"
        f" and change = {literal(change)}" + ("" if delivery.is_whole else f" and {tonight}")
    )


def _receiver_checks(receiver: Receiver, night: Night) -> Iterator[Check]:
    # who gets cards alone writes to nobody
    if receiver.channels:
        yield _opt_outs_fresh(receiver)
    if not receiver.permitted_by:
        return
    yield _permitted(receiver, _PROFILES, f"destination = {literal(receiver.id)}")
    yield _permitted(
        receiver,
        _SEGMENTS,
        f"destination = {literal(receiver.id)} and change = 'added' and segment_id <> 'opt-outs'",
    )
    yield from _audience_checks(receiver, night)


def _opt_outs_fresh(receiver: Receiver) -> Check:
    channels = ", ".join(literal(channel) for channel in receiver.channels) or "null"
    of_channel = f"channel in ({channels})"
    return Check(
        table="landing.files",
        name=f"opt_outs_fresh_for_{receiver.id}",
        rule=NoRows(
            f"""
            with
            said as (
                select source, 'messages' as entity, occurred_at as said_at
                from landing.messages where {of_channel}
                union all
                select source, 'consents', stated_at from landing.consents where {of_channel}
            ),
            heard as (
                select said_at as heard_at from said
                union all
                select night.as_of_end_at - to_days(night.as_of_date - files.loaded_date)
                from landing.files as files
                cross join settings.night as night
                where (files.source, files.entity) in (select (source, entity) from said)
            )
            select night.as_of_date
            from settings.night as night
            where (
                select max(heard_at) >= night.as_of_end_at - to_hours({receiver.suppression_hours})
                from heard where heard_at <= night.as_of_end_at
            ) is not true
            """,
            ("loaded_date",),
        ),
        meaning=f"Who opted out is known up to {receiver.suppression_hours} hours before the night's end, by"
        f" rows or files that speak of the channels of '{receiver.id}'; else nothing is handed over to it.",
        owner=_PRIVACY,
    )


def _permitted(receiver: Receiver, table: str, where: str) -> Check:
    return Check(
        table=table,
        name=f"permission_granted_for_{receiver.id}",
        rule=NoRows(
            f"""
            select customer_id from {table} as told
            where {where} and not exists (
                select 1 from marts.customer_permissions as permissions
                where permissions.customer_id = told.customer_id
                    and permissions.channel = {literal(receiver.permitted_by)}
                    and permissions.purpose = {literal(receiver.purpose)}
                    and permissions.status = 'granted'
            )
            """,
            ("customer_id",),
        ),
        meaning=f"'{receiver.id}' is told only of people who granted permission for {receiver.permitted_by}"
        f" and {receiver.purpose}.",
        owner=_PRIVACY,
    )


def _audience_checks(receiver: Receiver, night: Night) -> Iterator[Check]:
    whose = f"destination = {literal(receiver.id)} and segment_id <> 'opt-outs'"
    before = f"{whose} and change = 'added' and delivered_date < {night.date_sql}"
    is_confirmed = str(night.as_of in receiver.confirmed).lower()
    yield Check(
        table=_SEGMENTS,
        name=f"few_leave_{receiver.id}",
        rule=NoRows(
            f"""
            select leaving.segment_id
            from (
                select segment_id, count(*) as people from {_SEGMENTS}
                where {whose} and change = 'removed' and delivered_date = {night.date_sql}
                group by segment_id
            ) as leaving
            left join (
                select segment_id, count(*) as people from {_BEFORE} where {before} group by segment_id
            ) as audience on leaving.segment_id = audience.segment_id
            where leaving.people > {_FEW} and not {is_confirmed}
                and (leaving.people <= {_SHARE} * audience.people) is not true
            """,
            ("segment_id",),
        ),
        meaning=f"No more than {_FEW} people and a tenth of an audience leave '{receiver.id}' in one night,"
        f" unless `regulars confirm {receiver.id} --day {night.as_of}` says so.",
        owner=_OWNER,
    )
    yield Check(
        table=_SEGMENTS,
        name=f"audiences_have_people_of_{receiver.id}",
        rule=NoRows(
            f"""
            select distinct segment_id from {_BEFORE}
            where {before} and segment_id in ({", ".join(map(literal, receiver.segments)) or "null"})
                and segment_id not in (select segment_id from marts.customer_segments)
            """,
            ("segment_id",),
        ),
        severity="warn",
        meaning=f"No audience of '{receiver.id}' has lost everybody at once; it is left there as it is.",
        owner=_OWNER,
    )
