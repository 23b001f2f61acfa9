"""Starts the window: Qt, the theme, the first paint; the loop and all the rest come after it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from crmdesk.config.paths import data_dir, resources_dir
from crmdesk.config.settings import Settings
from crmdesk.ui.application import Application
from crmdesk.ui.connect.accounts import Accounts
from crmdesk.ui.opening import Options
from crmdesk.ui.theme import Theme
from crmdesk.ui.window.main_window import MainWindow
from crmdesk.ui.window.memory import WindowMemory

PAINT_WITHIN_MS = 400


def parse(argv: Sequence[str]) -> Options:
    """The options of the command line; exits with 2 on wrong use, as argparse does."""
    if not argv:
        return Options()
    import argparse

    parser = argparse.ArgumentParser(prog="crmdesk-gui", description="A desktop admin console for Freshworks CRM.")
    parser.add_argument("--demo", action="store_true", help="open sample data on a sandbox of its own")
    parser.add_argument("--profile", default="", metavar="NAME", help="open this saved account")
    parser.add_argument("--theme", default="", choices=["light", "dark", "system"], help="colours")
    given = parser.parse_args(argv)
    return Options(given.demo, given.profile, given.theme)


def make_application(app: QApplication, scheme: str = "") -> Application:
    """The application with its services, from the person's data folder; no window and no loop yet."""
    memory = WindowMemory(Settings(data_dir() / "window.json"))
    theme = Theme(
        app,
        resources_dir(),
        scheme or str(memory.get("theme.scheme", "system")),
        bool(memory.get("theme.dense", False)),
    )
    return Application(theme, memory, Accounts(data_dir()))


class _Painted(QObject):
    """Notes that a window was painted for the first time."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.seen = False
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """The first paint event is enough."""
        self.seen = self.seen or event.type() == QEvent.Type.Paint
        return False


def paint_first(app: QApplication, window: MainWindow) -> None:
    """Let the window paint, before anything slow is imported; waits at most PAINT_WITHIN_MS."""
    painted = _Painted(window)
    patience = QTimer()
    patience.setSingleShot(True)
    patience.start(PAINT_WITHIN_MS)
    flags = QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents
    while not painted.seen and patience.isActive():
        app.processEvents(flags | QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    app.processEvents(flags)
    window.removeEventFilter(painted)
    painted.deleteLater()


def main(argv: Sequence[str] | None = None, painted: Callable[[], None] | None = None) -> int:
    """Run the window until it is closed; `painted` is called after the first paint (for the bench)."""
    options = parse(sys.argv[1:] if argv is None else argv)
    # WebEngine, which a preview opens later, needs this before the application exists.
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    app = QApplication(["crmdesk"])
    app.setApplicationName("CRMDesk")
    app.setDesktopFileName("crmdesk")
    app.setQuitOnLastWindowClosed(False)
    application = make_application(app, options.theme)
    frame = application.show_first(options)
    paint_first(app, frame.window)
    if painted is not None:
        painted()
    return _run(app, application)


def _run(app: QApplication, application: Application) -> int:
    """Make the loop and stay in it until the last window has closed in order."""
    import asyncio
    import signal

    import qasync

    from crmdesk.ui.garbage import GarbageCollector

    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    application.bind(loop)
    application.failures.catch_all(loop)
    # Python sees a signal only while it runs: once a second, then. The windows close in order.
    tick = QTimer()
    tick.timeout.connect(lambda: None)
    tick.start(1000)
    signal.signal(signal.SIGINT, lambda _number, _frame: application.quit())
    garbage = GarbageCollector()
    with loop:
        loop.run_until_complete(_until_ended(app, application))
    garbage.stop()
    return 0


async def _until_ended(app: QApplication, application: Application) -> None:
    app.setWindowIcon(application.theme.icon("reassign", "accent"))
    application.begin()
    application.tasks.start(_start_log(), title="Opening the log")
    await application.ended()


async def _start_log() -> None:
    import asyncio
    import logging
    import platform

    from crmdesk.config import logs
    from crmdesk.ui.window.about import version

    await asyncio.to_thread(logs.configure)
    logging.getLogger("crmdesk.ui").info(
        "CRMDesk %s started, Python %s, %s", version(), platform.python_version(), platform.platform()
    )


if __name__ == "__main__":
    sys.exit(main())
