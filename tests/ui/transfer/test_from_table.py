"""Ctrl+E in a table: the selection, the whole view, a filter; the rows that are there already cost nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from crmdesk.config.paths import resources_dir
from crmdesk.config.settings import Settings
from crmdesk.planning.export import FilteredRecords
from crmdesk.planning.intents import SelectedRecords, WholeView
from crmdesk.ui.browse.kind import make_view
from crmdesk.ui.browse.workspace import BrowseWorkspace
from crmdesk.ui.tasks import TaskRunner
from crmdesk.ui.theme import Theme
from crmdesk.ui.window.main_window import MainWindow
from crmdesk.ui.window.memory import WindowMemory
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.conftest import desk, open_view, qt_loop
from tests.ui.browse.desks import PlainDesk
from tests.ui.browse.views import Opener

__all__ = ["desk", "open_view", "qt_loop"]


def exported(work: BrowseWorkspace, desk: PlainDesk) -> Mapping[str, Any]:
    next(command for command in work.commands() if command.id == "browse.export").run()
    desk.until(lambda: desk.opened and desk.opened[-1][0] == "export", "the export")
    return desk.opened[-1][1]


def test_nothing_selected_is_the_whole_view(open_view: Opener, desk: PlainDesk) -> None:
    work = open_view()
    args = exported(work, desk)
    assert isinstance(args["what"], WholeView) and args["what"].view_name == "All Contacts"
    assert args["columns"][:1] == ("id",) and "@label" not in args["columns"]
    assert {"email", "owner_id"} <= set(args["columns"])


def test_selected_rows_bring_their_records(open_view: Opener, desk: PlainDesk) -> None:
    work = open_view()
    work.table.go_to(2, select=True)
    args = exported(work, desk)
    what = args["what"]
    assert isinstance(what, SelectedRecords) and [row.id for row in what.rows] == [work.model.id_at(2)]
    assert args["loaded"](what.rows[0].id)["email"] == (work.model.record_at(2) or {})["email"]
    assert args["loaded"](1) is None


def test_the_whole_view_but_a_row(open_view: Opener, desk: PlainDesk) -> None:
    work = open_view()
    work.table.selectAll()
    index = work.model.index(1, 0)
    work.table.selectionModel().select(
        index, work.table.selectionModel().SelectionFlag.Deselect | work.table.selectionModel().SelectionFlag.Rows
    )
    what = exported(work, desk)["what"]
    assert isinstance(what, WholeView) and what.minus == {work.model.id_at(1)}


def test_a_filter_is_read_as_the_filter(open_view: Opener, desk: PlainDesk, qtbot: Any) -> None:
    rule = {"field": "city", "operator": "contains", "value": "a", "kind": "text", "custom": False}
    work = make_view(desk, {"module": "contacts", "filter": {"rules": [rule]}, "name": "With an a"})
    assert isinstance(work, BrowseWorkspace)
    qtbot.addWidget(work)
    work.show()
    desk.until(lambda: work.model.rowCount() > 0, "rows")
    what = exported(work, desk)["what"]
    assert isinstance(what, FilteredRecords) and len(what.rules) == 1
    work.closed()


@pytest.fixture
def window(qapp: QApplication, data_home: Path) -> MainWindow:
    theme = Theme(qapp, resources_dir(), "light")
    return MainWindow(theme, TaskRunner(), WindowMemory(Settings(data_home / "window.json")))


def test_a_table_dropped_on_the_window_is_told(window: MainWindow, tmp_path: Path, qtbot: Any) -> None:
    qtbot.addWidget(window)
    told: list[Path] = []
    window.table_dropped.connect(told.append)

    def drop(name: str) -> bool:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
        buttons, keys, action = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
        enter = QDragEnterEvent(QPoint(40, 40), action, data, buttons, keys)
        enter.ignore()
        QApplication.sendEvent(window, enter)
        if not enter.isAccepted():
            return False
        QApplication.sendEvent(window, QDropEvent(QPointF(40, 40), action, data, buttons, keys))
        return True

    assert drop("deals.csv") and told == [tmp_path / "deals.csv"]
    assert not drop("picture.png") and len(told) == 1


@pytest.fixture(scope="module")
def small_sandbox(start_sandbox: Callable[..., SandboxProcess]) -> SandboxProcess:
    return start_sandbox("--records", "300", "--hour-limit", "0")
