"""The account's request budget: survives a restart and is shared by all windows and commands on the account.

Requests are granted in small blocks from a ledger in SQLite, on its own thread, so that a request costs the event
loop next to nothing. Knows nothing of the CRM but the budget's protocol.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import os
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crmdesk.crm.budget import BudgetState, Lane, RateHeaders, rate_headers, retry_after
from crmdesk.store.budget_ledger import BUCKET, Limits, News, Standing, create, leave, look, reserve_of
from crmdesk.store.database import Database
from crmdesk.store.errors import JournalDamaged, JournalTooNew

BLOCK = 8
LOW_WATER = 3
GRANT_SECONDS = 8.0  # a grant that rests longer is given back; below the ledger's LATENESS
IDLE_SECONDS = 5.0
LOOK_AGAIN_SECONDS = 1.0
TELL_SECONDS = 0.5


@dataclass(slots=True, eq=False)
class _Waiter:
    lane: Lane
    future: asyncio.Future[None]
    waiting: Callable[[datetime], None] | None
    told_until: float = 0.0


class RequestBudget:
    """Implements crm.budget.Budget over a file; one object for each account and process, used on one event loop."""

    def __init__(
        self,
        path: Path,
        *,
        limit: int,
        reserve_percent: int = 20,
        minute_limit: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`limit` is requests an hour until the CRM tells another; a damaged file is begun anew."""
        self._limits = Limits(limit, min(max(reserve_percent, 0), 100), minute_limit)
        self._clock = clock
        self._holder = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._database = _open(path)
        self._blocks: deque[list[int]] = deque()  # [bucket, grants left], oldest first
        self._stock = 0
        self._unanswered = 0
        self._news = News()
        self._waiters: list[tuple[int, int, _Waiter]] = []
        self._order = itertools.count()
        self._pump: asyncio.Task[None] | None = None
        self._errand: asyncio.Task[None] | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._last_taken = 0.0
        self._wake: asyncio.Event | None = None
        self._listeners: list[Callable[[BudgetState], None]] = []
        self._looking = asyncio.Lock()
        self._closed = False
        self._standing: Standing = self._database.write_now(
            lambda connection: look(connection, self._limits, self._clock(), holder=self._holder, news=News())
        )
        self._blocked_until = self._standing.blocked_until

    async def take(self, lane: Lane, waiting: Callable[[datetime], None] | None = None) -> None:
        """Waits till one request may be sent; calls `waiting` with the time when it has to wait for the limit."""
        now = self._clock()
        self._last_taken = now
        if self._stock and not self._waiters and self._fresh(now):
            self._spend()
            if self._stock < LOW_WATER:
                self._start_errand(refill=True)
            return
        await self._queue(lane, waiting)

    def told(self, status: int, headers: Mapping[str, str], *, bulk_jobs: bool = False) -> None:
        """Learns from an answer's headers; a 429 stops everything at once."""
        self._unanswered = max(0, self._unanswered - 1)
        if status == 0 or self._closed:
            return
        now = self._clock()
        seen = rate_headers(headers, now)
        if seen is not None:
            known = self._news.headers
            if known is None or _tells_more(known, seen):
                self._news.headers = seen
        if (status == 429 and not bulk_jobs) or (status == 503 and "retry-after" in headers):
            self._refused(headers, now)
        else:
            self._news.answered = True
            if seen is not None:
                self._start_errand(refill=False)

    def state(self) -> BudgetState:
        """What is left, from memory; what this process holds unused counts as left.

        Headers that are not in the ledger yet count already: what the CRM told last is what is shown.
        """
        standing = self._standing
        now = self._clock()
        blocked = self._blocked_until if self._blocked_until > now else None
        left = max(0, standing.limit - standing.used + self._stock)
        limit, reserved, usable = standing.limit, standing.reserved, min(standing.usable + self._stock, left)
        renews_at = standing.renews_at
        told = self._news.headers
        if told is not None and told.remaining is not None and (told.reset_at or now) >= now:
            limit = told.limit or limit
            reserved = reserve_of(limit, self._limits)
            # As the ledger reckons: what is under way may be in the CRM's count or not.
            there = max(0, limit - told.remaining)
            used = min(max(standing.used - self._stock, there), there + self._unanswered)
            left = max(0, limit - used)
            usable = max(0, left - reserved)
            renews_at = told.reset_at or renews_at
        minute_left = None
        if standing.minute_limit is not None:
            minute_left = max(0, standing.minute_limit - standing.minute_used + self._stock)
            usable = min(usable, minute_left)
        return BudgetState(
            limit,
            left,
            reserved,
            0 if blocked else usable,
            _moment(renews_at),
            standing.minute_limit,
            minute_left,
            _moment(blocked),
        )

    def change(self, *, limit: int, reserve_percent: int) -> None:
        """The person's own settings, from the next look into the ledger on."""
        self._limits = Limits(limit, min(max(reserve_percent, 0), 100), self._limits.minute_limit)
        self._start_errand(refill=False)

    async def refresh(self) -> BudgetState:
        """Looks into the ledger for what other processes spent."""
        await self._look(want=0)
        return self.state()

    def subscribe(self, listener: Callable[[BudgetState], None]) -> Callable[[], None]:
        """Calls `listener` when the state changed; returns what ends that."""
        self._listeners.append(listener)

        def end() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(listener)

        return end

    async def close(self) -> None:
        """Gives back what was not used and closes the file."""
        if self._closed:
            return
        self._closed = True
        if self._idle is not None:
            self._idle.cancel()
        for task in (self._pump, self._errand):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        for _, _, waiter in self._waiters:
            waiter.future.cancel()
        unused = self._news.unused
        _add(unused, self._take_back())
        await self._database.write(lambda connection: leave(connection, self._holder, unused))
        await self._database.close()

    def _fresh(self, now: float) -> bool:
        """Whether the block at hand may still be used."""
        return self._blocked_until <= now and now < self._blocks[0][0] * BUCKET + BUCKET + GRANT_SECONDS

    def _spend(self) -> None:
        block = self._blocks[0]
        block[1] -= 1
        if block[1] == 0:
            self._blocks.popleft()
        self._stock -= 1
        self._unanswered += 1

    def _take_back(self) -> dict[int, int]:
        unused: dict[int, int] = {}
        for bucket, count in self._blocks:
            unused[bucket] = unused.get(bucket, 0) + count
        self._blocks.clear()
        self._stock = 0
        return unused

    async def _queue(self, lane: Lane, waiting: Callable[[datetime], None] | None) -> None:
        loop = asyncio.get_running_loop()
        waiter = _Waiter(lane, loop.create_future(), waiting)
        heapq.heappush(self._waiters, (lane, next(self._order), waiter))
        if self._pump is None or self._pump.done():
            self._pump = loop.create_task(self._serve())
        elif self._wake is not None:
            self._wake.set()
        try:
            await waiter.future
        except asyncio.CancelledError:
            if self._wake is not None:
                self._wake.set()
            if waiter.future.done() and not waiter.future.cancelled():
                self._unanswered = max(0, self._unanswered - 1)  # granted as it was given up: never sent
                _add(self._news.unused, {self._standing.bucket: 1})
            raise

    async def _serve(self) -> None:
        """Grants to those who wait, a person first, until nobody does."""
        try:
            while self._drop_gone():
                if not (self._stock and self._fresh(self._clock())):
                    lane = self._waiters[0][2].lane
                    want = min(BLOCK, max(len(self._waiters), 1) + LOW_WATER)
                    if await self._look(want=want, lane=lane) == 0:
                        await self._wait_for_the_limit()
                        continue
                while self._stock and self._drop_gone():
                    waiter = heapq.heappop(self._waiters)[2]
                    self._spend()
                    waiter.future.set_result(None)
        except Exception as error:  # the file can't be used: told to whoever waits, who can show it
            for _, _, waiter in self._waiters:
                if not waiter.future.done():
                    waiter.future.set_exception(error)
            self._waiters.clear()

    def _drop_gone(self) -> bool:
        while self._waiters and self._waiters[0][2].future.done():
            heapq.heappop(self._waiters)
        return bool(self._waiters)

    async def _wait_for_the_limit(self) -> None:
        """Tells the waiting until when, and rests; other processes may give back earlier, so it looks again."""
        now = self._clock()
        until = max(self._standing.next_at, self._blocked_until)
        if until > now + LOOK_AGAIN_SECONDS:
            for _, _, waiter in list(self._waiters):
                if waiter.waiting is not None and abs(until - waiter.told_until) > 1.0:
                    waiter.told_until = until
                    waiter.waiting(datetime.fromtimestamp(until, UTC))
        self._wake = asyncio.Event()
        rest = min(max(until - now, 0.1), LOOK_AGAIN_SECONDS)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), rest)
        self._wake = None

    async def _look(self, *, want: int, lane: Lane = Lane.JOB) -> int:
        """One look into the ledger with all the news; returns what is in stock then."""
        async with self._looking:
            if want == 0 or not (self._stock and self._fresh(self._clock())):
                await self._look_now(want, lane)
        return self._stock

    async def _look_now(self, want: int, lane: Lane) -> None:
        now = self._clock()
        news, self._news = self._news, News()
        if self._blocks and not self._fresh(now):
            _add(news.unused, self._take_back())
        stock, unanswered = self._stock, self._unanswered
        limits, holder = self._limits, self._holder
        standing = await self._database.write(
            lambda connection: look(
                connection,
                limits,
                now,
                holder=holder,
                stock=stock,
                unanswered=unanswered,
                news=news,
                want=want,
                lane=lane,
            )
        )
        self._standing = standing
        self._blocked_until = max(standing.blocked_until, self._blocked_until if self._news.refused else 0.0)
        if standing.granted:
            self._blocks.append([standing.bucket, standing.granted])
            self._stock += standing.granted
            self._watch_idleness()
        self._announce()

    def _refused(self, headers: Mapping[str, str], now: float) -> None:
        wait = retry_after(headers)
        self._news.refused = True
        if wait is not None:
            self._news.retry_at = max(self._news.retry_at or 0.0, now + max(wait, LOOK_AGAIN_SECONDS))
        # Until the ledger has said how long; other answers of the same moment must not send in between.
        self._blocked_until = max(self._blocked_until, self._news.retry_at or now + LOOK_AGAIN_SECONDS)
        self._start_errand(refill=False)

    def _start_errand(self, *, refill: bool) -> None:
        """Looks into the ledger beside the requests: to have the next block in time, or to tell the news."""
        if self._closed or (self._errand is not None and not self._errand.done()):
            return
        self._errand = asyncio.get_running_loop().create_task(self._run_errand(refill))

    async def _run_errand(self, refill: bool) -> None:
        if not refill and not self._news.refused:
            await asyncio.sleep(TELL_SECONDS)
        # An error here is met again, and told, by the next who waits for a grant.
        with contextlib.suppress(Exception):
            while True:
                async with self._looking:
                    await self._look_now(BLOCK if refill and self._stock < LOW_WATER else 0, Lane.JOB)
                if not self._news.refused:
                    return

    def _watch_idleness(self) -> None:
        if self._idle is None and not self._closed:
            loop = asyncio.get_running_loop()
            self._idle = loop.call_later(IDLE_SECONDS, self._give_back_if_idle)

    def _give_back_if_idle(self) -> None:
        self._idle = None
        if self._closed or not self._stock:
            return
        if self._clock() - self._last_taken < IDLE_SECONDS:
            self._watch_idleness()
            return
        _add(self._news.unused, self._take_back())
        self._start_errand(refill=False)

    def _announce(self) -> None:
        if self._listeners:
            state = self.state()
            for listener in list(self._listeners):
                listener(state)


def _open(path: Path) -> Database:
    """The ledger may be lost: a damaged one, or one of a newer version, is begun anew."""
    try:
        return Database(path, [create], durable=False)
    except (JournalDamaged, JournalTooNew):
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                path.with_name(path.name + suffix).unlink()
        return Database(path, [create], durable=False)


def _tells_more(known: RateHeaders, seen: RateHeaders) -> bool:
    """Answers overtake each other: in the same hour the one with less left is the later one."""
    if known.reset_at == seen.reset_at and known.remaining is not None and seen.remaining is not None:
        return seen.remaining <= known.remaining
    return known.reset_at is None or seen.reset_at is None or seen.reset_at >= known.reset_at - BUCKET


def _add(unused: dict[int, int], more: dict[int, int]) -> None:
    for bucket, count in more.items():
        unused[bucket] = unused.get(bucket, 0) + count


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
