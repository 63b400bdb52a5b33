"""Orders as the REST API's objects with money as text, and customers as the analytics export them."""

from tests.unit.landing.presets.sample import Sample, csv_text, json_lines

CUSTOMERS = (
    "Name, Username, Last Active, Sign Up, Email, Orders, Total Spend, AOV, Country / Region, City, Region,"
    " Postal Code"
)


def order(ref: int, status: str, **more: object) -> dict[str, object]:
    return {
        "id": ref,
        "number": str(ref),
        "status": status,
        "currency": "GBP",
        "date_created": "2026-06-01T01:30:00",
        "date_created_gmt": "2026-06-01T00:30:00",
        "date_paid_gmt": "2026-06-01T00:31:00",
        "discount_total": "2.50",
        "total": "24.90",
        "customer_id": 0,
        "customer_ip_address": "192.0.2.7",
        "billing": {
            "first_name": "Ada",
            "last_name": "Byron",
            "email": "ada@example.com",
            "phone": "02079460000",
        },
        "line_items": [{"id": 1, "product_id": 9, "quantity": 1, "total": "24.90"}],
        "coupon_lines": [],
        "refunds": [],
    } | more


SAMPLE = Sample(
    keys={"time_zone": "Europe/Berlin"},
    files={
        "orders_1.jsonl": json_lines(
            [
                order(1, "completed", customer_id=42, coupon_lines=[{"id": 5, "code": "hello"}]),
                order(2, "completed", refunds=[{"id": 7, "total": "-10.00"}, {"id": 8, "total": "-0.10"}]),
                order(3, "refunded"),
                order(4, "pending", date_paid_gmt=None),
                order(5, "cancelled", billing={"email": "ben@example.com"}),
                order(6, "processing", total="24,90"),
            ]
        ),
        "customers.csv": csv_text(
            CUSTOMERS,
            """
Name: Ada Byron | Username: ada | Sign Up: 2025-06-01 10:00:00 | Email: Ada@example.com | Country / Region: GB | Postal Code: 'N1 9GU
Name: '=Ben | Email: ben@example.com | Sign Up: 2025-01-01 10:00:00 | Country / Region: United Kingdom
Name: Guest without address
""",
        ),
    },
    landed={
        "orders": """
order_ref | customer_ref | email | phone | customer_name | ordered_at | status | currency | amount | discount | refunded | coupon_code
1 | 42 | ada@example.com | 02079460000 | Ada Byron | 2026-06-01 00:30:00 | completed | GBP | 24.9000 | 2.5000 | - | hello
2 | - | ada@example.com | 02079460000 | Ada Byron | 2026-06-01 00:30:00 | completed | GBP | 24.9000 | 2.5000 | 10.1000 | -
3 | - | ada@example.com | 02079460000 | Ada Byron | 2026-06-01 00:30:00 | refunded | GBP | 24.9000 | 2.5000 | 24.9000 | -
5 | - | ben@example.com | - | - | 2026-06-01 00:30:00 | cancelled | GBP | 24.9000 | 2.5000 | 24.9000 | -
""",
        "customers": """
customer_ref | email | first_name | last_name | postal_code | country | created_at
ada@example.com | Ada@example.com | Ada | Byron | N1 9GU | GB | 2025-06-01 08:00:00
ben@example.com | ben@example.com | =Ben | - | - | - | 2025-01-01 09:00:00
""",
    },
    dead=[("orders_1.jsonl", 6, "amount", "cannot be read as decimal(18,4)")],
    skipped={"orders": 1, "customers": 1},
)
