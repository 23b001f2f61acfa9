"""A plan before it runs, and a job's end, in lines for people and in keys for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from crmdesk.cli.output import counted, shortened, table
from crmdesk.config.times import local_zone, shown_clock, shown_length
from crmdesk.store.words import Op, Outcome

if TYPE_CHECKING:
    from crmdesk.changes.plan import LeftOut, ModuleCost, OwnerTally, Plan, Summary
    from crmdesk.cli.work import Work
    from crmdesk.crm.budget import BudgetState
    from crmdesk.planning.files import BadLine

_WORDS = {Outcome.ALREADY_SO: "already so", Outcome.NOT_ATTEMPTED: "not attempted"}
SIDE_EFFECTS = "The account's own workflows and e-mails may follow; they can't be taken back."


@dataclass(frozen=True)
class Shown:
    """All that is shown of a plan before it runs."""

    summary: Summary
    owners: Sequence[OwnerTally]
    costs: Sequence[ModuleCost]
    left_out: Sequence[LeftOut]
    seconds: float
    budget: BudgetState

    @property
    def to_send(self) -> int:
        """Requests that are still to be sent."""
        return sum(cost.write + cost.follow for cost in self.costs)

    @property
    def to_change(self) -> int:
        """Records that will be written."""
        return self.summary.counts.get("pending", 0)


async def look(work: Work, plan: Plan) -> Shown:
    """Reads a plan's figures from the journal."""
    budget = await work.session.budget.refresh()
    return Shown(
        await plan.summary(),
        await plan.owners(),
        await plan.modules(),
        await plan.left_out(),
        await plan.seconds_estimate(),
        budget,
    )


def show_plan(work: Work, shown: Shown) -> None:
    """The plan for a person."""
    out, summary = work.out, shown.summary
    out.show(f"{summary.title} — {work.account.name}{', production' if work.account.production else ''}")
    out.show(f"{amount(summary)}: {shown.to_change:,} to change" + _others(summary))
    if shown.owners:
        name_of = work.session.directory.owner_name
        # Who gains is in sight however many lose.
        owners, more = shortened(sorted(shown.owners, key=lambda one: (not one.gains, -one.gains, -one.loses)))
        lines = [(name_of(one.owner_id), one.now, one.loses, one.gains, one.then) for one in owners]
        out.show(table(("OWNER", "NOW", "LOSES", "GAINS", "THEN"), lines, numbers=range(1, 5)))
        if more:
            out.show(f"… and {more:,} more owners")
    if shown.costs:
        out.show(cost_table(shown.costs))
    for left in shown.left_out:
        out.show(f"Left out: {counted(left.records, 'record')} of {left.module}: {left.reason}")
    out.show(_cost(shown))
    if shown.to_change:
        out.show(SIDE_EFFECTS)
        if summary.ops != (Op.SET,):
            out.show(f"Undo: {summary.undo_note}.")
    if summary.kind == "handover":
        out.show("With a key that has no administrator's rights, only part of the records can be seen.")


def cost_table(costs: Sequence[ModuleCost]) -> str:
    """What each module takes, in requests, and how."""
    lines = [(cost.module, cost.records, cost.read, cost.write, cost.follow, cost.way) for cost in costs]
    return table(("MODULE", "RECORDS", "READ", "WRITE", "FOLLOW", "WAY"), lines, numbers=range(1, 5))


def amount(summary: Summary) -> str:
    """How much a plan is about: records, and changes where a record has several."""
    if summary.touched in (0, summary.records):
        return counted(summary.records, "record")
    return f"{counted(summary.records, 'change')} of {counted(summary.touched, 'record')}"


def _others(summary: Summary) -> str:
    named = [(outcome, summary.counts.get(outcome.value, 0)) for outcome in Outcome]
    return "".join(f", {count:,} {_WORDS.get(outcome, outcome.value)}" for outcome, count in named if count)


