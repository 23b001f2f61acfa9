"""The editor of e-mail addresses and of phone numbers: a line each, one of them the primary one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from crmdesk.crm.kinds import Kind, normal
from crmdesk.crm.schema import Field
from crmdesk.ui.editors.base import FieldEditor
from crmdesk.ui.editors.context import EditContext
from crmdesk.ui.widgets import Button


class Entry(QWidget):
    """One address or number: primary, the text, and the button that takes it away."""

    def __init__(self, editor: GroupEditor, held: Mapping[str, Any]) -> None:
        super().__init__()
        self.held = dict(held)
        noun = editor.noun
        self.primary = QRadioButton()
        self.primary.setToolTip(f"The primary {noun}")
        self.line = QLineEdit(str(held.get("value") or ""))
        self.line.setCursorPosition(0)
        self.line.setPlaceholderText(editor.sample)
        if held.get("label"):
            self.line.setToolTip(str(held["label"]))
        self.remove = Button("", role="quiet", icon=editor.context.desk.theme.icon("close"), hint=f"Remove this {noun}")
        self.remove.setProperty("small", True)
        self.remove.setFixedWidth(26)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.primary)
        row.addWidget(self.line, 1)
        row.addWidget(self.remove)

    def value(self) -> dict[str, Any]:
        """The entry in normal form; its label stays."""
        return {**self.held, "value": self.line.text().strip(), "is_primary": self.primary.isChecked()}


class GroupEditor(FieldEditor):
    """Add, remove, change, and say which one is primary."""

    def __init__(self, field: Field, context: EditContext, parent: QWidget | None = None) -> None:
        super().__init__(field, context, parent)
        self.kind = context.kind(field)
        mails = self.kind is Kind.EMAILS
        self.noun, self.sample = ("address", "name@example.com") if mails else ("number", "+49 30 123456")
        self.entries: list[Entry] = []
        self._strange: Any = None
        self._buttons = QButtonGroup(self)
        self._box = QWidget()
        self._rows = QVBoxLayout(self._box)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(4)
        self.add_button = Button(f"Add {'an' if mails else 'a'} {self.noun}", self.add, role="link")
        self.take(self.add_button)
        self.place(self._box, self.add_button)

    def show_value(self, value: Any) -> None:
        """A line for each entry; an empty one when there is none."""
        for entry in self.entries:
            self._drop_entry(entry)
        self.entries = []
        listed = value if isinstance(value, list) else None
        self._strange = value if listed is None else None
        for held in listed or ({"value": "", "is_primary": self.kind is Kind.EMAILS},):
            self._append(held if isinstance(held, Mapping) else {"value": str(held)})

    def read(self) -> Any:
        """The entries that hold something, in their order; None when there is none."""
        found = [entry.value() for entry in self.entries if entry.line.text().strip()]
        return normal(self.kind, found) if found else self._strange

    def add(self) -> None:
        """One more line to type in."""
        entry = self._append({"value": "", "is_primary": not self.entries and self.kind is Kind.EMAILS})
        entry.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def begin(self) -> None:
        """The first line has the keyboard."""
        target = self.entries[0].line if self.entries else self.add_button
        target.setFocus(Qt.FocusReason.OtherFocusReason)
        if self.entries:
            self.entries[0].line.selectAll()

    def _append(self, held: Mapping[str, Any]) -> Entry:
        entry = Entry(self, held)
        self._buttons.setExclusive(False)
        self._buttons.addButton(entry.primary)
        entry.primary.setChecked(held.get("is_primary") is True)
        self._buttons.setExclusive(True)
        number = len(self.entries) + 1
        entry.line.setAccessibleName(f"{self.spoken} {number}")
        entry.primary.setAccessibleName(f"{self.field.label} {number} is the primary {self.noun}")
        entry.line.textEdited.connect(lambda _text: self._edited())
        entry.primary.clicked.connect(lambda _checked=False: self._edited())
        entry.remove.clicked.connect(lambda _checked=False: self._remove(entry))
        self._rows.addWidget(entry)
        self.entries.append(entry)
        self.take(entry.line, entry.primary, entry.remove)
        return entry

    def _edited(self) -> None:
        self._strange = None
        self.touch()

    def _remove(self, entry: Entry) -> None:
        if entry not in self.entries:
            return
        was_primary = entry.primary.isChecked()
        self.entries.remove(entry)
        self._drop_entry(entry)
        if was_primary and self.entries and self.kind is Kind.EMAILS:
            self.entries[0].primary.setChecked(True)
        self._edited()
        (self.entries[0].line if self.entries else self.add_button).setFocus(Qt.FocusReason.OtherFocusReason)

    def _drop_entry(self, entry: Entry) -> None:
        for part in (entry.line, entry.primary, entry.remove):
            self.drop(part)
        self._buttons.removeButton(entry.primary)
        self._rows.removeWidget(entry)
        entry.hide()
        entry.deleteLater()
