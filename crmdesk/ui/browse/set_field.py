"""Asks for a field and what it gets on many records: set, append, replace in text, clear. Opened, never executed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from crmdesk.crm.kinds import TEXT_KINDS
from crmdesk.crm.schema import Field
from crmdesk.planning.edit import FieldChange
from crmdesk.ui.browse.editable import Editable
from crmdesk.ui.browse.known import Known
from crmdesk.ui.widgets import Button, label
from crmdesk.ui.window.workspace import Desk

SET, APPEND, REPLACE, CLEAR = "set", "append", "replace", "clear"
WAYS = {SET: "Set to", APPEND: "Append to its text", REPLACE: "Replace in its text", CLEAR: "Clear"}


class SetField(QDialog):
    """`chosen` carries a list of one FieldChange."""

    chosen = Signal(object)

    def __init__(self, desk: Desk, known: Known, editable: Editable, count: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from crmdesk.ui.editors import EditContext, FieldEditor

        self._editable = editable
        self._context = EditContext(desk, known.spec, known)
        self.editor: FieldEditor | None = None
        noun = known.spec.plural.lower() if count != 1 else known.spec.singular.lower()
        self.setWindowTitle(f"Set a field on {count:,} {noun}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(440)
        self.field = QComboBox()
        self.field.setAccessibleName("Field")
        self.field.setMaxVisibleItems(20)
        for found in self._fields():
            self.field.addItem(found.label, found.name)
        self.way = QComboBox()
        self.way.setAccessibleName("What happens to the field")
        self.sought = QLineEdit()
        self.sought.setPlaceholderText("Text to find")
        self.sought.setAccessibleName("Text to find")
        self.text = QLineEdit()
        self.note = label("", "warning", wrap=True)
        self.note.hide()
        self._place = QVBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(label(f"Set a field on {count:,} {noun}", "title"))
        column.addWidget(label("Nothing is sent yet: the plan is shown first, and can be undone.", "muted", wrap=True))
        for part in (self.field, self.way, self.sought, self.text):
            column.addWidget(part)
        column.addLayout(self._place)
        column.addWidget(self.note)
        column.addStretch(1)
        column.addLayout(self._foot())
        self.field.currentIndexChanged.connect(lambda _at: self._field_chosen())
        self.way.currentIndexChanged.connect(lambda _at: self._way_chosen())
        self._field_chosen()

    def _fields(self) -> list[Field]:
        schema = self._editable.schema
        fields = schema.fields.values() if schema is not None else ()
        return sorted(
            (field for field in fields if not self._editable.refusal(field.name)), key=lambda field: field.label.lower()
        )

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(Button("Cancel", self.reject))
        self.done_button = Button("Show the plan", self.accept_choice, role="primary")
        row.addWidget(self.done_button)
        return row

    def _now(self) -> Field:
        schema = self._editable.schema
        assert schema is not None  # the dialog is only made with one
        return schema.fields[self.field.currentData()]

    def choose(self, field: str, way: str = SET) -> None:
        """Choose a field and a way, as clicks would."""
        self.field.setCurrentIndex(self.field.findData(field))
        self.way.setCurrentIndex(self.way.findData(way))

    def _field_chosen(self) -> None:
        text = self._editable.kind(self._now()) in TEXT_KINDS
        ways = (SET, APPEND, REPLACE, CLEAR) if text else (SET, CLEAR)
        kept = self.way.currentData()
        self.way.blockSignals(True)
        self.way.clear()
        for way in ways:
            self.way.addItem(WAYS[way], way)
        self.way.setCurrentIndex(max(0, self.way.findData(kept)))
        self.way.blockSignals(False)
        self._way_chosen(new_field=True)

    def _way_chosen(self, *, new_field: bool = False) -> None:
        from crmdesk.ui.editors import editor_for

        way = self.way.currentData()
        self.sought.setVisible(way == REPLACE)
        self.text.setVisible(way in (APPEND, REPLACE))
        hint = "Text to append" if way == APPEND else "What stands there instead; empty takes it out"
        self.text.setPlaceholderText(hint)
        self.text.setAccessibleName(hint)
        if self.editor is not None and new_field:
            self._place.removeWidget(self.editor)
            self.editor.hide()
            self.editor.deleteLater()
            self.editor = None
        if self.editor is None and way == SET:
            self.editor = editor_for(self._now(), self._context, self)
            self.editor.set_value(None)
            self._place.addWidget(self.editor)
        if self.editor is not None:
            self.editor.setVisible(way == SET)
        self._say("")

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def change(self) -> FieldChange | None:
        """What was asked for; None, and it is said, when something is missing."""
        field, way = self._now(), self.way.currentData()
        kind = self._editable.kind(field)
        if way == CLEAR:
            problem = self._context.check(field, None)
            self._say(problem or "")
            return None if problem else FieldChange(field.name, "clear", kind=kind)
        if way == SET:
            return self._set(field)
        if (way == APPEND and not self.text.text()) or (way == REPLACE and not self.sought.text()):
            self._say("Say which text.")
            return None
        return FieldChange(field.name, way, self.text.text(), self.sought.text() if way == REPLACE else "", kind)

    def _set(self, field: Field) -> FieldChange | None:
        if self.editor is None or not self.editor.check():
            return None
        value = self.editor.value()
        if value is None:
            self._say("Say the value, or choose Clear.")
            return None
        return FieldChange(field.name, "set", value, kind=self._editable.kind(field))

    def accept_choice(self) -> None:
        """Tell the change and close, if it holds."""
        change = self.change()
        if change is not None:
            self.chosen.emit([change])
            self.accept()
