"""Lays a plan's rows out in steps, each module in its own way, and says what that costs in requests."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable
from typing import Any

from crmdesk.crm.kinds import Kind
from crmdesk.crm.modules import Can, ModuleSpec, OwnerWay
from crmdesk.crm.relations import RELATIONS
from crmdesk.crm.requests import MOST_IN_BULK
from crmdesk.store import journal as book
from crmdesk.store import rows, steps
from crmdesk.store.words import JobState, Op, Way

QUESTIONS_A_JOB = 1.2
BULK_FROM = 5  # records: fewer go one by one, because each answer then shows the record as it is
LAST_PHASE = 9
NOBODY = "after='null'"
PLAIN = "op='set' AND instr(field, ':')=0"
RELATED = "op='set' AND instr(field, ':')>0"
PREFIX = "substr(field, 1, instr(field, ':') - 1)"
REFERS = "after LIKE '%\"$local\":%'"  # inside a text the quotes would be escaped
_SINGLY = (Kind.EMAILS, Kind.PHONES, Kind.TAGS, Kind.LINE, Kind.RAW)  # kinds that go one record a request
_SAME_FIELDS = (
    "(SELECT json_group_object(field, json(after)) FROM (SELECT field, after FROM changes x WHERE x.job=changes.job"
    " AND x.module=changes.module AND x.record=changes.record AND x.outcome IS NULL AND x.op='set'"
    " AND x.after IS NOT NULL AND x.theirs IS NULL AND instr(x.field, ':')=0 ORDER BY field))"
)

_WAYS = {
    Way.BULK_ASSIGN: "in bulk, 100 a request",
    Way.BULK_UPSERT: "background jobs of 100",
    Way.QUEUED_ASSIGN: "in bulk, 100 a request, read back one by one",
    Way.PUT: "one request each",
    Way.BULK_UPDATE: "in bulk, 100 a request, read back one by one",
    Way.RELATE: "the whole set of each record",
    Way.CREATE: "created one by one",
    Way.BULK_CREATE: "created in background jobs of 100",
    Way.UPSERT: "created or found, one by one",
    Way.CLONE: "cloned one by one",
    Way.CALL: "one request each",
    Way.DELETE: "deleted one by one",
    Way.BULK_DELETE: "deleted in bulk, 100 a request",
    Way.RESTORE: "restored one by one",
    Way.BULK_RESTORE: "restored in bulk, 100 a request",
    Way.FORGET: "forgotten one by one",
}


def lay_out(c: sqlite3.Connection, job: int, spec_of: Callable[[str], ModuleSpec]) -> None:
    """Gives every row that is still to be done its step, writes down the costs, and calls the plan planned."""
    c.execute("DELETE FROM steps WHERE job=?", (job,))
    c.execute("DELETE FROM costs WHERE job=?", (job,))
    c.execute("UPDATE changes SET step=NULL WHERE job=?", (job,))
    write = follow = 0
    for module in rows.modules(c, job):
        spec = spec_of(module)
        made, asked = _module(c, job, spec)
        count = c.execute(
            "SELECT count(DISTINCT coalesce(record, -seq)) FROM changes WHERE job=? AND module=? AND outcome IS NULL",
            (job, module),
        ).fetchone()[0]
        read = book.job_row(c, job).scope.get(module, {}).get("read", 0)
        c.execute(
            "INSERT INTO costs VALUES(?,?,?,?,?,?,?)", (job, module, count, read, made, asked, _how(c, job, spec))
        )
        write, follow = write + made, follow + asked
    read_sent = book.requests_of(c, job).get("read", (0, 0))[1]
    book.plan_requests(c, job, {"read": read_sent, "write": write, "follow": follow})
    book.set_state(c, job, JobState.PLANNED)


def _how(c: sqlite3.Connection, job: int, spec: ModuleSpec) -> str:
    """The ways that a module's steps take; its usual one where nothing is left to do."""
    ways = c.execute("SELECT way FROM steps WHERE job=? AND module=? GROUP BY way ORDER BY min(no)", (job, spec.key))
    return "; ".join(_WAYS[Way(row["way"])] for row in ways) or _WAYS[Way(spec.owner_way.value)]


