"""`filtered_search`, which lags behind, and tasks, which show their own user's only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.sandbox.support import messages, rows, until, users
from tests.support.sandbox_process import SandboxProcess

Start = Callable[..., SandboxProcess]


@pytest.fixture(scope="module")
def prompt_crm(start_sandbox: Start) -> SandboxProcess:
    """A sandbox whose search does not lag."""
    return start_sandbox("--records", "300", "--search-lag", "0")


def search(client: httpx.Client, entity: str, *rules: tuple[str, str, Any], **query: Any) -> httpx.Response:
    parts = [{"attribute": attribute, "operator": operator, "value": value} for attribute, operator, value in rules]
    return client.post(f"filtered_search/{entity}", params=query, json={"filter_rule": parts})


@pytest.mark.parametrize("entity", ["contact", "deal", "sales_account", "cm_loan"])
@pytest.mark.parametrize("operator", ["is_in", "is"])
def test_what_an_owner_has_is_found(prompt_crm: SandboxProcess, entity: str, operator: str) -> None:
    module = entity if entity.startswith("cm_") else f"{entity}s"
    stored = prompt_crm.records(module)
    with prompt_crm.client() as client:
        owner = max(users(client), key=lambda user: sum(row["owner_id"] == user for row in stored.values()))
        body = search(client, entity, ("owner_id", operator, owner), include="owner", per_page=100).json()
    expected = {key for key, row in stored.items() if row["owner_id"] == owner}
    assert {row["id"] for row in body[module]} == expected and body["meta"]["total"] == len(expected)
    assert all(row["owner_id"] == owner for row in body[module])


def test_pages_hold_every_hit_once(prompt_crm: SandboxProcess) -> None:
    with prompt_crm.client() as client:
        rule = ("created_at", "is_after", "2020-01-01T00:00:00Z")
        pages = [search(client, "deal", rule, per_page=100, page=page).json()["deals"] for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [100, 100, 100, 0]
    assert len({row["id"] for page in pages for row in page}) == 300


def test_rules_are_all_to_be_met(prompt_crm: SandboxProcess) -> None:
    with prompt_crm.client() as client:
        known = next(row for row in rows(client, "contacts", "All Contacts") if row["email"])
        by_mail = search(client, "contact", ("contact_email.email", "is", known["email"])).json()["contacts"]
        part = search(client, "contact", ("email", "contains", known["email"][:9].upper())).json()["contacts"]
        none = search(client, "contact", ("email", "is", known["email"]), ("owner_id", "is", 5)).json()
    assert [row["id"] for row in by_mail] == [known["id"]]
    assert known["id"] in {row["id"] for row in part}
    assert (none["contacts"], none["meta"]["total"]) == ([], 0)


def test_custom_fields_and_moments_are_searched(prompt_crm: SandboxProcess) -> None:
    with prompt_crm.client() as client:
        deal = rows(client, "deals", "All Deals")[0]
        found = search(client, "deal", ("cf_number_of_agents", "is", deal["custom_field"]["cf_number_of_agents"]))
        assert deal["id"] in {row["id"] for row in found.json()["deals"]}
        now = datetime.now(UTC).isoformat()
        client.put(f"deals/{deal['id']}", json={"deal": {"probability": 7}})
        found = search(client, "deal", ("updated_at", "is_after", now))
    assert [row["id"] for row in found.json()["deals"]] == [deal["id"]]


def test_search_lags_behind_writes(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "100", "--search-lag", "1")
    with sandbox.client() as client:
        deal = rows(client, "deals", "All Deals", include="owner")[0]
        owner = next(user for user in users(client) if user != deal["owner_id"])

        def found() -> bool:
            listed = search(client, "deal", ("owner_id", "is_in", owner), per_page=100).json()
            assert len(listed["deals"]) == listed["meta"]["total"]
            return deal["id"] in {row["id"] for row in listed["deals"]}

        client.put(f"deals/{deal['id']}", json={"deal": {"owner_id": owner}})
        assert not found()
        until(found)


def test_some_accounts_do_not_search_by_owner(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "30", "--no-owner-search")
    with sandbox.client() as client:
        messages(search(client, "deal", ("owner_id", "is_in", 5)), 400)
        assert search(client, "deal", ("name", "contains", "a")).status_code == 200


@pytest.mark.parametrize("rule", [("x'; DROP", "is", 1), ("name", "like", 1), ("updated_at", "is_after", "soon")])
def test_a_rule_that_is_not_known_is_refused(prompt_crm: SandboxProcess, rule: tuple[str, str, Any]) -> None:
    with prompt_crm.client() as client:
        messages(search(client, "deal", rule), 400)
        messages(client.post("filtered_search/deal", json={}), 400)
        messages(search(client, "task", ("name", "is", 1)), 404)


def tasks(client: httpx.Client, kind: str, **query: Any) -> dict[str, Any]:
    answer = client.get("tasks", params={"filter": kind, "per_page": 100, **query})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_tasks_are_those_of_the_keys_own_user(sandbox: SandboxProcess) -> None:
    stored = sandbox.records("tasks", "owner_id", "status")
    with sandbox.client() as client:
        me = client.get("selector/owners").json()["users"][0]["id"]
        open_ones, done = tasks(client, "open", include="owner"), tasks(client, "completed")
    mine = {
        status: {k for k, row in stored.items() if row["owner_id"] == me and row["status"] == status}
        for status in (0, 1)
    }
    assert {row["id"] for row in open_ones["tasks"]} == mine[0] and open_ones["meta"] == {"total": len(mine[0])}
    assert {row["id"] for row in done["tasks"]} == mine[1]
    assert list(open_ones) == ["users", "tasks", "meta"]


def test_tasks_by_when_they_are_due(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        task = tasks(client, "open")["tasks"][0]["id"]
        noon = datetime.now(UTC).replace(hour=23, minute=59, second=58)
        for kind, day in (("due today", noon), ("due tomorrow", noon + timedelta(days=1))):
            client.put(f"tasks/{task}", json={"task": {"due_date": day.isoformat()}})
            assert task in {row["id"] for row in tasks(client, kind)["tasks"]}
        client.put(f"tasks/{task}", json={"task": {"due_date": "2016-06-21T11:00:00Z"}})
        assert task in {row["id"] for row in tasks(client, "overdue")["tasks"]}
        client.put(f"tasks/{task}", json={"task": {"status": 1}})
        assert task in {row["id"] for row in tasks(client, "completed")["tasks"]}


def test_tasks_of_others_come_with_the_records(sandbox: SandboxProcess) -> None:
    stored = sandbox.records("tasks", "targetable_type", "targetable_id", "owner_id")
    for kind, module in (("Contact", "contacts"), ("SalesAccount", "sales_accounts"), ("Deal", "deals")):
        record = next(row["targetable_id"] for row in stored.values() if row["targetable_type"] == kind)
        expected = {k for k, row in stored.items() if (row["targetable_type"], row["targetable_id"]) == (kind, record)}
        with sandbox.client() as client:
            linked = client.get(f"{module}/{record}/tasks", params={"include": "owner"}).json()["tasks"]
            loaded = client.get(f"{module}/{record}", params={"include": "tasks"}).json()
        assert {row["id"] for row in linked} == expected
        # A deal's tasks are not among its includes: only its links lead to them.
        assert {row["id"] for row in loaded.get("tasks", [])} == (set() if module == "deals" else expected)


@pytest.mark.parametrize(
    ("data", "message"),
    [({"title": ""}, "Title can't"), ({"due_date": ""}, "Due date"), ({"owner_id": 5}, "Owner is invalid")],
)
def test_a_task_is_validated(sandbox: SandboxProcess, data: dict[str, Any], message: str) -> None:
    with sandbox.client() as client:
        task = tasks(client, "open")["tasks"][0]["id"]
        assert messages(client.put(f"tasks/{task}", json={"task": data}), 400)[0].startswith(message)


def test_a_filter_is_needed_and_page_0_fails(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        messages(client.get("tasks"), 400)
        messages(client.get("appointments"), 400)
        messages(client.get("tasks", params={"filter": "open", "page": 0}), 500)
        assert client.get("appointments", params={"filter": "past"}).json()["meta"].keys() == {"total"}
