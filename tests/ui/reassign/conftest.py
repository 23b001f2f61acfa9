"""A real session on the sandbox, Qt's loop, and a desk; shared with the tests of jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.support.sandbox_process import SandboxProcess
from tests.ui.loops import TestLoop
from tests.ui.reassign.stage import Stage, desk_on


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
    with desk_on(qt_loop, sandbox) as made:
        yield made
