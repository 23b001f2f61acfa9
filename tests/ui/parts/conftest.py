"""A record's tab with what belongs to it, on the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from crmdesk.ui.parts.page import THERE, PartView
from crmdesk.ui.record.workspace import RecordWorkspace
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.conftest import desk, qt_loop
from tests.ui.browse.desks import PlainDesk
from tests.ui.record.conftest import open_record, settled

__all__ = ["desk", "open_part", "open_record", "qt_loop", "settled"]

OpenPart = Callable[..., Any]


def read(desk: PlainDesk, view: PartView) -> None:
    """The part is there, and nothing else is asked for."""
    desk.until(lambda: view.state == THERE, f"{view.name} is {view.state}")
    settled(desk)


def good(desk: PlainDesk) -> str:
    """The last message, which says that something was done."""
    settled(desk)
    assert not desk.errors, desk.errors
    last = desk.messages[-1]
    assert last.tone == "good", (last.text, last.remedy)
    return last.text


@pytest.fixture
def open_part(desk: PlainDesk, sandbox: SandboxProcess, open_record: Any) -> Iterator[OpenPart]:
    """Opens a record (the first of its module, or a named one), and one of its parts; gives the part's view."""

    def opened(module: str, part: str, record_id: int | None = None) -> Any:
        work: RecordWorkspace = open_record(module, record_id)
        work.resize(1200, 900)
        work.parts.go(part)
        view = work.parts.page
        assert isinstance(view, PartView)
        read(desk, view)
        return view

    yield opened
