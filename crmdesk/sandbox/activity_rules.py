"""What holds for tasks, appointments and sales activities: their targets, times, zones, attendees and outcomes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crmdesk.sandbox import times
from crmdesk.sandbox.modules import Body
from crmdesk.sandbox.rails_zones import RAILS_ZONES, USUAL
from crmdesk.sandbox.store import Record, Store
from crmdesk.sandbox.targets import blank, missing, target_module, type_name, whole

if TYPE_CHECKING:
    from crmdesk.sandbox.write import Writer

_PLAIN_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_FIRST_ATTENDEE = 94_648
_ATTENDEES = {"fdmultitenant::user": "user", "user": "user", "contact": "contact"}
_AIMED = {"targetable_type": "Targetable type", "targetable_id": "Targetable"}
_MANDATORY: dict[str, dict[str, str]] = {
    "tasks": {"title": "Title", "due_date": "Due date", **_AIMED, "owner_id": "Owner"},
    "appointments": {"title": "Title", "from_date": "From date", "end_date": "End date"},
    "sales_activities": {
        "title": "Title",
        "sales_activity_type_id": "Sales activity type",
        "start_date": "Start date",
        "end_date": "End date",
        "owner_id": "Owner",
        **_AIMED,
    },
}


def lacking(module: str, data: Body) -> list[str]:
    """A message for each mandatory key of a new task, appointment or sales activity that is blank."""
    return missing(data, _MANDATORY[module])


def target(store: Store, changed: Record, fresh: Body) -> list[str]:
    """Where a request says what a record is about: it must be there; its kind gets the name that is printed."""
    if "targetable_type" not in fresh and "targetable_id" not in fresh:
        return []
    if blank(changed.get("targetable_type")) and blank(changed.get("targetable_id")):
        return []
    module = target_module(store, changed.get("targetable_type"))
    if module is None:
        return ["Targetable type is invalid"]
    number = whole(changed.get("targetable_id"))
    found = store.get(module.name, number) if number is not None else None
    if found is None or found["is_deleted"]:
        return ["Targetable is invalid"]
    changed["targetable_type"], changed["targetable_id"] = type_name(module), number
    return []


def _outcome(store: Store, changed: Record, key: str, type_ids: set[Any]) -> list[str]:
    outcome = changed[key] = whole(changed.get(key))
    if outcome is None:
        return []
    found = store.choice("sales_activity_outcomes", outcome)
    return [] if found is not None and found["sales_activity_type_id"] in type_ids else ["Outcome is invalid"]


def _types(store: Store, internal_name: str) -> set[Any]:
    listed = store.choices("sales_activity_types")
    return {item["id"] for item in listed if item["internal_name"] == internal_name}


# -- tasks ----------------------------------------------------------------------------------------------------


def check_task(writer: Writer, before: Record, changed: Record, fresh: Body) -> list[str]:
    """A task's target, outcome, kind, collaborators, due date, owner, and a status that tells when it was done."""
    problems = target(writer.store, changed, fresh)
    kinds = _types(writer.store, "task")
    if "outcome_id" in fresh:
        problems += _outcome(writer.store, changed, "outcome_id", kinds)
    if "task_type_id" in fresh:
        kind = changed["task_type_id"] = whole(changed["task_type_id"])
        if kind is not None and writer.store.choice("sales_activity_types", kind) is None:
            problems.append("Task type is invalid")
    users = changed.pop("task_users_attributes", None)
    if users is not None:
        changed["user_ids"] = [whole(item.get("user_id")) for item in users if not item.get("_destroy")]
        if any(writer.store.choice("users", key) is None for key in changed["user_ids"]):
            problems.append("User is invalid")
    if "due_date" in fresh:
        moment = times.read(fresh["due_date"])
        changed["due_date"] = times.printed(moment, True)
        problems += [] if moment is not None else ["Due date can't be blank"]
    if "owner_id" in fresh and changed["owner_id"] is None:
        problems.append("Owner can't be blank")
    if "status" in fresh:
        _mark(before, changed, fresh["status"])
    return problems


def _mark(before: Record, changed: Record, status: Any) -> None:
    """Done (1) or open again (0)."""
    changed["status"] = 1 if status in (1, "1", True) else 0
    if changed["status"] != before.get("status", 0):
        changed["completed_date"] = times.printed(times.now_ms(), True) if changed["status"] else None


