"""Plans who shall own which records: reads them, gives each its new owner, and lays the requests out."""

from __future__ import annotations

import json
import math
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from crmdesk.changes import layout
from crmdesk.changes.errors import NotRunnable
from crmdesk.changes.ledger import Ledger
from crmdesk.changes.plan import Plan
from crmdesk.changes.reader import PAGE, Reader, Scope, canonical
from crmdesk.config.errors import InputError
from crmdesk.crm import requests
from crmdesk.crm.budget import Lane
from crmdesk.crm.client import CrmClient, Purpose
from crmdesk.crm.directory import Directory
from crmdesk.crm.modules import Modules, ModuleSpec
from crmdesk.crm.values import NotLoaded
from crmdesk.planning.collect import OWNER, Collecting, Collector, Tallied, Views
from crmdesk.planning.holdings import Holdings
from crmdesk.planning.intents import OwnerHoldings, OwnerTable, SelectedRecords, Share, Split, ToWhom, What, WholeView
from crmdesk.store import journal as book
from crmdesk.store import rows, sweeps
from crmdesk.store.journal import Journal
from crmdesk.store.rows import NewRow
from crmdesk.store.words import JobState, Outcome

_BATCH = 1000


@dataclass(frozen=True)
class ReadCost:
    """What reading for a plan is likely to take, in requests, and why."""

    requests: int
    text: str


