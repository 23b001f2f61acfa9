"""Moments in the sandbox: whole milliseconds since 1970 inside, text with the tenant's offset outside."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache

TENANT = timezone(timedelta(hours=-8))
DAY = 86_400_000
# The newest moment in a dataset: fixed, so that a seed gives the same data on every day.
ANCHOR = int(datetime(2026, 10, 30, 18, 0, tzinfo=UTC).timestamp() * 1000)


def now_ms() -> int:
    """The clock of this machine in milliseconds."""
    return time.time_ns() // 1_000_000


@lru_cache(maxsize=4096)
def _seconds(seconds: int, zulu: bool) -> str:
    if zulu:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return datetime.fromtimestamp(seconds, TENANT).strftime("%Y-%m-%dT%H:%M:%S-08:00")


def printed(ms: int | None, zulu: bool = False) -> str | None:
    """Whole seconds as the CRM prints them: with the tenant's offset, or with Z."""
    return None if ms is None else _seconds(ms // 1000, zulu)


def day(ms: int) -> str:
    """The date alone, as `expected_close` has it."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d")


def read(text: object) -> int | None:
    """A documented date text (ISO in all its forms, or a browser's `Tue Jun 21 2016 …`) → ms, else None."""
    if not isinstance(text, str) or not text.strip():
        return None
    cleaned = text.strip().partition(" (")[0]
    try:
        moment = datetime.fromisoformat(cleaned)
    except ValueError:
        try:
            moment = parsedate_to_datetime(_reordered(cleaned))
        except (ValueError, IndexError, TypeError):
            return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


def _reordered(text: str) -> str:
    """`Tue Jun 21 2016 11:00:00 GMT+0000` → the order that mail dates have."""
    weekday, month, number, year, clock, *zone = text.split()
    offset = zone[0].removeprefix("GMT") if zone else "+0000"
    return f"{weekday}, {number} {month} {year} {clock} {offset or '+0000'}"
