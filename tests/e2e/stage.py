"""The whole program in this process, outside pytest: its windows are steered, waited for, and photographed."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QDialog

from crmdesk.ui.application import Application
from crmdesk.ui.main import make_application, parse
from crmdesk.ui.window.desk import AccountDesk
from crmdesk.ui.window.frame import Frame
from crmdesk.ui.window.main_window import MainWindow
from tests.e2e.slim import slim
from tests.ui.loops import TestLoop

T = TypeVar("T")
WITHIN_S = 40.0
SIZE = (1440, 900)
PAINTED_IN_S = 0.05


class Stage:
    """Opens the first window as a start does; ends in order with the block."""

    def __init__(self, folder: Path, *, scheme: str = "light", suffix: str = "") -> None:
        self._folder = folder
        self._suffix = suffix or scheme
        QApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
        self.app = QApplication(["crmdesk"])
        self.app.setQuitOnLastWindowClosed(False)
        self.loop = TestLoop(self.app)
        asyncio.set_event_loop(self.loop)
        self.application: Application = make_application(self.app, scheme)
        self.application.bind(self.loop)
        self.frame: Frame = self.application.show_first(parse(()))
        self.window: MainWindow = self.frame.window
        self.window.move(0, 0)
        self.window.resize(*SIZE)
        self.application.begin()

    @property
    def desk(self) -> AccountDesk:
        """The account that is open."""
        assert self.frame.desk is not None
        return self.frame.desk

    # --- time ------------------------------------------------------------------------------------

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Turn the loop until `work` is done."""
        result: T = self.loop.run_until_complete(asyncio.wait_for(work, WITHIN_S))
        return result

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Turn the loop until the condition holds; `what` names it when it never does."""
        limit = time.monotonic() + WITHIN_S

        async def wait() -> None:
            while not condition():
                if time.monotonic() > limit:
                    raise TimeoutError(f"never came true: {what}")
                await asyncio.sleep(0.01)

        self.run(wait())

    def settle(self) -> None:
        """Until no task of the window is under way."""
        self.until(lambda: self.application.tasks.under_way == 0, "the window's tasks end")

    # --- pictures --------------------------------------------------------------------------------

    def shoot(self, name: str) -> Path:
        """The window as the screen shows it, dialogs over it included, as `NAME-SUFFIX.png`."""
        # Turned by the loop: a task that is stepped by processEvents finds no running loop (see TestLoop).
        self.run(asyncio.sleep(PAINTED_IN_S))
        corner = self.window.mapToGlobal(QPoint(0, 0))
        size = self.window.size()
        picture = self.window.screen().grabWindow(0, corner.x(), corner.y(), size.width(), size.height())
        painter = QPainter(picture)
        painter.setPen(self.window.theme.color("muted"))
        for dialog in self.dialogs():
            # Nobody manages windows on this screen; a line stands for the frame of the system.
            place = dialog.mapToGlobal(QPoint(0, 0)) - corner
            painter.drawRect(QRect(place, dialog.size()).adjusted(-1, -1, 0, 0))
        painter.end()
        path = self._folder / f"{name}-{self._suffix}.png"
        if not slim(picture.toImage()).save(str(path)):
            raise OSError(f"{path} could not be written")
        return path

    def dialogs(self) -> list[QDialog]:
        """The dialogs that are open."""
        return [one for one in self.window.findChildren(QDialog) if one.isVisible()]

    def dialog(self) -> QDialog:
        """The dialog in front, once it is there."""
        self.until(self.dialogs, "a dialog opens")
        return self.dialogs()[-1]

    # --- end -------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.shoot("failed")
            for message in self.window.messages.messages:
                print(f"{message.text}\n{message.details}", file=sys.stderr)
        else:
            self.application.quit()
            self.run(self.application.ended())
            self.loop.close()
        asyncio.set_event_loop(None)
