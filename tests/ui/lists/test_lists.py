"""Marketing lists against the running sandbox: read, made, renamed, and their contacts moved about."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QLabel

from crmdesk.crm import lists
from crmdesk.ui.browse.kind import make_record, make_view
from crmdesk.ui.browse.workspace import BrowseWorkspace
from crmdesk.ui.lists.adding import add_selected, add_to_list
from crmdesk.ui.lists.ask import NOT_BACK, ChooseList, Sure
from crmdesk.ui.lists.kind import KINDS
from crmdesk.ui.lists.model import ListsModel, MarketingList
from crmdesk.ui.lists.workspace import ListsWorkspace
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk
from tests.ui.browse.views import settle

Flag = QItemSelectionModel.SelectionFlag
NEWSLETTER, FAIR, TESTERS, EMPTY = 1, 2, 3, 6


@pytest.fixture(scope="module")
def small_sandbox(start_sandbox: Callable[..., SandboxProcess]) -> SandboxProcess:
    return start_sandbox("--records", "600", "--hour-limit", "0", "--search-lag", "0", "--job-time", "0.1")


@pytest.fixture
def opened(desk: PlainDesk, sandbox: SandboxProcess, qtbot: Any) -> Iterator[Callable[..., ListsWorkspace]]:
    made: list[ListsWorkspace] = []

    def make(list_id: int | None = None, *, wait: bool = True) -> ListsWorkspace:
        desk.asked.clear()
        work = make_view(desk, {"module": "lists", "list": list_id})
        assert isinstance(work, ListsWorkspace)
        made.append(work)
        qtbot.addWidget(work)
        work.resize(1000, 600)
        work.show()
        if wait:
            desk.until(lambda: work.loaded, "the lists")
        if wait and list_id is not None:
            rows(desk, work)
        return work

    yield make
    for work in made:
        work.closed()


def rows(desk: PlainDesk, work: ListsWorkspace) -> BrowseWorkspace:
    """The table of the chosen list, once its contacts are there."""
    desk.until(lambda: work.work is not None and work.work.model.store.pages, "the list's contacts")
    assert work.work is not None
    settle(desk, work.work)
    return work.work


async def on_list(desk: PlainDesk, list_id: int) -> set[int]:
    """Who is on a list, as the CRM says."""
    found: set[int] = set()
    for number in range(1, 20):
        page = await lists.contacts_of(desk.session.client, list_id, number)
        found.update(page.ids)
        if number >= (page.total_pages or 0):
            break
    return found


def members(desk: PlainDesk, list_id: int) -> set[int]:
    """Who is on a list now."""
    return desk.loop.run_until_complete(on_list(desk, list_id))


def becomes(desk: PlainDesk, list_id: int, expected: set[int]) -> None:
    """Wait until exactly these contacts are on a list: the CRM may do it in the background."""

    limit = time.monotonic() + 20
    while members(desk, list_id) != expected:
        assert time.monotonic() < limit, f"list {list_id} never held {expected}"


def select(work: BrowseWorkspace, count: int) -> set[int]:
    """Select the first rows; gives their ids."""
    work.table.go_to(0, select=True)
    for row in range(1, count):
        work.table.selectionModel().select(work.model.index(row, 0), Flag.Select | Flag.Rows)
    return {found for row in range(count) if (found := work.model.id_at(row)) is not None}


def dialog_of(desk: PlainDesk, work: Any) -> ChooseList:
    """The dialog that asks for a list."""
    desk.until(lambda: work.findChildren(ChooseList), "the dialog")
    found = work.findChildren(ChooseList)[-1]
    assert isinstance(found, ChooseList)
    return found


def choose(dialog: ChooseList, list_id: int) -> None:
    dialog.view.setCurrentIndex(dialog.model.index(dialog.model.row_of(list_id)))
    dialog.button.click()


def said(desk: PlainDesk, words: str) -> Any:
    """The message that has these words, once it is there."""
    desk.until(lambda: any(words in message.text for message in desk.messages), words)
    return next(message for message in reversed(desk.messages) if words in message.text)


def test_the_lists_and_the_contacts_of_the_chosen_one(
    opened: Callable[..., ListsWorkspace], desk: PlainDesk, qtbot: Any
) -> None:
    work = opened()
    assert [one.id for one in work.model.rows][:3] == [1, 2, 3]
    assert [url.path.rpartition("/")[2] for url in desk.asked] == ["lists"], "one request, no contacts yet"
    assert work.place.currentWidget() is work._pick and not work.foot.isVisible()
    work.pane.view.setFocus()
    for _ in range(FAIR):
        qtbot.keyClick(work.pane.view, Qt.Key.Key_Down)
    table = rows(desk, work)
    asked = [url.path for url in desk.asked if "/contacts/lists/" in url.path]
    assert len(asked) == 1 and work.list_id is not None, "walking over the lists costs no request each"
    assert set(table.model.store.ids) == members(desk, work.list_id)
    assert work.model.counts[work.list_id] == table.model.total
    assert work.one is not None and work.title == f"Marketing lists · {work.one.name}"
    assert work.memory()["list"] == work.list_id
    assert {"lists.new", "lists.copy", "lists.remove_all", "browse.refresh"} <= {c.id for c in work.commands()}
    assert "browse.list" not in {c.id for c in work.commands()}, "copying stands in its place"
    assert work.inspector() is table.inspector()


def test_narrowing_keeps_the_chosen_list(opened: Callable[..., ListsWorkspace], desk: PlainDesk) -> None:
    work = opened(FAIR)
    work.pane.field.setText("trade")
    assert [one.id for one in work.model.rows] == [FAIR] and work.pane.count.text().startswith("1 of")
    work.pane.field.setText("no such list")
    assert work.model.rows == [] and work.list_id == FAIR
    work.pane.field.clear()
    assert work.pane.view.currentIndex().row() == work.model.row_of(FAIR)


def test_selected_contacts_are_copied_and_taken_back(opened: Callable[..., ListsWorkspace], desk: PlainDesk) -> None:
    work = opened(FAIR)
    before = members(desk, FAIR)
    ids = select(rows(desk, work), 3)
    assert work.foot.copy_button.text() == "Copy 3 to…"
    work.asking.copy()
    dialog = dialog_of(desk, work)
    assert dialog.model.get(FAIR) is None, "not to itself"
    choose(dialog, EMPTY)
    message = said(desk, "3 contacts are on")
    assert members(desk, EMPTY) == ids and members(desk, FAIR) == before
    next(run for text, run in message.actions if text == "Undo")()
    becomes(desk, EMPTY, set())


def test_selected_contacts_are_moved_between_lists_and_back(
    opened: Callable[..., ListsWorkspace], desk: PlainDesk
) -> None:
    work = opened(FAIR)
    before, target = members(desk, FAIR), members(desk, TESTERS)
    ids = select(rows(desk, work), 2) - target
    assert ids
    work.asking.move()
    desk.asked.clear()
    dialog = dialog_of(desk, work)
    assert not dialog._may_make
    choose(dialog, TESTERS)
    message = said(desk, "Moving")
    assert "background" in message.remedy
    written = [url.path.rpartition("/")[2] for url in desk.asked if "/api/lists/" in url.path]
    assert written == ["move_contacts"], "one request"
    desk.until(lambda: work.total == len(before) - 2, "the table shows that they are gone")
    assert members(desk, FAIR) == before - ids - target or members(desk, FAIR) < before
    assert ids <= members(desk, TESTERS)
    next(run for text, run in message.actions if text == "Move back")()
    becomes(desk, FAIR, before)


def test_contacts_leave_a_list_and_come_back(opened: Callable[..., ListsWorkspace], desk: PlainDesk) -> None:
    work = opened(FAIR)
    before = members(desk, FAIR)
    ids = select(rows(desk, work), 2)
    work.asking.remove()
    message = said(desk, "2 contacts taken off")
    assert members(desk, FAIR) == before - ids
    desk.until(lambda: work.total == len(before) - 2, "the table follows")
    assert not work.has_chosen() and work.foot.remove_button.text() == "Remove all…"
    rows(desk, work)
    desk.until(lambda: work.work is not None and work.work.inspected.record_id not in ids, "nor are they inspected")
    next(run for text, run in message.actions if text == "Undo")()
    becomes(desk, FAIR, before)


def test_everybody_is_removed_only_when_it_is_meant(opened: Callable[..., ListsWorkspace], desk: PlainDesk) -> None:
    work = opened(FAIR)
    before = members(desk, FAIR)
    assert work.foot.remove_button.text() == "Remove all…"
    dialog = work.asking.remove_all()
    assert dialog is not None and "be undone" in dialog_text(dialog)
    assert dialog.button.text() == f"Remove {len(before)} contacts"
    dialog.reject()
    assert members(desk, FAIR) == before
    dialog = work.asking.remove_all()
    assert dialog is not None
    dialog.button.click()
    said(desk, "Taking all contacts off")
    desk.until(lambda: work.total == 0, "the list is empty")
    assert members(desk, FAIR) == set()
    desk.until(lambda: work.place.currentWidget() is work._nobody, "the empty state")
    assert not any(message.actions for message in desk.messages if "Taking all" in message.text), "no undo is offered"


def test_the_whole_list_selected_is_everybody(opened: Callable[..., ListsWorkspace], desk: PlainDesk) -> None:
    work = opened(NEWSLETTER)
    table = rows(desk, work)
    table.table.selectAll()
    assert work.has_chosen()
    work.asking.remove()
    assert [dialog.button.text() for dialog in work.findChildren(Sure)] == [f"Remove {work.total} contacts"]
    work.findChildren(Sure)[-1].reject()


def dialog_text(dialog: Any) -> str:
    return " ".join(found.text() for found in dialog.findChildren(QLabel))


def test_all_contacts_move_to_another_list(opened: Callable[..., ListsWorkspace], desk: PlainDesk) -> None:
    work = opened(FAIR)
    before, target = members(desk, FAIR), members(desk, TESTERS)
    work.asking.move()
    choose(dialog_of(desk, work), TESTERS)
    desk.until(lambda: work.findChildren(Sure), "it is asked")
    assert members(desk, FAIR) == before, "nothing was sent before the answer"
    work.findChildren(Sure)[-1].button.click()
    becomes(desk, TESTERS, before | target)
    assert members(desk, FAIR) == set()


def test_a_list_is_made_filled_by_lookup_and_renamed(
    opened: Callable[..., ListsWorkspace], desk: PlainDesk, qtbot: Any
) -> None:
    work = opened()
    dialog = work.asking.new()
    dialog.field.setText("newsletter")
    assert not dialog.button.isEnabled() and "there already" in dialog.note.text()
    dialog.field.setText("  Spring   guests ")
    dialog.button.click()
    desk.until(lambda: work.one is not None and work.one.name == "Spring guests", "the new list is shown")
    assert work.list_id is not None
    desk.until(lambda: work.place.currentWidget() is work._nobody, "nobody is on it")
    picks = work.asking.add()
    assert picks is not None and not picks.button.isEnabled()
    name = a_contact(desk)
    picks.show()
    qtbot.keyClicks(picks.picker, name)
    desk.until(lambda: picks.picker.model.options, "contacts are found")
    option = picks.picker.model.options[0]
    picks.picker.picked.emit(option)
    picks.picker.setText(str(next(iter(members(desk, FAIR) - {option.value}))))
    picks._entered()
    assert picks.button.text() == "&Add 2 contacts"
    picks.button.click()
    said(desk, "2 contacts are on")
    assert option.value in members(desk, work.list_id) and len(members(desk, work.list_id)) == 2
    renaming = work.asking.rename()
    assert renaming is not None
    renaming.field.setText("Autumn guests")
    renaming.button.click()
    message = said(desk, "is called")
    desk.until(lambda: work.one is not None and work.one.name == "Autumn guests", "the new name")
    next(run for text, run in message.actions if text == "Rename back")()
    desk.until(lambda: work.one is not None and work.one.name == "Spring guests", "the old name")


def a_contact(desk: PlainDesk) -> str:
    """A contact's name that can be typed."""

    async def look() -> str:
        page = await lists.contacts_of(desk.session.client, NEWSLETTER)
        spec = desk.session.modules.get("contacts")
        return next(name for name in map(spec.label, page.records()) if name.isascii() and len(name) > 5)

    return desk.loop.run_until_complete(look())


