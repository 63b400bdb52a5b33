"""What a customer will spend: the expected amount of a horizon's orders, less refunds, with an interval."""
