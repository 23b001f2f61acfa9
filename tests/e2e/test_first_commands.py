"""What the README promises of the first minutes: help, the demo, and that nothing stays behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import psutil
import pytest

from tests.e2e.hand import Hand

SIDEBAR = "Modules, views and workspaces"
COMMANDS = ("sandbox", "profiles", "views", "records", "reassign", "handover", "jobs")


def test_help_names_every_command_of_the_readme() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "crmdesk", "--help"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert [name for name in COMMANDS if name not in done.stdout] == []


def family(hand: Hand) -> list[psutil.Process]:
    """The processes that the program has started, the sandbox's among them."""
    return psutil.Process(hand.process.pid).children(recursive=True)


def open_demo(start_program: Callable[..., Hand]) -> Hand:
    """The demo, with its sample data listed."""
    hand = start_program("--demo")
    hand.rows_until(
        SIDEBAR, lambda rows: any(row["cells"][0][0] == "All Contacts" for row in rows), "no views are listed"
    )
    assert any("crmdesk.sandbox" in " ".join(one.cmdline()) for one in family(hand))
    return hand


@pytest.mark.timeout(90)
def test_the_demo_opens_sample_data_and_ends_without_a_trace(start_program: Callable[..., Hand]) -> None:
    hand = open_demo(start_program)
    started = family(hand)
    hand.click_row(SIDEBAR, "All Contacts")
    hand.rows_until("Contacts: All Contacts", lambda rows: bool(rows[0]["cells"][1][0]), "no rows come")
    hand.shoot("demo")
    hand.keys("ctrl+q")
    assert hand.ended() == 0
    _, alive = psutil.wait_procs(started, timeout=15)
    assert alive == []


@pytest.mark.timeout(90)
def test_a_window_that_is_killed_takes_its_sandbox_with_it(start_program: Callable[..., Hand]) -> None:
    hand = open_demo(start_program)
    started = family(hand)
    hand.process.kill()
    hand.process.wait()
    _, alive = psutil.wait_procs(started, timeout=15)
    assert alive == []