def test_a_whole_view_goes_on_a_new_list_after_its_rows_are_loaded(desk: PlainDesk, qtbot: Any) -> None:
    views = desk.loop.run_until_complete(desk.session.views("contacts"))
    view = next(view for view in views if view.name == "All Contacts")
    work = make_view(desk, {"module": "contacts", "view_id": view.id, "view_name": view.name})
    assert isinstance(work, BrowseWorkspace)
    qtbot.addWidget(work)
    work.resize(900, 500)
    work.show()
    settle(desk, work)
    assert "browse.list" in {command.id for command in work.commands()}
    work.table.selectAll()
    add_selected(work)
    assert "5 requests" in work.strip.actions_shown[0], "600 contacts: five pages are missing"
    work.strip.press(work.strip.actions_shown[0])
    dialog = dialog_of(desk, work)
    desk.until(lambda: dialog._loaded, "the lists")
    dialog.field.setText("Everybody")
    assert dialog.button.text() == "Create and use it"
    dialog.button.click()
    desk.until(lambda: desk.opened and desk.opened[-1][0] == "review", "so many are looked at first")
    work.closed()


def test_a_few_contacts_go_on_a_new_list_at_once(desk: PlainDesk, sandbox: SandboxProcess) -> None:
    ids = sorted(members(desk, FAIR))[:2]
    dialog = add_to_list(desk, ids)
    desk.until(lambda: dialog._loaded, "the lists")
    dialog.field.setText("Two of the fair")
    dialog.button.click()
    said(desk, "2 contacts are on")

    async def names() -> dict[str, int]:
        page = await lists.all_lists(desk.session.client)
        return {record["name"]: record["id"] for record in page.records()}

    made = desk.loop.run_until_complete(names())["Two of the fair"]
    assert members(desk, made) == set(ids)


