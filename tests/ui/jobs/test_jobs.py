"""The list of jobs and one job in full, against the real sandbox."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from crmdesk.config import paths
from crmdesk.planning.intents import SelectedRecords
from crmdesk.store import journal
from crmdesk.store.locks import RunLock
from crmdesk.store.words import JobState, Outcome
from crmdesk.ui.jobs.rows_dialog import RowsDialog, look_through
from tests.support.sandbox_process import SandboxProcess
from tests.ui.reassign.stage import Stage, owners_by_records, some_contacts


def test_an_account_without_jobs_says_what_to_do_next(stage: Stage) -> None:
    listed = stage.jobs()
    stage.until(lambda: listed.stack.currentWidget() is listed.empty, "the empty state")
    assert "No jobs yet" in listed.empty.accessibleName()


def test_a_job_that_runs_moves_in_the_list_and_ends_there(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, receiver = owners_by_records(sandbox)[:2]
    listed = stage.jobs()
    flow = stage.reassign({"what": some_contacts(sandbox, giver, 30)})
    stage.plan(flow, receiver)
    stage.run(flow)
    stage.until(lambda: listed.grid.rows.rowCount() == 1, "the job in the list")
    stage.until(lambda: listed.grid.rows.cell(0, 2).text == "Finished", "its end")
    assert [listed.grid.rows.cell(0, column).text for column in (1, 3, 4, 5, 6)] == ["Reassign", "30", "", "30", ""]
    stage.until(lambda: listed.pane.facts and listed.pane.facts.summary.state is JobState.FINISHED, "the pane")
    assert listed.pane.buttons.undo.isVisible()
    assert not listed.pane.buttons.resume.isVisible()


def test_a_paused_job_is_resumed_from_the_list(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, receiver = owners_by_records(sandbox)[:2]
    what = some_contacts(sandbox, giver, 30)
    flow = stage.reassign({"what": what})
    stage.plan(flow, receiver)
    sandbox.faults("slow=700:1.0")
    flow.plan_page.start_button.click()
    stage.until(lambda: stage.session.jobs.running is not None, "the start")
    stage.until(lambda: flow.job_page.buttons.pause.isVisible(), "the pause button")
    flow.job_page.buttons.pause.click()
    stage.until(lambda: flow.job_page.buttons.resume.isVisible(), "the pause")
    sandbox.faults("")
    listed = stage.jobs()
    stage.until(lambda: listed.grid.rows.rowCount() == 1, "the list")
    assert listed.grid.rows.cell(0, 2).text == "Paused"
    assert listed.count.text() == "1 can be resumed"
    stage.until(lambda: listed.pane.buttons.resume.isVisible(), "the pane")
    listed.pane.buttons.resume.click()
    stage.until(lambda: flow.job_page.facts and flow.job_page.facts.summary.state.ended, "the end")
    owners = sandbox.records("contacts")
    assert all(owners[row.id]["owner_id"] == receiver for row in what.rows)


def test_failures_stand_with_their_reason_and_can_be_tried_again(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, receiver = owners_by_records(sandbox)[:2]
    what = some_contacts(sandbox, giver, 10)
    flow = stage.reassign({"what": what})
    stage.plan(flow, receiver)
    sandbox.delete("contacts", what.rows[0].id)
    stage.run(flow)
    pane = flow.job_page
    assert pane.facts is not None
    assert pane.facts.summary.counts[Outcome.FAILED] == 1
    stage.until(lambda: pane.reasons.isVisible(), "the reasons")
    rows = pane.reasons.rows
    told = [[rows.cell(row, column).text for column in range(4)] for row in range(rows.rowCount())]
    assert ["Contacts", "Failed", "1"] in [row[:3] for row in told]
    assert all(row[3] for row in told)
    pane.failures.click()
    dialog = next(found for found in pane.findChildren(RowsDialog))
    stage.until(lambda: dialog.model.rowCount() == 1, "the failed row alone")
    dialog.close()
    assert pane.buttons.retry.text().replace("&", "") == "Retry the 1 failure"
    pane.buttons.retry.click()
    stage.until(lambda: flow.pages.currentWidget() is flow.plan_page, "another try's plan")
    assert stage.records(flow) == 1


def test_a_refused_key_is_asked_for_and_the_job_goes_on(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, receiver = owners_by_records(sandbox)[:2]
    what = some_contacts(sandbox, giver, 10)
    flow = stage.reassign({"what": what})
    stage.plan(flow, receiver)
    stage.session.client.use_key("wrong-key")
    flow.plan_page.start_button.click()
    pane = flow.job_page
    stage.until(lambda: pane.buttons.key.isVisible(), "the wish for a key")
    assert "refused the key" in pane.progress.box.accessibleName()
    pane.buttons.key.click()
    assert stage.asked_for_key == 1
    stage.loop.run_until_complete(stage.session.use_key(sandbox.api_key))
    stage.until(lambda: pane.facts and pane.facts.summary.state is JobState.FINISHED, "the end")
    assert sandbox.records("contacts")[what.rows[0].id]["owner_id"] == receiver


def test_the_report_of_a_job_is_written_and_told(stage: Stage, sandbox: SandboxProcess, tmp_path: Path) -> None:
    giver, receiver = owners_by_records(sandbox)[:2]
    flow = stage.reassign({"what": some_contacts(sandbox, giver, 5)})
    stage.plan(flow, receiver)
    stage.run(flow)
    assert flow.plan is not None
    path = tmp_path / "report.json"
    flow.job_page.acts.write_report(flow.plan.id, path)
    stage.until(lambda: stage.messages, "the message")
    assert stage.messages[-1].text == "5 records written to report.json"
    assert len(json.loads(path.read_text(encoding="utf-8"))["records"]) == 5


def test_an_undo_is_linked_with_its_job(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, receiver = owners_by_records(sandbox)[:2]
    flow = stage.reassign({"what": some_contacts(sandbox, giver, 5)})
    stage.plan(flow, receiver)
    stage.run(flow)
    parent = flow.plan.id if flow.plan else 0
    flow.job_page.buttons.undo.click()
    stage.until(lambda: flow.pages.currentWidget() is flow.plan_page, "the undo's plan")
    stage.run(flow)
    listed = stage.jobs({"job": parent})
    stage.until(lambda: listed.pane.facts and listed.pane.job_id == parent, "the pane")
    child = flow.plan.id if flow.plan else 0
    assert listed.pane.links.texts == [f"Undone by: job {child}"]
    listed.pane.links.chosen.emit(child)
    stage.until(lambda: listed.pane.facts and listed.pane.facts.summary.id == child, "the child")
    assert listed.pane.links.texts == [f"Undoes: job {parent}"]


def test_a_draft_can_be_opened_or_deleted(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, receiver = owners_by_records(sandbox)[:2]
    flow = stage.reassign({"what": some_contacts(sandbox, giver, 5)})
    stage.plan(flow, receiver)
    listed = stage.jobs()
    stage.until(lambda: listed.pane.buttons.open.isVisible(), "the plan in the list")
    assert flow.plan is not None
    listed.pane.buttons.open.click()
    stage.until(lambda: stage.opened, "the plan")
    assert stage.opened[-1] == ("reassign", {"plan": flow.plan.id})
    listed.pane.buttons.delete.click()
    stage.until(lambda: listed.stack.currentWidget() is listed.empty, "the empty list")
    assert flow.pages.currentWidget() is flow.what_page


def test_rows_are_narrowed_by_outcome(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, receiver = owners_by_records(sandbox)[:2]
    rows = (*some_contacts(sandbox, giver, 3).rows, *some_contacts(sandbox, receiver, 2).rows)
    flow = stage.reassign({"what": SelectedRecords("contacts", rows)})
    stage.plan(flow, receiver)
    stage.run(flow)
    assert flow.plan is not None
    dialog = look_through(stage, flow.plan, flow, Outcome.CHANGED)
    stage.until(lambda: dialog.model.rowCount() == 3, "the changed rows")
    stage.until(lambda: dialog.model.index(0, 6).data() == "Changed", "the first page")
    dialog.outcome.setCurrentIndex(0)
    dialog.outcome.activated.emit(0)
    stage.until(lambda: dialog.model.rowCount() == 5, "all rows")
    stage.until(lambda: dialog.model.row_at(0) is not None, "their page")
    dialog.table.selectRow(0)
    QTest.keyClick(dialog.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QApplication.clipboard().text().split("\t")
    assert copied[:3] == ["Contacts", rows[0].label, str(rows[0].id)]
    dialog.close()


def test_a_plan_that_another_process_runs_is_told(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, receiver = owners_by_records(sandbox)[:2]
    flow = stage.reassign({"what": some_contacts(sandbox, giver, 5)})
    stage.plan(flow, receiver)
    # Another object's lock is another holder, as another process's is.
    other = RunLock(paths.account_dir(stage.session.address.account_key))
    other.acquire("Handover of Ann Lee", 77)
    try:
        listed = stage.jobs()
        stage.until(lambda: listed.elsewhere.isVisible(), "the note")
        assert "Handover of Ann Lee" in listed.elsewhere.accessibleName()
        flow.plan_page.start_button.click()
        stage.until(lambda: flow.plan_page.trouble.isVisible(), "the reason")
        assert "Handover of Ann Lee" in flow.plan_page.trouble.accessibleName()
        assert not stage.errors
    finally:
        other.release()


def test_an_interrupted_job_stands_on_top_and_is_resumed(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, receiver = owners_by_records(sandbox)[:2]
    interrupted = stage.reassign({"what": some_contacts(sandbox, giver, 5)})
    stage.plan(interrupted, receiver)
    newer = stage.reassign({"what": some_contacts(sandbox, giver, 6)})
    stage.plan(newer, receiver)
    assert interrupted.plan is not None
    job = interrupted.plan.id
    # What a killed process leaves behind: a job that runs, and nobody who holds the lock.
    stage.loop.run_until_complete(stage.session.journal.db.write(lambda c: journal.set_state(c, job, JobState.RUNNING)))
    listed = stage.jobs()
    stage.until(lambda: listed.grid.rows.rowCount() == 2, "the list")
    assert listed.grid.rows.key_at(0) == job
    assert listed.grid.rows.cell(0, 2).text == "Interrupted"
    stage.until(lambda: listed.pane.buttons.resume.isVisible(), "the button")
    assert "Interrupted" in listed.pane.progress.box.accessibleName()
    listed.pane.buttons.resume.click()
    stage.until(lambda: listed.pane.facts and listed.pane.facts.summary.state.ended, "the end")
    assert listed.pane.facts is not None
    assert listed.pane.facts.summary.counts[Outcome.CHANGED] == 5
