"""Plans of every operation at once over an account, and whether the sandbox holds what their rows say.

Every new record bears a mark in its name that no other has, so that one made twice is counted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from crmdesk.changes.drafts import Staged
from crmdesk.changes.plan import Summary
from crmdesk.changes.reader import canonical, compared
from crmdesk.crm.kinds import Kind, normal
from crmdesk.planning.edit import FieldChange
from crmdesk.planning.intents import SelectedRecords
from crmdesk.session import Session
from crmdesk.store import saving
from crmdesk.store.rows import PlanRow
from crmdesk.store.words import Op, Outcome

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

DONE = (Outcome.CHANGED, Outcome.ALREADY_SO, Outcome.REVERTED)
UNDONE = (Outcome.FAILED, Outcome.NOT_ATTEMPTED)
_NAMES = {"contacts": "last_name", "sales_accounts": "name", "deals": "name"}


@dataclass
class Mixed:
    """Plans that were made, and how often each mark may stand in the sandbox."""

    plans: list[int] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)  # by mark: module


def alive(sandbox: SandboxProcess, module: str) -> list[int]:
    """Records that are not deleted, in the order of their ids."""
    found = sandbox.records(module, "is_deleted")
    return sorted(key for key, record in found.items() if not record.get("is_deleted"))


def raw(record: dict[str, Any], name: str) -> Any:
    """A field as the sandbox's store holds it."""
    if name.startswith("cf_"):
        return (record.get("custom_field") or {}).get(name, record.get(name))
    return record.get(name)


async def lay_out(session: Session, sandbox: SandboxProcess, seed: int) -> Mixed:
    """Some plans over contacts, accounts, deals and a custom module; which ones depends on the seed."""
    draw = Random(seed)
    mixed = Mixed()
    contacts, deals = alive(sandbox, "contacts"), alive(sandbox, "deals")
    draw.shuffle(contacts)
    draw.shuffle(deals)
    await _stage(session, sandbox, mixed, draw, contacts[:30], deals[:12])
    review = await session.edits.review()
    # as after a kill right behind the start: a plan of staged edits that nobody started does not outlive its process
    session.drafts.taken(await session.journal.db.write(lambda c: saving.begin(c, review.id)))
    mixed.plans.append(review.id)
    gone = SelectedRecords.of_ids("deals", deals[12 : 12 + draw.choice((1, 9))])
    mixed.plans.append((await session.edits.delete(gone)).id)
    back = contacts[30 : 30 + draw.choice((1, 5))]
    for record in back:
        sandbox.delete("contacts", record)
    mixed.plans.append((await session.edits.restore(SelectedRecords.of_ids("contacts", back))).id)
    many = SelectedRecords.of_ids("contacts", contacts[40 : 40 + draw.choice((3, 60))])
    changes = [
        FieldChange("city", "set", f"City {seed}", kind=Kind.TEXT),
        FieldChange("job_title", "append", " II", kind=Kind.TEXT),
    ]
    mixed.plans.append((await session.edits.set_fields(many, changes)).id)
    custom = next(spec.key for spec in session.modules.all() if spec.custom)
    some = SelectedRecords.of_ids(custom, alive(sandbox, custom)[: draw.choice((2, 6))])
    named = FieldChange("name", "set", f"Renamed {seed}", kind=Kind.TEXT)
    mixed.plans.append((await session.edits.set_fields(some, [named])).id)
    return mixed


