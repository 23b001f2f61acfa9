"""Turns the rows of a file into a plan: records that are found become changes, unknown ones are created.

The file is converted and checked first, every bad cell told; then the module is read once through its views, matched
with the rows in a private file, and the plan laid out. Memory does not grow with the rows of a CSV.
"""

from __future__ import annotations

import asyncio
import math
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any

from crmdesk.changes import layout
from crmdesk.changes.ledger import Ledger
from crmdesk.changes.plan import Plan
from crmdesk.changes.reader import FEW, PAGE, Reader, field_value
from crmdesk.config.errors import CrmDeskError, InputError
from crmdesk.crm import requests
from crmdesk.crm.budget import Lane
from crmdesk.crm.client import CrmClient, Purpose
from crmdesk.crm.directory import Directory
from crmdesk.crm.kinds import normal
from crmdesk.crm.modules import Can, Modules, ModuleSpec
from crmdesk.crm.naming import KnownNames
from crmdesk.crm.paging import View
from crmdesk.crm.schema import Schema
from crmdesk.crm.values import NOT_LOADED, NotLoaded
from crmdesk.files.mapping import RECORD_ID, Match
from crmdesk.files.tables import Table
from crmdesk.planning.collect import Collector, Tallied
from crmdesk.planning.export_cells import selectors_of
from crmdesk.planning.export_reading import Course, ExportReader
from crmdesk.planning.import_cells import BadCell, ImportOptions, RowReader, keys_of_record
from crmdesk.planning.import_failures import write_failures
from crmdesk.planning.import_names import LookupNames
from crmdesk.planning.import_rows import FoundRecord, ImportRows, Line
from crmdesk.planning.import_steps import RowPlanner, decide, done_rows
from crmdesk.planning.intents import WholeView
from crmdesk.planning.reassign import ReadCost
from crmdesk.store import journal as book
from crmdesk.store import sweeps
from crmdesk.store.journal import Journal

__all__ = ["BadCell", "Checked", "ImportCancelled", "ImportOptions", "Importer", "Importing", "write_failures"]

TRIAL = 10
_OLD_AFTER_S = 600.0  # design: the stale-plan guard
_TELL_EVERY = 500
_SELECTORS_OF_PLACELESS = {"products": "deal_products"}  # what lists the names of a module that has no views


class ImportCancelled(CrmDeskError):
    """The person stopped it before anything was planned."""


@dataclass(frozen=True)
class Importing:
    """How far it is: "reading the file", "reading the CRM" or "planning"; rows or records done, of how many."""

    phase: str
    done: int
    total: int | None


