"""The models behind the tables: what Qt demands of them, and paging over many rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QModelIndex
from pytestqt.modeltest import ModelTester

from crmdesk.planning.intents import KnownRow, SelectedRecords
from crmdesk.ui.jobs.grid import Cell, Column, GridModel
from crmdesk.ui.jobs.rows_model import COLUMNS, PAGE, PAGES_KEPT, PlanRowsModel
from crmdesk.ui.jobs.shown import Shown
from crmdesk.ui.reassign.owners import GONE, OwnerEntry, OwnerModel
from tests.ui.reassign.stage import Stage


def test_the_grid_is_a_sound_model(stage: Stage, qtmodeltester: ModelTester) -> None:
    model = GridModel(stage.theme, (Column("A"), Column("B", 80, right=True)))
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    model.set_rows([(Cell("x"), Cell("1")), (Cell("y", tone="warning"), Cell("2"))], [7, 8])
    assert model.row_of(8) == 1
    model.set_rows([(Cell("z"), Cell("1")), (Cell("y"), Cell("2"))], [7, 8])
    assert model.index(0, 0).data() == "z"


def test_the_owners_are_a_sound_model(qtmodeltester: ModelTester) -> None:
    entries = [OwnerEntry(5, "Ann Lee", "ann@example.com"), OwnerEntry(6, "Bo Diaz", why_not="inactive")]
    model = OwnerModel(entries, gone=True)
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    model.search("ann EXAMPLE")
    assert [model.entry(row).owner_id for row in range(model.rowCount())] == [5]
    model.search("2000003516")
    assert model.entry(0) == OwnerEntry(2000003516, "User 2000003516", note=GONE)
    model.search("6")
    assert model.first_free() is None


def rows_of(stage: Stage, count: int) -> PlanRowsModel:
    owner = stage.session.directory.owners[0].id
    rows = tuple(KnownRow(record, f"Contact {record}", owner) for record in range(1, count + 1))
    plan = stage.loop.run_until_complete(stage.session.reassign.collect(SelectedRecords("contacts", rows)))

    def start(work: Any, on_done: Callable[[Any], object]) -> None:
        stage.tasks.start(work, on_done=on_done)

    model = PlanRowsModel(plan, Shown(stage), start)
    model.narrow()
    stage.until(lambda: model.rowCount() == count, "the number of rows")
    return model


def test_the_rows_of_a_plan_are_a_sound_model(stage: Stage, qtmodeltester: ModelTester) -> None:
    model = rows_of(stage, 5)
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    stage.until(lambda: model.index(4, 1).data() == "Contact 5", "the page")
    assert model.columnCount(QModelIndex()) == len(COLUMNS)


def test_a_plan_of_many_rows_is_paged_and_few_pages_stay(stage: Stage) -> None:
    many = PAGE * (PAGES_KEPT + 5)
    model = rows_of(stage, many)
    for row in range(0, many, PAGE):
        assert model.index(row, 1).data() is None  # asked for by looking
        stage.until(lambda row=row: model.row_at(row) is not None, "the page")  # type: ignore[misc]
    assert model.index(many - PAGE, 1).data() == f"Contact {many - PAGE + 1}"
    assert model.row_at(0) is None  # its page had to go
