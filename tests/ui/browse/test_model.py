"""The table model: slots, pages that land in them, doubles, sorting here."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from crmdesk.ui.browse.model import ALIGNMENT, FOREGROUND, RIGHT, SPOKEN, TOOL_TIP
from crmdesk.ui.browse.sorting import ordered, sort_slots
from crmdesk.ui.browse.values import NOT_LOADED_TEXT
from tests.support.aio import run
from tests.ui.browse.pages import column, contact_model, page_of, texts

pytestmark = pytest.mark.usefixtures("qapp")


def test_qt_finds_nothing_wrong(qtmodeltester: Any) -> None:
    model = contact_model()
    qtmodeltester.check(model, force_py=True)  # it stays connected and checks every change
    model.start(page_of(1, range(1, 11), 35))
    model.land(page_of(4, range(31, 36), 35))
    model.land(page_of(2, [9, 10, *range(11, 19)], 35))
    model.land(page_of(3, range(19, 29), 40))
    model.sort_here(list(reversed(range(model.rowCount()))))
    qtmodeltester.check(model, force_py=True)


def test_the_total_is_known_after_one_page_and_others_are_placeholders() -> None:
    model = contact_model()
    model.start(page_of(1, range(1, 11), 35))
    assert model.rowCount() == 35
    assert texts(model, "@label")[:11] == [f"Person {i}" for i in range(1, 11)] + [None]
    assert model.pages_between(5, 12) == [2]
    assert model.pages_between(0, 9) == []
    assert model.data(model.index(20, 0), SPOKEN) == "row not loaded yet"


def test_no_dicts_are_kept() -> None:
    model = contact_model()
    model.start(page_of(1, range(1, 11), 35))
    page = model.store.pages[1]
    assert page._fresh is None, "the decoded body is given away once the cells are made"
    assert model.record_at(3) is not None and model.record_at(3) is not model.record_at(3)


def test_one_ranged_signal_for_a_page(qtbot: Any) -> None:
    model = contact_model()
    model.start(page_of(1, range(1, 11), 35))
    seen: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: seen.append((first.row(), last.row())))
    model.land(page_of(3, range(21, 31), 35))
    assert seen == [(20, 29)]


def test_doubles_are_dropped_and_told() -> None:
    model = contact_model()
    moved: list[bool] = []
    model.order_moved.connect(lambda: moved.append(True))
    model.start(page_of(1, range(1, 11), 30))
    model.land(page_of(2, [10, 9, *range(11, 19)], 30))
    ids = [record_id for record_id in model.store.ids if record_id is not None]
    assert len(ids) == len(set(ids)) == 18
    assert model.rowCount() == 28
    assert moved == [True]
    model.land(page_of(3, range(19, 29), 30))
    assert texts(model, "@label") == [f"Person {i}" for i in range(1, 29)]


def test_a_view_that_grows_and_one_that_shrinks() -> None:
    model = contact_model()
    moved: list[bool] = []
    model.order_moved.connect(lambda: moved.append(True))
    model.start(page_of(1, range(1, 11), 20))
    model.land(page_of(2, range(11, 21), 23))
    assert model.rowCount() == 23 and moved == [True]
    assert model.pages_between(20, 22) == [3]
    model.land(page_of(3, [21], 21))
    assert model.rowCount() == 21
    assert model.store.missing() == []


def test_without_a_total_a_full_page_promises_another() -> None:
    model = contact_model()
    model.start(page_of(1, range(1, 11), None))
    assert model.rowCount() == 20
    model.land(page_of(2, range(11, 14), None))
    assert model.rowCount() == 13 and model.store.missing() == []


def test_absent_keys_look_absent() -> None:
    model = contact_model()
    model.start(page_of(1, [1], 1))
    index = model.index(0, column(model, "job_title"))
    assert model.data(index) is NOT_LOADED_TEXT
    assert model.data(index, FOREGROUND) is not None
    assert "Not loaded" in model.data(index, TOOL_TIP)
    assert model.data(index, SPOKEN) == "not loaded"


def test_a_tool_tip_never_reads_the_crms_text_as_markup() -> None:
    model = contact_model()
    model.start(page_of(1, [1], 1, display_name="<img src=x> & Söhne GmbH"))
    assert "<img" not in model.data(model.index(0, 0), TOOL_TIP)


def test_numbers_stand_right() -> None:
    model = contact_model()
    model.start(page_of(1, [1], 1))
    assert model.data(model.index(0, column(model, "lead_score")), ALIGNMENT) == RIGHT
    assert model.data(model.index(0, 0), ALIGNMENT) != RIGHT


def test_changed_columns_are_made_from_the_bytes_in_memory() -> None:
    model = contact_model()
    model.start(page_of(1, range(1, 11), 30))
    kept = [c for c in model.columns if c.key in ("@label", "email")]
    model.set_columns(kept)
    assert model.stale_pages(0, 29) == [1]
    model.render([1], 0, 9)
    assert texts(model, "email")[0] == "person1@example.com"


def test_sorting_here_keeps_every_row_and_says_where_it_is(qapp: QApplication) -> None:
    model = contact_model()
    model.start(page_of(1, [3, 1, 2], 4, per_page=3))
    model.land(page_of(2, [130], 4, per_page=3))
    section = column(model, "lead_score")
    slots = run(sort_slots(model.store, model.columns[section], model.texts, True))
    model.sort_here(slots)
    assert texts(model, "@label") == ["Person 130", "Person 3", "Person 2", "Person 1"]
    assert [model.id_at(row) for row in range(4)] == [130, 3, 2, 1]
    assert model.row_of(2) == 2 and model.ids_between(1, 2) == [3, 2]
    record = model.record_at(0)
    assert record is not None and record["id"] == 130
    model.sort_here(None)
    assert texts(model, "@label")[0] == "Person 3"


def test_order_of_keys() -> None:
    keys: list[tuple[int, int, float | str]] = [(0, 1, ""), (1, 0, 5.0), (2, 2, ""), (3, 0, 7.0), (4, 0, 5.0)]
    assert ordered(keys, False) == [1, 4, 3, 0, 2]
    assert ordered(keys, True) == [3, 1, 4, 0, 2]
