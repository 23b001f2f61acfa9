"""Views are listed, and their records written as they are."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.cli.program import MAYA, Program, until, user
from tests.support.sandbox_process import SandboxProcess


def test_views_as_a_table_and_as_json(crmdesk: Program) -> None:
    told = crmdesk("views", "accounts", "--json").answer
    assert told["module"] == "sales_accounts"
    assert {"id", "name", "group", "owner", "updated_at"} == set(told["views"][0])
    shown = crmdesk("views", "accounts").out
    assert all(view["name"] in shown and str(view["id"]) in shown for view in told["views"])


def test_views_of_a_custom_module_are_found_on_a_first_start(crmdesk: Program) -> None:
    assert any("Propert" in view["name"] for view in crmdesk("views", "cm_property", "--json").answer["views"])


def test_every_record_of_a_view_is_written_once_with_names(crmdesk: Program, sandbox: SandboxProcess) -> None:
    out = crmdesk("records", "contacts", "--view", "all contacts").out
    rows = list(csv.DictReader(io.StringIO(out)))
    owned = sandbox.records("contacts")
    assert sorted(int(row["id"]) for row in rows) == sorted(owned)
    assert all(row["owner_id"] == str(owned[int(row["id"])]["owner_id"] or "") for row in rows)
    maya = str(user(sandbox, MAYA))
    assert {row["owner"] for row in rows if row["owner_id"] == maya} == {"Maya Lindqvist"}
    assert {row["owner"] for row in rows if not row["owner_id"]} == {"nobody"}


def test_what_is_not_loaded_is_never_written_as_blank(crmdesk: Program) -> None:
    whole = crmdesk("records", "deals", "--view", "All Deals", "--columns", "all").out.splitlines()[0].split(",")
    assert {"deal_stage_id", "deal_stage", "cf_region"} <= set(whole)
    lines = crmdesk(
        "records", "contacts", "--view", "All Contacts", "--columns", "id,owner", "--format", "jsonl"
    ).out.splitlines()
    assert all(set(json.loads(line)) == {"id", "owner"} for line in lines)


def test_a_file_appears_whole_and_its_format_follows_its_name(crmdesk: Program, tmp_path: Path) -> None:
    target = tmp_path / "deals.jsonl"
    ended = crmdesk("records", "deals", "--view", "Open Deals", "--json", "-o", target)
    lines = target.read_text(encoding="utf-8").splitlines()
    assert ended.answer["records"] == len(lines) > 0
    assert ended.answer["format"] == "jsonl"
    assert set(json.loads(lines[0])) == set(ended.answer["columns"])
    assert [path.name for path in tmp_path.glob("*deals*")] == ["deals.jsonl"]


def test_with_json_and_no_file_the_object_is_the_last_of_the_lines(crmdesk: Program) -> None:
    ended = crmdesk("records", "deals", "--view", "All Deals", "--json")
    *rows, last = [json.loads(line) for line in ended.out.splitlines()]
    assert last["records"] == len(rows) == len({row["id"] for row in rows})
    assert ended.answer == last


def test_a_file_that_fails_leaves_the_old_one(crmdesk: Program, sandbox: SandboxProcess, tmp_path: Path) -> None:
    target = tmp_path / "contacts.csv"
    target.write_text("the old one", encoding="utf-8")
    sandbox.faults("status=503:1")
    crmdesk("records", "contacts", "--view", "All Contacts", "-o", target, expect=3)
    assert target.read_text(encoding="utf-8") == "the old one"
    assert not list(tmp_path.glob("*.part"))
    missing = tmp_path / "no" / "such" / "folder.csv"
    sandbox.faults("")
    assert "can't be written" in crmdesk("records", "contacts", "--view", "Active", "-o", missing, expect=2).err


@pytest.mark.skipif(os.name == "nt", reason="POSIX devices and links")
def test_devices_and_links_are_written_not_replaced(crmdesk: Program, tmp_path: Path) -> None:
    line = ("records", "deals", "--view", "Open Deals", "-o")
    pipe, link, target = tmp_path / "pipe", tmp_path / "link.csv", tmp_path / "target.csv"
    os.mkfifo(pipe)
    with subprocess.Popen(crmdesk.line([*line, pipe]), env=crmdesk.environment, stderr=subprocess.DEVNULL) as process:
        through = pipe.read_text(encoding="utf-8")
        assert process.wait(timeout=60) == 0
    assert pipe.is_fifo()
    target.write_text("", encoding="utf-8")
    link.symlink_to(target)
    crmdesk(*line, link)
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == through


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="no /dev/full on this system")
@pytest.mark.parametrize("line", [("records", "contacts", "--view", "All Contacts"), ("jobs", "--json")])
def test_a_full_disk_is_told(crmdesk: Program, line: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        process = subprocess.run(
            crmdesk.line(line), env=crmdesk.environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert process.returncode == 1
    assert "can't be written" in process.stderr
    assert "Traceback" not in process.stderr


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell")
@pytest.mark.parametrize(("closed", "code"), [(">&-", 0), ("2>&-", 0), ("<&-", 0), (">&- 2>&- <&-", 0)])
def test_streams_that_were_closed_before(crmdesk: Program, closed: str, code: int) -> None:
    for words in (["records", "contacts", "--view", "Active"], ["views", "deals", "--json"]):
        process = subprocess.run(
            ["sh", "-c", f"{shlex.join(crmdesk.line(words))} {closed}"],
            env=crmdesk.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (process.returncode, process.stderr) == (code, "")


def test_a_reader_that_goes_away_is_no_error(crmdesk: Program, sandbox: SandboxProcess) -> None:
    sandbox.faults("slow=300:1")
    process = subprocess.Popen(
        crmdesk.line(["records", "contacts", "--view", "All Contacts"]),
        env=crmdesk.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b"id,")
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    with process.stderr as stderr:
        assert stderr.read() == b""


@pytest.mark.parametrize("line", [("views", "contacts"), ("views", "contacts", "--json")])
def test_nobody_reads_at_all(crmdesk: Program, line: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)
    process = subprocess.Popen(crmdesk.line(line), env=crmdesk.environment, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (0, b"")


def test_lists_that_are_no_views(crmdesk: Program, sandbox: SandboxProcess) -> None:
    names = [view["id"] for view in crmdesk("views", "tasks", "--json").answer["views"]]
    assert "due today" in names
    rows = list(csv.DictReader(io.StringIO(crmdesk("records", "activities", "--view", "all").out)))
    assert sorted(int(row["id"]) for row in rows) == sorted(sandbox.records("sales_activities"))
    assert "Prepare" in crmdesk("records", "tasks", "--view", "open").out


def test_an_interrupted_reading_leaves_no_file(crmdesk: Program, sandbox: SandboxProcess, tmp_path: Path) -> None:
    sandbox.faults("slow=2000:1")
    target = tmp_path / "contacts.csv"
    started = crmdesk.start("records", "contacts", "--view", "All Contacts", "--json", "-o", target)
    until(lambda: list(tmp_path.glob("*.part")), "the part file")
    started.interrupt()
    ended = started.wait()
    assert ended.code == 4
    assert ended.answer["error"]["kind"] == "interrupted"
    assert not list(tmp_path.glob("*contacts.csv*"))


@pytest.mark.skipif(os.name == "nt", reason="a POSIX locale")
def test_names_in_any_script_survive_a_plain_locale(crmdesk: Program) -> None:
    plain = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    assert "田中" in crmdesk("records", "contacts", "--view", "All Contacts", variables=plain).out
    crmdesk("views", "contacts", variables=plain)


def test_a_record_is_shown_with_what_only_its_embeds_bring(crmdesk: Program, sandbox: SandboxProcess) -> None:
    names = ("territory_id", "lead_source_id", "campaign_id", "contact_status_id", "lifecycle_stage_id")
    people = sandbox.records("contacts", *names)
    contact, there = next((key, item) for key, item in people.items() if item["territory_id"] is not None)
    (shown,) = crmdesk("get", "contacts", str(contact), "--json").answer["records"]
    for name in names:
        assert shown[name] == there[name], name
    assert isinstance(shown["sales_accounts"], list)
    told = crmdesk("get", "contacts", str(contact), "--fields", "territory_id")
    assert str(there["territory_id"]) not in told.out  # by its name
