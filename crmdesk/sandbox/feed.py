"""What happened to a record, as `<module>/<id>/activities` tells it."""

from __future__ import annotations

import json

from crmdesk.sandbox import times
from crmdesk.sandbox.modules import Body, Module
from crmdesk.sandbox.rules import target_of
from crmdesk.sandbox.store import Record, Store, Where, dumps

_TOLD = ("title", "description", "from_date", "end_date", "time_zone", "due_date", "name", "file_name")
# Kinds that happen to the record that they are about.
_ABOUT = {"tasks": "TASK", "appointments": "APPOINTMENT", "notes": "NOTE", "sales_activities": "SALES_ACTIVITY"} | {
    "phone_calls": "PHONE_CALL",
    "files": "DOCUMENT",
}


def note(store: Store, target: str, kind: str, user: int | None, data: Body, about: Body | None = None) -> None:
    """Something that happened to `contacts:1`."""
    body = {"action_type": kind, "action_data": data, "user_id": user, **(about or {})}
    store.db.execute("INSERT INTO feed (target, at_ms, body) VALUES (?, ?, ?)", (target, times.now_ms(), dumps(body)))


def created(store: Store, module: Module, record: Record, user: Body) -> None:
    """A record was made: told at what it is about, else at itself."""
    kind = _ABOUT.get(module.name)
    if kind is None:
        if module.links:
            note(store, f"{module.name}:{record['id']}", f"{module.one.upper()}_CREATED", user["id"], _data(record))
        return
    target = target_of(record)
    if target:
        about = {"actionable_type": module.model, "actionable_id": record["id"]}
        note(store, target, f"{kind}_CREATED", user["id"], _data(record), about)


def staged(store: Store, deal: Record) -> None:
    """A deal came into another stage: told at the deal and at its contacts."""
    stage = store.choice("deal_stages", deal.get("deal_stage_id")) or {}
    data = {"stage_id": stage.get("id"), "stage_name": stage.get("name")}
    about = {"targetable_type": "Deal", "targetable_id": deal["id"], "targetable_name": deal.get("name")}
    user = deal.get("updater_id") or deal.get("creater_id")
    for target in (f"deals:{deal['id']}", *(f"contacts:{key}" for key in deal.get("_contact_ids") or ())):
        note(store, target, "STAGE_CHANGE", user, data, about)


def _data(record: Record) -> Body:
    return {key: record[key] for key in _TOLD if record.get(key) is not None}


def listed(store: Store, module: Module, record: Record, limit: int, offset: int) -> tuple[list[Body], int]:
    """One page of what happened, the newest first, and how much there is in all.

    What a dataset came with has no entries of its own: that the record and what is about it were made is told.
    """
    own = store.db.execute(
        "SELECT id, at_ms, body FROM feed WHERE target = ? ORDER BY at_ms DESC, id DESC",
        (f"{module.name}:{record['id']}",),
    ).fetchall()
    entries = [_entry(module, record, number, at, json.loads(body)) for number, at, body in own]
    known = {(item["actionable_type"], item["actionable_id"]) for item in entries}
    if not any(item["action_type"].endswith("_CREATED") and item["actionable_id"] is None for item in entries):
        maker = record.get("creater_id") or record.get("creator_id")
        body = {"action_type": f"{module.one.upper()}_CREATED", "action_data": _data(record), "user_id": maker}
        entries.append(_entry(module, record, record["id"], record["created_ms"], body))
    for name, kind in _ABOUT.items():
        if name in store.modules:
            entries += _older(store, module, record, name, kind, known)
    entries.sort(key=lambda item: (item["_at"], item["composite_id"]), reverse=True)
    for item in entries:
        item.pop("_at")
    return entries[offset : offset + limit], len(entries)


def _older(
    store: Store, module: Module, record: Record, name: str, kind: str, known: set[tuple[object, object]]
) -> list[Body]:
    other = store.modules[name]
    where = Where("deleted = 0 AND parent = ?", (f"{module.name}:{record['id']}",))
    found = []
    for item in store.each(name, where):
        if (other.model, item["id"]) in known:
            continue
        body = {"action_type": f"{kind}_CREATED", "action_data": _data(item), "user_id": item.get("creater_id")}
        body |= {"actionable_type": other.model, "actionable_id": item["id"]}
        found.append(_entry(module, record, item["id"], item["created_ms"], body))
    return found


def _entry(module: Module, record: Record, number: int, at: int, body: Body) -> Body:
    usual = {"targetable_type": module.model, "targetable_id": record["id"], "targetable_name": None}
    usual |= {"actionable_type": None, "actionable_id": None}
    return {
        "composite_id": f"{number}_{body['action_type']}",
        "action_data": body["action_data"],
        "action_type": body["action_type"],
        "created_at": times.printed(at),
        "user_activity": body["user_id"] is not None,
        **{key: body.get(key, usual[key]) for key in ("targetable_type", "targetable_id")},
        **{key: body.get(key) for key in ("actionable_type", "actionable_id", "targetable_name")},
        "user_id": body["user_id"],
        "_at": at,
    }
