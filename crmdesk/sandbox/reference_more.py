"""The rest of the dataset `reference`: what hangs on records, lists, and the ids that their examples name."""

from __future__ import annotations

from typing import Any

from crmdesk.sandbox import times
from crmdesk.sandbox.members import put_in
from crmdesk.sandbox.modules import Body
from crmdesk.sandbox.store import Record, Store

_JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"


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
    _fields(store)
    store.set_meta("form_of_examples", 1)
    store.fill("appointments", [_appointment(number) for number in (1, 2)])
    store.set_meta("last_attendee", 94650)
    store.fill("products", [_product(number) for number in (1, 2)])
    store.fill("cpq_documents", [_document(number) for number in (1, 2)])


def _fields(store: Store) -> None:
    """Custom fields that only the examples of products and documents print."""
    store.set_added_fields("deals", [{"name": "cf_custom_date", "label": "Custom date", "kind": "date"}])
    named = (
        ("cf_custom_status", "Custom status", "text"),
        ("cf_rating", "Rating", "text"),
        ("cf_number_field", "Number field", "number"),
    )
    fields = [{"name": name, "label": label, "kind": kind} for name, label, kind in named]
    store.set_added_fields("cpq_documents", fields)


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
    store.set_choices("sales_activity_outcomes", [{**item, "id": number} for number, item in enumerate(ordered, 1)])


def _appointment(number: int) -> Record:
    """The first is over since long; the second is still to come."""
    year = "2016" if number == 1 else "2099"
    attendees = (("user", 222, 94649), ("user", 223, 94648), ("contact", 115773, 94650))
    return _record(
        number,
        owner_id=1,
        time_zone="Chennai",
        title="Sample Appointment" if number == 1 else "(Sample) Product Demo",
        description="This is just a sample Appointment.",
        location="Chennai, TN, India",
        from_date=f"{year}-06-20T05:00:00Z",
        end_date=f"{year}-06-20T06:00:00Z",
        latitude="34.4208",
        longitude="119.6982",
        checkedin_at="2019-01-22T23:27:56-08:00",
        _attendees=[{"id": key, "type": kind, "attendee_id": who} for kind, who, key in attendees],
        **_at("Contact", 115765),
    )


def _price(price_id: int, code: str, unit: float, **subscription: Any) -> Body:
    return {
        "id": price_id,
        "currency_code": code,
        "_destroy": False,
        "billing_cycle": subscription.get("cycle"),
        "billing_type": subscription.get("kind"),
        "unit_price": unit,
        "setup_fee": subscription.get("fee"),
        "is_locked": False,
    }


def _product(number: int) -> Record:
    """The first is a subscription. The examples price it as if for the first time, too: `_repriced` lets them."""
    subscribed = [
        _price(18, "USD", 100.0, fee=10.0, cycle=6, kind=1),
        _price(19, "INR", 7400.0, fee=740.0, cycle=6, kind=1),
    ]
    return _record(
        number,
        owner_id=3,
        name=f"Sample Product {number}",
        category="Software",
        product_code=f"sample_product_{number}",
        sku_number="sample_sku",
        parent_product=1,
        valid_till="2021-11-06T13:47:13+05:00",
        is_active=True,
        pricing_type=2 if number == 1 else 1,
        product_pricings=subscribed if number == 1 else [_price(6, "USD", 1000.0)],
        base_currency_amount=100.0 if number == 1 else 1000.0,
        creater_id=3,
        updater_id=3,
        description="This is a sample product",
        custom_field={"cf_rating": "5", "cf_quantity": 10.0},
        _repriced=number == 1,
    )


def _line(number: int, document: int, unit: float, quantity: int, discount: float) -> Body:
    subscribed = number == 1
    return {
        "id": number,
        "product_id": number,
        "cpq_document_id": document,
        "currency_code": "USD",
        "billing_cycle": 6 if subscribed else None,
        "billing_type": 1 if subscribed else None,
        "unit_price": unit,
        "setup_fee": 10.0 if subscribed else None,
        "quantity": quantity,
        "discount": discount,
        "item_id": f"{document}-{number}",
        "name": f"Sample Product {number}",
        "pricing_type": 2 if subscribed else 1,
        "avatar": None,
        "owner_id": 3,
    }


def _document(number: int) -> Record:
    """The first has lines, and with them a total that is read-only; the second has none."""
    place = {"address": "604-5854 Beckford St.", "city": "Glendale", "state": "Arizona", "zipcode": "100652"}
    place["country"] = "USA"
    listed = [_line(1, number, 100.0, 1, 0.0), _line(2, number, 1000.0, 2, 10.0)] if number == 1 else []
    amount = 2483.0 if listed else 100.0
    return _record(
        number,
        owner_id=1,
        deal_id=1,
        contact_id=1,
        sales_account_id=1,
        document_type="Quote",
        stage="Draft",
        valid_till="2021-10-28T11:00:00-08:00",
        **{f"{kind}_{key}": value for kind in ("shipping", "billing") for key, value in place.items()},
        amount=amount,
        base_currency_amount=amount,
        currency_code="USD",
        creater_id=3,
        updater_id=3,
        document_number=f"DOC-{number}",
        territory_id=1,
        products=listed,
        has_products=bool(listed),
        display_name=f"Sample Document {number}",
        cpq_document_template_name="Sample Template",
        custom_field={"cf_custom_status": None, "cf_rating": None},
    )
