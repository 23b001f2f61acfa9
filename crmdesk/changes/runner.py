"""Runs a job: sends its steps, follows what the CRM does in the background, and settles every record.

A step's intent is on disk before it is sent, and its outcome before the next thing is done with it; so whatever ends
the process, the next run knows what may have been sent. What is unknown is read back, never guessed.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

from crmdesk.changes import answers
from crmdesk.changes.answers import Verdict
from crmdesk.changes.course import Course
from crmdesk.changes.flight import CalledBack, together
from crmdesk.changes.follower import FOLLOWERS, Follower
from crmdesk.changes.ledger import Ledger
from crmdesk.changes.patience import USUAL, Patience
from crmdesk.changes.reader import Reader, canonical
from crmdesk.changes.settler import Settler
from crmdesk.crm import requests
from crmdesk.crm.client import CrmClient
from crmdesk.crm.errors import (
    Arrived,
    CrmError,
    Invalid,
    NotAllowed,
    NotFound,
    RefusedRedirect,
    TooMany,
    WrongKey,
)
from crmdesk.crm.modules import Modules, ModuleSpec
from crmdesk.store import journal as book
from crmdesk.store import rows, steps, sweeps
from crmdesk.store.journal import Journal
from crmdesk.store.rows import StepChange
from crmdesk.store.steps import StepRow
from crmdesk.store.words import JobState, Outcome, StepState, Way

DIRECT_AT_ONCE = 4
SENDERS = 3
DIRECT = (Way.BULK_ASSIGN, Way.QUEUED_ASSIGN, Way.PUT)
_ABOUT_OWNER = re.compile(r"owner|user|assign|inactive", re.IGNORECASE)


class Refusals:
    """Owners whom the CRM refuses. `known`: by module and value, its words, once it said the same of two records."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], str] = {}
        self._first: dict[tuple[str, str], str] = {}

    def told(self, module: str, value: str, message: str) -> bool:
        """The CRM refused a record this owner; whether that holds for all records now."""
        said_before = (module, value) in self._first
        if said_before and self._first[module, value] == message:
            self.known[module, value] = message
        self._first.setdefault((module, value), message)
        return (module, value) in self.known


