"""The form in which something of a part is made or changed: editors of a module's own fields, then Save."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.crm import checks
from crmdesk.crm.kinds import Kind, kind_of
from crmdesk.crm.schema import Field
from crmdesk.crm.values import NOT_LOADED
from crmdesk.ui.editors import EditContext, FieldEditor, editor_for
from crmdesk.ui.widgets import Button, NoteBox, label

LABELS = 104
EDGE = 16
Maker = Callable[[Field, EditContext], FieldEditor]


@dataclass(frozen=True)
class Wanted:
    """What a form is about. `values`: what stands in it; `given`: what goes along unseen, when something is made."""

    title: str
    save: str
    fields: Sequence[Field]
    values: Mapping[str, Any]
    given: Mapping[str, Any]
    creating: bool = True
    current: Mapping[str, Any] | None = None  # of the record that is changed, for rules across fields
    plain: bool = False  # lines of a relation: there are no rules of a module for them


class PartForm(QFrame):
    """Editors one below the other. `submitted` carries the values (normal form): all, or what was changed."""

    submitted = Signal(object)
    cancelled = Signal()

    def __init__(self, context: EditContext, wanted: Wanted, make: Maker = editor_for) -> None:
        super().__init__()
        self.context = context
        self.wanted = wanted
        self.busy = False
        self.editors: dict[str, FieldEditor] = {}
        self.names: dict[str, QWidget] = {}
        context.of = self.value_of
        self.setProperty("ground", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(wanted.title)
        column = QVBoxLayout(self)
        column.setContentsMargins(EDGE, 12, EDGE, 12)
        column.setSpacing(8)
        column.addWidget(label(wanted.title, "strong"))
        self.note = NoteBox("", "", "warning")
        self.note.hide()
        column.addWidget(self.note)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(8)
        self.grid.setVerticalSpacing(6)
        self.grid.setColumnMinimumWidth(0, LABELS)
        self.grid.setColumnStretch(1, 1)
        column.addLayout(self.grid)
        for field in wanted.fields:
            self._add(field, make(field, context))
        column.addLayout(self._buttons())
        for keys in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            shortcut = QShortcut(QKeySequence(Qt.Modifier.CTRL | keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.submit)

    def _add(self, field: Field, editor: FieldEditor) -> None:
        required = field.required or (not self.wanted.plain and checks.mandatory(self.context.spec, field))
        name = label(field.label + (" *" if required else ""), "muted", wrap=True)
        name.setFixedWidth(LABELS)
        name.setContentsMargins(0, 5, 0, 0)
        name.setToolTip(field.hint)
        name.setBuddy(editor)
        place = self.grid.rowCount()
        self.grid.addWidget(name, place, 0, Qt.AlignmentFlag.AlignTop)
        self.grid.addWidget(editor, place, 1, Qt.AlignmentFlag.AlignTop)
        editor.set_value(self.wanted.values.get(field.name))
        editor.changed.connect(self._changed)
        self.editors[field.name] = editor
        self.names[field.name] = name

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addSpacing(LABELS + 8)
        self.save = Button(self.wanted.save, self.submit, role="primary", hint=f"{self.wanted.save} (Ctrl+Enter)")
        self.cancel = Button("Cancel", self.cancelled.emit, hint="Nothing is changed (Esc)")
        row.addWidget(self.save)
        row.addWidget(self.cancel)
        row.addStretch(1)
        return row

    # -- values --------------------------------------------------------------------------------

    def value_of(self, name: str) -> Any:
        """The value as it stands in the form; NOT_LOADED for a field that is not in it."""
        editor = self.editors.get(name)
        if editor is not None:
            return editor.value()
        return self.wanted.given.get(name, NOT_LOADED)

    def values(self) -> dict[str, Any]:
        """What is entered; of a record that is changed, what differs."""
        found = {}
        for name, editor in self.editors.items():
            value = editor.value()
            before = None if self.wanted.creating else self.wanted.values.get(name)
            if value != before:
                found[name] = value
        return found

    def kinds(self) -> dict[str, Kind]:
        """The kinds of the fields."""
        return {field.name: kind_of(self.context.spec, field) for field in self.wanted.fields}

    def show_field(self, name: str, shown: bool) -> None:
        """Show or hide a field with its label."""
        self.editors[name].setVisible(shown)
        self.names[name].setVisible(shown)

    def begin(self) -> None:
        """Take the keyboard."""
        first = next((editor for editor in self.editors.values() if not editor.isHidden()), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- saving --------------------------------------------------------------------------------

    def submit(self) -> None:
        """Check everything, then hand over what is to be saved."""
        if self.busy:
            return
        wrong = [editor for editor in self.editors.values() if not editor.isHidden() and not editor.check()]
        if wrong:
            wrong[0].setFocus(Qt.FocusReason.OtherFocusReason)
            return
        values = self.values()
        rest = self._problems(values)
        if rest is None:
            return
        self.note.set("This can’t be saved yet" if rest else "", " ".join(rest), "warning")
        self.note.setVisible(bool(rest))
        if rest:
            return
        if not values and not self.wanted.creating:
            self.cancelled.emit()
            return
        self.set_busy(True)
        self.submitted.emit(values)

    def _problems(self, values: Mapping[str, Any]) -> list[str] | None:
        """Rules of the module that are broken and belong to no field here; None where one belongs to a field."""
        if self.wanted.plain or self.context.schema is None:
            return self._missing(values)
        problems = checks.check_record(
            self.context.spec,
            self.context.schema,
            {**self.wanted.given, **values},
            creating=self.wanted.creating,
            current=self.wanted.current,
            names=self.context.names,
        )
        rest, here = [], []
        for problem in problems:
            editor = self.editors.get(problem.field)
            if editor is not None and not editor.isHidden():
                editor.set_problem(problem.message)
                here.append(editor)
            else:
                rest.append(problem.message)
        if here:
            here[0].setFocus(Qt.FocusReason.OtherFocusReason)
            return None
        return rest

    def _missing(self, values: Mapping[str, Any]) -> list[str] | None:
        for field in self.wanted.fields:
            held = values.get(field.name, self.wanted.values.get(field.name))
            if field.required and held is None:
                editor = self.editors[field.name]
                editor.set_problem(f"{field.label} can’t be blank.")
                editor.setFocus(Qt.FocusReason.OtherFocusReason)
                return None
        return []

    def set_busy(self, busy: bool) -> None:
        """While it is being saved, nothing can be changed."""
        self.busy = busy
        for part in (*self.editors.values(), self.save, self.cancel):
            part.setEnabled(not busy)
        self.save.setText("Saving…" if busy else self.wanted.save)

    def _changed(self) -> None:
        self.note.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc gives up, where the editor with the keyboard has nothing to take back."""
        if event.key() == Qt.Key.Key_Escape and not self.busy:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)
