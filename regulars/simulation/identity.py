"""How people appear in files: names, addresses, account ids and cookies, as text made from traits.

No identifier tells whose it is: each kind is a secret permutation of the people's numbers, so whoever puts
identifiers together has no more to go by than with those of real systems.

Addresses are reserved ones and reach nobody: e-mail below example.com/.org/.net (RFC 2606), phones in
exchange 555. 555-0100 to 555-0199 of each area code are kept for fiction by NANPA; people beyond those whom
these have room for have other numbers of exchange 555, hardly assigned.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regulars.simulation import draws
from regulars.simulation.draws import Bools, Ints
from regulars.simulation.names import (
    AREA_CODES,
    CITIES,
    FIRST_NAMES,
    LAST_NAMES,
    MAIL_DOMAINS,
    MISTYPED_DOMAINS,
    STREETS,
)
from regulars.simulation.people import People

PLACEHOLDER_EMAIL, PLACEHOLDER_PHONE = "noemail@example.com", "0000000000"
DEVICES = ("phone", "computer", "tablet")
# the lowest id of each system, and how many it has room for
FIRST_ACCOUNT, ACCOUNTS = 6_000_000_000_000, 2**39
FIRST_CARD, CARDS = 2_900_000_000_000, 2**36
FIRST_REQUESTER, REQUESTERS = 380_000_000_000, 2**34
LOCAL_PARTS = 2**24
FIRST_FICTIONAL_LINE, FICTIONAL_LINES, LINES = 100, 100, 10_000
FICTIONAL_PHONES, PHONES = len(AREA_CODES) * FICTIONAL_LINES, len(AREA_CODES) * LINES
ON_FILE, MOVED, MISTYPED, SECOND = range(4)
# the number behind the name; fingers that mistype the domain keep it
_LOCAL_PART = np.array([0, 1, 0, 2])
_ASCII = {"é": "e", "í": "i", "ö": "o", "ü": "u", "á": "a", "ñ": "n", "ç": "c", "ë": "e", "'": ""}
_HEX = np.array([f"{byte:02x}" for byte in range(256)])


def _in_ascii(names: pl.Series) -> pl.Series:
    return names.str.to_lowercase().str.replace_many(list(_ASCII), list(_ASCII.values()))


_FIRST_IN_ASCII, _LAST_IN_ASCII = _in_ascii(FIRST_NAMES), _in_ascii(LAST_NAMES)


def first_names(people: People, who: Ints) -> pl.Series:
    """First names as the person writes them."""
    return FIRST_NAMES.gather(people.first_name[who])


def last_names(people: People, who: Ints) -> pl.Series:
    """Last names as the person writes them."""
    return LAST_NAMES.gather(people.last_name[who])


def present_version(people: People, who: Ints, day: int) -> Ints:
    """1 for those who have moved to another e-mail address by `day`, else 0."""
    moved = people.new_email_day[who]
    return ((moved >= 0) & (moved <= day)).astype(np.int8)


def mail_version(people: People, who: Ints, day: int) -> Ints:
    """Which address the company has on file on `day`; some were mistyped at sign-up and never mended."""
    mistyped = people.account_mistyped[who] & people.has_account[who]
    return np.where(mistyped, MISTYPED, present_version(people, who, day)).astype(np.int8)


def inboxes(people: People, who: Ints, version: Ints) -> tuple[Ints, Ints]:
    """Whose address it is, and which of theirs; whoever shares an inbox has its owner's first one."""
    shares = people.shares_inbox[who]
    owner = np.where(shares, people.household[who], who)
    return owner, np.where(shares & (version != MISTYPED), ON_FILE, version)


def other_reader(people: People, who: Ints) -> Ints:
    """Who reads the same inbox; the person, where nobody else does."""
    other = partner(people, who)
    shares = (people.household[other] == people.household[who]) & (
        people.shares_inbox[who] | people.shares_inbox[other]
    )
    return np.where(shares, other, who).astype(np.int32)


def emails(people: People, who: Ints, version: Ints) -> pl.Series:
    """E-mail addresses: version 0 the first, 1 the one after a move, 2 mistyped, 3 the second account's.

    Whoever shares an inbox has its owner's version 0, and no other but mistyped ones.
    """
    return _all_emails(people)[version.astype(np.int64) * len(people) + who]


@lru_cache(maxsize=1)
def _all_emails(people: People) -> pl.Series:
    """Every version of everybody's address, one version after the other; about 45 bytes each."""
    return pl.concat([_emails_of_all(people, version) for version in range(4)])


