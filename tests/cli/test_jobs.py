"""Handing records over by command: plans, runs, Ctrl+C, kill, resume, undo, and two processes on one account."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.program import MAYA, OUTCOMES, Program, owners, until, user, users, writes
from tests.support.sandbox_process import SandboxProcess

RUN_KEYS = {"job", "state", "records", *OUTCOMES, "requests", "seconds"}


@pytest.fixture
def maya(sandbox: SandboxProcess) -> int:
    return user(sandbox, MAYA)


@pytest.fixture
def others(sandbox: SandboxProcess, maya: int) -> list[dict[str, object]]:
    """Active users but for Maya and the admin."""
    return [one for one in users(sandbox) if one["is_active"] and one["id"] != maya][1:]


def id_file(folder: Path, ids: list[int]) -> Path:
    path = folder / "ids.csv"
    path.write_text("id\n" + "\n".join(map(str, ids)) + "\n", encoding="utf-8")
    return path


def no_jobs(crmdesk: Program) -> bool:
    return not crmdesk("jobs", "--json").answer["jobs"]


class TestReassign:
    def test_a_view(self, crmdesk: Program, sandbox: SandboxProcess, maya: int) -> None:
        before = owners(sandbox, "deals")
        ended = crmdesk("reassign", "deals", "--view", "All Deals", "--to", MAYA, "--yes", "--json")
        answer = ended.answer
        assert answer.keys() >= RUN_KEYS
        assert answer["state"] == "finished"
        assert answer["records"] == ended.settled == len(before)
        assert answer["already_so"] == sum(owner == maya for owner in before.values())
        assert answer["requests"].keys() == {"planned", "sent", "by_kind"}
        assert answer["requests"]["sent"] == sum(answer["requests"]["by_kind"].values())
        assert set(owners(sandbox, "deals").values()) == {maya}

    def test_a_split_by_weight(self, crmdesk: Program, sandbox: SandboxProcess, maya: int) -> None:
        to = f"{MAYA}=75,nobody=25"
        crmdesk("reassign", "contacts", "--view", "All Contacts", "--to", to, "--yes")
        found = Counter(owners(sandbox, "contacts").values())
        assert found == {maya: 225, None: 75}

    def test_a_file_of_ids_with_bad_lines(
        self, crmdesk: Program, sandbox: SandboxProcess, maya: int, tmp_path: Path
    ) -> None:
        ids = [record for record, owner in owners(sandbox, "sales_accounts").items() if owner != maya][:5]
        gone = ids.pop()
        sandbox.delete("sales_accounts", gone)
        path = tmp_path / "ids.csv"
        path.write_text(
            "id,name\n" + "\n".join(f"{one},x" for one in [*ids, gone]) + "\nnonsense,y\n", encoding="utf-8"
        )
        ended = crmdesk("reassign", "accounts", "--ids", path, "--to", MAYA, "--yes", "--json", expect=1)
        answer = ended.answer
        assert (answer["changed"], answer["failed"], ended.settled) == (4, 1, 5)
        assert answer["state"] == "finished_with_failures"
        assert [line["line"] for line in answer["bad_lines"]] == [7]
        assert "line 7" in ended.err
        found = owners(sandbox, "sales_accounts")
        assert {found[one] for one in ids} == {maya}

    def test_ids_from_standard_input(self, crmdesk: Program, sandbox: SandboxProcess, maya: int) -> None:
        ids = [record for record, owner in owners(sandbox, "contacts").items() if owner != maya][:3]
        given = "\n".join(map(str, ids))
        ended = crmdesk("reassign", "contacts", "--ids", "-", "--to", MAYA, "--yes", "--json", given=given)
        assert ended.answer["changed"] == 3
        assert {owners(sandbox, "contacts")[one] for one in ids} == {maya}

    def test_a_table_of_owners(self, crmdesk: Program, sandbox: SandboxProcess, maya: int, tmp_path: Path) -> None:
        ids = [record for record, owner in owners(sandbox, "contacts").items() if owner not in (maya, None)][:2]
        table = tmp_path / "table.csv"
        table.write_text(f"id,owner\n{ids[0]},{MAYA}\n{ids[1]},nobody\n5,who@example.com\n", encoding="utf-8")
        ended = crmdesk("reassign", "contacts", "--to-table", table, "--yes", "--json")
        assert ended.answer["changed"] == 2
        assert len(ended.answer["bad_lines"]) == 1
        found = owners(sandbox, "contacts")
        assert (found[ids[0]], found[ids[1]]) == (maya, None)

    def test_all_that_an_owner_has(
        self, crmdesk: Program, sandbox: SandboxProcess, maya: int, others: list[dict[str, object]]
    ) -> None:
        before = owners(sandbox, "deals")
        leaving = Counter(owner for owner in before.values() if owner not in (maya, None)).most_common(1)[0][0]
        ended = crmdesk("reassign", "deals", "--owner", leaving, "--to", MAYA, "--yes", "--json")
        assert ended.answer["changed"] == sum(owner == leaving for owner in before.values())
        after = owners(sandbox, "deals")
        assert leaving not in after.values()
        assert all(after[record] == owner for record, owner in before.items() if owner != leaving)

    def test_a_dry_run_changes_nothing_and_leaves_no_job(self, crmdesk: Program, sandbox: SandboxProcess) -> None:
        before = owners(sandbox, "contacts")
        line = ("reassign", "contacts", "--view", "All Contacts", "--to", MAYA, "--dry-run")
        answer = crmdesk(*line, "--json").answer
        assert answer["dry_run"] is True
        assert answer["records"] == len(before)
        assert answer["modules"][0]["write"] == answer["requests"]["to_send"] == 3
        assert sum(owner["loses"] for owner in answer["owners"]) == answer["to_change"]
        assert "Maya Lindqvist" in crmdesk(*line).out
        assert owners(sandbox, "contacts") == before
        assert not [entry for entry in sandbox.requests() if entry["method"] != "GET"]
        assert no_jobs(crmdesk)

    def test_without_a_terminal_and_without_yes_nothing_runs(self, crmdesk: Program, sandbox: SandboxProcess) -> None:
        before = owners(sandbox, "contacts")
        ended = crmdesk("reassign", "contacts", "--view", "All Contacts", "--to", MAYA, "--json", expect=2)
        assert "--yes" in ended.answer["error"]["remedy"]
        assert owners(sandbox, "contacts") == before
        assert no_jobs(crmdesk)

    def test_nobody_inactive_is_given_records(self, crmdesk: Program, sandbox: SandboxProcess) -> None:
        inactive = next(one for one in users(sandbox) if not one["is_active"])
        sandbox.clear_requests()
        ended = crmdesk("reassign", "contacts", "--view", "Active", "--to", inactive["email"], "--yes", expect=2)
        assert "inactive" in ended.err
        assert len(sandbox.requests()) <= 2

    def test_nothing_to_do_is_done(self, crmdesk: Program) -> None:
        line = ("reassign", "contacts", "--view", "All Contacts", "--to", MAYA, "--json")
        crmdesk(*line, "--yes")
        again = crmdesk(*line)
        assert again.answer["state"] == "finished"
        assert again.answer["already_so"] == again.answer["records"] == again.settled


class TestHandover:
    def test_modules_of_one_who_leaves(self, crmdesk: Program, sandbox: SandboxProcess, maya: int) -> None:
        modules = ("contacts", "sales_accounts", "deals", "cm_property")
        before = {module: owners(sandbox, module) for module in modules}
        counts = Counter(owner for module in modules for owner in before[module].values())
        leaving = next(one for one, _ in counts.most_common() if one not in (maya, None))
        ended = crmdesk(
            "handover",
            "--from",
            leaving,
            "--to",
            MAYA,
            "--modules",
            "contacts,accounts,deals,cm_property",
            "--closed-deals",
            "--yes",
            "--json",
        )
        assert ended.answer["changed"] == ended.settled == counts[leaving]
        assert not [1 for module in modules if leaving in owners(sandbox, module).values()]

    def test_closed_deals_stay_unless_asked_for(self, crmdesk: Program, sandbox: SandboxProcess) -> None:
        line = ("handover", "--from", MAYA, "--to", "nobody", "--modules", "deals", "--dry-run", "--json")
        without, with_closed = crmdesk(*line).answer, crmdesk(*line, "--closed-deals").answer
        assert without["records"] < with_closed["records"]
        assert any("closed" in left["reason"] for left in without["left_out"])

    def test_an_owner_whom_the_crm_no_longer_lists(self, crmdesk: Program, sandbox: SandboxProcess, maya: int) -> None:
        listed = {one["id"] for one in users(sandbox)}
        before = owners(sandbox, "contacts")
        gone = next(owner for owner in before.values() if owner is not None and owner not in listed)
        answer = crmdesk("handover", "--from", gone, "--to", MAYA, "--modules", "contacts", "--yes", "--json").answer
        assert answer["changed"] == sum(owner == gone for owner in before.values())
        assert gone not in owners(sandbox, "contacts").values()

    def test_the_price_of_reading_is_told_first(self, crmdesk: Program, sandbox: SandboxProcess) -> None:
        line = ("handover", "--from", MAYA, "--to", "nobody", "--modules", "contacts,tasks", "--dry-run")
        assert "Reading takes about" in crmdesk(*line).err


class TestUndo:
    def test_an_undo_gives_back_and_can_be_undone(
        self, crmdesk: Program, sandbox: SandboxProcess, maya: int, others: list[dict[str, object]], tmp_path: Path
    ) -> None:
        before = owners(sandbox, "deals")
        ids = [one for one, owner in before.items() if owner in {other["id"] for other in others}][:20]
        job = crmdesk("reassign", "deals", "--ids", id_file(tmp_path, ids), "--to", MAYA, "--yes", "--json").answer
        assert job["changed"] == 20
        sandbox.change("deals", ids[0], owner_id=None)
        undone = crmdesk("jobs", "undo", job["job"], "--yes", "--json")
        assert (undone.answer["reverted"], undone.answer["kept"], undone.settled) == (19, 1, 20)
        after = owners(sandbox, "deals")
        assert after[ids[0]] is None
        assert all(after[one] == before[one] for one in ids[1:])
        redone = crmdesk("jobs", "undo", undone.answer["job"], "--yes", "--json")
        assert redone.answer["reverted"] == 19
        assert {owners(sandbox, "deals")[one] for one in ids[1:]} == {maya}

    def test_an_undo_asks_too(self, crmdesk: Program, sandbox: SandboxProcess) -> None:
        job = crmdesk("reassign", "contacts", "--view", "All Contacts", "--to", MAYA, "--yes", "--json").answer
        ended = crmdesk("jobs", "undo", job["job"], expect=2)
        assert "--yes" in ended.err
        assert crmdesk("jobs", "undo", job["job"], "--dry-run", "--json").answer["dry_run"] is True
        assert len(crmdesk("jobs", "--json").answer["jobs"]) == 1

    def test_what_failed_can_be_tried_again(
        self, crmdesk: Program, sandbox: SandboxProcess, maya: int, tmp_path: Path
    ) -> None:
        ids = [record for record, owner in owners(sandbox, "cm_property").items() if owner != maya][:3]
        path = id_file(tmp_path, [*ids, 402_999_999_999])
        job = crmdesk("reassign", "cm_property", "--ids", path, "--to", MAYA, "--yes", "--json", expect=1).answer
        assert (job["changed"], job["failed"]) == (3, 1)
        assert crmdesk("jobs", "--json").answer["jobs"][0]["undoable"]


class TestShow:
    def test_list_show_and_report(self, crmdesk: Program, sandbox: SandboxProcess, tmp_path: Path) -> None:
        assert "No jobs yet" in crmdesk("jobs").out
        job = crmdesk("reassign", "contacts", "--view", "All Contacts", "--to", MAYA, "--yes", "--json").answer
        listed = crmdesk("jobs", "list", "--json").answer["jobs"]
        assert [one["id"] for one in listed] == [job["job"]]
        assert {"title", "state", "resumable", "undoable", "retryable", "interrupted", "counts"} <= set(listed[0])
        assert (listed[0]["resumable"], listed[0]["undoable"]) == (False, True)
        shown = crmdesk("jobs", "show", job["job"], "--json").answer
        assert shown["costs"][0]["module"] == "contacts"
        assert "belongs to Maya Lindqvist already" in crmdesk("jobs", "show", job["job"]).out
        for name in ("report.csv", "report.json"):
            told = crmdesk("jobs", "report", job["job"], "-o", tmp_path / name, "--json").answer
            assert told["records"] == job["records"]
        with (tmp_path / "report.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        outcomes = Counter(row["outcome"] for row in rows)
        assert outcomes == {"changed": job["changed"], "already_so": job["already_so"]}
        assert sandbox.api_key.encode() not in b"".join(
            path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
        )
        records = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["records"]
        assert sorted(record["record_id"] for record in records) == sorted(owners(sandbox, "contacts"))

    def test_a_report_needs_no_network(self, crmdesk: Program, tmp_path: Path) -> None:
        job = crmdesk("reassign", "contacts", "--view", "Active", "--to", MAYA, "--yes", "--json").answer["job"]
        names = next(crmdesk.home.glob("accounts/*/names.sqlite"))
        names.unlink()
        assert crmdesk.sandbox is not None
        crmdesk.sandbox.faults("status=401:1")
        ended = crmdesk("jobs", "report", job, "-o", tmp_path / "report.csv")
        assert "stand as ids" in ended.err
        assert "(gone)" not in (tmp_path / "report.csv").read_text(encoding="utf-8-sig")


def slow_job(crmdesk: Program, sandbox: SandboxProcess, *, seconds: float = 0.3) -> tuple[str, ...]:
    """A job that takes a request for each record, slowed down."""
    sandbox.faults(f"slow={seconds * 1000:.0f}:1")
    return ("reassign", "cm_property", "--view", "All Properties", "--to", MAYA, "--yes", "--json")


class TestInterrupted:
    def test_ctrl_c_brings_a_job_to_rest_and_resume_ends_it(
        self, crmdesk: Program, sandbox: SandboxProcess, maya: int
    ) -> None:
        total = len(owners(sandbox, "cm_property"))
        started = crmdesk.start(*slow_job(crmdesk, sandbox))
        until(lambda: writes(sandbox) >= 2, "the first changes")
        started.interrupt()
        ended = started.wait()
        job = ended.answer["job"]
        assert ended.code == 4
        assert ended.answer["state"] == "paused"
        assert ended.answer["resumable"]
        assert f"crmdesk jobs resume {job}" in ended.err
        assert ended.settled + ended.answer["pending"] == total
        assert 0 < ended.answer["pending"] < total
        assert crmdesk("jobs", "--json").answer["jobs"][0]["resumable"]
        sandbox.faults("")
        resumed = crmdesk("jobs", "resume", job, "--json")
        assert resumed.answer["state"] == "finished"
        assert resumed.settled == total
        assert set(owners(sandbox, "cm_property").values()) == {maya}

    def test_a_second_ctrl_c_ends_at_once_and_loses_nothing(
        self, crmdesk: Program, sandbox: SandboxProcess, maya: int
    ) -> None:
        started = crmdesk.start(*slow_job(crmdesk, sandbox))
        until(lambda: writes(sandbox) >= 2, "the first changes")
        sandbox.faults("slow=20000:1")
        before = writes(sandbox)
        until(lambda: writes(sandbox) > before, "a slow request")
        started.interrupt()
        until(lambda: "again" in started.talk, "the first signal to be heard")
        started.interrupt()
        assert started.wait().code == 4
        sandbox.faults("")
        job = crmdesk("jobs", "--json").answer["jobs"][0]
        assert job["resumable"]
        resumed = crmdesk("jobs", "resume", job["id"], "--json")
        assert resumed.settled == resumed.answer["records"]
        assert set(owners(sandbox, "cm_property").values()) == {maya}

    def test_ctrl_c_while_reading_leaves_no_plan(self, crmdesk: Program, sandbox: SandboxProcess) -> None:
        sandbox.clear_requests()
        started = crmdesk.start(*slow_job(crmdesk, sandbox, seconds=2))
        until(lambda: any("view" in entry["path"] for entry in sandbox.requests()) or started.process.poll(), "reading")
        started.interrupt()
        ended = started.wait()
        assert ended.code == 4
        assert "Nothing was changed" in ended.answer["error"]["remedy"]
        sandbox.faults("")
        assert no_jobs(crmdesk)

    def test_after_a_kill_the_job_is_interrupted_and_resumes(
        self, crmdesk: Program, sandbox: SandboxProcess, maya: int
    ) -> None:
        started = crmdesk.start(*slow_job(crmdesk, sandbox))
        until(lambda: writes(sandbox) >= 3, "the first changes")
        started.kill()
        sandbox.faults("")
        job = crmdesk("jobs", "--json").answer["jobs"][0]
        assert (job["interrupted"], job["resumable"], job["state"]) == (True, True, "running")
        resumed = crmdesk("jobs", "resume", job["id"], "--json")
        assert resumed.settled == resumed.answer["records"] == len(owners(sandbox, "cm_property"))
        assert set(owners(sandbox, "cm_property").values()) == {maya}
        assert crmdesk("jobs", "resume", job["id"], expect=2)

    def test_a_key_that_is_refused_in_the_middle_pauses(
        self, crmdesk: Program, sandbox: SandboxProcess, maya: int
    ) -> None:
        started = crmdesk.start(*slow_job(crmdesk, sandbox))
        until(lambda: writes(sandbox) >= 2, "the first changes")
        sandbox.faults("status=401:1")
        ended = started.wait()
        assert ended.code == 4
        assert ended.answer["state"] == "paused"
        assert "key" in ended.answer["note"]
        still = crmdesk("jobs", "resume", ended.answer["job"], "--json", expect=4)
        assert still.answer["state"] == "paused"
        sandbox.faults("")
        assert crmdesk("jobs", "resume", ended.answer["job"], "--json").answer["state"] == "finished"
        assert set(owners(sandbox, "cm_property").values()) == {maya}

    def test_failures_in_a_row_pause(self, crmdesk: Program, sandbox: SandboxProcess) -> None:
        started = crmdesk.start(*slow_job(crmdesk, sandbox))
        until(lambda: writes(sandbox) >= 2, "the first changes")
        sandbox.faults("status=503:1")
        ended = started.wait()
        assert (ended.code, ended.answer["state"]) == (4, "paused")
        sandbox.faults("")
        crmdesk("jobs", "resume", ended.answer["job"])

    def test_a_cancelled_job_attempts_nothing_more(self, crmdesk: Program, sandbox: SandboxProcess) -> None:
        started = crmdesk.start(*slow_job(crmdesk, sandbox))
        until(lambda: writes(sandbox) >= 2, "the first changes")
        started.interrupt()
        job = started.wait().answer["job"]
        sandbox.faults("")
        cancelled = crmdesk("jobs", "cancel", job, "--json")
        assert cancelled.answer["state"] == "cancelled"
        assert cancelled.settled == cancelled.answer["records"]
        assert cancelled.answer["not_attempted"] > 0
        assert crmdesk("jobs", "resume", job, expect=2)
        retried = crmdesk("jobs", "retry", job, "--yes", "--json")
        assert retried.answer["changed"] == retried.settled == cancelled.answer["not_attempted"]


def test_two_processes_on_one_account(crmdesk: Program, sandbox: SandboxProcess) -> None:
    """One runs; the other is told of it, lists, plans, and may not run."""
    started = crmdesk.start(*slow_job(crmdesk, sandbox))
    until(lambda: writes(sandbox) >= 1, "the first change")
    sandbox.faults("slow=5000:1")
    listed = crmdesk("jobs", "--json").answer
    assert listed["running_elsewhere"]["pid"] == started.process.pid
    assert not listed["jobs"][0]["resumable"]
    refused = crmdesk("jobs", "resume", listed["jobs"][0]["id"], "--json", expect=4)
    assert refused.answer["error"]["kind"] == "account_busy"
    sandbox.faults("slow=1000:1")
    line = ("reassign", "contacts", "--view", "Active", "--to", MAYA, "--json")
    assert crmdesk(*line, "--yes", expect=4).answer["error"]["kind"] == "account_busy"
    assert crmdesk(*line, "--dry-run").answer["dry_run"] is True
    started.interrupt()
    assert started.wait().answer["state"] in ("paused", "finished")


def test_a_wait_for_the_budget_is_told(data_home: Path, start_sandbox: Callable[..., SandboxProcess]) -> None:
    """20 an hour, 16 of them ours: the job waits, is stopped, and would go on in the next hour."""
    small = start_sandbox("--records", "300", "--hour-limit", "20")
    program = Program(data_home, small)
    started = program.start("reassign", "cm_property", "--view", "All Properties", "--to", MAYA, "--yes", "--json")
    until(lambda: "Waiting for the budget until" in started.talk or started.process.poll() is not None, "the wait")
    started.interrupt()
    ended = started.wait()
    assert (ended.code, ended.answer["state"]) == (4, "paused")
    assert 0 < ended.answer["changed"] < ended.answer["records"]
    assert len(small.requests()) <= 16
    reading = program.start("views", "deals")
    until(lambda: "Waiting for the budget until" in reading.talk or reading.process.poll() is not None, "the wait")
    reading.interrupt()
    assert reading.wait().code == 4
