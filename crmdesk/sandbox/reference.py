"""The dataset `reference`: few records, with the very ids that the reference's examples name."""

from __future__ import annotations

from typing import Any

from crmdesk.sandbox import feed, reference_more, rules, times
from crmdesk.sandbox.choices import all_choices
from crmdesk.sandbox.modules import Body
from crmdesk.sandbox.store import Record, Store, dumps

BASE = 2_000_000_000
CUSTOM = (("cm_property", "Property", "Properties"), ("cm_loan", "Loan", "loans"))
# The documented order of view ids begins with these; what practice adds follows.
_DOCUMENTED_FIRST = {
    "contacts": (
        *("My Contacts", "My Territory Contacts", "New Contacts", "All Contacts", "Recently Modified"),
        *("Never Contacted", "Needs Follow-up", "Active", "Inactive", "Slipping away"),
    ),
    "deals": (
        *("Open Deals", "My Deals", "My Territory Deals", "Recent Deals", "Lost Deals", "Won Deals"),
        *("Hot Deals", "Cold Deals"),
    ),
}
_AVATAR = "https://images.example.com/w140-h140-p/Image3.png"
_JOB = "b7b68d8f629336346f884006"
_REPORT = [
    {"emails": "janesampleton@gmail.com", "error_message": ["Required Field Value missing"]},
    {
        "emails": "jamessampleton@gmail.com",
        "error_message": ["5 Contacts found with same mail id found - [21,12,3,45,5]"],
    },
    {"mobile_number": "9999999999", "error_message": ["Incorrect value provided for lifecycle stage"]},
]


def _moment(text: str) -> int:
    found = times.read(text)
    assert found is not None
    return found


def _record(record_id: int, owner: int | None, **fields: Any) -> Record:
    made = times.ANCHOR - 2 * times.DAY + record_id % 1000
    moments = {"created_ms": made, "updated_ms": made, "last_assigned_at": times.printed(made)}
    return {"id": record_id, "owner_id": owner, **moments, **fields}


def _users() -> list[Body]:
    people = (
        *((1, "Sample Admin"), (2, "Sample Agent"), (3, "Sample User3"), (222, "Sample User2")),
        *((223, "Sample User1"), (18813, "Sample User4"), (18814, "Sample User5"), (126574, "Sample User6")),
        *((2000000108, "Sample User"), (1000727684, "Sample User7"), (3000034021, "Sample User8")),
    )
    return [
        {
            "id": user_id,
            "display_name": name,
            "email": f"user{user_id}@yourcompany.com",
            "is_active": True,
            "work_number": "5304915427",
            "mobile_number": None,
            "_admin": user_id == 1,
            "_territories": [1],
        }
        for user_id, name in people
    ]


def _contact(record_id: int, status: int, **fields: Any) -> Record:
    email = f"sampleton{record_id}@example.com" if record_id != 2000003516 else "jamessampleton@gmail.com"
    contact = {
        "first_name": "James",
        "last_name": "Sampleton (sample)",
        "display_name": "James Sampleton (sample)",
        "avatar": _AVATAR,
        "job_title": "CEO",
        "email": email,
        "emails": [{"id": record_id, "value": email, "is_primary": True, "label": "Other", "_destroy": False}],
        "work_number": "(473)-160-8261",
        "mobile_number": "1-926-555-9503",
        "address": "604-5854 Beckford St.",
        "city": "San Diego",
        "state": "California",
        "zipcode": "100652",
        "country": "USA",
        "keyword": "B2B Success",
        "medium": "Blog",
        "last_seen": "2016-02-10T02:36:06-08:00",
        "last_contacted": "2016-02-08T02:36:07-08:00",
        "last_contacted_mode": "email_outgoing",
        "stage_updated_time": "2016-02-10T02:36:06-08:00",
        "twitter": "https://twitter.com/jamessampleton",
        "linkedin": "http://linkedin.com/pub/james-sampleton/109/39/b0",
        "contact_status_id": status,
        "lifecycle_stage_id": BASE + 71,
        "sales_account_id": 1,
        "creater_id": 1,
        "custom_field": {"cf_is_active": True, "cf_primary": False},
    }
    return _record(record_id, 1, **contact | fields)


def _account(record_id: int) -> Record:
    return _record(
        record_id,
        1,
        name="Widgetz.io" if record_id == 1 else f"Widgetz.io {record_id}",
        address="160-6802 Aliquet Rd.",
        city="New Haven",
        state="Connecticut",
        zipcode="68089",
        country="United States",
        website="widgetz.io",
        phone="503-615-3947",
        industry_type_id=BASE + 1401,
        business_type_id=BASE + 1501,
        last_contacted="2016-02-09T02:36:07-08:00",
        last_contacted_mode="email_outgoing",
        creater_id=1,
        custom_field={"cf_domain_name": "sampledomain.yourcompany.com"},
    )


def _deal(record_id: int) -> Record:
    return _record(
        record_id,
        1,
        name="Sample deal" if record_id == 1 else f"Sample deal {record_id}",
        amount="23456.0",
        base_currency_amount="23456.0",
        expected_deal_value="23456.0",
        expected_close="2021-10-01",
        stage_updated_time="2016-06-01T05:45:27-07:00",
        last_assigned_at="2021-09-19T05:37:52-08:00",
        age=107,
        rotten_days=77,
        forecast_category=1000000166,
        probability=10,
        deal_pipeline_id=BASE,
        deal_stage_id=BASE + 249,
        sales_account_id=1,
        creater_id=1,
        custom_field={"cf_number_of_agents": 45},
        _contact_ids=[1, 2],
    )


