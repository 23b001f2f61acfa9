"""The values of one record: as the CRM sent them, and as they are staged. No Qt, no network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmdesk.changes.drafts import Staged
from crmdesk.crm.kinds import kind_of, normal
from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.schema import Field, Schema
from crmdesk.crm.values import NOT_LOADED
from crmdesk.ui.browse.values import look_up


def loaded(spec: ModuleSpec, record: Mapping[str, Any], field: Field) -> Any:
    """A field's value in normal form as it was read; NOT_LOADED where the record does not hold it."""
    found = look_up(record, field.name)
    return NOT_LOADED if found is NOT_LOADED else normal(kind_of(spec, field), found)


def current(
    spec: ModuleSpec, schema: Schema | None, record: Mapping[str, Any], staged: Mapping[str, Staged], name: str
) -> Any:
    """A field's value as it stands: staged, else loaded."""
    if name in staged:
        return staged[name].after
    field = schema.fields.get(name) if schema is not None else None
    return look_up(record, name) if field is None else loaded(spec, record, field)


def overlaid(record: Mapping[str, Any], staged: Mapping[str, Staged]) -> Mapping[str, Any]:
    """The record with what is staged in place of what was read; custom fields stay below `custom_field`."""
    if not staged:
        return record
    held = record.get("custom_field")
    custom = dict(held) if isinstance(held, Mapping) else {}
    laid = dict(record)
    for name, edit in staged.items():
        (custom if name.startswith("cf_") else laid)[name] = edit.after
    if custom:
        laid["custom_field"] = custom
    return laid


def replaced(name: str, schema: Schema | None) -> bool:
    """Whether a field is an older way to say another one: `email` of contacts (reference: use `emails`)."""
    return name == "email" and schema is not None and "emails" in schema.fields