class ReassignPlanner:
    """Makes plans for one account."""

    def __init__(
        self, *, client: CrmClient, modules: Modules, directory: Directory, journal: Journal, views: Views
    ) -> None:
        self._client = client
        self._modules = modules
        self._directory = directory
        self._journal = journal
        self._views = views
        self._reader = Reader(client, modules)

    async def estimate(self, what: What) -> ReadCost:
        """The price of reading, before anything is read in full; asks for one page of each view. Raises CrmError."""
        if isinstance(what, SelectedRecords):
            unknown = sum(isinstance(row.owner_id, NotLoaded) for row in what.rows)
            text = f"{unknown:,} records whose owner is not loaded are read" if unknown else "all owners are known"
            return ReadCost(unknown, text)
        if isinstance(what, WholeView):
            total = await self._total(self._modules.get(what.module), what.view_id)
            return ReadCost(math.ceil(total / PAGE), f"{total:,} records, 100 a request")
        return await Holdings(self._client, self._modules, self._directory, self._journal, self._views).estimate(what)

    async def collect(
        self, what: What, *, title: str | None = None, progress: Callable[[Collecting], None] | None = None
    ) -> Plan:
        """Reads the records into a draft. Raises CrmError, InputError; a draft that failed is gone."""
        for module in what.modules if isinstance(what, OwnerHoldings) else (what.module,):
            if not (spec := self._modules.get(module)).owned:
                raise InputError(f"{spec.plural} have no owner that could be changed.", subject="module")
        await self._directory.load(("owners",))
        job = await self._journal.create(_kind(what), title or self._title(what), _intent(what))
        ledger = Ledger(self._journal, job, lane=Lane.PERSON)
        collector = Collector(ledger, self._client, self._views, progress)
        try:
            if isinstance(what, WholeView):
                await self._whole_view(collector, what)
            elif isinstance(what, SelectedRecords):
                await self._selected(collector, what)
            else:
                holdings = Holdings(self._client, self._modules, self._directory, self._journal, self._views)
                await holdings.collect(collector, what)
            await self._read_unknown(ledger)
            await ledger.write(lambda c: book.set_read(c, job))
        except BaseException:
            await self._journal.delete_draft(job)
            raise
        return Plan(self._journal, job)

    async def assign(self, plan: Plan, to_whom: ToWhom) -> Plan:
        """Gives every row its owner and lays out the steps; may be done again until the plan is started.

        Raises InputError for an owner who is inactive or unknown, NotRunnable for a plan that was started.
        """
        await self._directory.load(("owners",))
        for owner in to_whom.owners():
            self._check_owner(owner)
        await self._journal.db.write(lambda c: self._assign(c, plan.id, to_whom))
        return plan

    def _assign(self, c: sqlite3.Connection, job: int, to_whom: ToWhom) -> None:
        plan = book.job_row(c, job)
        if plan.state not in (JobState.DRAFT, JobState.PLANNED) or plan.started_at is not None:
            raise NotRunnable(f"“{plan.title}” was started already; its rows can't be changed.")
        c.execute(
            "UPDATE changes SET after=NULL, step=NULL, outcome=NULL, message='', settled_at=NULL"
            " WHERE job=? AND (outcome IS NULL OR outcome IN ('already_so', 'skipped'))",
            (job,),
        )
        _give(c, job, to_whom)
        stamp = book.now_text()
        c.execute(
            "UPDATE changes SET outcome=?, message='not in the table of owners', settled_at=?"
            " WHERE job=? AND after IS NULL AND outcome IS NULL",
            (Outcome.SKIPPED, stamp, job),
        )
        for owner in to_whom.owners():
            c.execute(
                "UPDATE changes SET outcome=?, message=?, settled_at=?"
                " WHERE job=? AND outcome IS NULL AND before=after AND after=?",
                (
                    Outcome.ALREADY_SO,
                    f"belongs to {self._directory.owner_name(owner)} already",
                    stamp,
                    job,
                    canonical(owner),
                ),
            )
        intent = {**plan.intent, "to": _to_json(to_whom)}
        c.execute("UPDATE jobs SET intent=? WHERE id=?", (json.dumps(intent), job))
        layout.lay_out(c, job, self._modules.get)

    async def _whole_view(self, collector: Collector, what: WholeView) -> None:
        spec = self._modules.get(what.module)
        if spec.view_path is None:
            raise InputError(
                f"{spec.plural} have no views in the API.", remedy="Pick records by id, or hand over by owner."
            )
        tallied = Tallied()
        await collector.view(spec, what.view_id, lambda _, record: record["id"] not in what.minus, tallied)
        scope = await collector.scope(spec)
        if scope.views == (what.view_id,):
            scope = Scope(scope.views, tallied.total)
        await collector.close_module(spec, scope, tallied, collector.ledger.sent)
        if what.minus:
            await collector.ledger.write(
                lambda c: rows.leave_out(
                    c, collector.ledger.job_id, spec.key, "taken out of the selection", len(what.minus)
                )
            )

    async def _selected(self, collector: Collector, what: SelectedRecords) -> None:
        spec, ledger = self._modules.get(what.module), collector.ledger
        tallied = Tallied()
        for start in range(0, len(what.rows), _BATCH):
            batch = [
                NewRow(
                    module=spec.key,
                    record=row.id,
                    label=row.label or f"{spec.singular} {row.id}",
                    field=OWNER,
                    before=None if isinstance(row.owner_id, NotLoaded) else canonical(row.owner_id),
                    read_updated=row.updated_at,
                )
                for row in what.rows[start : start + _BATCH]
            ]
            for new in batch:
                tallied.see(new.read_updated)
            await ledger.write(lambda c, found=batch: rows.add(c, ledger.job_id, found))  # type: ignore[misc]
        if any(row.updated_at is None for row in what.rows):
            tallied.newest = None  # without it nothing tells how far down "changed since" would have to read
        await collector.close_module(spec, await collector.scope(spec), tallied, 0)

    async def _read_unknown(self, ledger: Ledger) -> None:
        """Owners that the rows did not hold are read; records that are gone have failed before anything is sent."""
        job = ledger.job_id
        await ledger.write(lambda c: sweeps.want(c, job, "before IS NULL"))
        await self._reader.sweep(ledger, unseen_is_before=False, kind="read")
        await ledger.write(lambda c: sweeps.keep_seen_as_before(c, job))
        await ledger.write(lambda c: _tally_unread(c, job))

    async def _total(self, spec: ModuleSpec, view_id: int) -> int:
        page = await requests.view_page(self._client, spec, view_id, 1, per_page=1, why=Purpose(kind="read"))
        return page.total or 0

    def _check_owner(self, owner_id: int | None) -> None:
        if owner_id is None:
            return
        owner = self._directory.owner(owner_id)
        if owner is None:
            raise InputError(f"The CRM lists no user {owner_id}.", subject="owner", remedy="Pick a user from its list.")
        if not owner.active:
            raise InputError(
                f"{owner.name} is inactive and can't be given records.", subject="owner", remedy="Pick an active user."
            )

    def _title(self, what: What) -> str:
        if isinstance(what, OwnerHoldings):
            return f"Handover of {self._directory.owner_name(what.owner_id)}"
        spec = self._modules.get(what.module)
        if isinstance(what, WholeView):
            return f"Reassign {spec.plural} · {what.view_name or what.view_id}"
        count = len(what.rows)
        return f"Reassign {count:,} {spec.plural if count != 1 else spec.singular}"


