"""Every write of records as a Call, built over a ModuleSpec. Pure: nothing is sent here.

`values` are flat and in wire form: {"amount": 5, "cf_rating": "Good"}; custom fields are put below `custom_field`.
Sources: the sections "Create …", "Update …", "Clone …", "Delete …", "Bulk …" of the API reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crmdesk.config.errors import InputError
from crmdesk.crm.calls import Call, Upload
from crmdesk.crm.module_spec import Can, ModuleSpec
from crmdesk.crm.relation_table import BadLine, folded, split_field
from crmdesk.crm.written import BulkAnswer, job_id, per_id, record_of, refused

MOST_IN_BULK = 100

__all__ = [
    "MOST_IN_BULK",
    "BulkAnswer",
    "body_of_values",
    "bulk_assign_owner",
    "bulk_delete",
    "bulk_restore",
    "bulk_update",
    "bulk_upsert",
    "clone",
    "create",
    "delete",
    "forget",
    "job_id",
    "per_id",
    "record_of",
    "refused",
    "restore",
    "update",
    "upsert",
]

# How `phone_calls` writes a type that other requests write as "Contact" (Phone, Manual Call Log).
_CALL_TARGETS = {"Contact": "contact", "SalesAccount": "salesAccount", "Deal": "deal"}
_CALL_FIELDS = frozenset({"call_direction", "targetable_type", "targetable", "outcome_id", "note"})


def body_of_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Flat values as the API wants them: `cf_…` below `custom_field`."""
    body = {key: value for key, value in values.items() if not key.startswith("cf_")}
    custom = {key: value for key, value in values.items() if key.startswith("cf_")}
    if custom:
        body["custom_field"] = {**body.get("custom_field", {}), **custom}
    return body


def _enveloped(spec: ModuleSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    body = body_of_values(values)
    return body if spec.flat else {spec.one_key: body}


def _only(spec: ModuleSpec, can: Can, doing: str) -> None:
    if can not in spec.can:
        raise InputError(f"The API can't {doing} {spec.plural.lower()}.", subject=spec.key)


def create(spec: ModuleSpec, values: Mapping[str, Any]) -> Call:
    """A new record; lines of its sets (`contacts:5`) may come with it. A file's `path` is uploaded."""
    _only(spec, Can.CREATE, "create")
    if spec.key == "files":
        return _file(spec, values)
    values = folded(spec, values)
    if spec.key == "phone_calls":
        values = _phone_call(values)
    return Call("POST", spec.path, _enveloped(spec, values), repeatable=False)


def _file(spec: ModuleSpec, values: Mapping[str, Any]) -> Call:
    upload = Upload(str(values["path"]), content_type=str(values.get("content_type") or ""))
    form = {key: value for key, value in values.items() if key not in ("path", "content_type") and value is not None}
    texts = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in form.items()}
    return Call("POST", spec.path, form=texts, upload=upload, repeatable=False)


def _phone_call(values: Mapping[str, Any]) -> dict[str, Any]:
    """A call log: what is told of the contact or account goes into `targetable`, a note's text into `note`."""
    call = {key: value for key, value in values.items() if key in _CALL_FIELDS and value is not None}
    kind = str(call.get("targetable_type") or "contact")
    call["targetable_type"] = _CALL_TARGETS.get(kind, kind)
    told = {key: value for key, value in values.items() if key not in _CALL_FIELDS and value is not None}
    target = told.pop("targetable_id", None)
    known = {} if target is None else {"id": str(target)}
    call["targetable"] = {**known, **told, **call.get("targetable", {})}
    if isinstance(call.get("note"), str):
        call["note"] = {"description": call["note"]}
    return call


def update(spec: ModuleSpec, record_id: int, values: Mapping[str, Any], include: str | None = None) -> Call:
    """Changes the given fields only; `include` asks for side-loads in the answer."""
    _only(spec, Can.EDIT, "change")
    line = next((field for field in values if split_field(field)[1]), None)
    if line is not None:
        raise BadLine(f"“{line}” is a line of a set; sets are written by relations.write_lines.", subject=line)
    params = {"include": include} if include else None
    return Call("PUT", f"{spec.path}/{int(record_id)}", _enveloped(spec, values), params)


def clone(spec: ModuleSpec, record_id: int, values: Mapping[str, Any] | None = None) -> Call:
    """A copy of a record, with the given fields changed in it."""
    _only(spec, Can.CLONE, "clone")
    body = _enveloped(spec, folded(spec, values)) if values else {}
    return Call("POST", f"{spec.path}/{int(record_id)}/clone", body, repeatable=False)


