"""Which editor edits which kind of field."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from crmdesk.crm.kinds import Kind
from crmdesk.crm.schema import Field
from crmdesk.ui.editors.base import FieldEditor
from crmdesk.ui.editors.chips import ChipsEditor
from crmdesk.ui.editors.choose import CheckboxEditor, ChoiceEditor, RadioEditor
from crmdesk.ui.editors.context import EditContext
from crmdesk.ui.editors.groups import GroupEditor
from crmdesk.ui.editors.lookup import LookupEditor
from crmdesk.ui.editors.text import LineEditor, LongTextEditor, NumberEditor, ReadOnlyEditor
from crmdesk.ui.editors.times import DateEditor, TimeEditor

MOST_RADIO_BUTTONS = 6  # more of them are a list

EDITORS: dict[Kind, type[FieldEditor]] = {
    Kind.RAW: ReadOnlyEditor,
    Kind.TEXT: LineEditor,
    Kind.LONG_TEXT: LongTextEditor,
    Kind.NUMBER: NumberEditor,
    Kind.DECIMAL: NumberEditor,
    Kind.MONEY: NumberEditor,
    Kind.DATE: DateEditor,
    Kind.TIME: TimeEditor,
    Kind.CHECKBOX: CheckboxEditor,
    Kind.CHOICE_ID: ChoiceEditor,
    Kind.CHOICE_TEXT: ChoiceEditor,
    Kind.MULTI_ID: ChipsEditor,
    Kind.MULTI_TEXT: ChipsEditor,
    Kind.LOOKUP: LookupEditor,
    Kind.USER: ChoiceEditor,
    Kind.EMAILS: GroupEditor,
    Kind.PHONES: GroupEditor,
    Kind.TAGS: ChipsEditor,
    Kind.SUBSCRIPTION: ChipsEditor,
    Kind.LINE: ReadOnlyEditor,
    Kind.ZONE: ChoiceEditor,
    Kind.URL: LineEditor,
    Kind.EMAIL: LineEditor,
    Kind.PHONE: LineEditor,
}


def editor_for(field: Field, context: EditContext, parent: QWidget | None = None) -> FieldEditor:
    """The editor of a field; one that can't be edited gets its value as text that can be selected."""
    kind = context.kind(field)
    if not can_edit(field, context):
        return ReadOnlyEditor(field, context, parent)
    if field.type == "radio" and 0 < len(field.choices) <= MOST_RADIO_BUTTONS:
        return RadioEditor(field, context, parent)
    return EDITORS[kind](field, context, parent)


def can_edit(field: Field, context: EditContext) -> bool:
    """Whether there is an editor that changes this field."""
    return field.editable and EDITORS[context.kind(field)] is not ReadOnlyEditor