def _give(c: sqlite3.Connection, job: int, to_whom: ToWhom) -> None:
    """Writes each row's new owner, in the plan's order, a batch at a time."""
    turns = None
    if isinstance(to_whom, Split):
        rest = _keep(c, job, to_whom)
        turns = rest.turns() if rest is not None else None
    last = 0
    while batch := c.execute(
        "SELECT seq, record FROM changes WHERE job=? AND seq>? AND outcome IS NULL AND after IS NULL"
        " ORDER BY seq LIMIT ?",
        (job, last, _BATCH),
    ).fetchall():
        last = batch[-1]["seq"]
        if turns is not None:
            given: Iterable[tuple[str, int, int]] = [(canonical(next(turns)), job, row["seq"]) for row in batch]
        else:
            given = _from_table(to_whom, job, batch)
        c.executemany("UPDATE changes SET after=? WHERE job=? AND seq=?", given)


def _keep(c: sqlite3.Connection, job: int, split: Split) -> Split | None:
    """Leaves receivers what they have already, up to their part; what each is still to get, None if nothing is."""
    open_rows = "job=? AND outcome IS NULL"
    count = c.execute(f"SELECT count(*) FROM changes WHERE {open_rows}", (job,)).fetchone()[0]
    parts = Counter(islice(split.turns(), count))
    still: list[Share] = []
    for share in split.shares:
        part = parts[share.owner_id]
        kept = c.execute(
            "UPDATE changes SET after=before WHERE job=? AND seq IN"
            f" (SELECT seq FROM changes WHERE {open_rows} AND before=? ORDER BY seq LIMIT ?)",
            (job, job, canonical(share.owner_id), part),
        ).rowcount
        if part > kept:
            still.append(Share(share.owner_id, Decimal(part - kept)))
    return Split(tuple(still)) if still else None


def _from_table(to_whom: ToWhom, job: int, batch: list[sqlite3.Row]) -> list[tuple[str, int, int]]:
    assert isinstance(to_whom, OwnerTable)
    table: Mapping[int, int | None] = to_whom.owner_of
    return [(canonical(table[row["record"]]), job, row["seq"]) for row in batch if row["record"] in table]


def _tally_unread(c: sqlite3.Connection, job: int) -> None:
    """Where no page was tallied, the plan's own rows are all that is known of who has what."""
    if c.execute("SELECT 1 FROM tally WHERE job=? LIMIT 1", (job,)).fetchone() is None:
        c.execute(
            "INSERT INTO tally SELECT job, before, count(*) FROM changes WHERE job=? AND before IS NOT NULL"
            " GROUP BY before",
            (job,),
        )


def _kind(what: What) -> str:
    return "handover" if isinstance(what, OwnerHoldings) else "reassign"


def _intent(what: What) -> dict[str, Any]:
    if isinstance(what, WholeView):
        return {"view": what.view_id, "name": what.view_name, "module": what.module, "minus": len(what.minus)}
    if isinstance(what, SelectedRecords):
        return {"module": what.module, "selected": len(what.rows)}
    return {"owner": what.owner_id, "modules": list(what.modules), "closed_deals": what.closed_deals}


def _to_json(to_whom: ToWhom) -> Any:
    if isinstance(to_whom, Split):
        return [{"owner": share.owner_id, "weight": str(share.weight)} for share in to_whom.shares]
    return {"table": len(to_whom.owner_of)}
