"""One connected account: opening costs no network, what was learned is remembered, and what changed is told."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from crmdesk.crm.address import parse_bundle_alias
from crmdesk.crm.client import BadApiKey
from crmdesk.session import ConnectionChanged, RecordsChanged, Session
from tests.support.account import active_owners, connected, owners, reassigned, some
from tests.support.aio import run

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

pytestmark = pytest.mark.usefixtures("data_home")


def test_opening_asks_nothing_and_remembers_the_custom_modules(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            known = {spec.key for spec in session.modules.all()}
            schema = await session.schema("deals")
        assert any(key.startswith("cm_") for key in known)
        sandbox.clear_requests()
        again = await Session.open(parse_bundle_alias(sandbox.url), sandbox.api_key)
        assert {spec.key for spec in again.modules.all()} == known
        assert set((await again.schema("deals")).fields) == set(schema.fields)
        assert sandbox.requests() == []
        await again.close()

    run(main())


def test_a_key_that_can_be_none_opens_no_file(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        threads = threading.active_count()
        with pytest.raises(BadApiKey):
            await Session.open(parse_bundle_alias(sandbox.url), "two words")
        assert threading.active_count() == threads

    run(main())


def test_the_connection_is_told_once_for_each_change(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            heard: list[object] = []
            leave = session.subscribe(heard.append)
            await session.connect()
            await session.connect()
            assert [e.state for e in heard if isinstance(e, ConnectionChanged)] == ["connected"]
            session.client.use_key("wrong")
            assert (await session.connect()).state == "refused"
            await session.use_key(sandbox.api_key)
            assert (await session.connect()).state == "connected"
            leave()
            count = len(heard)
            session.client.use_key("wrong")
            await session.connect()
            assert len(heard) == count

    run(main())


def test_a_job_announces_the_modules_that_it_changed(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            heard: list[object] = []
            session.subscribe(heard.append)
            target = (await active_owners(session))[0]
            job = await reassigned(session, some("contacts", list(owners(sandbox, "contacts"))[:3]), target)
            told = [event for event in heard if isinstance(event, RecordsChanged)]
            assert {(event.module, event.by) for event in told} == {("contacts", f"job {job.id}")}

    run(main())


def test_views_are_asked_for_once(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            sandbox.clear_requests()
            views = await session.views("contacts")
            assert await session.views("contacts") == views and len(sandbox.requests()) == 1
            await session.views("contacts", refresh=True)
            assert len(sandbox.requests()) == 2

    run(main())


def test_two_accounts_can_be_open_at_once(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as one:
            other = await Session.open(parse_bundle_alias("acme"), "another-key")
            assert other.journal.db.path.parent != one.journal.db.path.parent
            assert await other.jobs.list() == []
            await other.close()

    run(main())
