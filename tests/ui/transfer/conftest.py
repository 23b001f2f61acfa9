"""A desk on a sandbox of this room's size, and the workspaces of export and import on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.sandbox_process import SandboxProcess
from tests.ui.reassign.conftest import qt_loop
from tests.ui.transfer.counter import Counter, counter_on

__all__ = ["counter", "qt_loop"]


@pytest.fixture(scope="module")
def small_sandbox(start_sandbox: Callable[..., SandboxProcess]) -> SandboxProcess:
    """300 records of each module."""
    return start_sandbox("--records", "300", "--hour-limit", "0", "--job-time", "0.2")


@pytest.fixture
def counter(qt_loop: asyncio.AbstractEventLoop, sandbox: SandboxProcess, data_home: Path) -> Iterator[Counter]:
    """A desk on the module's sandbox."""
    with counter_on(qt_loop, sandbox) as made:
        yield made
