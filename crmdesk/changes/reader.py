"""Reads the current values of known records in the cheapest way: what changed since, a whole view, or one by one.

No request of the CRM reads a hundred given ids. Every way ends with single reads of what the pages did not show,
unless it is proven that the pages show every change.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from crmdesk.changes.flight import together
from crmdesk.changes.ledger import Ledger
from crmdesk.crm import relations, requests
from crmdesk.crm.client import CrmClient, Purpose
from crmdesk.crm.errors import NotFound
from crmdesk.crm.kinds import Kind, normal
from crmdesk.crm.modules import Modules, ModuleSpec
from crmdesk.crm.requests import Page
from crmdesk.crm.values import NOT_LOADED, NotLoaded, parse_time
from crmdesk.store import journal as book
from crmdesk.store import sweeps
from crmdesk.store.journal import JobRow
from crmdesk.store.words import FORGOTTEN, IS_DELETED

PAGE = 100
FEW = 3  # records that are read one by one sooner than by the list of views and a page
RECYCLE_BIN = "recycle bin"
ONE_BY_ONE_AT_ONCE = 4
OWNER_MOVES_TIME = "owner_moves_updated_at"  # a fact of each module: "owner_moves_updated_at:deals"
CLOCKS_APART = timedelta(seconds=5)  # between a change and its time, after both clocks were compared


class ReadWay(StrEnum):
    """How a sweep reads a module."""

    CHANGED_SINCE = "changed since"
    OLDEST_FIRST = "the whole view, longest unchanged first"
    LISTING = "the whole list"
    ONE_BY_ONE = "one by one"


@dataclass(frozen=True)
class Scope:
    """Where a module's records can be read: views that together hold them all, how many, the newest time seen."""

    views: tuple[int, ...] = ()
    total: int | None = None
    newest: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For the journal."""
        return {"views": list(self.views), "total": self.total, "newest": self.newest}

    @classmethod
    def of(cls, job: JobRow, module: str) -> Scope:
        """As the job's plan noted it."""
        kept = job.scope.get(module, {})
        return cls(tuple(kept.get("views", ())), kept.get("total"), kept.get("newest"))


@dataclass(frozen=True)
class Sweep:
    """A way to read, and how many requests it is likely to take."""

    way: ReadWay
    requests: int


_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode  # made once: dumps() makes one for each value


def canonical(value: object) -> str:
    """The JSON text under which the journal compares a value."""
    return _encode(value)


def compared(kind: str, value: object) -> str:
    """A value of the CRM in the form in which the journal compares it: normal form, as JSON text."""
    return canonical(normal(Kind(kind), value) if kind else value)


def same_line(told: object, now: object) -> bool:
    """Whether a line of a set is what a plan tells; the CRM completes a line by what the plan did not tell."""
    if told is None or told is False:
        return now is None
    if isinstance(told, Mapping) and isinstance(now, Mapping):
        return all(canonical(now.get(name)) == canonical(value) for name, value in told.items())
    return canonical(told) == canonical(now)


def field_value(spec: ModuleSpec, record: Mapping[str, Any], field: str) -> object | NotLoaded:
    """A field of a record as it came; *not loaded* where the record doesn't hold it."""
    if field == "owner_id":
        return spec.owner(record)
    if field == IS_DELETED:
        return record.get(IS_DELETED) is True  # rows of a view don't say it, and are not deleted
    if field == FORGOTTEN:
        return False
    if field.startswith("cf_"):
        record = record.get("custom_field") or {}
    value: object | NotLoaded = record.get(field, NOT_LOADED)
    return value


