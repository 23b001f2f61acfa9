"""The request budget as the client sees it: one permission for each attempt, and what the answers told.

The real one is the store's, shared by all windows and commands on an account.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

LONGEST_RETRY_AFTER = 3600.0


class Lane(enum.IntEnum):
    """Who waits for a request: what a person waits for goes before what a job sends."""

    PERSON = 0
    JOB = 1


@dataclass(frozen=True, slots=True)
class BudgetState:
    """What is left: `remaining` of `limit` in the hour; `reserved` is kept for others, `usable` is ours."""

    limit: int
    remaining: int
    reserved: int
    usable: int
    renews_at: datetime | None
    minute_limit: int | None
    minute_remaining: int | None
    blocked_until: datetime | None


class Budget(Protocol):
    """Permission to send requests, one at a time."""

    async def take(self, lane: Lane, waiting: Callable[[datetime], None] | None = None) -> None:
        """Waits till one request may be sent; calls `waiting` with the time when it has to wait."""

    def told(self, status: int, headers: Mapping[str, str], *, bulk_jobs: bool = False) -> None:
        """Learns from an answer (status 0: none came); `bulk_jobs`: a 429 that is not about requests."""

    def state(self) -> BudgetState:
        """What is left, from memory."""


class UnlimitedBudget:
    """No limit at all: for the test of a connection, before an account has files, and for tests."""

    def __init__(self) -> None:
        self.taken = 0

    async def take(self, lane: Lane, waiting: Callable[[datetime], None] | None = None) -> None:
        """Returns at once."""
        self.taken += 1

    def told(self, status: int, headers: Mapping[str, str], *, bulk_jobs: bool = False) -> None:
        """Learns nothing."""

    def state(self) -> BudgetState:
        """Always the same: enough."""
        many = 1_000_000_000
        return BudgetState(many, many, 0, many, None, None, None, None)


@dataclass(frozen=True, slots=True)
class RateHeaders:
    """What an answer's headers say of the hour; `reset_at` in seconds since the epoch. Any may be missing."""

    limit: int | None
    remaining: int | None
    reset_at: float | None


def rate_headers(headers: Mapping[str, str], now: float) -> RateHeaders | None:
    """Reads x-ratelimit-limit, -remaining and -reset (seconds to go, or a time); None without them."""
    remaining = _number(headers.get("x-ratelimit-remaining"))
    limit = _number(headers.get("x-ratelimit-limit"))
    if limit is None and remaining is None:
        return None
    reset = _number(headers.get("x-ratelimit-reset"))
    if reset is not None and reset < 100_000_000:
        reset += now
    elif reset is not None and reset > 100_000_000_000:
        reset /= 1000
    if reset is not None and not now - 60 <= reset <= now + 2 * 3600:
        reset = None
    return RateHeaders(
        int(limit) if limit is not None and limit > 0 else None,
        max(0, int(remaining)) if remaining is not None else None,
        reset,
    )


def _number(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e15 else None


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The seconds that Retry-After asks for, an hour at most; a date counts from the server's own clock."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        until = http_date(text)
        if until is None:
            return None
        clock = now or http_date(headers.get("date", "")) or datetime.now(UTC)
        seconds = (until - clock).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER) if seconds == seconds else None


def http_date(text: str) -> datetime | None:
    """A date header in UTC, or None."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
