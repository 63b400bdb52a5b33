"""Payments of the dashboard: the default columns of today, and the older spelling with card fields."""

from tests.unit.landing.presets.sample import Sample, csv_text

DEFAULT = (
    "id, Created date (UTC), Amount, Amount Refunded, Currency, Captured, Converted Amount,"
    " Converted Amount Refunded, Converted Currency, Decline Reason, Description, Fee, Refunded date (UTC),"
    " Statement Descriptor, Status, Seller Message, Taxes On Fee, Card ID, Customer ID, Customer Description,"
    " Customer Email, Invoice ID, Transfer"
)
OLDER = (
    "id, Description, Seller Message, Created (UTC), Amount, Amount Refunded, Currency, Converted Amount,"
    " Converted Currency, Fee, Tax, Mode, Status, Statement Descriptor, Customer ID, Customer Email, Captured,"
    " Card ID, Card Last4, Card Brand, Card Fingerprint, order (metadata)"
)

SAMPLE = Sample(
    files={
        "unified_payments.csv": csv_text(
            DEFAULT,
            """
id: ch_1 | Created date (UTC): 2026-03-29 00:59:59 | Amount: 24.90 | Amount Refunded: 0.00 | Currency: gbp | Captured: true | Status: Paid | Customer ID: cus_ada | Customer Email: ada@example.com | Card ID: card_1
id: ch_2 | Created date (UTC): 2026-03-29 01:30:00 | Amount: 10.00 | Amount Refunded: 10.00 | Currency: eur | Captured: true | Status: Refunded | Customer Email: ben@example.com | Refunded date (UTC): 2026-04-01 08:00:00
id: ch_3 | Created date (UTC): 2026-03-29 02:00:00 | Amount: 99.00 | Currency: gbp | Captured: false | Status: Failed | Decline Reason: insufficient_funds
id: ch_4 | Created date (UTC): 2026-03-29 03:00:00 | Amount: 99.00 | Currency: gbp | Captured: false | Status: Paid
id: ch_5 | Created date (UTC): 2026-03-29 03:00:00 | Amount: 99.00 | Currency: gbp | Status: requires_payment_method
id: ch_6 | Created date (UTC): 2026-03-29 04:00:00 | Amount: 1.234,50 | Currency: eur | Status: Paid
""",
        ),
        "payments_2016.csv": csv_text(
            OLDER,
            """
id: ch_0 | Created (UTC): 2016-05-01 10:00 | Amount: 1234.56 | Amount Refunded: 4.56 | Currency: usd | Status: Paid | Captured: true | Customer Email: cy@example.com | Card Last4: 4242 | Card Fingerprint: Xt5
""",
        ),
    },
    landed={
        "orders": """
order_ref | customer_ref | email | ordered_at | status | currency | amount | refunded | extras
ch_0 | - | cy@example.com | 2016-05-01 10:00:00 | Paid | USD | 1234.5600 | 4.5600 | -
ch_1 | cus_ada | ada@example.com | 2026-03-29 00:59:59 | Paid | GBP | 24.9000 | 0.0000 | -
ch_2 | - | ben@example.com | 2026-03-29 01:30:00 | Refunded | EUR | 10.0000 | 10.0000 | -
""",
    },
    dead=[("unified_payments.csv", 6, "amount", "cannot be read as decimal(18,4)")],
    skipped={"orders": 3},
)
