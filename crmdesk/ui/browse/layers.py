"""What lies over the rows as the CRM's lists gave them: written just now, read anew, staged. No Qt, no network.

A record's fields are taken from the topmost layer that holds them. Custom fields stand flat there, since a
field at the top of a record comes before its `custom_field`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from crmdesk.crm.modules import ModuleSpec

NOTHING: Mapping[Any, Any] = {}
PARTS_OF_NAME = ("first_name", "last_name")


class StagedField(Protocol):
    """What of `changes.drafts.Staged` is used here."""

    @property
    def after(self) -> Any: ...
    @property
    def message(self) -> str: ...


Edits = Mapping[str, StagedField]


class Layers:
    """The layers over one module's records. `written` is asked anew whenever rows are made into text."""

    def __init__(self, spec: ModuleSpec) -> None:
        self._named_by_parts = "display_name" in spec.label_fields and spec.key == "contacts"
        named = frozenset(spec.label_fields)
        self.label_fields = named | frozenset(PARTS_OF_NAME) if self._named_by_parts else named
        self.staged: Mapping[Any, Edits] = NOTHING
        self.written: Callable[[], Mapping[int, Mapping[str, Any]]] = lambda: NOTHING
        self._fresh: dict[int, dict[str, Any]] = {}

    def known(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """The record as the CRM has it, as far as is known."""
        return self._with(record, self.written())

    def all_known(self, records: list[dict[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """Records as the CRM has them."""
        written = self.written()
        if not written and not self._fresh:
            return records
        return [self._with(record, written) for record in records]

    def shown(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """The record as the table shows it: with what is staged."""
        return self.all_shown((record,))[0]

    def all_shown(self, records: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Records as the table shows them."""
        written = self.written()
        if not written and not self._fresh and not self.staged:
            return list(records)
        return [self._staged_over(self._with(record, written)) for record in records]

    def _with(self, record: Mapping[str, Any], written: Mapping[int, Mapping[str, Any]]) -> Mapping[str, Any]:
        record_id = record.get("id")
        late, fresh = written.get(record_id), self._fresh.get(record_id)  # type: ignore[arg-type]
        if late is None and fresh is None:
            return record
        return self._named({**record, **(late or NOTHING)}, fresh or NOTHING, late or NOTHING)

    def _staged_over(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        edits = self.staged.get(record.get("id"))
        if not edits:
            return record
        values = {field: edit.after for field, edit in edits.items()}
        return self._named(dict(record), values, values)

    def _named(self, record: dict[str, Any], over: Mapping[str, Any], changed: Mapping[str, Any]) -> Mapping[str, Any]:
        """`over` laid over a record; a name that the CRM makes of its parts follows them."""
        record.update(over)
        if self._named_by_parts and "display_name" not in over and any(part in changed for part in PARTS_OF_NAME):
            parts = (record.get(part) for part in PARTS_OF_NAME)
            record["display_name"] = " ".join(str(part) for part in parts if part) or record.get("display_name")
        return record

    # -- what was read of single records ------------------------------------------------------------

    def read(self, fields: Mapping[str, Any]) -> None:
        """A record that was read by itself: newer than its row."""
        custom = fields.get("custom_field")
        flat = dict(custom) if isinstance(custom, Mapping) else {}
        self._fresh[fields["id"]] = {**flat, **fields}

    def forget(self, ids: Iterable[int] | None = None) -> None:
        """Rows have been read since (None: all of them)."""
        if ids is None:
            self._fresh = {}
        elif self._fresh:
            for record_id in ids:
                self._fresh.pop(record_id, None)
