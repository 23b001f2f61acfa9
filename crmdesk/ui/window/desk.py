"""The desk: one open account in one window. Fills the window's parts from the session, and serves workspaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from crmdesk.ui.tasks import TaskRunner
from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import Button, EmptyState, Message, message_of
from crmdesk.ui.window.account import Account
from crmdesk.ui.window.kinds import Kinds
from crmdesk.ui.window.live_status import LiveStatus
from crmdesk.ui.window.main_window import MainWindow
from crmdesk.ui.window.memory import MemoryPart
from crmdesk.ui.window.outline import SAVED_FILTERS, Outline, ViewEntry, saved_filters
from crmdesk.ui.window.tabs import Tab
from crmdesk.ui.window.workspace import Workspace

if TYPE_CHECKING:
    from crmdesk.session import Session


class TabNotMade(RuntimeError):
    """A workspace could not be made; the person was told why already."""


class AccountDesk(QObject):
    """Made before the session is there, from what is remembered; `attach` brings the session."""

    def __init__(self, window: MainWindow, account: Account, memory: MemoryPart, kinds: Kinds) -> None:
        super().__init__(window)
        self.window_ = window
        self.account = account
        self._memory = memory
        self._kinds = kinds
        self._session: Session | None = None
        self._status: LiveStatus | None = None
        self._on_key_wanted: Callable[[], None] = lambda: None
        self._on_address_wanted: Callable[[str], None] = lambda address: None
        window.use_maker(self._make)
        window.sidebar.view_chosen.connect(self._open_view)
        window.sidebar.views_wanted.connect(self._load_views)
        window.sidebar.kind_chosen.connect(self._open_kind)
        window.table_dropped.connect(self._import)
        window.tabs.tabs_changed.connect(self._remember_tabs)
        window.tabs.front_changed.connect(self._front_changed)
        self._show_remembered()

    # --- what a workspace is offered (see workspace.Desk) --------------------------------------

    @property
    def session(self) -> Session:
        """The open session; workspaces are only made once it is there."""
        if self._session is None:
            raise RuntimeError("the account is not open yet")
        return self._session

    @property
    def attached(self) -> bool:
        """Whether the session is there."""
        return self._session is not None

    @property
    def tasks(self) -> TaskRunner:
        """Where background work is started."""
        return self.window_.tasks

    @property
    def theme(self) -> Theme:
        """Colours, sizes and icons."""
        return self.window_.theme

    @property
    def memory(self) -> MemoryPart:
        """This account's corner of what is remembered."""
        return self._memory

    @property
    def account_name(self) -> str:
        """The profile's name."""
        return self.account.name

    @property
    def account_color(self) -> str:
        """The profile's colour."""
        return self.account.color

    @property
    def production(self) -> bool:
        """Whether this is a production account."""
        return self.account.production

    def open(self, kind: str, args: Mapping[str, Any] | None = None) -> Workspace:
        """Open a workspace in a tab, or go to the one that is open already."""
        given = dict(args or {})
        key = self._kinds.key(kind, given)
        same = (tab for tab in self.window_.tabs.tabs if tab.kind == kind)
        tab = next((tab for tab in same if self._kinds.key(kind, tab.args) == key), None)
        if tab is None:
            tab = Tab(kind, self._kinds.get(kind).title, given)
            self.window_.tabs.add(tab)
        else:
            self.window_.tabs.bring_to_front(tab)
            if tab.workspace is not None:
                tab.workspace.asked(given)
        if tab.workspace is None:
            raise TabNotMade(f"the tab {kind} {key} could not be made")
        return tab.workspace

    def say(self, message: Message) -> None:
        """Show a calm message."""
        self.window_.say(message)

    def say_error(self, error: BaseException, doing: str = "", again: Callable[[], object] | None = None) -> None:
        """Show an error; one of the connection's (no network, refused key) is told once, by the connection."""
        if self._status is not None and self._status.tells(error):
            return
        self.say(message_of(error, doing, again))

    def ask_key(self) -> None:
        """Ask the person for a new key."""
        self._on_key_wanted()

    def commands_changed(self) -> None:
        """Draw menus and shortcuts anew."""
        self.window_.draw_commands()

    def note_count(self, module: str, view_id: int | str, count: int) -> None:
        """Tell the sidebar how many records a view holds."""
        self._show(self.window_.sidebar.outline.with_count(module, view_id, count))

    # --- life ----------------------------------------------------------------------------------

    def on_key_wanted(self, ask: Callable[[], None]) -> None:
        """Who asks the person for a new key when the CRM refuses this one."""
        self._on_key_wanted = ask

    def on_address_wanted(self, ask: Callable[[str], None]) -> None:
        """Who offers the person the address (url) that the account has moved to."""
        self._on_address_wanted = ask

    def set_address(self, url: str) -> None:
        """The address is known now (it lies in the keyring with the key): show it."""
        self.account = replace(self.account, address=url)
        self._memory.set("address", url)
        self._show_account()

    def set_account(self, account: Account) -> None:
        """The profile was edited: show its new name, colour and kind."""
        self.account = account
        self._show_account()

    def attach(self, session: Session) -> None:
        """The session is open: make the front tab, and ask for what is not remembered."""
        if not self.window_.tabs.tabs:
            # They were put away while the account could not be opened.
            self._restore_tabs()
        self._session = session
        session.recall_modules()
        self._status = LiveStatus(
            self,
            session,
            self.window_.status,
            lambda: self._on_key_wanted(),
            lambda address: self._on_address_wanted(address),
        )
        self._show(self.window_.sidebar.outline.with_modules(session.modules.all()))
        self._show_blank()
        self.window_.tabs.set_ready(True)
        self.window_.draw_commands()
        self.tasks.start(self._refresh_modules(session), owner=self, title="Listing the modules")
        self._status.offer_interrupted()
        self._status.offer_staged()

    def detach(self) -> Session | None:
        """Let go of the window and hand the session back to be closed."""
        self._remember_tabs()
        sidebar, tabs = self.window_.sidebar, self.window_.tabs
        sidebar.view_chosen.disconnect(self._open_view)
        sidebar.views_wanted.disconnect(self._load_views)
        sidebar.kind_chosen.disconnect(self._open_kind)
        self.window_.table_dropped.disconnect(self._import)
        tabs.tabs_changed.disconnect(self._remember_tabs)
        tabs.front_changed.disconnect(self._front_changed)
        tabs.close_all()
        if self._status is not None:
            self._status.end()
        session, self._session = self._session, None
        self.deleteLater()
        return session

    def catch_up(self) -> None:
        """The network is back: ask for what could not be asked meanwhile."""
        if self._session is not None:
            self.tasks.start(self._learn_modules(self._session), owner=self, title="Listing the modules")
            for tab in self.window_.tabs.tabs:
                if tab.workspace is not None:
                    tab.workspace.back_online()

    def status_changed(self) -> None:
        """Look at budget, jobs and connection again, at once."""
        if self._status is not None:
            self._status.update()

    def key_replaced(self) -> None:
        """A new key is in use: what was refused is over."""
        if self._status is not None:
            self._status.key_replaced()

    # --- sidebar -------------------------------------------------------------------------------

    def _show_remembered(self) -> None:
        sidebar = self.window_.sidebar
        self._show_account()
        sidebar.show_outline(
            Outline.recall(self._memory.get("outline")), self._memory.get("open_modules", ["contacts"])
        )
        self.filters_changed()
        self.window_.status.show_budget(None)
        self.window_.tabs.set_ready(False)
        self._show_blank()
        self._restore_tabs()

    def filters_changed(self) -> None:
        """List the saved filters beside the views."""
        self.window_.sidebar.show_filters(saved_filters(self._memory.get(SAVED_FILTERS)))

    def _show_account(self) -> None:
        account = self.account
        self.window_.sidebar.card.show_account(
            account.name, account.host, account.color, production=account.production, mark=account.mark
        )
        self.window_.setWindowTitle(f"{account.name} – CRMDesk")
        self.window_.status.show_connection("unknown", account.host)

    def _show(self, outline: Outline) -> None:
        if outline != self.window_.sidebar.outline:
            self.window_.sidebar.show_outline(outline)
            self._memory.set("outline", outline.remember())

    async def _refresh_modules(self, session: Session) -> None:
        self._load_missing_views()
        if (await session.connect()).state == "connected":
            await self._learn_modules(session)

    async def _learn_modules(self, session: Session) -> None:
        """The account's own modules, and the views that are to be seen and are not there."""
        await session.load_modules()
        self._show(self.window_.sidebar.outline.with_modules(session.modules.all()))
        self._load_missing_views()

    def _load_missing_views(self) -> None:
        for key in self.window_.sidebar.open_modules:
            entry = self.window_.sidebar.outline.module(key)
            if entry is not None and (entry.views is None or entry.trouble):
                self._load_views(key, False)

    def _load_views(self, key: str, refresh: bool) -> None:
        """Ask for a module's views; the sidebar shows that it waits, or why it can't."""
        entry = self.window_.sidebar.outline.module(key)
        if self._session is None or entry is None or entry.loading or entry.single is not None:
            return
        self._memory.set("open_modules", self.window_.sidebar.open_modules)
        self._show(self.window_.sidebar.outline.with_module(key, loading=True, trouble=""))

        def failed(error: BaseException) -> None:
            self._show(self.window_.sidebar.outline.with_module(key, loading=False, trouble=str(error)))
            self.say_error(error, f"Listing the views of {entry.title}", lambda: self._load_views(key, True))

        def done(views: list[Any]) -> None:
            self.session.heard(None)
            self._show(self.window_.sidebar.outline.with_views(key, views))
            self._show_blank()

        self.tasks.start(self._session.views(key, refresh=refresh), owner=self, on_done=done, on_failed=failed)

    def refresh_views(self) -> None:
        """Ask anew for the views of every module that is unfolded."""
        for key in self.window_.sidebar.open_modules:
            self._load_views(key, True)

    def _open_view(self, module: str, view: ViewEntry) -> None:
        if self._session is not None:
            self.open("view", {"module": module, "view_id": view.id, "view_name": view.name})

    def _open_kind(self, kind: str) -> None:
        if self._session is not None:
            self.open(kind)

    def _import(self, path: Path) -> None:
        """A table was dropped on the window."""
        if self._session is not None:
            self.open("import", {**self.module_in_front(), "path": str(path)})

    def module_in_front(self) -> dict[str, Any]:
        """The module of the tab in front, as an argument for a workspace; empty where it has none."""
        front = self.window_.tabs.front
        return {"module": front.args["module"]} if front is not None and front.args.get("module") else {}

    # --- tabs ----------------------------------------------------------------------------------

    def _make(self, tab: Tab) -> Workspace | None:
        try:
            return self._kinds.get(tab.kind).make(self, tab.args)
        except Exception as error:
            # A workspace that can't be made must not take the window with it.
            self.say(message_of(error, f"Opening {tab.title}"))
            return None

    def _front_changed(self, tab: Tab | None) -> None:
        if tab is None:
            key: tuple[str, ...] = ()
        elif tab.kind == "view":
            key = ("view", str(tab.args.get("module", "")), str(tab.args.get("view_id", "")))
        else:
            key = ("kind", tab.kind)
        self.window_.sidebar.select(key)
        self._remember_tabs()

    def _remember_tabs(self) -> None:
        if self._session is None:
            return
        rows: list[dict[str, Any]] = []
        front = 0
        for tab in self.window_.tabs.tabs:
            args = tab.workspace.memory() if tab.workspace is not None else tab.args
            if args is not None:
                if tab is self.window_.tabs.front:
                    front = len(rows)
                rows.append({"kind": tab.kind, "title": tab.title, "args": dict(args)})
        self._memory.set("tabs", rows)
        self._memory.set("front_tab", front)
        self._memory.set("open_modules", self.window_.sidebar.open_modules)

    def _restore_tabs(self) -> None:
        front = self._memory.get("front_tab", 0)
        for at, row in enumerate(self._memory.get("tabs", []) or []):
            try:
                kind, title, args = str(row["kind"]), str(row["title"]), dict(row["args"])
            except (KeyError, TypeError, ValueError):
                continue
            if kind in self._kinds:
                self.window_.tabs.add(Tab(kind, title, args), front=at == front)

    def _show_blank(self) -> None:
        """What to do next, while no tab is open."""
        if self._session is None:
            self.window_.tabs.set_blank(
                EmptyState(
                    f"Opening {self.account.name}",
                    "What is remembered is in the sidebar already.",
                    icon=self.theme.icon("profile"),
                )
            )
            return
        contacts = self.window_.sidebar.outline.module("contacts")
        views = contacts.few() if contacts is not None else ()
        buttons = []
        if views:
            view = views[0]
            buttons.append(Button(f"Open {view.name}", lambda: self._open_view("contacts", view), role="primary"))
        self.window_.tabs.set_blank(
            EmptyState(
                "Pick a view in the sidebar",
                "A view is one of the CRM's own filters. Its first page costs one request. "
                "Ctrl+K finds views, workspaces and commands.",
                *buttons,
                icon=self.theme.icon("view"),
            )
        )