def _task(record_id: int) -> Record:
    return _record(
        record_id,
        1,
        status=0,
        title="Sample Task" if record_id == 1 else "(Sample) Send the proposal document",
        description="This is just a sample task.",
        due_date="2016-06-21T11:00:00Z",
        creater_id=1,
        user_ids=[2],
        targetable_type="Contact",
        targetable_id=1,
    )


def _activity(record_id: int) -> Record:
    return _record(
        record_id,
        2,
        title="testing",
        start_date="2017-12-11T14:15:00+05:30",
        end_date="2017-12-11T14:45:00+05:30",
        conversation_time="2017-12-11T14:15:00+05:30",
        sales_activity_type_id=2,
        creater_id=2,
        targetable_type="Contact",
        targetable_id=1,
        latitude="34.4208",
        longitude="119.6982",
        location="Santa Barbara",
        checkedin_at="2017-12-11T15:04:11+05:30",
        custom_field={"cf_customer_option": True},
    )


def _property(record_id: int) -> Record:
    values = {
        "cf_sample_text_field": "sample value 1",
        "cf_sample_number_field": 12345,
        "cf_sample_sales_team_field": "India team",
        "cf_sample_radio_field": "choice 1",
        "cf_lookup_to_contact": 3007551456,
        "cf_sample_multiselect_field": "choice 2",
    }
    return _record(record_id, 3000034021, name=f"Villa {record_id % 10}", creator_id=3000034021, custom_field=values)


def _loan(record_id: int, name: str) -> Record:
    values = {"cf_dob": None, "cf_email": f"{name.lower()}@example.com"}
    return _record(record_id, None, name=name, creator_id=1000727684, custom_field=values)


def build(store: Store) -> None:
    """Fill an empty store."""
    store.set_meta("entities", ["cm_loan", "cm_property"])
    store.set_meta("modules", [list(item) for item in CUSTOM])
    store.set_meta("admin", 1)
    store.set_meta("agent", 2)
    store.reload()
    with store.transaction():
        for kind, items in all_choices(BASE, ("Default Pipeline",), activity_base=(1, 0)).items():
            store.set_choices(kind, items)
        store.set_choices("territories", [{"id": 1, "name": "North America", "position": 1}])
        store.set_choices("users", _users())
        _fill(store)
        reference_more.fill(store)
        _add_views(store)
        _add_activities(store)
        store.set_added_fields("deals", [{"name": "cf_custom_date", "label": "Custom date", "kind": "date"}])
        result = {"record_status": {"succeeded": 97, "failed": 3}, "detailed_failure_report": _REPORT}
        begun, ended = _moment("2022-01-27T10:27:29Z"), _moment("2022-01-27T11:52:25Z")
        payload = dumps({"module": "contacts", "entries": [], "fate": "well"})
        job = (_JOB, "upsert", "SUCCESS", begun, ended, ended, 1, payload, dumps(result))
        store.db.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", job)
    store.index()


def _fill(store: Store) -> None:
    new, contacted = BASE + 51, BASE + 52
    contacts = [_contact(key, contacted) for key in (1, 2, 10, 123, 115765, 115773, 3007551456)]
    store.fill("contacts", [*contacts, _contact(2000003516, new)])
    store.fill("sales_accounts", [_account(key) for key in (1, 2, 10, 82, 123)])
    store.fill("deals", [_deal(key) for key in (1, 2, 10, 123)])
    store.fill("tasks", [_task(key) for key in (1, 2, 3)])
    store.fill("sales_activities", [_activity(1)])
    store.fill("cm_property", [_property(3000000000 + place) for place in (1, 2, 3, 4)])
    names = ("Alicia", "Donnamarie", "Kristoforo", "Flint", "Shela")
    store.fill("cm_loan", [_loan(1000205741 - place, name) for place, name in enumerate(names)])


def _add_views(store: Store) -> None:
    plural = {entity: many for entity, _one, many in CUSTOM}
    for module in ("contacts", "sales_accounts", "deals", *plural):
        known = dict(rules.default_views(module, plural.get(module, ""), all_deals=True))
        first = _DOCUMENTED_FIRST.get(module, ())
        ordered = [*first, *(name for name in known if name not in first)]
        views = [{"id": place, "name": name, "rule": known[name]} for place, name in enumerate(ordered, 1)]
        rules.add_views(store, module, views)


def _add_activities(store: Store) -> None:
    """The documented activities of contact 1, newer than what its parts tell."""
    meeting = {
        "description": "Meeting James to resolve any concerns and close the deal.",
        "end_date": "2016-02-13T18:00:00+00:00",
        "from_date": "2016-02-13T16:00:00+00:00",
        "time_zone": "Arizona",
        "title": "(Sample) Meeting - final discussion about the deal",
    }
    deal = {"targetable_type": "Deal", "targetable_id": 1, "targetable_name": "Gold plan (sample)"}
    about = {"targetable_type": "Contact", "targetable_id": 1, "actionable_type": "Appointment", "actionable_id": 1}
    nothing = {"targetable_type": None, "targetable_id": None}
    feed.note(store, "contacts:1", "APPOINTMENT_CREATED", 1, meeting, about)
    feed.note(store, "contacts:1", "APP_EVENTS", None, {"name": "Added a user", "count": 1}, nothing)
    feed.note(store, "contacts:1", "STAGE_CHANGE", 1, {"stage_id": 6, "stage_name": "Won"}, deal)
