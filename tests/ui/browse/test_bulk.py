"""Plans that begin in a table: one field of many records, and what is asked before anything is deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QApplication, QLineEdit

from crmdesk.planning.edit import FieldChange
from crmdesk.planning.intents import SelectedRecords, WholeView
from crmdesk.ui.browse.set_field import SetField
from crmdesk.ui.browse.workspace import BrowseWorkspace
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk
from tests.ui.browse.pages import column
from tests.ui.browse.views import Opener

Flag = QItemSelectionModel.SelectionFlag


@pytest.fixture(scope="module")
def small_sandbox(start_sandbox: Callable[..., SandboxProcess]) -> SandboxProcess:
    return start_sandbox("--records", "300", "--hour-limit", "0")


def dialog_of(work: BrowseWorkspace, desk: PlainDesk) -> SetField:
    """The dialog that "Set a field" opens for what is selected."""
    work.bulk.set_field()
    desk.until(lambda: work.findChild(SetField) is not None, "the dialog")
    found = work.findChild(SetField)
    assert isinstance(found, SetField)
    return found


def typed(dialog: SetField, text: str) -> None:
    assert dialog.editor is not None
    line = dialog.editor.findChild(QLineEdit)
    assert isinstance(line, QLineEdit)
    line.setText(text)
    line.textEdited.emit(text)


def test_one_field_of_the_selected_records_becomes_a_plan(open_view: Opener, desk: PlainDesk, qtbot: Any) -> None:
    work = open_view()
    work.table.go_to(3, select=True)
    work.table.selectionModel().select(work.model.index(4, 0), Flag.Select | Flag.Rows)
    dialog = dialog_of(work, desk)
    assert "2 contacts" in dialog.windowTitle()
    dialog.choose("job_title")
    dialog.accept_choice()
    assert dialog.isVisible() and "value" in dialog.note.text(), "nothing was said"
    typed(dialog, "Chief")
    dialog.accept_choice()
    desk.until(lambda: desk.opened, "the plan")
    kind, args = desk.opened[-1]
    assert kind == "review"

    async def rows() -> list[Any]:
        plan = await desk.session.jobs.get(args["plan"])
        return await plan.rows()

    found = desk.loop.run_until_complete(rows())
    assert {row.record_id for row in found} == {work.model.id_at(3), work.model.id_at(4)}
    assert {(row.field, row.after) for row in found} == {("job_title", "Chief")}


def test_text_is_appended_replaced_and_cleared(open_view: Opener, desk: PlainDesk) -> None:
    work = open_view()
    work.table.go_to(0, select=True)
    dialog = dialog_of(work, desk)
    dialog.choose("city", "append")
    assert dialog.change() is None, "which text?"
    dialog.text.setText(" (old)")
    change = dialog.change()
    assert change is not None and (change.how, change.value) == ("append", " (old)")
    dialog.choose("city", "replace")
    dialog.sought.setText("Ulm")
    dialog.text.setText("")
    change = dialog.change()
    assert change is not None and (change.how, change.find, change.value) == ("replace", "Ulm", "")
    dialog.choose("city", "clear")
    change = dialog.change()
    assert change is not None and isinstance(change, FieldChange) and change.how == "clear"
    dialog.choose("owner_id")
    ways = [dialog.way.itemData(at) for at in range(dialog.way.count())]
    assert ways == ["set", "clear"], "only text can be appended to"
    assert dialog.field.findData("created_at") < 0, "what the CRM keeps can't be set"
    dialog.reject()


def test_a_whole_view_and_some_rows_are_planned_with(open_view: Opener, desk: PlainDesk) -> None:
    work = open_view()
    taken: list[Any] = []
    work.table.selectAll()
    work.hands.with_selected(taken.append)
    assert isinstance(taken[0], WholeView)
    work.table.clearSelection()
    work.table.go_to(2, select=True)
    work.hands.with_selected(taken.append)
    desk.until(lambda: len(taken) == 2)
    assert isinstance(taken[1], SelectedRecords) and [row.id for row in taken[1].rows] == [work.model.id_at(2)]


def test_commands_follow_what_the_module_can(open_view: Opener, desk: PlainDesk) -> None:
    contacts = {command.id for command in open_view().commands()}
    assert {"browse.delete", "browse.set", "browse.new", "browse.team", "browse.export"} <= contacts
    assert "browse.restore" not in contacts
    bin_ = {command.id for command in open_view("Recycle Bin").commands()}
    assert "browse.restore" in bin_ and "browse.delete" not in bin_


def test_new_export_and_save(open_view: Opener, desk: PlainDesk) -> None:
    work = open_view()
    work.bulk.new()
    assert desk.opened[-1] == ("new", {"module": "contacts"})
    work.table.go_to(2, select=True)
    work.bulk.export()
    desk.until(lambda: desk.opened[-1][0] == "export")
    work.bulk.save()
    assert "Nothing is staged" in work.toolbar.counts
    work.table.go_to_cell(2, column(work.model, "job_title"))
    QApplication.clipboard().setText("A\nB")
    work.cells.paste()
    desk.until(lambda: work.staging.records == 2)
    work.bulk.save()
    assert desk.opened[-1] == ("review", {"module": "contacts"})