def _module(c: sqlite3.Connection, job: int, spec: ModuleSpec) -> tuple[int, int]:
    """Requests to write and to follow."""
    ops = {row[0] for row in c.execute(f"SELECT DISTINCT op FROM changes WHERE {steps.OPEN}", (job, spec.key))}
    parts: list[tuple[int, int]] = []
    if ops & {Op.CREATE, Op.CLONE}:
        parts.append(_referring(c, job, spec))
    if Op.CREATE in ops:
        parts.append(_creations(c, job, spec))
    for op, way in ((Op.CLONE, Way.CLONE), (Op.CALL, Way.CALL), (Op.FORGET, Way.FORGET)):
        if op in ops:
            parts.append((steps.lay_out(c, job, spec.key, way, size=1, only=f"op='{op}'"), 0))
    if Op.DELETE in ops:
        parts.append(_many(c, job, spec, Op.DELETE, Way.DELETE, Way.BULK_DELETE, spec.bulk_delete_path))
    if Op.RESTORE in ops:
        parts.append(_many(c, job, spec, Op.RESTORE, Way.RESTORE, Way.BULK_RESTORE, spec.bulk_restore_path))
    if Op.SET in ops:
        parts += [_sets(c, job, spec), _fields(c, job, spec)]
    return sum(made for made, _ in parts), sum(asked for _, asked in parts)


def _sets(c: sqlite3.Connection, job: int, spec: ModuleSpec) -> tuple[int, int]:
    """Lines of sets: one that is replaced is read and written whole; the members of a list go 100 a request."""
    portion = f"CASE {PREFIX} WHEN 'members' THEN seq / {MOST_IN_BULK} ELSE 0 END"
    target = f"json_array({PREFIX}, {portion})"
    made = steps.lay_out(c, job, spec.key, Way.RELATE, size=1, by_target=target, only=RELATED)
    replaced = ",".join(_quoted(relation.prefix) for relation in RELATIONS if relation.replaces_all)
    read = c.execute(
        "SELECT count(*) FROM steps WHERE job=? AND module=? AND way=?"
        f" AND json_extract(target, '$[0]') IN ({replaced})",
        (job, spec.key, Way.RELATE),
    ).fetchone()[0]
    return made, int(read)


def _referring(c: sqlite3.Connection, job: int, spec: ModuleSpec) -> tuple[int, int]:
    """Records that refer to others which are yet to be made: in a phase behind all that they refer to."""
    made = 0
    by_phase: dict[tuple[int, Op], list[int]] = {}
    for (seq, op), depth in _depths(c, job, spec.key).items():
        if depth:
            by_phase.setdefault((depth, op), []).append(seq)
    for (depth, op), seqs in by_phase.items():
        only = f"seq IN ({','.join(map(str, seqs))})"
        way = Way.CLONE if op is Op.CLONE else Way.CREATE
        made += steps.lay_out(c, job, spec.key, way, size=1, only=only, phase=depth)
    return made, 0


def _creations(c: sqlite3.Connection, job: int, spec: ModuleSpec) -> tuple[int, int]:
    made = follow = 0
    keyed = "op='create' AND key IS NOT NULL"
    if spec.bulk_upsert_path is not None and _count(c, job, spec, keyed) > 1:
        jobs = steps.lay_out(
            c, job, spec.key, Way.BULK_CREATE, size=MOST_IN_BULK, by_target="json_quote(key)", only=keyed
        )
        made, follow = made + jobs, math.ceil(jobs * QUESTIONS_A_JOB)
    if Can.UPSERT in spec.can:
        made += steps.lay_out(c, job, spec.key, Way.UPSERT, size=1, only=keyed)
    return made + steps.lay_out(c, job, spec.key, Way.CREATE, size=1, only="op='create'"), follow


def _depths(c: sqlite3.Connection, job: int, module: str) -> dict[tuple[int, Op], int]:
    """By seq and operation, the phase of creations that refer to others of the same plan."""
    found = c.execute(
        f"SELECT seq, module, op, local, after FROM changes WHERE job=? AND op IN ('create', 'clone') AND {REFERS}",
        (job,),
    ).fetchall()
    needs = {row["local"]: set(local_names(json.loads(row["after"]))) for row in found}

    def depth(local: str, above: frozenset[str]) -> int:
        deeper = [depth(name, above | {local}) for name in needs.get(local, ()) if name not in above]
        return 1 + max(deeper) if deeper else 0

    return {
        (row["seq"], Op(row["op"])): min(depth(row["local"], frozenset({row["local"]})), LAST_PHASE - 1)
        for row in found
        if row["module"] == module
    }


def local_names(value: Any) -> list[str]:
    """The local references inside a value."""
    if isinstance(value, dict):
        if set(value) == {"$local"}:
            return [str(value["$local"])]
        return [name for inner in value.values() for name in local_names(inner)]
    return [name for inner in value for name in local_names(inner)] if isinstance(value, list) else []


