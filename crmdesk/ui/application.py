"""The program with a window: which windows there are, which account each one shows, and how all of it ends."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from crmdesk.config.errors import CrmDeskError
from crmdesk.ui.connect.accounts import Accounts
from crmdesk.ui.tasks import TaskRunner
from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import Button, EmptyState, Message, message_of
from crmdesk.ui.window.account import Account
from crmdesk.ui.window.desk import AccountDesk, TabNotMade
from crmdesk.ui.window.frame import Frame
from crmdesk.ui.window.kinds import SIDEBAR, Kinds
from crmdesk.ui.window.main_window import MainWindow
from crmdesk.ui.window.memory import WindowMemory
from crmdesk.ui.window.shell_commands import palette_commands, shell_commands

if TYPE_CHECKING:
    import asyncio
    import logging

    from crmdesk.profiles.profile import Profile
    from crmdesk.profiles.vault import SecretItem
    from crmdesk.session import Session
    from crmdesk.ui.connect.demo import DemoSandbox

SAMPLE = Account("demo", "Sample data", "#17723D", False, "", "SAMPLE")
SecretSource = Callable[[], Awaitable["SecretItem"]]


@dataclass(frozen=True)
class Options:
    """What the command line asked for."""

    demo: bool = False
    profile: str = ""
    theme: str = ""


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
        self._kinds = kinds or Kinds()
        self._demo: DemoSandbox | None = None
        self._unseen = 0
        self.tasks.failed.connect(self._task_failed)

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
        self._first_work = self._first_account(frame, options)
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

    def _first_account(self, frame: Frame, options: Options) -> Callable[[], None]:
        """Show what can be shown without waiting; answers what is to be done after the first paint."""
        if options.demo:
            self._new_desk(frame, SAMPLE)
            return lambda: self._open_later(frame, SAMPLE, self._demo_secret, None)
        given = self.accounts.from_environment()
        if given is not None:
            self._new_desk(frame, given)
            return lambda: self._open_later(frame, given, self.accounts.environment_secret, None)
        if options.profile:
            return self._named_account(frame, options.profile)
        account = self._remembered_account()
        if account is not None:
            self._new_desk(frame, account)
            return lambda: self._open_remembered(frame, account.profile_id)
        profile = self.accounts.last_used()
        if profile is not None:
            return self._named_account(frame, profile.name)
        self.show_welcome(frame)
        return lambda: None

    def _named_account(self, frame: Frame, name: str) -> Callable[[], None]:
        profile = self.accounts.find(name)
        if profile is None:
            self.show_welcome(frame)
            missing = Message(f"There is no profile named “{name}”.", tone="warning")
            return lambda: frame.window.say(missing)
        account = self.account_of(profile)
        self._new_desk(frame, account)
        return lambda: self._open_later(frame, account, lambda: self.accounts.secret(profile), profile)

    def _remembered_account(self) -> Account | None:
        """The account of the last time, from the window's own memory: the profiles are read later."""
        known = self.memory.get("last_account")
        if not isinstance(known, dict) or not known.get("id"):
            return None
        profile_id = str(known["id"])
        return Account(
            profile_id,
            str(known.get("name", "")),
            str(known.get("color", "")),
            bool(known.get("production", True)),
            str(self.memory.get(f"accounts.{profile_id}.address", "")),
            profile_id=profile_id,
        )

    def _open_remembered(self, frame: Frame, profile_id: str) -> None:
        profile = self.accounts.by_id(profile_id)
        if profile is None:
            self.memory.set("last_account", None)
            self.tasks.start(self._to_welcome(frame), owner=frame.window, title="Closing the account")
        elif frame.desk is not None:
            frame.desk.set_account(self.account_of(profile))
            self._open_later(frame, frame.desk.account, lambda: self.accounts.secret(profile), profile)

    def show_welcome(self, frame: Frame) -> None:
        """The page with the two ways on."""
        from crmdesk.ui.connect.welcome import WelcomePage

        page = WelcomePage(self, frame)
        frame.window.show_page(page)
        frame.window.setWindowTitle("Welcome – CRMDesk")
        page.focus_first()

    # --- accounts ------------------------------------------------------------------------------

    def account_of(self, profile: Profile) -> Account:
        """The account as the window shows it; the address is the one it had the last time."""
        address = str(self.memory.get(f"accounts.{profile.id}.address", ""))
        return Account(profile.id, profile.name, profile.color, profile.production, address, profile_id=profile.id)

    def open_profile(self, frame: Frame, profile: Profile) -> None:
        """Show another account in this window; one that is open in another window is brought to the front."""
        for other in self.frames:
            if other.desk is not None and other.desk.account.profile_id == profile.id:
                other.window.raise_()
                other.window.activateWindow()
                if other is not frame or other.desk.attached:
                    return
        account = self.account_of(profile)
        self._switch_later(frame, account, lambda: self.accounts.secret(profile), profile)

    def open_connected(self, frame: Frame, profile: Profile, secret: SecretItem) -> None:
        """Show an account whose key the person has just typed."""
        self._switch_later(frame, self.account_of(profile), _known(secret), profile)

    def open_sample(self, frame: Frame) -> None:
        """Start a sandbox of our own in the background and open it."""
        self._switch_later(frame, SAMPLE, self._demo_secret, None)

    async def _demo_secret(self) -> SecretItem:
        from crmdesk.ui.connect.demo import DemoSandbox

        if self._demo is None:
            self._demo = DemoSandbox(self)
        return await self._demo.secret()

    def _new_desk(self, frame: Frame, account: Account) -> AccountDesk:
        corner = self.memory.part(f"accounts.{account.id}")
        frame.desk = AccountDesk(frame.window, account, corner, self._kinds)
        frame.desk.on_key_wanted(lambda: self.enter_key(frame))
        frame.window.show_page(None)
        frame.window.draw_commands()
        return frame.desk

    def _switch_later(self, frame: Frame, account: Account, source: SecretSource, profile: Profile | None) -> None:
        self.tasks.start(
            self._switch(frame, account, source, profile), owner=frame.window, title=f"Opening {account.name}"
        )

    async def _switch(self, frame: Frame, account: Account, source: SecretSource, profile: Profile | None) -> None:
        if not await self._leave(frame):
            return
        self._new_desk(frame, account)
        await self._open(frame, account, source, profile)

    def _open_later(self, frame: Frame, account: Account, source: SecretSource, profile: Profile | None) -> None:
        self.tasks.start(
            self._open(frame, account, source, profile), owner=frame.window, title=f"Opening {account.name}"
        )

    async def _open(self, frame: Frame, account: Account, source: SecretSource, profile: Profile | None) -> None:
        """Get the key, open the session, hand it to the desk; what fails is shown in the window's middle."""
        frame.opening += 1
        mine = frame.opening
        try:
            session = await self._session(source, profile)
        except CrmDeskError as error:
            if frame.opening == mine:
                self._show_not_open(frame, account, profile, error, source)
            return
        desk = frame.desk
        if frame.opening != mine or desk is None or desk.attached or desk.account.id != account.id:
            await session.close()
            return
        desk.set_address(session.address.url)
        if profile is not None:
            self._remember_account(profile)
        desk.attach(session)

    def _remember_account(self, profile: Profile) -> None:
        self.memory.set(
            "last_account",
            {
                "id": profile.id,
                "name": profile.name,
                "color": profile.color,
                "production": profile.production,
            },
        )
        self.tasks.start(self.accounts.used(profile), title="Remembering the account")

    async def _session(self, source: SecretSource, profile: Profile | None) -> Session:
        secret = await source()
        from crmdesk.crm.address import parse_bundle_alias
        from crmdesk.session import Session

        allowed = self.accounts.allowed_hosts(profile)
        address = parse_bundle_alias(secret.bundle_alias, allowed)
        return await Session.open(address, secret.api_key, profile=profile)

    def _show_not_open(
        self,
        frame: Frame,
        account: Account,
        profile: Profile | None,
        error: CrmDeskError,
        source: SecretSource,
    ) -> None:
        """The account could not be opened: say why in place, with what can be done."""
        again = Button("Try again", lambda: self._open_later(frame, account, source, profile), role="primary")
        buttons = [again]
        if profile is not None:
            buttons.append(Button("Enter the key", lambda: self.enter_key(frame)))
        frame.window.tabs.close_all()
        frame.window.tabs.set_blank(EmptyState(str(error), error.remedy, *buttons, icon=self.theme.icon("key")))
        frame.window.status.show_connection("offline", "not connected")

    def enter_key(self, frame: Frame) -> None:
        """Ask for a new key of the account in this window, and go on with it."""
        if frame.desk is not None:
            from crmdesk.ui.connect.key_dialog import KeyDialog

            KeyDialog(self, frame, frame.desk).open()

    async def use_key(self, frame: Frame, secret: SecretItem) -> None:
        """Go on with a new key: in the open session, or by opening the account with it."""
        desk = frame.desk
        if desk is None:
            return
        if desk.attached:
            desk.key_replaced()
            await desk.session.use_key(secret.api_key)
            await desk.session.connect()
        else:
            profile = self.accounts.by_id(desk.account.profile_id)
            await self._open(frame, desk.account, _known(secret), profile)

    async def profile_changed(self, profile: Profile, secret: SecretItem | None) -> None:
        """A profile was edited: show its new name and colour; a new key or limit needs a new session."""
        for frame in self.frames:
            desk = frame.desk
            if desk is None or desk.account.profile_id != profile.id:
                continue
            desk.set_account(replace(self.account_of(profile), address=desk.account.address))
            if not desk.attached:
                self._open_later(frame, desk.account, lambda: self.accounts.secret(profile), profile)
            elif secret is not None and secret.bundle_alias == desk.session.address.url:
                await self.use_key(frame, secret)
            else:
                self._reopen_later(frame, profile)

    def _reopen_later(self, frame: Frame, profile: Profile) -> None:
        account = self.account_of(profile)
        self._switch_later(frame, account, lambda: self.accounts.secret(profile), profile)

    def profile_removed(self, profile: Profile) -> None:
        """A profile is gone: its window goes back to the welcome page."""
        for frame in self.frames:
            if frame.desk is not None and frame.desk.account.profile_id == profile.id:
                self.tasks.start(self._to_welcome(frame), owner=frame.window, title="Closing the account")

    async def _to_welcome(self, frame: Frame) -> None:
        if await self._leave(frame):
            self.show_welcome(frame)

    # --- leaving and closing -------------------------------------------------------------------

    async def _leave(self, frame: Frame) -> bool:
        """Close the account in this window; False when the person wants to stay."""
        desk = frame.desk
        if desk is None:
            return True
        if desk.attached and desk.session.jobs.running is not None:
            from crmdesk.ui.window.dialogs import choose

            answer = await choose(
                frame.window,
                "A job is running",
                f"It works on {desk.account_name}. It can be paused now and resumed later; nothing is applied twice.",
                [("Stay here", "plain"), ("Pause and switch", "primary")],
            )
            if answer != 1:
                return False
            await self._pause(desk)
        frame.desk = None
        frame.opening += 1
        session = desk.detach()
        if session is not None:
            await session.close()
        return True

    @staticmethod
    async def _pause(desk: AccountDesk) -> None:
        jobs = desk.session.jobs
        running = jobs.running
        if running is not None:
            await jobs.pause(running)
            await jobs.wait(running)

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
            closed = await self._close_in_order(frame)
        except Exception:
            # The window must go even when closing its account fails; the journal keeps what was done.
            _logger().exception("closing a window failed")
            closed = True
        if not closed:
            frame.closing = False
            return
        self.frames.remove(frame)
        frame.window.close_for_good()
        if not self.frames and self._unseen == 0:
            await self._end()

    async def _close_in_order(self, frame: Frame) -> bool:
        frame.window.remember_sizes()
        desk = frame.desk
        if desk is not None and desk.attached and desk.session.jobs.running is not None:
            answer = await self._ask_about_job(frame, desk)
            if answer <= 0:
                return False
            if answer == 1:
                await self._pause(desk)
            else:
                await self._finish_unseen(frame, desk)
        if desk is not None:
            frame.desk = None
            session = desk.detach()
            if session is not None:
                await session.close()
        self.memory.save_now()
        return True

    @staticmethod
    async def _ask_about_job(frame: Frame, desk: AccountDesk) -> int:
        from crmdesk.ui.window.dialogs import choose

        return await choose(
            frame.window,
            "A job is still running",
            f"It works on {desk.account_name}. Paused, it is offered again at the next start. "
            "Without a window it runs to its end, and then the program ends.",
            [("Keep it open", "plain"), ("Pause and close", "primary"), ("Finish without a window", "plain")],
        )

    async def _finish_unseen(self, frame: Frame, desk: AccountDesk) -> None:
        """Hide the window and wait for the job's end; the program stays until then."""
        self._unseen += 1
        frame.window.hide()
        try:
            running = desk.session.jobs.running
            if running is not None:
                await desk.session.jobs.wait(running)
        finally:
            self._unseen -= 1

    async def _end(self) -> None:
        if self._demo is not None:
            await self._demo.stop()
        self.memory.save_now()
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

    def show_key_help(self, frame: Frame) -> None:
        """Where the CRM shows bundle alias and key."""
        from crmdesk.ui.connect.profile_form import KEY_HELP

        frame.window.say(Message("Where to find the bundle alias and the API key", KEY_HELP, key="key-help"))

    def open_logs(self) -> None:
        """Show the log folder in the system's file manager."""
        from crmdesk.config.paths import data_dir

        folder: Path = data_dir() / "logs"
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder if folder.is_dir() else data_dir())))

    def _account_menu(self, frame: Frame) -> None:
        from crmdesk.ui.connect.account_menu import account_menu

        frame.window.sidebar.card.popup(account_menu(self, frame))

    # --- failures ------------------------------------------------------------------------------

    def _task_failed(self, error: BaseException, title: str, again: object) -> None:
        retry = again if callable(again) else None
        if not isinstance(error, CrmDeskError):
            _logger().error("a task of the window failed: %s", title, exc_info=error)
        frame = self._front_frame()
        if frame is not None and frame.desk is not None:
            frame.desk.say_error(error, title, retry)
        elif frame is not None:
            frame.window.say(message_of(error, title, retry))

    def _front_frame(self) -> Frame | None:
        active = (frame for frame in self.frames if frame.window.isActiveWindow())
        return next(active, self.frames[-1] if self.frames else None)

    def tell_bug(self, error: BaseException) -> None:
        """An exception that nobody handled: in the log, and as a message to copy, without secrets."""
        if isinstance(error, TabNotMade):
            return
        _logger().error("unhandled", exc_info=error)
        frame = self._front_frame()
        if frame is not None:
            from crmdesk.config.logs import redact

            told = message_of(error)
            frame.window.say(Message(told.text, told.remedy, redact(told.details), told.tone, told.actions, told.key))

    def catch_bugs(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take over what Python and the loop do with unhandled exceptions."""

        def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
            if issubclass(kind, KeyboardInterrupt):
                self.quit()
            else:
                self.tell_bug(error.with_traceback(trace))

        def loop_hook(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
            error = context.get("exception")
            if isinstance(error, BaseException):
                self.tell_bug(error)
            else:
                _logger().error("the loop says: %s", context.get("message"))

        sys.excepthook = hook
        loop.set_exception_handler(loop_hook)


def _logger() -> logging.Logger:
    import logging

    return logging.getLogger(__name__)


def _known(secret: SecretItem) -> SecretSource:
    async def source() -> SecretItem:
        return secret

    return source
