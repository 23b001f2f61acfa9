"""docs/commands.md is true: its examples run, with the exit codes and the keys that it prints."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest

from crmdesk.cli.main import commands
from tests.cli.program import Program

DOCUMENT = Path(__file__).parents[2] / "docs" / "commands.md"
_BLOCK = re.compile(r"```(console|json)\n(.*?)```", re.DOTALL)
# What is in them depends on the job.
_OPEN = {"counts", "by_kind"}


@dataclass
class Example:
    """A documented command line, its exit code, and the object that stands below it."""

    line: str
    code: int
    answer: Any = None


def examples() -> list[Example]:
    found: list[Example] = []
    for kind, text in _BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")):
        if kind == "json":
            found[-1].answer = json.loads(text)
            continue
        for line in text.splitlines():
            command, _, note = line.removeprefix("$ crmdesk ").partition("#")
            found.append(Example(command.strip(), int(note.strip().removeprefix("exit ") or 0)))
    return found


def keys(value: Any) -> Any:
    """The shape of an answer: keys all the way down, a list by its first entry."""
    if isinstance(value, dict):
        return {key: None if key in _OPEN else keys(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [keys(value[0])] if value and isinstance(value[0], dict) else []
    return None


@pytest.mark.timeout(180)
def test_every_example_runs_as_it_is_printed(crmdesk: Program, tmp_path: Path) -> None:
    told = examples()
    assert len(told) >= 24
    assert crmdesk.sandbox is not None
    deals = sorted(crmdesk.sandbox.records("deals"))
    records = {"DEAL": str(deals[0]), "OTHER": str(deals[1])}
    name = crmdesk.sandbox.record("deals", deals[1])["name"]
    records["NAME"] = f"{name}"
    (tmp_path / "deals.csv").write_text(f"id,amount\n{deals[2]},777\n", encoding="utf-8")
    for example in told:
        jobs = crmdesk("jobs", "--json").answer["jobs"] if "JOB" in example.line else []
        stands_for = {"JOB": str(jobs[0]["id"]) if jobs else "", **records}
        words = [stands_for.get(word, word) for word in shlex.split(example.line)]
        ended = crmdesk(*words, expect=example.code, cwd=tmp_path)
        if example.answer is not None:
            assert keys(ended.answer) == keys(example.answer), example.line


def test_every_command_is_described() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for name in commands.list_commands(click.Context(commands)):
        assert f"`crmdesk {name}" in text, name
