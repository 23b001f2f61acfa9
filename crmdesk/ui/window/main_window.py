"""The main window: frame and parts, and what they tell each other. Knows no session; a desk fills it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.ui.commands import Command
from crmdesk.ui.tasks import TaskRunner
from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import Line, Message, MessageBar
from crmdesk.ui.window.drops import dropped_table
from crmdesk.ui.window.inspector import InspectorPanel
from crmdesk.ui.window.memory import WindowMemory
from crmdesk.ui.window.menus import Menus
from crmdesk.ui.window.sidebar import Sidebar
from crmdesk.ui.window.status_bar import StatusBar
from crmdesk.ui.window.tabs import Tab, TabArea
from crmdesk.ui.window.top_bar import TopBar
from crmdesk.ui.window.workspace import Workspace

if TYPE_CHECKING:
    from crmdesk.ui.window.command_palette import CommandPalette

# A window below this width leaves its room to the table; the inspector comes back with the width.
NARROW = 1080
Commands = Callable[[], Sequence[Command]]


class MainWindow(QMainWindow):
    """One window. `close_wanted` asks the owner of the window to close it in order."""

    close_wanted = Signal()
    table_dropped = Signal(object)  # the Path of a CSV or XLSX

    def __init__(self, theme: Theme, tasks: TaskRunner, memory: WindowMemory) -> None:
        super().__init__()
        self.setWindowTitle("CRMDesk")
        self.setAcceptDrops(True)
        self.theme = theme
        self.tasks = tasks
        self._memory = memory
        self._may_close = False
        self._maker: Callable[[Tab], Workspace | None] = lambda tab: None
        self._commands: Commands = lambda: ()
        self._palette_commands: Commands = lambda: ()
        self.top = TopBar(theme)
        self.menus = Menus(self.top.menus, self, self.run)
        self.sidebar = Sidebar(theme)
        self.messages = MessageBar()
        self.tabs = TabArea(theme, lambda tab: self._maker(tab))
        self.inspector = InspectorPanel(theme)
        self.status = StatusBar(theme)
        self._lay_out()
        self._palette: CommandPalette | None = None
        self.top.find_wanted.connect(self.open_palette)
        self.tabs.front_changed.connect(self._front_changed)
        self.tabs.inspector_changed.connect(self._inspector_changed)
        self._restore_sizes()

    def _lay_out(self) -> None:
        center = QWidget()
        center.setObjectName("page")
        column = QVBoxLayout(center)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.messages)
        column.addWidget(self.tabs, 1)
        self._center = column
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setHandleWidth(1)
        self._splitter.setChildrenCollapsible(False)
        for part in (self.sidebar, center, self.inspector):
            self._splitter.addWidget(part)
        self._splitter.setStretchFactor(0, 0)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setStretchFactor(2, 0)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._splitter)
        whole = QWidget()
        outer = QVBoxLayout(whole)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        for part in (self.top, Line(), self._stack, Line(), self.status):
            outer.addWidget(part, 1 if part is self._stack else 0)
        self._outer = outer
        self.setCentralWidget(whole)

    # --- commands ------------------------------------------------------------------------------

    def use_commands(self, commands: Commands, in_palette: Commands) -> None:
        """Where commands come from: those of menus, and those that only the palette lists."""
        self._commands = commands
        self._palette_commands = in_palette
        self.draw_commands()

    def use_maker(self, maker: Callable[[Tab], Workspace | None]) -> None:
        """Who makes a tab's workspace when it is first looked at."""
        self._maker = maker

    def draw_commands(self) -> None:
        """Draw menus and shortcuts anew, those of the front tab included."""
        self.menus.show(self.commands())

    def run(self, command: Command) -> None:
        """Run a command if it is enabled now; a coroutine goes on in the background."""
        if not command.enabled():
            return
        result = command.run()
        if hasattr(result, "send") and hasattr(result, "close"):
            self.tasks.start(result, owner=self, title=command.title)  # type: ignore[arg-type]

    @property
    def command_palette(self) -> CommandPalette:
        """The palette, made when it is first opened: the first paint does not wait for it."""
        if self._palette is None:
            from crmdesk.ui.window.command_palette import CommandPalette

            self._palette = CommandPalette(self.theme, self)
        return self._palette

    def commands(self) -> Sequence[Command]:
        """Every command of the menus, those of the front tab included."""
        return [*self._commands(), *self._front_commands()]

    def open_palette(self) -> None:
        """Show the command palette."""
        everything = [*self._palette_commands(), *self.commands()]
        self.command_palette.open_with(
            [command for command in everything if command.in_palette and command.enabled()], self.run
        )

    def _front_commands(self) -> Sequence[Command]:
        front = self.tabs.front
        return front.workspace.commands() if front is not None and front.workspace is not None else ()

    def _front_changed(self, tab: Tab | None) -> None:
        workspace = tab.workspace if tab is not None else None
        self.inspector.show_for(workspace)
        self.draw_commands()

    def _inspector_changed(self) -> None:
        front = self.tabs.front
        if front is not None:
            self.inspector.show_for(front.workspace)

    def show_page(self, page: QWidget | None) -> None:
        """Fill the window with one page (the welcome), or show sidebar and tabs again with None."""
        while (old := self._stack.widget(1)) is not None:
            self._stack.removeWidget(old)
            old.deleteLater()
        if page is not None:
            self._stack.addWidget(page)
            self._stack.setCurrentWidget(page)
        # Messages stand above the tabs, and above a page that covers them.
        if page is None:
            self._center.insertWidget(0, self.messages)
        else:
            self._outer.insertWidget(2, self.messages)
        self.status.setVisible(page is None)

    # --- messages and sizes --------------------------------------------------------------------

    def say(self, message: Message) -> None:
        """Show a calm message."""
        self.messages.show_message(message)

    def fold_inspector(self) -> None:
        """Fold the inspector away, or back."""
        self.inspector.fold(not self.inspector.folded)
        self._memory.set("window.inspector_folded", self.inspector.folded)

    def fold_sidebar(self) -> None:
        """Fold the sidebar away, or back."""
        self.sidebar.setVisible(self.sidebar.isHidden())
        self._memory.set("window.sidebar_folded", self.sidebar.isHidden())

    def _restore_sizes(self) -> None:
        geometry = self._memory.get("window.geometry", "")
        restored = isinstance(geometry, str) and self.restoreGeometry(
            QByteArray.fromBase64(geometry.encode("ascii", "ignore"))
        )
        if not restored:
            screen = self.screen().availableSize()
            self.resize(min(1440, screen.width() - 40), min(900, screen.height() - 60))
        sizes = self._memory.get("window.splitter", None)
        if isinstance(sizes, list) and len(sizes) == 3 and all(isinstance(size, int) for size in sizes):
            self._splitter.setSizes(sizes)
        else:
            side, right = self.theme.sizes.sidebar, self.theme.sizes.inspector
            self._splitter.setSizes([side, max(320, self.width() - side - right), right])
        self.sidebar.setVisible(not self._memory.get("window.sidebar_folded", False))
        self.inspector.fold(bool(self._memory.get("window.inspector_folded", False)))

    def remember_sizes(self) -> None:
        """Remember where the window stood and how it was divided."""
        self._memory.set("window.geometry", bytes(self.saveGeometry().toBase64().data()).decode("ascii"))
        sizes = self._splitter.sizes()
        if all(size > 0 for size in sizes):
            self._memory.set("window.splitter", sizes)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The palette keeps its place."""
        super().resizeEvent(event)
        self.inspector.make_room(self.width() < NARROW)
        if self._palette is not None and self._palette.isVisible():
            self._palette.place()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A table may be dropped wherever nothing else takes it."""
        if dropped_table(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell which table was dropped."""
        path = dropped_table(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.table_dropped.emit(path)

    def changeEvent(self, event: QEvent) -> None:
        """The palette closes when the window loses the keyboard."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow() and self._palette:
            self._palette.hide()

    # --- closing -------------------------------------------------------------------------------

    def close_for_good(self) -> None:
        """Close without asking again."""
        self._may_close = True
        self.close()
        self.deleteLater()

    def closeEvent(self, event: QCloseEvent) -> None:
        """The first time only asks: work may be running (see `close_wanted`)."""
        if self._may_close:
            event.accept()
        else:
            event.ignore()
            self.close_wanted.emit()
