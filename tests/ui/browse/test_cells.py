"""Cells beside rows: which block is framed after which gesture, and what lies over the rows of the CRM's lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from crmdesk.ui.browse.cellplace import Block
from crmdesk.ui.browse.layers import Layers
from tests.ui.browse.pages import CONTACTS, column, page_of, texts
from tests.ui.browse.test_table import CTRL, SHIFT, Shown

NONE = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton


@dataclass(frozen=True)
class Edit:
    after: Any
    message: str = ""


@pytest.fixture
def shown(qapp: QApplication, qtbot: Any) -> Shown:
    made = Shown(qapp, qtbot)
    made.model.layers = Layers(CONTACTS)
    made.table.setFocus()
    return made


def middle(shown: Shown, row: int, section: int) -> Any:
    return shown.table.visualRect(shown.model.index(row, section)).center()


def click(shown: Shown, qtbot: Any, row: int, section: int, keys: Qt.KeyboardModifier = NONE) -> None:
    qtbot.mouseClick(shown.table.viewport(), LEFT, keys, middle(shown, row, section))


def drag(shown: Shown, qtbot: Any, start: tuple[int, int], end: tuple[int, int]) -> None:
    ground = shown.table.viewport()
    qtbot.mousePress(ground, LEFT, NONE, middle(shown, *start))
    qtbot.mouseMove(ground, middle(shown, *end))
    qtbot.mouseRelease(ground, LEFT, NONE, middle(shown, *end))


def test_a_click_selects_its_row_and_puts_the_cursor_on_its_cell(shown: Shown, qtbot: Any) -> None:
    click(shown, qtbot, 3, 2)
    assert shown.table.chosen.ids == {4}, "rows are selected as ever"
    assert shown.table.place.block() == Block(3, 2, 3, 2)


def test_the_first_column_and_ctrl_are_for_rows(shown: Shown, qtbot: Any) -> None:
    click(shown, qtbot, 3, 2)
    click(shown, qtbot, 5, 0)
    assert shown.table.place.block() is None and shown.table.chosen.ids == {6}
    click(shown, qtbot, 3, 2)
    click(shown, qtbot, 6, 2, CTRL)
    assert shown.table.place.block() is None and shown.table.chosen.ids == {4, 7}
    click(shown, qtbot, 3, 2)
    shown.table.selectAll()
    assert shown.table.place.block() is None


def test_a_drag_frames_a_block_and_selects_its_rows(shown: Shown, qtbot: Any) -> None:
    drag(shown, qtbot, (2, 1), (4, 3))
    assert shown.table.place.block() == Block(2, 1, 4, 3)
    assert shown.table.chosen.ids == {3, 4, 5}


def test_shift_extends_the_block(shown: Shown, qtbot: Any) -> None:
    click(shown, qtbot, 2, 1)
    click(shown, qtbot, 4, 2, SHIFT)
    assert shown.table.place.block() == Block(2, 1, 4, 2)
    qtbot.keyClick(shown.table, Qt.Key.Key_Right, SHIFT)
    qtbot.keyClick(shown.table, Qt.Key.Key_Down, SHIFT)
    assert shown.table.place.block() == Block(2, 1, 5, 3)
    assert shown.table.chosen.ids == {3, 4, 5, 6}
    qtbot.keyClick(shown.table, Qt.Key.Key_Up)
    assert shown.table.place.block() == Block(4, 3, 4, 3)


def test_shift_in_rows_stays_with_rows(shown: Shown, qtbot: Any) -> None:
    click(shown, qtbot, 1, 0)
    click(shown, qtbot, 3, 4, SHIFT)
    assert shown.table.place.block() is None and shown.table.chosen.ids == {2, 3, 4}


def test_the_arrow_keys_walk_from_rows_into_cells(shown: Shown, qtbot: Any) -> None:
    click(shown, qtbot, 1, 0)
    qtbot.keyClick(shown.table, Qt.Key.Key_Down)
    assert shown.table.place.block() is None
    qtbot.keyClick(shown.table, Qt.Key.Key_Right)
    assert shown.table.place.block() == Block(2, 1, 2, 1)


def test_columns_count_as_they_stand_on_the_screen(shown: Shown, qtbot: Any) -> None:
    shown.table.horizontalHeader().moveSection(4, 0)
    click(shown, qtbot, 1, 0)
    assert shown.table.place.block() == Block(1, 1, 1, 1), "the first column on the screen is another one now"
    click(shown, qtbot, 1, 4)
    assert shown.table.place.block() is None
    drag(shown, qtbot, (1, 0), (1, 1))
    block = shown.table.place.block()
    assert block is not None and shown.table.place.sections(block) == [0, 1]


def test_typing_and_enter_ask_for_the_editor_in_cells_only(shown: Shown, qtbot: Any) -> None:
    asked: list[str] = []
    shown.table.edit_asked.connect(asked.append)
    click(shown, qtbot, 1, 0)
    qtbot.keyClicks(shown.table, "x")
    assert asked == []
    click(shown, qtbot, 1, 1)
    qtbot.keyClicks(shown.table, "x")
    qtbot.keyClick(shown.table, Qt.Key.Key_Return)
    qtbot.keyClick(shown.table, Qt.Key.Key_A, CTRL)
    assert asked == ["x", ""]


def test_the_topmost_layer_is_shown(shown: Shown) -> None:
    layers = shown.model.layers
    assert layers is not None
    layers.written = lambda: {2: {"email": "written@example.com"}, 3: {"email": "written@example.com"}}
    layers.read({"id": 3, "email": "read@example.com", "custom_field": {"cf_x": 1}})
    layers.read({"id": 4, "email": "read@example.com"})
    layers.staged = {4: {"email": Edit("staged@example.com")}, 5: {"first_name": Edit("Ada")}}
    shown.model.touched([2, 3, 4, 5])
    shown.model.render([1], 0, 9)
    shown_texts = texts(shown.model, "email")[1:4]
    assert shown_texts == ["written@example.com", "read@example.com", "staged@example.com"]
    assert texts(shown.model, "@label")[4] == "Ada", "a contact's name follows its parts"
    record = shown.model.record_of(4)
    assert record is not None and record["email"] == "read@example.com", "what is staged is not the CRM's"
    assert shown.model.edit_at(3, column(shown.model, "email")) == Edit("staged@example.com")
    assert shown.model.edit_at(4, column(shown.model, "@label")) == Edit("Ada")
    assert shown.model.edit_at(4, column(shown.model, "email")) is None
    shown.model.start(page_of(1, range(1, 11), 35))
    assert texts(shown.model, "email")[2:4] == ["written@example.com", "staged@example.com"], "rows were read since"


def test_many_touched_records_are_found_in_one_pass(shown: Shown) -> None:
    shown.model.touched(range(1, 80))
    assert all(shown.model.cells_at(row) is None for row in range(10))
    assert shown.model.stale_pages(0, 9) == [1]


@pytest.mark.parametrize(("message", "edge"), [("", "staged_edge"), ("Name has already been taken", "warning")])
def test_staged_cells_have_their_ground_and_edge(shown: Shown, message: str, edge: str) -> None:
    layers = shown.model.layers
    assert layers is not None
    layers.staged = {4: {"email": Edit("staged@example.com", message)}}
    shown.model.touched([4])
    shown.model.render([1], 0, 9)
    image = shown.table.viewport().grab().toImage()
    area = shown.table.visualRect(shown.model.index(3, column(shown.model, "email")))
    ground = QColor(shown.theme.tokens.staged).rgb()
    assert image.pixelColor(area.left(), area.center().y()).rgb() == QColor(shown.theme.color(edge)).rgb()
    assert image.pixelColor(area.right() - 2, area.center().y()).rgb() == ground
    other = shown.table.visualRect(shown.model.index(4, column(shown.model, "email")))
    assert image.pixelColor(other.right() - 2, other.center().y()).rgb() != ground
