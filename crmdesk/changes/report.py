"""The report of a job: every record with before, after, outcome, message and time, as CSV or JSON."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from crmdesk.changes.plan import Plan
from crmdesk.config.errors import InputError
from crmdesk.store.rows import PlanRow
from crmdesk.store.words import Op

COLUMNS = ("module", "id", "name", "operation", "field", "before", "after", "outcome", "message", "time")
_BATCH = 1000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def write_report(plan: Plan, path: Path, name_of: Callable[[str, Any], str]) -> int:
    """Writes all rows of a plan to `path`, by its suffix; how many. `name_of` a field's value, for people.

    The file appears whole or not at all. Raises InputError for another suffix or a place that can't be written to.
    """
    kind = path.suffix.lower()
    if kind not in (".csv", ".json"):
        raise InputError(f"A report is .csv or .json, not “{path.name}”.", remedy="Name the file so.")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        count = await (_csv if kind == ".csv" else _json)(plan, part, name_of)
        part.replace(path)
    except OSError as error:
        raise InputError(f"{path} can't be written: {error.strerror}.", remedy="Choose another place.") from error
    finally:
        part.unlink(missing_ok=True)
    return count


async def _csv(plan: Plan, path: Path, name_of: Callable[[str, Any], str]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, "before_id", "after_id"])
        async for row in _all(plan):
            writer.writerow([_harmless(cell) for cell in _cells(row, name_of)])
            count += 1
    return count


async def _json(plan: Plan, path: Path, name_of: Callable[[str, Any], str]) -> int:
    summary = dataclasses.asdict(await plan.summary())
    count = 0
    with path.open("w", encoding="utf-8") as file:
        head = json.dumps(summary, default=_plain, ensure_ascii=False, indent=1)
        file.write(f'{{"job": {head},\n"records": [')
        async for row in _all(plan):
            entry = dataclasses.asdict(row)
            if not entry.pop("before_known"):
                entry.pop("before")
            file.write((",\n" if count else "\n") + json.dumps(entry, ensure_ascii=False))
            count += 1
        file.write("\n]}\n")
    return count


async def _all(plan: Plan) -> AsyncIterator[PlanRow]:
    last = 0
    while rows := await plan.rows_after(last, _BATCH):
        for row in rows:
            yield row
        last = rows[-1].seq


def _cells(row: PlanRow, name_of: Callable[[str, Any], str]) -> list[Any]:
    before = name_of(row.field, row.before) if row.before_known else "(not loaded)"
    if row.op in (Op.CREATE, Op.CLONE, Op.CALL):
        before = ""
    return [
        row.module,
        row.record_id if row.result_id is None else row.result_id,
        row.label,
        row.op,
        row.field,
        before,
        name_of(row.field, row.after),
        row.outcome or "",
        row.message,
        row.settled_at or "",
        row.before,
        row.after,
    ]


def _harmless(cell: Any) -> Any:
    """A text that a spreadsheet would run as a formula is led by an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
