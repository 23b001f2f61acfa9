"""What each row of a file becomes in the journal: changes of the record that it names, a creation, or a reason."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crmdesk.changes.reader import canonical
from crmdesk.crm.kinds import Kind
from crmdesk.crm.modules import Can
from crmdesk.files.mapping import RECORD_ID
from crmdesk.planning.import_cells import RowReader, key_of
from crmdesk.planning.import_rows import FoundRecord, Line, told_cell
from crmdesk.planning.pages import SeenIds
from crmdesk.store import journal as book
from crmdesk.store import rows
from crmdesk.store.rows import NewRow
from crmdesk.store.words import Op, Outcome

LOCAL = "row:"


@dataclass
class Planned:
    """Rows for the journal, and those of them that can't be carried out, with the reason."""

    rows: list[NewRow] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)

    def write(self, c: sqlite3.Connection, job: int) -> None:
        """Puts them into the plan."""
        rows.add(c, job, self.rows)
        stamp = book.now_text()
        c.executemany(
            "UPDATE changes SET outcome=?, message=?, settled_at=? WHERE job=? AND local=? AND after IS NULL",
            [(Outcome.SKIPPED, why, stamp, job, local) for local, why in self.refused],
        )


class RowPlanner:
    """Plans the rows of one import, in the file's order."""

    def __init__(self, reader: RowReader) -> None:
        self._reader = reader
        self._spec = reader.spec
        self._taken = SeenIds()
        self._kinds = json.dumps({name: str(kind) for name, kind in reader.kinds.items()})
        bulky = Can.BULK_UPSERT in reader.spec.can or Can.UPSERT in reader.spec.can
        self._key = reader.match if bulky and reader.match in reader.spec.unique else None

    def plan(self, lines: Sequence[Line]) -> Planned:
        """The journal's rows for some rows of the file."""
        planned = Planned()
        for line in lines:
            why = line.why_bad or self._one(line, planned)
            if why:
                local = f"{LOCAL}{line.number}"
                planned.rows.append(
                    NewRow(self._spec.key, None, self._label(line), "", None, op=Op.CREATE, local=local)
                )
                planned.refused.append((local, why))
        return planned

    def _one(self, line: Line, planned: Planned) -> str:
        """Plans one row; why not, if it can't."""
        spec, how = self._spec, self._reader.options.how
        if self._reader.match == RECORD_ID and line.record is not None:
            return self._change(line, FoundRecord(line.record, self._label(line), None, {}), planned)
        if len(line.found) > 1:
            ids = ", ".join(str(found.record) for found in line.found[:5])
            return f"names {len(line.found)} {spec.plural.lower()}: {ids}"
        if not line.found:
            if how == "update":
                return f"no {spec.singular.lower()} is found by it"
            return self._create(line, planned)
        if how == "create":
            return f"exists already: {spec.singular} {line.found[0].record}"
        return self._change(line, line.found[0], planned)

    def _create(self, line: Line, planned: Planned) -> str:
        values = {name: value for name, value in line.values.items() if value is not None}
        problems = self._reader.problems(line.number, values, {}, creating=True)
        if problems:
            return "; ".join(told_cell(problem) for problem in problems)
        planned.rows.append(
            NewRow(
                self._spec.key,
                None,
                self._label(line),
                "",
                None,
                canonical(values),
                op=Op.CREATE,
                kind=self._kinds,
                key=self._key if self._key in values else None,
                local=f"{LOCAL}{line.number}",
            )
        )
        return ""

    def _change(self, line: Line, found: FoundRecord, planned: Planned) -> str:
        if not self._taken.add(found.record):
            return f"an earlier row changes {self._spec.singular} {found.record} already"
        known = {name: value for name, value in found.before.items() if name != "email"}
        changed = {name: value for name, value in line.values.items() if self._differs(name, value, found)}
        problems = self._reader.problems(line.number, changed, known, creating=False) if found.before else []
        if problems:
            return "; ".join(told_cell(problem) for problem in problems)
        if not changed:
            self._nothing(line, found, planned)
        for name, value in changed.items():
            before = canonical(known[name]) if name in known else None
            planned.rows.append(self._row(line, found, name, before, canonical(value)))
        return ""

    def _differs(self, name: str, value: Any, found: FoundRecord) -> bool:
        """Whether a field has to be changed, or read to know."""
        if name == self._reader.match:
            return False
        if name == "emails" and name not in found.before and isinstance(value, list) and len(value) == 1:
            return key_of(value) != key_of(found.before.get("email"))
        if name not in found.before:
            return True
        if self._reader.options.only_fill_blanks and found.before[name] is not None:
            return False
        return bool(canonical(found.before[name]) != canonical(value))

    def _nothing(self, line: Line, found: FoundRecord, planned: Planned) -> None:
        """A record that needs no change is told as such, under one of its fields."""
        name = next((name for name in line.values if name != self._reader.match), self._reader.match)
        value = canonical(line.values.get(name))
        planned.rows.append(self._row(line, found, name, value, value))

    def _row(self, line: Line, found: FoundRecord, name: str, before: str | None, after: str) -> NewRow:
        return NewRow(
            self._spec.key,
            found.record,
            found.label,
            name,
            before,
            after,
            found.updated,
            kind=str(self._reader.kinds.get(name, Kind.RAW)),
            local=f"{LOCAL}{line.number}",
        )

    def _label(self, line: Line) -> str:
        values: Mapping[str, Any] = line.values
        if any(values.get(name) for name in (*self._spec.label_fields, "first_name", "last_name")):
            return self._spec.label(values)[:200]
        return f"row {line.number:,}"


def decide(c: sqlite3.Connection, job: int, *, active: frozenset[int], only_blanks: bool) -> None:
    """Rows that have nothing to do are done; records are given to `active` users only."""
    stamp = book.now_text()
    if only_blanks:
        c.execute(
            "UPDATE changes SET outcome=?, message='not blank: left as it is', settled_at=? WHERE job=? AND op=?"
            " AND outcome IS NULL AND before IS NOT NULL AND before!='null'",
            (Outcome.ALREADY_SO, stamp, job, Op.SET),
        )
    c.execute(
        "UPDATE changes SET outcome=?, message='has this value already', settled_at=? WHERE job=? AND op=?"
        " AND outcome IS NULL AND before=after",
        (Outcome.ALREADY_SO, stamp, job, Op.SET),
    )
    given = c.execute(
        "SELECT DISTINCT after FROM changes WHERE job=? AND op=? AND outcome IS NULL AND kind=?",
        (job, Op.SET, Kind.USER),
    ).fetchall()
    for (after,) in given:
        user = json.loads(after)
        if user is not None and user not in active:
            c.execute(
                "UPDATE changes SET outcome=?, message=?, settled_at=? WHERE job=? AND outcome IS NULL AND record IN"
                " (SELECT record FROM changes WHERE job=? AND op=? AND outcome IS NULL AND kind=? AND after=?)",
                (Outcome.SKIPPED, f"user {user} is not active or gone", stamp, job, job, Op.SET, Kind.USER, after),
            )


def done_rows(c: sqlite3.Connection, job: int) -> list[int]:
    """Rows of the file of which a started plan has changed something, or made their record, or may have."""
    found = c.execute(
        "SELECT DISTINCT substr(local, 5) FROM changes JOIN jobs ON jobs.id=changes.job WHERE job=?"
        " AND started_at IS NOT NULL AND local LIKE 'row:%' AND outcome IN (?, ?, ?)",
        (job, Outcome.CHANGED, Outcome.ALREADY_SO, Outcome.UNSETTLED),
    )
    return [int(row[0]) for row in found]
