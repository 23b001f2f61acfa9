"""The rows of a file that failed, as a file of the same columns with the reason beside them: ready to be imported."""

from __future__ import annotations

import asyncio
from pathlib import Path

from crmdesk.changes.plan import Plan
from crmdesk.files.tables import Table
from crmdesk.files.writer import OutColumn, WriteOptions, format_of, open_writer
from crmdesk.store.words import Outcome

REASON = "Why it failed"
_FAILED = (Outcome.FAILED, Outcome.SKIPPED, Outcome.UNSETTLED, Outcome.NOT_ATTEMPTED)
_PAGE = 1000
_LOCAL = "row:"


async def write_failures(plan: Plan, table: Table, path: Path, *, format: str | None = None) -> int:
    """Writes the rows of `table` that `plan` did not carry out; how many. Raises FileTrouble.

    A row of several changes is written when any failed. A reason from an earlier import gives way to the new one.
    """
    reasons = await failed_rows(plan)
    return await asyncio.to_thread(_write, reasons, table, path, format or format_of(path))


async def failed_rows(plan: Plan) -> dict[int, str]:
    """By the row's number in the file, why it was not carried out."""
    found: dict[int, list[str]] = {}
    seq = 0
    while page := await plan.rows_after(seq, _PAGE):
        seq = page[-1].seq
        for row in page:
            if row.outcome in _FAILED and row.local is not None and row.local.startswith(_LOCAL):
                why = row.message or str(row.outcome).replace("_", " ")
                if row.outcome is Outcome.UNSETTLED:
                    why = f"look first whether it is there: {why}"
                reasons = found.setdefault(int(row.local.removeprefix(_LOCAL)), [])
                if why not in reasons:
                    reasons.append(why)
    return {number: "; ".join(reasons) for number, reasons in found.items()}


def _write(reasons: dict[int, str], table: Table, path: Path, format: str) -> int:
    kept = [column for column in table.columns if column.heading != REASON]
    columns = [*(OutColumn(column.key, column.heading) for column in kept), OutColumn(REASON, REASON, 40)]
    options = WriteOptions(table.separator or ",", bom=table.encoding in ("", "utf-8-sig", "utf-16"))
    with open_writer(path, format, columns, options) as writer:
        for row in table.rows():
            if row.number in reasons:
                cells = [row.cell(column.index) or "" for column in kept]
                writer.write([[*cells, reasons[row.number]]])
        return writer.rows
