"""Which products suit a customer: what to put inside an action, never whether to contact her."""
