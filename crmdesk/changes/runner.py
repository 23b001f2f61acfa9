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

from crmdesk.changes.answers import Verdict
from crmdesk.changes.course import Course
from crmdesk.changes.flight import CalledBack, together
from crmdesk.changes.follower import FOLLOWERS, Follower
from crmdesk.changes.ledger import Ledger
from crmdesk.changes.lost import Lost
from crmdesk.changes.patience import USUAL, Patience
from crmdesk.changes.reader import Reader, canonical
from crmdesk.changes.sending import Sender, Unmade, gone_means_done
from crmdesk.changes.settler import Settler
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
from crmdesk.store import forgetting, rows, steps, sweeps
from crmdesk.store import journal as book
from crmdesk.store.journal import Journal
from crmdesk.store.rows import StepChange
from crmdesk.store.steps import StepRow
from crmdesk.store.words import JobState, Outcome, StepState, Way

DIRECT_AT_ONCE = 4
SENDERS = 3
DIRECT = tuple(way for way in Way if not way.background)
BACKGROUND = tuple(way for way in Way if way.background)
SINGLE = {  # how one record of a bulk request is tried alone
    Way.BULK_UPDATE: Way.PUT,
    Way.BULK_CREATE: Way.UPSERT,
    Way.BULK_DELETE: Way.DELETE,
    Way.BULK_RESTORE: Way.RESTORE,
    Way.BULK_UPSERT: Way.PUT,
    Way.BULK_ASSIGN: Way.PUT,
    Way.QUEUED_ASSIGN: Way.PUT,
}
_UNMADE = "what it refers to was not created"
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
        self._sender = Sender(self.ledger, client, self._course.flights)
        self._settler = Settler(
            self.ledger,
            Reader(client, modules),
            Lost(self.ledger, client, modules),
            self._course,
            self._follower.length,
            self._state,
            told,
        )
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
        """After a round that left steps open; whether it was one more look at what the CRM has queued or made."""
        lost = len(await self.ledger.read(lambda c: steps.lost_once(c, self._job_id)))
        sent = await self._count(StepState.SENT, StepState.PENDING)
        only_queued = sent == lost and not self._follower.followed
        if only_queued:
            note = (
                "looking for what was created, since its answer was lost"
                if lost
                else "waiting for what the CRM has queued"
            )
            await self._state(JobState.SETTLING, note)
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
        await self._work(BACKGROUND)
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
        if step.way.background and not await self._follower.slots.enter(lambda: self._course.held_up):
            return
        changes = await self.ledger.write(lambda c: self._intend(c, step))
        if not changes:
            self._not_in_slot(step)
            return
        try:
            await self._send(step, spec, changes)
        except Unmade:
            await self.ledger.write(lambda c: self._fail_rows(c, step, changes, _UNMADE, Outcome.NOT_ATTEMPTED))
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
            if refusal is None or change.field != "owner_id":
                changes.append(change)
            else:
                rows.settle(c, self._job_id, [change.seq], Outcome.FAILED, refusal)
        if changes:
            steps.intend(c, self._job_id, step.no)
        else:
            steps.close_if_settled(c, self._job_id, step.no)
        return changes

    async def _send(self, step: StepRow, spec: ModuleSpec, changes: list[StepChange]) -> None:
        sent = await self._sender.send(step, spec, changes)
        if sent.background is not None:
            await self._follower.accepted(step, sent.background)
        elif sent.queued:
            await self.ledger.write(lambda c: steps.accept(c, self._job_id, step.no, None))
        else:
            await self._judge(step, sent.verdict)

    async def _judge(self, step: StepRow, verdict: Verdict) -> None:
        """Writes down what became of a step's rows; those to be read back stay open."""
        job = self._job_id

        def write(c: sqlite3.Connection) -> None:
            if step.way is Way.FORGET:
                forgetting.wipe_step(c, job, step.no)
            rows.settle(c, job, verdict.done, self._settler.done)
            rows.settle(c, job, verdict.already, Outcome.ALREADY_SO)
            rows.set_results(c, job, verdict.results)
            for outcome, told in ((Outcome.FAILED, verdict.failed), (self._settler.kept, verdict.skipped)):
                for seq, message in told.items():
                    rows.settle(c, job, [seq], outcome, message)
            if verdict.one_by_one:
                alone = set(verdict.one_by_one)
                changes = [change for change in rows.of_step(c, job, step.no) if change.seq in alone]
                steps.move(c, job, step, by_record(changes), SINGLE[step.way])
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
        job = self._job_id
        of_owner = [change for change in changes if change.field == "owner_id"]
        about_owner = bool(of_owner) and isinstance(error, Invalid) and _ABOUT_OWNER.search(_reasons(error)) is not None
        groups = by_record(changes)
        if step.way not in SINGLE:
            if await self._single_refused(step, changes, error) and not (
                about_owner and self._refusals.told(step.module, canonical(of_owner[0].after), _reasons(error))
            ):
                self._count_failure(error)
            else:
                self._failed_in_a_row = 0
            return
        if isinstance(error, NotFound) or len(groups) == 1:
            await self.ledger.write(lambda c: steps.move(c, job, step, groups, SINGLE[step.way]))
        elif about_owner and len(groups) > 2:
            await self.ledger.write(lambda c: steps.move(c, job, step, [groups[0], groups[-1]], SINGLE[step.way]))
            rest = [seq for group in groups[1:-1] for seq in group]
            await self.ledger.write(lambda c: steps.move(c, job, step, [rest], step.way))
            return
        else:
            half = len(groups) // 2
            halves = [[seq for group in part for seq in group] for part in (groups[:half], groups[half:])]
            await self.ledger.write(lambda c: steps.move(c, job, step, halves, step.way))
        self._count_failure(error)

    async def _single_refused(self, step: StepRow, changes: list[StepChange], error: CrmError) -> bool:
        """One record was refused; whether that counts as a failure of the CRM."""
        if gone_means_done(error, changes):
            await self.ledger.write(lambda c: self._fail_rows(c, step, changes, "it was gone", Outcome.ALREADY_SO))
            return False
        missing = isinstance(error, NotFound)
        message = "no longer exists in the CRM" if missing and changes[0].record else _reasons(error)
        await self.ledger.write(lambda c: self._fail_rows(c, step, changes, message))
        return not missing

    def _fail_rows(
        self,
        c: sqlite3.Connection,
        step: StepRow,
        changes: list[StepChange],
        message: str,
        outcome: Outcome = Outcome.FAILED,
    ) -> None:
        rows.settle(c, self._job_id, [change.seq for change in changes], outcome, message)
        steps.close_if_settled(c, self._job_id, step.no)

    def _count_failure(self, error: CrmError) -> None:
        self._failed_in_a_row += 1
        self._course.pause_at_five(self._failed_in_a_row, error)

    def _not_in_slot(self, step: StepRow) -> None:
        if step.way.background:
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
        if not self._course.halted:
            await self._settler.look_for_lost(last=True)
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


def by_record(changes: list[StepChange]) -> list[list[int]]:
    """The rows of each record together, by their seq."""
    groups: dict[int, list[int]] = {}
    for change in changes:
        groups.setdefault(change.unit, []).append(change.seq)
    return list(groups.values())


def _reasons(error: CrmError) -> str:
    return "; ".join(error.messages) or error.message
