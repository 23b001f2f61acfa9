"""The program with a window: which windows there are, their commands, and how all of it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from crmdesk.ui.closing import close_in_order
from crmdesk.ui.connect.accounts import Accounts
from crmdesk.ui.failures import Failures, logger
from crmdesk.ui.opening import Opening, Options
from crmdesk.ui.tasks import TaskRunner
from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import Message, message_of
from crmdesk.ui.window.frame import Frame
from crmdesk.ui.window.kinds import SIDEBAR, Kinds
from crmdesk.ui.window.main_window import MainWindow
from crmdesk.ui.window.memory import WindowMemory
from crmdesk.ui.window.shell_commands import palette_commands, shell_commands

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable


class Application(QObject):
    """Owns the windows. The first one is shown before there is a loop; `bind` brings it."""

    def __init__(
        self,
        theme: Theme,
        memory: WindowMemory,
        accounts: Accounts,
        kinds: Kinds | None = None,
    ) -> None:
        super().__init__()
        self.theme = theme
        self.memory = memory
        self.accounts = accounts
        self.tasks = TaskRunner()
        self.frames: list[Frame] = []
        self._done: asyncio.Future[None] | None = None
        self._first_work: Callable[[], None] = lambda: None
        self.opening = Opening(self, kinds or Kinds())
        self.failures = Failures(self._front_frame, self.quit)
        self._unseen = 0
        self.tasks.failed.connect(self.failures.task_failed)
        memory.failed.connect(lambda error: self.failures.task_failed(error, "Remembering the window", None))

    # --- windows -------------------------------------------------------------------------------

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the loop that all work runs on."""
        self.tasks.bind(loop)
        self._done = loop.create_future()

    async def ended(self) -> None:
        """Until the last window has closed in order; then whatever still runs is stopped."""
        if self._done is not None:
            await self._done
        await self.tasks.stop()

    def show_first(self, options: Options) -> Frame:
        """Show the first window with what is remembered; `begin` does the rest."""
        frame = self._make_frame()
        self._first_work = self.opening.first_account(frame, options)
        frame.window.show()
        return frame

    def begin(self) -> None:
        """After the first paint: open the account of the first window."""
        self._first_work()
        if self.frames:
            for notice in self.accounts.notices:
                self.frames[0].window.say(message_of(notice))

    def new_window(self) -> Frame:
        """A second window, with the welcome page."""
        frame = self._make_frame()
        frame.window.move(frame.window.pos().x() + 32, frame.window.pos().y() + 32)
        self.show_welcome(frame)
        frame.window.show()
        return frame

    def _make_frame(self) -> Frame:
        frame = Frame(MainWindow(self.theme, self.tasks, self.memory))
        self.frames.append(frame)
        window = frame.window
        window.sidebar.show_kinds(SIDEBAR)
        window.sidebar.card.menu_wanted.connect(lambda: self._account_menu(frame))
        window.close_wanted.connect(lambda: self.close_frame(frame))
        window.use_commands(lambda: shell_commands(self, frame), lambda: palette_commands(self, frame))
        return frame

    def show_welcome(self, frame: Frame) -> None:
        """The page with the two ways on."""
        from crmdesk.ui.connect.welcome import WelcomePage

        page = WelcomePage(self, frame)
        frame.window.show_page(page)
        frame.window.setWindowTitle("Welcome – CRMDesk")
        page.focus_first()

    # --- closing -------------------------------------------------------------------------------

    def close_frame(self, frame: Frame) -> None:
        """Close a window in order; asked twice, it is still closed once."""
        if not frame.closing:
            frame.closing = True
            self.tasks.start(self._close(frame), title="Closing the window")

    def quit(self) -> None:
        """Close every window in order."""
        for frame in list(self.frames):
            self.close_frame(frame)

    async def _close(self, frame: Frame) -> None:
        try:
            closed = await close_in_order(frame, self._count_unseen)
        except Exception:
            # The window must go even when closing its account fails; the journal keeps what was done.
            logger().exception("closing a window failed")
            closed = True
        self.memory.save_now()
        if not closed:
            frame.closing = False
            return
        self.frames.remove(frame)
        frame.window.close_for_good()
        if not self.frames and self._unseen == 0:
            await self._end()

    def _count_unseen(self, by: int) -> None:
        self._unseen += by

    async def _end(self) -> None:
        await self.opening.stop_sample()
        if self._done is not None and not self._done.done():
            self._done.set_result(None)

    # --- what the shell's commands do ----------------------------------------------------------

    def choose_theme(self, scheme: str) -> None:
        """Light, dark or as the system."""
        self.theme.choose(scheme=scheme)
        self.memory.set("theme.scheme", scheme)

    def choose_density(self, dense: bool) -> None:
        """Rows of 24 instead of 28 pixels."""
        self.theme.choose(dense=dense)
        self.memory.set("theme.dense", dense)

    def connect_account(self, frame: Frame) -> None:
        """A dialog for one more account."""
        from crmdesk.ui.connect.profile_dialog import ProfileDialog

        ProfileDialog(self, frame).open()

    def manage_accounts(self, frame: Frame) -> None:
        """The list of accounts: edit, replace a key, remove."""
        from crmdesk.ui.connect.manage import ManageDialog

        ManageDialog(self, frame).open()

    def settings_dialog(self, frame: Frame) -> None:
        """Theme, density, and the share kept for others."""
        from crmdesk.ui.window.settings_dialog import SettingsDialog

        SettingsDialog(self, frame).open()

    def about(self, frame: Frame) -> None:
        """Version and licence."""
        from crmdesk.ui.window.about import AboutDialog

        AboutDialog(frame.window).open()

    def shortcuts(self, frame: Frame) -> None:
        """All shortcuts on one page."""
        from crmdesk.ui.window.shortcuts import ShortcutsDialog

        ShortcutsDialog(frame.window, frame.window.commands()).open()

    def show_key_help(self, frame: Frame) -> None:
        """Where the CRM shows bundle alias and key."""
        from crmdesk.ui.connect.profile_form import KEY_HELP

        frame.window.say(Message("Where to find the bundle alias and the API key", KEY_HELP, key="key-help"))

    def open_logs(self) -> None:
        """Show the log folder in the system's file manager."""
        from crmdesk.config.paths import data_dir

        folder = data_dir() / "logs"
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder if folder.is_dir() else data_dir())))

    def _account_menu(self, frame: Frame) -> None:
        from crmdesk.ui.connect.account_menu import account_menu

        frame.window.sidebar.card.popup(account_menu(self, frame))

    def _front_frame(self) -> Frame | None:
        active = (frame for frame in self.frames if frame.window.isActiveWindow())
        return next(active, self.frames[-1] if self.frames else None)
