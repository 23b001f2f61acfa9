"""Finds records as one types, for lookups: waits until typing rests, remembers answers, never blocks the window."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from crmdesk.config.errors import InputError
from crmdesk.crm.errors import CrmError
from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.naming import lookup_module
from crmdesk.crm.schema import Field
from crmdesk.ui.browse.values import folded
from crmdesk.ui.editors.options import Option, fitting
from crmdesk.ui.window.workspace import Desk

if TYPE_CHECKING:
    from crmdesk.crm.search import Hit

REST = 300  # milliseconds without a key before the CRM is asked
LEAST = 2  # characters
MOST = 20  # records in the list
KEPT = 200  # answers, the latest
ANY_RECORD = ("contacts", "sales_accounts", "deals")


def modules_of(desk: Desk, spec: ModuleSpec, field: Field, of: Callable[[str], Any]) -> tuple[ModuleSpec, ...]:
    """The modules whose records a lookup may point to; several when the schema doesn't say."""
    modules = desk.session.modules
    if field.name == "targetable_id":
        target = of("targetable_type")
        one = modules.of_target_type(target) if isinstance(target, str) else None
        return (one,) if one is not None else ()
    told = lookup_module(spec, field)
    found = []
    for name in (told,) if told else ANY_RECORD:
        try:
            found.append(modules.get(name))
        except InputError:
            continue
    return tuple(found)


class Finder(QObject):
    """One search at a time; `found` carries (text, options), `failed` (text, error)."""

    found = Signal(str, object)
    failed = Signal(str, object)
    named = Signal(object, str)  # id, name

    def __init__(self, desk: Desk, modules: Sequence[ModuleSpec], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.modules = tuple(modules)
        self._answers: OrderedDict[str, list[Option]] = OrderedDict()
        self.names: dict[int, str] = {}
        self._asked_names: set[int] = set()
        self._text = ""
        self._task: asyncio.Task[list[Option]] | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self._ask)

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited, or is about to be asked for."""
        return self._rest.isActive() or self._task is not None

    def want(self, text: str) -> None:
        """Find records for a text; what was wanted before is dropped."""
        self.stop()
        self._text = " ".join(text.split())
        if len(self._text) < LEAST:
            return
        known = self._known(self._text)
        if known is not None:
            self.found.emit(self._text, self._as_written(self._text, known))
        else:
            self._rest.start()

    def stop(self) -> None:
        """Nothing is wanted any more."""
        self._rest.stop()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def name(self, record_id: int) -> None:
        """Ask once what a record is called; `named` follows if it can be read."""
        if record_id in self.names or record_id in self._asked_names or len(self.modules) != 1:
            return
        self._asked_names.add(record_id)
        self._desk.tasks.start(
            self._read_name(self.modules[0], record_id),
            owner=self,
            on_done=lambda name: self._learn_name(record_id, name),
            on_failed=self._no_name,
        )

    def _no_name(self, error: BaseException) -> None:
        """The id is shown then, and can be read as well."""
        if not isinstance(error, CrmError):
            self._desk.say_error(error, "Reading the name of a record")

    def _learn_name(self, record_id: int, name: str) -> None:
        self.names[record_id] = name
        self.named.emit(record_id, name)

    async def _read_name(self, spec: ModuleSpec, record_id: int) -> str:
        from crmdesk.crm import requests

        record = await requests.one(self._desk.session.client, spec, record_id)
        return spec.label(record.fields)

    def _known(self, text: str) -> list[Option] | None:
        """An answer that was given, or what is left of a complete one for the beginning of the text."""
        key = folded(text)
        if key in self._answers:
            self._answers.move_to_end(key)
            return self._answers[key]
        for end in range(len(key) - 1, LEAST - 1, -1):
            shorter = self._answers.get(key[:end])
            if shorter is not None and 0 < len(shorter) < MOST:
                return fitting(shorter, text) or None
        return None

    def _ask(self) -> None:
        text = self._text
        self._task = self._desk.tasks.start(
            self._search(text),
            owner=self,
            on_done=lambda options: self._arrived(text, options),
            on_failed=lambda error: self._lost(text, error),
        )

    async def _search(self, text: str) -> list[Option]:
        from crmdesk.crm import search

        hits = await search.search(self._desk.session.client, text, self.modules, MOST)
        return [self._option(hit) for hit in hits]

    def _option(self, hit: Hit) -> Option:
        several = len(self.modules) > 1
        singular: Mapping[str, str] = {spec.key: spec.singular for spec in self.modules}
        told = (singular.get(hit.module, hit.module) if several else "", hit.detail, str(hit.id))
        return Option(hit.id, hit.label, " · ".join(filter(None, told)))

    def _as_written(self, text: str, options: Sequence[Option]) -> list[Option]:
        """The CRM's answer, and what was made from here just now, which its search does not know yet."""
        from crmdesk.ui.find.searching import as_written

        there = {option.value for option in options}
        written = {spec.key: self._desk.session.written(spec.key) for spec in self.modules}
        made = [self._option(hit) for hit in as_written((), text, self.modules, written) if hit.id not in there]
        self.names.update((option.value, option.label) for option in made)
        return [*made, *options]

    def _arrived(self, text: str, options: list[Option]) -> None:
        self._task = None
        self._answers[folded(text)] = options
        while len(self._answers) > KEPT:
            self._answers.popitem(last=False)
        for option in options:
            self.names[option.value] = option.label
        if text == self._text:
            self.found.emit(text, self._as_written(text, options))

    def _lost(self, text: str, error: BaseException) -> None:
        self._task = None
        if text == self._text:
            self.failed.emit(text, error)
