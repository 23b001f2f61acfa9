"""The table: selection by id, that survives pages, doubles, sorting and refreshing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from crmdesk.config.paths import resources_dir
from crmdesk.crm.paging import Page
from crmdesk.ui.browse.model import RecordModel
from crmdesk.ui.browse.table import RecordTable, merged
from crmdesk.ui.theme import Theme
from tests.ui.browse.pages import contact_model, page_of

Flag = QItemSelectionModel.SelectionFlag


class Shown:
    """A table with pages of ten in a view of 35, the first one loaded."""

    def __init__(self, qapp: QApplication, qtbot: Any) -> None:
        self.theme = Theme(qapp, resources_dir(), "light")
        self.model: RecordModel = contact_model()
        self.table = RecordTable(self.model, self.theme, "Contacts")
        qtbot.addWidget(self.table)
        self.table.resize(900, 28 * 12)
        self.model.landed.connect(self.table.adopt)
        self.model.start(page_of(1, range(1, 11), 35))
        self.table.show()

    def land(self, page: Page) -> None:
        with self.table.quiet():
            self.model.land(page)

    def click(self, qtbot: Any, row: int, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        place = self.table.visualRect(self.model.index(row, 0)).center()
        qtbot.mouseClick(self.table.viewport(), Qt.MouseButton.LeftButton, keys, place)

    def painted(self) -> list[int]:
        return [row for first, last in self.table.ranges() for row in range(first, last + 1)]


@pytest.fixture
def shown(qapp: QApplication, qtbot: Any) -> Shown:
    return Shown(qapp, qtbot)


CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_clicks_choose_by_id(shown: Shown, qtbot: Any) -> None:
    shown.click(qtbot, 2)
    assert shown.table.chosen.ids == {3}
    shown.click(qtbot, 4, CTRL)
    shown.click(qtbot, 2, CTRL)
    assert shown.table.chosen.ids == {5}
    shown.click(qtbot, 7, SHIFT)
    assert shown.table.chosen.ids >= {6, 7, 8}


def test_the_whole_view_minus_some(shown: Shown, qtbot: Any) -> None:
    shown.table.selectAll()
    assert shown.table.chosen.whole and shown.table.chosen_count() == 35
    shown.click(qtbot, 3, CTRL)
    assert shown.table.chosen.minus == {4} and shown.table.chosen_count() == 34
    shown.land(page_of(2, range(11, 21), 35))
    assert shown.table.chosen_count() == 34 and len(shown.painted()) == 34
    shown.click(qtbot, 3, CTRL)
    assert shown.table.chosen.minus == set() and shown.table.chosen_count() == 35


def test_a_click_without_keys_ends_the_whole_view(shown: Shown, qtbot: Any) -> None:
    shown.table.selectAll()
    shown.click(qtbot, 5)
    assert not shown.table.chosen.whole and shown.table.chosen.ids == {6}
    assert shown.painted() == [5]


def test_the_selection_survives_another_order(shown: Shown, qtbot: Any) -> None:
    shown.click(qtbot, 0)
    shown.click(qtbot, 8, CTRL)
    shown.model.start(page_of(1, [30, 9, 31, 32, 33, 34, 35, 36, 37, 38], 35))
    shown.table.picture_again()
    assert shown.table.chosen.ids == {1, 9}
    assert shown.painted() == [1]
    shown.land(page_of(3, [1, 39, 40, 41, 42, 43, 44, 45, 46, 47], 35))
    assert shown.painted() == [1, 20]


def test_the_whole_view_survives_a_refresh(shown: Shown, qtbot: Any) -> None:
    shown.table.selectAll()
    shown.click(qtbot, 3, CTRL)
    shown.model.start(page_of(1, [20, 21, 22, 23, 24, 25, 26, 27, 28, 29], 35))
    shown.table.picture_again()
    assert len(shown.painted()) == 35
    shown.land(page_of(2, [4, 5, 6, 7, 8, 9, 10, 11, 12, 13], 35))
    assert len(shown.painted()) == 34 and 10 not in shown.painted()


def test_rows_not_loaded_are_adopted_when_they_come(shown: Shown, qtbot: Any) -> None:
    shown.click(qtbot, 8)
    shown.table.scrollTo(shown.model.index(11, 0))
    shown.click(qtbot, 11, SHIFT)
    assert shown.table.chosen.ids == {9, 10}
    assert shown.table.unloaded_chosen() == 2 and shown.table.chosen_count() == 4
    shown.land(page_of(2, range(11, 21), 35))
    assert shown.table.chosen.ids == {9, 10, 11, 12} and shown.table.unloaded_chosen() == 0


def test_a_row_without_an_id_cant_leave_the_whole_view(shown: Shown, qtbot: Any) -> None:
    shown.table.selectAll()
    shown.table.scrollTo(shown.model.index(11, 0))
    shown.click(qtbot, 11, CTRL)
    assert shown.table.chosen.minus == set()
    assert 11 in shown.painted()


def test_doubles_that_go_leave_the_selection_alone(shown: Shown, qtbot: Any) -> None:
    shown.click(qtbot, 8)
    shown.click(qtbot, 9, CTRL)
    shown.land(page_of(2, [9, 10, 11, 12, 13, 14, 15, 16, 17, 18], 35))
    assert shown.table.chosen.ids == {9, 10} and shown.painted() == [8, 9]


def test_what_is_in_sight_is_told(shown: Shown, qtbot: Any) -> None:
    with qtbot.waitSignal(shown.table.in_sight) as told:
        shown.table.verticalScrollBar().setValue(shown.table.verticalScrollBar().maximum())
    first, last = told.args
    assert last == 34 and first >= 20


def test_rows_not_loaded_are_grey_bars(shown: Shown, tmp_path: Path) -> None:
    shown.table.verticalScrollBar().setValue(shown.table.verticalScrollBar().maximum())
    image = shown.table.viewport().grab().toImage()
    grey = QColor(shown.theme.tokens.placeholder).rgb()
    middle = shown.table.visualRect(shown.model.index(30, 0)).center().y()
    assert any(image.pixelColor(x, middle).rgb() == grey for x in range(image.width()))


def test_merged_rows() -> None:
    assert list(merged([1, 2, 3, 7, 9, 10])) == [(1, 3), (7, 7), (9, 10)]
