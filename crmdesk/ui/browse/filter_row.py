"""One line of the filter builder: field, operator, and the editor that the field's values need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from crmdesk.crm.kinds import LIST_KINDS, Kind
from crmdesk.crm.schema import Field
from crmdesk.ui.browse.filters import Rule, operator_of, operators
from crmdesk.ui.editors import EditContext, FieldEditor, editor_for
from crmdesk.ui.editors.chips import ChipsEditor
from crmdesk.ui.editors.text import LineEditor
from crmdesk.ui.widgets import Button

_SEVERAL = {Kind.CHOICE_ID: Kind.MULTI_ID, Kind.USER: Kind.MULTI_ID, Kind.CHOICE_TEXT: Kind.MULTI_TEXT}
_AS_TEXT = frozenset((Kind.EMAILS, Kind.PHONES, Kind.RAW, Kind.LONG_TEXT, Kind.ZONE))


class FilterContext(EditContext):
    """Any value may be compared with; `several` picks some of what a record has one of."""

    several = False
    plain = False

    def kind(self, field: Field) -> Kind:
        """The kind that the editor edits."""
        kind = super().kind(field)
        if self.plain:
            return Kind.TEXT
        return _SEVERAL.get(kind, kind) if self.several else kind

    def check(self, _field: Field, _value: Any) -> str | None:
        """Whatever can be read can be compared with."""
        return None


class FilterRow(QWidget):
    """Tells `changed` at every change, `removed` when it is to go."""

    changed = Signal()
    removed = Signal(object)

    def __init__(self, context: FilterContext, fields: Sequence[Field], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._fields = {field.name: field for field in fields}
        self.editor: FieldEditor | None = None
        self.field = QComboBox()
        self.field.setAccessibleName("Field")
        self.field.setMaxVisibleItems(20)
        for field in fields:
            self.field.addItem(field.label, field.name)
        self.field.setFixedWidth(180)
        self.operator = QComboBox()
        self.operator.setAccessibleName("How it is compared")
        self.operator.setFixedWidth(130)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addWidget(self.field)
        self._row.addWidget(self.operator)
        self._gap = QWidget()
        self._gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._row.addWidget(self._gap, 1)
        icon = context.desk.theme.icon("close")
        self._row.addWidget(
            Button("", lambda: self.removed.emit(self), role="quiet", icon=icon, hint="Take this rule away")
        )
        self.field.currentIndexChanged.connect(lambda _at: self._field_chosen())
        self.operator.currentIndexChanged.connect(lambda _at: self._operator_chosen())
        self._field_chosen()

    @property
    def _now(self) -> Field:
        return self._fields[self.field.currentData()]

    @property
    def _kind(self) -> Kind:
        return EditContext.kind(self._context, self._now)

    def show_rule(self, rule: Rule) -> None:
        """Show a rule, as clicks and typing would."""
        self.field.setCurrentIndex(max(0, self.field.findData(rule.field)))
        self.operator.setCurrentIndex(max(0, self.operator.findData(rule.operator)))
        if self.editor is not None:
            one = self._wraps and isinstance(rule.value, list) and rule.value
            self.editor.set_value(rule.value[0] if one else rule.value)
            self.editor.touched = True

    def _field_chosen(self) -> None:
        self.operator.blockSignals(True)
        self.operator.clear()
        for operator in operators(self._kind):
            self.operator.addItem(operator.label, operator.name)
        self.operator.blockSignals(False)
        self._operator_chosen()

    @property
    def _wraps(self) -> bool:
        """Whether the editor edits one value where the operator takes several (records looked up)."""
        found = operator_of(self._kind, self.operator.currentData())
        return found is not None and found.several and self._kind is Kind.LOOKUP

    def _operator_chosen(self) -> None:
        found = operator_of(self._kind, self.operator.currentData())
        if self.editor is not None:
            self._row.removeWidget(self.editor)
            self.editor.hide()
            self.editor.deleteLater()
            self.editor = None
        wanted = found is not None and found.needs_value
        self._gap.setVisible(not wanted)
        if wanted and found is not None:
            self.editor = self._make(several=found.several)
            self.editor.set_value(None)
            self.editor.changed.connect(self.changed)
            self._row.insertWidget(2, self.editor, 1)
        self.changed.emit()

    def _make(self, *, several: bool) -> FieldEditor:
        source = self._context
        context = FilterContext(source.desk, source.spec, source.known)
        if self._kind in _AS_TEXT or (self._kind in LIST_KINDS and not several):
            context.plain = True
            return LineEditor(self._now, context, self)
        if several and (self._kind in _SEVERAL or self._kind in LIST_KINDS):
            context.several = True
            return ChipsEditor(self._now, context, self)
        return editor_for(self._now, context, self)

    def rule(self) -> Rule | None:
        """What the line says; None while it is not complete."""
        field = self._now
        found = operator_of(self._kind, self.operator.currentData())
        if found is None:
            return None
        value = None
        if found.needs_value:
            value = self.editor.value() if self.editor is not None else None
            if value is None or value == []:
                return None
            if self._wraps:
                value = [value]
        return Rule(field.name, found.name, value, self._kind, field.custom)
