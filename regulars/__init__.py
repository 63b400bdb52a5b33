"""A shop that knows its regulars: a nightly warehouse from raw exports to one next best action per person."""
