"""Asks the CRM's search as one types: after a pause, one at a time, and never twice for the same words.

Search lags behind writes, so what was written from here in the last minutes is laid over what it answers.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from crmdesk.crm import search
from crmdesk.crm.module_spec import ModuleSpec
from crmdesk.crm.search import Hit
from crmdesk.ui.browse.layers import PARTS_OF_NAME
from crmdesk.ui.browse.values import folded
from crmdesk.ui.window.workspace import Desk

TYPING_RESTS = 250  # milliseconds
LEAST_LETTERS = 2
MOST_HITS = 100
KEPT = 50  # answers


class Searching(QObject):
    """Words in, hits out. Typing on cancels what is under way."""

    began = Signal()  # a request is about to be sent
    found = Signal(str, object)  # words, hits
    failed = Signal(object)

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._kept: OrderedDict[str, list[Hit]] = OrderedDict()
        self._task: asyncio.Task[list[Hit]] | None = None
        self.words = ""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(TYPING_RESTS)
        self._rest.timeout.connect(self.ask)

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited, or a request about to be sent."""
        return self._rest.isActive() or (self._task is not None and not self._task.done())

    @property
    def modules(self) -> list[ModuleSpec]:
        """What is searched."""
        return search.searchable(self._desk.session.modules.all())

    def typed(self, text: str) -> None:
        """The person typed; asked once typing rests."""
        self._stop()
        self.words = " ".join(text.split())
        kept = self._kept.get(self.words.casefold())
        if kept is not None:
            self._tell(kept)
        elif len(self.words) >= LEAST_LETTERS:
            self._rest.start()

    def forget(self) -> None:
        """Records were changed: everything is asked anew."""
        self._kept.clear()

    def ask(self) -> None:
        """Ask now."""
        self._stop()
        words = self.words
        if len(words) < LEAST_LETTERS:
            return
        self.began.emit()
        self._task = self._desk.tasks.start(
            search.search(self._desk.session.client, words, self.modules, MOST_HITS),
            owner=self,
            on_done=lambda hits: self._here(words, hits),
            on_failed=self.failed.emit,
        )

    def _here(self, words: str, hits: list[Hit]) -> None:
        self._kept[words.casefold()] = hits
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        if words == self.words:
            self._tell(hits)

    def _tell(self, hits: Sequence[Hit]) -> None:
        self.found.emit(self.words, as_written(hits, self.words, self.modules, self._written()))

    def _written(self) -> dict[str, Mapping[int, Mapping[str, Any]]]:
        return {spec.key: self._desk.session.written(spec.key) for spec in self.modules}

    def _stop(self) -> None:
        self._rest.stop()
        if self._task is not None:
            self._task.cancel()
            self._task = None


def as_written(
    hits: Iterable[Hit],
    words: str,
    modules: Iterable[ModuleSpec],
    written: Mapping[str, Mapping[int, Mapping[str, Any]]],
) -> list[Hit]:
    """Hits with the names that were written just now; written records that have the words and were not found too."""
    specs = {spec.key: spec for spec in modules}
    made: list[Hit] = []
    for hit in hits:
        fields = written.get(hit.module, {}).get(hit.id)
        if fields is None:
            made.append(hit)
        elif fields.get("is_deleted") is not True:
            made.append(replace(hit, label=_label(specs[hit.module], hit.raw, fields) or hit.label))
    there = {(hit.module, hit.id) for hit in made}
    needle = folded(words)
    for key, records in written.items():
        for record_id, fields in records.items():
            label = _label(specs[key], {}, fields)
            if label and needle in folded(label) and (key, record_id) not in there and not fields.get("is_deleted"):
                made.append(Hit(key, record_id, label, "written just now"))
    return made


def _label(spec: ModuleSpec, raw: Mapping[str, Any], fields: Mapping[str, Any]) -> str:
    """The name that the written fields give a record; empty where they don't say."""
    if "display_name" in spec.label_fields and any(part in fields for part in PARTS_OF_NAME):
        known = {**raw, **fields}
        if all(part in known for part in PARTS_OF_NAME):
            return " ".join(str(known[part]) for part in PARTS_OF_NAME if known[part])
        return ""
    return next((str(fields[name]) for name in spec.label_fields if fields.get(name)), "")
