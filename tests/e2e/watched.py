"""The real program, with a window into it: `python -m tests.e2e.watched FOLDER [arguments of the program]`.

It runs `crmdesk.ui.main.main` and nothing else; beside it a timer writes what is on the screen to FOLDER/state.json
(widgets with their place, text and state; rows in sight), and saves a picture for each FOLDER/NAME.wanted it finds.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLabel,
    QLineEdit,
    QListView,
    QTabBar,
    QTreeView,
    QWidget,
)

EVERY_MS = 60
ROWS_AT_MOST = 60


def _rect(widget: QWidget, left: int = 0, top: int = 0, width: int = -1, height: int = -1) -> list[int]:
    """A place on the screen: x, y, width, height; what lies outside of the widget is cut off."""
    corner = widget.mapToGlobal(QPoint(left, top))
    wide = widget.width() - left if width < 0 else min(width, widget.width() - left)
    high = widget.height() - top if height < 0 else min(height, widget.height() - top)
    return [corner.x(), corner.y(), wide, high]


def _control(widget: QWidget) -> dict[str, Any] | None:
    """A widget as data, or None when it is nothing that a test looks for."""
    if isinstance(widget, QAbstractButton):
        told = {"kind": "button", "text": widget.text().replace("&", ""), "on": widget.isChecked()}
    elif isinstance(widget, QLineEdit):
        # A password is never written anywhere, here neither.
        shown = widget.echoMode() == QLineEdit.EchoMode.Normal
        told = {"kind": "field", "text": widget.text() if shown else "", "placeholder": widget.placeholderText()}
    elif isinstance(widget, QLabel):
        told = {"kind": "label", "text": widget.text()}
    else:
        return None
    return {
        **told,
        "name": widget.accessibleName(),
        "place": _rect(widget),
        "enabled": widget.isEnabled(),
        "focus": widget.hasFocus(),
        "window": widget.window().windowTitle(),
    }


def _rows(view: QAbstractItemView) -> list[dict[str, Any]]:
    """The cells in sight, row by row."""
    model = view.model()
    if model is None:
        return []
    area = view.viewport()
    found: list[dict[str, Any]] = []
    index = view.indexAt(QPoint(2, 2))
    columns = range(1 if isinstance(view, QListView) else model.columnCount(index.parent()))
    selection = view.selectionModel()
    while index.isValid() and len(found) < ROWS_AT_MOST:
        place = view.visualRect(index)
        if place.top() > area.height():
            break
        cells = []
        for column in columns:
            cell = index.sibling(index.row(), column)
            at = view.visualRect(cell)
            if at.isValid() and at.left() < area.width():
                text = cell.data()
                cells.append([str(text) if text is not None else "", _rect(area, at.left(), at.top(), *_size(at))])
        found.append({"row": index.row(), "cells": cells, "selected": selection.isSelected(index)})
        tree = isinstance(view, QTreeView)
        index = view.indexBelow(index) if tree else index.sibling(index.row() + 1, 0)  # type: ignore[attr-defined]
    return found


def _size(area: Any) -> tuple[int, int]:
    return area.width(), area.height()


def _headers(view: QAbstractItemView) -> list[list[Any]]:
    """Titles of a table's columns with their places."""
    header = getattr(view, "horizontalHeader", lambda: None)()
    model = view.model()
    if header is None or model is None or not header.isVisible():
        return []
    titles = []
    for place in range(header.count()):
        section = header.logicalIndex(place)
        left = header.sectionViewportPosition(section)
        title = str(model.headerData(section, header.orientation()) or "")
        titles.append([title, _rect(header.viewport(), left, 0, header.sectionSize(section))])
    return titles


def picture_of_state() -> dict[str, Any]:
    """All that is visible, window by window."""
    controls, views, tabs, windows = [], [], [], []
    for top in QApplication.topLevelWidgets():
        if not top.isVisible():
            continue
        windows.append({"title": top.windowTitle(), "id": int(top.winId()), "active": top.isActiveWindow()})
        for widget in [top, *top.findChildren(QWidget)]:
            if not widget.isVisible():
                continue
            told = _control(widget)
            if told is not None:
                controls.append(told)
            elif isinstance(widget, QTabBar):
                tabs += [widget.tabText(at) for at in range(widget.count())]
            elif isinstance(widget, QAbstractItemView):
                view = {"name": widget.accessibleName(), "place": _rect(widget.viewport()), "rows": _rows(widget)}
                views.append({**view, "headers": _headers(widget), "focus": widget.hasFocus()})
    return {"windows": windows, "controls": controls, "views": views, "tabs": tabs}


class Watcher:
    """Writes the state when it changed, and pictures when they are asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last = ""
        self._timer = QTimer()
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """From the first paint on."""
        self._timer.start()

    def _look(self) -> None:
        try:
            self._write()
        except Exception:
            # Not for the program, which would tell the person of it: for whoever reads the test's output.
            traceback.print_exc()

    def _write(self) -> None:
        state = json.dumps(picture_of_state())
        if state != self._last:
            self._last = state
            part = self._folder / "state.part"
            part.write_text(state, encoding="utf-8")
            part.replace(self._folder / "state.json")
        for wanted in self._folder.glob("*.wanted"):
            self._shoot(wanted.stem)
            wanted.unlink()

    def _shoot(self, name: str) -> None:
        screen = QApplication.primaryScreen()
        picture = screen.grabWindow(0)
        painter = QPainter(picture)
        painter.setPen(QColor("#98A1B0"))
        for top in QApplication.topLevelWidgets():
            # Nobody manages windows on this screen; a line stands for the frame of the system.
            if top.isVisible():
                painter.drawRect(top.geometry().adjusted(-1, -1, 0, 0))
        painter.end()
        picture.save(str(self._folder / f"{name}.png"), "PNG")


def main() -> int:
    """The program's own exit code."""
    from crmdesk.ui.main import main as program

    watchers: list[Watcher] = []

    def painted() -> None:
        watchers.append(Watcher(Path(sys.argv[1])))
        watchers[0].start()

    return program(sys.argv[2:], painted)


if __name__ == "__main__":
    sys.exit(main())
