"""What benches of the window stand on: a sandbox, a session, Qt's loop and a desk.

Garbage is collected as the product does it: by the window's own collector.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest import mock

from PySide6.QtWidgets import QApplication

from tests.support.display import screen
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk
from tests.ui.loops import TestLoop


@dataclass
class Stage:
    """Everything a bench needs."""

    app: QApplication
    sandbox: SandboxProcess
    desk: PlainDesk

    def view_id(self, module: str, name: str) -> int:
        """A view by its name."""
        views = self.desk.loop.run_until_complete(self.desk.session.views(module))
        return next(view.id for view in views if view.name == name)


@contextmanager
def on_stage(*flags: str) -> Iterator[Stage]:
    """A sandbox with these flags, and a session on it with an open connection and known names."""
    from crmdesk.crm.address import parse_bundle_alias
    from crmdesk.session import Session
    from crmdesk.ui.garbage import GarbageCollector

    with tempfile.TemporaryDirectory() as home, screen() as shown:
        wanted = {"CRMDESK_HOME": home, "NO_PROXY": "127.0.0.1,localhost"}
        if QApplication.instance() is None:
            wanted |= shown
        with mock.patch.dict(os.environ, wanted), SandboxProcess(*flags) as sandbox:
            found = QApplication.instance()
            app = found if isinstance(found, QApplication) else QApplication(["bench"])
            loop = TestLoop(app)
            asyncio.set_event_loop(loop)
            address = parse_bundle_alias(sandbox.url)
            session = loop.run_until_complete(Session.open(address, sandbox.api_key))
            loop.run_until_complete(session.connect())
            desk = PlainDesk(session, loop)
            garbage = GarbageCollector()
            try:
                yield Stage(app, sandbox, desk)
            finally:
                garbage.stop()
                loop.run_until_complete(desk.tasks.stop())
                loop.run_until_complete(session.close())
                loop.close()
                asyncio.set_event_loop(None)
