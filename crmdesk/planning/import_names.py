"""Records that cells call by name, such as a deal's account: found by look-ups, or by reading their whole module."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing

from crmdesk.changes.reader import PAGE
from crmdesk.crm import requests
from crmdesk.crm.client import CrmClient, Purpose
from crmdesk.crm.kinds import Kind, kind_of
from crmdesk.crm.modules import Modules, ModuleSpec
from crmdesk.crm.naming import KnownNames, lookup_module
from crmdesk.crm.paging import View
from crmdesk.crm.schema import Schema
from crmdesk.crm.search import lookup
from crmdesk.crm.values import whole
from crmdesk.files.mapping import Match
from crmdesk.files.tables import NOT_LOADED_TEXT, Table
from crmdesk.planning.export_reading import ExportReader
from crmdesk.planning.intents import WholeView
from crmdesk.planning.pages import in_order
from crmdesk.planning.reassign import ReadCost

_MOST_NAMES = 20_000  # of one module; a file that names more has ids for them

Wanted = Mapping[str, frozenset[str]]  # by module, the names that cells say, without case


class LookupNames:
    """Finds records by name in the cheaper of two ways."""

    def __init__(self, client: CrmClient, modules: Modules, views: Callable[[str], Awaitable[list[View]]]) -> None:
        self._client = client
        self._modules = modules
        self._views = views
        self._pages = ExportReader(client, views)

    def wanted(self, spec: ModuleSpec, schema: Schema, table: Table, matches: Sequence[Match]) -> Wanted:
        """The names that stand in the file's columns of look-ups; ids need no finding. Blocks."""
        columns: dict[int, str] = {}
        for match in matches:
            told = schema.fields.get(match.field or "")
            if told is not None and kind_of(spec, told) is Kind.LOOKUP:
                module = lookup_module(spec, told)
                if module is not None:
                    columns[match.column.index] = module
        found: dict[str, set[str]] = {module: set() for module in columns.values()}
        for row in table.rows() if columns else ():
            for place, module in columns.items():
                text = (row.cell(place) or "").strip()
                said = text and text != NOT_LOADED_TEXT and whole(text.removeprefix("#")) is None
                if said and len(found[module]) < _MOST_NAMES:
                    found[module].add(text.casefold())
        return {module: frozenset(names) for module, names in found.items() if names}

    async def cost(self, wanted: Wanted) -> ReadCost:
        """What finding them takes; one small request a view."""
        total, parts = 0, []
        for module, names in wanted.items():
            spec = self._modules.get(module)
            views, pages = await self._reading(spec)
            count = self._requests(spec, names, views, pages)
            total += count
            what = spec.singular if len(names) == 1 else spec.plural
            parts.append(f"{len(names):,} {what.lower()} by name: {count:,} request{'' if count == 1 else 's'}")
        return ReadCost(total, "; ".join(parts) or "no record is named")

    async def learn(self, wanted: Wanted, names: KnownNames) -> None:
        """Finds them, and tells `names`."""
        for module, texts in wanted.items():
            spec = self._modules.get(module)
            views, pages = await self._reading(spec) if len(texts) > 1 else ([], 0)
            if views and pages < len(texts):
                await self._read(spec, views, texts, names)
            else:
                await self._look_up(spec, texts, names)

    @staticmethod
    def _requests(spec: ModuleSpec, names: frozenset[str], views: Sequence[int], pages: int) -> int:
        return pages if views and pages < len(names) else len(names) if spec.search_entity is not None else 0

    async def _reading(self, spec: ModuleSpec) -> tuple[list[int], int]:
        """The views that hold all of a module, and how many pages that is."""
        if spec.view_path is None:
            return [], 0
        covering = requests.covering_views(spec, await self._views(spec.key)) or []
        pages = 0
        for view in covering:
            fetch = self._pages.fetch(spec, WholeView(spec.key, view.id), Purpose(kind="read"), per_page=1)
            pages += max(1, math.ceil(((await fetch(1)).total or 0) / PAGE))
        return [view.id for view in covering], pages

    async def _read(self, spec: ModuleSpec, views: Sequence[int], texts: frozenset[str], names: KnownNames) -> None:
        for view in views:
            fetch = self._pages.fetch(spec, WholeView(spec.key, view), Purpose(kind="read"))
            async with aclosing(in_order(fetch)) as pages:
                async for page in pages:
                    for record in page.records():
                        for label in {spec.label(record), str(record.get("email") or "")}:
                            if label.casefold() in texts:
                                names.learn(spec.key, int(record["id"]), label)

    async def _look_up(self, spec: ModuleSpec, texts: frozenset[str], names: KnownNames) -> None:
        if spec.search_entity is None:
            return
        for text in sorted(texts):
            named = "emails" if spec.key == "contacts" and "@" in text else "name"
            for hit in await lookup(self._client, text, named, [spec]):
                names.learn(spec.key, hit.id, text)
