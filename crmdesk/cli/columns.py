"""The columns of `crmdesk records`: which there are, and what stands in them. Touches nothing but names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmdesk.config.errors import InputError
from crmdesk.crm.directory import Directory
from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.values import NOT_LOADED

EVERY = "all"
NOT_LOADED_TEXT = "(not loaded)"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# A negative amount or a telephone number is what it says; no spreadsheet makes anything else of it.
_HARMLESS = re.compile(r"[+-][0-9][0-9 ().-]*")
_CUSTOM = "custom_field"

_USUAL: Mapping[str, tuple[str, ...]] = {
    "contacts": ("id", "display_name", "email", "owner_id", "owner", "created_at", "updated_at"),
    "sales_accounts": ("id", "name", "owner_id", "owner", "open_deals_amount", "created_at", "updated_at"),
    "deals": (
        "id",
        "name",
        "amount",
        "deal_stage_id",
        "deal_stage",
        "expected_close",
        "owner_id",
        "owner",
        "created_at",
        "updated_at",
    ),
    "tasks": ("id", "title", "status", "due_date", "owner_id", "owner", "created_at", "updated_at"),
    "sales_activities": ("id", "title", "start_date", "end_date", "owner_id", "owner", "created_at", "updated_at"),
}
_ANY_USUAL = ("id", "name", "owner_id", "owner", "created_at", "updated_at")


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record with its custom fields beside the others."""
    row = {key: value for key, value in record.items() if key != _CUSTOM}
    custom = record.get(_CUSTOM)
    if isinstance(custom, Mapping):
        row.update(custom)
    return row


class Columns:
    """The columns that were asked for; ids get a column of names beside them (`owner` beside `owner_id`)."""

    def __init__(self, spec: ModuleSpec, directory: Directory, wanted: Sequence[str]) -> None:
        self._spec = spec
        self._directory = directory
        self._every = list(wanted) == [EVERY]
        self.names: list[str] = [] if self._every else list(wanted or _USUAL.get(spec.key, _ANY_USUAL))
        self._asked_for = bool(wanted) and not self._every
        self._sources: dict[str, str] = {}

    def settle(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Checks the columns against the first page; a page of nothing proves nothing. Raises InputError."""
        seen: dict[str, None] = {}
        for row in rows:
            seen.update(dict.fromkeys(row))
        if self._every:
            self.names = _with_names(seen) or list(_ANY_USUAL)
        self._sources = {name: f"{name}_id" for name in self.names if name not in seen and _kind(f"{name}_id")}
        known = _with_names(seen)
        unknown = [name for name in self.names if name not in known and name not in self._sources]
        if seen and self._asked_for and unknown:
            raise InputError(
                f"{self._spec.plural} have no column “{unknown[0]}”.",
                subject="--columns",
                remedy=f"Those of this view are {', '.join(known)}.",
            )

    def selectors(self) -> list[str]:
        """The CRM's lists of names that the columns need."""
        kinds = [_kind(source) for source in self._sources.values()]
        return [kind for kind in dict.fromkeys(kinds) if kind is not None]

    def value(self, row: Mapping[str, Any], name: str) -> Any:
        """A cell's value, NOT_LOADED where the CRM's list does not say it."""
        source = self._sources.get(name)
        if source is None:
            return row.get(name, NOT_LOADED)
        found = row.get(source, NOT_LOADED)
        kind = _kind(source)
        if found is NOT_LOADED or kind is None:
            return found
        if kind == "owners":
            return self._directory.owner_name(found if isinstance(found, int) else None)
        return None if found is None else self._directory.name(kind, found) or str(found)

    def cells(self, row: Mapping[str, Any]) -> list[str]:
        """A line of CSV; a text that a spreadsheet would run as a formula is led by an apostrophe."""
        return [_cell(self.value(row, name)) for name in self.names]

    def entry(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """An object of JSON; what is not loaded has no key."""
        values = ((name, self.value(row, name)) for name in self.names)
        return {name: value for name, value in values if value is not NOT_LOADED}


def _with_names(seen: Iterable[str]) -> list[str]:
    names: list[str] = []
    for key in seen:
        names.append(key)
        if key.endswith("_id") and _kind(key) and key.removesuffix("_id") not in names:
            names.append(key.removesuffix("_id"))
    return names


def _kind(field: str) -> str | None:
    return Directory.kind_of_field(field)


def _cell(value: Any) -> str:
    if value is NOT_LOADED:
        return NOT_LOADED_TEXT
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(_FORMULA) and not _HARMLESS.fullmatch(text) else text