def delete(spec: ModuleSpec, record_id: int, *, with_contacts_and_deals: bool = False) -> Call:
    """Into the Recycle Bin, where the module has one; an account can take its contacts and open deals along."""
    _only(spec, Can.DELETE, "delete")
    params = {"delete_associated_contacts_deals": "true"} if _along(spec, with_contacts_and_deals) else None
    return Call("DELETE", f"{spec.path}/{int(record_id)}", params=params)


def _along(spec: ModuleSpec, wanted: bool) -> bool:
    if wanted and spec.key != "sales_accounts":
        raise InputError("Only accounts can take their contacts and deals along.", subject=spec.key)
    return wanted


def restore(spec: ModuleSpec, record_id: int) -> Call:
    """Back from the Recycle Bin; documented for products and documents only (`spec.unproven`)."""
    _only(spec, Can.RESTORE, "restore")
    return Call("PUT", f"{spec.path}/{int(record_id)}/restore")


def forget(spec: ModuleSpec, record_id: int) -> Call:
    """Deletes for good, with all that belongs to it."""
    _only(spec, Can.FORGET, "forget")
    return Call("DELETE", f"{spec.path}/{int(record_id)}/forget")


def _selected(spec: ModuleSpec, ids: Sequence[int]) -> dict[str, Any]:
    """Ids of custom modules go as text (Bulk-delete records), all others as numbers."""
    _check_bulk(ids)
    return {"selected_ids": [str(item) if spec.custom else int(item) for item in ids]}


def _check_bulk(items: Sequence[Any]) -> None:
    if not 0 < len(items) <= MOST_IN_BULK:
        raise ValueError(f"a bulk request takes 1 to {MOST_IN_BULK} records, not {len(items)}")


def bulk_delete(spec: ModuleSpec, ids: Sequence[int], *, with_contacts_and_deals: bool = False) -> Call:
    """Deletes up to 100 records; answers per id or by a message (see `per_id`)."""
    _only(spec, Can.BULK_DELETE, "delete in bulk")
    body = _selected(spec, ids)
    if _along(spec, with_contacts_and_deals):
        body["delete_associated_contacts_deals"] = True
    return Call("POST", str(spec.bulk_delete_path), body)


def bulk_restore(spec: ModuleSpec, ids: Sequence[int]) -> Call:
    """Restores up to 100 products or documents; queued. Declared POST, printed PUT: PUT (api-in-practice.md)."""
    _only(spec, Can.BULK_RESTORE, "restore in bulk")
    return Call("PUT", str(spec.bulk_restore_path), _selected(spec, ids))


def bulk_update(spec: ModuleSpec, ids: Sequence[int], values: Mapping[str, Any]) -> Call:
    """Gives up to 100 products or documents the same values; queued."""
    _only(spec, Can.BULK_UPDATE, "change in bulk")
    _check_bulk(ids)
    return Call("PUT", str(spec.bulk_update_path), {**_enveloped(spec, values), "ids": [int(item) for item in ids]})


def bulk_assign_owner(spec: ModuleSpec, ids: Sequence[int], owner_id: int | None) -> Call:
    """Gives up to 100 contacts, products or documents to an owner."""
    if spec.bulk_assign_path is None:
        raise InputError(f"The API can't assign {spec.plural.lower()} in bulk.", subject=spec.key)
    return Call("POST", spec.bulk_assign_path, {**_selected(spec, ids), "owner_id": owner_id})


def upsert(spec: ModuleSpec, unique: Mapping[str, Any], values: Mapping[str, Any]) -> Call:
    """Changes the record with this unique value, or creates it: {"emails": "a@b.example"}."""
    _only(spec, Can.UPSERT, "upsert")
    body = {"unique_identifier": dict([_unique(unique)]), **_enveloped(spec, values)}
    return Call("POST", f"{spec.path}/upsert", body)


def bulk_upsert(spec: ModuleSpec, items: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> Call:
    """Up to 100 upserts in one background job: ({"id": 5} or {"emails": "a@b.example"}, values)."""
    if spec.bulk_upsert_path is None:
        raise InputError(f"The API can't change {spec.plural.lower()} in bulk.", subject=spec.key)
    _check_bulk(items)
    rows = []
    for identifier, values in items:
        name, value = _unique(identifier)
        rows.append({name: value, "data": body_of_values(values)})
    return Call("POST", spec.bulk_upsert_path, {spec.many_key: rows})


def _unique(identifier: Mapping[str, Any]) -> tuple[str, Any]:
    """Exactly one name and value, an id as text; `email` is refused by the API (Upsert a Contact, note 3)."""
    if len(identifier) != 1:
        raise InputError("An upsert finds its record by exactly one field.", subject="unique field")
    ((name, value),) = identifier.items()
    if name == "email":
        raise InputError("Contacts are found by “emails”, not by “email”.", subject="email", remedy="Use emails.")
    return name, str(value) if name == "id" else value
