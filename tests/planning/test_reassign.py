"""Who gets what: parts are exact, and nobody gets what somebody else among the receivers has already."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from crmdesk.planning.intents import Share, Split
from tests.support.account import active_owners, all_view, connected, ended, owners
from tests.support.aio import run

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

pytestmark = pytest.mark.usefixtures("data_home")


def test_receivers_keep_what_they_have_up_to_their_part(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            before = owners(sandbox, "contacts")
            held = Counter(before.values())
            active = await active_owners(session)
            receivers = sorted(active, key=lambda owner: -held[owner])[:3]
            weights = (Decimal(50), Decimal(30), Decimal(20))
            split = Split(tuple(Share(*pair) for pair in zip(receivers, weights, strict=True)))
            plan = await session.reassign.collect(await all_view(session, "contacts"))
            await session.reassign.assign(plan, split)
            summary = await ended(session, plan)
            after = owners(sandbox, "contacts")
            count = len(before)
            for receiver, weight in zip(receivers, weights, strict=True):
                part = Counter(after.values())[receiver]
                assert abs(part - count * weight / 100) < 1
                kept = sum(before[key] == after[key] == receiver for key in before)
                assert kept == min(held[receiver], part)
            assert summary.counts["already_so"] == sum(before[key] == after[key] for key in before)

    run(main())


def test_a_plan_may_be_given_to_others_until_it_starts(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            first, second, *_ = await active_owners(session)
            plan = await session.reassign.collect(await all_view(session, "contacts"))
            await session.reassign.assign(plan, Split.even([first]))
            once = await plan.owners()
            await session.reassign.assign(plan, Split.even([second]))
            await session.reassign.assign(plan, Split.even([first]))
            assert await plan.owners() == once
            summary = await ended(session, plan)
            assert set(owners(sandbox, "contacts").values()) == {first}
            assert summary.counts["changed"] + summary.counts["already_so"] == summary.records

    run(main())


def test_contacts_given_to_nobody_say_how_they_go(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            plan = await session.reassign.collect(await all_view(session, "contacts"))
            first, *_ = await active_owners(session)
            for owner, way in ((first, "in bulk, 100 a request"), (None, "background jobs of 100")):
                await session.reassign.assign(plan, Split.even([owner]))
                assert [cost.way for cost in await plan.modules()] == [way]

    run(main())
