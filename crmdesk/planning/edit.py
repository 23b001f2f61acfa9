"""Plans that change, make and remove records: what was staged, a field on many, creations, deletions.

Each reads what it needs to, compares it with what the person saw, and is laid out; nothing is sent before it is saved.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from crmdesk.changes import layout
from crmdesk.changes.drafts import Drafts, RecordKey
from crmdesk.changes.errors import NothingToDo, NotRunnable
from crmdesk.changes.jobs import Jobs
from crmdesk.changes.ledger import Ledger
from crmdesk.changes.plan import Plan
from crmdesk.changes.reader import FEW, Reader, canonical, compared, field_value
from crmdesk.config.errors import InputError
from crmdesk.crm.budget import Lane
from crmdesk.crm.client import CrmClient
from crmdesk.crm.kinds import Kind
from crmdesk.crm.modules import Can, Modules, ModuleSpec
from crmdesk.crm.values import NotLoaded
from crmdesk.planning.collect import Collecting, Collector, Make, Tallied, Views
from crmdesk.planning.intents import SelectedRecords, WholeView
from crmdesk.store import journal as book
from crmdesk.store import rows, staged, sweeps
from crmdesk.store.journal import Journal
from crmdesk.store.rows import NewRow
from crmdesk.store.words import FORGOTTEN, IS_DELETED, JobState, Op, Outcome

GOING_ALONG = "with_contacts_and_deals"
Records = SelectedRecords | WholeView
_BATCH = 1000


@dataclass(frozen=True)
class FieldChange:
    """What shall happen to a field of many records. `find` is replaced by `value`; values in normal form."""

    field: str
    how: Literal["set", "append", "replace", "clear"] = "set"
    value: Any = None
    find: str = ""
    kind: Kind = Kind.RAW

    def after(self, before: Any) -> Any:
        """The value that follows. `before` only counts where text is appended or replaced."""
        if self.how == "set":
            return self.value
        if self.how == "clear":
            return None
        text = "" if before is None else str(before)
        if self.how == "append":
            return f"{text}{self.value}"
        return text.replace(self.find, str(self.value or "")) or None


@dataclass(frozen=True)
class NewRecord:
    """A record to make. A value {"$local": "new:1"} stands for the id of another record of the same plan."""

    module: str
    values: Mapping[str, Any]
    kinds: Mapping[str, Kind]
    local: str = ""
    label: str = ""


class EditPlanner:
    """Makes plans of edits for one account."""

    def __init__(
        self, *, client: CrmClient, modules: Modules, journal: Journal, views: Views, drafts: Drafts, jobs: Jobs
    ) -> None:
        self._client = client
        self._modules = modules
        self._journal = journal
        self._views = views
        self._drafts = drafts
        self._jobs = jobs
        self._reader = Reader(client, modules)

    # -- what was staged

    async def review(self, module: str | None = None, records: Collection[RecordKey] | None = None) -> Plan:
        """A plan of what is staged (all, a module's, some records'), compared with what the CRM holds now.

        It stays staged until the plan is saved. Raises NothingToDo, CrmError.
        """
        await self._drafts.saved()
        picked = None if records is None else list(records)
        job = await self._journal.create("edit", "Save changes", {"staged": True, "module": module, "records": picked})

        async def fill(ledger: Ledger) -> None:
            if not await ledger.write(lambda c: staged.copy(c, job, module, picked)):
                raise NothingToDo("Nothing is staged.", remedy="Change a field first.")
            title = await ledger.read(lambda c: _title_of_edits(c, job, self._modules.get))
            await ledger.write(lambda c: c.execute("UPDATE jobs SET title=? WHERE id=?", (title, job)))
            await self._compare(ledger)

        return await self._filled(job, fill)

    async def decide(self, plan: Plan, choices: Mapping[int, Literal["mine", "theirs"]]) -> Plan:
        """Decides collisions, by seq: *mine* writes over what somebody else wrote, *theirs* leaves it."""

        def write(c: sqlite3.Connection) -> None:
            _check_unstarted(c, plan.id)
            for seq, choice in choices.items():
                if choice == "mine":
                    c.execute(
                        "UPDATE changes SET before=theirs, theirs=NULL WHERE job=? AND seq=? AND theirs IS NOT NULL",
                        (plan.id, seq),
                    )
                else:
                    c.execute(
                        "UPDATE changes SET outcome=?, message=?, settled_at=? WHERE job=? AND seq=?"
                        " AND theirs IS NOT NULL AND outcome IS NULL",
                        (Outcome.SKIPPED, staged.KEPT_THEIRS, book.now_text(), plan.id, seq),
                    )
            layout.lay_out(c, plan.id, self._modules.get)

        await self._journal.db.write(write)
        return plan

    async def save(self, plan: Plan) -> None:
        """Starts a plan. What it was made of is staged no more; what fails is staged again when it has ended.

        A collision that was not decided is skipped. Raises what Jobs.start raises; all stays staged then.
        """
        await self._drafts.saved()
        await self._jobs.start(plan.id)

    # -- many records

    async def set_fields(
        self,
        what: Records,
        changes: Sequence[FieldChange],
        *,
        title: str | None = None,
        progress: Callable[[Collecting], None] | None = None,
    ) -> Plan:
        """Sets, extends, replaces or clears fields of many records. Raises CrmError, InputError."""
        if not changes:
            raise InputError("No field is named that shall change.", remedy="Pick a field.")
        spec = self._modules.get(what.module)
        told = [{"field": x.field, "how": x.how, "value": x.value, "find": x.find} for x in changes]
        job = await self._journal.create(
            "edit",
            title or f"Set {', '.join(x.field for x in changes)} on {_told(spec, what)}",
            {"set": told, **_intent(what)},
        )

        def take(_spec: ModuleSpec, record: Mapping[str, Any]) -> list[NewRow]:
            return [_set_row(spec, record, change) for change in changes]

        async def fill(ledger: Ledger) -> None:
            await self._collect(ledger, spec, what, take, progress)
            await self._read_unknown(ledger)
            await ledger.write(lambda c: _decide_after(c, job, {change.field: change for change in changes}))
            await self._lay_out(ledger)

        return await self._filled(job, fill)

    async def delete(self, what: Records, *, with_contacts_and_deals: bool = False) -> Plan:
        """Moves records to the Recycle Bin, of accounts with their contacts and open deals if wanted."""
        return await self._remove(what, Op.DELETE, "Delete", GOING_ALONG if with_contacts_and_deals else None)

    async def restore(self, what: Records) -> Plan:
        """Brings records back from the Recycle Bin."""
        return await self._remove(what, Op.RESTORE, "Restore", None)

    async def forget(self, module: str, record: int, label: str) -> Plan:
        """Removes a record for good; its values also leave the journal, drafts and caches."""
        spec = self._need(module, Can.FORGET)
        row = NewRow(module, record, label, FORGOTTEN, "false", "true", op=Op.FORGET)
        return await self._plain(f"Forget {spec.singular} {record}", [row], {"forget": record})

    async def _remove(self, what: Records, op: Op, verb: str, key: str | None) -> Plan:
        spec = self._need(what.module, Can.DELETE if op is Op.DELETE else Can.RESTORE)
        before, after = ("false", "true") if op is Op.DELETE else ("true", "false")
        job = await self._journal.create(op, f"{verb} {_told(spec, what)}", _intent(what))

        def take(_spec: ModuleSpec, record: Mapping[str, Any]) -> list[NewRow]:
            label = spec.label(record)[:200]
            return [NewRow(spec.key, int(record["id"]), label, IS_DELETED, before, after, op=op, key=key)]

        async def fill(ledger: Ledger) -> None:
            await self._collect(ledger, spec, what, take, None)
            await self._lay_out(ledger)

        return await self._filled(job, fill)

    # -- new records, and what hangs on one

    async def create(
        self, module: str, values: Mapping[str, Any], *, kinds: Mapping[str, Kind], label: str = ""
    ) -> Plan:
        """Makes one record."""
        return await self.create_many([NewRecord(module, values, kinds, label=label)])

    async def create_many(self, records: Sequence[NewRecord]) -> Plan:
        """Makes records, those that others refer to first."""
        made = []
        for number, record in enumerate(records, 1):
            self._need(record.module, Can.CREATE)
            made.append(
                NewRow(
                    record.module,
                    None,
                    record.label,
                    "",
                    None,
                    canonical(dict(record.values)),
                    op=Op.CREATE,
                    kind=json.dumps(dict(record.kinds)),
                    local=record.local or f"made:{number}",
                )
            )
        first = self._modules.get(records[0].module)
        name = f"Create {first.singular} {records[0].label}".strip()
        return await self._plain(name if len(records) == 1 else f"Create {len(records)} records", made, {})

    async def clone(
        self, module: str, record: int, values: Mapping[str, Any], *, kinds: Mapping[str, Kind], label: str = ""
    ) -> Plan:
        """Makes a copy of a record with some values changed."""
        spec = self._need(module, Can.CLONE)
        row = NewRow(
            module,
            None,
            label,
            "",
            None,
            canonical(dict(values)),
            op=Op.CLONE,
            kind=json.dumps(dict(kinds)),
            key=str(record),
            local="made:1",
        )
        return await self._plain(f"Clone {spec.singular} {label or record}", [row], {"clone": record})

    async def relate(
        self, module: str, record: int, edits: Mapping[str, tuple[Any, Any]], label: str, *, title: str = ""
    ) -> Plan:
        """Changes lines that hang on a record ("products:17": before, after; None is *not there*)."""
        spec = self._modules.get(module)
        made = [
            NewRow(module, record, label, field, canonical(before), canonical(after), kind=Kind.LINE)
            for field, (before, after) in edits.items()
        ]
        return await self._plain(title or f"Change {spec.singular} {label or record}", made, {})

    async def call(self, module: str, title: str, request: Mapping[str, Any]) -> Plan:
        """One documented request that can't be told field by field; `request` is a Call's attributes."""
        row = NewRow(module, None, title, "", None, canonical(dict(request)), op=Op.CALL, local="call:1")
        return await self._plain(title, [row], {})

    # -- how

    async def _plain(self, title: str, made: Sequence[NewRow], intent: Mapping[str, Any]) -> Plan:
        job = await self._journal.create("edit" if made[0].op == Op.SET else made[0].op, title, intent)

        async def fill(ledger: Ledger) -> None:
            await ledger.write(lambda c: rows.add(c, job, made))
            await self._lay_out(ledger)

        return await self._filled(job, fill)

    async def _filled(self, job: int, fill: Callable[[Ledger], Any]) -> Plan:
        try:
            await fill(Ledger(self._journal, job, lane=Lane.PERSON))
        except BaseException:
            await self._journal.delete_draft(job)
            raise
        return Plan(self._journal, job)

    async def _compare(self, ledger: Ledger) -> None:
        """Reads what is to change and marks what somebody else changed meanwhile."""
        job = ledger.job_id
        await self._note_scopes(ledger)
        await ledger.write(lambda c: sweeps.want(c, job, "op='set'"))
        await self._reader.sweep(ledger, unseen_is_before=False, kind="read")
        await ledger.write(lambda c: sweeps.find_collisions(c, job))
        await self._lay_out(ledger)

    async def _note_scopes(self, ledger: Ledger) -> None:
        """Where many records of a module are changed, the views that hold them all."""
        collector = Collector(ledger, self._client, self._views, None)
        found = await ledger.read(
            lambda c: c.execute(
                "SELECT module, count(DISTINCT record) FROM changes WHERE job=? AND record IS NOT NULL GROUP BY module",
                (ledger.job_id,),
            ).fetchall()
        )
        for module, count in found:
            spec = self._modules.get(module)
            if count > FEW and spec.view_path is not None:
                await collector.close_module(spec, await collector.scope(spec), Tallied(), 0)
            else:
                await ledger.write(lambda c, key=module: book.set_scope(c, ledger.job_id, key, {}))  # type: ignore[misc]

    async def _collect(
        self,
        ledger: Ledger,
        spec: ModuleSpec,
        what: Records,
        take: Make,
        progress: Callable[[Collecting], None] | None,
    ) -> None:
        """Puts the rows of all records into the plan: by id, or a view page by page."""
        collector = Collector(ledger, self._client, self._views, progress)
        if isinstance(what, SelectedRecords):
            for start in range(0, len(what.rows), _BATCH):
                made = [
                    row
                    for known in what.rows[start : start + _BATCH]
                    for row in take(spec, {"id": known.id, **_label(spec, known.label)})
                ]
                await ledger.write(lambda c, found=made: rows.add(c, ledger.job_id, found))  # type: ignore[misc]
            await self._note_scopes(ledger)
            return
        if spec.view_path is None:
            raise InputError(f"{spec.plural} have no views in the API.", remedy="Pick records by id.")
        tallied = Tallied()
        await collector.view(spec, what.view_id, lambda _, record: record["id"] not in what.minus, tallied, take)
        await collector.close_module(spec, await collector.scope(spec), tallied, ledger.sent)

    async def _read_unknown(self, ledger: Ledger) -> None:
        job = ledger.job_id
        await ledger.write(lambda c: sweeps.want(c, job, "before IS NULL"))
        await self._reader.sweep(ledger, unseen_is_before=False, kind="read")
        await ledger.write(lambda c: sweeps.keep_seen_as_before(c, job))

    async def _lay_out(self, ledger: Ledger) -> None:
        def write(c: sqlite3.Connection) -> None:
            layout.lay_out(c, ledger.job_id, self._modules.get)
            book.set_read(c, ledger.job_id)

        await ledger.write(write)

    def _need(self, module: str, can: Can) -> ModuleSpec:
        spec = self._modules.get(module)
        if can not in spec.can:
            raise InputError(f"The API can't {can} {spec.plural.lower()}.", subject=spec.key)
        return spec


def _set_row(spec: ModuleSpec, record: Mapping[str, Any], change: FieldChange) -> NewRow:
    """`after` is decided when `before` is known."""
    value = field_value(spec, record, change.field)
    updated = record.get("updated_at")
    return NewRow(
        module=spec.key,
        record=int(record["id"]),
        label=spec.label(record)[:200],
        field=change.field,
        before=None if isinstance(value, NotLoaded) else compared(change.kind, value),
        read_updated=updated if isinstance(updated, str) else None,
        kind=change.kind,
    )


def _decide_after(c: sqlite3.Connection, job: int, changes: Mapping[str, FieldChange]) -> None:
    """Writes each row's new value; what has it already is done."""
    last = 0
    while batch := c.execute(
        "SELECT seq, field, before FROM changes WHERE job=? AND seq>? AND outcome IS NULL ORDER BY seq LIMIT ?",
        (job, last, _BATCH),
    ).fetchall():
        last = batch[-1]["seq"]
        given = [(canonical(changes[r["field"]].after(rows.value(r["before"]))), job, r["seq"]) for r in batch]
        c.executemany("UPDATE changes SET after=? WHERE job=? AND seq=?", given)
    c.execute(
        "UPDATE changes SET outcome=?, message='has this value already', settled_at=?"
        " WHERE job=? AND outcome IS NULL AND before=after",
        (Outcome.ALREADY_SO, book.now_text(), job),
    )


def _check_unstarted(c: sqlite3.Connection, job: int) -> None:
    plan = book.job_row(c, job)
    if plan.state not in (JobState.DRAFT, JobState.PLANNED) or plan.started_at is not None:
        raise NotRunnable(f"“{plan.title}” was started already; its rows can't be changed.")


def _title_of_edits(c: sqlite3.Connection, job: int, spec_of: Callable[[str], ModuleSpec]) -> str:
    """Names one record, or counts them by module."""
    found = c.execute(
        "SELECT module, count(DISTINCT coalesce(local, record)) AS records, min(label) AS label,"
        " count(DISTINCT op) AS ops, min(op) AS op FROM changes WHERE job=? GROUP BY module",
        (job,),
    ).fetchall()
    verb = {Op.CREATE: "Create", Op.CLONE: "Clone"}.get(found[0]["op"], "Edit") if len(found) == 1 else "Edit"
    if found[0]["ops"] > 1:
        verb = "Edit"
    if len(found) == 1 and found[0]["records"] == 1:
        return f"{verb} {spec_of(found[0]['module']).singular} {found[0]['label']}".strip()
    told = [f"{row['records']:,} {_plural(spec_of(row['module']), row['records'])}" for row in found]
    return f"{verb} {', '.join(told)}"


def _plural(spec: ModuleSpec, count: int) -> str:
    return spec.singular.lower() if count == 1 else spec.plural.lower()


def _told(spec: ModuleSpec, what: Records) -> str:
    if isinstance(what, WholeView):
        return f"{spec.plural} · {what.view_name or what.view_id}"
    if len(what.rows) == 1 and what.rows[0].label:
        return f"{spec.singular} {what.rows[0].label}"
    return f"{len(what.rows):,} {_plural(spec, len(what.rows))}"


def _label(spec: ModuleSpec, label: str) -> dict[str, str]:
    return {spec.label_fields[0]: label} if label and spec.label_fields else {}


def _intent(what: Records) -> dict[str, Any]:
    if isinstance(what, WholeView):
        return {"view": what.view_id, "name": what.view_name, "module": what.module, "minus": len(what.minus)}
    return {"module": what.module, "selected": len(what.rows)}
