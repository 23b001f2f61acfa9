"""Sends one step: builds its request from the rows, each way in its own manner, and says what the answer means."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, TypeVar

from crmdesk.changes import answers
from crmdesk.changes.answers import Verdict
from crmdesk.changes.flight import Flights
from crmdesk.changes.layout import local_names
from crmdesk.changes.ledger import Ledger
from crmdesk.changes.reader import canonical, same_line
from crmdesk.config.errors import InputError
from crmdesk.crm import kinds, relations, requests, writes
from crmdesk.crm.answers import Answer
from crmdesk.crm.calls import Call, perform
from crmdesk.crm.client import CrmClient, Purpose
from crmdesk.crm.errors import CrmError, Invalid, NotFound
from crmdesk.crm.kinds import Kind
from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.relations import Relation
from crmdesk.crm.requests import Record
from crmdesk.crm.values import parse_time
from crmdesk.store import rows
from crmdesk.store.rows import StepChange
from crmdesk.store.steps import StepRow
from crmdesk.store.words import Op, Way

T = TypeVar("T")
CREATED = 201
CLOCKS_APART = timedelta(minutes=2)
_GO_WITH_CURRENT = ("emails", "phone_numbers", "from_date", "end_date")  # what is sent depends on what is there


@dataclass(frozen=True)
class Sent:
    """What became of a step: judged at once, queued by the CRM, or taken over as a background job of the CRM."""

    verdict: Verdict = field(default_factory=Verdict)
    queued: bool = False
    background: str | None = None


class Unmade(Exception):
    """A record that the step refers to was not created."""


class Sender:
    """Sends the steps of one job. `uploaded`: bytes of files sent, and of how many."""

    def __init__(self, ledger: Ledger, client: CrmClient, flights: Flights) -> None:
        self._ledger = ledger
        self._client = client
        self._flights = flights
        self.uploaded: tuple[int, int] | None = None

    async def send(self, step: StepRow, spec: ModuleSpec, changes: list[StepChange]) -> Sent:
        """One request, but for relations, which are read first. Raises CrmError, CalledBack, Unmade."""
        changes = await self._with_results(changes)
        if step.way.background:
            items = items_of(step, changes)
            background = await self._fly(lambda w: requests.bulk_upsert(self._client, spec, items, why=w))
            return Sent(background=background)
        if step.way in (Way.BULK_ASSIGN, Way.QUEUED_ASSIGN):
            ids = [change.record for change in changes]
            told = await self._fly(lambda w: requests.bulk_assign_owner(self._client, spec, ids, step.target, why=w))
            return Sent(queued=True) if told.queued else Sent(answers.of_per_id(told, changes))
        if step.way is Way.RELATE:
            return Sent(await self._relate(step, spec, changes))
        current: Mapping[str, Any] = {}
        if step.way is Way.PUT and any(change.field in _GO_WITH_CURRENT for change in changes):
            found = await self._fly(lambda w: requests.one(self._client, spec, changes[0].record, why=w), kind="read")
            current = found.fields
        answer = await self._perform(call_of(step, spec, changes, current))
        return _judged(step, spec, changes, answer)

    async def _relate(self, step: StepRow, spec: ModuleSpec, changes: list[StepChange]) -> Verdict:
        """Lines of one relation of one record: what somebody else changed meanwhile stays as it is."""
        relation = relations.relation_of(spec, changes[0].field)
        if relation is None:
            raise InputError(f"{spec.plural} have no “{changes[0].field}”.", subject=changes[0].field)
        if relation.prefix == "members":
            return await self._members(spec, relation, changes)
        record, verdict = changes[0].record, Verdict()
        current: Mapping[str, Any] = {}
        if relation.replaces_all:
            current = await self._fly(
                lambda w: relations.read_lines(self._client, spec, record, relation, why=w), kind="read"
            )
        wanted: dict[str, Any] = {}
        for change in changes:
            key = relations.split_field(change.field)[1]
            now = current.get(key)
            if relation.replaces_all and same_line(change.after, now):
                (verdict.done if step.sends else verdict.already).append(change.seq)
            elif relation.replaces_all and not same_line(change.before, now):
                verdict.skipped[change.seq] = f"changed since, by someone else: now {canonical(now)}"
            else:
                wanted[key] = None if change.after is False else change.after
                verdict.done.append(change.seq)
        before = {relations.split_field(change.field)[1]: change.before for change in changes}
        if wanted:
            known = current if relation.replaces_all else {k: v for k, v in before.items() if v not in (None, False)}
            for call in relations.write_lines(spec, record, relation, known, wanted):
                await self._perform(call)
        return verdict

    async def _members(self, spec: ModuleSpec, relation: Relation, changes: list[StepChange]) -> Verdict:
        """The contacts of a list, of whom a request takes some: those that it refuses fail, the others go on."""
        verdict = Verdict()
        for start in range(0, len(changes), relations.MOST_IDS):
            some = changes[start : start + relations.MOST_IDS]
            wanted = {relations.split_field(x.field)[1]: None if x.after is False else x.after for x in some}
            known = {relations.split_field(x.field)[1]: True for x in some if x.before}
            try:
                for call in relations.write_lines(spec, some[0].record, relation, known, wanted):
                    await self._perform(call)
            except (NotFound, Invalid) as error:
                verdict.failed |= dict.fromkeys((x.seq for x in some), "; ".join(error.messages) or error.message)
            else:
                verdict.done += [change.seq for change in some]
        return verdict

    async def _with_results(self, changes: list[StepChange]) -> list[StepChange]:
        """Local references become the ids of what was created. Raises Unmade."""
        if not any(local_names(change.after) for change in changes):
            return changes
        found = await self._ledger.read(lambda c: [filled(c, self._ledger.job_id, change) for change in changes])
        if any(local_names(change.after) for change in found):
            raise Unmade
        return found

    async def _perform(self, call: Call) -> Answer:
        def told(sent: int, total: int) -> None:
            self.uploaded = (sent, total)

        progress = told if call.upload is not None else None
        return await self._fly(lambda w: perform(self._client, call, why=w, progress=progress))

    async def _fly(self, request: Callable[[Purpose], Awaitable[T]], *, kind: str = "write") -> T:
        return await self._flights.fly(self._ledger.purpose(kind), request)


def call_of(
    step: StepRow, spec: ModuleSpec, changes: list[StepChange], current: Mapping[str, Any] = MappingProxyType({})
) -> Call:
    """The request of a step that is one documented request; `current`: the record as it is, for what needs it."""
    first = changes[0]
    ids = [change.record for change in changes]
    going_along = first.key == "with_contacts_and_deals"
    if step.way is Way.PUT:
        return writes.update(spec, first.record, wire_values(changes, current))
    if step.way is Way.BULK_UPDATE:
        return writes.bulk_update(spec, list(dict.fromkeys(ids)), wire_values(changes))
    if step.way is Way.CREATE:
        return writes.create(spec, created_values(first))
    if step.way is Way.UPSERT:
        unique, values = keyed_values(first)
        return writes.upsert(spec, unique, values)
    if step.way is Way.CLONE:
        return writes.clone(spec, int(first.key or 0), created_values(first))
    if step.way is Way.DELETE:
        return writes.delete(spec, first.record, with_contacts_and_deals=going_along)
    if step.way is Way.BULK_DELETE:
        return writes.bulk_delete(spec, ids, with_contacts_and_deals=going_along)
    if step.way is Way.RESTORE:
        return writes.restore(spec, first.record)
    if step.way is Way.BULK_RESTORE:
        return writes.bulk_restore(spec, ids)
    if step.way is Way.FORGET:
        return writes.forget(spec, first.record)
    if step.way is Way.CALL:
        return Call(**first.after)
    raise ValueError(f"no single request makes {step.way}")


def items_of(step: StepRow, changes: list[StepChange]) -> list[tuple[Mapping[str, Any], dict[str, Any]]]:
    """The items of a bulk upsert: records by id with their fields, or creations by their unique field."""
    if step.way is Way.BULK_CREATE:
        return [keyed_values(change) for change in changes]
    by_record: dict[int, list[StepChange]] = {}
    for change in changes:
        by_record.setdefault(change.record, []).append(change)
    return [({"id": str(record)}, wire_values(fields)) for record, fields in by_record.items()]


def wire_values(changes: list[StepChange], current: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """By field, as the API wants it."""
    sent = kinds.wire_values(
        {change.field: change.after for change in changes},
        {change.field: Kind(change.kind or Kind.RAW) for change in changes},
        all_day=current.get("is_allday") is True,
    )
    for change in changes:
        if change.kind in (Kind.EMAILS, Kind.PHONES) and change.field in current:
            sent[change.field] = kinds.group_wire(Kind(change.kind), change.after, current[change.field])
    return sent


def created_values(change: StepChange) -> dict[str, Any]:
    """All values of a creation as the API wants them."""
    return kinds.wire_values(change.after or {}, kinds_of(change))


def keyed_values(change: StepChange) -> tuple[dict[str, Any], dict[str, Any]]:
    """The unique field of a creation with its value, and the rest."""
    values = created_values(change)
    key = change.key or ""
    return {key: answers.unique_text(values.pop(key, None))}, values


def kinds_of(change: StepChange) -> dict[str, Kind]:
    """The kinds of a creation's values, by field."""
    told = json.loads(change.kind) if change.kind.startswith("{") else {}
    return {name: Kind(kind) for name, kind in told.items()}


