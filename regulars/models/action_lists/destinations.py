"""Writes what each destination gets: lists, changed profiles, who joined or left, what the shop shows.

One writer for all tools; what differs between them is their contract (`regulars/store/tools`). Files lie in
a folder of the destination's name, and only those that have rows.
Not here: whom a file may name (`people`), what is news (`ledger`), how it is transported (`delivery`).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.models.action_lists.files import File, Rows, Written, write_file
from regulars.models.action_lists.last_look import comparable_sql
from regulars.models.action_lists.ledger import (
    OPT_OUTS,
    create_ledgers,
    news_cell_sql,
    tell_audiences,
    tell_profiles,
)
from regulars.models.action_lists.people import look_at_people
from regulars.models.action_lists.products import (
    default_sql,
    listed_sql,
    named_products,
    product_columns,
)
from regulars.models.action_lists.values import (
    ACTION_LIST_VALUES,
    DEFAULT_VALUES,
    OFFER_VALUES,
    RECOMMENDATION_VALUES,
    person_values,
)
from regulars.models.decisions.decide import night_of
from regulars.models.decisions.eligibility import well_formed_sql
from regulars.store.destinations import headers
from regulars.store.sheets import sheet_columns_sql
from regulars.store.sql import literal

if TYPE_CHECKING:
    import duckdb

    from regulars.store.actions import ActionCatalogue
    from regulars.store.channels import Channels
    from regulars.store.destinations import Destination
    from regulars.store.tools import Kind, Tool

# what the shop's own site shows, and nobody is written to by
SHOWN: tuple["Kind", ...] = ("offers", "recommendations", "default")
CARDS = "marts.agent_cards"
# a promise is shown to her whatever she said of being written to
OFFERS = """(
    select offers.*, customers.{key} as address
    from decisions.active_offers as offers
    inner join marts.customers as customers on offers.customer_id = customers.customer_id
    where {is_well_formed}
)"""
# what suits her is a matter of the night: who is in the holdout or gets only what all get is shown nothing
RECOMMENDATIONS = """(
    select found.*, people.address
    from predictions.recommendations as found
    inner join (
        select customer_id, {key} as address
        from marts.customers as customers
        where {is_well_formed}
        qualify row_number() over (
            partition by {comparable} order by order_count desc nulls last, customer_id
        ) = 1
    ) as people on found.customer_id = people.customer_id
    where found.customer_id not in (
        select customer_id from decisions.program_groups
        where until_date is null and program_group <> 'orchestrated'
    )
)"""
MEMBERS = """(
    select
        news.address,
        news.customer_id,
        news.segment_id,
        customers.customer_ref,
        {email} as email,
        {phone} as phone,
        customers.first_name,
        customers.last_name,
        customers.country,
        customers.postal_code
    from audience_news as news
    inner join marts.customers as customers on news.customer_id = customers.customer_id
    where news.segment_id = {segment} and {is_told}
)"""
# of a set, in whatever order, which costs a third of sorting it
DECISION_IDS = """
select printf('%032x', bit_xor(md5_number(decision_id)))
from action_list_rows
where channel = {channel} and kept_out is null
"""


@dataclass(frozen=True)
class Asked:
    """One file that a destination gets if it has rows: what it is called with us, and about what it is."""

    destination: "Destination"
    kind: "Kind"
    channel: str = ""
    segment: str = ""
    change: str = ""
    action: str = ""
    products: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """The file's name with us, before the number of a part."""
        if self.kind == "action_list":
            return self.channel
        return f"segment_{self.segment}_{self.change}" if self.kind == "segment" else self.kind

    @property
    def table(self) -> str:
        """Its table in schema `deliveries`, as it is read back."""
        return f"{self.destination.id}__{self.stem}"

    @property
    def is_whole(self) -> bool:
        """Whether it replaces the audience at the tool."""
        return self.destination.contract.files[self.kind].replaces

    def columns(self, channels: "Channels") -> dict[str, str]:
        """Header and value of each column, constants last; cards have what the table has."""
        if self.kind == "cards":
            return {}
        of_list = self.kind == "action_list"
        key = channels.channel(self.channel).address if of_list else self.destination.found_by
        constants = self.destination.contract.files[self.kind].constants
        return headers(self.destination, self.kind, key=key, products=self.products) | {
            header: f"constant:{word}" for header, word in constants.items()
        }

    def declared(self, channels: "Channels") -> dict[str, object]:
        """What the gate must know of the file; the key is the column of plain addresses, if it has one."""
        columns = self.columns(channels)
        contract = self.destination.contract
        return {
            "table": self.table,
            "destination": self.destination.id,
            "kind": self.kind,
            "channel": self.channel,
            "segment": OPT_OUTS if self.kind == "opt_outs" else self.segment,
            "change": self.change,
            "key": "" if self.kind in SHOWN else _key(columns),
            "is_whole": self.is_whole or (self.kind == "profile" and self.destination.whole_profile),
            "consent_columns": [header for header in columns if contract.changes_consent(header)],
        }


