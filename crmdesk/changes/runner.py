"""Runs a job: sends its steps, follows what the CRM does in the background, and settles every record.

A step's intent is on disk before it is sent, and its outcome before the next thing is done with it; so whatever ends
the process, the next run knows what may have been sent. What is unknown is read back, never guessed.
"""

from __future__ import annotations

import asyncio
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
from crmdesk.changes.refused import SINGLE, Refused, by_record
from crmdesk.changes.sending import Sender, Unmade
from crmdesk.changes.settler import Settler
from crmdesk.config.errors import InputError
from crmdesk.crm.client import CrmClient
from crmdesk.crm.errors import CrmError
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
_UNMADE = "what it refers to was not created"


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
        resumed: bool = False,
    ) -> None:
        """`told` is called whenever something about the job may look different; `resumed`: it ran before."""
        self._job_id = job_id
        self._client = client
        self._modules = modules
        self._told = told
        self._resumed = resumed
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
        self._refused = Refused(self.ledger, self._course, self._follower)
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
    def uploaded(self) -> tuple[int, int] | None:
        """Bytes of a file that were sent, and of how many."""
        return self._sender.uploaded

    @property
    def wants_key(self) -> bool:
        """Whether the job rests because its key was refused."""
        return self._course.wants_key

    async def run(self) -> JobState:
        """Until the job ends or pauses; the state that is in the journal then."""
        job = await self.ledger.job()
        if job.kind == "undo":
            self._settler.done, self._settler.kept = Outcome.REVERTED, Outcome.KEPT
        started = monotonic()
        stale = job.read_at is None or datetime.now(UTC) - job.read_at > self._course.patience.stale
        try:
            await self._state(JobState.RUNNING)
            return await self._all(sweep_first=self._resumed or stale)
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
        sent = await self._count(StepState.SENT)
        sendable = await self.ledger.read(  # steps of a later phase wait for what is looked for
            lambda c: bool(steps.pending(c, self._job_id, tuple(Way), 1, self._settler.borders))
        )
        only_queued = sent == lost and not sendable and not self._follower.followed
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
            self._refused.not_in_slot(step)
            return
        try:
            await self._send(step, spec, changes)
        except Unmade:
            await self._refused.not_attempted(step, changes, _UNMADE)
        except InputError as error:
            await self._refused.unsendable(step, changes, error)
        except CalledBack:
            self._refused.not_in_slot(step)
            await self.ledger.write(lambda c: steps.withdraw(c, self._job_id, step.no))
        except CrmError as error:
            await self._refused.failed(step, changes, error)
        else:
            self._refused.succeeded()
            self._course.waited()
        self._told()

    def _intend(self, c: sqlite3.Connection, step: StepRow) -> list[StepChange]:
        changes = []
        for change in rows.of_step(c, self._job_id, step.no):
            refusal = self._refused.refusals.known.get((step.module, canonical(change.after)))
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
                rows.settle(c, job, verdict.done, Outcome.CHANGED)
                forgetting.wipe_forgotten(c, job)
            rows.settle(c, job, verdict.done, self._settler.done)
            rows.settle(c, job, verdict.already, Outcome.ALREADY_SO)
            rows.set_results(c, job, verdict.results, existed=verdict.existed)
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
        def write(c: sqlite3.Connection) -> None:
            if state.ended:
                forgetting.wipe_forgotten(c, self._job_id)
            book.set_state(c, self._job_id, state, note=note, waiting_until=waiting_until)

        await self.ledger.write(write)
        self._told()
        return state
