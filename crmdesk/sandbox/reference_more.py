"""The rest of the dataset `reference`: what hangs on records, lists, and the ids that their examples name."""

from __future__ import annotations

from typing import Any

from crmdesk.sandbox import times
from crmdesk.sandbox.members import put_in
from crmdesk.sandbox.store import Record, Store

_JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
_PRICES = (("USD", 18, 100.0, 10.0), ("INR", 19, 7400.0, 740.0))


def _record(record_id: int, **fields: Any) -> Record:
    made = times.ANCHOR - times.DAY + record_id % 1000
    return {"id": record_id, "is_deleted": False, "created_ms": made, "updated_ms": made, **fields}


def _at(kind: str, record_id: int = 1) -> dict[str, Any]:
    return {"targetable_type": kind, "targetable_id": record_id, "creater_id": 1}


def fill(store: Store) -> None:
    """Add to a dataset whose records are there already."""
    _notes_and_calls(store)
    _files(store)
    store.fill("lists", [_record(number, name=f"Sample list{number}") for number in range(1, 7)])
    put_in(store, 1, [1, 2])
    put_in(store, 2, [10, 123])
    _outcomes(store)


def _notes_and_calls(store: Store) -> None:
    notes = [
        _record(1, description="Sample note for contact create", **_at("Contact")),
        _record(2, description="Sample note for contact create", **_at("Contact")),
        _record(3, description="Create Sample note for an account", **_at("SalesAccount")),
        _record(4, description="Sample note", **_at("Contact")),
        _record(5, description="Create Sample note for a deal", **_at("Deal")),
        _record(6, description="Sample note for a property", **_at("cm_property", 3000000001)),
    ]
    store.fill("notes", notes)
    moment = "2016-09-12T08:23:43Z"
    call = _record(1, owner_id=1, call_direction=True, conversation_time=moment, note_id=4, **_at("Contact"))
    store.fill("phone_calls", [call])


def _files(store: Store) -> None:
    kept = {"content_content_type": "image/jpeg", "content_file_size": len(_JPEG), "is_shared": True}
    file = _record(11, name="uploadedFile.jpeg", _original="uploadedFile.jpeg", **kept, **_at("Contact"))
    link = _record(5, name="fileLink", _link="https://docs.google.com/document/d/abcd123", **_at("Contact"))
    store.fill("files", [link, file])
    store.db.execute("INSERT INTO file_bodies VALUES (11, ?)", (_JPEG,))


def _outcomes(store: Store) -> None:
    """The examples give outcome 1 to activities of type 2: the ids change places."""
    found = [dict(item) for item in store.choices("sales_activity_outcomes")]
    first = [item for item in found if item["sales_activity_type_id"] == 2]
    ordered = [*first, *(item for item in found if item not in first)]
    store.set_choices(
        "sales_activity_outcomes", [{**item, "id": number} for number, item in enumerate(ordered, 1)]
    )


def prices() -> list[dict[str, Any]]:
    """The prices of the documented subscription product."""
    return [
        {
            "id": price_id,
            "currency_code": code,
            "_destroy": False,
            "billing_cycle": 6,
            "billing_type": 1,
            "unit_price": unit,
            "setup_fee": fee,
            "is_locked": False,
        }
        for code, price_id, unit, fee in _PRICES
    ]
