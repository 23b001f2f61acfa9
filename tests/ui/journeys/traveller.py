"""One person before the whole window: what they can see, press and type, and what they wait for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from crmdesk.config.paths import data_dir, resources_dir
from crmdesk.config.settings import Settings
from crmdesk.profiles.profile import Profile
from crmdesk.profiles.vault import SecretItem, Vault
from crmdesk.ui.application import Application
from crmdesk.ui.browse.workspace import BrowseWorkspace
from crmdesk.ui.closing import KEPT_TOLD
from crmdesk.ui.connect.accounts import Accounts
from crmdesk.ui.editors import FieldEditor
from crmdesk.ui.opening import Options
from crmdesk.ui.record.new import NewWorkspace
from crmdesk.ui.record.workspace import RecordWorkspace
from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import Message
from crmdesk.ui.window.desk import AccountDesk
from crmdesk.ui.window.frame import Frame
from crmdesk.ui.window.main_window import MainWindow
from crmdesk.ui.window.memory import WindowMemory
from tests.support.sandbox_process import SandboxProcess
from tests.ui.loops import TestLoop

T = TypeVar("T")
WITHIN_S = 30.0


class Traveller:
    """Starts the program as often as a journey needs it, on one data folder and one keyring."""

    def __init__(self, app: QApplication, loop: TestLoop, sandbox: SandboxProcess, qtbot: Any) -> None:
        self._app = app
        self.loop = loop
        self.sandbox = sandbox
        self.bot = qtbot
        self.vault = Vault()
        self._heard: list[Message] = []
        self.application: Application
        self.frame: Frame
        # Nothing is kept back and nothing runs out: what a journey costs is other tests' business.
        profile = replace(Profile.new("Acme", kind="sandbox"), hourly_limit=1_000_000, reserve_percent=0)
        accounts = Accounts(data_dir(), self.vault)
        accounts.store.add(profile)
        accounts.store.use(profile.id)
        self.vault.hold(profile.id, SecretItem(sandbox.url, sandbox.api_key))

    # --- start and end -----------------------------------------------------------------------------

    def start(self) -> None:
        """Start the program, and wait until the account is open."""
        memory = WindowMemory(Settings(data_dir() / "window.json"))
        theme = Theme(self._app, resources_dir(), "light")
        self.application = Application(theme, memory, Accounts(data_dir(), self.vault))
        self.application.bind(self.loop)
        self.frame = self.application.show_first(Options())
        self.window.resize(1400, 900)
        self.window.activateWindow()
        self.application.begin()
        self.until(lambda: self.frame.desk is not None and self.frame.desk.attached, "the account is open")
        self.run(self.desk.session.load_modules())
        self.settle()
        self.until(self.window.isActiveWindow, "the window has the keyboard")
        self.desk.memory.set(KEPT_TOLD, True)

    def end(self) -> None:
        """Close the window as its close button does, and wait for the end."""
        self.window.close()
        self.run(self.application.ended())

    def leave(self) -> None:
        """End the program, if it still runs."""
        if self.application.frames:
            for dialog in self._dialogs():
                dialog.reject()
            if self.frame.desk is not None and self.desk.attached:
                self.until(lambda: self.desk.session.jobs.running is None, "the last job ends")
                self.settle()
            self.application.quit()
            self.run(self.application.ended())

    @property
    def window(self) -> MainWindow:
        """The main window."""
        return self.frame.window

    @property
    def desk(self) -> AccountDesk:
        """The open account."""
        assert self.frame.desk is not None
        return self.frame.desk

    @property
    def unsaved(self) -> int:
        """How many changes are staged."""
        return self.desk.session.drafts.count()

    # --- time --------------------------------------------------------------------------------------

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Turn the loop until `work` is done."""
        result: T = self.loop.run_until_complete(asyncio.wait_for(work, WITHIN_S))
        return result

    def until(self, condition: Callable[[], object], what: str, seconds: float = WITHIN_S) -> None:
        """Turn the loop until the condition holds; fails with `what`, and with what the window says."""
        limit = time.monotonic() + seconds

        async def wait() -> None:
            while not condition():
                assert time.monotonic() < limit, f"never: {what}; {self.unsaved} unsaved; {self.told()}"
                await asyncio.sleep(0.01)

        self.loop.run_until_complete(wait())

    def settle(self) -> None:
        """Nothing is under way any more."""
        self.until(lambda: self.application.tasks.under_way == 0, "the window rests")

    # --- what is said ------------------------------------------------------------------------------

    def told(self) -> list[str]:
        """The messages in sight, with their details."""
        return [f"{m.text} {m.remedy} {m.details}".strip() for m in self.window.messages.messages]

    def said(self, start: str) -> Message:
        """The message that begins so, once it is there; one that was waited for before does not count again."""

        def found() -> list[Message]:
            messages = [one for one in self.window.messages.messages if one.text.startswith(start)]
            return [one for one in messages if not any(one is heard for heard in self._heard)]

        self.until(found, f"“{start}” is said")
        self._heard.append(found()[0])
        return self._heard[-1]

    def act(self, message: Message, name: str) -> None:
        """Press a button of a message."""
        dict(message.actions)[name]()

    def dialog(self, kind: type[QDialog] = QDialog) -> Any:
        """The dialog in front, once it is there."""
        self.until(lambda: [one for one in self._dialogs() if isinstance(one, kind)], f"a {kind.__name__} opens")
        return [one for one in self._dialogs() if isinstance(one, kind)][-1]

    def _dialogs(self) -> list[QDialog]:
        return [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog) and one.isVisible()]

    # --- going somewhere ---------------------------------------------------------------------------

    @property
    def front(self) -> Any:
        """The workspace in front."""
        tab = self.window.tabs.front
        return tab.workspace if tab is not None else None

    def view(self, module: str, name: str, *columns: str) -> BrowseWorkspace:
        """A view in a tab, with these columns; its first page there."""
        if columns:
            self.desk.memory.set(f"browse.{module}.columns", {"keys": list(columns), "widths": {}})
        found = next(view for view in self.run(self.desk.session.views(module)) if view.name == name)
        args = {"module": module, "view_id": found.id, "view_name": name}
        work = cast(BrowseWorkspace, self.desk.open("view", args))
        self.until(lambda: work.model.total is not None and not work.feed.busy, f"{name} is read")
        self.settle()
        return work

    def opened(self, kind: type[T]) -> T:
        """The workspace in front, once it is of this kind; everything that it asks for is there."""
        self.until(lambda: isinstance(self.front, kind), f"{kind.__name__} is in front")
        self.settle()
        return cast(T, self.front)

    def record(self, module: str, record_id: int) -> RecordWorkspace:
        """A record in a tab of its own, read."""
        label = self.desk.session.modules.get(module).label(self.sandbox.record(module, record_id))
        work = cast(RecordWorkspace, self.desk.open("record", {"module": module, "id": record_id, "label": label}))
        self.until(lambda: work.inspected.panel.sheet is not None and not work.inspected.loading, "the record is read")
        self.settle()
        return work

    def new(self, module: str, **args: Any) -> NewWorkspace:
        """The form of a new record, drawn."""
        return self.drawn(cast(NewWorkspace, self.desk.open("new", {"module": module, **args})))

    def drawn(self, work: NewWorkspace) -> NewWorkspace:
        """The form, once its fields are there."""
        self.until(lambda: work.fields is not None, "the form is drawn")
        self.settle()
        return work

    # --- mouse and keyboard --------------------------------------------------------------------------

    def command(self, name: str) -> None:
        """Run a command of the menus; fails where it is not offered now."""
        found = next((one for one in self.window.commands() if one.id == name), None)
        assert found is not None, f"no command {name}"
        assert found.enabled(), f"{name} is not offered now"
        self.window.run(found)

    def keys(self, key: Qt.Key, *modifiers: Qt.KeyboardModifier, on: QWidget | None = None) -> None:
        """Press a key where the keyboard is."""
        held = Qt.KeyboardModifier.NoModifier
        for one in modifiers:
            held |= one
        self.bot.keyClick(on or QApplication.focusWidget() or self.window, key, held)

    def write(self, text: str, on: QWidget | None = None) -> None:
        """Type where the keyboard is."""
        self.bot.keyClicks(on or QApplication.focusWidget(), text)

    def click(self, widget: QWidget) -> None:
        """Click a widget that is in sight and enabled."""
        assert widget.isVisible() and widget.isEnabled(), f"{widget.accessibleName() or widget} can't be clicked"
        self.bot.mouseClick(widget, Qt.MouseButton.LeftButton)

    # --- forms and cells -----------------------------------------------------------------------------

    def enter(self, work: NewWorkspace, field: str, value: Any) -> None:
        """A value (normal form) into a field of a new record's form, taken over as leaving it does."""
        assert work.fields is not None
        self._take(work.fields.editors[field], value)

    def change(self, work: RecordWorkspace, field: str, value: Any) -> None:
        """A value into a field of a record's form."""
        work.inspected.form.edit(field)
        row = work.inspected.panel.editing
        assert row is not None and row.editor is not None, f"{field} can't be edited"
        self._take(row.editor, value)

    def type_cell(self, work: BrowseWorkspace, row: int, field: str, text: str) -> None:
        """Type a text over a cell, as letters and Enter do."""
        self.go_to_cell(work, row, field)
        self.write(text[0], on=work.table)
        self.until(lambda: work.editing.editor is not None, "the editor opens")
        editor = work.editing.editor
        assert editor is not None
        target: QWidget = editor
        while (proxy := target.focusProxy()) is not None:
            target = proxy
        self.write(text[1:], on=target)
        self.keys(Qt.Key.Key_Return, on=target)
        self.until(lambda: work.editing.editor is None, "the cell is taken over")

    def go_to_cell(self, work: BrowseWorkspace, row: int, field: str) -> None:
        """Put the keyboard on a cell."""
        work.table.go_to_cell(row, [column.key for column in work.model.columns].index(field))

    @staticmethod
    def _take(editor: FieldEditor, value: Any) -> None:
        editor.show_value(value)
        editor.touch()
        assert editor.commit(), editor.problem()
