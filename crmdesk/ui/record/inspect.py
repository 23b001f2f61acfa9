"""Joins a record panel to the account: what the row holds at once, the rest by one GET when the row rests.

The fields are edited through a RecordForm, which stages; nothing is written from here.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from crmdesk.config.errors import CrmDeskError
from crmdesk.crm.embeds import embeds
from crmdesk.crm.errors import NotAllowed, NotFound
from crmdesk.crm.kinds import Kind, kind_of
from crmdesk.crm.naming import lookup_module
from crmdesk.crm.paging import Record
from crmdesk.crm.values import NOT_LOADED
from crmdesk.ui.browse.known import Known
from crmdesk.ui.browse.values import look_up
from crmdesk.ui.record.actions import RecordActions
from crmdesk.ui.record.form import RecordForm
from crmdesk.ui.record.panel import PanelActions, RecordPanel
from crmdesk.ui.record.sheet import make_sheet, names_needed
from crmdesk.ui.record.values import loaded, overlaid
from crmdesk.ui.window.workspace import Desk

REST = 150  # milliseconds on a row before its record is read
KEPT = 200  # records read, the latest
MOST_NAMED = 5  # look-ups of a record that are named by a request each


class Inspector(QObject):
    """Shows one record at a time in its panel."""

    arrived = Signal(object)  # a Record that was read

    def __init__(self, desk: Desk, known: Known, *, own_tab: bool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._known = known
        self._own_tab = own_tab
        self.record_id: int | None = None
        self._row: Mapping[str, Any] = {}
        self._read: OrderedDict[int, Mapping[str, Any]] = OrderedDict()
        self._task: asyncio.Task[Record] | None = None
        self._unsent: frozenset[str] = frozenset()  # fields that the last record read came without
        self.actions = RecordActions(desk, known.spec, self.record)
        self.panel = RecordPanel(
            desk.theme,
            PanelActions(
                self.open_in_browser,
                None if own_tab else self.open_in_tab,
                lambda key: self.form.edit(key),
                lambda key: self.form.revert(key),
                lambda: self.form.save(),
                lambda: self.form.discard(),
                self.actions.show_menu,
            ),
        )
        self.destroyed.connect(self.panel.deleteLater)  # it has no parent until the window shows it
        self.form = RecordForm(desk, known, self.panel, redraw=self._draw, read=self._read_soon, parent=self)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self._read_now)
        known.names_arrived.connect(self._draw)
        known.schema_arrived.connect(self._schema_arrived)

    @property
    def loading(self) -> bool:
        """Whether the record is being read, or about to be."""
        return self._rest.isActive() or (self._task is not None and not self._task.done())

    def show(self, record_id: int, row: Mapping[str, Any] | None) -> None:
        """Show a record: what its row holds now, what is missing once it rests."""
        if record_id != self.record_id:
            self.form.finish()
        self._stop()
        self.record_id = record_id
        self._row = row or {}
        self.panel.clear_error()
        if self._wants_reading():
            self._rest.start()
        self._draw()

    def show_none(self, title: str, text: str) -> None:
        """No record."""
        self.form.finish()
        self._stop()
        self.record_id = None
        self.form.set_record(None, {}, complete=False)
        self.panel.clear_error()
        self.panel.show_empty(title, text)

    def forget(self) -> None:
        """What was read is out of date."""
        self._read.clear()

    def _stop(self) -> None:
        self._rest.stop()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def record(self) -> tuple[int, Mapping[str, Any]] | None:
        """The record that is shown, by id and fields."""
        return None if self.record_id is None else (self.record_id, self._fields_of_row())

    def _fields_of_row(self) -> Mapping[str, Any]:
        """The row, and what was read of the record over it."""
        read = self._read.get(self.record_id or 0)
        return {**self._row, **read} if read is not None else self._row

    def _wants_reading(self) -> bool:
        if self.record_id in self._read:
            return False
        fields = self._known.fields((self._row,))
        return not self._row or any(look_up(self._row, key) is NOT_LOADED for key in fields if key != "@label")

    def _schema_arrived(self) -> None:
        if self.record_id is not None and not self.loading and self._wants_reading():
            self._rest.start()
        self._draw()

    def _draw(self) -> None:
        if self.record_id is None:
            return
        record = self._fields_of_row()
        complete = self.record_id in self._read
        self.form.set_record(self.record_id, record, complete=complete)
        if not record:
            self.panel.show_loading()
            return
        staged = self.form.staged
        shown = overlaid(record, staged)
        fields = self._known.fields((shown,))
        self._known.need_names(kind for kind in names_needed(shown, fields.values(), self._known.names.knows))
        problems = self.form.problems()
        sheet = make_sheet(
            self._known.spec,
            shown,
            fields,
            self._known.texts,
            complete=complete,
            unsent=self._unsent,
            schema=self._known.schema,
            mark=lambda line: self.form.mark(line, fields, problems),
        )
        self.panel.show_sheet(sheet, loading=self.loading)
        self.panel.show_staged(len(staged))
        self.form.after_draw()

    # -- reading -----------------------------------------------------------------------------

    def _read_soon(self) -> None:
        """A field is to be edited that is not loaded."""
        if self._task is None:
            self._rest.stop()
            self._read_now()
            self._draw()

    def _read_now(self) -> None:
        if self.record_id is None:
            return
        record_id = self.record_id
        self._task = self._desk.tasks.start(
            self._get(record_id),
            owner=self,
            on_done=lambda record: self._arrived(record_id, record),
            on_failed=lambda error: self._failed(record_id, error),
        )

    async def _get(self, record_id: int) -> Record:
        from crmdesk.crm import requests

        spec = self._known.spec
        return await requests.one(self._desk.session.client, spec, record_id, include=embeds(spec))

    def _arrived(self, record_id: int, record: Record) -> None:
        self._known.names.learn(record.side)
        self._learn_labels(record_id, record.fields)
        self._read[record_id] = record.fields
        fields = self._known.fields((record.fields,))
        self._unsent = frozenset(key for key in fields if look_up(record.fields, key) is NOT_LOADED)
        while len(self._read) > KEPT:
            self._read.popitem(last=False)
        self.arrived.emit(record)
        if record_id == self.record_id:
            self._task = None
            self._draw()
            if self._own_tab:
                self._name_lookups(record.fields)

    def _learn_labels(self, record_id: int, record: Mapping[str, Any]) -> None:
        """What this record is called, and those that it points to, for other records of the session."""
        labels, spec = self._desk.session.labels, self._known.spec
        labels.learn(spec.key, record_id, spec.label(record))
        for field in self._known.schema.fields.values() if self._known.schema is not None else ():
            module = lookup_module(spec, field) if kind_of(spec, field) is Kind.LOOKUP else None
            beside = record.get(field.name.removesuffix("_id")) if module is not None else None
            if module is not None and isinstance(beside, Mapping) and isinstance(beside.get("id"), int):
                name = beside.get("name") or beside.get("display_name")
                if isinstance(name, str) and name:
                    labels.learn(module, beside["id"], name)

    def _name_lookups(self, record: Mapping[str, Any]) -> None:
        """In a tab of its own the records that look-ups point to are named: one request each, once."""
        wanted = unnamed_lookups(self._known, record)
        if wanted:
            self._desk.tasks.start(
                self._read_names(wanted[:MOST_NAMED]), owner=self, title="Naming what the record points to"
            )

    async def _read_names(self, wanted: Sequence[tuple[str, int]]) -> None:
        from crmdesk.crm import requests

        for module, record_id in wanted:
            spec = self._desk.session.modules.get(module)
            try:
                found = await requests.one(self._desk.session.client, spec, record_id)
            except (NotFound, NotAllowed):
                continue  # the id is shown, which is all that is known
            self._known.names.learn({spec.many_key: [{"id": record_id, "name": spec.label(found.fields)}]})
        self._draw()

    def _failed(self, record_id: int, error: BaseException) -> None:
        if record_id != self.record_id:
            return
        self._task = None
        self._draw()
        remedy = error.remedy if isinstance(error, CrmDeskError) else ""
        self.panel.show_error(str(error), remedy, self.read_again)
        if not isinstance(error, CrmDeskError):
            self._desk.say_error(error, "Reading the record")

    def read_again(self) -> None:
        """Read the record anew; what is known is shown meanwhile."""
        if self._task is not None:
            self._task.cancel()
        self.panel.clear_error()
        self._read_now()
        self._draw()

    # -- going elsewhere ------------------------------------------------------------------------

    def open_in_browser(self) -> None:
        """The record's page in the person's browser."""
        if self.record_id is not None:
            open_record_page(self._desk, self._known, self.record_id)

    def open_in_tab(self) -> None:
        """The record in a tab of its own."""
        if self.record_id is not None:
            label = self._known.spec.label(self._fields_of_row() or {"id": self.record_id})
            self._desk.open("record", {"module": self._known.spec.key, "id": self.record_id, "label": label})


def unnamed_lookups(known: Known, record: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The look-ups of a record whose names did not come along: module and id."""
    found = []
    for field in known.schema.fields.values() if known.schema is not None else ():
        if kind_of(known.spec, field) is not Kind.LOOKUP:
            continue
        module, value = lookup_module(known.spec, field), loaded(known.spec, record, field)
        if module is not None and isinstance(value, int) and not known.names.knows(module, value):
            beside = record.get(field.name.removesuffix("_id"))
            if not isinstance(beside, Mapping):
                found.append((module, value))
    return list(dict.fromkeys(found))


def open_record_page(desk: Desk, known: Known, record_id: int) -> None:
    """Open a record's page of the CRM in the browser; only our own account's address is ever opened."""
    url = desk.session.address.record_page(known.spec, record_id)
    QDesktopServices.openUrl(QUrl(url))