def _key(columns: dict[str, str]) -> str:
    return next((header for header, value in columns.items() if value == "address"), "")


@dataclass(frozen=True)
class DestinationFile:
    """One written file of a destination, or a part of it, as the manifest names it."""

    name: str
    destination: str
    kind: str
    about: str
    rows: int
    sha256: str
    decision_ids_md5: str | None = None


def asked_files(destination: "Destination", catalogue: "ActionCatalogue") -> Iterator[Asked]:
    """Every file that a destination may get on a night, in the order in which they are written."""
    for channel in destination.channels:
        products = product_columns(catalogue, channel)
        yield Asked(destination, "action_list", channel=channel, products=products)
    if destination.profile:
        yield Asked(destination, "profile")
    is_whole = destination.segments and destination.contract.files["segment"].replaces
    for segment in destination.segments:
        for change in ("all",) if is_whole else ("added", "removed"):
            yield Asked(destination, "segment", segment=segment, change=change)
    if destination.opt_outs:
        yield Asked(destination, "opt_outs")
    if destination.cards:
        yield Asked(destination, "cards")
    if destination.offers:
        yield Asked(destination, "offers")
    if destination.recommendations:
        yield Asked(destination, "recommendations")
    if (action := destination.default_action) is not None:
        products = named_products(catalogue.action(action).recommend)
        yield Asked(destination, "default", action=action, products=products)


def write_destinations(
    connection: "duckdb.DuckDBPyConnection",
    destinations: Collection["Destination"],
    catalogue: "ActionCatalogue",
    channels: "Channels",
    *,
    folder: Path,
) -> tuple[DestinationFile, ...]:
    """Write `<destination>/<file>` below `folder`, and the ledgers of what each destination was told.

    Replaces decisions.delivered_profiles, delivered_segments and destination_kept_out. Reads
    temp.action_list_rows, settings.night, marts.customers, customer_permissions, customer_segments,
    customer_aliases and agent_cards, decisions.active_offers and program_groups, predictions.recommendations
    and popular_products, and of schema previous the first two. A file that no destination asks for reads
    none of that.
    """
    create_ledgers(connection)
    written: list[DestinationFile] = []
    for destination in destinations:
        place = folder / destination.id
        place.mkdir()
        if destination.has_people:
            look_at_people(connection, destination)
        if destination.profile:
            tell_profiles(connection, destination)
        if destination.segments or destination.opt_outs:
            tell_audiences(connection, destination)
        count = 0
        for asked in asked_files(destination, catalogue):
            rows = _rows(connection, asked, catalogue, channels)
            files = _write(connection, asked, rows, place, first=count + 1)
            count += len(files)
            written += files
    return tuple(written)


def _write(
    connection: "duckdb.DuckDBPyConnection", asked: Asked, rows: Rows, place: Path, *, first: int
) -> list[DestinationFile]:
    destination, contract = asked.destination, asked.destination.contract
    day = night_of(connection).strftime("%Y%m%d")
    files: list[Written] = []
    for form in contract.formats:
        file = File(rows, place, contract, partial(_name, asked, day, first, form), form)
        files += write_file(connection, file)
    ids = _decision_ids(connection, asked) if files else None
    return [
        DestinationFile(
            name=f"{destination.id}/{file.name}",
            destination=destination.id,
            kind=asked.kind,
            about=asked.stem,
            rows=file.rows,
            sha256=file.sha256,
            decision_ids_md5=ids,
        )
        for file in files
    ]


