"""Where a plan is shown: plans of owners in the reassign workspace, all others in review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmdesk.ui.jobs import words

if TYPE_CHECKING:
    from crmdesk.session import Session
    from crmdesk.ui.window.workspace import Workspace


async def home_of(session: Session, plan_id: int) -> str:
    """The kind of workspace for a plan; an undo or another try stands where its first job does. Raises NoSuchJob."""
    summary = await (await session.jobs.get(plan_id)).summary()
    while summary.kind in ("undo", "retry") and summary.parent_id is not None:
        summary = await (await session.jobs.get(summary.parent_id)).summary()
    return "reassign" if summary.kind in words.OF_OWNERS else "review"


def open_home(tab: Workspace, plan_id: int) -> None:
    """Go from a tab to a plan, an undo or another try, where plans of its kind are shown."""
    desk = tab.desk
    desk.tasks.start(home_of(desk.session, plan_id), owner=tab, on_done=lambda kind: desk.open(kind, {"plan": plan_id}))
