"""Follows the CRM's own background jobs to their end, in as few questions as can be."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crmdesk.changes import answers
from crmdesk.changes.answers import Verdict
from crmdesk.changes.background import Appointments, JobLength, Slots
from crmdesk.changes.course import Course
from crmdesk.changes.flight import CalledBack, together
from crmdesk.changes.ledger import Ledger
from crmdesk.crm import requests
from crmdesk.crm.client import CrmClient
from crmdesk.crm.errors import CrmError, NotAllowed, NotFound, RefusedRedirect, WrongKey
from crmdesk.store import rows, steps
from crmdesk.store.steps import StepRow
from crmdesk.store.words import StepState

FOLLOWERS = 3
LONGEST_FACT = "longest_bulk_job"  # seconds
ON_ITS_WAY = timedelta(seconds=90)  # from a step's intent on disk to the end of its time-out


class Follower:
    """The background jobs of one job of ours. `senders`: how many still send new ones."""

    def __init__(
        self,
        ledger: Ledger,
        client: CrmClient,
        course: Course,
        judge: Callable[[StepRow, Verdict], Awaitable[None]],
    ) -> None:
        """`judge` writes down what became of a step's records."""
        self._ledger = ledger
        self._client = client
        self._course = course
        self._judge = judge
        self.length = JobLength()
        self.slots = Slots(self.length)
        self._due = Appointments(self.length)
        self.followed: dict[int, StepRow] = {}
        self.senders = 0
        self._unanswered_in_a_row = 0

    async def accepted(self, step: StepRow, background: str) -> None:
        """The CRM took a step and works on it, as its job `background`."""
        self.slots.accepted(step.no)
        await self._ledger.write(lambda c: steps.accept(c, self._ledger.job_id, step.no, background))
        self.followed[step.no] = replace(step, background=background, state=StepState.ACCEPTED)
        self._due.add(step.no)

    async def take_up(self) -> None:
        """What an earlier run left in the air. Jobs of the CRM are asked for before anything is read or sent."""
        self.length.longest = float(await self._ledger.journal.fact(LONGEST_FACT) or 0)
        await self._ledger.write(lambda c: steps.lose_sent(c, self._ledger.job_id, ON_ITS_WAY))
        for step in await self._ledger.read(lambda c: steps.in_state(c, self._ledger.job_id, StepState.ACCEPTED)):
            if step.background is not None:
                self.followed[step.no] = step
                ago = _seconds_since(step.accepted_at)
                self.slots.under_way(step.no, ago)
                self._due.add(step.no, ago)

    async def follow(self) -> None:
        """Until nothing is left to send or to follow; a sweep waits for it, since landing jobs would move its pages."""
        while self._course.may_ask:
            last = self.senders == 0
            if last and not self.followed:
                return
            no, wait = self._due.due(last=last)
            if no is None:
                await asyncio.sleep(min(wait, 0.2))
            else:
                await self._ask(self.followed[no])

    async def only(self) -> None:
        """Until all have ended, while nothing is sent."""
        self.senders = 0
        await together(*(self.follow() for _ in range(FOLLOWERS)))

    async def _ask(self, step: StepRow) -> None:
        assert step.background is not None
        try:
            status = await self._course.flights.fly(
                self._ledger.purpose("follow"),
                lambda w: requests.job_status(self._client, step.background or "", why=w),
            )
        except CalledBack:
            self._due.not_asked(step.no)
            return
        except NotFound:
            await self._forget(step, may_land=True)
            return
        except (WrongKey, NotAllowed, RefusedRedirect) as error:
            self._due.not_asked(step.no)
            self._course.refused_for_good(error)
            return
        except CrmError as error:
            self._due.asked(step.no)
            self._unanswered_in_a_row += 1
            self._course.pause_at_five(self._unanswered_in_a_row, error)
            return
        self._unanswered_in_a_row = 0
        self._course.waited()
        if status.state == "IN_PROGRESS":
            self._due.asked(step.no)
            self.slots.still_running(step.no)
            return
        if status.created_at is not None and status.updated_at is not None:
            await self._learn((status.updated_at - status.created_at).total_seconds())
        changes = await self._ledger.read(lambda c: rows.of_step(c, self._ledger.job_id, step.no))
        verdict = answers.of_background(status, changes)
        if verdict.read_back:
            await self._forget(step)
        else:
            await self._judge(step, verdict)
        self._drop(step)

    async def _learn(self, seconds: float) -> None:
        known = self.length.longest
        self.length.learn(seconds)
        if self.length.longest > known:
            await self._ledger.journal.learn(LONGEST_FACT, str(self.length.longest))

    async def _forget(self, step: StepRow, *, may_land: bool = False) -> None:
        """The CRM's job tells nothing usable: its records are read back like those of a lost answer."""

        def write(c: sqlite3.Connection) -> None:
            steps.unfollow(c, self._ledger.job_id, step.no)
            if may_land:
                steps.lose(c, self._ledger.job_id, step.no, "the CRM does not know its own job any more")

        await self._ledger.write(write)
        self._drop(step)

    def _drop(self, step: StepRow) -> None:
        self.followed.pop(step.no, None)
        self._due.drop(step.no)
        self.slots.ended(step.no)


def _seconds_since(moment: str | None) -> float:
    """By our clock, which may have been set back meanwhile."""
    if moment is None:
        return 0.0
    return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds())
