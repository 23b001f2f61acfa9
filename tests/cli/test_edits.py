"""Editing by command: exit codes, what --dry-run leaves, what --json holds, and how bad input is named."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.program import Program, until, writes
from tests.support.mixed import alive
from tests.support.sandbox_process import SandboxProcess

JOB_KEYS = {"job", "state", "records", "touched", "requests", "changed", "failed", "resumable"}


def test_set_by_id_by_file_and_nothing_by_dry_run(crmdesk: Program, sandbox: SandboxProcess, tmp_path: Path) -> None:
    first, second = alive(sandbox, "contacts")[:2]
    answer = crmdesk("set", "contacts", first, "city=Bonn", "--dry-run", "--json").answer
    assert answer["dry_run"] and answer["to_change"] == 1
    assert writes(sandbox) == 0 and not crmdesk("jobs", "--json").answer["jobs"]
    answer = crmdesk(
        "set", "contacts", first, second, "city=Bonn", "--append", "job_title= II", "--yes", "--json"
    ).answer
    assert answer.keys() >= JOB_KEYS and (answer["changed"], answer["touched"]) == (4, 2)
    path = tmp_path / "ids.csv"
    path.write_text(f"id\n{first}\nnonsense\n", encoding="utf-8")
    answer = crmdesk("set", "contacts", "--ids", path, "--clear", "city", "--yes", "--json").answer
    assert answer["changed"] == 1 and len(answer["bad_lines"]) == 1
    assert not sandbox.record("contacts", first)["city"] and sandbox.record("contacts", second)["city"] == "Bonn"


def test_bad_input_is_named_and_nothing_is_sent(crmdesk: Program, sandbox: SandboxProcess) -> None:
    deal = alive(sandbox, "deals")[0]
    for line, named in (
        (("set", "deals", deal, "probability=120"), "between 0 and 100"),
        (("set", "deals", deal, "nothing=1"), "nothing"),
        (("set", "deals", deal, "amount"), "amount"),
        (("set", "deals", deal, "amount=much"), "much"),
        (("set", "deals", "²", "amount=1"), "which records"),
        (("set", "deals", "0", "amount=1"), "0"),
        (("set", "deals", "amount=1"), "records"),
        (("set", "deals", deal), "what to set"),
        (("set", "deals", deal, "amount=1", "--clear", "amount"), "twice"),
        (("create", "deals", "amount=5"), "name"),
        (("delete", "deals"), "records"),
        (("delete", "deals", deal, "--with-contacts-and-deals"), "accounts"),
        (("forget", "deals", deal), "--name"),
        (("forget", "deals", deal, "--name", "wrong"), "not its name"),
    ):
        ended = crmdesk(*line, "--json", expect=2)
        assert named.casefold() in (ended.out + ended.err).casefold(), (line, ended)
    assert writes(sandbox) == 0


def test_create_clone_delete_restore_forget(crmdesk: Program, sandbox: SandboxProcess) -> None:
    made = crmdesk("create", "sales_accounts", "name=By command", "--yes", "--json").answer
    account = made["created"][0]
    assert sandbox.record("sales_accounts", account)["name"] == "By command"
    copy = crmdesk("clone", "sales_accounts", account, "name=A copy", "--yes", "--json").answer["created"][0]
    assert sandbox.record("sales_accounts", copy)["name"] == "A copy"
    crmdesk("delete", "accounts", account, copy, "--dry-run")
    assert {account, copy} <= set(alive(sandbox, "sales_accounts"))
    assert crmdesk("delete", "accounts", account, copy, "--yes", "--json").answer["changed"] == 2
    assert not {account, copy} & set(alive(sandbox, "sales_accounts"))
    assert crmdesk("restore", "accounts", account, "--yes", "--json").answer["changed"] == 1
    crmdesk("forget", "accounts", account, "--name", "By command", "--dry-run")
    assert account in alive(sandbox, "sales_accounts")
    assert crmdesk("forget", "accounts", account, "--name", "By command", "--json").answer["changed"] == 1
    crmdesk("get", "accounts", account, expect=1)
    titles = [job["title"] for job in crmdesk("jobs", "--json").answer["jobs"]]
    assert titles and not any("By command" in title for title in titles)


def test_an_import_with_bad_rows_gives_them_back(crmdesk: Program, sandbox: SandboxProcess, tmp_path: Path) -> None:
    deals = alive(sandbox, "deals")[:4]
    source, back = tmp_path / "deals.csv", tmp_path / "failed.csv"
    with source.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["id", "name", "amount"])
        lines.writerows([[deal, f"Imported {deal}", "much" if deal == deals[0] else "12.5"] for deal in deals])
    answer = crmdesk("import", "deals", source, "--how", "update", "--yes", "--json", expect=2).answer
    assert answer["bad_rows"] == 1 and answer["bad_cells"][0]["column"] == "amount" and writes(sandbox) == 0
    crmdesk("import", "deals", source, "--how", "update", "--skip-bad", "--failures", back, "--yes")
    assert [sandbox.record("deals", deal)["name"] == f"Imported {deal}" for deal in deals] == [False, True, True, True]
    with back.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:3] == ["id", "name", "amount"] and len(rows) == 2 and rows[1][0] == str(deals[0])


def test_ctrl_c_in_the_middle_can_be_resumed(crmdesk: Program, sandbox: SandboxProcess) -> None:
    sandbox.faults("slow=700:1")
    started = crmdesk.start("set", "contacts", "--view", "All Contacts", "city=Halfway", "--yes", "--json")
    until(lambda: writes(sandbox) >= 1, "the first write")
    started.interrupt()
    ended = started.wait()
    sandbox.faults("")
    assert ended.code in (0, 4), ended
    if ended.code == 4:
        assert ended.answer["resumable"]
        assert crmdesk("jobs", "resume", ended.answer["job"], "--json").answer["state"] == "finished"
    assert {record["city"] for record in sandbox.records("contacts", "city").values()} == {"Halfway"}


@pytest.mark.parametrize("words", [("lead_score=5",), ("--clear", "lead_score"), ("--append", "recent_note=more")])
def test_what_the_crm_keeps_by_itself_is_refused(
    crmdesk: Program, sandbox: SandboxProcess, words: tuple[str, ...]
) -> None:
    contact = str(next(iter(sandbox.records("contacts"))))
    ended = crmdesk("set", "contacts", contact, *words, "--yes", expect=2)
    assert "the CRM itself writes it" in ended.err
    assert writes(sandbox) == 0
