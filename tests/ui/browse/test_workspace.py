"""The workspace of a view against the running sandbox: what it shows, and how few requests it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication

from crmdesk.config.errors import InputError
from crmdesk.planning.intents import SelectedRecords, WholeView
from crmdesk.ui.browse.kind import make_view
from crmdesk.ui.browse.values import NOT_LOADED_TEXT
from crmdesk.ui.browse.workspace import BrowseWorkspace
from crmdesk.ui.widgets import Button
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk
from tests.ui.browse.pages import column, texts
from tests.ui.browse.views import Opener, pages_asked, rest, settle, views_asked

Flag = QItemSelectionModel.SelectionFlag
RECORDS = 1200


@pytest.fixture(scope="module")
def small_sandbox(start_sandbox: Callable[..., SandboxProcess]) -> SandboxProcess:
    return start_sandbox("--records", str(RECORDS), "--hour-limit", "0")


def test_one_request_shows_the_first_page(open_view: Opener, sandbox: SandboxProcess, desk: PlainDesk) -> None:
    work = open_view(wait=False)
    desk.until(lambda: work.model.rowCount() > 0)
    assert views_asked(desk) == [{"page": "1", "per_page": "100", "include": "owner"}]
    assert [r["path"] for r in sandbox.requests() if "/view/" in r["path"]] != []
    assert work.model.rowCount() == RECORDS
    assert work.toolbar.counts.startswith("1,200")
    assert all(texts(work.model, "@label")[:100])
    assert desk.counts[("contacts", work.source.view_id)] == RECORDS


def test_only_what_is_scrolled_to_is_fetched_and_never_twice(
    open_view: Opener, sandbox: SandboxProcess, desk: PlainDesk
) -> None:
    work = open_view()
    bar = work.table.verticalScrollBar()
    for place in range(0, bar.maximum(), 400):
        bar.setValue(place)
    bar.setValue(bar.maximum())
    rest(desk, work)
    assert pages_asked(desk) == [1, 12]
    bar.setValue(0)
    desk.turn(0.3)
    bar.setValue(bar.maximum())
    desk.turn(0.3)
    assert pages_asked(desk) == [1, 12]
    assert work.model.cells_at(RECORDS - 1) is not None


def test_names_of_owners_and_money_with_its_currency(open_view: Opener, sandbox: SandboxProcess) -> None:
    work = open_view()
    owners = {name for name in texts(work.model, "owner_id")[:100] if name}
    assert owners and not any(name.isdigit() or name == "…" for name in owners)
    amounts = [text for text in texts(work.model, "open_deals_amount")[:100] if text]
    assert amounts and all(text.startswith("$ ") for text in amounts)


def test_stages_have_names(open_view: Opener) -> None:
    work = open_view("All Deals", "deals")
    stages = {text for text in texts(work.model, "deal_stage_id")[:100] if text}
    assert stages and not any(text.isdigit() for text in stages)


def test_the_crm_sorts_what_it_can(open_view: Opener, sandbox: SandboxProcess, desk: PlainDesk) -> None:
    work = open_view()
    work.sorter.clicked(column(work.model, "lead_score"))
    desk.until(lambda: work.sorter.now is not None and not work.feed.busy)
    asked = views_asked(desk)[-1]
    assert asked["sort"] == "lead_score" and asked["sort_type"] == "desc"
    scores = [int(text) for text in texts(work.model, "lead_score")[:100] if text]
    assert scores == sorted(scores, reverse=True)
    assert work.table.horizontalHeader().sortIndicatorSection() == column(work.model, "lead_score")


def test_other_columns_are_sorted_here_once_all_is_loaded(
    open_view: Opener, sandbox: SandboxProcess, desk: PlainDesk
) -> None:
    work = open_view()
    work.table.go_to(4, select=True)
    chosen = set(work.table.chosen.ids)
    work.sorter.clicked(column(work.model, "@label"))
    offer = "Load all (11 requests) and sort here"
    assert work.strip.actions_shown == [offer, "Dismiss"]
    assert pages_asked(desk) == [1], "nothing is spent before the person says so"
    work.strip.press(offer)
    desk.until(lambda: work.model.sorted_here, "sorted here")
    assert sorted(pages_asked(desk)) == list(range(1, 13))
    ids = work.model.ids_between(0, RECORDS - 1)
    assert len(set(ids)) == RECORDS
    assert work.table.chosen.ids == chosen
    rows = [row for first, last in work.table.ranges() for row in range(first, last + 1)]
    assert [work.model.id_at(row) for row in rows] == list(chosen)
    desk.asked.clear()
    work.sorter.clicked(column(work.model, "email"))
    desk.until(lambda: work.sorter.now is not None and work.sorter.now.key == "email")
    emails = [text.casefold() for text in texts(work.model, "email") if text]
    assert emails == sorted(emails) and pages_asked(desk) == []


def test_refresh_keeps_selection_and_place(open_view: Opener, sandbox: SandboxProcess, desk: PlainDesk) -> None:
    work = open_view()
    work.table.go_to(40, select=True)
    chosen, place = set(work.table.chosen.ids), work.table.verticalScrollBar().value()
    work.refresh()
    assert work.model.cells_at(0) is not None, "old rows stay until the new ones are here"
    settle(desk, work)
    assert work.table.chosen.ids == chosen and work.table.verticalScrollBar().value() == place
    assert pages_asked(desk) == [1, 1]


def test_a_moved_order_is_told_and_doubles_are_dropped(
    open_view: Opener, sandbox: SandboxProcess, desk: PlainDesk
) -> None:
    work = open_view()
    order = column(work.model, "updated_at")
    work.sorter.clicked(order)
    desk.until(lambda: work.sorter.now is not None and not work.feed.busy)
    for record_id in list(sandbox.records("contacts"))[500:503]:
        sandbox.change("contacts", record_id, job_title="Moved to the top")
    work.table.verticalScrollBar().setValue(28 * 130)
    desk.until(lambda: work.strip.key == "moved", "the view has changed")
    ids = [record_id for record_id in work.model.store.ids if record_id is not None]
    assert len(ids) == len(set(ids))
    assert "Refresh" in work.strip.actions_shown


def test_the_whole_view_goes_to_reassign_without_a_request(
    open_view: Opener, sandbox: SandboxProcess, desk: PlainDesk
) -> None:
    work = open_view()
    work.table.selectAll()
    assert work.toolbar.reassign_button.text() == "Reassign 1,200…"
    gone = work.model.id_at(2)
    assert gone is not None
    work.table.selectionModel().select(work.model.index(2, 0), Flag.Deselect | Flag.Rows)
    before = len(sandbox.requests())
    work.hands.reassign()
    (kind, args) = desk.opened[-1]
    assert kind == "reassign"
    assert args["what"] == WholeView("contacts", int(work.source.view_id), "All Contacts", frozenset({gone}))
    assert len(sandbox.requests()) == before


def test_selected_rows_go_to_reassign_with_what_is_known(open_view: Opener, desk: PlainDesk) -> None:
    work = open_view()
    for row in (3, 8):
        work.table.selectionModel().select(work.model.index(row, 0), Flag.Select | Flag.Rows)
    work.hands.reassign()
    desk.until(lambda: desk.opened)
    what = desk.opened[-1][1]["what"]
    assert isinstance(what, SelectedRecords)
    assert [row.id for row in what.rows] == [work.model.id_at(3), work.model.id_at(8)]
    record = work.model.record_at(3)
    assert record is not None and what.rows[0].owner_id == record["owner_id"]
    assert what.rows[0].label == record["display_name"] and what.rows[0].updated_at == record["updated_at"]


def test_selected_rows_that_are_not_loaded_are_loaded_first(
    open_view: Opener, sandbox: SandboxProcess, desk: PlainDesk
) -> None:
    work = open_view()
    work.table.setCurrentIndex(work.model.index(90, 0))
    work.table.selectionModel().select(
        QItemSelection(work.model.index(90, 0), work.model.index(310, 0)), Flag.ClearAndSelect | Flag.Rows
    )
    assert work.table.chosen_count() == 221
    work.hands.reassign()
    assert desk.opened == []
    work.strip.press("Load them (3 requests)")
    desk.until(lambda: desk.opened, "reassign opens by itself")
    assert len(desk.opened[-1][1]["what"].rows) == 221
    assert sorted(pages_asked(desk)) == [1, 2, 3, 4]


def test_find_in_loaded_rows(open_view: Opener, desk: PlainDesk) -> None:
    work = open_view()
    wanted = texts(work.model, "email")[17] or texts(work.model, "@label")[17]
    assert wanted
    work.toolbar.find_field.setText(wanted.upper())
    desk.until(lambda: work.finding.rows)
    assert 17 in work.finding.rows
    work.finding.step(True)
    assert work.table.currentIndex().row() == work.finding.rows[0]
    work.toolbar.find_field.setText("no such words anywhere")
    desk.until(lambda: not work.finding.rows)


def test_copy_is_tab_separated_in_the_order_on_screen(open_view: Opener, desk: PlainDesk) -> None:
    work = open_view()
    work.table.horizontalHeader().moveSection(2, 0)
    for row in (1, 2):
        work.table.selectionModel().select(work.model.index(row, 0), Flag.Select | Flag.Rows)
    QGuiApplication.clipboard().clear()
    work.hands.copy(headers=True)
    desk.until(lambda: QGuiApplication.clipboard().text())
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]
    assert lines[0][:2] == ["Owner", "Name"] and len(lines) == 3
    assert lines[1][:2] == [texts(work.model, "owner_id")[1], texts(work.model, "@label")[1]]
    work.hands.copy_ids()
    assert QGuiApplication.clipboard().text() == f"{work.model.id_at(1)}\n{work.model.id_at(2)}"


def test_columns_are_remembered_for_the_module(open_view: Opener, desk: PlainDesk) -> None:
    work = open_view()
    dialog = work.columns.open_dialog(work)
    dialog.tick("city", True)
    dialog.tick("email", False)
    dialog.accept_choice()
    keys = [c.key for c in work.model.columns]
    assert "city" in keys and "email" not in keys
    work.table.horizontalHeader().resizeSection(0, 222)
    desk.until(lambda: desk.memory.get("browse.contacts.columns", {}).get("widths", {}).get("@label") == 222)
    again = open_view("Active")
    assert [c.key for c in again.model.columns] == keys
    assert again.table.columnWidth(0) == 222
    assert any(texts(again.model, "city")[:50])


def test_the_inspector_reads_only_the_row_that_rests(
    open_view: Opener, sandbox: SandboxProcess, desk: PlainDesk
) -> None:
    work = open_view()
    sandbox.clear_requests()
    for row in range(12):
        work.table.go_to(row, select=True)
    sheet = work.inspected.panel.sheet
    assert sheet is not None and sheet.absent, "the row is shown at once, with what it lacks"
    desk.until(lambda: not work.inspected.loading)
    record_id = work.model.id_at(11)
    read = [r["path"] for r in sandbox.requests() if f"contacts/{record_id}" in r["path"]]
    others = [r["path"] for r in sandbox.requests() if "/contacts/4" in r["path"]]
    assert len(read) == 1 and len(others) == 1
    sheet = work.inspected.panel.sheet
    assert sheet is not None
    assert {"Basic information", "Address"} <= {section.title for section in sheet.sections}
    assert NOT_LOADED_TEXT not in [line.text for section in sheet.sections for line in section.lines]
    work.table.go_to(10, select=True)
    work.table.go_to(11, select=True)
    assert not work.inspected.loading, "what was read is not read again"


@pytest.mark.parametrize("again", [BrowseWorkspace.refresh, BrowseWorkspace.back_online])
def test_a_failed_first_page_says_what_to_do(
    open_view: Opener, sandbox: SandboxProcess, desk: PlainDesk, again: Callable[[BrowseWorkspace], None]
) -> None:
    desk.loop.run_until_complete(desk.session.views("contacts"))
    sandbox.faults("status=404:1.0")
    work = open_view(wait=False)
    desk.until(lambda: work.feed.error is not None, seconds=60)
    assert work.stack.currentWidget() is work.states.failure
    sandbox.faults("")
    again(work)
    desk.until(lambda: work.model.rowCount() == RECORDS)
    assert work.stack.currentWidget() is work.table


@pytest.mark.parametrize("again", [lambda work: work.strip.press("Try again"), BrowseWorkspace.back_online])
def test_a_failed_page_leaves_the_others(
    open_view: Opener, sandbox: SandboxProcess, desk: PlainDesk, again: Callable[[BrowseWorkspace], None]
) -> None:
    work = open_view()
    sandbox.faults("status=404:1.0")
    work.table.verticalScrollBar().setValue(work.table.verticalScrollBar().maximum())
    desk.until(lambda: work.strip.key == "failed", seconds=60)
    assert work.model.cells_at(0) is not None
    sandbox.faults("")
    again(work)
    desk.until(lambda: work.model.cells_at(RECORDS - 1) is not None)


def test_a_custom_module_shows_its_own_fields(open_view: Opener, desk: PlainDesk) -> None:
    desk.loop.run_until_complete(desk.session.load_modules())
    view = desk.loop.run_until_complete(desk.session.views("cm_property"))[0]
    work = open_view(view.name, "cm_property")
    assert any(c.key.startswith("cf_") for c in work.model.columns)


def test_tasks_and_appointments_are_listed_by_filter(desk: PlainDesk, qtbot: Any) -> None:
    tasks = make_view(desk, {"module": "tasks", "view_id": "open", "view_name": "Open"})
    assert isinstance(tasks, BrowseWorkspace)
    qtbot.addWidget(tasks)
    desk.until(lambda: not tasks.feed.busy)
    assert "only your own" in tasks.toolbar.counts and tasks.feed.error is None
    tasks.closed()
    desk.asked.clear()
    past = make_view(desk, {"module": "appointments", "view_id": "past", "view_name": "Past"})
    assert isinstance(past, BrowseWorkspace)
    qtbot.addWidget(past)
    past.resize(1000, 600)
    past.show()
    settle(desk, past)
    assert past.model.rowCount() > 0 and past.title == "Appointments · Past"
    assert [dict(url.params)["filter"] for url in desk.asked if url.path.endswith("/appointments")] == ["past"]
    starts = past.model.columns[column(past.model, "from_date")]
    assert starts.title == "From" and starts.quiet, "a moment, in the person's zone"
    assert not past.toolbar.reassign_button.isVisible(), "an appointment has no owner that could be changed"
    first = past.model.id_at(0)
    past.table.go_to(0, select=True)
    past.hands.open_in_tab()
    assert desk.opened[-1][1]["id"] == first and desk.opened[-1][1]["module"] == "appointments"
    past.closed()


def test_what_belongs_to_a_record_has_no_table_of_its_own(desk: PlainDesk) -> None:
    with pytest.raises(InputError, match="calls by themselves"):
        make_view(desk, {"module": "phone_calls"})


def test_open_in_browser_goes_to_our_own_address(open_view: Opener, desk: PlainDesk) -> None:
    seen: list[str] = []

    class Browser(QObject):
        @Slot(QUrl)
        def visit(self, url: QUrl) -> None:
            seen.append(url.toString())

    work = open_view()
    work.table.go_to(5)
    browser = Browser()
    QDesktopServices.setUrlHandler("http", browser, "visit")  # type: ignore[arg-type]
    try:
        work.hands.open_in_browser()
    finally:
        QDesktopServices.unsetUrlHandler("http")
    assert seen == [f"{desk.session.address.url}/contacts/{work.model.id_at(5)}"]


def test_commands_name_themselves_once(open_view: Opener) -> None:
    work = open_view()
    commands = work.commands()
    assert len({command.id for command in commands}) == len(commands)
    shortcuts = [command.shortcut for command in commands if command.shortcut]
    assert len(set(shortcuts)) == len(shortcuts) and {"F5", "Ctrl+F", "Ctrl+A", "Ctrl+Return"} <= set(shortcuts)


def test_where_nothing_is_something_else_can_be_done(desk: PlainDesk, qtbot: Any) -> None:
    work = make_view(desk, {"module": "appointments", "view_id": "upcoming", "view_name": "Upcoming"})
    assert isinstance(work, BrowseWorkspace)
    qtbot.addWidget(work)
    work.resize(700, 400)
    work.show()
    desk.until(lambda: bool(work.model.store.pages), "the first page")
    settle(desk, work)
    buttons = {button.text(): button for button in work.states.nothing().findChildren(Button)}
    assert list(buttons) == ["New appointment", "Past appointments", "Refresh"]
    buttons["Past appointments"].click()
    assert desk.opened[-1] == ("view", {"module": "appointments", "view_id": "past", "view_name": "Past"})
    work.closed()