def filled(c: sqlite3.Connection, job: int, change: StepChange) -> StepChange:
    """Local references to what has been created become ids; others stay."""
    known = {name: rows.result_of(c, job, name) for name in local_names(change.after)}

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            if set(value) == {"$local"}:
                made = known[str(value["$local"])]
                return value if made is None else made
            return {key: fill(inner) for key, inner in value.items()}
        return [fill(inner) for inner in value] if isinstance(value, list) else value

    return replace(change, after=fill(change.after)) if known else change


def _judged(step: StepRow, spec: ModuleSpec, changes: list[StepChange], answer: Answer) -> Sent:
    if step.way is Way.PUT:
        return Sent(answers.of_put(spec, writes.record_of(spec, answer), changes))
    if step.way in (Way.CREATE, Way.CLONE, Way.UPSERT):
        record = writes.record_of(spec, answer)
        verdict = answers.of_creation(record, changes[0])
        verdict.existed = step.way is Way.UPSERT and _existed(step, record, answer)
        return Sent(verdict)
    if step.way in (Way.BULK_DELETE, Way.BULK_RESTORE, Way.BULK_UPDATE):
        told = writes.per_id(spec, answer)
        if told.per_id is not None:
            return Sent(answers.of_per_id(told, changes))
        if answers.counts_all(told.message, len(changes)):
            return Sent(Verdict(done=[change.seq for change in changes]))
        return Sent(queued=True)
    return Sent(Verdict(done=[change.seq for change in changes]))


def _existed(step: StepRow, record: Record, answer: Answer) -> bool:
    """Whether an upsert found its record: it says 200 then (api-in-practice.md); one of our own lost ones is ours."""
    if answer.status == CREATED:
        return False
    made = parse_time(record.fields.get("created_at"))
    if not step.sends or step.sent_at is None or made is None:
        return True
    return made < datetime.fromisoformat(step.sent_at) - CLOCKS_APART


def gone_means_done(error: CrmError, changes: list[StepChange]) -> bool:
    """Whether *not found* is what the step wanted."""
    return isinstance(error, NotFound) and all(change.op in (Op.DELETE, Op.FORGET) for change in changes)
