"""A record's tab with what belongs to it, on the sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crmdesk.crm.address import parse_bundle_alias
from crmdesk.session import Session
from crmdesk.ui.parts.page import THERE, PartView
from crmdesk.ui.record.workspace import RecordWorkspace
from tests.support.account import QUICK
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.conftest import qt_loop
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
def desk(qt_loop: asyncio.AbstractEventLoop, sandbox: SandboxProcess, data_home: Path) -> Iterator[PlainDesk]:
    """A desk whose jobs don't look for a minute at what became of a request."""
    address = parse_bundle_alias(sandbox.url)
    session = qt_loop.run_until_complete(Session.open(address, sandbox.api_key, patience=QUICK))
    made = PlainDesk(session, qt_loop)
    yield made
    qt_loop.run_until_complete(made.tasks.stop())
    qt_loop.run_until_complete(session.close())


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
