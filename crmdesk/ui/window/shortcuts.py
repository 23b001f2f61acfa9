"""All keyboard shortcuts on one page, drawn from the same commands as the menus."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from crmdesk.ui.commands import MENUS, Command
from crmdesk.ui.widgets import Button, SectionTitle, label
from crmdesk.ui.window.dialogs import Dialog


class ShortcutsDialog(Dialog):
    """What can be done with which keys, by menu; the front tab's own commands included."""

    def __init__(self, window: QWidget, commands: Sequence[Command]) -> None:
        super().__init__(window, "Keyboard shortcuts", width=420)
        page = QWidget()
        page.setObjectName("page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(6)
        for menu in MENUS:
            rows = [(command.title, command.shortcut) for command in commands if command.menu == menu]
            rows = [row for row in rows if row[1]]
            if menu == "View":
                rows.append(("Go to a tab by its place", "Ctrl+1"))
            if rows:
                column.addWidget(SectionTitle(menu))
                column.addLayout(_grid(rows))
                column.addSpacing(8)
        column.addStretch(1)
        self.pane = QScrollArea()
        self.pane.setWidget(page)
        self.pane.setWidgetResizable(True)
        self.pane.setFrameShape(QFrame.Shape.NoFrame)
        self.pane.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.pane.setAccessibleName("Keyboard shortcuts")
        self.pane.setMinimumHeight(min(page.sizeHint().height(), max(160, window.height() - 220)))
        self.body.addWidget(self.pane)
        self.add_button(Button("Close", self.accept, role="primary"), default=True)


def _grid(rows: Sequence[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(0, 1)
    grid.setColumnMinimumWidth(1, 120)
    for at, (title, keys) in enumerate(rows):
        shown = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
        grid.addWidget(label(title), at, 0)
        grid.addWidget(label(f"{shown} … 9" if keys == "Ctrl+1" else shown, "muted"), at, 1)
    return grid
