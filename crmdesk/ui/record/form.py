"""Editing the fields of one record: opens editors in the panel, checks what comes out, and stages it.

Nothing is sent from here: what is staged is saved by Review & save.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication

from crmdesk.changes.drafts import DraftEvent, RecordKey, Staged
from crmdesk.crm.checks import check_record, mandatory, unique
from crmdesk.crm.kinds import kind_of
from crmdesk.crm.relation_table import RELATIONS
from crmdesk.crm.values import NOT_LOADED
from crmdesk.ui.browse.editable import Editable
from crmdesk.ui.browse.fields import FieldInfo
from crmdesk.ui.browse.known import Known
from crmdesk.ui.editors import EditContext, FieldEditor, editor_for
from crmdesk.ui.record.panel import RecordPanel
from crmdesk.ui.record.sheet import Line, State, text_of
from crmdesk.ui.record.values import current, loaded, replaced
from crmdesk.ui.widgets import Message
from crmdesk.ui.window.workspace import Desk

UNHELD = "record.unheld"
LINES = "They are added and taken off beside the form, in the record's own tab."
DELETED = "The record is in the Recycle Bin; restore it to edit it."


class RecordForm(QObject):
    """The edits of the record that a panel shows. `redraw` is called when the panel has to be drawn anew."""

    def __init__(
        self,
        desk: Desk,
        known: Known,
        panel: RecordPanel,
        *,
        redraw: Callable[[], None],
        read: Callable[[], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._known = known
        self._panel = panel
        self._redraw = redraw
        self._read = read
        self._editable = Editable(known)
        self.record_key: RecordKey | None = None
        self._record: Mapping[str, Any] = {}
        self._complete = False
        self._wanted = ""  # the field whose editor opens when the record has been read
        self._leave = desk.session.drafts.subscribe(self._draft_changed)
        self.destroyed.connect(_only(self._leave))

    # -- which record ---------------------------------------------------------------------------------

    @property
    def staged(self) -> Mapping[str, Staged]:
        """What is staged of the record, by field."""
        if self.record_key is None:
            return {}
        return self._desk.session.drafts.of(self._known.spec.key, self.record_key)

    def set_record(self, record_key: RecordKey | None, record: Mapping[str, Any], *, complete: bool) -> None:
        """The record that is shown; `complete`: it was read by itself."""
        if record_key != self.record_key:
            self.finish()
            self._wanted = ""
        self.record_key, self._record, self._complete = record_key, record, complete

    def after_draw(self) -> None:
        """The panel shows the record: an editor that waited for a value opens."""
        key = self._wanted
        if key and self._complete:
            self._wanted = ""
            self.edit(key)

    def context(self) -> EditContext:
        """What editors of this record need."""
        return EditContext(self._desk, self._known.spec, self._known, of=self.value, record=self._record)

    def value(self, name: str) -> Any:
        """A field as it stands: staged, else loaded, NOT_LOADED if unknown."""
        return current(self._known.spec, self._known.schema, self._record, self.staged, name)

    # -- what the lines say -----------------------------------------------------------------------------

    def problems(self) -> Mapping[str, str]:
        """What the API would say against all that is staged together, by field."""
        schema, staged = self._known.schema, self.staged
        if schema is None or not staged:
            return {}
        spec = self._known.spec
        values = {name: edit.after for name, edit in staged.items()}
        held = {name: loaded(spec, self._record, field) for name, field in schema.fields.items()}
        before = {name: value for name, value in held.items() if value is not NOT_LOADED}
        names = self.context().names
        found = check_record(spec, schema, values, creating=False, current=before, names=names)
        return {problem.field: problem.message for problem in found}

    def mark(self, line: Line, infos: Mapping[str, FieldInfo], problems: Mapping[str, str]) -> Line:
        """A line with what can be done with it and what is staged."""
        field = line.field
        spec = self._known.spec
        refusal = self._refusal(line.key) if field is not None else ""
        edit = self.staged.get(line.key)
        marked = replace(
            line,
            editable=field is not None and not refusal,
            required=field is not None and not refusal and mandatory(spec, field),
            unique=unique(spec, line.key).unique is True,
            hint=refusal,
        )
        if edit is None:
            return marked
        was = "not loaded" if edit.before is NOT_LOADED else ""
        info = infos.get(line.key)
        if info is not None and edit.before not in (NOT_LOADED, None):
            before = {**self._record, line.key: edit.before}
            if line.key.startswith("cf_"):
                before = {**self._record, "custom_field": {line.key: edit.before}}
            was = text_of(spec, info, before, self._known.texts, field)
        message = f"Not saved: {edit.message}" if edit.message else problems.get(line.key, "")
        return replace(marked, staged=True, was=was, message=message)

    def _refusal(self, key: str) -> str:
        if self._record.get("is_deleted") is True:
            return DELETED
        if replaced(key, self._known.schema):
            return "It is changed among the e-mails, which the whole record holds."
        if key == "amount" and self._known.spec.key == "documents" and self._has_products():
            return "The amount follows from the products."
        if any(relation.prefix == key and self._known.spec.key in relation.modules for relation in RELATIONS):
            return LINES
        return self._editable.refusal(key)

    def _has_products(self) -> bool:
        lines = any(name.startswith("products:") and edit.after is not None for name, edit in self.staged.items())
        return lines or self._record.get("has_products") is True or bool(self._record.get("products"))

    # -- editing ------------------------------------------------------------------------------------------

    def edit(self, key: str) -> None:
        """Open the editor of a field; a value that is not loaded is read first."""
        row = self._panel.row(key)
        line = row.line if row is not None else None
        if row is None or line is None or line.field is None or not line.editable or self.record_key is None:
            return
        if self._panel.editing is not None and not self.finish(keep=True):
            return
        row = self._panel.row(key)  # what was finished may have been drawn anew
        if row is None:
            return
        value = self.value(key)
        if value is NOT_LOADED and not self._complete and line.state is State.ABSENT:
            self._wanted = key
            self._read()
            return
        editor = editor_for(line.field, self.context())
        editor.set_value(None if value is NOT_LOADED else value)
        edit = self.staged.get(key)
        if edit is not None and edit.message:
            editor.set_problem(edit.message)
        editor.committed.connect(partial(self._committed, key, editor))
        editor.restored.connect(partial(self._close, key, editor))
        row.open(editor)
        self._panel.show_row(key)
        editor.begin()

    def finish(self, *, keep: bool = False) -> bool:
        """End the editing: what holds is staged. `keep`: an editor whose value doesn't hold stays open (False)."""
        row = self._panel.editing
        if row is None or row.editor is None or row.line is None:
            return True
        if row.editor.commit():
            return True
        if keep:
            row.editor.begin()
            return False
        problem = row.editor.problem()
        text = f"{row.line.label} was not changed: {problem}"
        self._desk.say(Message(text, tone="staged", key=UNHELD, passes=True))
        self._close(row.line.key, row.editor)
        return True

    def revert(self, key: str) -> None:
        """Take one change back."""
        if self.record_key is not None:
            self._desk.session.drafts.revert(self._known.spec.key, self.record_key, key)
            row = self._panel.row(key)
            if row is not None:
                row.box.setFocus(Qt.FocusReason.OtherFocusReason)

    def discard(self) -> None:
        """Take all changes of the record back."""
        row = self._panel.editing
        if row is not None and row.editor is not None and row.line is not None:
            self._close(row.line.key, row.editor)
        if self.record_key is not None:
            self._desk.session.drafts.revert(self._known.spec.key, self.record_key)

    def save(self) -> None:
        """Review & save what is staged of this record."""
        if self.record_key is None or not self.finish(keep=True) or not self.staged:
            return
        from crmdesk.ui.review import ask

        ask.save_now(self._desk, self._known.spec.key, self.record_key)

    def _committed(self, key: str, editor: FieldEditor) -> None:
        """The value holds: stage it where it differs, and show it."""
        row = self._panel.row(key)
        if row is None or row.editor is not editor or self.record_key is None:
            return
        value = editor.value()
        differs = editor.touched and value != self.value(key)
        had_focus = _within(editor)
        self._panel.close_editor(row, focus=had_focus)
        if differs:
            self._stage(key, value)
        self._redraw()

    def _stage(self, key: str, value: Any) -> None:
        schema = self._known.schema
        field = schema.fields.get(key) if schema is not None else None
        if field is None or self.record_key is None:
            return
        spec = self._known.spec
        self._desk.session.drafts.stage(
            [
                Staged(
                    spec.key,
                    self.record_key,
                    key,
                    value,
                    loaded(spec, self._record, field),
                    kind_of(spec, field),
                    spec.label(self._record),
                    _text(self._record.get("updated_at")),
                )
            ]
        )

    def _close(self, key: str, editor: FieldEditor) -> None:
        row = self._panel.row(key)
        if row is not None and row.editor is editor:
            self._panel.close_editor(row, focus=_within(editor))
            self._redraw()

    def _draft_changed(self, event: DraftEvent) -> None:
        if event.module == self._known.spec.key and self.record_key in event.records:
            self._redraw()


def _within(editor: FieldEditor) -> bool:
    now = QApplication.focusWidget()
    return now is not None and (now is editor or editor.isAncestorOf(now))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _only(leave: Callable[[], None]) -> Callable[..., None]:
    """For `destroyed`, which hands the dead object along; nothing of the form is held."""

    def ended(*_gone: object) -> None:
        leave()

    return ended
