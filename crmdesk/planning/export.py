"""Writes what a view, a filter or a selection holds to a file: page by page, its price in requests known first.

Reads only; no plan is made. What lists leave out is *not loaded*, and written as such unless it is asked for.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any

from crmdesk.changes.reader import PAGE
from crmdesk.config.errors import InputError
from crmdesk.crm.client import CrmClient, Purpose
from crmdesk.crm.directory import Directory
from crmdesk.crm.errors import NotAllowed
from crmdesk.crm.modules import Modules, ModuleSpec
from crmdesk.crm.naming import KnownNames, Names
from crmdesk.crm.paging import View
from crmdesk.crm.schema import Schema, schema_of_rows
from crmdesk.crm.values import NotLoaded, whole
from crmdesk.files.writer import TableWriter, WriteOptions, format_of, start_writer
from crmdesk.planning.export_cells import ExportColumns, columns_for, selectors_of
from crmdesk.planning.export_reading import (
    Course,
    ExportCancelled,
    Exported,
    Exporting,
    ExportReader,
    FilteredRecords,
    Loaded,
    Records,
)
from crmdesk.planning.intents import SelectedRecords, WholeView

__all__ = [
    "ExportCancelled",
    "ExportCost",
    "ExportOptions",
    "ExportResult",
    "Exported",
    "Exporter",
    "Exporting",
    "FilteredRecords",
]

_SAMPLE = 10


@dataclass(frozen=True)
class ExportOptions:
    """What is written and how. `fields` None: all that the module shows; `read_left_out`: one request a record."""

    fields: tuple[str, ...] | None = None
    names: bool = True
    read_left_out: bool = False
    separator: str = ","
    bom: bool = False


@dataclass(frozen=True)
class ExportCost:
    """What an export takes in requests. `singles`: those for what lists leave out, sent only if asked for."""

    records: int
    pages: int
    one_by_one: int
    singles: int
    left_out: tuple[str, ...]  # the fields, by label

    @property
    def requests(self) -> int:
        """Without what lists leave out."""
        return self.pages + self.one_by_one

    @property
    def text(self) -> str:
        """For the person."""
        parts = [f"{self.records:,} records"]
        if self.pages:
            parts.append(f"{self.pages:,} requests of {PAGE} rows" if self.pages != 1 else "1 request")
        if self.one_by_one:
            parts.append(f"{self.one_by_one:,} requests, one a record")
        if self.singles:
            parts.append(f"also read what lists leave out: {self.singles:,} requests")
        return "; ".join(parts)


@dataclass(frozen=True)
class ExportResult:
    """A file that is whole. `not_loaded`: in how many rows each field was; `gone`: ids that no longer exist."""

    path: Path
    rows: int
    requests: int
    not_loaded: Mapping[str, int]
    gone: tuple[int, ...] = ()


class Exporter:
    """Exports from one account."""

    def __init__(
        self,
        *,
        client: CrmClient,
        modules: Modules,
        directory: Directory,
        schema: Callable[[str], Awaitable[Schema]],
        views: Callable[[str], Awaitable[list[View]]],
        names: Names | None = None,
        zone: tzinfo = UTC,
    ) -> None:
        """`names`: what is known of records beside the directory; `zone`: the person's."""
        self._reader = ExportReader(client, views)
        self._modules = modules
        self._directory = directory
        self._schema = schema
        self._names = names
        self.zone = zone

    async def estimate(
        self,
        what: Exported,
        options: ExportOptions | None = None,
        *,
        loaded: Loaded = lambda _: None,
    ) -> ExportCost:
        """The price, before anything is read in full; one request where a total is unknown. Raises CrmError.

        `loaded` gives records that are at hand already: a selection of them costs nothing.
        """
        options = options or ExportOptions()
        spec = self._modules.get(what.module)
        if isinstance(what, SelectedRecords):
            way = await self._reader.selection(spec, what, loaded, Purpose(kind="read"))
            held: Records = [record for row in what.rows[:_SAMPLE] if (record := loaded(row.id)) is not None]
            if way.views and not held:
                sample = WholeView(spec.key, way.views[0])
                held = (await self._reader.fetch(spec, sample, Purpose(kind="read"), per_page=_SAMPLE)(1)).records()
            records, pages, singly, single_rows = len(what.rows), way.pages, len(way.singly), way.from_pages + way.held
        else:
            page = await self._reader.fetch(spec, what, Purpose(kind="read"), per_page=_SAMPLE)(1)
            held, records, singly = page.records(), page.total or 0, 0
            pages, single_rows = max(1, math.ceil(records / PAGE)), records
        columns = await self._columns(spec, held, options, "csv", KnownNames(self._directory))
        missing = {name for record in held for name in columns.left_out(record)}
        labels = tuple(column.heading for column in columns.out if column.field in missing)
        return ExportCost(max(0, records - _minus(what)), pages, singly, single_rows if missing else 0, labels)

    async def export(
        self,
        what: Exported,
        path: Path,
        *,
        format: str | None = None,
        options: ExportOptions | None = None,
        progress: Callable[[Exporting], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
        loaded: Loaded = lambda _: None,
    ) -> ExportResult:
        """Writes the file. Raises CrmError, FileTrouble, ExportCancelled; an old file stays until the new is whole."""
        options = options or ExportOptions()
        format = format or format_of(path)
        spec = self._modules.get(what.module)
        known = KnownNames(self._directory)
        course = Course(spec, None, progress, cancelled, loaded, learn=known.learn)
        writer: TableWriter | None = None
        try:
            async with aclosing(self._reader.batches(course, what)) as batches:
                async for records in batches:
                    if writer is None:
                        columns = await self._columns(spec, records, options, format, known)
                        writer = start_writer(path, format, columns.out, _write_options(spec, options))
                    if options.read_left_out:
                        records = await self._filled(course, columns, records)
                    _write(course, columns, writer, records)
                    course.go_on()
            if writer is None:
                columns = await self._columns(spec, (), options, format, known)
                writer = start_writer(path, format, columns.out, _write_options(spec, options))
            course.tell(finishing=True)
            await _finished(writer)
        finally:
            if writer is not None:
                writer.discard()
        return ExportResult(path, course.rows, course.sent, dict(course.not_loaded), tuple(course.gone))

    async def _columns(
        self, spec: ModuleSpec, sample: Records, options: ExportOptions, format: str, known: Names
    ) -> ExportColumns:
        try:
            schema = await self._schema(spec.key)
        except NotAllowed:
            schema = schema_of_rows(spec, sample)
        names = (self._names or known) if options.names else None
        columns = columns_for(spec, schema, options.fields, format=format, names=names, zone=self.zone)
        if names is not None:
            await self._directory.load(selectors_of(columns.fields))
        return columns

    async def _filled(self, course: Course, columns: ExportColumns, records: Records) -> Records:
        """Records with what their list left out, each read by a request of its own where it lacks something."""
        lacking = [
            record_id
            for record in records
            if (record_id := whole(record.get("id"))) is not None
            and record_id not in course.read_whole
            and columns.left_out(record)
        ]
        read = dict(zip(lacking, await self._reader.one_by_one(course, lacking), strict=True))
        return [_merged(record, read.get(whole(record.get("id")) or 0)) for record in records]


def _minus(what: Exported) -> int:
    return 0 if isinstance(what, SelectedRecords) else len(what.minus)


def _merged(listed: Mapping[str, Any], read: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The newer reading, with what only the list told."""
    return listed if read is None else {**listed, **read}


def _write(course: Course, columns: ExportColumns, writer: TableWriter, records: Records) -> None:
    rows = [columns.row(record) for record in records]
    for row in rows:
        for column, cell in zip(columns.out, row, strict=True):
            if isinstance(cell, NotLoaded):
                course.not_loaded[column.field] += 1
    writer.write(rows)
    course.rows += len(rows)
    course.tell()


def _write_options(spec: ModuleSpec, options: ExportOptions) -> WriteOptions:
    if len(options.separator) != 1:
        raise InputError("The separator must be a single character.", subject="separator")
    return WriteOptions(options.separator, options.bom, spec.plural)


async def _finished(writer: TableWriter) -> None:
    """Packing a workbook takes seconds, so a thread does it; once begun it is not torn apart."""
    work = asyncio.ensure_future(asyncio.to_thread(writer.finish))
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise
