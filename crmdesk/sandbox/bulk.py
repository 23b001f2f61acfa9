"""Background work: bulk upserts that are followed through `job_statuses`, and queued owner assignments.

A job is a row in the file, applied in one transaction at its end, so one whose answer was lost lands late and
one that was under way when the process ended goes on at the next start.
"""

from __future__ import annotations

import asyncio
import json
import math
import secrets
from collections.abc import Callable
from random import Random
from typing import Any

from crmdesk.sandbox import rules, times
from crmdesk.sandbox.answers import Refused, Wrong
from crmdesk.sandbox.modules import Body, Module
from crmdesk.sandbox.options import Faults, SandboxOptions
from crmdesk.sandbox.store import Record, Store, dumps
from crmdesk.sandbox.unique import duplicates, found, one_unique, unique_names
from crmdesk.sandbox.write import Writer

AT_ONCE = 10
MOST = 100
REQUIRED_FIELD = "cf_contract_number"
_BUSY = "Maximum of 10 concurrent in-progress bulk upsert jobs can be made from an account"


class Failure(Exception):
    """Why one record of a job failed."""


class Jobs:
    """The background jobs of an account."""

    def __init__(self, store: Store, options: SandboxOptions, writer: Writer) -> None:
        self.store = store
        self.options = options
        self.writer = writer
        self.faults = options.first_faults
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self.works: dict[str, Callable[[Body, Body], None]] = {}
        self.draw_from(options.first_faults)

    def draw_from(self, faults: Faults) -> None:
        """Other faults from now on, drawn anew from the seed."""
        self.faults = faults
        self._random = Random(f"jobs {self.options.seed}")

    def resume(self) -> None:
        """Go on with what was under way when the process ended."""
        for job_id, due in self.store.db.execute("SELECT id, due_ms FROM jobs WHERE status = 'IN_PROGRESS'"):
            self._schedule(job_id, due)

    def stop(self) -> None:
        """Forget the timers; the jobs stay in the file."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def start_upsert(self, module: Module, body: Body, user: Body) -> str:
        """Accept a bulk upsert and give its id; Wrong where the request is, 429 for one too many."""
        entries = body.get(module.many)
        if not isinstance(entries, list) or not entries:
            raise Wrong(f"{module.many} must be a list of at least one record")
        if len(entries) > MOST:
            raise Wrong(f"Maximum of {MOST} entities can be created or updated using a single bulk API request")
        for entry in entries:
            _unique_of(self.store, module, entry)
        busy = self.store.db.execute(
            "SELECT COUNT(*) FROM jobs WHERE status = 'IN_PROGRESS' AND kind = 'upsert'"
        ).fetchone()[0]
        if busy >= AT_ONCE:
            raise Refused(429, _BUSY)
        return self._start("upsert", {"module": module.name, "entries": entries}, user)

    def start_assign(self, module: Module, ids: list[int], owner: int | None, user: Body) -> None:
        """Queue an owner assignment."""
        self._start("assign", {"module": module.name, "ids": ids, "owner_id": owner}, user)

    def queue(self, kind: str, payload: Body, user: Body) -> None:
        """Queue a call of one of the `works`; the payload names its module, and records under `ids`."""
        self._start(kind, payload, user)

    def _start(self, kind: str, payload: Body, user: Body) -> str:
        job_id = secrets.token_hex(12)
        now = times.now_ms()
        median, sigma = self.options.job_time
        seconds = median * math.exp(self._random.gauss(0, sigma)) if median else 0.0
        for late, share in self.faults.job_late:
            if self._random.random() < share:
                seconds += late
        if kind == "upsert":
            payload["fate"] = self._fate()
        due = now + int(seconds * 1000)
        self.store.db.execute(
            "INSERT INTO jobs VALUES (?, ?, 'IN_PROGRESS', ?, ?, NULL, ?, ?, NULL)",
            (job_id, kind, now, due, user["id"], dumps(payload)),
        )
        self._schedule(job_id, due)
        return job_id

    def _fate(self) -> str:
        if self._random.random() < self.faults.job_failed:
            return "failed"
        return "miscount" if self._random.random() < self.faults.job_miscount else "well"

    def _schedule(self, job_id: str, due_ms: int) -> None:
        loop = asyncio.get_running_loop()
        delay = max(0.0, (due_ms - times.now_ms()) / 1000)
        self._timers[job_id] = loop.call_later(delay, self._finish, job_id)

    def _finish(self, job_id: str) -> None:
        self._timers.pop(job_id, None)
        row = self.store.db.execute("SELECT kind, payload, user_id FROM jobs WHERE id = ?", (job_id,)).fetchone()
        if row is None:
            return
        kind, payload, user_id = row[0], json.loads(row[1]), row[2]
        user = self.store.choice("users", user_id) or {"id": user_id, "_admin": True}
        module = self.store.modules[payload["module"]]
        status, result = "SUCCESS", None
        with self.store.transaction():
            if kind == "assign":
                for record_id in payload["ids"]:
                    self.assign(module, record_id, payload["owner_id"], user)
            elif kind in self.works:
                self.works[kind](payload, user)
            else:
                status, result = self._upsert_all(module, payload, user)
            self.store.db.execute(
                "UPDATE jobs SET status = ?, ended_ms = ?, result = ? WHERE id = ?",
                (status, times.now_ms(), dumps(result), job_id),
            )

    def assign(self, module: Module, record_id: int, owner: int | None, user: Body) -> bool:
        """Give one record to an owner; False where that can't be."""
        record = self.store.get(module.name, record_id)
        if record is None or record["is_deleted"] or not rules.may_see(user, record):
            return False
        try:
            self.writer.update(module, record, {"owner_id": owner}, user)
        except Wrong:
            return False
        return True

    # -- upserts ------------------------------------------------------------------------------------------

    def _upsert_all(self, module: Module, payload: Body, user: Body) -> tuple[str, Body]:
        entries = payload["entries"]
        fate = payload["fate"]
        # A failed job may have done a part of its work: the client has to read the records back.
        tried = entries[: len(entries) // 2] if fate == "failed" else entries
        report = []
        for entry in tried:
            unique, value = _unique_of(self.store, module, entry)
            try:
                self._upsert(module, unique, value, entry["data"], user)
            except Failure as failure:
                report.append({unique: value, "error_message": list(failure.args)})
        if fate == "failed":
            counts = {"succeeded": 0, "failed": len(entries)}
            return "FAILED", {"record_status": counts, "detailed_failure_report": []}
        counts = {"succeeded": len(entries) - len(report), "failed": len(report)}
        if fate == "miscount":
            if report:
                report = [{"error_message": item["error_message"]} for item in report]
            else:
                counts = {"succeeded": len(entries) - 1, "failed": 1}
        return "SUCCESS", {"record_status": counts, "detailed_failure_report": report}

    def _upsert(self, module: Module, unique: str, value: Any, data: Body, user: Body) -> None:
        record = self._found(module, unique, value)
        try:
            if record is None:
                self.writer.create(module, {unique: value, **data}, user, upsert=True)
                return
            if not rules.may_see(user, record):
                raise Failure("Access Denied")
            changed = self.writer.checked(module, record, data)
        except Wrong as wrong:
            raise Failure(*wrong.messages) from None
        self._require(module, changed)
        changed["updater_id"] = user["id"]
        self.writer.save(module, record, changed)

    def _require(self, module: Module, changed: Record) -> None:
        blank_email = self.options.require_email and module.name == "contacts" and not changed.get("email")
        own = changed.get("custom_field") or {}
        blank_field = self.options.required_field and module.name == "deals" and not own.get(REQUIRED_FIELD)
        if blank_email or blank_field:
            raise Failure("Required Field Value missing")

    def _found(self, module: Module, unique: str, value: Any) -> Record | None:
        ids = found(self.writer, module, unique, value)
        if not ids and unique == "id":
            raise Failure(f"{module.model} not found with id {value}")
        if len(ids) > 1:
            raise Failure(duplicates(module, unique, ids))
        return self.store.get(module.name, ids[0]) if ids else None

    # -- what is told -------------------------------------------------------------------------------------

    def status(self, job_id: str) -> Body | None:
        """The documented body of `job_statuses/[id]`; None for an unknown one."""
        row = self.store.db.execute(
            "SELECT status, created_ms, due_ms, ended_ms, result FROM jobs WHERE id = ? AND kind = 'upsert'", (job_id,)
        ).fetchone()
        if row is None:
            return None
        status, created, due, ended, result = row
        now = times.now_ms()
        share = min(99, int(100 * (now - created) / max(1, due - created)))
        return {
            "status": status,
            "job_type_name": "BULK_UPSERT",
            "created_at": times.printed(created, True),
            "status_updated_at": times.printed(ended or created, True),
            "progress": 100 if ended else share,
            "data": json.loads(result)
            if result
            else {"record_status": {"succeeded": 0, "failed": 0}, "detailed_failure_report": []},
        }

    def listed(self) -> list[Body]:
        """All jobs, oldest first."""
        rows = self.store.db.execute("SELECT id, kind, status, created_ms, payload FROM jobs ORDER BY created_ms, id")
        found = []
        for job_id, kind, status, created, text in rows:
            payload = json.loads(text)
            found.append(
                {
                    "id": job_id,
                    "kind": kind,
                    "module": payload["module"],
                    "status": status,
                    "created_at": times.printed(created, True),
                    "records": len(payload.get("entries") or payload.get("ids") or ()),
                }
            )
        return found


def _unique_of(store: Store, module: Module, entry: Any) -> tuple[str, Any]:
    if not isinstance(entry, dict) or not isinstance(entry.get("data"), dict):
        raise Wrong("Each record needs exactly one unique identifier, and data")
    return one_unique({key: value for key, value in entry.items() if key != "data"}, unique_names(store, module))
