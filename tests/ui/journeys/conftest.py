"""The whole program in one window over a sandbox: started, steered as a person steers it, ended, started again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from tests.support.sandbox_process import SandboxProcess
from tests.ui.journeys.traveller import Traveller
from tests.ui.loops import TestLoop


@pytest.fixture
def traveller(qapp: QApplication, sandbox: SandboxProcess, data_home: Path, qtbot: Any) -> Iterator[Traveller]:
    """A person before the window, connected to the module's sandbox; what is left at the end is let go."""
    qapp.setQuitOnLastWindowClosed(False)
    loop = TestLoop(qapp)
    asyncio.set_event_loop(loop)
    made = Traveller(qapp, loop, sandbox, qtbot)
    made.start()
    yield made
    made.leave()
    loop.close()
    asyncio.set_event_loop(None)
