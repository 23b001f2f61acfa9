"""A tab with a browse table inside, which may be exchanged for another one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from crmdesk.ui.browse.workspace import BrowseWorkspace
from crmdesk.ui.commands import Command
from crmdesk.ui.window.workspace import Desk, Workspace


class Holder(Workspace):
    """What the window asks of the tab is answered by the table, where there is one."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.work: BrowseWorkspace | None = None
        self.place = QStackedWidget()
        self.place.setProperty("ground", "surface")

    def hold(self, work: BrowseWorkspace) -> None:
        """Show this table in place of the one before."""
        self.let_go()
        self.work = work
        work.title_changed.connect(self.title_changed)
        self.place.addWidget(work)
        self.place.setCurrentWidget(work)
        self._other()

    def show_instead(self, state: QWidget) -> None:
        """Show this and no table."""
        self.let_go()
        if self.place.indexOf(state) < 0:
            self.place.addWidget(state)
        self.place.setCurrentWidget(state)
        self._other()

    def let_go(self) -> None:
        """End the table that is shown."""
        work, self.work = self.work, None
        if work is None:
            return
        work.closed()
        work.inspector().deleteLater()  # the window's inspector holds it until the tab ends
        self.place.removeWidget(work)
        work.hide()
        work.deleteLater()

    def _other(self) -> None:
        self.inspector_changed.emit()
        self.title_changed.emit()
        self.desk.commands_changed()

    # -- what the window asks ------------------------------------------------------------------

    def own_commands(self) -> Sequence[Command]:
        """What can be done here beside what can be done in the table."""
        return ()

    def commands(self) -> Sequence[Command]:
        """The table's, and those of the place, which come first where both have the same shortcut."""
        own = self.own_commands()
        taken = {command.shortcut for command in own if command.shortcut}
        table = self.work.commands() if self.work is not None else ()
        return (*own, *(command for command in table if command.shortcut not in taken))

    @property
    def staged_mark(self) -> str:
        """` (3)` behind a title while three edits wait."""
        count = self.work.staging.count if self.work is not None else 0
        return f" ({count:,})" if count else ""

    @property
    def unsaved(self) -> bool:
        """Whether edits of the table's module wait."""
        return self.work is not None and self.work.unsaved

    def inspector(self) -> QWidget | None:
        """The current row's record."""
        return self.work.inspector() if self.work is not None else None

    def shown(self) -> None:
        """The keyboard goes to the rows."""
        if self.work is not None:
            self.work.shown()

    def back_online(self) -> None:
        """What could not be read is asked for again."""
        if self.work is not None:
            self.work.back_online()

    def closed(self) -> None:
        """No more requests."""
        if self.work is not None:
            self.work.closed()
