"""What an answer of the CRM means for each record of a step."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from crmdesk.changes.reader import canonical, field_value
from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.requests import BulkAnswer, JobStatus, Record
from crmdesk.crm.values import NotLoaded, whole
from crmdesk.store.rows import StepChange

_NO_REASON = "refused by the CRM without a reason (usually: the new owner is inactive, or the record is gone)"
_BLANK = re.compile(r"required|mandatory|missing|blank|empty", re.IGNORECASE)


@dataclass
class Verdict:
    """Rows of a step by what became of them (their seq). What is in none of these has to be read back."""

    done: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    one_by_one: list[int] = field(default_factory=list)
    read_back: list[int] = field(default_factory=list)


def of_bulk_assign(answer: BulkAnswer, rows: Iterable[StepChange]) -> Verdict:
    """An answer by id: true is done, false has failed; an id that it doesn't name is read back."""
    verdict = Verdict()
    told = answer.per_id or {}
    for row in rows:
        if row.record not in told:
            verdict.read_back.append(row.seq)
        elif told[row.record]:
            verdict.done.append(row.seq)
        else:
            verdict.failed[row.seq] = answer.message or _NO_REASON
    return verdict


def of_put(spec: ModuleSpec, record: Record, rows: Iterable[StepChange]) -> Verdict:
    """The record as it is now: a field that it shows with another value was not taken."""
    verdict = Verdict()
    for row in rows:
        now = field_value(spec, record.fields, row.field)
        if isinstance(now, NotLoaded) or canonical(now) == canonical(row.after):
            verdict.done.append(row.seq)
        else:
            verdict.failed[row.seq] = f"the CRM answered, but kept {canonical(now)}"
    return verdict


def of_background(status: JobStatus, rows: list[StepChange]) -> Verdict:
    """A background job's report. Where counts disagree, ids are missing or it says FAILED, rows are read back."""
    verdict = Verdict()
    records = {row.record: row for row in rows}
    named = _named_failures(status, records)
    sums = (status.succeeded, status.failed) == (len(records) - len(status.failures), len(status.failures))
    if status.state != "SUCCESS" or named is None or not sums:
        verdict.read_back = [row.seq for row in rows]
        return verdict
    for record, row in records.items():
        if record not in named:
            verdict.done.append(row.seq)
        elif _BLANK.search(named[record]):
            verdict.one_by_one.append(row.seq)
        else:
            verdict.failed[row.seq] = named[record]
    return verdict


def _named_failures(status: JobStatus, records: Mapping[int, StepChange]) -> dict[int, str] | None:
    """By record, why it failed; None where a failure names no record of the step, or two name the same."""
    named: dict[int, str] = {}
    for failure in status.failures:
        record = whole(failure.value) if failure.field == "id" else None
        if record is None or record not in records or record in named:
            return None
        named[record] = "; ".join(failure.messages) or "the CRM gave no reason"
    return named
