"""`crmdesk` as a process of its own, as a script or a person starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from tests.support.sandbox_process import SandboxProcess

PATIENCE = 60.0
# Tasks and files that are left behind; the deprecations of libraries are not ours.
WARNINGS = "error::ResourceWarning,error::RuntimeWarning"
MAYA = "maya.lindqvist@example.com"
OUTCOMES = ("changed", "already_so", "skipped", "failed", "unsettled", "not_attempted", "reverted", "kept")


@dataclass(frozen=True)
class Ended:
    """A process that has ended."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        """The object on the last line of standard output."""
        return cast("dict[str, Any]", json.loads(self.out.splitlines()[-1]))

    @property
    def settled(self) -> int:
        """The sum over all outcomes, which is the number of records when a job has ended."""
        return sum(self.answer[outcome] for outcome in OUTCOMES)


class Program:
    """Starts commands for one account, with a data folder of their own."""

    def __init__(
        self, home: Path, sandbox: SandboxProcess | None = None, *, variables: Mapping[str, str] | None = None
    ) -> None:
        self.home = home
        self.sandbox = sandbox
        self.environment = {**os.environ, "CRMDESK_HOME": str(home), "PYTHONWARNINGS": WARNINGS}
        if sandbox is not None:
            self.environment |= {"CRMDESK_BUNDLE_ALIAS": sandbox.url, "CRMDESK_API_KEY": sandbox.api_key}
        self.environment |= variables or {}

    def __call__(
        self,
        *args: object,
        given: str = "",
        expect: int = 0,
        variables: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Ended:
        """Runs a command to its end; `given` is its standard input. No command ever shows a traceback."""
        found = subprocess.run(
            self.line(args),
            input=given,
            env=self.environment | dict(variables or {}),
            cwd=cwd,
            capture_output=True,
            timeout=PATIENCE,
            encoding="utf-8",
            check=False,
        )
        assert "Traceback" not in found.stderr, found.stderr
        ended = Ended(found.returncode, found.stdout, found.stderr)
        assert ended.code == expect, ended
        return ended

    def line(self, args: Iterable[object]) -> list[str]:
        """The command line."""
        return [sys.executable, "-m", "crmdesk", *map(str, args)]

    def start(self, *args: object) -> Started:
        """Starts a command and comes back at once."""
        return Started(self.line(args), self.environment)


class Started:
    """A command under way; its streams are read meanwhile."""

    def __init__(self, line: list[str], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            line,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._out: list[str] = []
        self._err: list[str] = []
        self._readers = [
            threading.Thread(target=_drain, args=(stream, kept), daemon=True)
            for stream, kept in ((self.process.stdout, self._out), (self.process.stderr, self._err))
        ]
        for reader in self._readers:
            reader.start()

    @property
    def talk(self) -> str:
        """What it has written on standard error so far."""
        return "".join(self._err)

    def interrupt(self) -> None:
        """Ctrl+C."""
        self.process.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT))

    def kill(self) -> None:
        """As `kill -9` does."""
        self.process.kill()
        self.wait()

    def wait(self) -> Ended:
        """Its end."""
        code = self.process.wait(timeout=PATIENCE)
        for reader in self._readers:
            reader.join(timeout=PATIENCE)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        assert "Traceback" not in self.talk, self.talk
        return Ended(code, "".join(self._out), self.talk)


def _drain(stream: IO[str] | None, kept: list[str]) -> None:
    if stream is not None:
        kept.extend(iter(stream.readline, ""))


def until(true: Callable[[], object], what: str) -> None:
    """Waits for a condition."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)


def writes(sandbox: SandboxProcess) -> int:
    """Requests that changed something so far."""
    return sum(entry["method"] in ("PUT", "POST") and "search" not in entry["path"] for entry in sandbox.requests())


def user(sandbox: SandboxProcess, email: str) -> int:
    """A user's id by e-mail."""
    return int(next(entry["id"] for entry in users(sandbox) if entry["email"] == email))


def users(sandbox: SandboxProcess) -> list[dict[str, Any]]:
    """The account's users."""
    with sandbox.client() as client:
        found: list[dict[str, Any]] = client.get("selector/owners").json()["users"]
    return found


def owners(sandbox: SandboxProcess, module: str) -> dict[int, int | None]:
    """Who owns which record of a module."""
    return {record: fields["owner_id"] for record, fields in sandbox.records(module).items()}