async def _stage(
    session: Session, sandbox: SandboxProcess, mixed: Mixed, draw: Random, contacts: list[int], deals: list[int]
) -> None:
    edits = []
    for record in contacts[: draw.choice((2, 4, 12, 30))]:
        there = sandbox.record("contacts", record)
        for name in draw.sample(("city", "job_title", "state"), k=draw.choice((1, 2, 3))):
            edits.append(
                Staged(
                    "contacts", record, name, f"{name} {draw.random()}", normal(Kind.TEXT, there.get(name)), Kind.TEXT
                )
            )
    for record in deals[: draw.choice((1, 3, 8))]:
        there = sandbox.record("deals", record)
        before = normal(Kind.MONEY, there.get("amount"))
        edits.append(Staged("deals", record, "amount", str(draw.randrange(1, 10**6)), before, Kind.MONEY))
    product = alive(sandbox, "products")[0]
    edits.append(Staged("deals", deals[9], f"products:{product}", {"quantity": 3}, None, Kind.LINE))
    session.drafts.stage(edits)
    kinds = {"name": Kind.TEXT, "amount": Kind.MONEY, "sales_account_id": Kind.LOOKUP}
    for _ in range(draw.choice((1, 2))):
        mark = _mark(mixed, draw, "sales_accounts")
        account = session.drafts.stage_new("sales_accounts", {"name": mark}, kinds={"name": Kind.TEXT})
        values = {"name": _mark(mixed, draw, "deals"), "amount": "10", "sales_account_id": {"$local": account}}
        session.drafts.stage_new("deals", values, kinds=kinds)
    for _ in range(draw.choice((1, 4))):
        mark = _mark(mixed, draw, "contacts")
        values = {"last_name": mark, "mobile_number": str(draw.randrange(10**9, 10**10))}
        session.drafts.stage_new("contacts", values, kinds={"last_name": Kind.TEXT, "mobile_number": Kind.PHONE})
    mark = _mark(mixed, draw, "deals")
    session.drafts.stage_new("deals", {"name": mark}, kinds={"name": Kind.TEXT}, clone_of=deals[10])


def _mark(mixed: Mixed, draw: Random, module: str) -> str:
    mark = f"Mark {draw.getrandbits(60):x}"
    mixed.marks[mark] = module
    return mark


async def check(session: Session, sandbox: SandboxProcess, mixed: Mixed) -> None:
    """Every row has an outcome, they sum, the sandbox holds what each says, and nothing was made twice."""
    counts = Counter(
        str(record.get(name)) for module, name in _NAMES.items() for record in sandbox.records(module, name).values()
    )
    for mark in mixed.marks:
        assert counts[mark] <= 1, (mark, counts[mark])
    for plan_id in mixed.plans:
        plan = await session.jobs.get(plan_id)
        summary: Summary = await plan.summary()
        assert summary.state.ended, summary
        assert summary.counts["pending"] == 0
        assert sum(summary.counts.values()) == summary.records
        for row in await plan.rows(0, summary.records + 1):
            _check_row(session, sandbox, row, counts)


def _check_row(session: Session, sandbox: SandboxProcess, row: PlanRow, counts: Counter[str]) -> None:
    assert row.outcome is not None, row
    if row.op in (Op.CREATE, Op.CLONE):
        made = counts[str((row.after or {}).get(_NAMES[row.module]))]
        if row.outcome is Outcome.CHANGED:
            assert made == 1 and row.result_id is not None, row
            assert raw(sandbox.record(row.module, row.result_id), _NAMES[row.module]) == row.after[_NAMES[row.module]]
        elif row.outcome is Outcome.UNSETTLED:
            assert row.result_id is None and (made == 0 or row.candidates), row
        else:
            assert made == 0, row
        return
    record = sandbox.record(row.module, row.record_id or 0)
    if row.field == "is_deleted":
        holds = canonical(bool(record.get("is_deleted")))
    elif ":" in row.field:
        lines = {str(line.get("product_id", line.get("id"))): line for line in record.get("products") or ()}
        holds = canonical(row.after if row.field.partition(":")[2] in lines else None)
    else:
        holds = compared(row.kind, raw(record, row.field))
    if row.outcome in DONE:
        assert holds == canonical(row.after), (row, holds)
    elif row.outcome in UNDONE:
        assert holds == canonical(row.before), (row, holds)
    else:
        assert row.outcome is Outcome.UNSETTLED and holds in (canonical(row.before), canonical(row.after)), (row, holds)
