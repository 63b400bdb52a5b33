"""Today's orders as shop and point of sale know them: prices, discounts, and who the buyer said to be."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from regulars.simulation import calendar, identity
from regulars.simulation.behaviour.purchases import Baskets, Purchases
from regulars.simulation.day import Day
from regulars.simulation.draws import Bools, Floats, Ints
from regulars.simulation.facts import ORDER_LINES, ORDERS, shaped
from regulars.simulation.state import State

COUPON_SHARE = 0.10
FREE_SHIPPING_CENTS, SHIPPING_CENTS = 5000, 495
TAX_SHARE = 0.07
SHARE_GIFTS, SHARE_GIFTS_IN_SEASON = 0.05, 0.3
# what staff type at the till: their habits are ours
SHARE_TYPED_AT_TILL, SHARE_PLACEHOLDERS = 0.09, 0.4
SHARE_CARD_SHOWN = 0.86
_WELCOME = "WELCOME10"
_SHOP_PAYMENTS = pl.Series("payment", ["card", "paypal", "gift_card"])
_STORE_PAYMENTS = pl.Series("payment", ["card", "cash", "gift_card"])


@dataclass(frozen=True)
class Buyers:
    """Who the buyers in the shop say to be; what it says of those at a till means nothing."""

    logged_in: Bools
    second: Bools  # who has a second account by now, and logs in to no other
    version: Ints  # which of their addresses guests type
    account: Ints  # what the order counts to: 0 the first account, 1 the second, -1 none
    owner: Ints  # whose account that is; the other reader's, if a guest types a shared address


@dataclass(frozen=True)
class PricedOrders:
    """Today's orders and lines as arrays, one entry per order or line."""

    first_id: int
    who: Ints
    at_store: Bools
    seconds: Floats
    device: Ints
    coupon: Ints  # index into the state's actions; -1 none, -2 the welcome coupon
    buyers: Buyers
    baskets: Baskets
    line_discount_cents: Ints
    subtotal_cents: Ints
    discount_cents: Ints
    cost_cents: Ints

    @cached_property
    def ids(self) -> Ints:
        """Order ids, running."""
        return self.first_id + np.arange(len(self.who))

    @cached_property
    def net_cents(self) -> Ints:
        """What the goods cost after discounts."""
        return self.subtotal_cents - self.discount_cents

    @cached_property
    def shipping_cents(self) -> Ints:
        """What the parcel costs, nothing at a till."""
        is_free = self.at_store | (self.net_cents >= FREE_SHIPPING_CENTS)
        return np.where(is_free, 0, SHIPPING_CENTS)

    @cached_property
    def tax_cents(self) -> Ints:
        """The tax on top."""
        return np.round(TAX_SHARE * self.net_cents).astype(np.int64)

    @cached_property
    def total_cents(self) -> Ints:
        """What is paid."""
        return self.net_cents + self.shipping_cents + self.tax_cents

    @property
    def to_accounts(self) -> Ints:
        """Positions of the orders that count to an account."""
        return np.flatnonzero(self.buyers.account >= 0)

    @property
    def margin_cents(self) -> int:
        """What the orders earned before shipping and messages."""
        return int((self.net_cents - self.cost_cents).sum())

    @property
    def from_shop(self) -> Ints:
        """Positions of the orders of the shop."""
        return np.flatnonzero(~self.at_store)


def price(day: Day, state: State, bought: Purchases, baskets: Baskets) -> PricedOrders:
    """Price the baskets and remember in the state that these people bought."""
    who, count = bought.who, len(bought.who)
    unit = day.prices_cents[baskets.product]
    coupon = _coupons(day, state, who)
    value = unit * baskets.quantity
    discount = np.where(coupon[baskets.order] != -1, np.round(COUPON_SHARE * value), 0).astype(np.int64)
    totals = [
        np.bincount(baskets.order, amount, count).astype(np.int64)
        for amount in (value, discount, day.costs_cents[baskets.product] * baskets.quantity)
    ]
    first, state.next_order = state.next_order, state.next_order + count
    device = np.minimum(np.floor(day.chance("device", who) ** 2 * day.people.devices[who]), 2)
    priced = PricedOrders(
        first,
        who,
        bought.at_store,
        bought.seconds,
        device.astype(np.int64),
        coupon,
        _buyers(day, who, bought.at_store),
        baskets,
        discount,
        *totals,
    )
    _remember(day, state, priced)
    return priced


