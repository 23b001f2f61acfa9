"""Who attends an appointment, beside it as answers print it."""

from __future__ import annotations

from collections.abc import Sequence

from crmdesk.sandbox.modules import Body
from crmdesk.sandbox.render import user_shape
from crmdesk.sandbox.store import Record, Store

Sides = dict[str, list[Body]]


def add(store: Store, record: Record, shape: Body, sides: Sides) -> None:
    """The attendees of one appointment, and the users and contacts that they are."""
    listed = record.get("_attendees") or []
    shape["appointment_attendee_ids"] = [item["id"] for item in listed]
    for item in listed:
        who = item["attendee_id"]
        sides["appointment_attendees"].append({"id": item["id"], "attendee": {"type": item["type"], "id": who}})
        side = sides["users" if item["type"] == "user" else "contacts"]
        if any(known["id"] == who for known in side):
            continue
        user = store.choice("users", who) if item["type"] == "user" else None
        contact = store.get("contacts", who) if item["type"] == "contact" else None
        if user is not None:
            side.append(user_shape(user))
        if contact is not None:
            name = contact.get("display_name")
            side.append({"id": who, "display_name": name, "avatar": None, "type": "Contact"})


def beside(store: Store, records: Sequence[Record], body: Body) -> Body:
    """A list of appointments with the attendees of all of them before it."""
    sides: Sides = {"appointment_attendees": []}
    for name in ("users", "contacts"):
        sides[name] = list(body.pop(name, ()))
    for record, shape in zip(records, body["appointments"], strict=True):
        add(store, record, shape, sides)
    return {**sides, **body}
