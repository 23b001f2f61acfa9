"""Plans that come from a job: its undo, and another try at what failed."""

from __future__ import annotations

import sqlite3

from crmdesk.changes import layout
from crmdesk.changes.errors import NothingToUndo, NotRunnable
from crmdesk.changes.ledger import Ledger
from crmdesk.changes.reader import Reader
from crmdesk.crm.budget import Lane
from crmdesk.crm.client import CrmClient
from crmdesk.crm.modules import Modules
from crmdesk.store import journal as book
from crmdesk.store import sweeps
from crmdesk.store.journal import JobRow, Journal
from crmdesk.store.words import Outcome

_TAKE_BACK = (
    "INSERT INTO changes(job, seq, module, record, label, op, field, before, after, read_updated)"
    " SELECT ?, seq, module, record, label, op, field, after, before, NULL FROM changes"
    " WHERE job=? AND outcome IN ('changed', 'reverted') AND before IS NOT NULL"
)
_TRY_AGAIN = (
    "INSERT INTO changes(job, seq, module, record, label, op, field, before, after, read_updated)"
    " SELECT ?, seq, module, record, label, op, field, before, after, read_updated FROM changes"
    " WHERE job=? AND outcome IN ('failed', 'not_attempted') AND before IS NOT NULL AND after IS NOT NULL"
)


class Descendants:
    """Makes plans whose rows come from an ended job."""

    def __init__(self, journal: Journal, client: CrmClient, modules: Modules) -> None:
        self._journal = journal
        self._modules = modules
        self._reader = Reader(client, modules)

    async def undo(self, parent_id: int) -> int:
        """A plan that gives back what still has the value that the job wrote; the rest is kept. Its id.

        Raises NotRunnable, NothingToUndo, CrmError.
        """
        parent = await self._ended(parent_id)
        plan_id = await self._child(parent, "undo", f"Undo: {parent.title}", _TAKE_BACK)
        ledger = Ledger(self._journal, plan_id, lane=Lane.PERSON)
        try:
            await ledger.write(lambda c: sweeps.want(c, plan_id))
            await self._reader.sweep(ledger, unseen_is_before=False, kind="read")
            await ledger.write(lambda c: self._settle_and_lay_out(c, plan_id))
        except BaseException:
            await self._journal.delete_draft(plan_id)
            raise
        return plan_id

    async def retry(self, parent_id: int) -> int:
        """A plan of what failed or was not attempted; read again when it starts. Its id. Raises NotRunnable."""
        parent = await self._ended(parent_id)
        plan_id = await self._child(parent, "retry", f"Again: {parent.title}", _TRY_AGAIN)
        await self._journal.db.write(lambda c: layout.lay_out(c, plan_id, self._modules.get))
        return plan_id

    async def _ended(self, job_id: int) -> JobRow:
        job = await self._journal.job(job_id)
        if not job.state.ended:
            raise NotRunnable(
                f"Job {job_id} (“{job.title}”) has not ended.", remedy=f"Resume or cancel job {job_id} first."
            )
        return job

    async def _child(self, parent: JobRow, kind: str, title: str, insert: str) -> int:
        def make(c: sqlite3.Connection) -> int:
            plan_id = book.create_job(c, kind, title, parent.intent, parent.id)
            if not c.execute(insert, (plan_id, parent.id)).rowcount:
                raise NothingToUndo(
                    f"No record of job {parent.id} (“{parent.title}”) is left to take up.",
                    remedy="Its report says what became of each.",
                )
            for module, scope in parent.scope.items():
                book.set_scope(c, plan_id, module, {**scope, "read": 0})
            return plan_id

        return await self._journal.db.write(make)

    def _settle_and_lay_out(self, c: sqlite3.Connection, plan_id: int) -> None:
        sweeps.settle_seen(c, plan_id, Outcome.REVERTED, Outcome.KEPT)
        layout.lay_out(c, plan_id, self._modules.get)
        book.set_read(c, plan_id)
