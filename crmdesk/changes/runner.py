"""Runs a job: sends its steps, follows what the CRM does in the background, and settles every record.

A step's intent is on disk before it is sent, and its outcome before the next thing is done with it; so whatever ends
the process, the next run knows what may have been sent. What is unknown is read back, never guessed.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from crmdesk.changes import answers
from crmdesk.changes.answers import Verdict
from crmdesk.changes.background import Appointments, JobLength, Slots
from crmdesk.changes.flight import CalledBack, Flights, together
from crmdesk.changes.ledger import Ledger
from crmdesk.changes.patience import USUAL, Patience
from crmdesk.changes.reader import Reader, canonical
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
FOLLOWERS = 3
FAILED_IN_A_ROW = 5
SENDS_AT_MOST = 6
JOBS_AT_MOST = 3  # background jobs that fail for the same records, before these are tried one by one
GRACE = 4.0  # a lost background job is taken to have ended after this many times the longest one seen
LONGEST_FACT = "longest_bulk_job"  # seconds
ON_ITS_WAY = timedelta(seconds=90)  # from a step's intent on disk to the end of its time-out
_ABOUT_OWNER = re.compile(r"owner|user|assign|inactive", re.IGNORECASE)
DIRECT = (Way.BULK_ASSIGN, Way.QUEUED_ASSIGN, Way.PUT)


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
        self._patience = patience
        self.ledger = Ledger(journal, job_id, waiting=self._on_waiting)
        self._reader = Reader(client, modules)
        self._length = JobLength()
        self._slots = Slots(self._length)
        self._due = Appointments(self._length)
        self._flights = Flights()
        self._stop = asyncio.Event()
        self._cancelled = False
        self._halted = False  # nothing is asked for any more, either
        self._note = ""
        self._wait_until: datetime | None = None
        self._waits = asyncio.Event()
        self._failed_in_a_row = 0
        self._unanswered_in_a_row = 0
        self._borders: dict[str, int] = {}  # by module, the first step whose records the guard has not read
        self._followed: dict[int, StepRow] = {}
        self._claimed: set[int] = set()
        self._queues: defaultdict[tuple[Way, ...], deque[StepRow]] = defaultdict(deque)
        self._settle_soon = False
        self._refusals: dict[tuple[str, str], str] = {}
        self._refusals_counted: Counter[tuple[str, str]] = Counter()
        self._refused_values: dict[tuple[str, str], str] = {}
        self._turn = asyncio.Lock()
        self._senders = 0
        self.waiting_until: datetime | None = None
        self.wants_key = False
        self._done = Outcome.CHANGED
        self._kept = Outcome.SKIPPED

    def pause(self, note: str = "paused") -> None:
        """Sends nothing more; what is on the wire comes to its end."""
        self._note = self._note or note
        self._halted = True
        self._stop_sending()

    def cancel(self) -> None:
        """The same, for good: what was not sent is not attempted, and what was accepted is followed to its end."""
        self._cancelled, self._halted = True, False
        self._stop_sending()

    def _stop_sending(self) -> None:
        self._stop.set()
        self._flights.call_back()

    async def run(self) -> JobState:
        """Until the job ends or pauses; the state that is in the journal then."""
        job = await self.ledger.job()
        if job.kind == "undo":
            self._done, self._kept = Outcome.REVERTED, Outcome.KEPT
        started, resumed = monotonic(), job.started_at is not None
        stale = job.read_at is None or datetime.now(UTC) - job.read_at > self._patience.stale
        self._length.longest = float(await self.ledger.journal.fact(LONGEST_FACT) or 0)
        try:
            await self._state(JobState.RUNNING)
            return await self._all(sweep_first=resumed or stale)
        except CrmError as error:  # of a read; those of writes are handled where they arise
            self._refused_for_good(error)
            return await self._state(JobState.PAUSED, self._note)
        finally:
            seconds = monotonic() - started
            await self.ledger.write(lambda c: book.add_seconds(c, self._job_id, seconds))

    async def _all(self, *, sweep_first: bool) -> JobState:
        await self._take_up()
        if sweep_first:
            await self._guard()
        looks = 0
        while not self._stop.is_set():
            await self._round()
            if self._wait_until is not None:
                await self._sit_out_wait()
            elif self._borders and not self._stop.is_set():
                await self._guard()
            elif self._stop.is_set() or not await self._open():
                break
            else:
                looks += await self._settle_round(looks)
        if self._cancelled:
            return await self._end_cancelled()
        if not self._stop.is_set():
            await self._sit_out_late_jobs()
        if self._stop.is_set():
            return await self._state(JobState.PAUSED, self._note)
        return await self._finish()

    async def _settle_round(self, looks: int) -> bool:
        """After a round that left steps open; whether it was one more look at what the CRM has queued."""
        only_queued = not await self._count(StepState.SENT, StepState.PENDING) and not self._followed
        if only_queued:
            await self._state(JobState.SETTLING, "waiting for what the CRM has queued")
            await self._rest(self._patience.looks[min(looks, len(self._patience.looks) - 1)])
        await self._settle_open(last=looks >= len(self._patience.looks))
        if await self._count(StepState.PENDING):
            await self._state(JobState.RUNNING)
        return only_queued

    # -- a round: everything that can be sent is sent, everything accepted is followed

    async def _round(self) -> None:
        self._queues.clear()
        self._settle_soon = False
        self._senders = SENDERS
        await together(
            *(self._work(DIRECT) for _ in range(DIRECT_AT_ONCE)),
            *(self._send_jobs() for _ in range(SENDERS)),
            *(self._follow() for _ in range(FOLLOWERS)),
        )

    async def _send_jobs(self) -> None:
        await self._work((Way.BULK_UPSERT,))
        self._senders -= 1

    async def _work(self, ways: tuple[Way, ...]) -> None:
        while not self._held_up():
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
                    lambda c: steps.pending(c, self._job_id, ways, len(self._claimed) + 64, self._borders)
                )
                queue.extend(step for step in found if step.no not in self._claimed)
            if not queue:
                return None
            step = queue.popleft()
            self._claimed.add(step.no)
            return step

    async def _do(self, step: StepRow) -> None:
        spec = self._modules.get(step.module)
        if step.way is Way.BULK_UPSERT and not await self._slots.enter(self._held_up):
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
            self._waited()
        self._told()

    def _intend(self, c: sqlite3.Connection, step: StepRow) -> list[StepChange]:
        changes = []
        for change in rows.of_step(c, self._job_id, step.no):
            refusal = self._refused_values.get((step.module, canonical(change.after)))
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
            background = await self._flights.fly(why, lambda w: requests.bulk_upsert(self._client, spec, items, why=w))
            self._slots.accepted(step.no)
            await self.ledger.write(lambda c: steps.accept(c, self._job_id, step.no, background))
            self._followed[step.no] = replace(step, background=background, state=StepState.ACCEPTED)
            self._due.add(step.no)
        elif step.way is Way.PUT:
            for change in changes:
                record = await self._flights.fly(
                    why,
                    lambda w, ch=change: requests.put(self._client, spec, ch.record, {ch.field: ch.after}, why=w),  # type: ignore[misc]
                )
                await self._judge(step, answers.of_put(spec, record, [change]))
        else:
            answer = await self._flights.fly(
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
            rows.settle(c, job, verdict.done, self._done)
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
            await self._slots.refused()
            return
        self._not_in_slot(step)
        if isinstance(error, WrongKey | NotAllowed | RefusedRedirect):
            await self.ledger.write(lambda c: steps.withdraw(c, job, no))
            self._refused_for_good(error)
        elif isinstance(error, NotFound | Invalid) and error.arrived is Arrived.YES:
            await self._refused(step, changes, error)
        elif error.arrived is Arrived.NO:
            await self.ledger.write(lambda c: steps.withdraw(c, job, no))
            self._count_failure(error)
        else:
            await self.ledger.write(lambda c: steps.lose(c, job, no, error.message))
            self._settle_soon = True
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
            if about_owner and self._owner_refused(step.module, canonical(changes[0].after), message):
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

    def _owner_refused(self, module: str, value: str, message: str) -> bool:
        """Whether the CRM has said the same of this owner for another record: then it holds for all."""
        told = self._refusals.setdefault((module, value), message)
        known = self._refusals_counted[module, value] = self._refusals_counted[module, value] + (told == message)
        if known >= 2:
            self._refused_values[module, value] = message
        return known >= 2

    def _fail_rows(self, c: sqlite3.Connection, step: StepRow, seqs: list[int], message: str) -> None:
        rows.settle(c, self._job_id, seqs, Outcome.FAILED, message)
        steps.close_if_settled(c, self._job_id, step.no)

    def _refused_for_good(self, error: CrmError) -> None:
        self.wants_key = isinstance(error, WrongKey | NotAllowed)
        self._note = f"{error.message} {error.remedy}".strip()
        self.pause()

    def _count_failure(self, error: CrmError) -> None:
        self._failed_in_a_row += 1
        self._pause_at_five(self._failed_in_a_row, error)

    def _pause_at_five(self, in_a_row: int, error: CrmError) -> None:
        if in_a_row >= FAILED_IN_A_ROW:
            self._note = f"{FAILED_IN_A_ROW} requests failed in a row, the last one: {error.message}"
            self.pause()

    def _not_in_slot(self, step: StepRow) -> None:
        if step.way is Way.BULK_UPSERT:
            self._slots.not_sent()

    # -- following the CRM's own jobs

    async def _take_up(self) -> None:
        """What an earlier run left in the air. Jobs of the CRM are asked for before anything is read or sent."""
        await self.ledger.write(lambda c: steps.lose_sent(c, self._job_id, ON_ITS_WAY))
        for step in await self.ledger.read(lambda c: steps.in_state(c, self._job_id, StepState.ACCEPTED)):
            if step.background is not None:
                self._followed[step.no] = step
                ago = _seconds_since(step.accepted_at)
                self._slots.under_way(step.no, ago)
                self._due.add(step.no, ago)

    async def _follow(self) -> None:
        """Until nothing is left to send or to follow; a sweep waits for it, since landing jobs would move its pages."""
        while self._may_ask():
            last = self._senders == 0
            if last and not self._followed:
                return
            no, wait = self._due.due(last=last)
            if no is None:
                await asyncio.sleep(min(wait, 0.2))
            else:
                await self._ask(self._followed[no])

    def _may_ask(self) -> bool:
        sending = self._cancelled or not self._stop.is_set()
        return sending and not self._halted and self._wait_until is None

    async def _ask(self, step: StepRow) -> None:
        assert step.background is not None
        try:
            status = await self._flights.fly(
                self.ledger.purpose("follow"),
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
            self._refused_for_good(error)
            return
        except CrmError as error:
            self._due.asked(step.no)
            self._unanswered_in_a_row += 1
            self._pause_at_five(self._unanswered_in_a_row, error)
            return
        self._unanswered_in_a_row = 0
        self._waited()
        if status.state == "IN_PROGRESS":
            self._due.asked(step.no)
            self._slots.still_running(step.no)
            return
        if status.created_at is not None and status.updated_at is not None:
            await self._learn((status.updated_at - status.created_at).total_seconds())
        changes = await self.ledger.read(lambda c: rows.of_step(c, self._job_id, step.no))
        verdict = answers.of_background(status, changes)
        if verdict.read_back:
            await self._forget(step)
        else:
            await self._judge(step, verdict)
        self._drop(step)

    async def _learn(self, seconds: float) -> None:
        known = self._length.longest
        self._length.learn(seconds)
        if self._length.longest > known:
            await self.ledger.journal.learn(LONGEST_FACT, str(self._length.longest))

    async def _forget(self, step: StepRow, *, may_land: bool = False) -> None:
        """The CRM's job tells nothing usable: its records are read back like those of a lost answer."""

        def write(c: sqlite3.Connection) -> None:
            steps.unfollow(c, self._job_id, step.no)
            if may_land:
                steps.lose(c, self._job_id, step.no, "the CRM does not know its own job any more")

        await self.ledger.write(write)
        self._drop(step)

    def _drop(self, step: StepRow) -> None:
        self._followed.pop(step.no, None)
        self._due.drop(step.no)
        self._slots.ended(step.no)

    # -- settling by reading

    async def _guard(self) -> None:
        """Before the first write after a pause: what is so already or was changed by others is not sent.

        A module that can only be read record by record is read a portion ahead of its writes, not in full.
        """
        if self._followed:
            await self._state(JobState.SETTLING)
            await self._only_follow()
        if self._stop.is_set():
            return
        self._no_wait()
        if not await self._read_back(sweeps.NOT_ACCEPTED, guard=True):
            return
        if self._wait_until is not None:  # it waited in the middle, so what it read before is old by now
            self._no_wait()
            if not await self._read_back(sweeps.NOT_ACCEPTED, guard=True):
                return
        self._no_wait()
        await self.ledger.write(lambda c: book.set_read(c, self._job_id))
        await self._state(JobState.RUNNING)

    async def _only_follow(self) -> None:
        self._senders = 0
        await together(*(self._follow() for _ in range(FOLLOWERS)))

    async def _settle_open(self, *, last: bool) -> None:
        """Reads back what was lost or queued. Lost and unchanged: sent again; queued and unchanged: waited for."""
        if not await self._read_back(_IN_OPEN_STEPS, guard=False) or not last:
            return

        def give_up(c: sqlite3.Connection) -> None:
            for step in steps.in_state(c, self._job_id, StepState.ACCEPTED):
                self._unsettle(c, step, "the CRM queued it and has not done it yet")

        await self.ledger.write(give_up)
        self._told()

    async def _read_back(self, condition: str, *, guard: bool) -> bool:
        """Reads the rows under a condition and settles them by what they hold; false if stopped in between.

        Where a background job may still land on a record that somebody else changed, it is awaited and read again.
        """
        job = self._job_id

        def settle(c: sqlite3.Connection, hold: str) -> int:
            held = sweeps.settle_seen(c, job, self._done, self._kept, hold=hold)
            if not held:
                unread = sweeps.borders(c, job)
                self._send_again(c, unread)
                if guard:
                    self._borders = unread
            return held

        for hold in (sweeps.MAY_LAND, "0"):
            await self.ledger.write(lambda c: sweeps.want(c, job, condition))
            portion = self._patience.portion if guard else None
            reading = self._reader.sweep(self.ledger, unseen_is_before=True, since_sent=not guard, portion=portion)
            if not await self._unless_stopped(reading):
                return False
            if not await self.ledger.write(lambda c, h=hold: settle(c, h)):  # type: ignore[misc]
                break
            await self._sit_out_late_jobs()
            if self._stop.is_set():
                return False
        self._told()
        return True

    def _send_again(self, c: sqlite3.Connection, unread: Mapping[str, int]) -> None:
        """What was lost and is unchanged goes out again, a limited number of times."""
        job = self._job_id
        steps.find_landed(c, job, self._done)
        steps.close_settled(c, job)
        for step in steps.in_state(c, job, StepState.SENT):
            if step.no >= unread.get(step.module, step.no + 1):
                continue
            if step.way is Way.BULK_UPSERT and step.lost_at is None and step.sends >= JOBS_AT_MOST:
                left = rows.of_step(c, job, step.no)  # the CRM's own jobs end without having done it
                steps.move(c, job, step, [[change.seq] for change in left], Way.PUT)
            elif step.sends < SENDS_AT_MOST:
                steps.again(c, job, step.no)
            else:
                self._unsettle(c, step, "its answer was lost each time, and it is unchanged so far")

    async def _unless_stopped(self, reading: Coroutine[Any, Any, None]) -> bool:
        task = asyncio.ensure_future(reading)
        stopped = asyncio.ensure_future(self._stop.wait())
        waits = asyncio.ensure_future(self._waits.wait())
        try:
            await asyncio.wait({task, stopped, waits}, return_when=asyncio.FIRST_COMPLETED)
            if waits.done() and not (task.done() or stopped.done()):
                await self._state(JobState.WAITING, waiting_until=self._wait_until)
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
        seqs = [change.seq for change in rows.of_step(c, self._job_id, step.no)]
        rows.settle(c, self._job_id, seqs, Outcome.UNSETTLED, message)
        steps.close_if_settled(c, self._job_id, step.no)

    async def _sit_out_late_jobs(self) -> None:
        """A bulk job whose answer was lost may still land: the job stays settling until it must have."""
        lost = await self.ledger.read(lambda c: steps.last_lost(c, self._job_id))
        if lost is None:
            return
        grace = max(GRACE * self._length.longest, self._patience.late_job)
        until = datetime.fromisoformat(lost) + timedelta(seconds=grace)
        seconds = (until - datetime.now(UTC)).total_seconds()
        if seconds > 0:
            note = "a bulk job whose answer was lost may still be under way in the CRM"
            await self._state(JobState.SETTLING, note)
            await self._rest(seconds)

    # -- waiting, stopping, ending

    def _held_up(self) -> bool:
        return self._stop.is_set() or self._settle_soon or self._wait_until is not None

    def _on_waiting(self, until: datetime) -> None:
        self.waiting_until = until
        if until - datetime.now(UTC) >= self._patience.long_wait and self._wait_until is None:
            self._wait_until = until
            self._waits.set()
        if self._wait_until is not None:  # also what was on the wire when the wait began, and was turned away
            self._flights.call_back()
        self._told()

    def _waited(self) -> None:
        """A request went out; what is agreed to be sat out is still to come."""
        self.waiting_until = self._wait_until

    async def _sit_out_wait(self) -> None:
        """The hour is used up: waits for it to renew, then looks whether others changed something meanwhile."""
        until = self._wait_until
        assert until is not None
        await self._state(JobState.WAITING, waiting_until=until)
        await self._rest((until - datetime.now(UTC)).total_seconds())
        self._no_wait()
        if not self._stop.is_set():
            await self._state(JobState.RUNNING)
            await self._guard()

    def _no_wait(self) -> None:
        self._wait_until = None
        self._waits.clear()
        self._waited()

    async def _rest(self, seconds: float) -> None:
        """Waits, unless the job is stopped."""
        if seconds > 0:
            try:
                await asyncio.wait_for(self._stop.wait(), seconds)
            except TimeoutError:
                return

    async def _count(self, *states: StepState) -> int:
        return await self.ledger.read(lambda c: sum(steps.count(c, self._job_id, state) for state in states))

    async def _open(self) -> int:
        """Steps that are not settled."""
        return await self._count(StepState.PENDING, StepState.SENT, StepState.ACCEPTED)

    async def _end_cancelled(self) -> JobState:
        """What was never sent is not attempted; what was accepted, queued or lost is seen to its end."""
        self._stop = asyncio.Event()
        self._no_wait()
        await self.ledger.write(lambda c: self._not_attempted(c, "cancelled before it was sent", "ever_sent=0"))
        if self._followed:
            await self._only_follow()
        looks = self._patience.looks
        while not self._halted and await self._count(StepState.SENT, StepState.ACCEPTED):
            await self._settle_open(last=not looks)
            if looks and await self._count(StepState.ACCEPTED):
                await self._state(JobState.SETTLING, "waiting for what the CRM has queued")
                await self._rest(looks[0])
            looks = looks[1:]
        await self._sit_out_late_jobs()
        if self._halted or not await self._read_back("outcome IS NULL", guard=False):
            return await self._state(JobState.PAUSED, self._note)
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


_IN_OPEN_STEPS = (
    "outcome IS NULL AND EXISTS (SELECT 1 FROM steps s WHERE s.job=changes.job AND s.no=changes.step"
    " AND (s.state='sent' OR (s.state='accepted' AND s.background IS NULL)))"
)


def _seconds_since(moment: str | None) -> float:
    """By our clock, which may have been set back meanwhile."""
    if moment is None:
        return 0.0
    return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds())


def _reasons(error: CrmError) -> str:
    return "; ".join(error.messages) or error.message