@dataclass
class Checked:
    """A file that was converted and checked; close it when it is done with."""

    spec: ModuleSpec
    table: Table
    options: ImportOptions
    reader: RowReader
    lines: ImportRows
    rows: int = 0
    bad_rows: int = 0
    bad_count: int = 0
    matched_at: float | None = None
    plans: list[int] = field(default_factory=list)

    @property
    def good_rows(self) -> int:
        """Rows that can be imported."""
        return self.rows - self.bad_rows

    @property
    def left_out(self) -> list[tuple[str, str]]:
        """Columns that are not imported, and why."""
        return [(column.key, why) for column, why in self.reader.left_out]

    @property
    def missing_for_new(self) -> list[str]:
        """Fields, by label, without which nothing can be created, and which no column holds."""
        return self.reader.missing if self.options.how != "update" else []

    def bad_cells(self, offset: int = 0, limit: int = 200) -> list[BadCell]:
        """Some of the bad cells, in the file's order."""
        return self.lines.bad_cells(offset, limit)

    def close(self) -> None:
        """Removes what was kept of the file."""
        self.lines.close()

    def __enter__(self) -> Checked:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Importer:
    """Imports into one account."""

    def __init__(
        self,
        *,
        client: CrmClient,
        modules: Modules,
        directory: Directory,
        journal: Journal,
        schema: Callable[[str], Awaitable[Schema]],
        views: Callable[[str], Awaitable[list[View]]],
        zone: tzinfo = UTC,
    ) -> None:
        """`zone`: the person's."""
        self._client = client
        self._modules = modules
        self._directory = directory
        self._journal = journal
        self._schema = schema
        self._views = views
        self._pages = ExportReader(client, views)
        self._lookups = LookupNames(client, modules, views)
        self.zone = zone

    # -- the file

    async def names_cost(self, module: str, table: Table, matches: Sequence[Match]) -> ReadCost:
        """What finding the records takes that cells name (a deal's account); `check` does it. Raises CrmError."""
        spec, schema = self._modules.get(module), await self._schema(module)
        wanted = await asyncio.to_thread(self._lookups.wanted, spec, schema, table, matches)
        return await self._lookups.cost(wanted)

    async def check(
        self,
        module: str,
        table: Table,
        matches: Sequence[Match],
        options: ImportOptions,
        *,
        progress: Callable[[Importing], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Checked:
        """Converts and checks all rows; choices, owners and looked-up records are found by name.

        Raises InputError, FileTrouble, CrmError, ImportCancelled.
        """
        spec, schema = self._modules.get(module), await self._schema(module)
        self._check_can(spec, options)
        names = KnownNames(self._directory)
        reader = RowReader(spec, schema, matches, options, names, self.zone)
        await self._directory.load(selectors_of([schema.fields[name] for name in reader.fields]))
        wanted = await asyncio.to_thread(self._lookups.wanted, spec, schema, table, matches)
        await self._lookups.learn(wanted, names)
        checked = Checked(spec, table, options, reader, ImportRows())
        try:
            await self._convert(checked, progress, cancelled)
        except BaseException:
            checked.close()
            raise
        return checked

    def _check_can(self, spec: ModuleSpec, options: ImportOptions) -> None:
        needs = {"create": (Can.CREATE,), "update": (Can.EDIT,)}.get(options.how, (Can.CREATE, Can.EDIT))
        for can in needs:
            if can not in spec.can:
                raise InputError(f"The API can't {can} {spec.plural.lower()}.", subject=spec.key)

    async def _convert(
        self, checked: Checked, progress: Callable[[Importing], None], cancelled: Callable[[], bool]
    ) -> None:
        """In a thread, since it takes seconds; a cancelled task waits for it to stop."""
        stop, loop = threading.Event(), asyncio.get_running_loop()

        def tell(done: int) -> None:
            loop.call_soon_threadsafe(progress, Importing("reading the file", done, None))

        work = asyncio.ensure_future(asyncio.to_thread(_convert, checked, tell, lambda: stop.is_set() or cancelled()))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            stop.set()
            await asyncio.gather(work, return_exceptions=True)
            raise
        checked.rows, checked.bad_rows, checked.bad_count = checked.lines.counts()

    # -- the CRM

    async def estimate(self, checked: Checked) -> ReadCost:
        """What finding the records takes; asks for a small page of each view. Raises CrmError."""
        spec = checked.spec
        if not checked.reader.match or not checked.good_rows:
            return ReadCost(0, "nothing is read: every row is created")
        if checked.matched_at is not None and time.monotonic() - checked.matched_at < _OLD_AFTER_S:
            return ReadCost(0, f"{spec.plural.lower()} were read for the trial")
        if spec.view_path is None:
            return ReadCost(checked.good_rows, f"up to {checked.good_rows:,} {spec.plural.lower()}, one request each")
        pages, total, lacking = 0, 0, False
        for view in await self._covering(spec):
            fetch = self._pages.fetch(spec, WholeView(spec.key, view), Purpose(kind="read"), per_page=TRIAL)
            page = await fetch(1)
            total += page.total or 0
            pages += max(1, math.ceil((page.total or 0) / PAGE))
            lacking = lacking or any(
                isinstance(field_value(spec, record, name), NotLoaded)
                for record in page.records()
                for name in checked.reader.fields
                if name != checked.reader.match
            )
        if checked.reader.match == RECORD_ID and not lacking:
            return ReadCost(min(pages, checked.good_rows), f"{checked.good_rows:,} records by id")
        singles = min(checked.good_rows, total) if lacking else 0
        text = f"{total:,} {spec.plural.lower()}, 100 a request"
        if singles:
            text += f"; up to {singles:,} more, one a record, for fields that lists leave out"
        return ReadCost(pages + singles, text)

    async def plan(
        self,
        checked: Checked,
        *,
        first: int | None = None,
        title: str | None = None,
        progress: Callable[[Importing], None] = lambda _: None,
    ) -> Plan:
        """A plan of the rows that no earlier plan of this file has carried out; `first`: a trial of so many good ones.

        Bad rows, and rows that can't be carried out, stand in a whole plan as skipped. Raises CrmError, InputError.
        """
        spec = checked.spec
        name = f"Import {checked.table.path.name} into {spec.plural}"
        told = {"file": checked.table.path.name, "module": spec.key, "how": checked.options.how, "first": first}
        job = await self._draft(title or (f"Trial: {name}" if first else name), told)
        ledger = Ledger(self._journal, job, lane=Lane.PERSON)
        try:
            await self._leave_out_done(checked)
            await self._match(ledger, checked, progress)
            await self._fill(ledger, checked, first, progress)
            await self._read_unknown(ledger, spec)
            active = frozenset(user.id for user in self._directory.owners if user.active)
            await ledger.write(lambda c: decide(c, job, active=active, only_blanks=checked.options.only_fill_blanks))
            await ledger.write(lambda c: _lay_out(c, job, self._modules.get))
        except BaseException:
            await self._journal.delete_draft(job)
            raise
        checked.plans.append(job)
        return Plan(self._journal, job)

    async def _draft(self, title: str, told: dict[str, Any]) -> int:
        """An empty plan; cancelled while it is written, it is taken away again."""
        writing = asyncio.ensure_future(self._journal.create("import", title, told))
        try:
            return await asyncio.shield(writing)
        except asyncio.CancelledError:
            await self._journal.delete_draft(await writing)
            raise

    async def _leave_out_done(self, checked: Checked) -> None:
        """What an earlier plan of this file made or changed is not done again."""
        for job in checked.plans:
            numbers = await self._journal.db.read(lambda c, j=job: done_rows(c, j))  # type: ignore[misc]
            checked.lines.set_done(numbers)

    async def _covering(self, spec: ModuleSpec) -> list[int]:
        covering = requests.covering_views(spec, await self._views(spec.key))
        if covering is None:
            raise InputError(
                f"No views of the account hold all {spec.plural.lower()}.", remedy="Find the records by their id."
            )
        return [view.id for view in covering]

    async def _match(self, ledger: Ledger, checked: Checked, progress: Callable[[Importing], None]) -> None:
        """Reads the module once and keeps the records that rows name; those named by id are read later."""
        if checked.reader.match in ("", RECORD_ID) or not checked.good_rows:
            return
        if checked.matched_at is not None and time.monotonic() - checked.matched_at < _OLD_AFTER_S:
            return
        checked.lines.forget_found()
        if checked.spec.view_path is None:
            await self._match_by_selector(checked)
        else:
            seen = 0
            for view in await self._covering(checked.spec):
                course = Course(checked.spec, None, lambda _: None, lambda: False, lambda _: None)
                course.purpose = lambda: ledger.purpose("read")
                reading = self._pages.batches(course, WholeView(checked.spec.key, view))
                async with aclosing(reading) as batches:
                    async for records in batches:
                        seen += len(records)
                        await asyncio.to_thread(_see, checked, records)
                        progress(Importing("reading the CRM", seen, course.total))
        checked.matched_at = time.monotonic()

    async def _match_by_selector(self, checked: Checked) -> None:
        """Products have no list; a selector tells their names, and no other field."""
        spec, kind = checked.spec, _SELECTORS_OF_PLACELESS.get(checked.spec.key)
        if kind is None or checked.reader.match != "name":
            raise InputError(
                f"The API lists no {spec.plural.lower()} to find them by that field.", remedy="Find them by id."
            )
        await self._directory.load([kind], refresh=True)
        await asyncio.to_thread(_see, checked, self._directory.items(kind))

    async def _fill(
        self, ledger: Ledger, checked: Checked, first: int | None, progress: Callable[[Importing], None]
    ) -> None:
        planner, done = RowPlanner(checked.reader), 0
        batches = checked.lines.lines(first)
        while lines := await asyncio.to_thread(lambda: next(batches, None)):
            made: list[Line] = lines
            planned = await asyncio.to_thread(planner.plan, made)
            await ledger.write(lambda c, p=planned: p.write(c, ledger.job_id))  # type: ignore[misc]
            done += len(made)
            progress(Importing("planning", done, first or checked.rows))

    async def _read_unknown(self, ledger: Ledger, spec: ModuleSpec) -> None:
        """Values that the list left out are read; records that are gone have failed before anything is sent."""
        job = ledger.job_id
        count = await ledger.read(
            lambda c: c.execute(
                "SELECT count(DISTINCT record) FROM changes WHERE job=? AND record IS NOT NULL", (job,)
            ).fetchone()[0]
        )
        collector = Collector(ledger, self._client, self._views, None)
        if count > FEW and spec.view_path is not None:
            await collector.close_module(spec, await collector.scope(spec), Tallied(), ledger.sent)
        else:
            await ledger.write(lambda c: book.set_scope(c, job, spec.key, {"read": ledger.sent}))
        await ledger.write(lambda c: sweeps.want(c, job, "before IS NULL AND op='set' AND outcome IS NULL"))
        await Reader(self._client, self._modules).sweep(ledger, unseen_is_before=False, kind="read")
        await ledger.write(lambda c: sweeps.keep_seen_as_before(c, job))


def _convert(checked: Checked, tell: Callable[[int], None], stop: Callable[[], bool]) -> None:
    lines, count = checked.lines, 0
    lines.transaction(True)
    for row in checked.table.rows():
        lines.add(checked.reader.read(row))
        count += 1
        if count % _TELL_EVERY == 0:
            if stop():
                raise ImportCancelled("The import was stopped; nothing was planned.")
            tell(count)
    lines.transaction(False)
    tell(count)


def _see(checked: Checked, records: Sequence[Mapping[str, Any]]) -> None:
    spec, reader = checked.spec, checked.reader
    kind = reader.kinds[reader.match]
    checked.lines.see(
        (keys_of_record(spec, reader.match, kind, record), _found(spec, reader, record)) for record in records
    )


def _found(spec: ModuleSpec, reader: RowReader, record: Mapping[str, Any]) -> FoundRecord:
    before = {}
    for name in reader.fields:
        value = field_value(spec, record, name)
        if name == "emails" and value is NOT_LOADED and record.get("email") is None and "email" in record:
            value = None  # a contact without a primary address has none
        if not isinstance(value, NotLoaded):
            before[name] = normal(reader.kinds[name], value)
    if "emails" in reader.fields and "emails" not in before and isinstance(record.get("email"), str):
        before["email"] = record["email"]
    updated = record.get("updated_at")
    return FoundRecord(
        int(record["id"]), spec.label(record)[:200], updated if isinstance(updated, str) else None, before
    )


def _lay_out(c: sqlite3.Connection, job: int, spec_of: Callable[[str], ModuleSpec]) -> None:
    layout.lay_out(c, job, spec_of)
    book.set_read(c, job)
