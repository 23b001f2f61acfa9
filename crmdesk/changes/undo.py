"""Plans that come from a job: its undo, and another try at what failed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmdesk.changes import layout
from crmdesk.changes.errors import NothingToUndo, NotRunnable
from crmdesk.changes.ledger import Ledger
from crmdesk.changes.made import Made
from crmdesk.changes.reader import Reader
from crmdesk.crm import relations
from crmdesk.crm.budget import Lane
from crmdesk.crm.client import CrmClient
from crmdesk.crm.modules import Can, Modules
from crmdesk.store import journal as book
from crmdesk.store import rows, saving, sweeps
from crmdesk.store.journal import JobRow, Journal
from crmdesk.store.words import Op, Outcome

_DONE = "outcome IN ('changed', 'reverted')"
_TAKE_BACK = (  # what was set gets its value before; what was made is deleted; what was deleted is restored
    "INSERT INTO changes(job, seq, module, record, label, op, field, before, after, read_updated, kind, key)"
    " SELECT :job, seq, module, CASE WHEN op IN ('create', 'clone') THEN result ELSE record END, label,"
    " CASE op WHEN 'set' THEN 'set' WHEN 'delete' THEN 'restore' ELSE 'delete' END,"
    " CASE WHEN op IN ('create', 'clone') THEN 'is_deleted' ELSE field END,"
    " CASE WHEN op IN ('create', 'clone') THEN 'false' ELSE after END,"
    " CASE WHEN op IN ('create', 'clone') THEN 'true' ELSE before END, NULL,"
    " CASE WHEN op='set' THEN kind ELSE '' END, NULL FROM changes WHERE job=:parent"
    f" AND {_DONE} AND (op IN ('create', 'clone') AND result IS NOT NULL AND record IS NULL"
    " OR op IN ('set', 'delete', 'restore') AND before IS NOT NULL)"
)
_STAYS = (  # what of a job can't be taken back, and why
    ("op='forget'", "what was forgotten is gone for good"),
    ("op='call'", "this can't be taken back"),
    ("op='set' AND before IS NULL", "the value before is not known"),
    ("op IN ('create', 'clone') AND result IS NULL", "the id of what was created is not known"),
    ("op IN ('create', 'clone') AND record IS NOT NULL", "it existed already; what it held before is not known"),
    (
        "op='delete' AND key='with_contacts_and_deals'",
        "contacts and deals that went along with accounts stay deleted; restore them from the Recycle Bin",
    ),
)
_TRY_AGAIN = (
    "INSERT INTO changes(job, seq, module, record, label, op, field, before, after, read_updated, kind, key, local)"
    " SELECT :job, seq, module, record, label, op, field, before, after, read_updated, kind, key, local FROM changes"
    " WHERE job=:parent AND outcome IN ('failed', 'not_attempted') AND after IS NOT NULL"
    " AND (before IS NOT NULL OR record IS NULL)"
)


@dataclass(frozen=True)
class Only:
    """A part of a job: some records of a module, or some fields of them."""

    module: str | None = None
    records: tuple[int, ...] | None = None
    fields: tuple[str, ...] | None = None

    def condition(self) -> tuple[str, dict[str, Any]]:
        """In SQL, with its values."""
        text, values = "", dict[str, Any]()
        if self.module is not None:
            text, values["module"] = " AND module=:module", self.module
        for name, column, picked in (
            ("records", "coalesce(result, record)", self.records),
            ("fields", "field", self.fields),
        ):
            if picked is not None:
                text += f" AND {column} IN (SELECT value FROM json_each(:{name}))"
                values[name] = json.dumps(picked)
        return text, values


class Descendants:
    """Makes plans whose rows come from an ended job."""

    def __init__(self, journal: Journal, client: CrmClient, modules: Modules) -> None:
        self._journal = journal
        self._client = client
        self._modules = modules
        self._reader = Reader(client, modules)
        self._made = Made(journal, client, modules)

    async def undo(self, parent_id: int, only: Only = Only()) -> int:
        """A plan that gives back what still has the value that the job wrote; the rest is kept. Its id.

        Raises NotRunnable, NothingToUndo, CrmError.
        """
        parent = await self._ended(parent_id)
        await self._made.find(parent)
        plan_id = await self._child(parent, "undo", f"Undo: {parent.title}", _TAKE_BACK, only)
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
        plan_id = await self._child(parent, "retry", f"Again: {parent.title}", _TRY_AGAIN, Only())
        await self._journal.db.write(lambda c: layout.lay_out(c, plan_id, self._modules.get))
        return plan_id

    async def _ended(self, job_id: int) -> JobRow:
        job = await self._journal.job(job_id)
        if not job.state.ended:
            raise NotRunnable(
                f"Job {job_id} (“{job.title}”) has not ended.", remedy=f"Resume or cancel job {job_id} first."
            )
        return job

    def _restorable(self, c: sqlite3.Connection, plan_id: int) -> None:
        """What the API can't restore or delete is left out, and said."""
        for op, can, reason in (
            (Op.RESTORE, Can.RESTORE, "the API can't bring back what was deleted"),
            (Op.DELETE, Can.DELETE, "the API can't delete what was created"),
        ):
            for module in rows.modules(c, plan_id):
                if can in self._modules.get(module).can:
                    continue
                gone = c.execute(
                    "DELETE FROM changes WHERE job=? AND module=? AND op=?", (plan_id, module, op)
                ).rowcount
                if gone:
                    rows.leave_out(c, plan_id, module, reason, gone)
        self._removable(c, plan_id)

    def _removable(self, c: sqlite3.Connection, plan_id: int) -> None:
        """Lines that the API only adds stay."""
        lines = c.execute(
            "SELECT seq, module, field FROM changes WHERE job=? AND op='set' AND instr(field, ':')>0"
            " AND after IN ('null', 'false')",
            (plan_id,),
        ).fetchall()
        for row in lines:
            relation = relations.relation_of(self._modules.get(row["module"]), row["field"])
            if relation is not None and not relation.removable:
                c.execute("DELETE FROM changes WHERE job=? AND seq=?", (plan_id, row["seq"]))
                rows.leave_out(c, plan_id, row["module"], f"{relation.label.lower()} can't be taken away again", 1)

    async def _child(self, parent: JobRow, kind: str, title: str, insert: str, only: Only) -> int:
        condition, values = only.condition()

        def make(c: sqlite3.Connection) -> int:
            plan_id = book.create_job(c, kind, title, saving.descendant_intent(parent.intent, kind), parent.id)
            c.execute(f"{insert}{condition}", {"job": plan_id, "parent": parent.id, **values})
            if kind == "undo":
                _say_what_stays(c, plan_id, parent.id, condition, values)
                self._restorable(c, plan_id)
            if not c.execute("SELECT 1 FROM changes WHERE job=? LIMIT 1", (plan_id,)).fetchone():
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


def _say_what_stays(c: sqlite3.Connection, plan: int, parent: int, only: str, values: Mapping[str, Any]) -> None:
    for condition, reason in _STAYS:
        found = c.execute(
            f"SELECT module, count(*) FROM changes WHERE job=:parent AND {_DONE} AND {condition}{only} GROUP BY module",
            {"parent": parent, **values},
        ).fetchall()
        for module, count in found:
            rows.leave_out(c, plan, module, reason, count)
