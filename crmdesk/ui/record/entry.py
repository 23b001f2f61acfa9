"""The fields of a record that is yet to be made: an open editor each, those that are required first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from crmdesk.crm.checks import READ_ONLY, mandatory, unique
from crmdesk.crm.kinds import Kind, kind_of
from crmdesk.crm.record_rules import NEEDED_AT_CREATION, ONE_NEEDED_AT_CREATION
from crmdesk.crm.schema import Field, Schema
from crmdesk.crm.values import NOT_LOADED
from crmdesk.ui.editors import EditContext, FieldEditor, can_edit, editor_for
from crmdesk.ui.record.values import replaced
from crmdesk.ui.widgets import Button, SectionTitle, label

LABEL_WIDTH = 140
REQUIRED, MORE = "Required", "More fields"
ONE_OF = "At least one of these"


class EntryFields(QWidget):
    """Editors by field. `changed`: something was typed or picked; `settled`: an editor was left with a good value."""

    changed = Signal()
    settled = Signal()

    def __init__(self, context: EditContext, schema: Schema, *, all_shown: bool) -> None:
        super().__init__()
        self.context = context
        self.schema = schema
        self.editors: dict[str, FieldEditor] = {}
        self._sources: dict[str, Any] = {}
        # A clone has what its original has.
        self._needed = () if all_shown else NEEDED_AT_CREATION.get(context.spec.key, ())
        self._one_needed = () if all_shown else ONE_NEEDED_AT_CREATION.get(context.spec.key, ())
        self.rest = QWidget()
        self._rest_column = QVBoxLayout(self.rest)
        self._rest_column.setContentsMargins(0, 0, 0, 0)
        self._rest_column.setSpacing(12)
        self.unfold = Button("", self._toggle, role="link", icon=context.desk.theme.icon("chevron-right"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        first, one_of, others = self._sorted()
        for title, fields in ((REQUIRED, first), (ONE_OF, one_of)):
            if fields:
                column.addWidget(self._group(title, fields))
        count = 0
        for title, fields in others:
            self._rest_column.addWidget(self._group(title, fields))
            count += len(fields)
        self._count = count
        column.addWidget(self.unfold)
        column.addWidget(self.rest)
        self.unfold.setVisible(count > 0 and bool(first))
        self._show_rest(all_shown or not first)
        context.of = self.value_of
        self._in_order()

    # -- values -------------------------------------------------------------------------------------------

    def value_of(self, name: str) -> Any:
        """What the form holds now for a field; NOT_LOADED for one that is not in it."""
        editor = self.editors.get(name)
        return NOT_LOADED if editor is None else editor.value()

    def fill(self, values: Mapping[str, Any]) -> None:
        """Values that stand in the form from the start and count as entered."""
        for name, value in values.items():
            editor = self.editors.get(name)
            if editor is not None:
                editor.set_value(value)
        if any(name in self.editors and name not in self._first for name in values):
            self._show_rest(True)

    def set_source(self, values: Mapping[str, Any]) -> None:
        """Values of the record that is cloned: only what differs from them is sent."""
        self._sources = dict(values)
        self.fill(values)

    def values(self) -> dict[str, Any]:
        """What is entered: fields that hold something, or for a clone those that differ; normal form."""
        found = {}
        for name, editor in self.editors.items():
            value = editor.value()
            if value != self._sources.get(name):
                found[name] = value
        return found

    def kinds(self) -> dict[str, Kind]:
        """The kinds of what is entered."""
        return {name: self.kind(name) for name in self.values()}

    def kind(self, name: str) -> Kind:
        """The kind of a field."""
        return kind_of(self.context.spec, self.schema.fields[name])

    def check(self) -> bool:
        """Whether every editor holds; the first that doesn't gets the keyboard."""
        wrong = [editor for editor in self.editors.values() if not editor.check()]
        self.show_first(wrong)
        return not wrong

    def show_problems(self, problems: Mapping[str, str]) -> list[str]:
        """Problems below their fields; those of fields that are not here are given back."""
        there = [name for name in problems if name in self.editors]
        for name in there:
            self.editors[name].set_problem(problems[name])
        self.show_first([self.editors[name] for name in there])
        return [text for name, text in problems.items() if name not in self.editors]

    def show_first(self, editors: Sequence[FieldEditor]) -> None:
        """Give the keyboard to the first, unfolded if need be."""
        if editors:
            if self.rest.isAncestorOf(editors[0]):
                self._show_rest(True)
            editors[0].setFocus(Qt.FocusReason.OtherFocusReason)

    # -- making -------------------------------------------------------------------------------------------

    def _sorted(self) -> tuple[list[Field], list[Field], list[tuple[str, list[Field]]]]:
        """The required fields, those of which one is required, and the others by section."""
        spec = self.context.spec
        first: list[Field] = []
        one_of: list[Field] = []
        others: list[tuple[str, list[Field]]] = []
        for section in self.schema.sections:
            inside: list[Field] = []
            for field in section.fields:
                hidden = not field.visible or field.name in READ_ONLY
                if hidden or not can_edit(field, self.context) or replaced(field.name, self.schema):
                    continue
                if mandatory(spec, field) or field.name in self._needed:
                    first.append(field)
                else:
                    (one_of if field.name in self._one_needed else inside).append(field)
            if inside:
                others.append((section.label or MORE, inside))
        self._starred = {field.name for field in first}
        self._first = self._starred | {field.name for field in one_of}
        return first, one_of, others

    def _group(self, title: str, fields: Sequence[Field]) -> QWidget:
        box = QWidget()
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        grid.setColumnStretch(1, 1)
        grid.addWidget(SectionTitle(title), 0, 0, 1, 2)
        for place, field in enumerate(fields, 1):
            starred = field.name in self._starred
            editor = editor_for(replace(field, required=True) if starred else field, self.context)
            editor.set_value(None)
            alone = unique(self.context.spec, field.name).unique is True
            name = label(
                field.label + (" *" if starred else "") + (" · unique" if alone else ""),
                "muted",
                wrap=True,
            )
            name.setFixedWidth(LABEL_WIDTH)
            name.setContentsMargins(0, 5, 0, 0)
            name.setToolTip(field.hint)
            name.setBuddy(editor)
            grid.addWidget(name, place, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(editor, place, 1, Qt.AlignmentFlag.AlignTop)
            editor.changed.connect(self.changed)
            editor.committed.connect(partial(self._settled, editor))
            editor.restored.connect(self.settled)
            self.editors[field.name] = editor
        return box

    def _settled(self, editor: FieldEditor) -> None:
        if editor.touched:
            editor.set_value(editor.value())
        self.settled.emit()

    def _in_order(self) -> None:
        before: QWidget | None = None
        for editor in self.editors.values():
            if before is not None:
                QWidget.setTabOrder(before, editor)
            before = editor

    def _toggle(self) -> None:
        self._show_rest(self.rest.isHidden())

    def _show_rest(self, shown: bool) -> None:
        self.rest.setVisible(shown)
        theme = self.context.desk.theme
        self.unfold.setIcon(theme.icon("chevron-down" if shown else "chevron-right"))
        self.unfold.setText(f"Fewer fields ({self._count})" if shown else f"More fields ({self._count})")
