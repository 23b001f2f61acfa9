"""Runs a command's work on a loop of its own: with signals heard, the log opened, the session closed in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmdesk.cli.interrupts import Interrupts
from crmdesk.cli.output import Output
from crmdesk.config.errors import InputError

if TYPE_CHECKING:
    from crmdesk.cli.account import Account
    from crmdesk.cli.given import Given
    from crmdesk.crm.modules import ModuleSpec
    from crmdesk.session import Session


@dataclass(frozen=True)
class Work:
    """What a command works with: the open account, where to write, and who listens to Ctrl+C."""

    session: Session
    account: Account
    out: Output
    interrupts: Interrupts

    async def module(self, text: str) -> ModuleSpec:
        """A module by any of its names; the account is asked for custom ones it has not told of. Raises InputError."""
        try:
            return self.session.modules.get(text)
        except InputError:
            await self.session.load_modules()
            return self.session.modules.get(text)


def run(given: Given, work: Callable[[Work], Awaitable[int]]) -> int:
    """Opens the account and does the work; its exit code."""

    async def with_session(out: Output, interrupts: Interrupts) -> int:
        from crmdesk.cli.account import find_account
        from crmdesk.cli.running import watching
        from crmdesk.session import Session

        account = await find_account(given.profile, out)
        session = await Session.open(account.address, account.api_key, profile=account.profile)
        try:
            session.recall_modules()
            given_to = Work(session, account, out, interrupts)
            async with watching(given_to):
                return await work(given_to)
        finally:
            await session.close()

    return run_alone(given, with_session)


def run_alone(given: Given, work: Callable[[Output, Interrupts], Awaitable[int]]) -> int:
    """Does work that needs no open account; its exit code."""
    from crmdesk.config import logs

    logs.configure()

    async def listened() -> int:
        task = asyncio.current_task()
        assert task is not None
        interrupts = Interrupts(asyncio.get_running_loop(), task)
        with interrupts.listening():
            return await work(Output(given.as_json), interrupts)

    try:
        return asyncio.run(listened())
    finally:
        logs.close()
