"""Review & save, against the real sandbox: stage, review, save, collide, fail, undo."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester

from crmdesk.changes.drafts import Staged
from crmdesk.crm.kinds import Kind
from crmdesk.store.words import Outcome
from crmdesk.ui.jobs.rows_dialog import look_through
from crmdesk.ui.jobs.rows_model import COLUMNS
from crmdesk.ui.jobs.workspace import JobsWorkspace
from crmdesk.ui.review.collisions import KEEP, MINE, THEIRS
from crmdesk.ui.review.staged_model import AFTER, BEFORE, FIELD, RECORD, REVERT
from tests.support.sandbox_process import SandboxProcess
from tests.ui.review.bench import Bench


def contacts(sandbox: SandboxProcess, count: int) -> list[int]:
    return list(sandbox.records("contacts"))[:count]


def test_with_nothing_staged_the_page_says_so(bench: Bench) -> None:
    work = bench.review()
    assert work.staged_page.stack.currentWidget() is work.staged_page.empty
    assert not work.staged_page.review_button.isEnabled()
    assert not work.unsaved


def test_staged_edits_stand_by_record_and_each_is_reverted_alone(
    bench: Bench, sandbox: SandboxProcess, qtmodeltester: ModelTester
) -> None:
    first, second = contacts(sandbox, 2)
    bench.stage("contacts", first, "job_title", "Pilot")
    bench.stage("contacts", first, "city", "Oslo")
    bench.stage("contacts", second, "job_title", "Baker")
    work = bench.review()
    table = work.staged_page.table
    qtmodeltester.check(table.lines)  # type: ignore[no-untyped-call]
    assert work.unsaved
    assert [table.lines.index(row, AFTER).data() for row in range(3)] == ["Pilot", "Oslo", "Baker"]
    names = [table.lines.index(row, RECORD).data() for row in range(3)]
    assert names[0] and not names[1] and names[2]
    bench.until(lambda: table.lines.index(0, FIELD).data() == "Job title", "the schema's label")
    sandbox.clear_requests()
    table.clicked.emit(table.lines.index(1, REVERT))
    bench.until(lambda: table.lines.rowCount() == 2, "the line gone")
    bench.act(bench.said("1 change taken back"), "Bring back")
    bench.until(lambda: table.lines.rowCount() == 3, "the line back")
    table.selectRow(2)
    QTest.keyClick(table, Qt.Key.Key_Delete)
    bench.until(lambda: table.lines.rowCount() == 2, "another line gone")
    assert all(request["method"] == "GET" for request in sandbox.requests())


def test_saving_sends_only_what_changed_and_can_be_undone(bench: Bench, sandbox: SandboxProcess) -> None:
    record = contacts(sandbox, 1)[0]
    old = sandbox.record("contacts", record)["job_title"]
    bench.stage("contacts", record, "job_title", "Pilot")
    work = bench.review()
    bench.to_plan(work)
    page = work.plan_page
    assert page.save_button.text() == "&Save 1 change"
    assert "reads 1, writes 1" in page.requests.accessibleName()
    assert page.request_lines.rows.cell(0, 0).text == f"PUT contacts/{record}"
    assert bench.session.drafts.count() == 1, "reviewing takes nothing out of the draft"
    assert bench.run(work).counts[Outcome.CHANGED] == 1
    assert sandbox.record("contacts", record)["job_title"] == "Pilot"
    bench.until(lambda: bench.session.drafts.count() == 0, "nothing staged")
    assert not work.result_page.wrong.isVisible()
    bench.until(lambda: work.job_page.buttons.undo.isVisible(), "undo")
    work.job_page.buttons.undo.click()
    bench.until(lambda: bench.opened, "the undo's plan")
    kind, args = bench.opened[-1]
    assert kind == "review"
    undo = bench.review(args)
    bench.until(lambda: undo.pages.currentWidget() is undo.plan_page, "the undo's page")
    assert undo.plan_page.save_button.text().startswith("Give &back")
    assert bench.run(undo).counts[Outcome.REVERTED] == 1
    assert sandbox.record("contacts", record)["job_title"] == old


def test_back_forgets_the_plan_and_keeps_the_edits(bench: Bench, sandbox: SandboxProcess) -> None:
    bench.stage("contacts", contacts(sandbox, 1)[0], "job_title", "Pilot")
    work = bench.review()
    bench.to_plan(work)
    QTest.keyClick(work, Qt.Key.Key_Escape)
    assert work.pages.currentWidget() is work.staged_page
    assert bench.session.drafts.count() == 1


def test_a_collision_is_shown_three_ways_and_decided_by_keyboard(bench: Bench, sandbox: SandboxProcess) -> None:
    first, second = contacts(sandbox, 2)
    for record in (first, second):
        bench.stage("contacts", record, "job_title", "Mine")
        bench.stage("contacts", record, "city", "Oslo")
    originals = [sandbox.record("contacts", record)["job_title"] for record in (first, second)]
    sandbox.change("contacts", first, job_title="Theirs one")
    sandbox.change("contacts", second, job_title="Theirs two")
    work = bench.review()
    bench.to_plan(work)
    part = work.plan_page.collisions
    lines = part.table.lines
    assert work.plan_page.parts.front == "Collisions"
    shown = [[lines.index(row, column).data() for column in (2, THEIRS, MINE, KEEP)] for row in range(2)]
    assert shown == [
        [originals[0] or "blank", "Theirs one", "Mine", "choose"],
        [originals[1] or "blank", "Theirs two", "Mine", "choose"],
    ]
    assert not work.plan_page.save_button.isEnabled()
    QTest.keyClick(part.table, Qt.Key.Key_M)
    assert part.table.currentIndex().row() == 1, "on to the next that waits"
    QTest.keyClick(part.table, Qt.Key.Key_T)
    assert work.plan_page.save_button.isEnabled()
    assert work.plan_page.save_button.text() == "&Save 3 changes"
    assert work.plan_page.parts.buttons["Changes"].text() == "Changes 3 of 4"
    bench.run(work)
    now = [sandbox.record("contacts", record) for record in (first, second)]
    assert [record["job_title"] for record in now] == ["Mine", "Theirs two"]
    assert [record["city"] for record in now] == ["Oslo", "Oslo"]
    bench.turn(0.3)
    assert not work.result_page.wrong.isVisible(), "taking theirs is no failure"
    outcomes = work.job_page.outcomes.rows
    told = {outcomes.cell(row, 0).text: outcomes.cell(row, 2).text for row in range(outcomes.rowCount())}
    assert told["Skipped"] == "theirs was kept, as you chose"
    listed = bench.show(JobsWorkspace(bench, {}))
    bench.until(lambda: listed.grid.rows.rowCount() == 1, "the job in the list")
    assert [listed.grid.rows.cell(0, column).text for column in (3, 4, 5)] == ["2", "4", "3"]


def test_all_theirs_leaves_nothing_to_send(bench: Bench, sandbox: SandboxProcess) -> None:
    record = contacts(sandbox, 1)[0]
    bench.stage("contacts", record, "job_title", "Mine")
    sandbox.change("contacts", record, job_title="Theirs")
    work = bench.review()
    bench.to_plan(work)
    work.plan_page.collisions.all_theirs.click()
    assert work.plan_page.save_button.text() == "&Done"
    bench.run(work)
    assert sandbox.record("contacts", record)["job_title"] == "Theirs"
    bench.until(lambda: bench.session.drafts.count() == 0, "theirs was taken, so nothing is staged")


def test_what_the_crm_refuses_stays_staged_with_its_words(bench: Bench, sandbox: SandboxProcess) -> None:
    good, bad = contacts(sandbox, 2)
    taken = next(e["value"] for e in sandbox.record("contacts", good)["emails"])
    bench.stage("contacts", good, "job_title", "Pilot")
    bench.stage("contacts", bad, "email", taken)
    work = bench.review()
    bench.to_plan(work)
    summary = bench.run(work)
    assert (summary.counts[Outcome.CHANGED], summary.counts[Outcome.FAILED]) == (1, 1)
    bench.until(lambda: work.result_page.wrong.isVisible(), "the failures")
    why = work.result_page.grid.rows.cell(0, 3).text
    assert why
    bench.until(lambda: bench.session.drafts.count() == 1, "it came back")
    work.result_page.edit_button.click()
    assert bench.opened[-1][0] == "record"
    assert bench.opened[-1][1]["id"] == bad
    work.result_page.review_button.click()
    assert work.pages.currentWidget() is work.staged_page
    bench.until(lambda: work.staged_page.trouble.isVisible(), "why it failed the last time")
    assert work.staged_page.table.lines.line_at(0).message == why


def test_only_some_records_are_reviewed(bench: Bench, sandbox: SandboxProcess) -> None:
    first, second = contacts(sandbox, 2)
    bench.stage("contacts", first, "job_title", "Pilot")
    bench.stage("contacts", second, "job_title", "Baker")
    work = bench.review({"module": "contacts", "records": [first]})
    table = work.staged_page.table
    assert table.lines.rowCount() == 1
    assert "1 change" in work.staged_page.scope.text()
    bench.to_plan(work)
    bench.run(work)
    assert sandbox.record("contacts", second)["job_title"] != "Baker"
    assert bench.session.drafts.count() == 1
    work.result_page.review.emit()
    bench.until(lambda: table.lines.rowCount() == 1, "the other one")
    assert table.lines.index(0, BEFORE).data() is not None


def test_a_wide_plan_in_production_asks_for_its_number(bench: Bench, sandbox: SandboxProcess) -> None:
    bench.production = True
    for record in contacts(sandbox, 60):
        bench.stage("contacts", record, "job_title", "Pilot")
    work = bench.review()
    bench.to_plan(work)
    assert work.plan_page.save_button.property("role") == "danger"
    assert not work.plan_page.save_button.isEnabled()
    work.plan_page.before.number.setText("60")
    assert work.plan_page.save_button.isEnabled()


def test_a_new_record_is_created_and_its_id_stands_in_the_job(bench: Bench, sandbox: SandboxProcess) -> None:
    values = {"name": "Fresh Works 9000"}
    bench.session.drafts.stage_new("sales_accounts", values, kinds={"name": Kind.TEXT}, label="Fresh Works 9000")
    work = bench.review()
    line = work.staged_page.table.lines
    assert [line.index(0, column).data() for column in (RECORD, FIELD, BEFORE)] == ["Fresh Works 9000", "New", ""]
    assert "Fresh Works 9000" in line.index(0, AFTER).data()
    bench.to_plan(work)
    assert work.plan_page.request_lines.rows.cell(0, 0).text == "POST sales_accounts"
    bench.run(work)
    assert work.plan is not None
    made = [key for key, row in sandbox.records("sales_accounts", "name").items() if row["name"] == "Fresh Works 9000"]
    dialog = look_through(bench, work.plan, work)
    bench.until(lambda: dialog.model.index(0, COLUMNS.index("Id")).data() == str(made[0]), "the id of what was made")
    assert dialog.model.index(0, COLUMNS.index("Field")).data() == "New"
    dialog.close()


def test_many_edits_are_told_without_making_texts_that_nobody_sees(bench: Bench) -> None:
    edits = [Staged("contacts", record, "job_title", "Pilot", None, Kind.TEXT) for record in range(1, 20_001)]
    bench.session.drafts.stage(edits)
    work = bench.review()
    lines = work.staged_page.table.lines
    assert lines.rowCount() == 20_000
    assert len(lines._texts) < 1_000
    bench.session.drafts.revert_all()
    bench.until(lambda: lines.rowCount() == 0, "nothing")


def test_the_keys_follow_what_is_staged(bench: Bench, sandbox: SandboxProcess) -> None:
    work = bench.review()
    commands = {command.id: command for command in work.commands()}
    assert not commands["review.go"].enabled()
    bench.stage("contacts", contacts(sandbox, 1)[0], "job_title", "Pilot")
    bench.until(lambda: work.staged_page.table.lines.rowCount() == 1, "the edit")
    assert commands["review.go"].enabled()
    assert not commands["review.revert"].enabled()
    work.staged_page.table.selectAll()
    assert commands["review.revert"].enabled()
    commands["review.revert"].run()
    assert bench.session.drafts.count() == 0


def test_the_result_is_never_a_blank_and_keeps_the_keyboard(bench: Bench, sandbox: SandboxProcess) -> None:
    bench.stage("contacts", contacts(sandbox, 1)[0], "job_title", "Pilot")
    work = bench.review()
    bench.to_plan(work)
    work.activateWindow()
    work.plan_page.save_button.setFocus()
    work.plan_page.save_button.click()
    bench.until(lambda: work.pages.currentWidget() is work.result_page, "the result's page")
    assert work.job_page.body.isVisible() and work.job_page.heading.text()
    bench.until(lambda: work.job_page.facts is not None and work.job_page.facts.summary.state.ended, "the end")
    focused = QApplication.focusWidget()
    assert focused is not None and (focused is work or work.isAncestorOf(focused))
