"""The web shop's exports, in the layouts of Shopify: customers, orders and products.

An order has a row per line. Of its own cells a continuation row repeats only `Name` and `Email`, as real
samples do; a refund is told by exporting the order again with its new `Refunded Amount`. The customers file
has no date of sign-up, and the orders file no id of the customer.
"""

import polars as pl

from regulars.simulation.export import Export, Reading
from regulars.simulation.facts import DayFacts
from regulars.simulation.systems.cells import full_name, guarded, local_time, major_units, yes_no
from regulars.simulation.world import World

VENDOR_TIME = "%Y-%m-%d %H:%M:%S %z"
TAX_COUNT = 5
FIRST_VENDOR_ID = 5_000_000_000_000

ORDER_COLUMNS = (
    *("Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at"),
    *("Accepts Marketing", "Currency", "Subtotal", "Shipping", "Taxes", "Total", "Discount Code"),
    *("Discount Amount", "Shipping Method", "Created at", "Lineitem quantity", "Lineitem name"),
    *("Lineitem price", "Lineitem compare at price", "Lineitem sku", "Lineitem requires shipping"),
    *("Lineitem taxable", "Lineitem fulfillment status"),
    *(
        f"{who} {part}"
        for who in ("Billing", "Shipping")
        for part in (
            *("Name", "Street", "Address1", "Address2", "Company"),
            *("City", "Zip", "Province", "Country", "Phone"),
        )
    ),
    *("Notes", "Note Attributes", "Cancelled at", "Payment Method", "Payment Reference", "Refunded Amount"),
    *("Vendor", "Outstanding Balance", "Employee", "Location", "Device ID", "Id", "Tags", "Risk Level"),
    *("Source", "Lineitem discount"),
    *(f"Tax {tax} {part}" for tax in range(1, TAX_COUNT + 1) for part in ("Name", "Value")),
    *("Phone", "Receipt Number", "Duties", "Billing Province Name", "Shipping Province Name"),
    *("Payment ID", "Payment Terms Name", "Next Payment Due At", "Payment References"),
)


def exports(facts: DayFacts, world: World) -> tuple[Export, ...]:
    """The files that the shop drops at the end of a day."""
    return (
        Export(
            "shop customers",
            f"shop/customers_{facts.day}.csv",
            _customers(facts.shop_customers),
            (Reading("customers"),),
        ),
        Export(
            "shop orders",
            f"shop/orders_{facts.day}.csv",
            _orders(facts, world),
            (
                Reading("orders", rows=pl.col("Total").is_not_null()),
                Reading("order_lines", unchanged="_is_again"),
            ),
            row_ids="_row_id",
            is_written_empty=True,
        ),
        Export(
            "shop products",
            f"shop/products_{facts.day}.csv",
            _products(facts.products),
            (Reading("products"),),
        ),
    )


def _customers(customers: pl.DataFrame) -> pl.DataFrame:
    newest = customers.unique("account_id", keep="last", maintain_order=True)
    return newest.select(
        guarded("account_id").alias("Customer ID"),
        pl.col("first_name").alias("First Name"),
        pl.col("last_name").alias("Last Name"),
        pl.col("email").alias("Email"),
        yes_no("accepts_email").alias("Accepts Email Marketing"),
        _nothing("Default Address Company"),
        pl.col("street").alias("Default Address Address1"),
        _nothing("Default Address Address2"),
        pl.col("city").alias("Default Address City"),
        pl.col("province_code").alias("Default Address Province Code"),
        pl.col("country_code").alias("Default Address Country Code"),
        guarded("zip").alias("Default Address Zip"),
        guarded("phone").alias("Default Address Phone"),
        guarded("phone").alias("Phone"),
        yes_no("accepts_sms").alias("Accepts SMS Marketing"),
        major_units("total_spent_cents").alias("Total Spent"),
        pl.col("total_orders").cast(pl.String).alias("Total Orders"),
        pl.col("note").alias("Note"),
        pl.lit("no").alias("Tax Exempt"),
        pl.col("tags").alias("Tags"),
    )


def _orders(facts: DayFacts, world: World) -> pl.DataFrame:
    """A row per line of the shop's orders of today and of those that are told again, each in one version."""
    orders = _told_orders(facts).with_row_index("_order")
    rows = _lines(facts).join(orders.select("_order", "order_id", "email", "_is_again"), on="order_id")
    rows = rows.sort("_order", "line_number")
    on_first = pl.when(pl.col("_order").ne_missing(pl.col("_order").shift())).then("_order")
    own = orders.select(**_order_cells(world)).select(pl.all().gather(rows.select(on_first).to_series()))
    lines = rows.select(
        **_line_cells(), _row_id=pl.col("order_id") * 64 + pl.col("line_number"), _is_again="_is_again"
    )
    known = lines.hstack(own)
    empty = [_nothing(name) for name in ORDER_COLUMNS if name not in known.columns]
    return known.with_columns(*empty).select(*ORDER_COLUMNS, "_row_id", "_is_again")