def _name(asked: Asked, day: str, first: int, form: str, part: int | None) -> str:
    """What a file or part is called: as the tool wants it, with a number from `first`, or as we do."""
    if template := asked.destination.contract.files[asked.kind].name:
        number = first + (part or 1) - 1
        return template.format(account=asked.destination.account, date=day, number=number)
    return f"{asked.stem}{f'_{part}' if part else ''}.{form}"


def _decision_ids(connection: "duckdb.DuckDBPyConnection", asked: Asked) -> str | None:
    if asked.kind != "action_list":
        return None
    ((ids,),) = connection.execute(DECISION_IDS.format(channel=literal(asked.channel))).fetchall()
    return str(ids)


def _rows(
    connection: "duckdb.DuckDBPyConnection", asked: Asked, catalogue: "ActionCatalogue", channels: "Channels"
) -> Rows:
    if asked.kind == "cards":
        return Rows(sheet_columns_sql(connection.table(CARDS)), CARDS, "customer_id")
    destination = asked.destination
    if asked.kind == "offers":
        offers = {header: OFFER_VALUES[value] for header, value in asked.columns(channels).items()}
        return Rows(offers, _of_addresses(OFFERS, destination), "concat(address, chr(9), decision_id)")
    if asked.kind == "recommendations":
        picks = {header: RECOMMENDATION_VALUES[value] for header, value in asked.columns(channels).items()}
        return Rows(picks, _of_addresses(RECOMMENDATIONS, destination), "concat(address, chr(9), rank)")
    if asked.kind == "default":
        values = DEFAULT_VALUES | {name: name for name in asked.products}
        default = {header: values[value] for header, value in asked.columns(channels).items()}
        return Rows(default, default_sql(catalogue.action(asked.action)), "action_id")
    values = person_values()
    if asked.kind == "action_list":
        values = _list_values(destination.contract) | {name: name for name in asked.products}
    columns = {
        header: _value_sql(value, values, destination) for header, value in asked.columns(channels).items()
    }
    if asked.kind == "action_list":
        source = listed_sql(catalogue, asked.channel)
    elif asked.kind == "profile":
        source = f"(from profile_news where {str(destination.whole_profile).lower()} or is_news)"
    else:
        source = _members(asked)
    return Rows(columns, source, "address")


def _list_values(contract: "Tool") -> dict[str, str]:
    """SQL by value of an action list; where a blank keeps what is there, a word says that there is none."""
    values = ACTION_LIST_VALUES | {"as_of_date": f"strftime(as_of_date, {literal(contract.dates.form)})"}
    if contract.blank == "keeps" and contract.cleared:
        values["offer"] = f"coalesce(nullif(offer, ''), {literal(contract.cleared)})"
    return values


def _of_addresses(query: str, destination: "Destination") -> str:
    """OFFERS or RECOMMENDATIONS of whoever has an address that the destination can find her by."""
    key = destination.found_by
    return query.format(
        key=key,
        is_well_formed=well_formed_sql(f"customers.{key}", literal(key)),
        comparable=comparable_sql(f"customers.{key}", literal(key)),
    )


def _value_sql(value: str, values: dict[str, str], destination: "Destination") -> str:
    """The SQL of a cell; an empty text is null, because DuckDB writes it as two quotes."""
    kind, _, name = value.partition(":")
    if kind == "field":
        return news_cell_sql(name, destination)
    return literal(name) if kind == "constant" else f"nullif({values[value]}, '')"


def _members(asked: Asked) -> str:
    """Who joined, left, or is in an audience, with what of the profile an ad platform compares."""
    key = asked.destination.found_by
    is_told = "news.is_member" if asked.is_whole else f"news.news = {literal(asked.change or 'added')}"
    return MEMBERS.format(
        email="news.address" if key == "email" else "customers.email",
        phone="news.address" if key == "phone" else "customers.phone",
        segment=literal(OPT_OUTS if asked.kind == "opt_outs" else asked.segment),
        is_told=is_told,
    )
