"""Starts the window: Qt, the loop, the theme, the first paint; all the rest comes after it."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Sequence

import qasync
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from crmdesk.config.paths import data_dir, resources_dir
from crmdesk.config.settings import Settings
from crmdesk.ui.application import Application, Options
from crmdesk.ui.connect.accounts import Accounts
from crmdesk.ui.theme import Theme
from crmdesk.ui.window.memory import WindowMemory


def parse(argv: Sequence[str] | None) -> Options:
    """The options of the command line; exits with 2 on wrong use, as argparse does."""
    parser = argparse.ArgumentParser(prog="crmdesk-gui", description="A desktop admin console for Freshworks CRM.")
    parser.add_argument("--demo", action="store_true", help="open sample data on a sandbox of its own")
    parser.add_argument("--profile", default="", metavar="NAME", help="open this saved account")
    parser.add_argument("--theme", default="", choices=["light", "dark", "system"], help="colours")
    given = parser.parse_args(argv)
    return Options(given.demo, given.profile, given.theme)


def make_application(app: QApplication, loop: asyncio.AbstractEventLoop, scheme: str = "") -> Application:
    """The application with its services, from the person's data folder; no window yet."""
    memory = WindowMemory(Settings(data_dir() / "window.json"))
    theme = Theme(
        app,
        resources_dir(),
        scheme or str(memory.get("theme.scheme", "system")),
        bool(memory.get("theme.dense", False)),
    )
    return Application(loop, theme, memory, Accounts(data_dir()))


def main(argv: Sequence[str] | None = None, painted: Callable[[], None] | None = None) -> int:
    """Run the window until it is closed; `painted` is called after the first paint (for the bench)."""
    options = parse(argv)
    # WebEngine, which a preview opens later, needs this before the application exists.
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    app = QApplication(["crmdesk"])
    app.setApplicationName("CRMDesk")
    app.setDesktopFileName("crmdesk")
    app.setQuitOnLastWindowClosed(False)
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    with loop:
        return int(loop.run_until_complete(_run(app, loop, options, painted)))


async def _run(
    app: QApplication,
    loop: asyncio.AbstractEventLoop,
    options: Options,
    painted: Callable[[], None] | None,
) -> int:
    application = make_application(app, loop, options.theme)
    application.catch_bugs(loop)
    app.setWindowIcon(application.theme.icon("reassign", "accent"))
    # Python sees the signal at the next tick of the status bar; the windows then close in order.
    signal.signal(signal.SIGINT, lambda _number, _frame: application.quit())

    def after_paint() -> None:
        if painted is not None:
            painted()
        application.tasks.start(_start_log(), title="Opening the log")

    application.start(options, after_paint)
    await application.done
    await application.tasks.stop()
    return 0


async def _start_log() -> None:
    from crmdesk.config import logs

    await asyncio.to_thread(logs.configure)


if __name__ == "__main__":
    sys.exit(main())
