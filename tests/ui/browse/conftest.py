"""A real session on the sandbox, the loop of Qt, and a desk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PySide6.QtWidgets import QApplication

from crmdesk.crm.address import parse_bundle_alias
from crmdesk.session import Session
from crmdesk.ui.browse.kind import make_view
from crmdesk.ui.browse.workspace import BrowseWorkspace
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk
from tests.ui.browse.views import Opener, settle
from tests.ui.loops import TestLoop


class Wire(httpx.AsyncHTTPTransport):
    """The ordinary way to the sandbox, which writes down what goes over it, queries too, and holds back at wish."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[httpx.URL] = []
        self.held: dict[str, asyncio.Event] = {}  # by the end of the path: it goes on once the event is set

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        for end, gate in self.held.items():
            if request.url.path.endswith(end):
                await gate.wait()
        return await super().handle_async_request(request)


@pytest.fixture
def qt_loop(qapp: QApplication) -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop of asyncio that turns Qt's."""
    loop = TestLoop(qapp)
    asyncio.set_event_loop(loop)
    yield loop
    loop.close()
    asyncio.set_event_loop(None)


@pytest.fixture
def desk(qt_loop: asyncio.AbstractEventLoop, sandbox: SandboxProcess, data_home: Path) -> Iterator[PlainDesk]:
    """A desk on the module's sandbox."""
    address = parse_bundle_alias(sandbox.url)
    wire = Wire()
    session = qt_loop.run_until_complete(Session.open(address, sandbox.api_key, transport=wire))
    made = PlainDesk(session, qt_loop)
    made.asked, made.held = wire.asked, wire.held
    yield made
    qt_loop.run_until_complete(made.tasks.stop())
    qt_loop.run_until_complete(session.close())


@pytest.fixture
def open_view(desk: PlainDesk, sandbox: SandboxProcess, qtbot: Any) -> Iterator[Opener]:
    """Opens a view by its name and waits for its first page."""
    made: list[BrowseWorkspace] = []

    def opened(name: str = "All Contacts", module: str = "contacts", *, wait: bool = True) -> BrowseWorkspace:
        views = desk.loop.run_until_complete(desk.session.views(module))
        view = next(view for view in views if view.name == name)
        sandbox.clear_requests()
        desk.asked.clear()
        work = make_view(desk, {"module": module, "view_id": view.id, "view_name": name})
        assert isinstance(work, BrowseWorkspace)
        made.append(work)
        qtbot.addWidget(work)
        work.resize(1000, 700)
        work.show()
        if wait:
            settle(desk, work)
        return work

    yield opened
    for work in made:
        work.closed()
