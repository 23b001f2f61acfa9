"""The commands against the module's sandbox, each test with a data folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.support.sandbox_process import SandboxProcess


@pytest.fixture
def crmdesk(data_home: Path, sandbox: SandboxProcess) -> Program:
    """Commands on the sandbox's account, named by the environment."""
    return Program(data_home, sandbox)
