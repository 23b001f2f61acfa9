"""What an import asks of the session, step by step; no widget. Trials, and what they did, are kept in mind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from crmdesk.config.errors import InputError
from crmdesk.planning.import_plan import TRIAL, Importing, write_failures
from crmdesk.ui.review.facts import EditFacts, read_edit

if TYPE_CHECKING:
    from crmdesk.changes.plan import Plan
    from crmdesk.files.mapping import Match
    from crmdesk.files.tables import Table
    from crmdesk.planning.import_plan import Checked, ImportOptions
    from crmdesk.planning.reassign import ReadCost
    from crmdesk.session import Session

Tell = Callable[[Importing], None]


@dataclass
class ImportWork:
    """One file on its way into one module."""

    session: Session
    module: str
    table: Table
    checked: Checked | None = None
    trials: list[int] = field(default_factory=list)  # jobs that were started with some of the rows

    @property
    def left(self) -> int:
        """Good rows that no trial has taken."""
        if self.checked is None:
            return 0
        return max(0, self.checked.good_rows - TRIAL * len(self.checked.plans))

    async def check(
        self, matches: Sequence[Match], options: ImportOptions, tell: Tell
    ) -> tuple[Checked, ReadCost | None, str, int]:
        """Checked rows, the price of finding their records, why they can't be found, and rows that a trial made.

        Raises InputError, FileTrouble, CrmError.
        """
        importer = self.session.importer
        checked = await importer.check(self.module, self.table, matches, options, progress=tell)
        try:
            done = 0
            if options.how == "create":
                # Rows of the other ways find what a trial made, and are looked at again with the new columns.
                checked.plans += [trial for trial in self.trials if not await self._undone(trial)]
                done = sum([await self._made(trial) for trial in checked.plans])
            cost, trouble = None, ""
            try:
                cost = await importer.estimate(checked)
            except InputError as error:
                trouble = f"{error} {error.remedy}".strip()
        except BaseException:
            checked.close()
            raise
        self.drop()
        self.checked = checked
        return checked, cost, trouble, done

    async def plan(self, tell: Tell, *, first: int | None) -> EditFacts:
        """A plan of the first good rows, or of all that are left. Raises CrmError, InputError."""
        checked = self.checked
        assert checked is not None
        checked.plans[:] = [job for job in checked.plans if not await self._undone(job)]
        plan = await self.session.importer.plan(checked, first=first, progress=tell)
        return await read_edit(self.session, plan)

    async def save_bad(self, path: Path) -> int:
        """The bad rows of a file that has no other, with their reasons."""
        checked = self.checked
        assert checked is not None
        plan = await self.session.importer.plan(checked)
        try:
            return await write_failures(plan, self.table, path)
        finally:
            checked.plans.remove(plan.id)
            await self.session.jobs.delete_draft(plan.id)

    async def save_failed(self, plan: Plan, path: Path) -> int:
        """The rows that a plan did not carry out; how many."""
        return await write_failures(plan, self.table, path)

    def forget_plan(self, plan_id: int) -> None:
        """A plan that was never started holds no row."""
        if self.checked is not None and plan_id in self.checked.plans:
            self.checked.plans.remove(plan_id)

    def drop(self) -> None:
        """Give up what was checked."""
        checked, self.checked = self.checked, None
        if checked is not None:
            checked.close()

    async def _undone(self, job_id: int) -> bool:
        """Whether an undo of this job was started."""
        jobs = await self.session.journal.jobs()
        undo = [job.id for job in jobs if job.parent == job_id and job.kind == "undo"]
        for undo_id in undo:
            if (await (await self.session.jobs.get(undo_id)).summary()).started_at is not None:
                return True
        return False

    async def _made(self, job_id: int) -> int:
        summary = await (await self.session.jobs.get(job_id)).summary()
        return summary.counts.get("changed", 0)


def close_later(checked: Checked, work: asyncio.Task[object] | None) -> None:
    """Close it when nothing reads it any more."""
    if work is None or work.done():
        checked.close()
    else:
        work.add_done_callback(lambda _done: checked.close())
