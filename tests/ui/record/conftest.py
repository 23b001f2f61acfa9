"""A desk with a real session, and records in tabs of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from crmdesk.ui.browse.kind import make_record
from crmdesk.ui.editors import FieldEditor
from crmdesk.ui.record.kind import make_new
from crmdesk.ui.record.new import NewWorkspace
from crmdesk.ui.record.workspace import RecordWorkspace
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.conftest import desk, qt_loop
from tests.ui.browse.desks import PlainDesk

__all__ = ["desk", "qt_loop"]

OpenRecord = Callable[..., RecordWorkspace]
OpenNew = Callable[..., NewWorkspace]


def settled(desk: PlainDesk) -> None:
    """Nothing is asked for any more."""
    desk.until(lambda: desk.tasks.under_way == 0)


def editor_of(work: RecordWorkspace, key: str) -> FieldEditor:
    """Open the editor of a field, as Enter on its value does."""
    work.inspected.form.edit(key)
    row = work.inspected.panel.editing
    assert row is not None and row.editor is not None and row.line is not None and row.line.key == key
    return row.editor


@pytest.fixture
def open_record(desk: PlainDesk, sandbox: SandboxProcess, qtbot: Any) -> Iterator[OpenRecord]:
    """Opens the first record of a module, or the one that is named, and waits until it is read."""
    made: list[RecordWorkspace] = []

    def opened(module: str, record_id: int | None = None) -> RecordWorkspace:
        desk.loop.run_until_complete(desk.session.load_modules())
        found = record_id if record_id is not None else int(next(iter(sandbox.records(module))))
        work = make_record(desk, {"module": module, "id": found, "label": "Record"})
        assert isinstance(work, RecordWorkspace)
        made.append(work)
        qtbot.addWidget(work)
        work.resize(900, 900)
        work.show()
        work.activateWindow()
        desk.until(work.isActiveWindow)
        desk.until(lambda: work.inspected.panel.sheet is not None and not work.inspected.loading, "the record")
        settled(desk)
        return work

    yield opened
    for work in made:
        work.closed()


@pytest.fixture
def open_new(desk: PlainDesk, qtbot: Any) -> Iterator[OpenNew]:
    """Opens the form of a new record and waits until it is drawn."""
    made: list[NewWorkspace] = []

    def opened(module: str, **args: Any) -> NewWorkspace:
        desk.loop.run_until_complete(desk.session.load_modules())
        work = make_new(desk, {"module": module, **args})
        assert isinstance(work, NewWorkspace)
        made.append(work)
        qtbot.addWidget(work)
        work.resize(900, 900)
        work.show()
        work.activateWindow()
        desk.until(work.isActiveWindow)
        desk.until(lambda: work.fields is not None, "the form")
        settled(desk)
        return work

    yield opened
    for work in made:
        work.closed()
