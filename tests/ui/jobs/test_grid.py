"""A table is as high as its rows, also when the text in them wraps."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from crmdesk.config.paths import resources_dir
from crmdesk.ui.jobs.grid import Cell, Column, Grid
from crmdesk.ui.theme import Theme


def test_rows_are_low_again_when_there_is_room_for_their_text(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme(qapp, resources_dir(), "light")
    grid = Grid(theme, "Left out", (Column("Records", 60), Column("Why", wrap=True)), most=8)
    holder = QWidget()
    qtbot.addWidget(holder)
    QVBoxLayout(holder).addWidget(grid)
    holder.resize(240, 300)
    holder.show()
    grid.rows.set_rows([(Cell("102"), Cell("closed, so that past results stay with who earned them"))])
    qtbot.waitUntil(lambda: grid.rowHeight(0) > theme.row_height)
    wrapped = grid.height()
    holder.resize(900, 300)
    qtbot.waitUntil(lambda: grid.rowHeight(0) == theme.row_height)
    assert grid.height() < wrapped
