"""A desk whose window is a plain widget, on the sandbox; it makes the review workspace."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sandbox_process import SandboxProcess
from tests.ui.reassign.conftest import qt_loop
from tests.ui.review.bench import Bench, bench_on

__all__ = ["bench", "qt_loop"]


@pytest.fixture
def bench(qt_loop: asyncio.AbstractEventLoop, sandbox: SandboxProcess, data_home: Path) -> Iterator[Bench]:
    """A desk on the module's sandbox, with the owners known."""
    with bench_on(qt_loop, sandbox) as made:
        yield made