def _buyers(day: Day, who: Ints, at_store: Bools) -> Buyers:
    people = day.people
    has_account = ~at_store & people.has_account[who]
    logged_in = has_account & (day.chance("logs in", who) < 0.9)
    second = (people.second_account_day[who] >= 0) & (people.second_account_day[who] <= day.number)
    slips = people.types_badly[who] & (day.chance("slip", who) < 0.5)
    version = np.where(slips, identity.MISTYPED, identity.present_version(people, who, day.number))
    # the shop knows a guest by the address of an account
    owner = np.where(people.has_account[who], who, identity.other_reader(people, who))
    typed = identity.inboxes(people, who, version)
    on_file = identity.inboxes(people, owner, identity.mail_version(people, owner, day.number))
    is_same = (typed[0] == on_file[0]) & (typed[1] == on_file[1])
    is_known = ~at_store & people.has_account[owner] & (people.joined[owner] <= day.number) & is_same
    account = np.where(logged_in, second, np.where(is_known, 0, -1))
    return Buyers(logged_in, second, version, account, owner)


def _coupons(day: Day, state: State, who: Ints) -> Ints:
    """Which coupon each buyer redeems: the newest offer while it lasts, or the one for the first order."""
    chance = day.chance("coupon", who)
    has_offer = (state.offer[who] >= 0) & (state.offer_until[who] >= day.number)
    redeems = has_offer & (chance < 0.25 + 0.7 * day.people.price_sensitivity[who])
    welcome = (state.orders[who] == 0) & (chance < 0.2)
    return np.where(redeems, state.offer[who], np.where(welcome, -2, -1)).astype(np.int64)


def _remember(day: Day, state: State, priced: PricedOrders) -> None:
    counted = priced.to_accounts
    account, owner = priced.buyers.account[counted], priced.buyers.owner[counted]
    state.orders[priced.who] += 1
    state.shop_orders[priced.who[priced.from_shop]] += 1
    # two readers of one inbox may order on one day
    np.add.at(state.account_orders, (account, owner), 1)
    np.add.at(state.account_spent_cents, (account, owner), priced.total_cents[counted])
    state.last_order[priced.who] = day.number


def order_frames(day: Day, state: State, priced: PricedOrders) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The frames `orders` and `order_lines` of facts."""
    orders = pl.DataFrame(
        {
            "order_id": priced.ids,
            "person": priced.who,
            "at": day.at(priced.seconds),
            "place": _place(priced),
            "subtotal_cents": priced.subtotal_cents,
            "discount_cents": priced.discount_cents,
            "shipping_cents": priced.shipping_cents,
            "tax_cents": priced.tax_cents,
            "total_cents": priced.total_cents,
            "coupon": coupon_codes(state, priced.coupon),
            "payment": _payments(day, priced),
            "store_number": day.people.home_store[priced.who],
        }
    )
    at_store = pl.col("place") == "pos"
    orders = orders.with_columns(pl.when(at_store).then("store_number")).hstack(
        [*_identifiers(day, priced), *_homes(day, priced)]
    )
    return shaped(orders, ORDERS), _lines(day, priced)


def _place(priced: PricedOrders) -> pl.Series:
    return pl.Series(["shop", "pos"]).gather(priced.at_store.astype(np.int64))


def coupon_codes(state: State, coupon: Ints) -> pl.Series:
    """The code that stands on the order: the action's id in capitals, which says what worked."""
    codes = [_WELCOME, None, *(action.upper().replace("_", "") + "10" for action in state.actions)]
    return pl.Series(codes, dtype=pl.String).gather(coupon + 2)


def _payments(day: Day, priced: PricedOrders) -> pl.Series:
    kind = np.floor(day.chance("payment", priced.who) ** 1.8 * 3).astype(np.int64)
    both = pl.DataFrame({"shop": _SHOP_PAYMENTS.gather(kind), "pos": _STORE_PAYMENTS.gather(kind)})
    return both.select(pl.when(pl.Series(priced.at_store)).then("pos").otherwise("shop")).to_series()


