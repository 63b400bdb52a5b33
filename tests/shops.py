"""A made-up shop: the smallest store that the program accepts, for tests that change one thing in it."""

from collections.abc import Mapping
from pathlib import Path

HEADER = "id,placed,amount,who\n"
ORDERS = HEADER + "1,2024-05-01 10:00:00,9.50,anna\n2,2024-05-02 11:00:00,3,ben\n"
FILES: Mapping[str, str | bytes] = {
    "store.yml": """\
name: shop
title: The Corner Shop
time_zone: Europe/Berlin
currency: EUR
first_day: 2024-04-01
last_day: 2024-06-30
permissions:
  - channel: letter
    purpose: marketing
    status: granted
    basis: everybody signed for it
""",
    "sources/pos.yml": """\
system: pos
time_zone: Europe/Berlin
owner: team:data
streams:
  - files: orders*.csv
    entity: orders
    columns:
      order_ref: id
      customer_ref: who
      ordered_at: placed
      amount: amount
""",
    "segments.yml": """\
segments:
  - id: new
    kind: stage
    predicate: order_count <= 1
    description: One order
    goal: a second order
    owner: team:crm
    actions: [offer]
    review_date: 2024-12-01
    depth: behaviour
    all_or_none: allow
""",
    "actions.yml": """\
actions:
  - id: offer
    name: Offer
    state: new
    channels: [letter]
    purpose: marketing
    action_class: marketing
    response_rate: 0.1
    value: 10
    cooldown_days: 30
    reason: bought {order_count} times
    customer_reason: Good to have you here.
""",
    "channels.yml": """\
across_channels: {max_touchpoints: 2, per_days: 1, hours_between_channels: 24}
channels:
  - id: letter
    role: letters
    address: customer_ref
    cost_per_send: 0.65
    max_touchpoints: 1
    per_days: 14
""",
}


def write_shop(folder: Path, files: Mapping[str, str | bytes] | None = None) -> Path:
    """Write the shop with `files` in place of its own, and two orders if `files` brings no export."""
    own = (
        FILES
        if any(name.startswith("exports/") for name in files or {})
        else {**FILES, "exports/orders.csv": ORDERS}
    )
    for name, content in {**own, **(files or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def changed(name: str, old: str, new: str) -> dict[str, str | bytes]:
    """The shop's file `name` with `old` replaced by `new`."""
    text = str(FILES[name])
    assert old in text
    return {name: text.replace(old, new, 1)}
