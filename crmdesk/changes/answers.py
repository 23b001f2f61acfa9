"""What an answer of the CRM means for each record of a step."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crmdesk.changes.reader import canonical, compared, field_value
from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.requests import BulkAnswer, JobStatus, Record
from crmdesk.crm.values import NotLoaded, whole
from crmdesk.store.rows import StepChange

_NO_REASON = "refused by the CRM without a reason (usually: the new owner is inactive, or the record is gone)"
_COUNT = re.compile(r"\s*([\d,]+)\b(?!.*\bqueue)", re.IGNORECASE)
_BLANK = re.compile(r"required|mandatory|missing|blank|empty", re.IGNORECASE)


@dataclass
class Verdict:
    """Rows of a step by what became of them (their seq). `results`: the ids of records that were made.

    `existed`: what was found there already, although it was to be made; undo must not delete it.
    """

    done: list[int] = field(default_factory=list)
    already: list[int] = field(default_factory=list)
    skipped: dict[int, str] = field(default_factory=dict)
    results: dict[int, int] = field(default_factory=dict)
    existed: bool = False
    failed: dict[int, str] = field(default_factory=dict)
    one_by_one: list[int] = field(default_factory=list)
    read_back: list[int] = field(default_factory=list)


def of_per_id(answer: BulkAnswer, rows: Iterable[StepChange]) -> Verdict:
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
        if isinstance(now, NotLoaded) or compared(row.kind, now) == canonical(row.after):
            verdict.done.append(row.seq)
        else:
            verdict.failed[row.seq] = f"the CRM answered, but kept {compared(row.kind, now)}"
    return verdict


def of_creation(record: Record, row: StepChange) -> Verdict:
    """The record that was made; one without an id has to be looked for."""
    verdict = Verdict(done=[row.seq])
    if record.id > 0:
        verdict.results[row.seq] = record.id
    return verdict


def counts_all(message: str, asked: int) -> bool:
    """Whether a message such as "2 Properties deleted." tells that every record was done."""
    found = _COUNT.match(message)
    return found is not None and int(found.group(1).replace(",", "")) == asked


def of_background(status: JobStatus, rows: list[StepChange]) -> Verdict:
    """A background job's report. Where counts disagree, ids are missing or it says FAILED, rows are read back."""
    verdict = Verdict()
    items: dict[str, list[StepChange]] = {}
    for row in rows:
        items.setdefault(_named(row), []).append(row)
    named = _named_failures(status, items)
    sums = (status.succeeded, status.failed) == (len(items) - len(status.failures), len(status.failures))
    if status.state != "SUCCESS" or named is None or not sums:
        verdict.read_back = [row.seq for row in rows]
        return verdict
    for name, fields in items.items():
        seqs = [row.seq for row in fields]
        if name not in named:
            verdict.done += seqs
        elif _BLANK.search(named[name]) and fields[0].record:
            verdict.one_by_one += seqs
        else:
            verdict.failed |= dict.fromkeys(seqs, named[name])
    return verdict


def _named(row: StepChange) -> str:
    """How a failure names the row's item: by its id, or by the unique field of a creation."""
    if row.record:
        return str(row.record)
    value = (row.after or {}).get(row.key) if isinstance(row.after, dict) else None
    return str(unique_text(value)).strip().casefold()


def unique_text(value: Any) -> Any:
    """A unique field's value as an upsert names it: of several e-mails, the first."""
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("value", value.get("email"))
    return value


def _named_failures(status: JobStatus, items: Mapping[str, list[StepChange]]) -> dict[str, str] | None:
    """By item, why it failed; None where a failure names no item of the step, or two name the same."""
    named: dict[str, str] = {}
    for failure in status.failures:
        name = failure.value.strip().casefold()
        if failure.field == "id" and (record := whole(failure.value)) is not None:
            name = str(record)
        if name not in items or name in named:
            return None
        named[name] = "; ".join(failure.messages) or "the CRM gave no reason"
    return named