def _identifiers(day: Day, priced: PricedOrders) -> list[pl.Series]:
    """Who the buyer said to be; most tills ask for a card only."""
    people, who, at_store, buyers = day.people, priced.who, priced.at_store, priced.buyers
    chance = day.chance("till", who)
    typed = at_store & (chance < SHARE_TYPED_AT_TILL)
    placeholder = at_store & (chance < SHARE_TYPED_AT_TILL * SHARE_PLACEHOLDERS)
    shows_card = at_store & people.has_card[who] & (day.chance("card shown", who) < SHARE_CARD_SHOWN)
    gives_phone = typed | (~at_store & (day.chance("gives phone", who) < 0.45))
    frame = pl.DataFrame(
        {
            "account_id": identity.account_ids(people, who, second=buyers.second),
            "card_number": identity.card_numbers(people, who),
            "account_email": identity.account_emails(people, who, day.number),
            "second_email": identity.emails(people, who, np.full(len(who), 3)),
            "typed_email": identity.emails(people, who, buyers.version),
            "phone": identity.phones(people, who),
            "anonymous_id": identity.anonymous_ids(
                day.world.seed, identity.device_numbers(people, who, priced.device)
            ),
            "at_store": at_store,
            "logged_in": buyers.logged_in,
            "second": buyers.second,
            "shows_card": shows_card,
            "typed": typed,
            "placeholder": placeholder,
            "gives_phone": gives_phone,
        }
    )
    email = (
        pl.when("placeholder").then(pl.lit(identity.PLACEHOLDER_EMAIL)).when("logged_in", "second")
    ).then("second_email")
    phone = pl.when("placeholder").then(pl.lit(identity.PLACEHOLDER_PHONE)).otherwise("phone")
    return frame.select(
        account_id=pl.when("logged_in").then("account_id"),
        card_number=pl.when("shows_card").then("card_number"),
        email=email.when("logged_in")
        .then("account_email")
        .when(~pl.col("at_store") | pl.col("typed"))
        .then("typed_email"),
        phone=pl.when("gives_phone").then(phone),
        anonymous_id=pl.when(~pl.col("at_store")).then("anonymous_id"),
    ).get_columns()


def _homes(day: Day, priced: PricedOrders) -> list[pl.Series]:
    """Who pays, and where the parcel goes; a present goes to somebody else."""
    who, at_store = priced.who, priced.at_store
    share = SHARE_GIFTS_IN_SEASON if calendar.is_gift_season(day.date) else SHARE_GIFTS
    is_gift = ~at_store & (day.chance("gift", who) < share)
    # somebody of a lower number, so that it is the same one in a world of any size
    friend = np.floor(day.chance("friend", who) * who).astype(np.int32)
    to = np.where(is_gift, friend, who).astype(np.int32)
    homes = pl.concat([_home("billing", day, who), _home("shipping", day, to)], how="horizontal").select(
        pl.when(pl.Series(~at_store)).then(pl.all()).name.keep()
    )
    return [pl.Series("is_gift", is_gift), *homes.get_columns()]


def _home(role: str, day: Day, who: Ints) -> pl.DataFrame:
    """Names and addresses as columns of an order, by the role that people have in it."""
    home = identity.addresses(day.world.seed, day.people, who).with_columns(
        identity.first_names(day.people, who).alias("first_name"),
        identity.last_names(day.people, who).alias("last_name"),
    )
    return home.select(pl.all().name.prefix(f"{role}_"))


def _lines(day: Day, priced: PricedOrders) -> pl.DataFrame:
    baskets, words = priced.baskets, day.catalogue.words
    lines = pl.DataFrame(
        {
            "order_id": priced.ids[baskets.order],
            "line_number": baskets.line_number,
            "product": baskets.product,
            "sku": words["sku"].gather(baskets.product),
            "title": words["title"].gather(baskets.product),
            "quantity": baskets.quantity,
            "unit_price_cents": day.prices_cents[baskets.product],
            "discount_cents": priced.line_discount_cents,
        }
    )
    return shaped(lines, ORDER_LINES)
