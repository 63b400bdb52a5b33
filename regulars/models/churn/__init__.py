"""Who will leave soon: of active customers the probability of no order, or of subscribers that of an end."""
