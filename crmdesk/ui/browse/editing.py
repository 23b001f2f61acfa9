"""Editing one cell in place: opens the field's own editor over it, stages what comes out, and goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from crmdesk.crm.kinds import Kind
from crmdesk.crm.values import NOT_LOADED
from crmdesk.ui.browse.editable import Editable
from crmdesk.ui.browse.model import Index
from crmdesk.ui.browse.typed import Waiting

if TYPE_CHECKING:
    from crmdesk.crm.paging import Record
    from crmdesk.crm.schema import Field
    from crmdesk.ui.browse.workspace import BrowseWorkspace
    from crmdesk.ui.editors.base import FieldEditor

DOWN, RIGHT, LEFT, STAY = (1, 0), (0, 1), (0, -1), (0, 0)
LEAST_WIDTH = 160
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
ROW_GONE = "This row is not loaded yet; it is read when scrolling rests."


class CellEditing(QObject):
    """At most one editor over one cell of a table; part of its workspace."""

    def __init__(self, work: BrowseWorkspace, editable: Editable) -> None:
        super().__init__(work)
        self._work = work
        self.editable = editable
        self.editor: FieldEditor | None = None
        self._cell = QPersistentModelIndex()
        self._record_id = 0
        self._go = STAY
        self._waiting: Waiting | None = None

    def attach(self) -> None:
        """The table is there now."""
        table = self._work.table
        table.edit_asked.connect(self.begin)
        table.verticalScrollBar().valueChanged.connect(self._follow)
        table.horizontalScrollBar().valueChanged.connect(self._follow)
        table.horizontalHeader().sectionResized.connect(self._follow)
        self._work.model.modelReset.connect(self._reset)
        self._work.known.schema_arrived.connect(self._go_on)
        self._work.known.schema_failed.connect(self._go_on)

    # -- beginning --------------------------------------------------------------------------------------

    def begin(self, typed: str = "") -> bool:
        """Edit the current cell; `typed` replaces its value. False, and the reason is told, where it can't be."""
        if self.editor is not None and not self.editor.commit():
            return False
        work, index = self._work, self._work.table.currentIndex()
        if not index.isValid():
            return False
        record_id = work.model.id_at(index.row())
        key = work.model.columns[index.column()].key
        if self._waiting is not None and self._waiting.is_for(record_id, key):
            self._waiting.press(typed)
            return True
        self._waiting = None
        if record_id is not None and self.editable.coming:
            self._wait_for_fields(Waiting(record_id, key, [typed]))
            return True
        reason = ROW_GONE if record_id is None else self.editable.refusal(key)
        field = self.editable.field(key)
        if reason or field is None or record_id is None:
            self.refuse(index, reason)
            return False
        value = self._value(record_id, field)
        if value is NOT_LOADED:
            self._read(Waiting(record_id, key, [typed]))
            return True
        if self.editable.kind(field) is Kind.CHECKBOX and typed == " ":
            self._stage(record_id, field, not value)
            return True
        self._open(index, record_id, field, value, typed)
        return True

    def refuse(self, index: Index, reason: str) -> None:
        """Say beside the cell, and where screen readers hear it, why it can't be edited."""
        table = self._work.table
        table.setAccessibleDescription(reason)
        place = table.visualRect(table.model().index(index.row(), index.column()))
        QToolTip.showText(table.viewport().mapToGlobal(place.bottomLeft()), reason, table.viewport(), place)
        self._work.tell_status(reason)

    def _value(self, record_id: int, field: Field) -> Any:
        """The value as it stands now, staged over known."""
        staged = self._work.staging.staged(record_id, field.name)
        if staged is not None:
            return staged.after
        return self.editable.value(self._work.model.record_of(record_id), field)

    # -- waiting for what it takes ------------------------------------------------------------------------

    def _wait_for_fields(self, waiting: Waiting) -> None:
        """The view has just opened: which fields there are is on its way."""
        self._waiting = waiting
        self._work.tell_status("Reading the fields…")
        self._work.known.need_schema()

    def _read(self, waiting: Waiting) -> None:
        """The list left the field out: the record is read before it is edited."""
        self._waiting = waiting
        record_id = waiting.record_id
        self._work.tell_status("Reading the record…")

        def here(record: Record) -> None:
            self._work.take_fresh({"id": record_id, **record.fields})
            if self._waiting is waiting:
                self._go_on(self._begin_read)

        def failed(error: BaseException) -> None:
            if self._waiting is waiting:
                self._waiting = None
            self._work.desk.say_error(error, "Reading the record")

        self._work.desk.tasks.start(self._work.read_record(record_id), owner=self, on_done=here, on_failed=failed)

    def _reset(self) -> None:
        """Rows or columns are laid out anew."""
        self.give_up()
        if self._waiting is not None:
            self._waiting.columns_new = True

    def _go_on(self, begin: Callable[[str], bool] | None = None) -> None:
        """What a cell waited for is here, or can't be had: the keys are taken as if they were pressed now."""
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return
        self._work.tell_status("")
        if not waiting.holds(self._work.model, self._work.table):
            return
        begin = begin or self.begin
        for place, typed in enumerate(waiting.keys):
            if self._waiting is not None:
                self._waiting.keys += waiting.keys[place:]
                return
            if self.editor is not None:
                self._type(self.editor, typed)
            elif not begin(typed):
                return
            begin = self.begin

    def _begin_read(self, typed: str) -> bool:
        """The record is here; a field that even it does not hold is blank to the person, and unknown to the plan."""
        index = self._work.table.currentIndex()
        record_id = self._work.model.id_at(index.row())
        field = self.editable.field(self._work.model.columns[index.column()].key)
        if field is None or record_id is None:
            return False
        value = self._value(record_id, field)
        self._open(index, record_id, field, None if value is NOT_LOADED else value, typed)
        return True

    # -- the editor ---------------------------------------------------------------------------------------

    def _open(self, index: Index, record_id: int, field: Field, value: Any, typed: str) -> None:
        from crmdesk.ui.editors import EditContext, editor_for

        work = self._work
        work.table.place.enter()
        work.table.scrollTo(work.model.index(index.row(), index.column()))
        record = work.model.record_of(record_id) or {}

        def of(name: str) -> Any:
            other = self.editable.schema.fields.get(name) if self.editable.schema is not None else None
            return NOT_LOADED if other is None else self._value(record_id, other)

        context = EditContext(work.desk, work.source.spec, work.known, of=of, record=record, cell=True)
        editor = editor_for(field, context, work.table.viewport())
        editor.setAutoFillBackground(True)
        editor.set_value(value)
        self.editor, self._record_id, self._go = editor, record_id, STAY
        self._cell = QPersistentModelIndex(index)
        for part in (editor, *editor.findChildren(QWidget)):
            part.installEventFilter(self)
        editor.committed.connect(self._committed)
        editor.restored.connect(self.give_up)
        editor.changed.connect(self._follow)
        self._follow()
        editor.show()
        editor.raise_()
        editor.begin()
        if typed:
            self._type(editor, typed)

    def _type(self, editor: FieldEditor, typed: str) -> None:
        """A key pressed on the cell goes into its editor: a letter in place of the value, "" as Enter."""
        target: QWidget = editor
        while (proxy := target.focusProxy()) is not None:
            target = proxy
        key = 0 if typed else Qt.Key.Key_Return
        QApplication.sendEvent(target, QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, typed))

    def _follow(self, *_: object) -> None:
        """The cell may have another place."""
        if self.editor is None or not self._cell.isValid():
            return
        table = self._work.table
        area = table.visualRect(table.model().index(self._cell.row(), self._cell.column()))
        hint = self.editor.sizeHint()
        width = max(area.width(), min(LEAST_WIDTH, table.viewport().width()), self.editor.minimumSizeHint().width())
        height = max(area.height() - 1, hint.height())
        left = max(0, min(area.left(), table.viewport().width() - width))
        top = area.top() if height <= area.height() else max(0, min(area.top(), table.viewport().height() - height))
        self.editor.setGeometry(QRect(left, top, width, height))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter goes down, Tab right, Shift+Tab left, once the value is taken over."""
        if self.editor is None or event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        self._go = STAY
        if self.editor.open_list() and event.key() not in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            return False
        if event.key() in ENTER:
            self._go = DOWN
        elif event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self._go = LEFT if event.key() == Qt.Key.Key_Backtab else RIGHT
            self.editor.commit()
            return True
        return False

    def _committed(self) -> None:
        editor, go = self.editor, self._go
        if editor is None:
            return
        touched, value = editor.touched, editor.value()
        field, record_id = editor.field, self._record_id
        had_keyboard = self._has_keyboard(editor)
        self._close()
        if touched:
            self._stage(record_id, field, value)
        if had_keyboard or go != STAY:
            self._work.table.setFocus()
        if go != STAY:
            self._step(*go)

    @staticmethod
    def _has_keyboard(editor: FieldEditor) -> bool:
        focused = QApplication.focusWidget()
        return focused is not None and (focused is editor or editor.isAncestorOf(focused))

    def give_up(self) -> None:
        """Close the editor; the cell stays as it was."""
        if self.editor is not None:
            self._close()
            self._work.table.setFocus()

    def _close(self) -> None:
        editor, self.editor, self._go = self.editor, None, STAY
        if editor is not None and shiboken6.isValid(editor):
            editor.removeEventFilter(self)
            editor.hide()
            editor.deleteLater()

    def _stage(self, record_id: int, field: Field, after: Any) -> None:
        record = self._work.model.record_of(record_id) or {"id": record_id}
        before = self.editable.value(record, field)
        staging = self._work.staging
        staging.stage([staging.edit(record, field.name, self.editable.kind(field), before, after)])

    def _step(self, down: int, right: int) -> None:
        """The keyboard goes to the next cell, as in a spreadsheet."""
        table, model = self._work.table, self._work.model
        index = table.currentIndex()
        header = table.horizontalHeader()
        row = min(model.rowCount() - 1, index.row() + down)
        place = max(0, min(header.count() - 1, header.visualIndex(index.column()) + right))
        table.go_to_cell(row, header.logicalIndex(place))
