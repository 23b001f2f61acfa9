"""On a terminal: questions, progress, and a key that is not shown."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import MAYA, Program, owners, until, user
from tests.support.sandbox_process import SandboxProcess

if sys.platform == "win32":
    pytest.skip("pseudo-terminals are POSIX", allow_module_level=True)

import pty
import select
import signal


class Terminal:
    """A command whose three streams are a terminal."""

    def __init__(self, program: Program, *args: object) -> None:
        self._master, slave = pty.openpty()
        self.shown = ""
        self.process = subprocess.Popen(
            program.line(args),
            env=program.environment | {"TERM": "xterm", "COLUMNS": "100"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return True
        try:
            chunk = os.read(self._master, 65536)
        except OSError:  # Linux says EIO when the other end has closed
            return False
        self.shown += chunk.decode("utf-8", "replace")
        return bool(chunk)

    def see(self, text: str) -> None:
        """Waits until `text` is on the screen."""
        until(lambda: self._read(0.05) is None or text in self.shown, f"“{text}” in {self.shown!r}")

    def type(self, text: str) -> None:
        """What a person types, with Enter."""
        os.write(self._master, f"{text}\n".encode())

    def interrupt(self) -> None:
        """Ctrl+C."""
        self.process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """The exit code, when it has ended."""
        while self._read(30):
            pass
        os.close(self._master)
        assert "Traceback" not in self.shown
        return self.process.wait(timeout=30)


def line(*more: str) -> tuple[str, ...]:
    return ("reassign", "contacts", "--view", "All Contacts", "--to", MAYA, *more)


def test_no_is_the_answer_that_changes_nothing(crmdesk: Program, sandbox: SandboxProcess) -> None:
    before = owners(sandbox, "contacts")
    terminal = Terminal(crmdesk, *line())
    terminal.see("? [y/N]")
    assert "Maya Lindqvist" in terminal.shown.split("THEN")[1].splitlines()[1]
    assert "workflows" in terminal.shown
    terminal.type("")
    assert terminal.end() == 2
    assert owners(sandbox, "contacts") == before
    assert crmdesk("jobs", "--json").answer["jobs"] == []


def test_yes_runs_with_progress(crmdesk: Program, sandbox: SandboxProcess) -> None:
    sandbox.faults("slow=300:1")
    terminal = Terminal(crmdesk, *line())
    terminal.see("? [y/N]")
    assert "Reading contacts" in terminal.shown
    terminal.type("y")
    terminal.see(" of 300 records")
    assert terminal.end() == 0
    assert set(owners(sandbox, "contacts").values()) == {user(sandbox, MAYA)}


def test_ctrl_c_at_the_question_leaves_no_plan(crmdesk: Program, sandbox: SandboxProcess) -> None:
    terminal = Terminal(crmdesk, *line())
    terminal.see("? [y/N]")
    terminal.interrupt()
    assert terminal.end() == 4
    assert crmdesk("jobs", "--json").answer["jobs"] == []


def test_a_plan_that_was_never_answered_for_can_be_resumed_or_deleted(
    crmdesk: Program, sandbox: SandboxProcess
) -> None:
    for _ in range(2):
        terminal = Terminal(crmdesk, *line())
        terminal.see("? [y/N]")
        terminal.process.kill()
        assert terminal.end() == -signal.SIGKILL
    first, second = crmdesk("jobs", "--json").answer["jobs"]
    assert (first["state"], second["state"]) == ("planned", "planned")
    assert crmdesk("jobs", "cancel", first["id"], "--json").answer == {"job": first["id"], "deleted": True}
    crmdesk("jobs", "resume", second["id"], expect=2)
    assert crmdesk("jobs", "resume", second["id"], "--yes", "--json").answer["state"] == "finished"
    assert set(owners(sandbox, "contacts").values()) == {user(sandbox, MAYA)}


@pytest.mark.usefixtures("secret_service")
def test_production_asks_for_the_number_above_fifty(data_home: Path, sandbox: SandboxProcess, crmdesk: Program) -> None:
    program = Program(data_home)
    terminal = Terminal(program, "profiles", "add", "Live", sandbox.url, "--kind", "production")
    terminal.see("API key")
    terminal.type(sandbox.api_key)
    assert terminal.end() == 0
    assert sandbox.api_key not in terminal.shown
    count = crmdesk(*line("--dry-run", "--json")).answer["to_change"]
    for typed, code in (("yes", 2), (str(count), 0)):
        terminal = Terminal(program, *line())
        terminal.see(f"Type {count} to change {count} records of the production account Live")
        terminal.type(typed)
        assert terminal.end() == code
    assert set(owners(sandbox, "contacts").values()) == {user(sandbox, MAYA)}
    program("profiles", "remove", "Live")
