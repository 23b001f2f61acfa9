"""A record in a tab of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from crmdesk.changes.drafts import DraftEvent
from crmdesk.session import Announcement, RecordsChanged
from crmdesk.ui.browse.known import Known
from crmdesk.ui.commands import Command
from crmdesk.ui.parts.bar import PartsBar
from crmdesk.ui.record.inspect import Inspector
from crmdesk.ui.window.workspace import Desk, Workspace

WIDEST = 720
SIDE = 8
LEAST = 340  # of the form beside what belongs to the record


class RecordWorkspace(Workspace):
    """Everything of one record, read when the tab opens."""

    def __init__(self, desk: Desk, args: Mapping[str, Any]) -> None:
        super().__init__(desk)
        self._spec = desk.session.modules.get(str(args["module"]))
        self._id = int(args["id"])
        self._label = str(args.get("label") or f"{self._spec.singular} {self._id}")
        self._known = Known(desk, self._spec, self)
        self.inspected = Inspector(desk, self._known, own_tab=True, parent=self)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._moved = False
        self._split.splitterMoved.connect(lambda _at, _index: self._line_moved())
        form = QWidget()
        self.inspected.panel.setMaximumWidth(WIDEST)
        inside = QHBoxLayout(form)
        inside.setContentsMargins(SIDE, 0, SIDE, 0)
        inside.addWidget(self.inspected.panel, 1)
        inside.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.parts_place = QWidget()
        self.parts_place.hide()  # until there is something to stand there
        self.parts_place.setAccessibleName("What belongs to the record")
        self._parts_column = QVBoxLayout(self.parts_place)
        self._parts_column.setContentsMargins(0, 0, 0, 0)
        self._split.addWidget(form)
        self._split.addWidget(self.parts_place)
        self._split.setStretchFactor(0, 0)
        self._split.setStretchFactor(1, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._split, 1)
        self._leave = desk.session.drafts.subscribe(self._draft_changed)
        self._leave_session = desk.session.subscribe(self._announced)
        self._known.need_schema()
        self.inspected.show(self._id, None)
        self.parts = PartsBar(desk, self._spec, self._id, self._label, str(args.get("part") or ""))
        self.set_parts(self.parts)

    @property
    def title(self) -> str:
        """The record's name."""
        return f"{self._label} — {self._spec.singular}"

    @property
    def unsaved(self) -> bool:
        """Whether something of the record is staged."""
        return bool(self.desk.session.drafts.of(self._spec.key, self._id))

    def set_parts(self, parts: QWidget) -> None:
        """Put what belongs to the record beside the form."""
        while self._parts_column.count():
            item = self._parts_column.takeAt(0)
            old = item.widget() if item is not None else None
            if old is not None:
                old.hide()
                old.deleteLater()
        self._parts_column.addWidget(parts)
        parts.show()
        self.parts_place.show()
        self._share()

    def _share(self) -> None:
        """Half of the room for the form, as far as it can use it."""
        form = min(WIDEST + 2 * SIDE, max(self.width() // 2, LEAST))
        self._split.setSizes([form, max(LEAST, self.width() - form)])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Until the person moves the line between them, both grow with the window."""
        super().resizeEvent(event)
        if not self._moved:
            self._share()

    def _line_moved(self) -> None:
        self._moved = True

    def commands(self) -> Sequence[Command]:
        """What can be done with one record here."""
        form = self.inspected.form
        return (
            Command("record.refresh", "Refresh", self.refresh_here, "View", "F5", "refresh"),
            Command(
                "record.save",
                "Review & save this record",
                form.save,
                "Record",
                "Ctrl+S",
                "save",
                enabled=lambda: bool(form.staged) or self.inspected.panel.editing is not None,
            ),
            Command(
                "record.discard",
                "Discard the changes of this record",
                form.discard,
                "Record",
                icon="undo",
                enabled=lambda: bool(form.staged),
            ),
            Command(
                "record.browser",
                "Open in browser",
                self.inspected.open_in_browser,
                "Record",
                "Ctrl+Return",
                "open",
                group=1,
            ),
            Command("record.copy", "Copy all fields", self.inspected.panel.copy_all, "Record", icon="copy", group=1),
            *self.inspected.actions.commands(),
            *self.parts.commands(),
        )

    def back_online(self) -> None:
        """What could not be read is read now."""
        if self.inspected.panel.sheet is None:
            self.inspected.read_again()
        self.parts.back_online()

    def asked(self, args: Mapping[str, Any]) -> None:
        """The tab was open already: go to the part that is wanted."""
        if args.get("part"):
            self.parts.go(str(args["part"]))

    def closed(self) -> None:
        """An editor that is open ends as when it is left."""
        self.inspected.form.finish()
        self.parts.keep()
        self._leave()
        self._leave_session()

    def _announced(self, announcement: Announcement) -> None:
        """The record was written: it is read again, once."""
        if not isinstance(announcement, RecordsChanged) or announcement.module != self._spec.key:
            return
        if announcement.ids is None or self._id in announcement.ids | announcement.removed:
            self.refresh()

    def _draft_changed(self, event: DraftEvent) -> None:
        if event.module == self._spec.key and self._id in event.records:
            self.title_changed.emit()
            self.desk.commands_changed()

    def refresh_here(self) -> None:
        """Read again what has the keyboard: a part of the record, else the record itself."""
        focus = self.focusWidget()
        if focus is not None and self.parts.isAncestorOf(focus) and self.parts.page is not None:
            self.parts.refresh()
        else:
            self.refresh()

    def refresh(self) -> None:
        """Read the record again; what is staged stays staged."""
        self.inspected.read_again()

    def memory(self) -> Mapping[str, Any]:
        """Enough to open it again."""
        return {"module": self._spec.key, "id": self._id, "label": self._label}
