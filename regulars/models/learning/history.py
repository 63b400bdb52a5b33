"""What `data_readiness` counts of the history that a model learns from: subjects of question `history`."""

OF_ORDERS = ("days of orders", "active customers", "customers who stayed", "customers who left")
OF_SUBSCRIPTIONS = (
    "days of subscriptions",
    "active subscribers",
    "subscribers who stayed",
    "subscribers who left",
)
