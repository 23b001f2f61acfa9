"""The ids of records that were made in bulk, whose answers name none: among the newest, else by their unique field."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from crmdesk.changes.answers import unique_text
from crmdesk.changes.ledger import Ledger
from crmdesk.changes.reader import PAGE
from crmdesk.changes.sending import CLOCKS_APART
from crmdesk.crm import requests, search
from crmdesk.crm.budget import Lane
from crmdesk.crm.client import CrmClient
from crmdesk.crm.errors import NotFound
from crmdesk.crm.modules import Modules, ModuleSpec
from crmdesk.crm.values import parse_time, whole
from crmdesk.store import rows
from crmdesk.store.journal import JobRow, Journal

_UNNAMED = (
    "SELECT seq, module, key, after FROM changes WHERE job=? AND outcome='changed' AND op='create'"
    " AND result IS NULL AND key IS NOT NULL"
)


class Made:
    """Finds what a job made, and tells it from what was there before: that must not be undone away."""

    def __init__(self, journal: Journal, client: CrmClient, modules: Modules) -> None:
        self._journal = journal
        self._client = client
        self._modules = modules

    async def find(self, job: JobRow) -> None:
        """Notes the ids in the journal; what is not found stays without. Raises CrmError."""
        found = await self._journal.db.read(lambda c: c.execute(_UNNAMED, (job.id,)).fetchall())
        wanted: dict[str, dict[tuple[str, str], int]] = {}
        for row in found:
            text = _text(unique_text(json.loads(row["after"]).get(row["key"])))
            wanted.setdefault(row["module"], {})[row["key"], text] = row["seq"]
        ledger = Ledger(self._journal, job.id, lane=Lane.PERSON)
        for module, keys in wanted.items():
            spec = self._modules.get(module)
            await self._newest(ledger, job, spec, keys)  # search lags, and asks for each alone
            await self._one_by_one(ledger, job, spec, keys)

    async def _newest(self, ledger: Ledger, job: JobRow, spec: ModuleSpec, keys: dict[tuple[str, str], int]) -> None:
        why = ledger.purpose("settle")
        views = None if spec.view_path is None else await requests.views(self._client, spec, why)
        started = job.started_at
        for view in (requests.covering_views(spec, views) or []) if views and started else []:
            for number in range(1, math.ceil(len(keys) / PAGE) + 3):
                page = await requests.view_page(
                    self._client, spec, view.id, number, sort="created_at", descending=True, why=why
                )
                records = page.records()
                made: dict[int, int] = {}
                for record in records:
                    if _older(record, started):
                        continue
                    for key in _keys(record, {name for name, _ in keys}):
                        if key in keys:
                            made[keys.pop(key)] = whole(record.get("id")) or 0
                await self._name(job.id, made, existed=False)
                if not keys or not records or _older(records[-1], started):
                    break

    async def _one_by_one(
        self, ledger: Ledger, job: JobRow, spec: ModuleSpec, keys: Mapping[tuple[str, str], int]
    ) -> None:
        why = ledger.purpose("settle")
        for (name, text), seq in keys.items():
            hits = await search.lookup(self._client, text, name, [spec], why=why)
            if len(hits) != 1:
                continue
            try:
                record = await requests.one(self._client, spec, hits[0].id, why=why)
            except NotFound:
                continue
            await self._name(job.id, {seq: hits[0].id}, existed=_older(record.fields, job.started_at))

    async def _name(self, job: int, made: Mapping[int, int], *, existed: bool) -> None:
        if made:
            await self._journal.db.write(lambda c: rows.set_results(c, job, made, existed=existed))


def _older(record: Mapping[str, Any], started: datetime | None) -> bool:
    """Whether a record was there before the job; one that does not say so was not made by us for certain."""
    made = parse_time(record.get("created_at"))
    return made is None or started is None or made < started - CLOCKS_APART


def _keys(record: Mapping[str, Any], names: set[str]) -> Iterator[tuple[str, str]]:
    """The unique values that a row of a list holds."""
    for name in names:
        held = (record.get("custom_field") or {}).get(name) if name.startswith("cf_") else record.get(name)
        if held is None and name == "emails":
            held = record.get("email")
        for one in held if isinstance(held, list) else [held]:
            if one is not None:
                yield name, _text(unique_text(one))


def _text(value: Any) -> str:
    return str(value).strip().casefold()
