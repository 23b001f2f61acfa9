"""A real session on the sandbox, Qt's loop, and a desk; shared with the tests of jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from crmdesk.crm.address import parse_bundle_alias
from crmdesk.session import Session
from tests.support.sandbox_process import SandboxProcess
from tests.ui.loops import TestLoop
from tests.ui.reassign.stage import Stage


@pytest.fixture
def qt_loop(qapp: QApplication) -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop of asyncio that turns Qt's."""
    qapp.setQuitOnLastWindowClosed(False)  # as the program has it: closing a window ends no loop
    loop = TestLoop(qapp)
    asyncio.set_event_loop(loop)
    yield loop
    loop.close()
    asyncio.set_event_loop(None)


@pytest.fixture
def stage(qt_loop: asyncio.AbstractEventLoop, sandbox: SandboxProcess, data_home: Path) -> Iterator[Stage]:
    """A desk on the module's sandbox, with the owners known."""
    session = qt_loop.run_until_complete(Session.open(parse_bundle_alias(sandbox.url), sandbox.api_key))
    qt_loop.run_until_complete(session.connect())
    made = Stage(session, qt_loop)
    yield made
    made.close_all()
    qt_loop.run_until_complete(made.tasks.stop())
    qt_loop.run_until_complete(session.close())
