"""Marketing lists: made, renamed, and the contacts that go in and out."""

from __future__ import annotations

import httpx
import pytest

from tests.sandbox.support import messages, rows, until
from tests.support.sandbox_process import SandboxProcess


def made(client: httpx.Client, name: str) -> int:
    """A new list."""
    answer = client.post("lists", json={"name": name}).json()["list"]
    assert answer["name"] == answer["list_name"] == name
    return int(answer["id"])


def inside(client: httpx.Client, list_id: int) -> list[int]:
    """The ids of a list's contacts."""
    answer = client.get(f"contacts/lists/{list_id}", params={"per_page": 100}).json()
    ids = [item["id"] for item in answer["contacts"]]
    assert answer["meta"]["total"] == len(ids)
    return ids


@pytest.fixture
def contacts(sandbox: SandboxProcess) -> list[int]:
    """Ids of six contacts."""
    with sandbox.client() as client:
        return sorted(row["id"] for row in rows(client, "contacts", "All Contacts")[:6])


def put(client: httpx.Client, path: str, **body: object) -> str:
    """A change of a list, and what was said about it."""
    answer = client.put(f"lists/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["message"])


def test_lists_are_made_renamed_and_listed_in_pages(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        total = client.get("lists").json()["meta"]["total"]
        new = made(client, "  Spring  ".strip())
        assert client.put(f"lists/{new}", json={"name": "Summer"}).json()["list"]["name"] == "Summer"
        page = client.get("lists", params={"per_page": 1, "page": total + 1}).json()
        assert page["lists"] == [{"id": new, "name": "Summer"}]
        assert page["meta"] == {"total_pages": total + 1, "total": total + 1}


def test_a_lists_name_is_needed_and_unique(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        new = made(client, "One")
        assert messages(client.post("lists", json={"name": "one"}), 400) == ["Name has already been taken"]
        assert messages(client.post("lists", json={"name": " "}), 400) == ["Name can't be blank"]
        assert client.put(f"lists/{new}", json={"name": "ONE"}).status_code == 200
        assert client.put("lists/999", json={"name": "x"}).status_code == 404


def test_contacts_are_added_once_and_taken_out(sandbox: SandboxProcess, contacts: list[int]) -> None:
    with sandbox.client() as client:
        new = made(client, "A")
        assert put(client, f"{new}/add_contacts", ids=contacts[:3]) == "3 contacts updated."
        put(client, f"{new}/add_contacts", ids=[*contacts[2:4], 1])
        assert inside(client, new) == contacts[:4]
        assert put(client, f"{new}/remove_contacts", ids=[contacts[0], contacts[5]]) == "1 contacts updated."
        assert inside(client, new) == contacts[1:4]
        sandbox.delete("contacts", contacts[1])
        assert inside(client, new) == contacts[2:4]


def test_a_list_holds_whole_contacts(sandbox: SandboxProcess, contacts: list[int]) -> None:
    with sandbox.client() as client:
        new = made(client, "A")
        put(client, f"{new}/add_contacts", ids=contacts)
        row = client.get(f"contacts/lists/{new}").json()["contacts"][0]
        single = client.get(f"contacts/{contacts[0]}").json()["contact"]
        assert {key: row[key] for key in ("emails", "custom_field", "updated_at")} == {
            key: single[key] for key in ("emails", "custom_field", "updated_at")
        }


def test_moving_is_queued_and_leaves_the_others(sandbox: SandboxProcess, contacts: list[int]) -> None:
    with sandbox.client() as client:
        source, target = made(client, "From"), made(client, "To")
        put(client, f"{source}/add_contacts", ids=contacts[:4])
        said = put(client, f"{target}/move_contacts", ids=[contacts[0], contacts[5]], from_list_id=source)
        assert said.startswith("Updating now")
        # Only what is in the one list can be moved to the other.
        until(lambda: inside(client, target) == contacts[:1])
        assert inside(client, source) == contacts[1:4]
        put(client, f"{target}/move_contacts", from_list_id=source)
        until(lambda: inside(client, target) == contacts[:4])
        assert inside(client, source) == []


def test_a_list_can_be_emptied(sandbox: SandboxProcess, contacts: list[int]) -> None:
    with sandbox.client() as client:
        new = made(client, "Full")
        put(client, f"{new}/add_contacts", ids=contacts)
        put(client, f"{new}/remove_contacts", all=True)
        until(lambda: inside(client, new) == [])


def test_a_wrong_request_changes_no_list(sandbox: SandboxProcess, contacts: list[int]) -> None:
    with sandbox.client() as client:
        new = made(client, "A")
        for call in ("add_contacts", "remove_contacts"):
            assert client.put(f"lists/{new}/{call}", json={"ids": []}).status_code == 400
            assert client.put(f"lists/{new}/{call}", json={"ids": ["x"]}).status_code == 400
        assert client.put(f"lists/{new}/move_contacts", json={"from_list_id": 999}).status_code == 400
        assert client.get("contacts/lists/999").status_code == 404


def test_a_forgotten_contact_is_in_no_list(sandbox: SandboxProcess, contacts: list[int]) -> None:
    with sandbox.client() as client:
        new = made(client, "A")
        put(client, f"{new}/add_contacts", ids=contacts[:2])
        assert client.delete(f"contacts/{contacts[0]}/forget").status_code == 200
        assert inside(client, new) == contacts[1:2]