def choose(spec: ModuleSpec, scope: Scope, wanted: int, changed: int, *, moves: bool) -> Sweep:
    """The cheapest way to learn the values of `wanted` records, `changed` of the module being changed by this job.

    `moves`: it is proven that a change moves `updated_at`, so what the newest pages don't show is unchanged.
    """
    ways = [Sweep(ReadWay.ONE_BY_ONE, wanted)]
    if spec.key == "sales_activities" and scope.total is not None:
        ways.append(Sweep(ReadWay.LISTING, max(1, math.ceil(scope.total / PAGE))))
    elif scope.views and scope.total is not None:
        unchanged = max(wanted, scope.total - changed)
        ways.append(Sweep(ReadWay.OLDEST_FIRST, len(scope.views) - 1 + max(1, math.ceil(unchanged / PAGE))))
        if moves and scope.newest is not None:
            ways.append(Sweep(ReadWay.CHANGED_SINCE, len(scope.views) + math.ceil(changed / PAGE)))
    return min(ways, key=lambda sweep: sweep.requests)


class Reader:
    """Answers a sweep: every row that the journal marks as wanted gets what the CRM holds now, or *gone*."""

    def __init__(self, client: CrmClient, modules: Modules) -> None:
        self._client = client
        self._modules = modules

    async def sweep(
        self,
        ledger: Ledger,
        *,
        unseen_is_before: bool,
        since_sent: bool = False,
        kind: str = "settle",
        portion: int | None = None,
    ) -> None:
        """Looks at all wanted rows of a job. Raises CrmError; what was seen until then is in the journal.

        `unseen_is_before`: a row that the newest pages don't show keeps the value that the plan read.
        `since_sent`: all wanted rows were sent, so nothing older than the first of them has to be read.
        `portion`: no more than so many are read one by one; the rest stays wanted.
        """
        job = await ledger.job()
        for module in await ledger.read(lambda c: sweeps.wanted_by_module(c, job.id)):
            spec = self._modules.get(module)
            await self._relations(ledger, spec, kind)
            wanted = (await ledger.read(lambda c: sweeps.wanted_by_module(c, job.id))).get(module, 0)
            if not wanted:
                continue
            fields = await ledger.read(lambda c, m=module: sweeps.wanted_fields(c, job.id, m))  # type: ignore[misc]
            ask = _Question(spec, Scope.of(job, module), wanted, fields, kind, portion)
            if fields.keys() <= {IS_DELETED} and spec.view_path is not None and wanted > FEW:
                await self._bin(ledger, ask)
                await self._one_by_one(ledger, replace(ask, portion=None))
                continue
            if since_sent:
                ask = replace(ask, since_sent=await ledger.read(lambda c, m=module: _first_sent(c, job.id, m)))  # type: ignore[misc]
            await self._module(ledger, job, ask, unseen_is_before)

    async def _module(self, ledger: Ledger, job: JobRow, ask: _Question, unseen_is_before: bool) -> None:
        spec = ask.spec
        ask = await self._with_total(ledger, ask)
        changed = await ledger.read(lambda c: _changed_by(c, job, spec.key, None))
        sweep = choose(spec, ask.scope, ask.wanted, changed, moves=False)
        moves = False
        if not unseen_is_before and await ledger.journal.fact(f"{OWNER_MOVES_TIME}:{spec.key}") != "no":
            sweep = choose(spec, ask.scope, ask.wanted, changed, moves=True)
        elif unseen_is_before and sweep.requests > 2 and await self.owner_moves_time(ledger, job, spec):
            moves = ask.scope.newest is not None
            newer = await ledger.read(lambda c: _changed_by(c, job, spec.key, ask.since_sent))
            sweep = min(sweep, choose(spec, ask.scope, ask.wanted, newer, moves=True), key=lambda found: found.requests)
        if sweep.way is not ReadWay.ONE_BY_ONE:
            whole = await self._pages(ledger, ask, sweep.way, moves=moves)
            left = (await ledger.read(lambda c: sweeps.wanted_by_module(c, job.id))).get(spec.key, 0)
            if moves and sweep.way is ReadWay.OLDEST_FIRST and left * PAGE > changed:
                # what the unchanged part does not hold was changed since: it stands on the newest pages
                ask = replace(ask, wanted=left)
                sweep = Sweep(ReadWay.CHANGED_SINCE, changed)
                whole = await self._pages(ledger, ask, sweep.way, moves=moves) and whole
            if sweep.way is ReadWay.CHANGED_SINCE and whole and unseen_is_before:
                await ledger.write(lambda c: sweeps.take_before(c, job.id, spec.key))
            ask = replace(ask, portion=None)
        await self._one_by_one(ledger, ask)

    async def _relations(self, ledger: Ledger, spec: ModuleSpec, kind: str) -> None:
        """Lines of relations, each record's whole set at once."""
        job = ledger.job_id
        fields = await ledger.read(lambda c: sweeps.wanted_fields(c, job, spec.key))
        if not any(":" in name for name in fields):
            return
        lines = "job=? AND module=? AND wanted=1 AND instr(field, ':')>0"
        records = await ledger.read(
            lambda c: [r[0] for r in c.execute(f"SELECT DISTINCT record FROM changes WHERE {lines}", (job, spec.key))]
        )
        for record in records:
            names = await ledger.read(lambda c, r=record: sweeps.fields_of_wanted(c, job, spec.key, r))  # type: ignore[misc]
            seen: dict[str, str] = {}
            for prefix in {relations.split_field(name)[0] for name in names if ":" in name}:
                relation = relations.relation_of(spec, f"{prefix}:0")  # any line names its set
                if relation is None:
                    continue
                try:
                    current = await relations.read_lines(self._client, spec, record, relation, why=ledger.purpose(kind))
                except NotFound:
                    await ledger.write(lambda c, r=record: sweeps.see_missing(c, job, spec.key, r))  # type: ignore[misc]
                    break
                for name, told in names.items():
                    if name.startswith(f"{prefix}:"):
                        now = current.get(relations.split_field(name)[1])
                        seen[name] = canonical(next((line for line in told if same_line(line, now)), now))
            await ledger.write(lambda c, r=record, v=seen: sweeps.see(c, job, spec.key, {r: v}))  # type: ignore[misc]

    async def _bin(self, ledger: Ledger, ask: _Question) -> None:
        """What was deleted stands in the Recycle Bin, anything else in the other views: the newest pages of both."""
        spec, job, why = ask.spec, ledger.job_id, ledger.purpose(ask.kind)
        known = await requests.views(self._client, spec, why)
        views = [view for view in known if view.name.strip().casefold() == RECYCLE_BIN]
        others = requests.covering_views(spec, known) or []
        views = [*others, *views] if await ledger.read(lambda c: _restored(c, job, spec.key)) else [*views, *others]
        for view in views:
            deleted = canonical(view.name.strip().casefold() == RECYCLE_BIN)
            left = math.ceil(ask.wanted / PAGE) + 1
            async with aclosing(self._read(spec, view.id, True, why)) as pages:
                async for page in pages:
                    values = {record: {IS_DELETED: deleted} for record in page.ids}
                    await ledger.write(lambda c, v=values: sweeps.see(c, job, spec.key, v))  # type: ignore[misc]
                    left -= 1
                    if left <= 0 or not await ledger.read(lambda c: sweeps.wanted_rows(c, job, spec.key)):
                        break

    async def _with_total(self, ledger: Ledger, ask: _Question) -> _Question:
        """How many records the covering views hold, where the plan did not need to know."""
        if ask.scope.total is not None or not ask.scope.views or ask.wanted <= len(ask.scope.views):
            return ask
        total = 0
        for view in ask.scope.views:
            page = await requests.view_page(self._client, ask.spec, view, 1, per_page=1, why=ledger.purpose(ask.kind))
            total += page.total or 0
        scope = replace(ask.scope, total=total)
        await ledger.write(lambda c: book.set_scope(c, ledger.job_id, ask.spec.key, scope.as_json()))
        return replace(ask, scope=scope)

    async def owner_moves_time(self, ledger: Ledger, job: JobRow, spec: ModuleSpec) -> bool:
        """Whether an owner change moves `updated_at` in this module: proven once, by a record that we changed.

        Proof is that its time moved into the span of our own request; a later time may be somebody else's doing.
        """
        fact = f"{OWNER_MOVES_TIME}:{spec.key}"
        known = await ledger.journal.fact(fact)
        if known is not None:
            return known == "yes"
        row = await ledger.read(
            lambda c: c.execute(
                "SELECT record, read_updated, sent_at, changes.settled_at AS done_at FROM changes JOIN steps"
                " ON steps.job=changes.job AND steps.no=changes.step WHERE changes.job IN (?, ?) AND changes.module=?"
                " AND ever_sent>0 AND outcome IN ('changed', 'reverted') AND read_updated IS NOT NULL"
                " AND sent_at IS NOT NULL ORDER BY changes.settled_at DESC LIMIT 1",
                (job.id, job.parent, spec.key),
            ).fetchone()
        )
        if row is None:
            return False
        try:
            record = await requests.one(self._client, spec, row["record"], why=ledger.purpose("settle"))
        except NotFound:
            return False
        now, then = parse_time(record.fields.get("updated_at")), parse_time(row["read_updated"])
        if now is None or then is None:
            return False
        ours = datetime.now(UTC)
        ahead = (record.server_time or ours) - ours
        low, high = (datetime.fromisoformat(row[name]) + ahead for name in ("sent_at", "done_at"))
        by_us = low - CLOCKS_APART <= now <= high + CLOCKS_APART
        if now <= then or by_us:
            await ledger.journal.learn(fact, "yes" if now > then else "no")
        return now > then and by_us

    async def _pages(self, ledger: Ledger, ask: _Question, way: ReadWay, *, moves: bool) -> bool:
        """Reads pages until all wanted records were seen; whether every page that could tell of a change was read.

        `moves`: what is newer than the plan was changed since, so a reading of the unchanged ends there.
        """
        spec, job = ask.spec, ledger.job_id
        wanted_rows = await ledger.read(lambda c: sweeps.wanted_rows(c, job, spec.key))
        newest_first = way is ReadWay.CHANGED_SINCE
        newest = parse_time(ask.scope.newest)
        floor = newest if newest_first else None
        ceiling = newest if moves and way is ReadWay.OLDEST_FIRST else None
        found, shrunk = 0, False
        for view in ask.scope.views if way is not ReadWay.LISTING else (0,):
            total: int | None = None
            async with aclosing(self._read(spec, view, newest_first, ledger.purpose(ask.kind))) as pages:
                async for page in pages:
                    shrunk = shrunk or (page.total is not None and total is not None and page.total < total)
                    total = page.total
                    records = page.records()
                    values = {i: _loaded(spec, record, ask.fields) for i, record in zip(page.ids, records, strict=True)}
                    found += await ledger.write(lambda c, v=values: sweeps.see(c, job, spec.key, v))  # type: ignore[misc]
                    if found >= wanted_rows:
                        return True
                    if ceiling is not None and _newer(records, ceiling):
                        break
                    if floor is not None and (_older(records, floor) or await self._before_sent(ledger, ask, page)):
                        break
        return not shrunk  # a deleted record pulls others over a page's edge, unseen

    async def _before_sent(self, ledger: Ledger, ask: _Question, page: Page) -> bool:
        """Whether a page ends with a record that we had changed before the first wanted one was sent."""
        if ask.since_sent is None or not page.ids:
            return False
        return await ledger.read(
            lambda c: (
                c.execute(
                    "SELECT 1 FROM changes WHERE job=? AND module=? AND ever_sent>0 AND settled_at<?"
                    " AND outcome IN ('changed', 'reverted') AND record=? LIMIT 1",
                    (ledger.job_id, ask.spec.key, ask.since_sent, page.ids[-1]),
                ).fetchone()
                is not None
            )
        )

    async def _read(self, spec: ModuleSpec, view: int, newest_first: bool, why: Purpose) -> AsyncGenerator[Page, None]:
        number = 1
        while True:
            if view:
                page = await requests.view_page(
                    self._client, spec, view, number, sort="updated_at", descending=newest_first, why=why
                )
            else:
                page = await requests.listing_page(self._client, spec, number, why=why)
            yield page
            if not page.ids or (page.total_pages is not None and page.number >= page.total_pages):
                return
            number += 1

    async def _one_by_one(self, ledger: Ledger, ask: _Question) -> None:
        left = ask.wanted if ask.portion is None else ask.portion
        while left > 0:
            some = min(left, 200)
            ids = await ledger.read(lambda c, n=some: sweeps.wanted_records(c, ledger.job_id, ask.spec.key, n))  # type: ignore[misc]
            waiting = iter(ids)
            await together(*(self._some(ledger, ask, waiting) for _ in range(ONE_BY_ONE_AT_ONCE)))
            left = left - len(ids) if ids else 0

    async def _some(self, ledger: Ledger, ask: _Question, ids: Iterator[int]) -> None:
        for record_id in ids:
            await self._one(ledger, ask, record_id)

    async def _one(self, ledger: Ledger, ask: _Question, record_id: int) -> None:
        spec, job, why = ask.spec, ledger.job_id, ledger.purpose(ask.kind)
        try:
            record = await requests.one(self._client, spec, record_id, include=spec.list_include, why=why)
        except NotFound:
            await ledger.write(lambda c: sweeps.see_missing(c, job, spec.key, record_id))
            return
        values = _loaded(spec, record.fields, ask.fields)

        def note(c: sqlite3.Connection) -> None:
            sweeps.see(c, job, spec.key, {record_id: values})
            sweeps.not_told(c, job, spec.key, record_id)

        await ledger.write(note)


