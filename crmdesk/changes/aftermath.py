"""What a job has left behind: which records look different now, which are gone, and what was written to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crmdesk.store import rows
from crmdesk.store.words import Op, Outcome

MOST_NAMED = 200  # records of a module; more are not named one by one


@dataclass
class Touched:
    """Records of one module. `ids` is None for more than a few; `written` by record and field."""

    ids: set[int] | None = field(default_factory=set)
    removed: set[int] = field(default_factory=set)
    written: dict[int, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Aftermath:
    """Of one job that ended or rests."""

    modules: Mapping[str, Touched]
    forgotten: tuple[tuple[str, int], ...]


def aftermath(c: sqlite3.Connection, job_id: int) -> Aftermath:
    """Reads it from the journal."""
    modules: dict[str, Touched] = {}
    forgotten: list[tuple[str, int]] = []
    for module in rows.modules(c, job_id):
        touched = modules[module] = Touched()
        found = c.execute(
            "SELECT coalesce(result, record) AS id, op, field, after FROM changes WHERE job=? AND module=?"
            " AND outcome IN (?, ?) LIMIT ?",
            (job_id, module, Outcome.CHANGED, Outcome.REVERTED, MOST_NAMED * 10),
        ).fetchall()
        for row in found:
            _note(touched, row)
        gone = c.execute(
            "SELECT record FROM changes WHERE job=? AND module=? AND op='forget' AND record IS NOT NULL"
            " AND outcome IN (?, ?)",
            (job_id, module, Outcome.CHANGED, Outcome.ALREADY_SO),
        )
        forgotten += [(module, row["record"]) for row in gone]
        if len(found) == MOST_NAMED * 10 or touched.ids is None or len(touched.ids) > MOST_NAMED:
            touched.ids = None
    return Aftermath(modules, tuple(forgotten))


def _note(touched: Touched, row: sqlite3.Row) -> None:
    record = row["id"]
    if record is None:  # made in bulk: its id is not known
        touched.ids = None
        return
    if touched.ids is not None:
        touched.ids.add(record)
    written = touched.written.setdefault(record, {})
    if row["op"] in (Op.DELETE, Op.FORGET):
        touched.removed.add(record)
        written["is_deleted"] = True
    elif row["op"] in (Op.CREATE, Op.CLONE):
        made = rows.value(row["after"])
        written |= {name: value for name, value in made.items() if ":" not in name} if isinstance(made, dict) else {}
    elif row["op"] in (Op.SET, Op.RESTORE) and ":" not in row["field"]:
        written[row["field"]] = rows.value(row["after"])
