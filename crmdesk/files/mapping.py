"""Which column of a file is which field of a module: remembered, by the field's own name, or by its label."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from crmdesk.crm.checks import READ_ONLY
from crmdesk.crm.schema import Field, Schema
from crmdesk.files.tables import Column

RECORD_ID = "id"
How = Literal["remembered", "name", "label", "chosen", ""]

_NAMED_BESIDE = re.compile(r"^(?P<label>.*)\((?P<name>[a-z][a-z0-9_]*)\)$", re.DOTALL)
_NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Match:
    """A column and its field ("id": the record's own; None: the column is left out), how it was found, and a note."""

    column: Column
    field: str | None = None
    how: How = ""
    note: str = ""


def match_columns(
    columns: Sequence[Column], schema: Schema, remembered: Mapping[str, str] | None = None
) -> tuple[Match, ...]:
    """A match for each column; no field is taken twice. `remembered` is what `to_remember` gave for such a file."""
    kept = remembered or {}
    targets = _Targets(schema)
    matches = [_match(column, targets, kept) for column in columns]
    taken: dict[str, Column] = {}
    # what the person once chose wins over what only looks alike, whichever stands further left
    for match in sorted(matches, key=lambda found: (found.how != "remembered", found.how != "name")):
        if match.field is not None:
            taken.setdefault(match.field, match.column)
    return tuple(
        replace(match, field=None, how="", note=f"“{taken[match.field].key}” is that field already")
        if match.field is not None and taken[match.field] is not match.column
        else match
        for match in matches
    )


def chosen(matches: Iterable[Match], column: Column, field: str | None) -> tuple[Match, ...]:
    """The matches with one decided by the person; another column loses the field."""
    return tuple(
        Match(match.column, field, "chosen")
        if match.column == column
        else Match(match.column)
        if field is not None and match.field == field
        else match
        for match in matches
    )


def to_remember(matches: Iterable[Match]) -> dict[str, str]:
    """What to keep for the next file with such headings: folded heading → field, "" for left out."""
    return {folded(match.column.key): match.field or "" for match in matches if match.column.heading}


def folded(text: str) -> str:
    """A heading as it is compared: without case, accents of form, or what stands between words."""
    return _NO_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def headings(fields: Sequence[Field]) -> list[str]:
    """A heading for each field that leads back to it: its label, with its name beside it where labels repeat."""
    count: dict[str, int] = {}
    for field in fields:
        key = folded(field.label or field.name)
        count[key] = count.get(key, 0) + 1
    return [
        field.label if field.label and count[folded(field.label)] == 1 else f"{field.label} ({field.name})".strip()
        for field in fields
    ]


class _Targets:
    """A schema's fields by every way a heading may call them."""

    def __init__(self, schema: Schema) -> None:
        self.fields = schema.fields
        self.by_name = {folded(name): name for name in schema.fields}
        for name in schema.fields:
            self.by_name.setdefault(folded(name.removeprefix("cf_")), name)
        self.by_label: dict[str, list[str]] = {}
        for name, field in schema.fields.items():
            self.by_label.setdefault(folded(field.label), []).append(name)


def _match(column: Column, targets: _Targets, remembered: Mapping[str, str]) -> Match:
    key = folded(column.key)
    if not column.heading:
        return Match(column, note="the column has no heading")
    if key in remembered:
        field = remembered[key]
        if not field or field == RECORD_ID or field in targets.fields:
            return Match(column, field or None, "remembered")
    heading = folded(column.heading)
    if heading in ("id", "record id"):
        return Match(column, RECORD_ID, "name")
    named = _NAMED_BESIDE.match(column.heading.strip())
    if named and named["name"] in targets.fields:
        return _checked(column, targets.fields[named["name"]], "name")
    if (exact := column.heading.strip().lower()) in targets.fields:
        return _checked(column, targets.fields[exact], "name")
    labelled = targets.by_label.get(heading, [])
    if len(labelled) > 1:
        return Match(column, note=f"several fields are called so: {', '.join(labelled)}")
    if labelled:
        return _checked(column, targets.fields[labelled[0]], "label")
    if heading in targets.by_name:
        return _checked(column, targets.fields[targets.by_name[heading]], "name")
    return Match(column, note="no field is called so")


def _checked(column: Column, field: Field, how: How) -> Match:
    if field.name in READ_ONLY or not field.editable:
        return Match(column, note=f"“{field.label}” is written by the CRM itself")
    return Match(column, field.name, how)