def test_lists_that_can_not_be_read_say_so_and_are_asked_again(
    opened: Callable[..., ListsWorkspace], desk: PlainDesk, sandbox: SandboxProcess
) -> None:
    sandbox.faults("status=403:1.0")
    work = opened(wait=False)
    desk.until(lambda: work.place.currentWidget() is work._failure, "the failure")
    sandbox.faults("")
    work.back_online()
    desk.until(lambda: work.loaded, "the lists")
    assert desk.errors == []


def test_the_width_and_the_last_list_are_remembered(opened: Callable[..., ListsWorkspace], desk: PlainDesk) -> None:
    work = opened(FAIR)
    work.split.setSizes([320, 680])
    work.split.splitterMoved.emit(320, 1)
    work.closed()
    again = opened()
    rows(desk, again)
    assert again.list_id == FAIR and abs(again.split.sizes()[0] - work.split.sizes()[0]) <= 2


def test_a_list_is_asked_for_in_the_same_tab(opened: Callable[..., ListsWorkspace], desk: PlainDesk) -> None:
    work = opened(FAIR)
    work.asked({"list": TESTERS})
    table = rows(desk, work)
    assert work.list_id == TESTERS and set(table.model.store.ids) == members(desk, TESTERS)
    shortcuts = [command.shortcut for command in work.commands() if command.shortcut]
    assert len(shortcuts) == len(set(shortcuts)), "no shortcut means two things"
    again = make_record(desk, work.memory())
    assert isinstance(again, ListsWorkspace) and again.list_id == TESTERS
    again.closed()
    again.deleteLater()
    assert KINDS[0].key({"list": FAIR}) == KINDS[0].key({})
    shown = make_record(desk, {"module": "lists", "id": FAIR, "label": "x"})
    assert isinstance(shown, ListsWorkspace) and shown.list_id == FAIR
    shown.closed()
    shown.deleteLater()


