"""The first paint waits for nothing that is heavy."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crmdesk.ui.main import parse

PROGRAM = """
import json, os, sys
from crmdesk.ui.main import main

def painted():
    print(json.dumps(sorted(sys.modules)), flush=True)
    os._exit(0)

main([], painted)
"""
HEAVY = ("httpx", "keyring", "uvicorn", "starlette", "sqlite3", "ssl", "asyncio", "qasync", "filelock")


def modules_at_first_paint(display: dict[str, str]) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | display,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded: list[str] = json.loads(done.stdout)
    return loaded


def test_nothing_heavy_is_imported_before_the_first_paint(data_home: Path, display: dict[str, str]) -> None:
    loaded = modules_at_first_paint(display)
    assert "crmdesk.ui.window.main_window" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_nor_when_an_account_is_remembered(data_home: Path, display: dict[str, str]) -> None:
    known = {"id": "0b5f2f3e-9a53-4f5b-9a3c-000000000001", "name": "Acme", "color": "#C0301E", "production": True}
    data_home.mkdir(mode=0o700)
    (data_home / "window.json").write_text(json.dumps({"last_account": known}), encoding="utf-8")
    loaded = modules_at_first_paint(display)
    assert "crmdesk.ui.connect.welcome" not in loaded
    assert [name for name in HEAVY if name in loaded] == []


@pytest.mark.skipif(os.name != "posix", reason="Ctrl+C reaches a process by itself on POSIX only")
def test_ctrl_c_closes_in_order(data_home: Path, display: dict[str, str]) -> None:
    program = [sys.executable, "-m", "crmdesk.ui", "--theme", "dark"]
    with subprocess.Popen(program, env=os.environ | display, stderr=subprocess.PIPE, text=True) as started:
        give_up = time.monotonic() + 30
        # The log is opened when the loop runs.
        while not list(data_home.glob("logs/*")) and time.monotonic() < give_up and started.poll() is None:
            time.sleep(0.02)
        started.send_signal(signal.SIGINT)
        _, said = started.communicate(timeout=30)
    assert started.returncode == 0, said
    assert "Traceback" not in said
    assert (data_home / "window.json").is_file()


def test_options_of_the_command_line() -> None:
    assert parse([]).demo is False
    assert parse(["--demo", "--theme", "dark"]).theme == "dark"
    assert parse(["--profile", "Acme Europe"]).profile == "Acme Europe"
    with pytest.raises(SystemExit) as wrong:
        parse(["--theme", "pink"])
    assert wrong.value.code == 2
