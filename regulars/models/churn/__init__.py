"""Who will not order again soon: the probability of no order in the horizon, of active customers."""
