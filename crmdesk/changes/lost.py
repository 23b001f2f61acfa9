"""Creations whose answer was lost: never sent again, but looked for, and told to the person if not found."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

from crmdesk.changes.ledger import Ledger
from crmdesk.crm.calls import Call
from crmdesk.crm.client import CrmClient
from crmdesk.crm.looking import find_created
from crmdesk.crm.modules import Modules
from crmdesk.store import rows, steps
from crmdesk.store.rows import StepChange
from crmdesk.store.steps import StepRow
from crmdesk.store.words import Outcome, Way

CLOCKS_APART = timedelta(minutes=2)
CALLS_AT_MOST = 3
_NOTHING = "its answer was lost, and nothing like it was found: it may have been created"
_SEVERAL = "its answer was lost, and more than one record looks like it"


class Lost:
    """Settles what was sent once and never answered."""

    def __init__(self, ledger: Ledger, client: CrmClient, modules: Modules) -> None:
        self._ledger = ledger
        self._client = client
        self._modules = modules

    async def look(self, *, last: bool) -> None:
        """Looks for each lost creation. `last`: what is still not found is unsettled. Raises CrmError."""
        for step in await self._ledger.read(lambda c: steps.lost_once(c, self._ledger.job_id)):
            for change in await self._ledger.read(lambda c, no=step.no: rows.of_step(c, self._ledger.job_id, no)):  # type: ignore[misc]
                await self._one(step, change, last=last)

    async def _one(self, step: StepRow, change: StepChange, *, last: bool) -> None:
        if step.way is Way.CALL:
            await self._ledger.write(lambda c: self._call(c, step, change))
            return
        spec = self._modules.get(step.module)
        sent = datetime.fromisoformat(step.sent_at) if step.sent_at else datetime.now(UTC)
        values = {**(change.after or {})}
        found = await find_created(self._client, spec, values, sent - CLOCKS_APART, why=self._ledger.purpose("settle"))
        known = await self._ledger.read(lambda c: _made(c, step.module))
        ids = [record.id for record in found if record.id not in known]
        if step.way is Way.CLONE:
            ids = [record_id for record_id in ids if str(record_id) != change.key]
        if len(ids) == 1:
            await self._ledger.write(lambda c: self._found(c, step, change, ids[0]))
        elif last:
            await self._ledger.write(lambda c: self._unsettled(c, step, change, ids))

    def _found(self, c: sqlite3.Connection, step: StepRow, change: StepChange, record_id: int) -> None:
        job = self._ledger.job_id
        rows.set_results(c, job, {change.seq: record_id})
        rows.settle(c, job, [change.seq], Outcome.CHANGED, "its answer was lost; it was found by what was written")
        steps.close_if_settled(c, job, step.no)

    def _unsettled(self, c: sqlite3.Connection, step: StepRow, change: StepChange, ids: list[int]) -> None:
        job = self._ledger.job_id
        rows.set_candidates(c, job, change.seq, ids)
        rows.settle(c, job, [change.seq], Outcome.UNSETTLED, _SEVERAL if ids else _NOTHING)
        steps.close_if_settled(c, job, step.no)

    def _call(self, c: sqlite3.Connection, step: StepRow, change: StepChange) -> None:
        if Call(**change.after).repeatable and step.sends < CALLS_AT_MOST:
            steps.again(c, self._ledger.job_id, step.no)
        else:
            self._unsettled(c, step, change, [])


def _made(c: sqlite3.Connection, module: str) -> set[int]:
    """Records that are known to come from another creation of ours."""
    found = c.execute("SELECT result FROM changes WHERE module=? AND result IS NOT NULL", (module,))
    return {row[0] for row in found}
