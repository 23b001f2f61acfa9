"""Reckoning for the plan's screen: when a plan asks for its number, when it will be done, how parts add up. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmdesk.crm.budget import BudgetState

TYPED_ABOVE = 500
TYPED_ABOVE_IN_PRODUCTION = 50
HOUR = timedelta(hours=1)


def must_be_typed(records: int, *, production: bool) -> bool:
    """Whether a plan of so many records asks for the number to be typed before it starts."""
    return records > (TYPED_ABOVE_IN_PRODUCTION if production else TYPED_ABOVE)


def typed_number(text: str) -> int | None:
    """The number that was typed, with or without separators; None for anything else."""
    plain = "".join(ch for ch in text if ch not in " ,.'’\u00a0\u202f")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 13 else None


@dataclass(frozen=True)
class DoneAbout:
    """When a plan will be done; `waits_until`: when the hour's requests renew, if they don't suffice."""

    at: datetime
    waits_until: datetime | None


def done_about(now: datetime, requests: int, seconds: float, budget: BudgetState) -> DoneAbout:
    """From the requests still to send, the seconds they take without waiting, and what is left of the hour."""
    if budget.minute_limit:
        seconds = max(seconds, 60 * (requests - budget.minute_limit) / budget.minute_limit)
    if requests <= budget.usable:
        return DoneAbout(now + timedelta(seconds=seconds), None)
    an_hour = max(1, budget.limit - budget.reserved)
    renews = budget.blocked_until or budget.renews_at or now + HOUR
    renews = max(renews, now)
    over = requests - budget.usable
    more_hours = (over - 1) // an_hour
    last = over - more_hours * an_hour
    return DoneAbout(renews + more_hours * HOUR + timedelta(seconds=seconds * last / max(1, requests)), renews)


def even_percents(count: int) -> list[int]:
    """Whole percents for an even split that add up to 100."""
    if count <= 0:
        return []
    share, rest = divmod(100, count)
    return [max(1, share + (at < rest)) for at in range(count)]


def parts_of(records: int, weights: Sequence[int]) -> list[int]:
    """About how many records each weight stands for; they add up to `records` (largest remainders)."""
    whole = sum(weights)
    if whole <= 0:
        return [0 for _ in weights]
    exact = [records * weight / whole for weight in weights]
    parts = [int(value) for value in exact]
    order = sorted(range(len(weights)), key=lambda at: parts[at] - exact[at])
    for at in order[: records - sum(parts)]:
        parts[at] += 1
    return parts
