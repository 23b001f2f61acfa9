"""A desk for workspaces without the window around them: a real session, and notes of what was asked of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtWidgets import QApplication

from crmdesk.config.paths import resources_dir
from crmdesk.session import Session
from crmdesk.ui.tasks import TaskRunner
from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import Message, message_of
from crmdesk.ui.window.workspace import Workspace


class Notebook:
    """Memory that forgets when the test ends."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def get(self, key: str, default: Any = None) -> Any:
        """The remembered value."""
        return self.kept.get(key, default)

    def set(self, key: str, value: Any) -> None:
        """Remember."""
        self.kept[key] = value


class PlainDesk:
    """Serves workspaces; writes down what they open and say."""

    account_name = "Test account"
    account_color = "#2D5CDB"
    production = False

    def __init__(self, session: Session, loop: asyncio.AbstractEventLoop, scheme: str = "light") -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.session = session
        self.loop = loop
        self.tasks = TaskRunner(loop)
        self.theme = Theme(app, resources_dir(), scheme)
        self.memory = Notebook()
        self.opened: list[tuple[str, Mapping[str, Any]]] = []
        self.messages: list[Message] = []
        self.errors: list[BaseException] = []
        self.asked: list[Any] = []  # addresses of requests, when a fixture writes them down
        self.held: dict[str, asyncio.Event] = {}  # requests held back by the end of their path, if it can
        self.counts: dict[tuple[str, int | str], int] = {}
        self.tasks.failed.connect(lambda error, doing, again: self.say_error(error, doing, again))

    def open(self, kind: str, args: Mapping[str, Any] | None = None) -> Workspace:
        """Write down what was opened."""
        self.opened.append((kind, dict(args or {})))
        return None  # type: ignore[return-value]

    def say(self, message: Message) -> None:
        """Write down what was said."""
        self.messages.append(message)

    def say_error(self, error: BaseException, doing: str = "", again: Callable[[], object] | None = None) -> None:
        """Write down the error."""
        self.errors.append(error)
        self.messages.append(message_of(error, doing, again))

    def filters_changed(self) -> None:
        """Nobody lists filters here."""

    def ask_key(self) -> None:
        """Nobody has another key here."""

    def commands_changed(self) -> None:
        """Nobody draws menus here."""

    def note_count(self, module: str, view_id: int | str, count: int) -> None:
        """Write down a view's count."""
        self.counts[(module, view_id)] = count

    # -- for tests ---------------------------------------------------------------------------

    def until(self, condition: Callable[[], object], what: str = "", seconds: float = 20) -> None:
        """Turn the loop until `condition` holds; fails with `what` after some time."""
        limit = time.monotonic() + seconds

        async def wait() -> None:
            while not condition():
                assert time.monotonic() < limit, f"never came true: {what or condition}"
                await asyncio.sleep(0.005)

        self.loop.run_until_complete(wait())

    def turn(self, seconds: float) -> None:
        """Turn the loop for a while: only to show that nothing happens meanwhile."""
        self.loop.run_until_complete(asyncio.sleep(seconds))
