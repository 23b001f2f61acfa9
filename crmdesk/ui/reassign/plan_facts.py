"""Everything that the plan's screen shows, read from the journal in one go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmdesk.crm.errors import CrmError, NotAllowed

if TYPE_CHECKING:
    from crmdesk.changes.plan import LeftOut, ModuleCost, OwnerTally, Plan, Summary
    from crmdesk.planning.intents import ToWhom
    from crmdesk.session import Session


@dataclass(frozen=True)
class PlanFacts:
    """A plan in the state planned, as it is shown."""

    plan: Plan
    summary: Summary
    owners: list[OwnerTally]
    modules: list[ModuleCost]
    left_out: list[LeftOut]
    seconds: float

    @property
    def records(self) -> int:
        """How many records will be sent."""
        return self.summary.counts["pending"]

    @property
    def requests(self) -> int:
        """How many requests are still to be sent."""
        return max(0, sum(cost.write + cost.follow for cost in self.modules))

    @property
    def closed_deals(self) -> bool | None:
        """Of a handover: whether closed deals were taken, too; None for other plans."""
        value = self.summary.intent.get("closed_deals")
        return value if isinstance(value, bool) else None


async def read_plan(plan: Plan) -> PlanFacts:
    """Raises NoSuchJob."""
    return PlanFacts(
        plan,
        await plan.summary(),
        await plan.owners(),
        await plan.modules(),
        await plan.left_out(),
        await plan.seconds_estimate(),
    )


async def find_plan(session: Session, plan_id: int) -> PlanFacts:
    """A plan or job of the journal, with the owners' names at hand. Raises NoSuchJob, CrmError."""
    await session.directory.load(("owners",))
    return await read_plan(await session.jobs.get(plan_id))


async def lay_plan_out(session: Session, plan: Plan, to_whom: ToWhom) -> PlanFacts:
    """Gives each row its owner, and reads the plan. Raises InputError, NotRunnable."""
    await session.reassign.assign(plan, to_whom)
    return await read_plan(plan)


async def sees_only_part(session: Session) -> bool:
    """Whether the key is known to be no administrator's: settings are refused. Asked once, then from the cache."""
    try:
        await session.schema("contacts")
    except NotAllowed:
        return True
    except CrmError:
        return False
    return False
