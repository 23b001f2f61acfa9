"""Reads what an export is about, in batches of about a page, each record once, in constant memory."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from crmdesk.changes.flight import together
from crmdesk.changes.reader import PAGE
from crmdesk.config.errors import CrmDeskError
from crmdesk.crm import requests
from crmdesk.crm.budget import Lane
from crmdesk.crm.client import CrmClient, Purpose
from crmdesk.crm.embeds import embeds, labels_beside, with_sets
from crmdesk.crm.errors import NotFound
from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.paging import Page, View
from crmdesk.crm.search import FilterRule, filtered
from crmdesk.planning.intents import SelectedRecords, WholeView
from crmdesk.planning.pages import AHEAD, Fetch, SeenIds, in_order

_TOGETHER = 100  # records read one by one before they are given on

Records = Sequence[Mapping[str, Any]]
Loaded = Callable[[int], Mapping[str, Any] | None]


@dataclass(frozen=True)
class FilteredRecords:
    """Every record that a filter finds, but for some."""

    module: str
    rules: Sequence[FilterRule]
    name: str = ""
    minus: frozenset[int] = frozenset()


Exported = WholeView | FilteredRecords | SelectedRecords


@dataclass(frozen=True)
class Exporting:
    """How far an export is. `waiting_until`: the hour's requests are used up until then."""

    rows: int
    total: int | None
    requests: int
    waiting_until: datetime | None = None
    finishing: bool = False


class ExportCancelled(CrmDeskError):
    """The person stopped it; nothing was written."""


@dataclass
class Course:
    """One export under way."""

    spec: ModuleSpec
    total: int | None
    progress: Callable[[Exporting], None]
    cancelled: Callable[[], bool]
    loaded: Loaded
    rows: int = 0
    sent: int = 0
    not_loaded: Counter[str] = field(default_factory=Counter)
    gone: list[int] = field(default_factory=list)
    purpose: Callable[[], Purpose] | None = None  # whose requests they are, if not the export's own
    learn: Callable[[str, int, str], None] = lambda module, record_id, label: None  # what a record is called
    read_whole: SeenIds = field(default_factory=SeenIds)  # by a request of their own: there is no more to be had

    def why(self) -> Purpose:
        """Why a request is sent."""
        if self.purpose is not None:
            return self.purpose()
        return Purpose(lane=Lane.JOB, kind="read", sent=self._count, waiting=self._wait)

    def _count(self, kind: str) -> None:
        self.sent += 1

    def _wait(self, until: datetime) -> None:
        self.tell(waiting_until=until)

    def tell(self, *, waiting_until: datetime | None = None, finishing: bool = False) -> None:
        self.progress(Exporting(self.rows, self.total, self.sent, waiting_until, finishing))

    def go_on(self) -> None:
        if self.cancelled():
            raise ExportCancelled("The export was stopped; no file was written.")


@dataclass(frozen=True)
class Selection:
    """How a selection is read."""

    held: int
    singly: list[int]
    pages: int = 0
    from_pages: int = 0
    views: tuple[int, ...] = ()