class Runner:
    """Brings one job as far as it goes: to its end, to a pause, or to the end of this process."""

    def __init__(
        self,
        job_id: int,
        *,
        journal: Journal,
        client: CrmClient,
        modules: Modules,
        told: Callable[[], None] = lambda: None,
        patience: Patience = USUAL,
    ) -> None:
        """`told` is called whenever something about the job may look different."""
        self._job_id = job_id
        self._client = client
        self._modules = modules
        self._told = told
        self._course = Course(patience, told)
        self.ledger = Ledger(journal, job_id, waiting=self._course.on_waiting)
        self._follower = Follower(self.ledger, client, self._course, self._judge)
        reader = Reader(client, modules)
        self._settler = Settler(self.ledger, reader, self._course, self._follower.length, self._state, told)
        self._refusals = Refusals()
        self._failed_in_a_row = 0
        self._claimed: set[int] = set()
        self._queues: defaultdict[tuple[Way, ...], deque[StepRow]] = defaultdict(deque)
        self._turn = asyncio.Lock()

    def pause(self, note: str = "paused") -> None:
        """Sends nothing more; what is on the wire comes to its end."""
        self._course.pause(note)

    def cancel(self) -> None:
        """The same, for good: what was not sent is not attempted, and what was accepted is followed to its end."""
        self._course.cancel()

    @property
    def waiting_until(self) -> datetime | None:
        """Until when a request waits for the budget."""
        return self._course.waiting_until

    @property
    def wants_key(self) -> bool:
        """Whether the job rests because its key was refused."""
        return self._course.wants_key

    async def run(self) -> JobState:
        """Until the job ends or pauses; the state that is in the journal then."""
        job = await self.ledger.job()
        if job.kind == "undo":
            self._settler.done, self._settler.kept = Outcome.REVERTED, Outcome.KEPT
        started, resumed = monotonic(), job.started_at is not None
        stale = job.read_at is None or datetime.now(UTC) - job.read_at > self._course.patience.stale
        try:
            await self._state(JobState.RUNNING)
            return await self._all(sweep_first=resumed or stale)
        except CrmError as error:  # of a read; those of writes are handled where they arise
            self._course.refused_for_good(error)
            return await self._state(JobState.PAUSED, self._course.note)
        finally:
            seconds = monotonic() - started
            await self.ledger.write(lambda c: book.add_seconds(c, self._job_id, seconds))

    async def _all(self, *, sweep_first: bool) -> JobState:
        await self._follower.take_up()
        if sweep_first:
            await self._guard()
        looks = 0
        while not self._course.stop.is_set():
            await self._round()
            if self._course.wait_until is not None:
                await self._sit_out_wait()
            elif self._settler.borders and not self._course.stop.is_set():
                await self._guard()
            elif self._course.stop.is_set() or not await self._open():
                break
            else:
                looks += await self._settle_round(looks)
        if self._course.cancelled:
            return await self._end_cancelled()
        if not self._course.stop.is_set():
            await self._settler.sit_out_late_jobs()
        if self._course.stop.is_set():
            return await self._state(JobState.PAUSED, self._course.note)
        return await self._finish()

    async def _settle_round(self, looks: int) -> bool:
        """After a round that left steps open; whether it was one more look at what the CRM has queued."""
        only_queued = not await self._count(StepState.SENT, StepState.PENDING) and not self._follower.followed
        if only_queued:
            await self._state(JobState.SETTLING, "waiting for what the CRM has queued")
            await self._course.rest(self._course.patience.looks[min(looks, len(self._course.patience.looks) - 1)])
        await self._settler.settle_open(last=looks >= len(self._course.patience.looks))
        if await self._count(StepState.PENDING):
            await self._state(JobState.RUNNING)
        return only_queued

    # -- a round: everything that can be sent is sent, everything accepted is followed

    async def _round(self) -> None:
        self._queues.clear()
        self._course.settle_soon = False
        self._follower.senders = SENDERS
        await together(
            *(self._work(DIRECT) for _ in range(DIRECT_AT_ONCE)),
            *(self._send_jobs() for _ in range(SENDERS)),
            *(self._follower.follow() for _ in range(FOLLOWERS)),
        )

    async def _send_jobs(self) -> None:
        await self._work((Way.BULK_UPSERT,))
        self._follower.senders -= 1

    async def _work(self, ways: tuple[Way, ...]) -> None:
        while not self._course.held_up:
            step = await self._next(ways)
            if step is None:
                return
            try:
                await self._do(step)
            finally:
                self._claimed.discard(step.no)

    async def _next(self, ways: tuple[Way, ...]) -> StepRow | None:
        async with self._turn:
            queue = self._queues[ways]
            if not queue:
                found = await self.ledger.read(
                    lambda c: steps.pending(c, self._job_id, ways, len(self._claimed) + 64, self._settler.borders)
                )
                queue.extend(step for step in found if step.no not in self._claimed)
            if not queue:
                return None
            step = queue.popleft()
            self._claimed.add(step.no)
            return step

    async def _do(self, step: StepRow) -> None:
        spec = self._modules.get(step.module)
        if step.way is Way.BULK_UPSERT and not await self._follower.slots.enter(lambda: self._course.held_up):
            return
        changes = await self.ledger.write(lambda c: self._intend(c, step))
        if not changes:
            self._not_in_slot(step)
            return
        try:
            await self._send(step, spec, changes)
        except CalledBack:
            self._not_in_slot(step)
            await self.ledger.write(lambda c: steps.withdraw(c, self._job_id, step.no))
        except CrmError as error:
            await self._failed(step, changes, error)
        else:
            self._failed_in_a_row = 0
            self._course.waited()
        self._told()

    def _intend(self, c: sqlite3.Connection, step: StepRow) -> list[StepChange]:
        changes = []
        for change in rows.of_step(c, self._job_id, step.no):
            refusal = self._refusals.known.get((step.module, canonical(change.after)))
            if refusal is None:
                changes.append(change)
            else:
                rows.settle(c, self._job_id, [change.seq], Outcome.FAILED, refusal)
        if changes:
            steps.intend(c, self._job_id, step.no)
        else:
            steps.close_if_settled(c, self._job_id, step.no)
        return changes

    async def _send(self, step: StepRow, spec: ModuleSpec, changes: list[StepChange]) -> None:
        why = self.ledger.purpose("write")
        ids = [change.record for change in changes]
        if step.way is Way.BULK_UPSERT:
            items = [(change.record, {change.field: change.after}) for change in changes]
            background = await self._course.flights.fly(
                why, lambda w: requests.bulk_upsert(self._client, spec, items, why=w)
            )
            await self._follower.accepted(step, background)
        elif step.way is Way.PUT:
            for change in changes:
                record = await self._course.flights.fly(
                    why,
                    lambda w, ch=change: requests.put(self._client, spec, ch.record, {ch.field: ch.after}, why=w),  # type: ignore[misc]
                )
                await self._judge(step, answers.of_put(spec, record, [change]))
        else:
            answer = await self._course.flights.fly(
                why, lambda w: requests.bulk_assign_owner(self._client, spec, ids, step.target, why=w)
            )
            if answer.queued:
                await self.ledger.write(lambda c: steps.accept(c, self._job_id, step.no, None))
            else:
                await self._judge(step, answers.of_bulk_assign(answer, changes))

    async def _judge(self, step: StepRow, verdict: Verdict) -> None:
        """Writes down what became of a step's rows; those to be read back stay open."""
        job = self._job_id

        def write(c: sqlite3.Connection) -> None:
            rows.settle(c, job, verdict.done, self._settler.done)
            for seq, message in verdict.failed.items():
                rows.settle(c, job, [seq], Outcome.FAILED, message)
            if verdict.one_by_one:
                steps.move(c, job, step, [[seq] for seq in verdict.one_by_one], Way.PUT)
            steps.close_if_settled(c, job, step.no)
            if verdict.read_back:
                steps.lose(c, job, step.no, "the answer does not name every record")

        await self.ledger.write(write)
        self._told()

    # -- what went wrong

    async def _failed(self, step: StepRow, changes: list[StepChange], error: CrmError) -> None:
        job, no = self._job_id, step.no
        if isinstance(error, TooMany) and error.bulk_jobs:
            await self.ledger.write(lambda c: steps.withdraw(c, job, no))
            await self._follower.slots.refused()
            return
        self._not_in_slot(step)
        if isinstance(error, WrongKey | NotAllowed | RefusedRedirect):
            await self.ledger.write(lambda c: steps.withdraw(c, job, no))
            self._course.refused_for_good(error)
        elif isinstance(error, NotFound | Invalid) and error.arrived is Arrived.YES:
            await self._refused(step, changes, error)
        elif error.arrived is Arrived.NO:
            await self.ledger.write(lambda c: steps.withdraw(c, job, no))
            self._count_failure(error)
        else:
            await self.ledger.write(lambda c: steps.lose(c, job, no, error.message))
            self._course.settle_soon = True
            self._count_failure(error)

    async def _refused(self, step: StepRow, changes: list[StepChange], error: CrmError) -> None:
        """The CRM refused a whole request: its records are tried in halves, then alone, then have failed.

        An owner whom it refuses for two records is not tried a third time.
        """
        job, seqs = self._job_id, [change.seq for change in changes]
        about_owner = isinstance(error, Invalid) and _ABOUT_OWNER.search(_reasons(error)) is not None
        if step.way is Way.PUT:
            message = "no longer exists in the CRM" if isinstance(error, NotFound) else _reasons(error)
            await self.ledger.write(lambda c: self._fail_rows(c, step, seqs, message))
            if about_owner and self._refusals.told(step.module, canonical(changes[0].after), message):
                self._failed_in_a_row = 0
                return
            if isinstance(error, NotFound):
                return
        elif isinstance(error, NotFound) or len(seqs) == 1:
            groups = [[seq] for seq in seqs]
            await self.ledger.write(lambda c: steps.move(c, job, step, groups, Way.PUT))
        elif about_owner and len(seqs) > 2:
            groups = [seqs[:1], seqs[-1:]]
            await self.ledger.write(lambda c: steps.move(c, job, step, groups, Way.PUT))
            await self.ledger.write(lambda c: steps.move(c, job, step, [seqs[1:-1]], step.way))
            return
        else:
            half = len(seqs) // 2
            await self.ledger.write(lambda c: steps.move(c, job, step, [seqs[:half], seqs[half:]], step.way))
        self._count_failure(error)

    def _fail_rows(self, c: sqlite3.Connection, step: StepRow, seqs: list[int], message: str) -> None:
        rows.settle(c, self._job_id, seqs, Outcome.FAILED, message)
        steps.close_if_settled(c, self._job_id, step.no)

    def _count_failure(self, error: CrmError) -> None:
        self._failed_in_a_row += 1
        self._course.pause_at_five(self._failed_in_a_row, error)

    def _not_in_slot(self, step: StepRow) -> None:
        if step.way is Way.BULK_UPSERT:
            self._follower.slots.not_sent()

    # -- settling by reading

    async def _guard(self) -> None:
        """Before the first write after a pause: what is so already or was changed by others is not sent.

        A module that can only be read record by record is read a portion ahead of its writes, not in full.
        """
        if self._follower.followed:
            await self._state(JobState.SETTLING)
            await self._follower.only()
        if self._course.stop.is_set():
            return
        self._course.no_wait()
        if not await self._settler.read_back(sweeps.NOT_ACCEPTED, guard=True):
            return
        if self._course.wait_until is not None:  # it waited in the middle, so what it read before is old by now
            self._course.no_wait()
            if not await self._settler.read_back(sweeps.NOT_ACCEPTED, guard=True):
                return
        self._course.no_wait()
        await self.ledger.write(lambda c: book.set_read(c, self._job_id))
        await self._state(JobState.RUNNING)

    # -- waiting, stopping, ending

    async def _sit_out_wait(self) -> None:
        """The hour is used up: waits for it to renew, then looks whether others changed something meanwhile."""
        until = self._course.wait_until
        assert until is not None
        await self._state(JobState.WAITING, waiting_until=until)
        await self._course.rest((until - datetime.now(UTC)).total_seconds())
        self._course.no_wait()
        if not self._course.stop.is_set():
            await self._state(JobState.RUNNING)
            await self._guard()

    async def _count(self, *states: StepState) -> int:
        return await self.ledger.read(lambda c: sum(steps.count(c, self._job_id, state) for state in states))

    async def _open(self) -> int:
        """Steps that are not settled."""
        return await self._count(StepState.PENDING, StepState.SENT, StepState.ACCEPTED)

    async def _end_cancelled(self) -> JobState:
        """What was never sent is not attempted; what was accepted, queued or lost is seen to its end."""
        self._course.end_of_cancelling()
        await self.ledger.write(lambda c: self._not_attempted(c, "cancelled before it was sent", "ever_sent=0"))
        if self._follower.followed:
            await self._follower.only()
        looks = self._course.patience.looks
        while not self._course.halted and await self._count(StepState.SENT, StepState.ACCEPTED):
            await self._settler.settle_open(last=not looks)
            if looks and await self._count(StepState.ACCEPTED):
                await self._state(JobState.SETTLING, "waiting for what the CRM has queued")
                await self._course.rest(looks[0])
            looks = looks[1:]
        await self._settler.sit_out_late_jobs()
        if self._course.halted or not await self._settler.read_back("outcome IS NULL", guard=False):
            return await self._state(JobState.PAUSED, self._course.note)
        await self.ledger.write(lambda c: self._not_attempted(c, "cancelled; it was sent, but did not arrive", "1"))
        return await self._state(JobState.CANCELLED)

    def _not_attempted(self, c: sqlite3.Connection, message: str, condition: str) -> None:
        c.execute(
            f"UPDATE changes SET outcome=?, message=?, settled_at=? WHERE job=? AND outcome IS NULL AND {condition}",
            (Outcome.NOT_ATTEMPTED, message, book.now_text(), self._job_id),
        )
        steps.close_settled(c, self._job_id)

    async def _finish(self) -> JobState:
        outcomes = await self.ledger.read(lambda c: rows.outcomes(c, self._job_id))
        bad = outcomes.get(Outcome.FAILED, 0) + outcomes.get(Outcome.UNSETTLED, 0)
        return await self._state(JobState.FINISHED_WITH_FAILURES if bad else JobState.FINISHED)

    async def _state(self, state: JobState, note: str = "", waiting_until: datetime | None = None) -> JobState:
        await self.ledger.write(
            lambda c: book.set_state(c, self._job_id, state, note=note, waiting_until=waiting_until)
        )
        self._told()
        return state


def _reasons(error: CrmError) -> str:
    return "; ".join(error.messages) or error.message
