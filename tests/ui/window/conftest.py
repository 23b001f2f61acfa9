"""The whole program with a window, on Qt's loop, with a data folder of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtWidgets import QApplication

from crmdesk.config.paths import data_dir, resources_dir
from crmdesk.config.settings import Settings
from crmdesk.profiles.profile import Profile
from crmdesk.profiles.vault import SecretItem, Vault
from crmdesk.ui.application import Application
from crmdesk.ui.connect.accounts import Accounts
from crmdesk.ui.opening import Options
from crmdesk.ui.theme import Theme
from crmdesk.ui.window.frame import Frame
from crmdesk.ui.window.kinds import Kinds
from crmdesk.ui.window.memory import WindowMemory
from tests.support.sandbox_process import SandboxProcess
from tests.ui.loops import TestLoop
from tests.ui.window.plain import PLAIN

T = TypeVar("T")
WITHIN_S = 30.0


class Shell:
    """Starts the program again and again on one data folder, and waits for conditions."""

    def __init__(self, app: QApplication, loop: TestLoop) -> None:
        self._app = app
        self.loop = loop
        # One vault for all starts: it stands for the keyring, which outlives the program.
        self.vault = Vault()
        self.application: Application
        self.frame: Frame

    def start(self, options: Options | None = None) -> Frame:
        """A start as the person sees it: shown first, then begun."""
        memory = WindowMemory(Settings(data_dir() / "window.json"))
        kinds = Kinds({})
        kinds.add(PLAIN)
        theme = Theme(self._app, resources_dir(), "light")
        self.application = Application(theme, memory, Accounts(data_dir(), self.vault), kinds)
        self.application.bind(self.loop)
        self.frame = self.application.show_first(options or Options())
        self.application.begin()
        return self.frame

    def save_account(self, sandbox: SandboxProcess, name: str = "Acme", key: str = "") -> Profile:
        """A profile whose key is held, as the last one that was used."""
        accounts = Accounts(data_dir(), self.vault)
        profile = Profile.new(name)
        accounts.store.add(profile)
        accounts.store.use(profile.id)
        self.vault.hold(profile.id, SecretItem(sandbox.url, key or sandbox.api_key))
        return profile

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Turn the loop until `work` is done."""
        result: T = self.loop.run_until_complete(asyncio.wait_for(work, WITHIN_S))
        return result

    def until(self, condition: Callable[[], object]) -> None:
        """Turn the loop until the condition holds."""

        async def wait() -> None:
            # Any condition at all, most of them without a signal.
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.005)

        self.run(wait())

    def until_open(self) -> None:
        """Until the account is open and everything that this starts has ended."""
        self.until(lambda: self.frame.desk is not None and self.frame.desk.attached)
        self.until(lambda: self.application.tasks.under_way == 0)

    def close(self) -> None:
        """Close every window and wait until the program would end."""
        self.application.quit()
        self.run(self.application.ended())


@pytest.fixture
def shell(qapp: QApplication, data_home: Path) -> Iterator[Shell]:
    """The program, closed at the end if a test did not."""
    qapp.setQuitOnLastWindowClosed(False)
    loop = TestLoop(qapp)
    asyncio.set_event_loop(loop)
    made = Shell(qapp, loop)
    yield made
    if made.application.frames:
        made.close()
    loop.close()
    asyncio.set_event_loop(None)
