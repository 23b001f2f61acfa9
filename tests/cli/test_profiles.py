"""Profiles by command: the key from standard input into the keyring, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.support.sandbox_process import SandboxProcess


@pytest.fixture
def program(data_home: Path) -> Program:
    """Commands that find no account in the environment."""
    return Program(data_home)


def files_with(text: str, folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


@pytest.mark.usefixtures("secret_service")
def test_the_life_of_a_profile(program: Program, sandbox: SandboxProcess) -> None:
    added = program("profiles", "add", "My sandbox", "--bundle-alias", sandbox.url, "--json", given=sandbox.api_key)
    assert added.answer["profile"] == "My sandbox"
    assert added.answer["address"] == sandbox.url
    program("profiles", "add", "Other", "--kind", "production", given=f"{sandbox.url}\n{sandbox.agent_key}\n")
    listed = {one["name"]: one for one in program("profiles", "--json").answer["profiles"]}
    assert listed["My sandbox"]["kind"] == "sandbox"
    assert listed["My sandbox"]["last_used"]
    assert {one["key"] for one in listed.values()} == {"stored"}
    assert listed["Other"]["kind"] == "production"

    assert program("profiles", "test", "My sandbox", "--json").answer["verdict"] == "ok"
    agent = program("profiles", "test", "Other", "--json").answer
    assert (agent["ok"], agent["verdict"]) == (True, "key without admin rights")

    everything = program("records", "contacts", "--view", "All Contacts").out
    before, after = (
        program("--profile", "other", "records", "contacts", "--view", "All Contacts").out,
        program("records", "contacts", "--view", "All Contacts", "--profile", "Other").out,
    )
    assert before == after
    assert len(before.splitlines()) < len(everything.splitlines())

    assert "already" in program("profiles", "add", "my SANDBOX", sandbox.url, given="another-key", expect=2).err
    assert program("profiles", "remove", "Other", "--json").answer["removed"]
    assert "no profile" in program("views", "deals", "--profile", "Other", expect=2).err
    assert not files_with(sandbox.api_key, program.home)
    assert not files_with(sandbox.agent_key, program.home)
    program("profiles", "remove", "My sandbox")
    assert program("profiles", "list", "--json").answer["profiles"] == []


@pytest.mark.usefixtures("secret_service")
def test_a_wrong_key_is_found_by_the_test(program: Program, sandbox: SandboxProcess) -> None:
    program("profiles", "add", "Wrong", sandbox.url, given="no-such-key-at-all\n")
    ended = program("profiles", "test", "Wrong", "--json", expect=3)
    assert ended.answer["verdict"] == "wrong key"
    assert ended.answer["exit"] == 3
    assert program("views", "contacts", "--json", expect=3).answer["error"]["kind"] == "wrong_key"


@pytest.mark.usefixtures("secret_service")
@pytest.mark.parametrize(
    ("line", "given"),
    [
        (("X", "--bundle-alias", "acme.evil.example"), "the-key-for-nobody"),
        (("X", "--bundle-alias", "acme"), ""),
        (("X", "--bundle-alias", "acme"), "a key with blanks"),
        (("X",), "the-key-alone"),
        ((" ", "acme"), "the-key-for-nobody"),
        (("X", "acme", "--hourly-limit", "-3"), "the-key-for-nobody"),
        (("X", "acme", "--color", "red"), "the-key-for-nobody"),
    ],
)
def test_what_can_not_be_saved_saves_nothing(program: Program, line: tuple[str, ...], given: str) -> None:
    ended = program("profiles", "add", *line, "--json", given=given, expect=2)
    assert not given or given not in ended.out + ended.err
    assert program("profiles", "--json").answer["profiles"] == []


@pytest.mark.usefixtures("no_secret_service")
def test_without_a_keyring_nothing_is_written(program: Program) -> None:
    ended = program("profiles", "add", "Acme", "acme", "--json", given="a-key-without-a-home", expect=3)
    assert ended.answer["error"]["kind"] == "keyring_missing"
    assert "CRMDESK_API_KEY" in ended.answer["error"]["remedy"]
    assert "session only" not in ended.answer["error"]["remedy"]
    assert program("profiles", "--json").answer["profiles"] == []
    assert not files_with("a-key-without-a-home", program.home)


def test_the_account_of_the_environment_can_be_tested(data_home: Path, sandbox: SandboxProcess) -> None:
    answer = Program(data_home, sandbox)("profiles", "test", "--json").answer
    assert (answer["profile"], answer["verdict"]) == (None, "ok")
