"""Everything that the page of a plan of edits shows, read from the journal in one go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmdesk.changes.plan import LeftOut, ModuleCost, Plan, RequestLine, Summary
    from crmdesk.session import Session
    from crmdesk.store.rows import PlanRow

REQUESTS_SHOWN = 500


@dataclass(frozen=True)
class EditFacts:
    """A plan of edits as it is shown."""

    plan: Plan
    summary: Summary
    modules: list[ModuleCost]
    left_out: list[LeftOut]
    collisions: list[PlanRow]
    requests: list[RequestLine]
    seconds: float

    @property
    def changes(self) -> int:
        """How many changes will be sent; what collides is decided first."""
        return max(0, self.summary.counts["pending"] - len(self.collisions))

    @property
    def read(self) -> int:
        """Requests that the plan has cost so far."""
        return self.summary.by_kind.get("read", 0)

    @property
    def write(self) -> int:
        """Requests that write."""
        return sum(cost.write for cost in self.modules)

    @property
    def follow(self) -> int:
        """Requests that ask what came of those that write: how background jobs are getting on, or what is there now."""
        return sum(cost.follow for cost in self.modules)


async def read_edit(session: Session, plan: Plan) -> EditFacts:
    """Raises NoSuchJob."""
    return EditFacts(
        plan,
        await plan.summary(),
        await plan.modules(),
        await plan.left_out(),
        await plan.collisions(),
        await plan.requests(session.modules.get, 0, REQUESTS_SHOWN),
        await plan.seconds_estimate(),
    )


async def find_edit(session: Session, plan_id: int) -> EditFacts:
    """A plan or job of the journal. Raises NoSuchJob."""
    return await read_edit(session, await session.jobs.get(plan_id))
