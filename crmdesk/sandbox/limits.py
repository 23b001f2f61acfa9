"""How many requests an account may send: a fixed hour from the first request, and a fixed minute."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

# Sent as the limit where there is none, so that the headers are always there.
UNLIMITED = 1_000_000


@dataclass
class _Window:
    length: float
    most: int
    used: int = 0
    ends: float = 0.0

    def count(self, now: float) -> bool:
        """Count one request; False when it is one too many."""
        if now >= self.ends:
            self.used, self.ends = 0, now + self.length
        self.used += 1
        return not self.most or self.used <= self.most

    def left(self) -> int:
        return max(0, (self.most or UNLIMITED) - self.used)

    def wait(self, now: float) -> int:
        return max(1, math.ceil(self.ends - now))


class Limits:
    """Counts requests of the whole account, whichever key they carry."""

    def __init__(self, hour: int, minute: int, *, retry_after: bool) -> None:
        self._hour = _Window(3600.0, hour)
        self._minute = _Window(60.0, minute)
        self._retry_after = retry_after

    def clear(self) -> None:
        """Begin new windows."""
        self._hour.ends = self._minute.ends = 0.0

    def spend(self) -> bool:
        """Count one request; False when the hour or the minute has no more."""
        now = time.monotonic()
        hour, minute = self._hour.count(now), self._minute.count(now)
        return hour and minute

    def headers(self) -> dict[str, str]:
        """What every answer tells of the hour; reset is in seconds from now."""
        return {
            "x-ratelimit-limit": str(self._hour.most or UNLIMITED),
            "x-ratelimit-remaining": str(self._hour.left()),
            "x-ratelimit-reset": str(self._hour.wait(time.monotonic())),
        }

    def refusal_headers(self) -> dict[str, str]:
        """Retry-After for a 429, of the window that is used up; none where accounts send none."""
        if not self._retry_after:
            return {}
        over = self._hour if self._hour.most and self._hour.used > self._hour.most else self._minute
        return {"retry-after": str(over.wait(time.monotonic()))}