def _told_orders(facts: DayFacts) -> pl.DataFrame:
    again = facts.orders_again.with_columns(_is_again=pl.lit(value=True))
    today = facts.orders.join(again, on="order_id", how="anti").with_columns(
        refunded_cents=pl.lit(0, pl.Int64), _is_again=pl.lit(value=False)
    )
    goods = pl.col("total_cents") - pl.col("shipping_cents") - pl.col("tax_cents")
    told = pl.concat([today, again.select(today.columns)]).filter(pl.col("place") == "shop")
    return told.with_columns(goods_cents=goods)


def _lines(facts: DayFacts) -> pl.DataFrame:
    """Every line in one version; the shop has one line per product, however often it went into the cart."""
    each = pl.concat([facts.order_lines, facts.order_lines_again]).unique(
        ["order_id", "line_number"], keep="last", maintain_order=True
    )
    total = pl.col("quantity", "discount_cents").sum()
    others = pl.col("line_number", "title", "unit_price_cents").first()
    return each.group_by("order_id", "sku", maintain_order=True).agg(others, total)


def _order_cells(world: World) -> dict[str, pl.Expr]:
    """What stands on the first row of an order only."""
    created = local_time("at", world.time_zone, VENDOR_TIME)
    refunded, total = pl.col("refunded_cents"), pl.col("total_cents")
    return {
        "Financial Status": pl.when(refunded == 0)
        .then(pl.lit("paid"))
        .when(refunded < total)
        .then(pl.lit("partially_refunded"))
        .otherwise(pl.lit("refunded")),
        "Paid at": created,
        "Fulfillment Status": pl.lit("fulfilled"),
        "Currency": pl.lit(world.currency),
        "Subtotal": major_units("goods_cents"),
        "Shipping": major_units("shipping_cents"),
        "Taxes": major_units("tax_cents"),
        "Total": major_units("total_cents"),
        "Discount Code": pl.col("coupon"),
        "Discount Amount": major_units("discount_cents"),
        "Shipping Method": pl.lit("Standard"),
        "Created at": created,
        **_address_cells("Billing"),
        **_address_cells("Shipping"),
        "Note Attributes": _note_attributes(),
        "Payment Method": pl.col("payment"),
        "Refunded Amount": major_units("refunded_cents"),
        "Outstanding Balance": pl.lit("0.00"),
        "Id": (pl.col("order_id") + FIRST_VENDOR_ID).cast(pl.String),
        "Risk Level": pl.lit("Low"),
        "Source": pl.lit("web"),
        "Tax 1 Name": pl.lit("Sales Tax"),
        "Tax 1 Value": major_units("tax_cents"),
        "Phone": guarded("phone"),
    }


def _line_cells() -> dict[str, pl.Expr]:
    """What stands on every row."""
    return {
        "Name": pl.concat_str(pl.lit("#"), pl.col("order_id").cast(pl.String)),
        "Email": pl.col("email"),
        "Lineitem quantity": pl.col("quantity").cast(pl.String),
        "Lineitem name": pl.col("title"),
        "Lineitem price": major_units("unit_price_cents"),
        "Lineitem sku": pl.col("sku"),
        "Lineitem requires shipping": pl.lit("true"),
        "Lineitem taxable": pl.lit("true"),
        "Lineitem fulfillment status": pl.lit("fulfilled"),
        "Lineitem discount": major_units("discount_cents"),
    }


def _address_cells(who: str) -> dict[str, pl.Expr]:
    of = who.lower()
    return {
        f"{who} Name": full_name(f"{of}_first_name", f"{of}_last_name"),
        f"{who} Street": pl.col(f"{of}_street"),
        f"{who} Address1": pl.col(f"{of}_street"),
        f"{who} City": pl.col(f"{of}_city"),
        f"{who} Zip": guarded(f"{of}_zip"),
        f"{who} Province": pl.col(f"{of}_province_code"),
        f"{who} Country": pl.col(f"{of}_country_code"),
        f"{who} Phone": guarded("phone"),
    }


def _note_attributes() -> pl.Expr:
    """What the shop's theme notes at checkout, one attribute a line."""
    visitor = pl.concat_str(pl.lit("anonymous_id: "), pl.col("anonymous_id"))
    gift = pl.when(pl.col("is_gift")).then(pl.lit("gift: yes"))
    return pl.concat_str(visitor, gift, separator="\n", ignore_nulls=True)


def _products(products: pl.DataFrame) -> pl.DataFrame:
    title = pl.col("title")
    return products.select(
        title.str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "-").alias("Handle"),
        title.alias("Title"),
        pl.col("brand").alias("Vendor"),
        pl.col("category").alias("Type"),
        pl.when(pl.col("is_active")).then(pl.lit("active")).otherwise(pl.lit("archived")).alias("Status"),
        pl.col("sku").alias("Variant SKU"),
        pl.col("product").cast(pl.String).alias("Variant Barcode"),
        pl.col("stock_quantity").cast(pl.String).alias("Variant Inventory Qty"),
        major_units("price_cents").alias("Variant Price"),
        major_units("cost_cents").alias("Cost per item"),
    )


def _nothing(name: str) -> pl.Expr:
    return pl.lit(None, pl.String).alias(name)
