"""Records by their ids: a field that opens one, and a dialog that restores some."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from crmdesk.crm.module_spec import ModuleSpec
from crmdesk.crm.values import whole
from crmdesk.planning.intents import KnownRow, SelectedRecords
from crmdesk.ui.review.ask import restore_records, window_of
from crmdesk.ui.widgets import Button, label
from crmdesk.ui.window.dialogs import Dialog
from crmdesk.ui.window.workspace import Desk

_AT_THE_END = re.compile(r"/(\d{1,19})/?$")
_BETWEEN = re.compile(r"[\s,;]+")


def id_in(text: str) -> int | None:
    """The id that a text is, or that the address of a record's page ends in; None if it is neither."""
    text = text.strip()
    found = _AT_THE_END.search(text.partition("?")[0].partition("#")[0])
    record_id = whole(found[1] if found else text)
    return record_id if record_id is not None and record_id > 0 else None


class ByIdField(QWidget):
    """A line for an id, or a record page's address, and the button that opens it."""

    opened = Signal(object)

    def __init__(self, spec: ModuleSpec) -> None:
        super().__init__()
        name = spec.singular.lower()
        self.field = QLineEdit()
        self.field.setPlaceholderText(f"Id of a {name}")
        self.field.setAccessibleName(f"Id of a {name}, or its address in the browser")
        self.field.setToolTip(f"The number at the end of the {name}’s address in the browser; the address will do, too")
        self.field.setFixedWidth(180)
        self.field.returnPressed.connect(self.open)
        self.field.textChanged.connect(lambda _text: self._check())
        self.button = Button("Open", self.open)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.field)
        row.addWidget(self.button)
        self.setFocusProxy(self.field)
        self._check()

    def _check(self) -> None:
        self.button.setEnabled(id_in(self.field.text()) is not None)

    def open(self) -> None:
        """Tell the id, if there is one."""
        record_id = id_in(self.field.text())
        if record_id is not None:
            self.opened.emit(record_id)


class RestoreById(Dialog):
    """Asks for ids, since the API lists no Recycle Bin of these records."""

    def __init__(self, spec: ModuleSpec, go: Callable[[SelectedRecords], object], window: QWidget | None) -> None:
        super().__init__(window, f"Restore {spec.plural.lower()} by id", width=460)
        self._spec = spec
        names = spec.plural.lower()
        self.body.addWidget(
            label(f"The API does not list deleted {names}. Give their ids, one a line.", "muted", wrap=True)
        )
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(f"Ids of deleted {names}")
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(120)
        self.body.addWidget(self.text)
        self.note = label("", "warning", wrap=True)
        self.body.addWidget(self.note)
        self.add_button(Button("&Cancel", self.reject))
        self.button = self.add_button(Button("&Restore", self.accept, role="primary"))
        self.text.textChanged.connect(self._check)
        self.accepted.connect(lambda: go(self.what()))
        self.text.setFocus()
        self._check()

    def _ids(self) -> tuple[list[int], list[str]]:
        words = [word for word in _BETWEEN.split(self.text.toPlainText()) if word]
        found = {word: id_in(word) for word in words}
        return list(dict.fromkeys(i for i in found.values() if i is not None)), [
            w for w, i in found.items() if i is None
        ]

    def _check(self) -> None:
        ids, bad = self._ids()
        self.note.setText(f"No id: {', '.join(bad[:5])}" if bad else "")
        self.note.setVisible(bool(bad))
        noun = self._spec.singular.lower() if len(ids) == 1 else self._spec.plural.lower()
        self.button.setText(f"&Restore {len(ids):,} {noun}" if ids else "&Restore")
        self.button.setEnabled(bool(ids) and not bad)

    def what(self) -> SelectedRecords:
        """The records that were named."""
        return SelectedRecords(self._spec.key, tuple(KnownRow(record_id) for record_id in self._ids()[0]))


def restore_by_id(desk: Desk, spec: ModuleSpec, widget: QWidget | None = None) -> RestoreById:
    """Ask for ids, then restore: a few at once, many after a look at the plan."""
    dialog = RestoreById(spec, lambda what: restore_records(desk, what), window_of(desk, widget))
    dialog.open()
    return dialog
