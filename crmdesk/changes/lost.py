"""Creations whose answer was lost: never sent again, but looked for, and told to the person if not found."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from crmdesk.changes.ledger import Ledger
from crmdesk.changes.reader import canonical, compared, field_value
from crmdesk.changes.sending import CLOCKS_APART, filled, kinds_of
from crmdesk.crm import requests
from crmdesk.crm.calls import Call
from crmdesk.crm.client import CrmClient
from crmdesk.crm.errors import Invalid, NotAllowed, NotFound
from crmdesk.crm.kinds import Kind
from crmdesk.crm.looking import find_created
from crmdesk.crm.modules import Modules, ModuleSpec
from crmdesk.crm.requests import Record
from crmdesk.crm.values import NotLoaded
from crmdesk.store import rows, steps
from crmdesk.store.rows import StepChange
from crmdesk.store.steps import StepRow
from crmdesk.store.words import Outcome, Way

CALLS_AT_MOST = 3
_NOT_CLONED = ("id", "created_at", "updated_at", "emails", "email", "external_id")
_PLAIN = (Kind.TEXT, Kind.EMAIL, Kind.LOOKUP, Kind.CHOICE_ID, Kind.NUMBER, Kind.DECIMAL, Kind.MONEY)
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
        change = await self._ledger.read(lambda c: filled(c, self._ledger.job_id, change))
        values = {**(await self._source(spec, change) if step.way is Way.CLONE else {}), **(change.after or {})}
        found = await find_created(self._client, spec, values, sent - CLOCKS_APART, why=self._ledger.purpose("settle"))
        known = await self._ledger.read(lambda c: _made(c, step.module))
        alike = [record for record in found if record.id not in known and str(record.id) != change.key]
        if len(alike) == 1 and await self._is_ours(spec, alike[0], change):
            await self._ledger.write(lambda c: self._found(c, step, change, alike[0].id))
        elif last:
            await self._ledger.write(lambda c: self._unsettled(c, step, change, [record.id for record in alike]))

    async def _source(self, spec: ModuleSpec, change: StepChange) -> dict[str, Any]:
        """What a clone has from its source, by which it is known again."""
        try:
            record = await requests.one(self._client, spec, int(change.key or 0), why=self._ledger.purpose("settle"))
        except NotFound:
            return {}
        return {name: value for name, value in record.fields.items() if name not in _NOT_CLONED}

    async def _is_ours(self, spec: ModuleSpec, record: Record, change: StepChange) -> bool:
        """Whether a record shows all that was written; one that somebody else made meanwhile must not become ours."""
        fields = record.fields
        if not spec.part:
            with suppress(NotFound, NotAllowed, Invalid):  # then its row in the list has to do
                fields = (await requests.one(self._client, spec, record.id, why=self._ledger.purpose("settle"))).fields
        kinds = kinds_of(change)
        for name, value in (change.after or {}).items():
            now = field_value(spec, fields, name)
            kind = kinds.get(name, Kind.RAW)
            if kind not in _PLAIN or value is None or isinstance(now, NotLoaded):
                continue
            if compared(kind, now) != canonical(value):
                return False
        return True

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