class ExportReader:
    """Reads for exports of one account."""

    def __init__(self, client: CrmClient, views: Callable[[str], Awaitable[list[View]]]) -> None:
        self._client = client
        self._views = views

    async def batches(self, course: Course, what: Exported) -> AsyncGenerator[Records, None]:
        """Records in batches of about a page, each record once."""
        if isinstance(what, SelectedRecords):
            reading = self._selected(course, what)
        else:
            minus = what.minus
            reading = self._all(course, lambda down: self.fetch(course.spec, what, course.why(), down=down), minus)
        async with aclosing(reading) as batches:
            async for records in batches:
                yield records

    async def _all(
        self, course: Course, fetch: Callable[[bool], Fetch], minus: frozenset[int]
    ) -> AsyncGenerator[Records, None]:
        """All pages; what moved over a page's edge while reading is looked for once, from the other end."""
        seen, most = SeenIds(), 0
        for descending in (False, True):
            async with aclosing(in_order(fetch(descending))) as pages:
                async for page in pages:
                    most = max(most, page.total or 0)
                    course.total = None if page.total is None else max(0, page.total - len(minus))
                    yield [
                        record
                        for record_id, record in zip(page.ids, page.records(), strict=True)
                        if seen.add(record_id) and record_id not in minus
                    ]
            if len(seen) >= most:
                return

    def fetch(
        self,
        spec: ModuleSpec,
        what: WholeView | FilteredRecords,
        why: Purpose,
        *,
        down: bool = False,
        per_page: int = PAGE,
    ) -> Fetch:
        """How a page of what is exported is asked for; tasks and plain lists know no order."""
        if isinstance(what, WholeView) and spec.key == "tasks":
            return lambda number: requests.tasks_page(self._client, str(what.view_id), number, why)
        if isinstance(what, WholeView) and spec.view_path is None:
            return lambda number: requests.listing_page(self._client, spec, number, why)

        async def fetch(number: int) -> Page:
            order: dict[str, Any] = {"per_page": per_page, "sort": "created_at", "descending": down, "why": why}
            if isinstance(what, WholeView):
                return await requests.view_page(self._client, spec, what.view_id, number, **order)
            return await filtered(self._client, spec, what.rules, number, include=spec.list_include, **order)

        return fetch

    async def selection(
        self,
        spec: ModuleSpec,
        what: SelectedRecords,
        loaded: Loaded,
        why: Purpose,
    ) -> Selection:
        """How to read records that were picked: those at hand, the views that hold all, or one by one; what is less."""
        held = [row.id for row in what.rows if loaded(row.id) is not None]
        unknown = list(dict.fromkeys(row.id for row in what.rows if loaded(row.id) is None))
        if len(unknown) <= 2 or not spec.view_path:
            return Selection(len(held), unknown)
        covering = requests.covering_views(spec, await self._views(spec.key)) or []
        total = 0
        for view in covering:
            if len(unknown) <= len(covering):
                return Selection(len(held), unknown)
            total += (await self.fetch(spec, WholeView(spec.key, view.id), why, per_page=1)(1)).total or 0
        pages = math.ceil(total / PAGE) + max(0, len(covering) - 1)
        if not covering or pages >= len(unknown):
            return Selection(len(held), unknown)
        return Selection(len(held), [], pages, len(unknown), tuple(view.id for view in covering))

    async def _selected(self, course: Course, what: SelectedRecords) -> AsyncGenerator[Records, None]:
        course.total = len(dict.fromkeys(row.id for row in what.rows))
        way = await self.selection(course.spec, what, course.loaded, course.why())
        ids = list(dict.fromkeys(row.id for row in what.rows))
        held = [record for record_id in ids if (record := course.loaded(record_id)) is not None]
        for start in range(0, len(held), _TOGETHER):
            yield held[start : start + _TOGETHER]
        if way.views:
            wanted = {record_id for record_id in ids if course.loaded(record_id) is None}
            async with aclosing(self._from_views(course, way.views, wanted)) as batches:
                async for records in batches:
                    yield records
            way = replace(way, singly=[record_id for record_id in ids if record_id in wanted])
        for start in range(0, len(way.singly), _TOGETHER):
            found = await self.one_by_one(course, way.singly[start : start + _TOGETHER])
            yield [record for record in found if record is not None]

    async def _from_views(
        self, course: Course, views: tuple[int, ...], wanted: set[int]
    ) -> AsyncGenerator[Records, None]:
        """The wanted records from whole views, until all are found; they are taken out of `wanted`."""
        for view in views:
            fetch = self.fetch(course.spec, WholeView(course.spec.key, view), course.why())
            async with aclosing(in_order(fetch)) as pages:
                async for page in pages:
                    found = []
                    for record_id, record in zip(page.ids, page.records(), strict=True):
                        if record_id in wanted:
                            wanted.discard(record_id)
                            found.append(record)
                    yield found
                    if not wanted:
                        return

    async def one_by_one(self, course: Course, ids: Sequence[int]) -> list[Mapping[str, Any] | None]:
        """Records by single requests, in their order; None where one is gone."""
        found: dict[int, Mapping[str, Any] | None] = {}
        waiting = iter(ids)

        async def some() -> None:
            for record_id in waiting:
                course.go_on()
                try:
                    record = await requests.one(
                        self._client, course.spec, record_id, include=embeds(course.spec), why=course.why()
                    )
                    found[record_id] = with_sets(record)
                    for label in labels_beside(record):
                        course.learn(*label)
                    course.read_whole.add(record_id)
                except NotFound:
                    found[record_id] = None
                    course.gone.append(record_id)

        await together(*(some() for _ in range(AHEAD)))
        return [found[record_id] for record_id in ids]
