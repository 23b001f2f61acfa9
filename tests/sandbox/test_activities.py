"""Tasks, appointments and sales activities: made, changed, listed, deleted, and what they refuse."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.support import messages, rows, users
from tests.support.sandbox_process import SandboxProcess

Answer = dict[str, Any]
APPOINTMENT = {"title": "Demo", "from_date": "2030-06-20T10:30:00+05:30", "end_date": "2030-06-20T11:30:00+05:30"}


@pytest.fixture
def contact(sandbox: SandboxProcess) -> int:
    """The id of a contact."""
    with sandbox.client() as client:
        return int(rows(client, "contacts", "All Contacts")[0]["id"])


def task(client: httpx.Client, contact: int, **more: Any) -> httpx.Response:
    """A request for a new task."""
    data = {"title": "Call", "due_date": "Tue Jun 21 2016 11:00:00 GMT+0000", "owner_id": str(users(client)[0])}
    data |= {"targetable_id": str(contact), "targetable_type": "contact"}
    return client.post("tasks", json={"task": {**data, **more}})


def appointment(client: httpx.Client, **more: Any) -> httpx.Response:
    """A request for a new appointment."""
    return client.post("appointments", json={"appointment": {**APPOINTMENT, **more}})


def activity(client: httpx.Client, contact: int, **more: Any) -> httpx.Response:
    """A request for a new sales activity."""
    data: Answer = {"title": "Visit", "start_date": "2017-12-04T17:00:00+05:30", "targetable_type": "Contact"}
    data |= {"end_date": "2017-12-04T17:30:00+05:30", "targetable_id": contact, "owner_id": users(client)[0]}
    data["sales_activity_type_id"] = kinds(client)[-1]["id"]
    return client.post("sales_activities", json={"sales_activity": {**data, **more}})


def kinds(client: httpx.Client) -> list[Answer]:
    """The types of sales activities."""
    found: list[Answer] = client.get("selector/sales_activity_types").json()["sales_activity_types"]
    return found


def outcomes(client: httpx.Client, kind: int) -> list[Answer]:
    """The outcomes of a type."""
    answer = client.get(f"selector/sales_activity_types/{kind}/sales_activity_outcomes").json()
    found: list[Answer] = answer["sales_activity_outcomes"]
    return found


# -- tasks ----------------------------------------------------------------------------------------------------


def test_a_task_is_made_done_reopened_and_deleted(sandbox: SandboxProcess, contact: int) -> None:
    with sandbox.client() as client:
        other = users(client)[1]
        answer = task(client, contact, task_users_attributes=[{"user_id": str(other)}])
        assert answer.status_code == 201, answer.text
        made = answer.json()["task"]
        assert made["due_date"] == "2016-06-21T11:00:00Z"
        assert made["targetables"] == [{"id": contact, "type": "Contact"}]
        at = f"tasks/{made['id']}"
        assert client.get(at, params={"include": "users"}).json()["task"]["user_ids"] == [other]
        done = client.put(at, json={"task": {"status": 1}}).json()["task"]
        assert done["status"] == 1 and done["completed_date"]
        again = client.put(at, json={"task": {"status": 0}}).json()["task"]
        assert (again["status"], again["completed_date"]) == (0, None)
        listed = client.get("tasks", params={"filter": "overdue", "per_page": 100}).json()["tasks"]
        assert made["id"] in [item["id"] for item in listed]
        gone = client.delete(at).json()
        assert gone["success"] == "200" and gone["task"]["id"] == made["id"]
        assert client.get(at).status_code == 404


@pytest.mark.parametrize(
    ("blank", "told"),
    [
        ("title", "Title can't be blank"),
        ("due_date", "Due date can't be blank"),
        ("owner_id", "Owner can't be blank"),
        ("targetable_id", "Targetable can't be blank"),
        ("targetable_type", "Targetable type can't be blank"),
    ],
)
def test_what_a_task_needs(sandbox: SandboxProcess, contact: int, blank: str, told: str) -> None:
    with sandbox.client() as client:
        assert told in messages(task(client, contact, **{blank: ""}), 400)


def test_a_tasks_outcome_and_collaborators_have_to_be_there(sandbox: SandboxProcess, contact: int) -> None:
    with sandbox.client() as client:
        kind = next(item["id"] for item in kinds(client) if item["internal_name"] == "task")
        other = next(item["id"] for item in kinds(client) if item["internal_name"] == "phone")
        good, wrong = outcomes(client, kind)[0]["id"], outcomes(client, other)[0]["id"]
        assert task(client, contact, outcome_id=good).json()["task"]["outcome_id"] == good
        assert messages(task(client, contact, outcome_id=wrong), 400) == ["Outcome is invalid"]
        assert messages(task(client, contact, task_users_attributes=[{"user_id": 5}]), 400) == ["User is invalid"]
        assert messages(task(client, contact, targetable_id=5), 400) == ["Targetable is invalid"]


# -- appointments ---------------------------------------------------------------------------------------------


def test_an_appointment_comes_with_its_attendees_who_are_only_ever_added(sandbox: SandboxProcess, contact: int) -> None:
    with sandbox.client() as client:
        first, second = users(client)[:2]
        given = [{"attendee_type": "FdMultitenant::User", "attendee_id": str(first)}]
        answer = appointment(
            client,
            time_zone="Chennai",
            targetable_id=contact,
            targetable_type="Contact",
            appointment_attendees_attributes=[*given, {"attendee_type": "Contact", "attendee_id": contact}],
        )
        assert answer.status_code == 201, answer.text
        made = answer.json()["appointment"]
        assert made["from_date"] == "2030-06-20T05:00:00Z"
        assert {"latitude", "longitude", "checkedin_at", "can_checkin"} <= made.keys()
        at = f"appointments/{made['id']}"
        more = [*given, {"attendee_type": "FdMultitenant::User", "attendee_id": second}]
        client.put(at, json={"appointment": {"appointment_attendees_attributes": more}})
        shown = client.get(at).json()
        people = [(item["attendee"]["type"], item["attendee"]["id"]) for item in shown["appointment_attendees"]]
        assert people == [("user", first), ("contact", contact), ("user", second)]
        assert shown["appointment"]["appointment_attendee_ids"] == [
            item["id"] for item in shown["appointment_attendees"]
        ]
        assert shown["appointment"]["targetable"] == {"type": "contact", "id": contact}
        assert [item["id"] for item in shown["contacts"]] == [contact]
        of_contact = client.get(f"contacts/{contact}/appointments", params={"include": "appointment_attendees"}).json()
        assert made["id"] in [item["id"] for item in of_contact["appointments"]]
        assert len(of_contact["appointment_attendees"]) >= 3
        assert client.delete(at).json() == {"success": "200"}
        assert client.get(at).status_code == 404


def test_appointments_are_past_or_still_to_come(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        coming = appointment(client).json()["appointment"]["id"]
        over = {"from_date": "2016-06-20T10:30:00Z", "end_date": "2016-06-20T11:30:00Z"}
        past = appointment(client, **over).json()["appointment"]["id"]

        def listed(wanted: str) -> set[int]:
            answer = client.get("appointments", params={"filter": wanted, "per_page": 100}).json()
            assert answer["meta"]["total"] == len(answer["appointments"])
            return {item["id"] for item in answer["appointments"]}

        assert listed("upcoming") == listed("open") and listed("past") == listed("complete")
        assert coming in listed("open") and past in listed("past")
        assert not listed("past") & listed("upcoming")
        assert client.get("appointments").status_code == 400


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Europe/Berlin", "America/New_York", "chennai", "GMT+1"])
def test_only_the_names_of_rails_are_time_zones(sandbox: SandboxProcess, zone: str) -> None:
    with sandbox.client() as client:
        assert messages(appointment(client, time_zone=zone), 400) == ["Time zone is invalid"]


@pytest.mark.parametrize("zone", ["Chennai", "Hawaii", "Eastern Time (US & Canada)", "Nuku'alofa", "UTC"])
def test_names_of_rails_are_time_zones(sandbox: SandboxProcess, zone: str) -> None:
    with sandbox.client() as client:
        assert appointment(client, time_zone=zone).json()["appointment"]["time_zone"] == zone


def test_whole_days_need_the_flag_and_dates(sandbox: SandboxProcess) -> None:
    days = {"from_date": "2030-06-20", "end_date": "2030-06-21"}
    with sandbox.client() as client:
        made = appointment(client, is_allday=True, **days).json()["appointment"]
        assert (made["is_allday"], made["from_date"], made["end_date"]) == (True, "2030-06-20", "2030-06-21")
        assert "is_allday is mandatory for an all day appointment" in messages(appointment(client, **days), 400)
        assert "From date must be a date" in messages(appointment(client, is_allday=True), 400)[0]
        at = f"appointments/{made['id']}"
        assert client.put(at, json={"appointment": {"title": "Longer"}}).status_code == 200
        assert client.put(at, json={"appointment": {"is_allday": False}}).status_code == 400


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"title": ""}, "Title can't be blank"),
        ({"from_date": None}, "From date can't be blank"),
        ({"end_date": ""}, "End date can't be blank"),
        ({"end_date": "soon"}, "End date is invalid"),
        ({"end_date": "2030-06-19T10:30:00Z"}, "End date must not lie before the from date"),
        ({"appointment_attendees_attributes": [{"attendee_type": "Contact", "attendee_id": 1}]}, "Attendee is invalid"),
        ({"targetable_type": "Contact", "targetable_id": 1}, "Targetable is invalid"),
    ],
)
def test_what_an_appointment_refuses(sandbox: SandboxProcess, changed: Answer, told: str) -> None:
    with sandbox.client() as client:
        assert told in messages(appointment(client, **changed), 400)


# -- sales activities -----------------------------------------------------------------------------------------


def test_a_sales_activity_is_made_with_custom_fields_listed_and_deleted(sandbox: SandboxProcess, contact: int) -> None:
    with sandbox.client() as client:
        total = client.get("sales_activities").json()["meta"]["total"]
        own = {"cf_customer_option": True, "cf_tf3": "A-1"}
        answer = activity(client, contact, notes="sample", custom_field=own)
        assert answer.status_code == 200, answer.text
        made = answer.json()["sales_activity"]
        assert own.items() <= made["custom_field"].items()
        assert made["conversation_time"] == made["start_date"]
        assert client.get("sales_activities").json()["meta"]["total"] == total + 1
        of_contact = client.get(f"contacts/{contact}/sales_activities").json()["sales_activities"]
        assert of_contact[0]["id"] == made["id"]
        at = f"sales_activities/{made['id']}"
        done = client.put(at, json={"sales_activity": {"status": True}}).json()["sales_activity"]
        assert done["status"] is True and done["completed_date"]
        assert client.delete(at).json() == {"success": "200"}
        assert client.get(at).status_code == 404


def test_an_outcome_belongs_to_its_type(sandbox: SandboxProcess, contact: int) -> None:
    with sandbox.client() as client:
        first, last = kinds(client)[0]["id"], kinds(client)[-1]["id"]
        good, wrong = outcomes(client, last)[0]["id"], outcomes(client, first)[0]["id"]
        made = activity(client, contact, sales_activity_outcome_id=str(good)).json()["sales_activity"]
        assert made["sales_activity_outcome_id"] == good
        refused = activity(client, contact, sales_activity_outcome_id=wrong)
        assert messages(refused, 400) == ["Outcome is invalid"]
        changed = client.put(
            f"sales_activities/{made['id']}", json={"sales_activity": {"sales_activity_type_id": first}}
        )
        assert messages(changed, 400) == ["Outcome is invalid"]


@pytest.mark.parametrize(
    "blank",
    ["title", "sales_activity_type_id", "start_date", "end_date", "owner_id", "targetable_id", "targetable_type"],
)
def test_what_a_sales_activity_needs(sandbox: SandboxProcess, contact: int, blank: str) -> None:
    with sandbox.client() as client:
        told = messages(activity(client, contact, **{blank: None}), 400)
        assert any(text.endswith("can't be blank") for text in told)


def test_whose_activity_it_is_decides_who_may_delete_it(sandbox: SandboxProcess, contact: int) -> None:
    with sandbox.client() as admin, sandbox.client(agent=True) as agent:
        made = activity(admin, contact).json()["sales_activity"]["id"]
        assert agent.delete(f"sales_activities/{made}").status_code == 403
        sandbox.change("sales_activities", made, owner_id=users(admin)[1])
        assert agent.delete(f"sales_activities/{made}").status_code == 200
