"""Whether a night continues all that was published before it, in words for whoever runs it.

Not here: what a night carries (`night`), and which versions are kept (`versions`).
"""

from datetime import date

from regulars.warehouse.versions import Published


def warning(published: Published, day: date) -> str | None:
    """What a night of `day` forgets because published versions are gone, and how to bring it back."""
    lost = published.lost_nights(day)
    if not lost:
        return None
    before = published.before(day)
    continued = f"it continues {before.day}" if before else "it starts anew"
    return (
        f"night {day} does not see what {_named(lost)} decided, because published versions were pruned or"
        f" deleted: {continued}, and caps and segment history forget what came after."
        f" Remedy: put the missing folders back under state/published/versions from a backup"
        f"{_backfill(lost, day)}; a higher keep_versions keeps more of them"
    )


def _named(nights: list[date]) -> str:
    if len(nights) == 1:
        return f"night {nights[0]}"
    return f"{len(nights)} nights from {nights[0]} to {nights[-1]}"


def _backfill(lost: list[date], day: date) -> str:
    """The command that decides lost nights again; `day` itself is what is being run."""
    if lost[0] == day:
        return ""
    return f", or run them again in order: regulars backfill --from {lost[0]} --to {day}"