@dataclass(frozen=True)
class _Question:
    spec: ModuleSpec
    scope: Scope
    wanted: int
    fields: Mapping[str, str]  # with their kinds
    kind: str
    portion: int | None = None
    since_sent: str | None = None


def _loaded(spec: ModuleSpec, record: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, str]:
    values = {field: field_value(spec, record, field) for field in fields}
    return {field: compared(fields[field], v) for field, v in values.items() if not isinstance(v, NotLoaded)}


def _restored(c: sqlite3.Connection, job: int, module: str) -> bool:
    """Whether the records are looked for that a restore was sent for, or a deletion is yet to be."""
    row = c.execute(
        "SELECT op, ever_sent FROM changes WHERE job=? AND module=? AND wanted=1 LIMIT 1", (job, module)
    ).fetchone()
    return row is not None and (row["op"] == "restore") == (row["ever_sent"] > 0)


def _older(records: list[dict[str, Any]], floor: datetime) -> bool:
    """Whether a page reaches below the newest time that was read when planning."""
    last = parse_time(records[-1].get("updated_at")) if records else None
    return last is not None and last < floor


def _newer(records: list[dict[str, Any]], ceiling: datetime) -> bool:
    """Whether all of a page, the longest unchanged first, is newer than what was read when planning."""
    first = parse_time(records[0].get("updated_at")) if records else None
    return first is not None and first > ceiling


def _changed_by(c: sqlite3.Connection, job: JobRow, module: str, since_sent: str | None) -> int:
    """Records of a module that this job, or for an undo its parent, may have changed; or only those sent since."""
    if since_sent is not None:
        return int(
            c.execute(
                "SELECT count(*) FROM changes, steps WHERE changes.job=? AND changes.module=? AND ever_sent>0 AND"
                " steps.job=changes.job AND steps.no=changes.step AND steps.sent_at>=?",
                (job.id, module, since_sent),
            ).fetchone()[0]
        )
    return int(
        c.execute(
            "SELECT max(n) FROM (SELECT count(*) AS n FROM changes WHERE job IN (?, ?) AND module=? AND ever_sent>0"
            " GROUP BY job UNION ALL SELECT 0)",
            (job.id, job.parent, module),
        ).fetchone()[0]
    )


def _first_sent(c: sqlite3.Connection, job: int, module: str) -> str | None:
    found = c.execute(
        "SELECT min(sent_at) FROM steps WHERE job=? AND module=? AND no IN"
        " (SELECT step FROM changes WHERE job=? AND wanted=1)",
        (job, module, job),
    )
    return found.fetchone()[0]  # type: ignore[no-any-return]
