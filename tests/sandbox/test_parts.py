"""Notes and calls of a record, and the lists that its printed links lead to."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.support import messages, rows, users
from tests.support.sandbox_process import SandboxProcess

KINDS = {"contacts": "Contact", "sales_accounts": "SalesAccount", "deals": "Deal"}
VIEWS = {"contacts": "All Contacts", "sales_accounts": "All Accounts", "deals": "All Deals"}


def first(client: httpx.Client, module: str = "contacts") -> int:
    """The id of one record of a module."""
    return int(rows(client, module, VIEWS[module])[0]["id"])


def note(client: httpx.Client, about: int, kind: str = "Contact", text: str = "Hello") -> dict[str, Any]:
    """A new note."""
    data = {"description": text, "targetable_type": kind, "targetable_id": about}
    answer = client.post("notes", json={"note": data})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["note"]
    return found


@pytest.mark.parametrize("module", KINDS)
def test_a_note_is_listed_with_what_it_is_about_and_can_be_changed_and_deleted(
    sandbox: SandboxProcess, module: str
) -> None:
    with sandbox.client() as client:
        about = first(client, module)
        before = client.get(f"{module}/{about}/notes").json()
        made = note(client, about, KINDS[module])
        listed = client.get(f"{module}/{about}/notes", params={"include": "creater"}).json()
        assert list(listed) == ["users", "notes", "meta"]
        assert listed["notes"][0]["id"] == made["id"]
        assert listed["meta"]["total"] == before["meta"]["total"] + 1
        assert made["targetables"] == [{"id": about, "type": KINDS[module]}]
        assert client.get(f"{module}/{about}").json()[module.removesuffix("s")]["recent_note"] == "Hello"
        changed = client.put(f"notes/{made['id']}", json={"note": {"description": "Bye"}}).json()["note"]
        assert (changed["description"], changed["targetables"]) == ("Bye", made["targetables"])
        assert client.delete(f"notes/{made['id']}").json()["success"] == "200"
        assert client.get(f"{module}/{about}/notes").json()["meta"] == before["meta"]
        assert client.delete(f"notes/{made['id']}").status_code == 404


def test_a_note_of_a_custom_modules_record_is_behind_its_link(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        number = min(sandbox.records("cm_property"))
        note(client, number, "cm_property")
        record = client.get(f"custom_module/cm_property/{number}").json()["cm_property"]
        listed = client.get(record["links"]["notes"].lstrip("/").removeprefix("crm/sales/")).json()["notes"]
        assert [item["description"] for item in listed] == ["Hello"]
        assert client.get(f"custom_module/cm_property/{number}/document_associations").json()["documents"] == []


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"targetable_type": "Contact", "targetable_id": 1}, "Description can't be blank"),
        ({"description": "x", "targetable_id": 1}, "Targetable type can't be blank"),
        ({"description": "x", "targetable_type": "Contact"}, "Targetable can't be blank"),
        ({"description": "x", "targetable_type": "Contact", "targetable_id": 1}, "Targetable is invalid"),
        ({"description": "x", "targetable_type": "Planet", "targetable_id": 1}, "Targetable type is invalid"),
    ],
)
def test_a_note_needs_a_text_and_a_record(sandbox: SandboxProcess, data: dict[str, Any], told: str) -> None:
    with sandbox.client() as client:
        assert told in messages(client.post("notes", json={"note": data}), 400)


def test_a_user_can_write_notes_only_about_what_that_user_sees(sandbox: SandboxProcess) -> None:
    with sandbox.client() as admin, sandbox.client(agent=True) as agent:
        mine, theirs = users(admin)[1], users(admin)[0]
        contact = next(key for key, item in sandbox.records("contacts").items() if item["owner_id"] == theirs)
        sandbox.change("contacts", contact, territory_id=None)
        data = {"description": "x", "targetable_type": "Contact", "targetable_id": contact}
        assert messages(agent.post("notes", json={"note": data}), 403) == ["Access Denied"]
        assert agent.get(f"contacts/{contact}/notes").status_code == 403
        sandbox.change("contacts", contact, owner_id=mine)
        assert agent.post("notes", json={"note": data}).status_code == 200


def test_a_call_of_a_known_contact_is_among_its_conversations(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        contact = first(client)
        before = client.get(f"contacts/{contact}/conversations/all").json()["meta"]["total"]
        call = {"call_direction": False, "targetable_type": "contact", "targetable": {"id": str(contact)}}
        answer = client.post("phone_calls", json={"phone_call": {**call, "note": {"description": "Rang"}}})
        assert answer.status_code == 201
        made = answer.json()
        assert made["phone_calls"]["status"] == "outgoing"
        assert made["phone_calls"]["targetable"] == {"type": "contact", "id": contact}
        found = client.get(f"contacts/{contact}/conversations").json()
        assert found["meta"]["total"] == before + 1
        assert found["conversations"][0]["id"] == made["phone_calls"]["id"]
        assert found["conversations"][0]["type"] == "phone_call"
        assert made["notes"][0]["description"] == "Rang"
        assert client.get(f"contacts/{contact}/notes").json()["notes"][0]["id"] == made["phone_calls"]["note_id"]


def test_a_call_can_bring_a_new_contact_and_its_account(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        new = {"first_name": "Nadia", "last_name": "New", "mobile_number": "5304", "company": {"name": "Brand new"}}
        call = {"call_direction": True, "targetable_type": "contact", "targetable": new}
        made = client.post("phone_calls", json={"phone_call": call}).json()
        contact = client.get(f"contacts/{made['contacts'][0]['id']}", params={"include": "sales_accounts"}).json()
        assert contact["contact"]["display_name"] == "Nadia New"
        assert contact["contact"]["sales_accounts"][0]["name"] == "Brand new"
        assert made["notes"] == [] and made["phone_calls"]["note_id"] is None


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"call_direction": None}, "Call direction can't be blank"),
        ({"note": {}}, "Note description can't be blank"),
        ({"note": {"description": " "}}, "Note description can't be blank"),
        ({"targetable_type": "deal"}, "Targetable type is invalid"),
        ({"outcome_id": 1}, "Outcome is invalid"),
        ({"targetable": {"id": 1}}, "Targetable is invalid"),
    ],
)
def test_what_a_call_needs(sandbox: SandboxProcess, changed: dict[str, Any], told: str) -> None:
    with sandbox.client() as client:
        call = {"call_direction": True, "targetable_type": "contact", "targetable": {"id": first(client)}}
        assert told in messages(client.post("phone_calls", json={"phone_call": {**call, **changed}}), 400)


@pytest.mark.parametrize("module", KINDS)
def test_every_printed_link_of_a_record_answers(sandbox: SandboxProcess, module: str) -> None:
    with sandbox.client() as client:
        about = first(client, module)
        links = client.get(f"{module}/{about}").json()[module.removesuffix("s")]["links"]
        for name in ("conversations", "document_associations", "notes", "tasks", "appointments"):
            answer = client.get(links[name].removeprefix("/crm/sales/"))
            assert answer.status_code == 200, (name, answer.text)
        assert client.get(f"{module}/{about}/sales_activities").json()["meta"] is not None


def test_parts_come_in_pages_where_pages_are_asked_for(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        about = first(client)
        for number in range(5):
            note(client, about, text=f"number {number}")
        total = client.get(f"contacts/{about}/notes").json()["meta"]["total"]
        pages = [client.get(f"contacts/{about}/notes", params={"per_page": 2, "page": n}).json() for n in (1, 2, 3)]
        assert [item["description"] for item in pages[0]["notes"]] == ["number 4", "number 3"]
        assert all(page["meta"]["total"] == total for page in pages)
        assert len({item["id"] for page in pages for item in page["notes"]}) >= 5
