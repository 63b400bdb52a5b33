"""A past night's decisions made again of nothing but what it published."""
