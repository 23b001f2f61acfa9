"""The request budget as the client sees it: one permission for each attempt, and what the answers told.

The real one is the store's, shared by all windows and commands on an account.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


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
        """Learns from an answer; `bulk_jobs` marks a 429 that is about bulk jobs and not about requests."""

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