def _many(
    c: sqlite3.Connection, job: int, spec: ModuleSpec, op: Op, single: Way, bulk: Way, path: str | None
) -> tuple[int, int]:
    """Deletes or restores: in bulk where there is more than one record and the API can."""
    only = f"op='{op}'"
    count = _count(c, job, spec, only)
    if path is None or count < 2:
        return steps.lay_out(c, job, spec.key, single, size=1, by_target="json_quote(key)", only=only), 0
    made = steps.lay_out(c, job, spec.key, bulk, size=MOST_IN_BULK, by_target="json_quote(key)", only=only)
    return made, made if spec.view_path is not None else count


def _fields(c: sqlite3.Connection, job: int, spec: ModuleSpec) -> tuple[int, int]:
    if not _count(c, job, spec, f"{PLAIN} AND field!='owner_id'"):
        return _owners(c, job, spec)
    made = steps.lay_out(c, job, spec.key, Way.PUT, size=1, only=f"{PLAIN} AND {REFERS}", phase=LAST_PHASE)
    count = c.execute(
        f"SELECT count(DISTINCT record) FROM changes WHERE {steps.OPEN} AND {PLAIN}", (job, spec.key)
    ).fetchone()[0]
    singly = ",".join(_quoted(kind) for kind in _SINGLY)
    bulky = (
        f"{PLAIN} AND record NOT IN (SELECT record FROM changes x"
        f" WHERE x.job={int(job)} AND x.module={_quoted(spec.key)} AND x.outcome IS NULL"
        f" AND x.record IS NOT NULL AND x.field!='owner_id' AND x.kind IN ({singly}))"
    )
    follow = 0
    if spec.bulk_upsert_path is not None and count >= BULK_FROM:
        jobs = steps.lay_out(c, job, spec.key, Way.BULK_UPSERT, size=MOST_IN_BULK, only=bulky)
        made, follow = made + jobs, math.ceil(jobs * QUESTIONS_A_JOB)
    elif spec.bulk_update_path is not None and count >= BULK_FROM:
        made += steps.lay_out(c, job, spec.key, Way.BULK_UPDATE, size=MOST_IN_BULK, by_target=_SAME_FIELDS, only=bulky)
        follow = c.execute(
            "SELECT count(DISTINCT record) FROM changes WHERE job=? AND module=? AND step IS NOT NULL", (job, spec.key)
        ).fetchone()[0]
    return made + steps.lay_out(c, job, spec.key, Way.PUT, size=1, only=PLAIN), follow


def _owners(c: sqlite3.Connection, job: int, spec: ModuleSpec) -> tuple[int, int]:
    """Only owners change: each module has a way of its own for that."""
    key, bulk = spec.key, MOST_IN_BULK
    if spec.owner_way is OwnerWay.PUT:
        return steps.lay_out(c, job, key, Way.PUT, size=1, only=PLAIN), 0
    if spec.owner_way is OwnerWay.BULK_UPSERT:
        made = steps.lay_out(c, job, key, Way.BULK_UPSERT, size=bulk, only=PLAIN)
        return made, math.ceil(made * QUESTIONS_A_JOB)
    way = Way.BULK_ASSIGN if spec.owner_way is OwnerWay.BULK_ASSIGN else Way.QUEUED_ASSIGN
    # no documented bulk assignment takes "nobody"
    made = steps.lay_out(c, job, key, way, size=bulk, by_target="after", only=f"{PLAIN} AND NOT ({NOBODY})")
    follow = 0
    if way is Way.QUEUED_ASSIGN:
        follow = c.execute(
            f"SELECT count(*) FROM changes WHERE job=? AND module=? AND step IS NOT NULL AND {PLAIN}", (job, key)
        ).fetchone()[0]
    if spec.bulk_upsert_path is not None:
        jobs = steps.lay_out(c, job, key, Way.BULK_UPSERT, size=bulk, only=PLAIN)
        return made + jobs, follow + math.ceil(jobs * QUESTIONS_A_JOB)
    return made + steps.lay_out(c, job, key, Way.PUT, size=1, only=PLAIN), follow


def _quoted(text: str) -> str:
    """As a literal of SQL: a subquery that names nothing of its surroundings is run once, not for every row."""
    return "'" + text.replace("'", "''") + "'"


def _count(c: sqlite3.Connection, job: int, spec: ModuleSpec, only: str) -> int:
    found = c.execute(f"SELECT count(*) FROM changes WHERE {steps.OPEN} AND ({only})", (job, spec.key))
    return int(found.fetchone()[0])
