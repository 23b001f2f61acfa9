"""Staged edits of an account: in memory for the window, and in the journal from the moment they are made."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from crmdesk.changes.reader import canonical
from crmdesk.config.listeners import Listeners
from crmdesk.crm.kinds import Kind
from crmdesk.crm.values import NOT_LOADED, NotLoaded
from crmdesk.store import saving, staged
from crmdesk.store.journal import Journal
from crmdesk.store.saving import Taken, Written
from crmdesk.store.staged import StagedRow
from crmdesk.store.words import Op

RecordKey = int | str  # an id, or the local reference of a record that is yet to be made: "new:1"
WHOLE = ""  # the field of a record that is yet to be made: its `after` holds all values


@dataclass(frozen=True)
class Staged:
    """One edit. `before` is as it was loaded, `message` why it could not be saved the last time.

    For a record yet to be made, `field` is empty, `after` holds all values, and `kinds` says what they mean.
    """

    module: str
    record: RecordKey
    field: str
    after: Any
    before: Any = NOT_LOADED
    kind: Kind = Kind.RAW
    label: str = ""
    updated_at: str | None = None
    message: str = ""
    kinds: Mapping[str, Kind] | None = None
    clone_of: int | None = None


@dataclass(frozen=True)
class DraftEvent:
    """What is staged looks different for these records of a module."""

    module: str
    records: frozenset[RecordKey]


class Drafts:
    """What is staged. Reading and staging are at once; the journal follows in order, by itself."""

    def __init__(self, journal: Journal) -> None:
        """Reads what was staged when the program ended."""
        self._journal = journal
        self._staged: dict[str, dict[RecordKey, dict[str, Staged]]] = {}
        self._listeners: Listeners[DraftEvent] = Listeners()
        self._writing: asyncio.Task[None] | None = None
        self._waiting: list[Callable[[sqlite3.Connection], None]] = []
        self._failed: BaseException | None = None
        late = journal.db.read_now(saving.to_give_back)
        if late:  # the process that ran them ended before it gave back what failed
            journal.db.write_now(lambda c: [saving.give_back(c, job) for job in late])
        for row in journal.db.read_now(staged.load):
            self._keep(_staged(row))
        self._made_meanwhile = journal.db.read_now(saving.made)

    # -- what is staged

    def staged(self, module: str) -> Mapping[RecordKey, Mapping[str, Staged]]:
        """By record and field; not to be changed."""
        return self._staged.get(module, {})

    def of(self, module: str, record: RecordKey) -> Mapping[str, Staged]:
        """By field."""
        return self._staged.get(module, {}).get(record, {})

    def get(self, module: str, record: RecordKey, field: str) -> Staged | None:
        """The edit of one field, if there is one."""
        return self.of(module, record).get(field)

    def count(self, module: str | None = None) -> int:
        """How many fields are changed; a new record counts as one."""
        return sum(sum(map(len, self._staged[name].values())) for name in self._names(module))

    def records(self, module: str | None = None) -> int:
        """How many records have edits."""
        return sum(len(self._staged[name]) for name in self._names(module))

    def modules(self) -> list[str]:
        """Modules that have edits."""
        return [name for name, records in self._staged.items() if records]

    def new_values(self, module: str, local: str) -> dict[str, Any]:
        """The values of a record that is yet to be made."""
        found = self.get(module, local, WHOLE)
        return dict(found.after) if found is not None else {}

    # -- staging

    def stage(self, edits: Iterable[Staged]) -> None:
        """Stages edits; one that was staged keeps its first `before`, and one that changes nothing is unstaged."""
        kept: list[Staged] = []
        dropped: list[Staged] = []
        for edit in edits:
            there = self.get(edit.module, edit.record, edit.field)
            if there is not None and not isinstance(there.before, NotLoaded):
                edit = replace(edit, before=there.before, updated_at=there.updated_at)
            if not isinstance(edit.before, NotLoaded) and _same(edit.before, edit.after):
                if there is not None:
                    self._drop(edit)
                    dropped.append(edit)
                continue
            self._keep(edit)
            kept.append(edit)
        self._note(kept, dropped)

    def stage_new(
        self,
        module: str,
        values: Mapping[str, Any],
        *,
        kinds: Mapping[str, Kind],
        label: str = "",
        local: str | None = None,
        clone_of: int | None = None,
    ) -> str:
        """Stages a record that is yet to be made, or replaces its values; its local reference."""
        if local is None:
            local = f"new:{uuid4().hex[:8]}"  # another process may have the same draft open
        edit = Staged(module, local, WHOLE, dict(values), None, label=label, kinds=dict(kinds), clone_of=clone_of)
        self._keep(edit)
        self._note([edit], [])
        return local

    def revert(self, module: str, record: RecordKey | None = None, field: str | None = None) -> None:
        """Unstages one field, all of a record, or all of a module."""
        records = list(self._staged.get(module, {})) if record is None else [record]
        gone = [
            edit
            for key in records
            for edit in list(self.of(module, key).values())
            if field is None or edit.field == field
        ]
        for edit in gone:
            self._drop(edit)
        self._note([], gone)

    def revert_all(self) -> None:
        """Nothing is staged any more."""
        for module in self.modules():
            self.revert(module)

    async def saved(self) -> None:
        """Returns when all of it is on disk. Raises StoreUnavailable if it could not be written."""
        if self._writing is None and self._waiting:  # what could not be written the last time
            self._writing = asyncio.ensure_future(self._write())
        while self._writing is not None:
            await asyncio.shield(self._writing)
        if self._failed is not None:
            error, self._failed = self._failed, None
            raise error

    def subscribe(self, listener: Callable[[DraftEvent], None]) -> Callable[[], None]:
        """Hears of edits until the returned function is called."""
        return self._listeners.subscribe(listener)

    # -- between the draft and the plans made of it

    def taken(self, edits: Iterable[Taken]) -> None:
        """A plan was started: what it was made of is staged no more; what was edited again since, still is."""
        gone = []
        for one in edits:
            edit = self.get(one.module, one.record, one.field)
            if edit is not None and canonical(edit.after) == one.after:
                self._drop(edit)
                gone.append(edit)
        if self._writing is None:  # the journal has let go of them already
            self._tell_of(gone)
        else:  # but what is still to be written may hold them
            self._note([], gone)

    async def rested(self, plan: int) -> None:
        """A job ended or rests: what it did not bring about is staged again, with the reason.

        What was edited again meanwhile has as its `before` what the job wrote; a record that was made is edited.
        """
        await self.saved()
        back = await self._journal.db.write(lambda c: saving.give_back(c, plan))
        edits = [edit for edit in map(_staged, back) if self.get(edit.module, edit.record, edit.field) is None]
        for edit in edits:
            self._keep(edit)
        self._note(edits, [])
        if not self._staged:
            return
        wrote = await self._journal.db.read(lambda c: [*saving.written(c, plan), *saving.made(c)])
        self._follow(wrote)

    def catch_up(self) -> None:
        """Records that were made just before the program ended are not made again."""
        made, self._made_meanwhile = self._made_meanwhile, []
        self._follow(made)

    def _follow(self, wrote: Iterable[Written]) -> None:
        kept: list[Staged] = []
        dropped: list[Staged] = []
        for one in wrote:
            edit = self.get(one.module, one.record, one.field)
            if edit is None:
                continue
            if one.made is not None:
                self._drop(edit)
                dropped.append(edit)
                self.stage(_changes_of(edit, one))
            elif canonical(edit.after) == one.after:
                self._drop(edit)
                dropped.append(edit)
            else:
                edit = replace(edit, before=json.loads(one.after), message="")
                self._keep(edit)
                kept.append(edit)
        self._note(kept, dropped)

    def forget(self, module: str, record: int) -> None:
        """A forgotten record has no edits."""
        self.revert(module, record)

    # -- inside

    def _names(self, module: str | None) -> list[str]:
        return list(self._staged) if module is None else [module] if module in self._staged else []

    def _keep(self, edit: Staged) -> None:
        self._staged.setdefault(edit.module, {}).setdefault(edit.record, {})[edit.field] = edit

    def _drop(self, edit: Staged) -> None:
        records = self._staged.get(edit.module, {})
        fields = records.get(edit.record, {})
        fields.pop(edit.field, None)
        if not fields:
            records.pop(edit.record, None)
        if not records:
            self._staged.pop(edit.module, None)

    def _note(self, kept: list[Staged], dropped: list[Staged]) -> None:
        if not kept and not dropped:
            return
        rows = [_row(edit) for edit in kept]
        keys = [(edit.module, *_ids(edit.record), edit.field) for edit in dropped]

        def write(c: sqlite3.Connection) -> None:
            if rows:
                staged.put(c, rows)
            if keys:
                staged.remove(c, keys)

        self._waiting.append(write)
        if self._writing is None:
            self._writing = asyncio.ensure_future(self._write())
        self._tell_of([*kept, *dropped])

    async def _write(self) -> None:
        try:
            while self._waiting:
                work, self._waiting = self._waiting, []
                try:
                    await self._journal.db.write(lambda c, w=work: [one(c) for one in w])  # type: ignore[misc]
                except Exception as error:  # told by saved(), which everything that relies on it awaits
                    self._failed = error
                    self._waiting = work + self._waiting  # written with the next edit, or by the next saved()
                    return
        finally:
            self._writing = None

    def _tell_of(self, edits: Iterable[Staged]) -> None:
        changed: dict[str, set[RecordKey]] = {}
        for edit in edits:
            changed.setdefault(edit.module, set()).add(edit.record)
        for module, records in changed.items():
            self._listeners.tell(DraftEvent(module, frozenset(records)))


def _changes_of(edit: Staged, one: Written) -> list[Staged]:
    """What of an edited creation differs from the record that was made of it, as edits of that record."""
    was, now = json.loads(one.after) or {}, dict(edit.after or {})
    kinds = {**json.loads(one.kind or "{}"), **(edit.kinds or {})}
    return [
        Staged(edit.module, one.made or 0, name, now.get(name), was.get(name), Kind(kinds.get(name, "")), edit.label)
        for name in {**was, **now}
        if canonical(now.get(name)) != canonical(was.get(name))
    ]


def _same(one: Any, other: Any) -> bool:
    """Whether the journal would hold the same for both; most values are text, and compared as it is."""
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    return canonical(one) == canonical(other)


def _ids(record: RecordKey) -> tuple[int | None, str | None]:
    return (None, record) if isinstance(record, str) else (record, None)


def _row(edit: Staged) -> StagedRow:
    record, local = _ids(edit.record)
    kind = str(edit.kind) if edit.kinds is None else json.dumps(dict(edit.kinds))
    op = Op.SET if edit.kinds is None else Op.CREATE if edit.clone_of is None else Op.CLONE
    before = None if isinstance(edit.before, NotLoaded) else canonical(edit.before)
    return StagedRow(
        edit.module,
        record,
        local,
        edit.field,
        edit.label,
        kind,
        before,
        canonical(edit.after),
        edit.updated_at,
        op,
        None if edit.clone_of is None else str(edit.clone_of),
        edit.message,
    )


def _staged(row: StagedRow) -> Staged:
    record: RecordKey = row.local if row.record is None and row.local is not None else row.record or 0
    new = row.op != Op.SET
    return Staged(
        row.module,
        record,
        row.field,
        json.loads(row.after),
        NOT_LOADED if row.before is None else json.loads(row.before),
        Kind(row.kind) if row.kind and not new else Kind.RAW,
        row.label,
        row.read_updated,
        row.message,
        {name: Kind(kind) for name, kind in json.loads(row.kind).items()} if new and row.kind else {} if new else None,
        int(row.key) if row.op == Op.CLONE and row.key else None,
    )
