"""A real session on the sandbox, the loop of Qt, and a desk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PySide6.QtWidgets import QApplication

from crmdesk.crm.address import parse_bundle_alias
from crmdesk.session import Session
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk
from tests.ui.loops import TestLoop


class Wire(httpx.AsyncHTTPTransport):
    """The ordinary way to the sandbox, which writes down what goes over it, queries too."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[httpx.URL] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
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
    made.asked = wire.asked
    yield made
    qt_loop.run_until_complete(made.tasks.stop())
    qt_loop.run_until_complete(session.close())
