"""Asks the CRM's search as one types: after a pause, one at a time, and never twice for the same words.

One module alone is asked for only where the answer about everything was cut off.

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
        self._kept: OrderedDict[tuple[str, str | None], list[Hit]] = OrderedDict()
        self._task: asyncio.Task[list[Hit]] | None = None
        self.words = ""
        self.only: str | None = None  # the key of the one module that is searched
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
        if not self._answer() and len(self.words) >= LEAST_LETTERS:
            self._rest.start()

    def narrow(self, only: str | None) -> None:
        """Search one module alone, or everything again."""
        self._stop()
        self.only = only
        if not self._answer():
            self.ask()

    @property
    def whole(self) -> list[Hit] | None:
        """What the search of everything told about these words, as it came; None if it wasn't asked."""
        return self._kept.get((self.words.casefold(), None))

    def _answer(self) -> bool:
        """Tell what is known already; False if it has to be asked for."""
        kept = self._kept.get((self.words.casefold(), self.only))
        if kept is None and self.whole is not None and len(self.whole) < MOST_HITS:
            kept = [hit for hit in self.whole if hit.module == self.only]
        if kept is not None:
            self._tell(kept)
        return kept is not None

    def forget(self) -> None:
        """Records were changed: everything is asked anew."""
        self._kept.clear()

    def ask(self) -> None:
        """Ask now."""
        self._stop()
        words, only = self.words, self.only
        if len(words) < LEAST_LETTERS:
            return
        self.began.emit()
        self._task = self._desk.tasks.start(
            search.search(self._desk.session.client, words, self._searched(), MOST_HITS),
            owner=self,
            on_done=lambda hits: self._here(words, only, hits),
            on_failed=self.failed.emit,
        )

    def _searched(self) -> list[ModuleSpec]:
        return [spec for spec in self.modules if self.only in (None, spec.key)]

    def _here(self, words: str, only: str | None, hits: list[Hit]) -> None:
        self._kept[words.casefold(), only] = hits
        for hit in hits:
            self._desk.session.labels.learn(hit.module, hit.id, hit.label)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        if (words, only) == (self.words, self.only):
            self._tell(hits)

    def _tell(self, hits: Sequence[Hit]) -> None:
        self.found.emit(self.words, as_written(hits, self.words, self._searched(), self._written()))

    def _written(self) -> dict[str, Mapping[int, Mapping[str, Any]]]:
        return {spec.key: self._desk.session.written(spec.key) for spec in self._searched()}

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