def _cost(shown: Shown) -> str:
    budget = shown.budget
    text = f"Requests: {shown.to_send:,} to send, {budget.usable:,} left for us in this hour (of {budget.limit:,})"
    fits = shown.to_send <= budget.usable
    hours = 0 if fits else -(-(shown.to_send - budget.usable) // max(1, budget.limit - budget.reserved))
    length = shown_length(shown.seconds) if fits else f"over {counted(hours, 'hour')}"
    return f"{text}; about {length}."


def plan_answer(work: Work, shown: Shown, bad: Sequence[BadLine]) -> dict[str, Any]:
    """The keys of --dry-run --json."""
    name_of = work.session.directory.owner_name
    summary, budget = shown.summary, shown.budget
    return {
        "dry_run": True,
        "title": summary.title,
        "records": summary.records,
        "to_change": shown.to_change,
        **outcome_counts(summary),
        "owners": [
            {
                "id": one.owner_id,
                "name": name_of(one.owner_id),
                "now": one.now,
                "loses": one.loses,
                "gains": one.gains,
                "then": one.then,
            }
            for one in shown.owners
        ],
        "modules": [asdict(cost) for cost in shown.costs],
        "left_out": [asdict(left) for left in shown.left_out],
        "requests": {
            "planned": summary.planned_requests,
            "sent": summary.sent_requests,
            "to_send": shown.to_send,
            "by_kind": summary.by_kind,
            "left": budget.usable,
            "limit": budget.limit,
            "renews_at": budget.renews_at,
        },
        "seconds": round(shown.seconds, 3),
        "bad_lines": [asdict(line) for line in bad],
    }


def outcome_counts(summary: Summary) -> dict[str, int]:
    """One count for each outcome."""
    return {outcome.value: summary.counts.get(outcome.value, 0) for outcome in Outcome}


def job_answer(summary: Summary, bad: Sequence[BadLine] = (), made: Sequence[int] = ()) -> dict[str, Any]:
    """The keys of a job that was run; `made`: the ids of records that it created."""
    answer: dict[str, Any] = {
        "job": summary.id,
        "title": summary.title,
        "kind": summary.kind,
        "state": summary.state.value,
        "records": summary.records,
        "touched": summary.touched,
        **outcome_counts(summary),
        "pending": summary.counts.get("pending", 0),
        "requests": {
            "planned": summary.planned_requests,
            "sent": summary.sent_requests,
            "by_kind": summary.by_kind,
        },
        "seconds": round(summary.seconds, 3),
        "resumable": summary.resumable,
        "undoable": summary.undoable,
        "note": summary.note,
    }
    if Op.CREATE in summary.ops or Op.CLONE in summary.ops:
        answer["created"] = list(made)
    if bad:
        answer["bad_lines"] = [asdict(line) for line in bad]
    return answer


def job_entry(summary: Summary) -> dict[str, Any]:
    """One job in a list."""
    return {
        "id": summary.id,
        "title": summary.title,
        "kind": summary.kind,
        "state": summary.state.value,
        "interrupted": summary.interrupted,
        "resumable": summary.resumable,
        "undoable": summary.undoable,
        "retryable": summary.retryable,
        "parent": summary.parent_id,
        "modules": list(summary.modules),
        "records": summary.records,
        "counts": summary.counts,
        "created_at": summary.created_at,
        "started_at": summary.started_at,
        "finished_at": summary.finished_at,
        "waiting_until": summary.waiting_until,
        "requests": {
            "planned": summary.planned_requests,
            "sent": summary.sent_requests,
            "by_kind": summary.by_kind,
        },
        "seconds": round(summary.seconds, 3),
        "note": summary.note,
    }


def state_text(summary: Summary) -> str:
    """A job's state in words."""
    state = summary.state.value.replace("_", " ")
    if summary.interrupted:
        state += ", interrupted"
    if summary.waiting_until is not None:
        state += f" until {shown_clock(summary.waiting_until, local_zone())}"
    return state


def end_text(summary: Summary) -> str:
    """The final line of a job."""
    pending = summary.counts.get("pending", 0)
    left = f", {pending:,} still to do" if pending else ""
    requests = counted(summary.sent_requests, "request")
    return (
        f"Job {summary.id} {state_text(summary)}: {amount(summary)}"
        f"{_others(summary)}{left}; {requests} in {shown_length(summary.seconds)}."
    )
