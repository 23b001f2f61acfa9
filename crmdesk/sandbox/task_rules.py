"""What holds for tasks: a due date, an owner, a status that tells when it was completed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmdesk.sandbox import times, values
from crmdesk.sandbox.modules import Body
from crmdesk.sandbox.store import Record

if TYPE_CHECKING:
    from crmdesk.sandbox.write import Writer


def check(writer: Writer, before: Record, changed: Record, fresh: Body) -> list[str]:
    """All rules of a task; changes `changed` to what is stored."""
    problems = []
    if "due_date" in fresh:
        moment = times.read(fresh["due_date"])
        if moment is None:
            problems.append("Due date can't be blank")
        changed["due_date"] = times.printed(moment, True)
    if "owner_id" in fresh and changed["owner_id"] is None:
        problems.append("Owner can't be blank")
    if "status" in fresh:
        changed["status"] = 1 if fresh["status"] in (1, "1", True) else 0
        if changed["status"] != before.get("status"):
            changed["completed_date"] = times.printed(times.now_ms(), True) if changed["status"] else None
    users = changed.pop("task_users_attributes", None)
    if users is not None:
        changed["user_ids"] = [values.whole(item.get("user_id")) for item in users]
    return problems
