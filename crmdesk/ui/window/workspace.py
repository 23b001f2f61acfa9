"""How a workspace plugs into the window: what it gives, and the desk it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from crmdesk.ui.commands import Command

if TYPE_CHECKING:
    from crmdesk.session import Session
    from crmdesk.ui.tasks import TaskRunner
    from crmdesk.ui.theme import Theme
    from crmdesk.ui.widgets.messages import Message


class Memory(Protocol):
    """What `config.settings.Settings` offers: values that JSON can hold, by dotted key."""

    def get(self, key: str, default: Any = None) -> Any:
        """The remembered value, or `default`."""
        ...

    def set(self, key: str, value: Any) -> None:
        """Remember `value`; it is written to disk soon."""
        ...


class Desk(Protocol):
    """What the window offers a workspace; there is one desk for each open account."""

    @property
    def session(self) -> Session:
        """The account that is open."""
        ...

    @property
    def tasks(self) -> TaskRunner:
        """Where all background work is started."""
        ...

    @property
    def theme(self) -> Theme:
        """Colours, sizes and icons; `theme.changed` when they change."""
        ...

    @property
    def memory(self) -> Memory:
        """Remembered values of this profile (column widths, last choices)."""
        ...

    @property
    def account_name(self) -> str:
        """The profile's name, to be shown where something is about to change."""
        ...

    @property
    def account_color(self) -> str:
        """The profile's colour, `#RRGGBB`."""
        ...

    @property
    def production(self) -> bool:
        """Whether the profile is marked as a production account."""
        ...

    def open(self, kind: str, args: Mapping[str, Any] | None = None) -> Workspace:
        """Open a workspace in a tab, or go to it when it is open already (same kind and key)."""
        ...

    def say(self, message: Message) -> None:
        """Show a calm message above the tabs."""
        ...

    def say_error(self, error: BaseException, doing: str = "", again: Callable[[], object] | None = None) -> None:
        """Show an error with its remedy; `again` puts a "Try again" button beside it."""
        ...

    def note_count(self, module: str, view_id: int | str, count: int) -> None:
        """Tell the sidebar how many records a view holds."""
        ...

    def filters_changed(self) -> None:
        """Saved filters of this profile are other ones: the sidebar lists them anew."""
        ...

    def ask_key(self) -> None:
        """Ask the person for a new key; a job that waits for one goes on with it."""
        ...

    def commands_changed(self) -> None:
        """Have menus and shortcuts drawn anew after a workspace's commands changed."""
        ...


class Workspace(QWidget):
    """One tab. Sub-classes are made by their kind's `make(desk, args)`."""

    title_changed = Signal()
    inspector_changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.setObjectName("page")

    @property
    def title(self) -> str:
        """The text of the tab; emit `title_changed` when it changes."""
        return ""

    @property
    def unsaved(self) -> bool:
        """Whether the tab carries the dot of staged edits."""
        return False

    def commands(self) -> Sequence[Command]:
        """What can be done while this tab is in front; asked anew each time it comes to the front."""
        return ()

    def inspector(self) -> QWidget | None:
        """What the inspector shows while this tab is in front; None folds it away."""
        return None

    def memory(self) -> Mapping[str, Any] | None:
        """`args` (as JSON can hold) to reopen this tab at the next start; None: not reopened."""
        return None

    def shown(self) -> None:
        """The tab came to the front."""

    def asked(self, args: Mapping[str, Any]) -> None:
        """The tab was open already when it was asked for with these `args`, as to show another job."""

    def back_online(self) -> None:
        """The network is back after it was gone: ask again for what could not be read."""

    def may_close(self) -> bool:
        """Whether the tab can be closed now; a workspace that says no tells why by itself."""
        return True

    def closed(self) -> None:
        """The tab is about to be deleted; its tasks end by themselves."""


def _single(_args: Mapping[str, Any]) -> str:
    return ""


@dataclass(frozen=True)
class WorkspaceKind:
    """A kind of workspace, as data. `key(args)` tells two tabs of one kind apart ("" : one tab only)."""

    name: str
    title: str
    icon: str
    make: Callable[[Desk, Mapping[str, Any]], Workspace]
    key: Callable[[Mapping[str, Any]], str] = field(default=_single)
    in_sidebar: bool = False
    shortcut: str = ""
