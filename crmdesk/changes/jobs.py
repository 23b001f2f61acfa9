"""The jobs of an account: starts, pauses, resumes, cancels, undoes and reports them, in the background of a loop."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from crmdesk.changes.beside import check_unsettled
from crmdesk.changes.errors import NotRunnable
from crmdesk.changes.history import HistoryRow, history_of
from crmdesk.changes.patience import USUAL, Patience
from crmdesk.changes.plan import Plan, Summary, summary_of
from crmdesk.changes.progress import Progress, Running, eta, figures
from crmdesk.changes.report import write_report
from crmdesk.changes.runner import Runner
from crmdesk.changes.undo import Descendants, Only
from crmdesk.config.errors import InputError
from crmdesk.config.listeners import Listeners
from crmdesk.crm.client import PERSON_READS, CrmClient
from crmdesk.crm.modules import Modules
from crmdesk.store import journal as book
from crmdesk.store import rows, saving, staged
from crmdesk.store.errors import AccountBusy
from crmdesk.store.journal import Journal
from crmdesk.store.locks import Busy, RunLock
from crmdesk.store.saving import Taken
from crmdesk.store.words import JobState, Outcome

SMALL = 200  # records: a plan of no more may run beside a long one
MOST_BESIDE = 8


@dataclass(frozen=True)
class JobEvent:
    """Something about a job looks different: `what` is started, progress, ended."""

    job_id: int
    what: str


class Jobs:
    """All jobs of one account. One plan runs at a time for the account, in whatever process."""

    def __init__(
        self,
        *,
        journal: Journal,
        lock: RunLock,
        client: CrmClient,
        modules: Modules,
        name_of: Callable[[str, Any], str],
        begun: Callable[[Sequence[Taken]], None] | None = None,
        rested: Callable[[int], Awaitable[None]] | None = None,
        patience: Patience = USUAL,
    ) -> None:
        """`name_of` gives a field's value as people read it; `rested` hears first of jobs that end or pause.

        `begun` hears which staged edits a plan took over, before it sends anything.
        """
        self._journal = journal
        self._lock = lock
        self._client = client
        self._modules = modules
        self._name_of = name_of
        self._begun = begun
        self._rested = rested
        self._patience = patience
        self._starting = asyncio.Lock()
        self._keyless: frozenset[int] = frozenset()
        self._holders = 0
        self._descendants = Descendants(journal, client, modules)
        self._running: dict[int, Running] = {}
        self._results: dict[int, asyncio.Task[JobState]] = {}
        self._listeners: Listeners[JobEvent] = Listeners()
        self._refreshing: dict[int, asyncio.Task[None]] = {}
        self._closed = False

    @property
    def running(self) -> int | None:
        """The job that runs in this process."""
        return next(iter(self._running), None)

    def subscribe(self, listener: Callable[[JobEvent], None]) -> Callable[[], None]:
        """Hears of jobs until the returned function is called."""
        return self._listeners.subscribe(listener)

    async def list(self) -> list[Summary]:
        """All plans and jobs, the newest first."""
        elsewhere = await self.busy()
        running = set(self._running) | (set(elsewhere.jobs) if elsewhere else set())

        def read(c: sqlite3.Connection) -> list[Summary]:
            found = [row[0] for row in c.execute("SELECT id FROM jobs WHERE kind!=? ORDER BY id DESC", (staged.KIND,))]
            return [summary_of(c, book.job_row(c, job), running=job in running) for job in found]

        return await self._journal.db.read(read)

    async def get(self, job_id: int) -> Plan:
        """Raises NoSuchJob."""
        await self._journal.job(job_id)
        elsewhere = await self.busy()
        running = job_id in self._running or (elsewhere is not None and job_id in elsewhere.jobs)
        return Plan(self._journal, job_id, running=running)

    async def busy(self) -> Busy | None:
        """Who runs a plan on this account in another process."""
        return await asyncio.to_thread(self._lock.busy)

    async def start(self, job_id: int) -> None:
        """Starts or resumes a job in the background. Raises NoSuchJob, NotRunnable, AccountBusy, RecordsUnsettled."""
        async with self._starting:
            if self._closed:
                raise NotRunnable("The account is being closed.", remedy="Open it again.")
            await self._start(job_id)

    async def _start(self, job_id: int) -> None:
        job = await self._journal.job(job_id)
        if job_id in self._running:
            return
        if job.state is JobState.DRAFT or job.state.ended:
            raise NotRunnable(f"Job {job_id} (“{job.title}”) is {job.state} and can't be started.")
        await self._check_room(job_id)
        await self._hold(job.title, job_id)
        try:
            job = await self._journal.job(job_id)  # another process may have ended it meanwhile
            if job.state.ended:
                raise NotRunnable(f"Job {job_id} (“{job.title}”) is {job.state} and can't be started.")
            await self._journal.db.read(lambda c: check_unsettled(c, job_id, tuple(self._running)))
            await self._know_modules(job_id)
            if job.started_at is None:
                taken = await self._journal.db.write(lambda c: saving.begin(c, job_id))
                if self._begun is not None:
                    self._begun(taken)
            records, planned, sent, done = await self._journal.db.read(lambda c: figures(c, job_id))
        except BaseException:
            self._let_go()
            raise
        runner = Runner(
            job_id,
            journal=self._journal,
            client=self._client,
            modules=self._modules,
            told=lambda: self._progressed(job_id),
            patience=self._patience,
            resumed=job.started_at is not None,
        )
        task = asyncio.create_task(self._run(job_id, runner), name=f"job {job_id}")
        self._running[job_id] = Running(runner, task, monotonic(), records, planned, sent, done, done)
        self._results[job_id] = task
        await self._note_running()
        task.add_done_callback(lambda t: t.cancelled() or t.exception())  # read by wait(), or told by the event
        self._tell(job_id, "started")

    async def _check_room(self, job_id: int) -> None:
        """One long job runs at a time; small ones, such as saving a record, may run beside it."""
        if not self._running:
            return
        size = await self._journal.db.read(lambda c: rows.touched(c, job_id))
        others = [await self._journal.db.read(lambda c, j=other: rows.touched(c, j)) for other in self._running]  # type: ignore[misc]
        if (size > SMALL and max(others) > SMALL) or len(others) >= MOST_BESIDE:
            other = await self._journal.job(next(iter(self._running)))
            raise NotRunnable(f"“{other.title}” is running.", remedy="Wait until it has ended, or pause it.")

    async def _know_modules(self, job_id: int) -> None:
        """Custom modules that this process has not met are asked for. Raises CrmError, InputError."""
        for key in await self._journal.db.read(lambda c: rows.modules(c, job_id)):
            try:
                self._modules.get(key)
            except InputError:
                await self._modules.refresh(self._client, PERSON_READS)
                self._modules.get(key)

    async def pause(self, job_id: int) -> None:
        """Stops sending; returns when the job rests."""
        if running := self._running.get(job_id):
            running.runner.pause("paused by you")
            await asyncio.wait({running.task})

    async def cancel(self, job_id: int) -> None:
        """Ends a job for good: what was not sent is not attempted. Raises AccountBusy, NotRunnable, NoSuchJob."""
        job = await self._journal.job(job_id)
        if job.state in (JobState.DRAFT, JobState.PLANNED):
            await self.delete_draft(job_id)
            return
        if job_id not in self._running:
            await self.start(job_id)
        running = self._running.get(job_id)
        if running is not None:
            running.runner.cancel()
            await asyncio.wait({running.task})

    async def wait(self, job_id: int) -> Summary:
        """Until the job rests or has ended in this process. Raises what ended it, if that was a bug or the disk."""
        task = self._results.get(job_id)
        if task is not None:
            await asyncio.shield(task)
        return await (await self.get(job_id)).summary()

    async def plan_undo(
        self,
        job_id: int,
        *,
        module: str | None = None,
        records: Sequence[int] | None = None,
        fields: Sequence[str] | None = None,
    ) -> Plan:
        """The undo of a job, or of some records or fields of it, planned through the reader.

        Raises NothingToUndo, NotRunnable, CrmError.
        """
        only = Only(module, None if records is None else tuple(records), None if fields is None else tuple(fields))
        return await self.get(await self._descendants.undo(job_id, only))

    async def plan_retry(self, job_id: int) -> Plan:
        """Another try at what failed. Raises NothingToUndo, NotRunnable."""
        return await self.get(await self._descendants.retry(job_id))

    async def history(self, module: str, record: int, limit: int = 200) -> Sequence[HistoryRow]:
        """What was changed on a record from here, the newest first."""
        return await self._journal.db.read(lambda c: history_of(c, module, record, limit))

    async def settle_unsettled(self, job_id: int, seq: int, record: int | None) -> None:
        """The person says what a lost creation became: a record, or None for *it was not made*."""
        outcome = Outcome.FAILED if record is None else Outcome.CHANGED
        message = "not created: its answer was lost, and you said so" if record is None else "created: you said so"

        def write(c: sqlite3.Connection) -> None:
            if record is not None:
                rows.set_results(c, job_id, {seq: record})
            c.execute(
                "UPDATE changes SET outcome=?, message=?, settled_at=? WHERE job=? AND seq=? AND outcome=?",
                (outcome, message, book.now_text(), job_id, seq, Outcome.UNSETTLED),
            )
            left = rows.outcomes(c, job_id)
            if not left.get(Outcome.FAILED) and not left.get(Outcome.UNSETTLED):
                c.execute(
                    "UPDATE jobs SET state=? WHERE id=? AND state=?",
                    (JobState.FINISHED, job_id, JobState.FINISHED_WITH_FAILURES),
                )

        await self._journal.db.write(write)
        self._tell(job_id, "ended")

    async def report(self, job_id: int, path: Path) -> int:
        """Writes the job's report; how many records. Raises InputError."""
        return await write_report(await self.get(job_id), path, self._name_of)

    async def delete_draft(self, job_id: int) -> None:
        """Forgets a plan that was never started."""
        await self._journal.delete_draft(job_id)
        self._tell(job_id, "ended")

    async def key_replaced(self) -> None:
        """Goes on with the job that asked for a key, if there is one."""
        asking = [running.task for running in self._running.values() if running.runner.wants_key]
        if asking:
            await asyncio.wait(asking)
        for job in await self._journal.jobs():
            if job.state is JobState.PAUSED and job.id in self._results and self.wants_key(job.id):
                await self.start(job.id)

    def progress(self, job_id: int) -> Progress | None:
        """From memory; None for a job that doesn't run here."""
        running = self._running.get(job_id)
        if running is None:
            return None
        return Progress(
            state=running.state,
            done=running.done,
            records=running.records,
            sent=running.sent_before + running.runner.ledger.sent,
            planned=running.planned,
            waiting_until=running.runner.waiting_until,
            eta=eta(running),
            note=running.note,
            wants_key=running.runner.wants_key,
            uploaded=running.runner.uploaded,
        )

    async def close(self) -> None:
        """Pauses what runs."""
        async with self._starting:
            self._closed = True
        await asyncio.gather(*(self.pause(job_id) for job_id in tuple(self._running)))
        refreshing = tuple(self._refreshing.values())
        for task in refreshing:
            task.cancel()
        await asyncio.gather(*refreshing, return_exceptions=True)

    def wants_key(self, job_id: int) -> bool:
        """Whether a job that rests was refused for its key (401, 403)."""
        return job_id in self._keyless

    async def _run(self, job_id: int, runner: Runner) -> JobState:
        try:
            return await runner.run()
        finally:
            self._keyless = self._keyless | {job_id} if runner.wants_key else self._keyless - {job_id}
            self._running.pop(job_id, None)
            self._let_go()
            try:
                await self._note_running()
                if self._rested is not None:
                    await self._rested(job_id)
            finally:
                self._tell(job_id, "ended")

    async def _hold(self, title: str, job_id: int) -> None:
        """The account's lock is held as long as any job runs here. Raises AccountBusy."""
        if not self._holders:
            await asyncio.to_thread(self._lock.acquire, title, job_id)
        self._holders += 1

    async def _note_running(self) -> None:
        """Other processes are told of all that runs here."""
        jobs = tuple(self._running)
        if jobs:
            title = (await self._journal.job(jobs[0])).title
            await asyncio.to_thread(self._lock.note, title, jobs)

    def _let_go(self) -> None:
        self._holders -= 1
        if not self._holders:
            self._lock.release()

    def _progressed(self, job_id: int) -> None:
        """Reads the figures at most once at a time, off the loop."""
        running = self._running.get(job_id)
        if running is None or job_id in self._refreshing:
            return
        task = self._refreshing[job_id] = asyncio.ensure_future(self._refresh(job_id, running))
        task.add_done_callback(lambda _: self._refreshing.pop(job_id, None))

    async def _refresh(self, job_id: int, running: Running) -> None:
        try:
            job = await self._journal.job(job_id)
            found = await self._journal.db.read(lambda c: figures(c, job_id))
        except (sqlite3.Error, RuntimeError):  # closed meanwhile
            return
        running.records, running.planned, _, running.done = found
        running.state, running.note = job.state, job.note
        self._tell(job_id, "progress")
        await asyncio.sleep(0.1)

    def _tell(self, job_id: int, what: str) -> None:
        self._listeners.tell(JobEvent(job_id, what))


__all__ = ["AccountBusy", "HistoryRow", "JobEvent", "Jobs", "Progress"]
