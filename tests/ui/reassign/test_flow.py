"""The flow against the real sandbox: from what to done, back again, and what it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QWidget,
)
from shiboken6 import isValid

from crmdesk.planning.intents import KnownRow, OwnerHoldings, SelectedRecords, WholeView
from crmdesk.store.words import JobState
from tests.support.sandbox_process import SandboxProcess
from tests.ui.reassign.stage import Stage, contacts_of_others, desk_on, owners_by_records, some_contacts


def test_selected_records_are_planned_without_reading_and_handed_over(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, receiver = owners_by_records(sandbox)[:2]
    what = some_contacts(sandbox, giver, 20)
    sandbox.clear_requests()
    flow = stage.reassign({"what": what})
    stage.plan(flow, receiver)
    assert not [request for request in sandbox.requests() if request["path"].endswith(f"contacts/{what.rows[0].id}")]
    assert stage.records(flow) == 20
    assert flow.plan_page.start_button.isEnabled()  # 20 records of a test account ask for nothing
    stage.run(flow)
    owners = sandbox.records("contacts")
    assert all(owners[row.id]["owner_id"] == receiver for row in what.rows)
    assert flow.job_page.heading.text() == "20 records reassigned"
    assert flow.job_page.buttons.undo.isVisible()


def test_a_whole_view_shows_its_price_before_it_is_read(stage: Stage, sandbox: SandboxProcess) -> None:
    views = stage.loop.run_until_complete(stage.session.views("contacts"))
    view = next(view for view in views if view.name == "All Contacts")
    flow = stage.reassign({"what": WholeView("contacts", view.id, view.name)})
    stage.until(lambda: flow.reading_page.read.isVisible(), "the price")
    assert "about 3 requests" in flow.reading_page.price.text()
    before = len(sandbox.requests())
    flow.reading_page.read.click()
    stage.until(lambda: flow.pages.currentWidget() is flow.whom_page, "the second step")
    assert len(sandbox.requests()) > before
    assert flow.whom_page.heading.text() == "Who gets the 300 records?"


def test_reading_can_be_cancelled_and_leaves_no_draft(stage: Stage, sandbox: SandboxProcess) -> None:
    views = stage.loop.run_until_complete(stage.session.views("contacts"))
    view = next(view for view in views if view.name == "All Contacts")
    flow = stage.reassign({"what": WholeView("contacts", view.id, view.name)})
    stage.until(lambda: flow.reading_page.read.isVisible(), "the price")
    sandbox.faults("slow=3000:1.0")
    flow.reading_page.read.click()
    flow.reading_page.stop.click()
    assert flow.pages.currentWidget() is flow.what_page
    stage.until(lambda: stage.tasks.under_way == 0, "the work's end")
    sandbox.faults("")
    assert stage.loop.run_until_complete(stage.session.jobs.list()) == []


def test_a_handover_takes_everything_of_an_owner_and_leaves_closed_deals(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, receiver = owners_by_records(sandbox)[:2]
    flow = stage.reassign()
    page = flow.what_page
    page.owner.picker.mark(giver)
    for key, box in page.owner.boxes.items():
        box.setChecked(key in ("contacts", "deals"))
    assert page.what() == OwnerHoldings(giver, ("contacts", "deals"), False)
    page.next.click()
    stage.until(lambda: flow.reading_page.read.isVisible(), "the price")
    flow.reading_page.read.click()
    stage.plan(flow, receiver)
    modules = {flow.plan_page.modules.rows.cell(row, 0).text for row in range(flow.plan_page.modules.rows.rowCount())}
    assert modules == {"Contacts", "Deals, open only"}
    why = [flow.plan_page.left_out.rows.cell(row, 2).text for row in range(flow.plan_page.left_out.rows.rowCount())]
    assert any(text.startswith("closed") for text in why)
    giver_row = flow.plan_page.owners.rows.cell(0, 0).text
    assert giver_row == stage.session.directory.owner_name(giver)
    stage.run(flow)
    assert all(record["owner_id"] != giver for record in sandbox.records("contacts").values())


def test_what_already_belongs_to_the_target_is_left_out(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, receiver = owners_by_records(sandbox)[:2]
    rows = (*some_contacts(sandbox, giver, 3).rows, *some_contacts(sandbox, receiver, 2).rows)
    flow = stage.reassign({"what": SelectedRecords("contacts", rows)})
    stage.plan(flow, receiver)
    assert stage.records(flow) == 3
    left = flow.plan_page.left_out.rows
    name = stage.session.directory.owner_name(receiver)
    assert (left.cell(0, 1).text, left.cell(0, 2).text) == ("2", f"belongs to {name} already")


def test_a_production_account_asks_for_the_number_above_fifty(stage: Stage, sandbox: SandboxProcess) -> None:
    stage.production = True
    receiver = owners_by_records(sandbox)[1]
    flow = stage.reassign({"what": contacts_of_others(sandbox, receiver, 51)})
    stage.plan(flow, receiver)
    page = flow.plan_page
    assert page.before.number.isVisible()
    assert not page.start_button.isEnabled()
    QTest.keyClicks(page.before.number, "50")
    assert not page.start_button.isEnabled()
    page.before.number.clear()
    QTest.keyClicks(page.before.number, "51")
    assert page.start_button.isEnabled()
    QTest.keyClick(page.before.number, Qt.Key.Key_Return)
    stage.until(lambda: flow.pages.currentWidget() is flow.job_page, "the start")
    stage.until(lambda: flow.job_page.facts and flow.job_page.facts.summary.state.ended, "the end")


def test_enter_in_a_wrong_number_starts_nothing(stage: Stage, sandbox: SandboxProcess) -> None:
    stage.production = True
    receiver = owners_by_records(sandbox)[1]
    flow = stage.reassign({"what": contacts_of_others(sandbox, receiver, 51)})
    stage.plan(flow, receiver)
    QTest.keyClicks(flow.plan_page.before.number, "510")
    QTest.keyClick(flow.plan_page.before.number, Qt.Key.Key_Return)
    summary = stage.loop.run_until_complete(flow.plan.summary()) if flow.plan else None
    assert summary is not None
    assert summary.state is JobState.PLANNED


def test_an_edit_beside_the_plan_lays_it_out_anew(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, first, second = owners_by_records(sandbox)[:3]
    flow = stage.reassign({"what": some_contacts(sandbox, giver, 20)})
    stage.plan(flow, first)
    panel = flow.plan_page.whom
    entry = next(entry for entry in panel.choices() if entry.owner_id == second)
    panel.add_owner(entry)
    assert not flow.plan_page.start_button.isEnabled()  # what is on the screen is not what would run
    gains = flow.plan_page.owners.rows
    stage.until(lambda: [gains.cell(row, 3).text for row in range(gains.rowCount())].count("+10") == 2, "both halves")
    assert flow.plan_page.start_button.isEnabled()
    panel.rows[0].percent.setValue(75)
    panel.rows[1].percent.setValue(25)
    stage.until(lambda: "+15" in [gains.cell(row, 3).text for row in range(gains.rowCount())], "the weighted split")


def test_parts_that_do_not_add_up_are_taken_as_shares(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, first, second = owners_by_records(sandbox)[:3]
    flow = stage.reassign({"what": some_contacts(sandbox, giver, 20)})
    stage.plan(flow, first, second)
    flow.plan_page.whom.rows[0].percent.setValue(30)
    flow.plan_page.whom.rows[1].percent.setValue(10)
    assert flow.plan_page.whom.total.text() == "Together 40 %: taken as shares of 40."
    gains = flow.plan_page.owners.rows
    stage.until(lambda: "+15" in [gains.cell(row, 3).text for row in range(gains.rowCount())], "three quarters")


def test_inactive_users_and_the_giver_can_not_be_chosen(stage: Stage, sandbox: SandboxProcess) -> None:
    giver = owners_by_records(sandbox)[0]
    flow = stage.reassign({"what": OwnerHoldings(giver, ("contacts",))})
    stage.until(lambda: flow.reading_page.read.isVisible(), "the price")
    flow.reading_page.read.click()
    stage.until(lambda: flow.pages.currentWidget() is flow.whom_page, "the second step")
    why = {entry.owner_id: entry.why_not for entry in flow.whom_page.panel.choices()}
    inactive = [owner.id for owner in stage.session.directory.owners if not owner.active]
    assert len(inactive) == 5
    assert all("inactive" in why[owner] for owner in inactive)
    assert why[giver] == ("inactive, can't be given records" if giver in inactive else "has them now")


def test_a_file_of_ids_lists_its_bad_lines(stage: Stage, sandbox: SandboxProcess, tmp_path: Path) -> None:
    ids = list(sandbox.records("contacts"))[:7]
    path = tmp_path / "ids.csv"
    path.write_text("id\n" + "\n".join(map(str, ids)) + "\nabc\n", encoding="utf-8")
    flow = stage.reassign()
    panel = flow.what_page.file
    panel.load(path)
    stage.until(lambda: panel.what() is not None, "the file")
    assert panel.bad.grid.rows.cell(0, 1).text == "abc"
    assert panel.bad.text == "1 line can't be used; the others are."
    assert panel.says.text() == "ids.csv: 7 ids."


def test_a_table_decides_who_gets_what(stage: Stage, sandbox: SandboxProcess, tmp_path: Path) -> None:
    giver, receiver = owners_by_records(sandbox)[:2]
    what = some_contacts(sandbox, giver, 4)
    inactive = next(owner for owner in stage.session.directory.owners if not owner.active)
    mail = next(owner.email for owner in stage.session.directory.owners if owner.id == receiver)
    path = tmp_path / "table.csv"
    lines = [f"{what.rows[0].id},{mail}", f"{what.rows[1].id},{receiver}", f"{what.rows[2].id},{inactive.id}"]
    path.write_text("id,owner\n" + "\n".join(lines) + "\n", encoding="utf-8")
    flow = stage.reassign({"what": what})
    stage.until(lambda: flow.pages.currentWidget() is flow.whom_page, "the second step")
    panel = flow.whom_page.panel
    panel.load(path)
    stage.until(lambda: panel.table is not None, "the table")
    assert "inactive" in panel.bad.grid.rows.cell(0, 2).text
    flow.whom_page.next.click()
    stage.until(lambda: flow.pages.currentWidget() is flow.plan_page, "the plan")
    assert stage.records(flow) == 2
    left = flow.plan_page.left_out.rows
    assert left.cell(0, 2).text == "not in the table of owners"


def test_a_discarded_plan_is_gone(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, receiver = owners_by_records(sandbox)[:2]
    flow = stage.reassign({"what": some_contacts(sandbox, giver, 3)})
    stage.plan(flow, receiver)
    flow.plan_page.discard_button.click()
    assert flow.pages.currentWidget() is flow.what_page
    stage.until(lambda: stage.tasks.under_way == 0, "the deletion")
    assert stage.loop.run_until_complete(stage.session.jobs.list()) == []


def test_a_plan_is_found_again_in_another_tab(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, first, second = owners_by_records(sandbox)[:3]
    flow = stage.reassign({"what": some_contacts(sandbox, giver, 8)})
    stage.plan(flow, first, second)
    kept = flow.memory()
    again = stage.reassign(kept)
    stage.until(lambda: again.pages.currentWidget() is again.plan_page, "the plan")
    assert stage.records(again) == 8
    assert {row.entry.owner_id for row in again.plan_page.whom.rows} == {first, second}
    assert again.plan_page.start_button.isEnabled()


def test_undo_is_a_plan_that_keeps_what_others_changed(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, receiver, other = owners_by_records(sandbox)[:3]
    what = some_contacts(sandbox, giver, 10)
    flow = stage.reassign({"what": what})
    stage.plan(flow, receiver)
    stage.run(flow)
    sandbox.change("contacts", what.rows[0].id, owner_id=other)
    flow.job_page.buttons.undo.click()
    stage.until(lambda: flow.pages.currentWidget() is flow.plan_page, "the undo's plan")
    page = flow.plan_page
    assert stage.records(flow) == 9
    assert "Give" in page.start_button.text()
    name = stage.session.directory.owner_name(other)
    assert page.left_out.rows.cell(0, 2).text == f"changed since, by someone else: now {name}"
    assert not page.whom.isVisible()
    stage.run(flow)
    owners = sandbox.records("contacts")
    assert owners[what.rows[0].id]["owner_id"] == other
    assert all(owners[row.id]["owner_id"] == giver for row in what.rows[1:])


def test_a_second_plan_for_the_same_records_is_told_calmly_why_it_waits(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, receiver = owners_by_records(sandbox)[:2]
    contacts = some_contacts(sandbox, giver, 40).rows
    first = stage.reassign({"what": SelectedRecords("contacts", contacts[:20])})
    stage.plan(first, receiver)
    second = stage.reassign({"what": SelectedRecords("contacts", contacts[10:])})
    stage.plan(second, receiver)
    sandbox.faults("slow=1500:1.0")
    first.plan_page.start_button.click()
    stage.until(lambda: stage.session.jobs.running is not None, "the first job")
    second.plan_page.start_button.click()
    stage.until(lambda: second.plan_page.trouble.isVisible(), "the reason")
    assert "10 of these records in the air" in second.plan_page.trouble.accessibleName()
    assert not stage.errors
    sandbox.faults("")
    stage.until(lambda: stage.session.jobs.running is None, "the first job's end")


def test_an_agents_key_is_told_to_see_only_a_part(stage: Stage, sandbox: SandboxProcess) -> None:
    stage.session.client.use_key(sandbox.agent_key)
    giver, receiver = owners_by_records(sandbox)[:2]
    flow = stage.reassign({"what": some_contacts(sandbox, giver, 3)})
    stage.plan(flow, receiver)
    stage.until(lambda: flow.plan_page.before.part_only.isVisible(), "the note")


def test_a_plan_above_the_budget_says_until_when_it_waits(
    qt_loop: asyncio.AbstractEventLoop, start_sandbox: Callable[..., SandboxProcess], data_home: Path
) -> None:
    limited = start_sandbox("--records", "60", "--hour-limit", "1000")
    with desk_on(qt_loop, limited) as stage:
        owners = [owner.id for owner in stage.session.directory.owners if owner.active]
        rows = tuple(KnownRow(record, f"Task {record}", owners[0]) for record in range(1, 1201))
        flow = stage.reassign({"what": SelectedRecords("tasks", rows)})
        stage.plan(flow, owners[1])
        page = flow.plan_page
        usable = stage.session.budget.state().usable
        assert 0 < usable <= 800  # a fifth is kept for other integrations
        assert page.requests.accessibleName().startswith("Requests: 1,200 of ")
        assert "waits until" in page.done.accessibleName()


def test_escape_goes_back_a_step(stage: Stage, sandbox: SandboxProcess) -> None:
    giver = owners_by_records(sandbox)[0]
    flow = stage.reassign({"what": some_contacts(sandbox, giver, 3)})
    stage.until(lambda: flow.pages.currentWidget() is flow.whom_page, "the second step")
    QTest.keyClick(flow.whom_page.next, Qt.Key.Key_Escape)
    assert flow.pages.currentWidget() is flow.what_page
    assert flow.what_page.what() == flow.what  # what was handed in is still chosen


def test_an_owner_is_found_and_added_by_keyboard(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, receiver = owners_by_records(sandbox)[:2]
    flow = stage.reassign({"what": some_contacts(sandbox, giver, 3)})
    stage.until(lambda: flow.pages.currentWidget() is flow.whom_page, "the second step")
    dialog = flow.whom_page.panel.ask_owner()
    mail = next(owner.email for owner in stage.session.directory.owners if owner.id == receiver)
    QTest.keyClicks(dialog.picker.search, mail)
    QTest.keyClick(dialog.picker.search, Qt.Key.Key_Return)
    assert [row.entry.owner_id for row in flow.whom_page.panel.rows] == [receiver]


def test_every_control_has_a_name_for_screen_readers(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, first, second = owners_by_records(sandbox)[:3]
    flow = stage.reassign({"what": some_contacts(sandbox, giver, 3)})
    stage.plan(flow, first, second)
    controls = [
        widget
        for kind in (QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox, QAbstractItemView)
        for widget in flow.findChildren(kind)
        # The list that a combo box pops up is its own window.
        if widget.window() is flow.window() and not isinstance(widget, QHeaderView)
    ]
    assert len(controls) > 20
    nameless = [
        widget
        for widget in controls
        if not (widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()))
        and not isinstance(widget.parent(), QAbstractItemView | QComboBox | QAbstractSpinBox | QLineEdit)
    ]
    assert not nameless


def test_a_job_runs_on_when_its_tab_is_closed(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, receiver = owners_by_records(sandbox)[:2]
    what = some_contacts(sandbox, giver, 10)
    flow = stage.reassign({"what": what})
    stage.plan(flow, receiver)
    sandbox.faults("slow=500:1.0")
    flow.plan_page.start_button.click()
    stage.until(lambda: stage.session.jobs.running is not None, "the start")
    stage.close_all()
    stage.until(lambda: not isValid(flow), "the tab's end")
    sandbox.faults("")
    stage.until(lambda: stage.session.jobs.running is None, "the job's end")
    summary = stage.loop.run_until_complete(stage.session.jobs.list())[0]
    assert summary.state is JobState.FINISHED
    assert not stage.errors


def test_the_tab_key_walks_from_the_head_to_the_foot(stage: Stage, sandbox: SandboxProcess) -> None:
    giver, receiver = owners_by_records(sandbox)[:2]
    flow = stage.reassign({"what": some_contacts(sandbox, giver, 3)})
    stage.plan(flow, receiver)
    page = flow.plan_page
    marks = [flow.change_what_button, page.owners, page.whom.add, page.look_button, page.start_button]
    chain: list[QWidget] = []
    at: QWidget | None = flow.nextInFocusChain()
    while at is not None and at is not flow:
        chain.append(at)
        at = at.nextInFocusChain()
    places = [chain.index(mark) for mark in marks]
    assert places == sorted(places)


def test_an_undo_names_those_who_are_inactive(stage: Stage, sandbox: SandboxProcess) -> None:
    inactive = {owner.id for owner in stage.session.directory.owners if not owner.active}
    owners = owners_by_records(sandbox)
    giver = next(owner for owner in owners if owner in inactive)
    receiver = next(owner for owner in owners if owner not in inactive)
    flow = stage.reassign({"what": some_contacts(sandbox, giver, 2)})
    stage.plan(flow, receiver)
    assert not flow.plan_page.before.doubtful.isVisible()
    stage.run(flow)
    flow.job_page.buttons.undo.click()
    stage.until(lambda: flow.pages.currentWidget() is flow.plan_page, "the undo's plan")
    name = stage.session.directory.owner_name(giver)
    assert f"2 records to {name}" in flow.plan_page.before.doubtful.accessibleName()
    stage.run(flow)
    facts = flow.job_page.facts
    assert facts is not None
    assert sum(facts.summary.counts.values()) == facts.summary.records == 2
    given_back = facts.summary.counts["reverted"]
    now = sandbox.records("contacts")
    assert sum(now[row.id]["owner_id"] == giver for row in flow.what.rows) == given_back  # type: ignore[union-attr]


def test_a_view_is_found_and_chosen(stage: Stage) -> None:
    flow = stage.reassign()
    flow.what_page.ways.buttons()[2].click()
    panel = flow.what_page.view
    stage.until(lambda: panel.list.count() > 3, "the views")
    assert not flow.what_page.next.isEnabled()
    QTest.keyClicks(panel.search, "never")
    shown = [item for row in range(panel.list.count()) if not (item := panel.list.item(row)).isHidden()]
    assert [item.text() for item in shown] == ["Never Contacted"]
    panel.list.setCurrentItem(shown[0])
    what = flow.what_page.what()
    assert isinstance(what, WholeView)
    assert (what.module, what.view_name) == ("contacts", "Never Contacted")
    assert flow.what_page.next.isEnabled()
