"""The commands of the window itself, and what the palette lists beside them: views, tabs, accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmdesk.ui.commands import Command
from crmdesk.ui.window.kinds import SIDEBAR
from crmdesk.ui.window.outline import ModuleEntry, ViewEntry

if TYPE_CHECKING:
    from crmdesk.ui.application import Application
    from crmdesk.ui.window.desk import AccountDesk
    from crmdesk.ui.window.frame import Frame


def shell_commands(app: Application, frame: Frame) -> Sequence[Command]:
    """Everything the menus hold whatever tab is in front."""
    return [
        *_file(app, frame),
        *_view(app, frame),
        *_tools(frame),
        *_help(app, frame),
        *_tab_numbers(frame),
    ]


def palette_commands(app: Application, frame: Frame) -> Sequence[Command]:
    """What only the palette lists: open tabs, views, modules, accounts."""
    found: list[Command] = []
    for tab in frame.window.tabs.tabs:
        found.append(
            Command(
                f"tab:{id(tab)}",
                tab.title,
                lambda tab=tab: frame.window.tabs.bring_to_front(tab),  # type: ignore[misc]
                icon="view",
                detail="Open tab",
            )
        )
    desk = frame.desk
    later: list[Command] = []
    if desk is not None and desk.attached:
        for entry in frame.window.sidebar.outline.modules:
            first, *rest = _module(desk, frame, entry) or (None,)
            found += [first] if first is not None else []
            later += rest
    for profile in app.accounts.profiles():
        if desk is None or profile.id != desk.account.profile_id:
            found.append(
                Command(
                    f"account:{profile.id}",
                    profile.name,
                    lambda profile=profile: app.opening.open_profile(frame, profile),  # type: ignore[misc]
                    icon="profile",
                    detail="Switch to account",
                )
            )
    return [*found, *later]


def _module(desk: AccountDesk, frame: Frame, entry: ModuleEntry) -> list[Command]:
    def opens(view: ViewEntry) -> Command:
        return Command(
            f"view:{entry.key}:{view.id}",
            view.name,
            lambda: desk.open("view", {"module": entry.key, "view_id": view.id, "view_name": view.name}),
            icon=entry.icon,
            detail=entry.title if view.name != entry.title else "Module",
            keywords="view",
            # The module's own name finds the view that holds it all; the others have names of their own.
            place=f"{entry.title} {view.name}" if view in entry.few()[:1] else view.name,
        )

    if entry.views is not None:
        few = entry.few()
        return [opens(view) for view in (*few, *(view for view in entry.ordered() if view not in few))]
    return [
        Command(
            f"module:{entry.key}",
            entry.title,
            lambda: frame.window.sidebar.unfold(entry.key),
            icon=entry.icon,
            detail="Show its views",
            keywords="module",
            place=entry.title,
        )
    ]


def _file(app: Application, frame: Frame) -> list[Command]:
    tabs = frame.window.tabs
    return [
        Command("connect", "Connect an account…", lambda: app.connect_account(frame), "File", icon="plus"),
        Command("accounts", "Manage accounts…", lambda: app.manage_accounts(frame), "File", icon="profile"),
        Command(
            "replace-key",
            "Enter a new key…",
            lambda: app.opening.enter_key(frame),
            "File",
            icon="key",
            keywords="replace api key",
            enabled=lambda: frame.desk is not None and frame.desk.account.mark != "SAMPLE",
        ),
        Command(
            "disconnect",
            "Close the account",
            lambda: app.opening.disconnect(frame),
            "File",
            icon="close",
            keywords="disconnect sign out",
            enabled=lambda: frame.desk is not None,
        ),
        Command("sample", "Try it with sample data", lambda: app.opening.open_sample(frame), "File", icon="sample"),
        Command(
            "import",
            "Import…",
            lambda: frame.desk.open("import", frame.desk.module_in_front()) if frame.desk is not None else None,
            "File",
            "Ctrl+Shift+I",
            "import",
            1,
            detail="Records from a CSV or an Excel workbook",
            keywords="csv xlsx excel file upload",
            enabled=lambda: frame.desk is not None and frame.desk.attached,
        ),
        Command(
            "new-window",
            "New window",
            lambda: app.new_window(),
            "File",
            "Ctrl+Shift+N",
            group=1,
            detail="A second account beside this one",
        ),
        Command(
            "close-tab",
            "Close tab",
            tabs.close_front,
            "File",
            "Ctrl+W",
            "close",
            1,
            enabled=lambda: tabs.front is not None,
        ),
        Command("close-window", "Close window", frame.window.close, "File", "Ctrl+Shift+W", group=1),
        Command("settings", "Settings…", lambda: app.settings_dialog(frame), "File", "Ctrl+,", "settings", 2),
        Command("quit", "Quit CRMDesk", lambda: app.quit(), "File", "Ctrl+Q", "quit", 3),
    ]


def _view(app: Application, frame: Frame) -> list[Command]:
    window = frame.window
    theme = app.theme
    schemes = [
        Command(
            f"theme-{scheme}",
            title,
            lambda scheme=scheme: app.choose_theme(scheme),  # type: ignore[misc]
            "View",
            icon="theme",
            group=3,
            keywords="theme colours appearance",
            checked=lambda scheme=scheme: theme.scheme == scheme,  # type: ignore[misc]
        )
        for scheme, title in (
            ("system", "Colours as the system"),
            ("light", "Light colours"),
            ("dark", "Dark colours"),
        )
    ]
    return [
        Command("palette", "Find…", window.open_palette, "View", "Ctrl+K", "search", in_palette=False),
        Command(
            "sidebar",
            "Sidebar",
            window.fold_sidebar,
            "View",
            "Ctrl+B",
            "sidebar",
            1,
            checked=lambda: not window.sidebar.isHidden(),
        ),
        Command(
            "inspector",
            "Inspector",
            window.fold_inspector,
            "View",
            "Ctrl+I",
            "inspector",
            1,
            checked=lambda: not window.inspector.folded,
        ),
        Command("focus-sidebar", "Go to the sidebar", window.sidebar.focus_list, "View", "Ctrl+0", group=1),
        Command("next-tab", "Next tab", lambda: window.tabs.step(1), "View", "Ctrl+Tab", group=2),
        Command("previous-tab", "Previous tab", lambda: window.tabs.step(-1), "View", "Ctrl+Shift+Tab", group=2),
        *schemes,
        Command(
            "dense",
            "Dense rows",
            lambda: app.choose_density(not theme.dense),
            "View",
            group=4,
            checked=lambda: theme.dense,
        ),
        Command(
            "refresh-views",
            "Refresh the lists of views",
            lambda: frame.desk.refresh_views() if frame.desk is not None else None,
            "View",
            group=5,
            icon="refresh",
            enabled=lambda: frame.desk is not None and frame.desk.attached,
        ),
    ]


def _tools(frame: Frame) -> list[Command]:
    def attached() -> bool:
        return frame.desk is not None and frame.desk.attached

    return [
        Command(
            "review-all",
            "Review all unsaved changes",
            lambda: frame.desk.open("review", {}) if frame.desk is not None else None,
            "Tools",
            "Ctrl+Shift+S",
            "save",
            detail="What is staged, its plan, and saving it",
            keywords="save staged edits",
            enabled=attached,
        ),
    ] + [
        Command(
            kind.name,
            kind.title,
            lambda kind=kind: frame.desk.open(kind.name) if frame.desk is not None else None,  # type: ignore[misc]
            "Tools",
            kind.shortcut,
            kind.icon,
            detail=kind.detail,
            enabled=lambda: frame.desk is not None and frame.desk.attached,
        )
        for kind in SIDEBAR
    ]


def _help(app: Application, frame: Frame) -> list[Command]:
    return [
        Command(
            "shortcuts",
            "Keyboard shortcuts",
            lambda: app.shortcuts(frame),
            "Help",
            "F1",
            "key",
            keywords="keys help",
        ),
        Command("where-key", "Where to find the API key", lambda: app.show_key_help(frame), "Help", icon="key"),
        Command("logs", "Open the log folder", app.open_logs, "Help", icon="file", group=1),
        Command("about", "About CRMDesk", lambda: app.about(frame), "Help", icon="info", group=2),
    ]


def _tab_numbers(frame: Frame) -> list[Command]:
    return [
        Command(
            f"tab-{number}",
            f"Tab {number}",
            lambda number=number: frame.window.tabs.go_to(number - 1),  # type: ignore[misc]
            shortcut=f"Ctrl+{number}",
            in_palette=False,
        )
        for number in range(1, 10)
    ]
