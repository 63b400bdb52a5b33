"""Customers and orders as the admin exports them: guarded ids and phones, an order's cells on its first row."""

from tests.unit.landing.presets.sample import Sample, csv_text

CUSTOMERS = (
    "Customer ID, First Name, Last Name, Email, Accepts Email Marketing, Default Address Company,"
    " Default Address Address1, Default Address Address2, Default Address City, Default Address Province Code,"
    " Default Address Country Code, Default Address Zip, Default Address Phone, Phone, Accepts SMS Marketing,"
    " Total Spent, Total Orders, Note, Tax Exempt, Tags"
)
OLDER_CUSTOMERS = (
    "Customer ID, First Name, Last Name, Email, Accepts Email Marketing, Company, Address1, Address2, City,"
    " Province, Province Code, Country, Country Code, Zip, Phone, Accepts SMS Marketing, Total Spent,"
    " Total Orders, Tags, Note, Tax Exempt"
)
OLDER_ORDERS = (
    "Name, Email, Financial Status, Paid at, Fulfillment Status, Fulfilled at, Accepts Marketing, Currency,"
    " Subtotal, Shipping, Taxes, Total, Discount Code, Discount Amount, Shipping Method, Created at,"
    " Lineitem quantity, Lineitem name, Lineitem price, Lineitem compare at price, Lineitem sku"
)
ORDERS = (
    f"{OLDER_ORDERS}, Lineitem requires shipping, Lineitem taxable, Lineitem fulfillment status, Billing Name,"
    " Billing Street, Billing Zip, Shipping Name, Notes, Note Attributes, Cancelled at, Payment Method,"
    " Payment Reference, Refunded Amount, Vendor, Outstanding Balance, Employee, Location, Device ID, Id, Tags,"
    " Risk Level, Source, Lineitem discount, Tax 1 Name, Tax 1 Value, Phone, Receipt Number"
)
SAMPLE = Sample(
    settings={"refused_on": "2026-10-01"},
    files={
        "customers_export.csv": csv_text(
            CUSTOMERS,
            """
Customer ID: '9013808660771 | First Name: Ada | Last Name: Byron | Email: ada@example.com | Accepts Email Marketing: yes | Default Address Country Code: FR | Tags: vip, wholesale | Default Address Zip: '75008 | Phone: '+33142685300 | Accepts SMS Marketing: no
Customer ID: '9013808660772 | First Name: Ben | Email: ben@example.com | Accepts Email Marketing: no | Accepts SMS Marketing: no | Note: calls often
Customer ID: '9013808660773 | Accepts Email Marketing: maybe
""",
        ),
        "customers_2019.csv": csv_text(
            OLDER_CUSTOMERS,
            """
Customer ID: '77 | Email: cy@example.com | Zip: '01234 | Country Code: US
""",
        ),
        "orders_export_1.csv": csv_text(
            ORDERS,
            """
Name: #1001 | Email: ADA@example.com | Financial Status: partially_refunded | Currency: EUR | Total: 59.90 | Discount Code: HELLO | Discount Amount: 5.00 | Created at: 2025-10-07 09:50:26 +0200 | Lineitem quantity: 2 | Lineitem name: Mug | Lineitem price: 24.95 | Lineitem sku: MUG-1 | Billing Name: Ada Byron | Refunded Amount: 10.00 | Id: 5571 | Lineitem discount: 0.00 | Phone: '+33142685300
Name: #1001 | Lineitem quantity: 1 | Lineitem name: Tea | Lineitem price: 15.00 | Lineitem sku: TEA-7 | Lineitem discount: 5.00
Name: #1002 | Email: ben@example.com | Financial Status: voided | Currency: EUR | Total: 12.00 | Discount Amount: 0.00 | Created at: 2025-10-26 01:30:00 +0200 | Lineitem quantity: 1 | Lineitem name: Cup | Lineitem price: 12.00 | Id: 5572 | Cancelled at: 2025-10-26 09:00:00 +0100 | Refunded Amount: 0.00
Name: #1003 | Total: 1,200.00 | Created at: 2025-11-01 00:30:00 +0100 | Lineitem quantity: 1 | Lineitem name: Cup | Lineitem price: 1200.00
""",
        ),
        "orders_2012.csv": csv_text(
            OLDER_ORDERS,
            """
Name: #7 | Email: cy@example.com | Total: 3.50 | Created at: 2012-03-01 12:00:00 -0500 | Lineitem quantity: 1 | Lineitem name: Pin | Lineitem price: 3.50 | Currency: USD
""",
        ),
    },
    landed={
        "customers": """
customer_ref | email | phone | first_name | postal_code | country | attributes
77 | cy@example.com | - | - | 01234 | US | {"tags":null}
9013808660771 | ada@example.com | +33142685300 | Ada | 75008 | FR | {"tags":"vip, wholesale"}
9013808660772 | ben@example.com | - | Ben | - | - | {"tags":null}
9013808660773 | - | - | - | - | - | {"tags":null}
""",
        "consents": """
customer_ref | email | phone | channel | purpose | status | stated_at
9013808660771 | - | +33142685300 | sms | marketing | denied | 2026-10-01 00:00:00
9013808660771 | ada@example.com | - | email | marketing | granted | 1990-01-01 00:00:00
9013808660772 | - | - | sms | marketing | denied | 2026-10-01 00:00:00
9013808660772 | ben@example.com | - | email | marketing | denied | 2026-10-01 00:00:00
""",
        "orders": """
order_ref | email | phone | customer_name | ordered_at | status | currency | amount | discount | refunded
1001 | ADA@example.com | +33142685300 | Ada Byron | 2025-10-07 07:50:26 | partially_refunded | EUR | 59.9000 | 5.0000 | 10.0000
1002 | ben@example.com | - | - | 2025-10-25 23:30:00 | cancelled | EUR | 12.0000 | 0.0000 | 12.0000
7 | cy@example.com | - | - | 2012-03-01 17:00:00 | - | USD | 3.5000 | - | -
""",
        "order_lines": """
order_ref | product_ref | email | occurred_at | quantity | amount | discount
1001 | MUG-1 | ADA@example.com | 2025-10-07 07:50:26 | 2.0000 | 49.9000 | 0.0000
1001 | TEA-7 | ADA@example.com | 2025-10-07 07:50:26 | 1.0000 | 10.0000 | 5.0000
1002 | - | ben@example.com | 2025-10-25 23:30:00 | 1.0000 | 12.0000 | -
1003 | - | - | 2025-10-31 23:30:00 | 1.0000 | 1200.0000 | -
7 | - | cy@example.com | 2012-03-01 17:00:00 | 1.0000 | 3.5000 | -
""",
    },
    dead=[
        ("customers_export.csv", 3, "status", "is none of 'granted', 'denied', 'withdrawn'"),
        ("orders_export_1.csv", 4, "amount", "cannot be read as decimal(18,4)"),
    ],
    skipped={"consents": 3, "orders": 1},
)
