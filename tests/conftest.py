"""Fixtures of all rooms: a private data folder, the sandbox over HTTP, a screen, an own keyring."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.display import screen

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess


def pytest_configure(config: pytest.Config) -> None:
    """SIGTERM ends the tests as Ctrl+C does, so that fixtures take down what they started."""
    if os.name == "posix":
        signal.signal(signal.SIGTERM, signal.default_int_handler)


SMALL = ("--records", "300", "--hour-limit", "0", "--job-time", "0.1,0")


@pytest.fixture(scope="session", autouse=True)
def own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads the developer's account, data folder, proxies for loopback or input methods."""
    with pytest.MonkeyPatch.context() as patch:
        # A test that did not ask for a keyring must never reach the developer's own.
        patch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        foreign = ("CRMDESK_BUNDLE_ALIAS", "CRMDESK_API_KEY", "CRMDESK_ALLOW_HOST", "PYTHON_KEYRING_BACKEND")
        for name in foreign:
            patch.delenv(name, raising=False)
        patch.setenv("CRMDESK_HOME", str(tmp_path_factory.mktemp("no-test-named-its-data-home")))
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.setenv("QT_IM_MODULE", "compose")
        if os.name == "posix" and os.geteuid() == 0:
            # Chromium refuses to be root inside its sandbox; the product never turns it off.
            patch.setenv("QTWEBENGINE_DISABLE_SANDBOX", "1")
        yield


@pytest.fixture
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh data folder, which CRMDESK_HOME names."""
    home = tmp_path / "crmdesk-home"
    monkeypatch.setenv("CRMDESK_HOME", str(home))
    return home


@pytest.fixture(scope="module")
def start_sandbox() -> Iterator[Callable[..., SandboxProcess]]:
    """`start_sandbox(*flags)` starts a sandbox; all of them end with the module."""
    from tests.support.sandbox_process import SandboxProcess

    started: list[SandboxProcess] = []

    def start(*flags: str) -> SandboxProcess:
        process = SandboxProcess(*flags)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.process.poll() is None:
            process.stop()
        for stream in (process.process.stdin, process.process.stdout, process.process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture(scope="module")
def small_sandbox(start_sandbox: Callable[..., SandboxProcess]) -> SandboxProcess:
    """One sandbox for the module: 300 contacts and deals, no limits, jobs of 0.1 s."""
    return start_sandbox(*SMALL)


@pytest.fixture
def sandbox(small_sandbox: SandboxProcess) -> SandboxProcess:
    """The module's small sandbox, back at its dataset, with an empty request log and no faults."""
    small_sandbox.reset()
    return small_sandbox


@pytest.fixture(scope="session")
def display() -> Iterator[dict[str, str]]:
    """The environment of a screen of this test process, set for it and what it starts."""
    with screen() as variables, pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield variables


@pytest.fixture(scope="session")
def qapp_args(display: dict[str, str]) -> list[str]:
    """pytest-qt asks for these before it makes the QApplication, so the screen is there by then."""
    return ["crmdesk-tests"]


@pytest.fixture(scope="module")
def secret_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An unlocked GNOME Keyring of this module's own, as the session's keyring; skips where there is none."""
    from tests.support.secret_service import bus, why_no_keyring

    if why_no_keyring():
        pytest.skip(why_no_keyring())
    with bus(tmp_path_factory.mktemp("keyring")) as variables, pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


@pytest.fixture
def no_secret_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No session bus, so no keyring on Linux."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path / 'nobody-listens'}")