# -- sales activities -----------------------------------------------------------------------------------------


def check_activity(writer: Writer, before: Record, changed: Record, fresh: Body) -> list[str]:
    """A sales activity's target, times, and an outcome of its type."""
    problems = target(writer.store, changed, fresh)
    for key in ("start_date", "end_date", "checkedin_at", "checkedout_at", "completed_date"):
        if key in fresh and not (blank(fresh[key]) and key not in ("start_date", "end_date")):
            moment = times.read(fresh[key])
            changed[key] = times.printed(moment)
            if moment is None:
                problems.append(f"{_label(key)} is invalid")
    if "start_date" in fresh:
        changed["conversation_time"] = changed["start_date"]
    problems += _in_order(changed, "start_date")
    if "sales_activity_outcome_id" in fresh or "sales_activity_type_id" in fresh:
        kind = changed.get("sales_activity_type_id")
        problems += _outcome(writer.store, changed, "sales_activity_outcome_id", {kind})
    if "status" in fresh:
        changed["status"] = str(fresh["status"]).lower() in ("true", "1")
        if changed["status"] != bool(before.get("status")):
            changed["completed_date"] = times.printed(times.now_ms()) if changed["status"] else None
    return problems


def _label(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _in_order(changed: Record, start: str) -> list[str]:
    begins, ends = times.read(changed.get(start)), times.read(changed.get("end_date"))
    if begins is not None and ends is not None and ends < begins:
        return [f"End date must not lie before the {_label(start).lower()}"]
    return []


# -- appointments ---------------------------------------------------------------------------------------------


def check_appointment(writer: Writer, before: Record, changed: Record, fresh: Body) -> list[str]:
    """An appointment's target, title, times, zone, outcome and attendees."""
    problems = target(writer.store, changed, fresh)
    if "title" in fresh and blank(fresh["title"]):
        problems.append("Title can't be blank")
    if "is_allday" in fresh:
        changed["is_allday"] = str(fresh["is_allday"]).lower() in ("true", "1")
    if fresh.keys() & {"is_allday", "from_date", "end_date"}:
        problems += _appointment_times(changed) or _in_order(changed, "from_date")
    if "time_zone" in fresh and not blank(fresh["time_zone"]) and fresh["time_zone"] not in RAILS_ZONES:
        problems.append("Time zone is invalid")
    changed["time_zone"] = changed.get("time_zone") or USUAL
    if "outcome_id" in fresh:
        problems += _outcome(writer.store, changed, "outcome_id", _types(writer.store, "appointment"))
    given = changed.pop("appointment_attendees_attributes", None)
    return problems or _attend(writer.store, changed, given or [])


def _appointment_times(changed: Record) -> list[str]:
    """Dates alone for an appointment of whole days, moments for every other."""
    problems = []
    for key in ("from_date", "end_date"):
        value = changed.get(key)
        moment = times.read(value)
        plain = isinstance(value, str) and _PLAIN_DATE.match(value.strip()) is not None
        if blank(value):
            problems.append(f"{_label(key)} can't be blank")
        elif moment is None:
            problems.append(f"{_label(key)} is invalid")
        elif changed.get("is_allday") and not plain:
            problems.append(f"{_label(key)} must be a date, without a time, for an all day appointment")
        elif plain and not changed.get("is_allday"):
            problems.append("is_allday is mandatory for an all day appointment")
        elif not plain:
            changed[key] = times.printed(moment, True)
    return problems


def _attend(store: Store, changed: Record, given: list[Body]) -> list[str]:
    """Attendees are added: those that are there stay."""
    listed = [dict(item) for item in changed.get("_attendees") or ()]
    have = {(item["type"], item["attendee_id"]) for item in listed}
    last = store.meta("last_attendee", _FIRST_ATTENDEE - 1)
    for item in given:
        kind = _ATTENDEES.get(str(item.get("attendee_type") or "").lower())
        number = whole(item.get("attendee_id"))
        known = store.choice("users", number) if kind == "user" else store.get("contacts", number or 0)
        if kind is None or known is None or known.get("is_deleted"):
            return ["Attendee is invalid"]
        if (kind, number) not in have:
            last += 1
            have.add((kind, number))
            listed.append({"id": last, "type": kind, "attendee_id": number})
    store.set_meta("last_attendee", last)
    changed["_attendees"] = listed
    return []