def _emails_of_all(people: People, version: int) -> pl.Series:
    owner, own = inboxes(people, people.number, np.full(len(people), version))
    domain = (people.domain[owner] + (own == MOVED) + 2 * (own == SECOND)) % len(MAIL_DOMAINS)
    spelled = owner.astype(np.int64) * 3 + _LOCAL_PART[own]
    domains = MISTYPED_DOMAINS if version == MISTYPED else MAIL_DOMAINS
    parts = pl.DataFrame(
        {
            "first": _FIRST_IN_ASCII.gather(people.first_name[owner]),
            "last": _LAST_IN_ASCII.gather(people.last_name[owner]),
            "number": draws.permuted(people.seed, "local part", spelled, size=LOCAL_PARTS),
            "is_short": own == SECOND,
            "domain": domains.gather(domain),
        }
    )
    long = pl.format("{}.{}{}@{}", "first", "last", "number", "domain")
    short = pl.format("{}{}{}@{}", pl.col("first").str.head(1), "last", "number", "domain")
    return parts.select(email=pl.when("is_short").then(short).otherwise(long))["email"]


def account_emails(people: People, who: Ints, day: int) -> pl.Series:
    """The addresses that the company has on file on `day`."""
    return emails(people, who, mail_version(people, who, day))


def phones(people: People, who: Ints) -> pl.Series:
    """E.164 phone numbers, one per person."""
    return _all_phones(people)[who]


@lru_cache(maxsize=1)
def _all_phones(people: People) -> pl.Series:
    fictional, others = people.number[:FICTIONAL_PHONES], people.number[FICTIONAL_PHONES:]
    place = np.concatenate(
        [
            draws.permuted(people.seed, "phone", fictional, size=FICTIONAL_PHONES),
            FICTIONAL_PHONES
            + draws.permuted(
                people.seed, "other phone", others - FICTIONAL_PHONES, size=PHONES - FICTIONAL_PHONES
            ),
        ]
    )
    area = AREA_CODES.gather(place % len(AREA_CODES)).alias("area")
    parts = pl.DataFrame({"area": area, "line": (FIRST_FICTIONAL_LINE + place // len(AREA_CODES)) % LINES})
    digits = pl.col("line").cast(pl.String).str.zfill(4)
    return parts.select(phone=pl.concat_str(pl.lit("+1"), "area", pl.lit("555"), digits))["phone"]


def partner(people: People, who: Ints) -> Ints:
    """The other person of a household of two."""
    other: Ints = np.minimum(who ^ 1, len(people) - 1).astype(np.int32)
    return other


def account_ids(people: People, who: Ints, *, second: Bools | bool = False) -> pl.Series:
    """13-digit account ids of the shop, of the first account or the second."""
    place = draws.permuted(people.seed, "account", who.astype(np.int64) * 2 + second, size=ACCOUNTS)
    return pl.Series("account_id", FIRST_ACCOUNT + place).cast(pl.String)


def card_numbers(people: People, who: Ints) -> pl.Series:
    """13-digit loyalty card numbers."""
    place = draws.permuted(people.seed, "card", who, size=CARDS)
    return pl.Series("card_number", FIRST_CARD + place).cast(pl.String)


def requester_ids(people: People, who: Ints) -> NDArray[np.int64]:
    """12-digit user ids of the support system."""
    return FIRST_REQUESTER + draws.permuted(people.seed, "requester", who, size=REQUESTERS)


def device_numbers(people: People, who: Ints, device: Ints) -> Ints:
    """One number per device: 0 and 1 are the person's own, 2 is the household's tablet where it has one."""
    on_family_tablet = (device == 2) & people.uses_family_tablet[who]  # noqa: PLR2004 (the third device)
    owner = np.where(on_family_tablet, people.household[who], who)
    numbers: Ints = owner.astype(np.int64) * 4 + device
    return numbers


def anonymous_ids(seed: int, device_number: Ints) -> pl.Series:
    """Cookies as 32 hexadecimal digits, one per device."""
    halves = [draws.bits(seed, "cookie", device_number, n=half) for half in (0, 1)]
    return pl.Series("anonymous_id", hexadecimal(np.stack(halves, axis=1)))


def hexadecimal(words: NDArray[np.uint64]) -> NDArray[Any]:
    """16 digits for each word of a row, joined."""
    if not len(words):
        return np.array([], dtype="U1")
    digits = _HEX[np.ascontiguousarray(words).view(np.uint8).reshape(len(words), -1)]
    return digits.view(f"U{digits.shape[1] * 2}").ravel()


def addresses(seed: int, people: People, who: Ints) -> pl.DataFrame:
    """Columns street, city, province_code, country_code and zip of each person's home."""
    home = people.household[who]
    number = 1 + np.floor(draws.uniform(seed, "house number", home) * 990).astype(np.int64)
    street = STREETS.gather(np.floor(draws.uniform(seed, "street", home) * len(STREETS)).astype(np.int64))
    code = pl.Series("code", np.floor(draws.uniform(seed, "zip", home) * 100).astype(np.int64))
    place = CITIES[people.city[who].astype(np.int64)].with_columns(code, pl.Series("number", number), street)
    american = pl.concat_str("zip_prefix", pl.col("code").cast(pl.String).str.zfill(2))
    canadian = pl.format("{} {}A{}", "zip_prefix", pl.col("code") // 10, pl.col("code") % 10)
    return place.select(
        pl.format("{} {} Street", "number", "street").alias("street"),
        "city",
        "province_code",
        "country_code",
        pl.when(country_code="US").then(american).otherwise(canadian).alias("zip"),
    )