def test_the_model_holds_to_qts_rules(qtmodeltester: Any) -> None:
    model = ListsModel()
    model.show([MarketingList(1, "One"), MarketingList(2, "Two words")])
    model.count(2, 12)
    qtmodeltester.check(model)
    assert model.data(model.index(1), Qt.ItemDataRole.AccessibleTextRole) == "Two words, 12 contacts"
    model.narrow("wor")
    assert [one.id for one in model.rows] == [2] and model.row_of(1) == -1


def test_a_list_has_no_column_of_what_lists_never_bring(opened: Callable[..., ListsWorkspace], desk: PlainDesk) -> None:
    table = rows(desk, opened(FAIR))
    shown = [column.key for column in table.model.columns]
    assert "email" in shown and "owner_id" not in shown
    table.columns.choose([*shown, "owner_id"])
    assert "owner_id" in [column.key for column in table.model.columns], "who wants it may have it"
    assert desk.memory.get("browse.contacts.columns") is None, "the views of contacts keep theirs"
    table.columns.standard()
    assert [column.key for column in table.model.columns] == shown


def test_adding_by_looking_up_says_what_undo_takes_off_too(
    opened: Callable[..., ListsWorkspace], desk: PlainDesk
) -> None:
    work = opened(TESTERS)
    dialog = work.asking.add()
    assert dialog is not None
    assert dialog.back.text() == NOT_BACK and dialog.back.isVisible()
    dialog.add(5, "Ann Lee")
    assert dialog.back.isVisible() and desk.session.labels.get("contacts", 5) == "Ann Lee"
    dialog.reject()
