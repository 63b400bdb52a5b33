"""What the shop's web site records: sessions as Segment calls, each event at its second."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from regulars.simulation import identity
from regulars.simulation.behaviour.orders import PricedOrders
from regulars.simulation.behaviour.purchases import categories
from regulars.simulation.catalogue import CATEGORY_NAMES
from regulars.simulation.day import Day
from regulars.simulation.draws import Bools, Floats, Ints, geometric
from regulars.simulation.facts import WEB_EVENTS, shaped
from regulars.simulation.names import CITIES

# the steps of a session in their order: call, event name, path, title
_STEPS = pl.DataFrame(
    [
        ("page", "Home", "/", "Home"),
        ("identify", "Signed In", "/account", "Account"),
        ("track", "Signed In", "/account", "Account"),
        ("track", "Products Searched", "/search", "Search"),
        ("track", "Product Viewed", None, None),
        ("track", "Feature Used", "/account/tools", "Tools"),
        ("track", "Pricing Viewed", "/membership", "Membership"),
        ("track", "Cancellation Page Viewed", "/membership/cancel", "Cancel membership"),
        ("track", "Product Added", None, None),
        ("track", "Cart Viewed", "/cart", "Cart"),
        ("track", "Checkout Started", "/checkout", "Checkout"),
        ("track", "Order Completed", "/checkout/thank-you", "Thank you"),
    ],
    schema=["call", "name", "path", "title"],
    orient="row",
)
_HOME, _IDENTIFY, _SIGN_IN, _SEARCH, _VIEW, _FEATURE, _PRICING, _CANCEL, _ADD, _CART, _CHECKOUT, _ORDER = (
    range(12)
)
_FEATURES = pl.Series("feature", ["wishlist", "reorder", "store_finder", "recipe_planner", "gift_finder"])
SECONDS_BETWEEN_EVENTS = 35.0
MOST_VIEWS = 15
# shares of sessions; ours
SHARE_SIGNED_IN, SHARE_SEARCHING, SHARE_FEATURE, SHARE_PRICING = 0.6, 0.3, 0.09, 0.05
SHARE_ADDING, SHARE_CHECKING_OUT = 0.14, 0.35
VIEWS_BROWSING, VIEWS_BUYING = 1.9, 2.2


@dataclass(frozen=True)
class Sessions:
    """Today's sessions in the order of their start; `order` is a position in today's orders or -1."""

    who: Ints
    seconds: Floats
    device: Ints
    order: Ints
    leaves_soon: Floats  # today's hazard of leaving, which shows on the cancellation page
    drawer: Ints  # tells apart the sessions of one person and day


@dataclass(frozen=True)
class Events:
    """Today's events in their order; `session` is a position in today's sessions."""

    step: Ints
    session: Ints
    seconds: Floats
    drawer: Ints  # tells apart the events of one person and day


def sessions(
    day: Day, lookers: tuple[Ints, Floats], clickers: tuple[Ints, Floats], priced: PricedOrders
) -> Sessions:
    """Put together who looks around, who follows a message and who buys."""
    buying = priced.from_shop
    who = np.concatenate([lookers[0], clickers[0], priced.who[buying]])
    seconds = np.concatenate([lookers[1], clickers[1], (priced.seconds[buying] - 420.0).clip(0)])
    order = np.concatenate([np.full(len(who) - len(buying), -1), buying])
    drawn = day.chance("session device", who)
    device = np.minimum(np.floor(drawn**2 * day.people.devices[who]), 2).astype(np.int64)
    device[order >= 0] = priced.device[buying]
    on_tablet = day.people.uses_family_tablet[who] & (order < 0) & (drawn > 0.75)
    device[on_tablet] = 2
    first = np.lexsort((order, who, seconds))
    hazard = day.people.hazard[who][first]
    who = who[first]
    count = pl.DataFrame({"who": who}).select(pl.int_range(pl.len()).over("who")).to_series().to_numpy()
    return Sessions(
        who, seconds[first], device[first], order[first], hazard, who.astype(np.int64) * 64 + count % 64
    )


def web_events(day: Day, visits: Sessions, priced: PricedOrders) -> pl.DataFrame:
    """The frame `web_events` of facts."""
    counts = _counts(day, visits)
    step = np.tile(np.arange(len(_STEPS)), len(visits.who))
    cells = np.repeat(np.arange(counts.size), counts.ravel())
    step, session = step[cells], cells // len(_STEPS)
    lengths = counts.sum(axis=1)
    place = np.arange(len(session)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    seconds = visits.seconds[session] + _offsets(day, visits, lengths, session, place)
    is_order = step == _ORDER
    ordered = visits.order[session[is_order]]
    seconds[is_order] = priced.seconds[ordered] - 1.0
    order = np.argsort(seconds, kind="stable")
    signed_in = counts[:, _IDENTIFY] > 0
    words = _session_words(day, visits, signed_in)
    drawer = visits.drawer[session] * 128 + place
    events = Events(step[order], session[order], seconds[order], drawer[order])
    return _frame(day, visits, priced, words, events)


def _counts(day: Day, visits: Sessions) -> Ints:
    """How often each step occurs in each session: a row per session, a column per step."""
    people, who = day.people, visits.who
    buys = visits.order >= 0

    def happens(purpose: str, share: float | Floats) -> Bools:
        return day.chance(purpose, visits.drawer) < share

    counts = np.zeros((len(who), len(_STEPS)), dtype=np.int64)
    signs_in = people.has_account[who] & happens("signs in", np.where(buys, 0.9, SHARE_SIGNED_IN))
    counts[:, _HOME] = 1
    counts[:, _IDENTIFY] = signs_in & happens("identify", 0.35)
    counts[:, _SIGN_IN] = counts[:, _IDENTIFY]
    counts[:, _SEARCH] = happens("searches", SHARE_SEARCHING)
    views = geometric(
        day.chance("views", visits.drawer),
        np.where(buys, VIEWS_BUYING, VIEWS_BROWSING),
    )
    counts[:, _VIEW] = (views + buys).clip(0, MOST_VIEWS)
    counts[:, _FEATURE] = happens("feature", SHARE_FEATURE)
    counts[:, _PRICING] = happens("pricing", SHARE_PRICING)
    counts[:, _CANCEL] = happens("cancellation", (4.0 * visits.leaves_soon).clip(0, 0.3))
    adds = buys | ((views > 0) & happens("adds", SHARE_ADDING))
    counts[:, _ADD] = adds
    counts[:, _CART] = adds
    counts[:, _CHECKOUT] = buys | (adds & happens("checks out", SHARE_CHECKING_OUT))
    counts[:, _ORDER] = buys
    return counts


def _offsets(day: Day, visits: Sessions, lengths: Ints, session: Ints, place: Ints) -> Floats:
    """Seconds from the start of its session to each event; a buyer hurries to be done before the order."""
    pace = SECONDS_BETWEEN_EVENTS * (0.4 + 1.2 * day.chance("pace", visits.who))
    pace = np.where(visits.order >= 0, np.minimum(pace, 400.0 / lengths), pace)
    jitter = day.chance("jitter", visits.who[session].astype(np.int64) * 128 + place)
    offsets: Floats = pace[session] * (place + 0.8 * jitter * (place > 0))
    return offsets


def _frame(
    day: Day,
    visits: Sessions,
    priced: PricedOrders,
    words: pl.DataFrame,
    events: Events,
) -> pl.DataFrame:
    step, session, seconds = events.step, events.session, events.seconds
    who = visits.who[session]
    order = visits.order[session]
    product, query = _subjects(day, visits, priced, events)
    is_order = step == _ORDER
    frame = _STEPS[step].hstack(words[session])
    path = day.catalogue.words[product.clip(0)].select(own_path="path", own_title="title")
    value = priced.net_cents[order] if len(priced.who) else order
    feature = np.floor(day.chance("which feature", who) * len(_FEATURES)).astype(np.int64)
    frame = frame.hstack(path).with_columns(
        event_id=pl.format("ev{}-{}", pl.lit(f"{day.number:05d}"), pl.int_range(len(step))),
        at=pl.Series(day.at(seconds)),
        product=pl.Series(product),
        query=CATEGORY_NAMES.gather(query).str.to_lowercase(),
        feature=_FEATURES.gather(feature),
        order_id=pl.Series(priced.first_id + order),
        value_cents=pl.Series(value),
        step=pl.Series(step),
        is_order=pl.Series(is_order),
    )
    has_product = pl.col("product") >= 0
    frame = frame.with_columns(
        path=pl.when(has_product & ~pl.col("is_order")).then("own_path").otherwise("path"),
        title=pl.when(has_product & ~pl.col("is_order")).then("own_title").otherwise("title"),
        product=pl.when(has_product).then("product"),
        query=pl.when(step=_SEARCH).then("query"),
        feature=pl.when(step=_FEATURE).then("feature"),
        order_id=pl.when("is_order").then("order_id"),
        value_cents=pl.when("is_order").then("value_cents"),
        email=pl.when(step=_IDENTIFY).then("email"),
        user_id=pl.when(pl.col("is_known")).then("user_id"),
    )
    return shaped(frame, WEB_EVENTS)


def _session_words(day: Day, visits: Sessions, signed_in: Bools) -> pl.DataFrame:
    """The columns that every event of a session shares."""
    people, who = day.people, visits.who
    number = identity.device_numbers(people, who, visits.device)
    kind = np.where(people.is_desktop_first[who], 1 - visits.device, visits.device) % 3
    keeps_cookie = people.has_account[who] & (day.chance("cookie kept", who) < 0.5)
    return pl.DataFrame(
        {
            "anonymous_id": identity.anonymous_ids(day.world.seed, number),
            "user_id": identity.account_ids(people, who),
            "session_id": pl.select(
                pl.format("s{}-{}", pl.lit(f"{day.number:05d}"), pl.int_range(len(who)))
            ).to_series(),
            "device": pl.Series(["mobile", "desktop", "tablet"]).gather(kind),
            "country": CITIES["country_code"].gather(people.city[who].astype(np.int64)),
            "email": identity.account_emails(people, who, day.number),
            "is_known": signed_in | keeps_cookie,
        }
    )


def _subjects(day: Day, visits: Sessions, priced: PricedOrders, events: Events) -> tuple[Ints, Ints]:
    """The product of each event, -1 without, and the category a search is for."""
    step, order = events.step, visits.order[events.session]
    wanted = categories(day, visits.who[events.session], events.drawer)
    product = day.catalogue.picks(wanted, day.chance("looks at", events.drawer)).astype(np.int64)
    is_added = (step == _ADD) & (order >= 0)
    if len(priced.who):
        firsts = np.flatnonzero(priced.baskets.line_number == 1)
        product[is_added] = priced.baskets.product[firsts[order[is_added]]]
    product[(step != _VIEW) & (step != _ADD)] = -1
    return product, wanted
