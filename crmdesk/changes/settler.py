"""Settles by reading: what was lost, queued or planned long ago is compared with what the CRM holds now."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from crmdesk.changes.background import JobLength
from crmdesk.changes.course import Course
from crmdesk.changes.ledger import Ledger
from crmdesk.changes.lost import Lost
from crmdesk.changes.reader import Reader
from crmdesk.store import rows, steps, sweeps
from crmdesk.store.steps import StepRow
from crmdesk.store.words import JobState, Outcome, StepState, Way

SENDS_AT_MOST = 6
JOBS_AT_MOST = 3  # background jobs that fail for the same records, before these are tried one by one
GRACE = 4.0  # a lost background job is taken to have ended after this many times the longest one seen


class SetState(Protocol):
    """Writes down where the job is."""

    async def __call__(self, state: JobState, note: str = "", waiting_until: datetime | None = None) -> JobState:
        """The same state."""


class Settler:
    """Compares by record. `borders`: by module, the first step whose records the guard has not read."""

    def __init__(
        self,
        ledger: Ledger,
        reader: Reader,
        lost: Lost,
        course: Course,
        length: JobLength,
        set_state: SetState,
        told: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._reader = reader
        self._lost = lost
        self._course = course
        self._length = length
        self._state = set_state
        self._told = told
        self.borders: dict[str, int] = {}
        self.done = Outcome.CHANGED
        self.kept = Outcome.SKIPPED

    async def settle_open(self, *, last: bool) -> None:
        """Reads back what was lost or queued. Lost and unchanged: sent again; queued and unchanged: waited for."""
        if not await self.read_back(_IN_OPEN_STEPS, guard=False):
            return
        await self.look_for_lost(last=last)
        if not last:
            return

        def give_up(c: sqlite3.Connection) -> None:
            for step in steps.in_state(c, self._ledger.job_id, StepState.ACCEPTED):
                self._unsettle(c, step, "the CRM queued it and has not done it yet")

        await self._ledger.write(give_up)
        self._told()

    async def look_for_lost(self, *, last: bool) -> None:
        """Creations whose answer was lost are looked for; after the last look they are the person's to judge."""
        await self._lost.look(last=last)
        self._told()

    async def read_back(self, condition: str, *, guard: bool) -> bool:
        """Reads the rows under a condition and settles them by what they hold; false if stopped in between.

        Where a background job may still land on a record that somebody else changed, it is awaited and read again.
        """
        job = self._ledger.job_id

        def settle(c: sqlite3.Connection, hold: str) -> int:
            held = sweeps.settle_seen(c, job, self.done, self.kept, hold=hold)
            if not held:
                unread = sweeps.borders(c, job)
                self._send_again(c, unread)
                if guard:
                    self.borders = unread
            return held

        for hold in (sweeps.MAY_LAND, "0"):
            await self._ledger.write(lambda c: sweeps.want(c, job, condition))
            portion = self._course.patience.portion if guard else None
            reading = self._reader.sweep(self._ledger, unseen_is_before=True, since_sent=not guard, portion=portion)
            if not await self._unless_stopped(reading):
                return False
            if not await self._ledger.write(lambda c, h=hold: settle(c, h)):  # type: ignore[misc]
                break
            await self.sit_out_late_jobs()
            if self._course.stop.is_set():
                return False
        self._told()
        return True

    def _send_again(self, c: sqlite3.Connection, unread: Mapping[str, int]) -> None:
        """What was lost and is unchanged goes out again, a limited number of times."""
        job = self._ledger.job_id
        steps.find_landed(c, job, self.done)
        steps.close_settled(c, job)
        for step in steps.in_state(c, job, StepState.SENT):
            if step.way.once or step.no >= unread.get(step.module, step.no + 1):
                continue
            if step.way.background and step.lost_at is None and step.sends >= JOBS_AT_MOST:
                left = rows.of_step(c, job, step.no)  # the CRM's own jobs end without having done it
                units = {change.unit: [x.seq for x in left if x.unit == change.unit] for change in left}
                single = Way.PUT if step.way is Way.BULK_UPSERT else Way.UPSERT
                steps.move(c, job, step, list(units.values()), single)
            elif step.sends < SENDS_AT_MOST:
                steps.again(c, job, step.no)
            else:
                self._unsettle(c, step, "its answer was lost each time, and it is unchanged so far")

    async def _unless_stopped(self, reading: Coroutine[Any, Any, None]) -> bool:
        task = asyncio.ensure_future(reading)
        stopped = asyncio.ensure_future(self._course.stop.wait())
        waits = asyncio.ensure_future(self._course.waits.wait())
        try:
            await asyncio.wait({task, stopped, waits}, return_when=asyncio.FIRST_COMPLETED)
            if waits.done() and not (task.done() or stopped.done()):
                await self._state(JobState.WAITING, waiting_until=self._course.wait_until)
                await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                return False
            await task
            return True
        finally:
            for one in (task, stopped, waits):
                one.cancel()
            await asyncio.gather(task, stopped, waits, return_exceptions=True)

    def _unsettle(self, c: sqlite3.Connection, step: StepRow, message: str) -> None:
        seqs = [change.seq for change in rows.of_step(c, self._ledger.job_id, step.no)]
        rows.settle(c, self._ledger.job_id, seqs, Outcome.UNSETTLED, message)
        steps.close_if_settled(c, self._ledger.job_id, step.no)

    async def sit_out_late_jobs(self) -> None:
        """A bulk job whose answer was lost may still land: the job stays settling until it must have."""
        lost = await self._ledger.read(lambda c: steps.last_lost(c, self._ledger.job_id))
        if lost is None:
            return
        grace = max(GRACE * self._length.longest, self._course.patience.late_job)
        until = datetime.fromisoformat(lost) + timedelta(seconds=grace)
        seconds = (until - datetime.now(UTC)).total_seconds()
        if seconds > 0:
            note = "a bulk job whose answer was lost may still be under way in the CRM"
            await self._state(JobState.SETTLING, note)
            await self._course.rest(seconds)


_IN_OPEN_STEPS = (
    "outcome IS NULL AND EXISTS (SELECT 1 FROM steps s WHERE s.job=changes.job AND s.no=changes.step"
    " AND (s.state='sent' OR (s.state='accepted' AND s.background IS NULL)))"
)
