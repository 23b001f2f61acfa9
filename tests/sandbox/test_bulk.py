"""Bulk upserts, their jobs, and owners assigned in bulk."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.support import finished, messages, rows, until, upsert, users
from tests.support.sandbox_process import SandboxProcess

Start = Callable[..., SandboxProcess]


def test_a_job_changes_all_records_at_its_end(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "120", "--job-time", "0.5,0")
    with sandbox.client() as client:
        deals = [row["id"] for row in rows(client, "deals", "All Deals")]
        owner = users(client)[5]
        job = upsert(client, "deals", [{"id": str(key), "data": {"owner_id": owner}} for key in deals])
        running = client.get(f"job_statuses/{job}").json()
        stored = sandbox.records("deals")
        assert sum(stored[key]["owner_id"] == owner for key in deals) < 100
        ended = finished(client, job)
    assert (running["status"], running["job_type_name"]) == ("IN_PROGRESS", "BULK_UPSERT")
    assert 0 <= running["progress"] < 100 and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", running["created_at"])
    assert (ended["status"], ended["progress"]) == ("SUCCESS", 100)
    assert ended["data"] == {"record_status": {"succeeded": 100, "failed": 0}, "detailed_failure_report": []}
    stored = sandbox.records("deals")
    assert all(stored[key]["owner_id"] == owner for key in deals)


def test_the_printed_times_tell_how_long_a_job_took(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "30", "--job-time", "2,0")
    with sandbox.client() as client:
        deal = rows(client, "deals", "All Deals")[0]["id"]
        ended = finished(client, upsert(client, "deals", [{"id": deal, "data": {"probability": 2}}]))
    begun, done = (int(ended[key][-3:-1]) for key in ("created_at", "status_updated_at"))
    assert (done - begun) % 60 in (2, 3)


def test_each_record_fails_for_its_own_reason(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        good, bad, gone, stage = (row["id"] for row in rows(client, "deals", "All Deals")[:4])
        sandbox.delete("deals", gone)
        entries: list[dict[str, Any]] = [
            {"id": good, "data": {"probability": 33}},
            {"id": bad, "data": {"owner_id": 5, "amount": "x"}},
            {"id": str(gone), "data": {"probability": 33}},
            {"id": "5", "data": {"probability": 33}},
            {"id": stage, "data": {"owner_id": users(client, active=False)[-1]}},
            {"id": 2**70, "data": {"probability": 33}},
        ]
        ended = finished(client, upsert(client, "deals", entries))
    report = ended["data"]["detailed_failure_report"]
    assert ended["status"] == "SUCCESS" and ended["data"]["record_status"] == {"succeeded": 1, "failed": 5}
    assert [item["id"] for item in report] == [bad, str(gone), "5", stage, 2**70]
    assert report[0]["error_message"] == ["Owner is invalid", "Amount is not a number"]
    assert "not found" in report[1]["error_message"][0] and "not found" in report[2]["error_message"][0]
    assert report[3]["error_message"] == ["Owner is inactive"]
    assert sandbox.record("deals", good)["probability"] == 33


def test_other_unique_fields_find_or_make_a_record(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        known = next(row for row in rows(client, "contacts", "All Contacts") if row["email"])
        entries = [
            {"emails": known["email"].upper(), "data": {"city": "Chemnitz"}},
            {"emails": "new@example.com", "data": {"last_name": "New"}},
        ]
        ended = finished(client, upsert(client, "contacts", entries))
        made = rows(client, "contacts", "All Contacts", sort="created_at")[0]
    assert ended["data"]["record_status"] == {"succeeded": 2, "failed": 0}
    assert sandbox.record("contacts", known["id"])["city"] == "Chemnitz"
    assert (made["email"], made["last_name"]) == ("new@example.com", "New")


def test_an_account_may_require_an_email_of_upserted_contacts(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "100", "--require-email", "--job-time", "0,0")
    with sandbox.client() as client:
        without = next(row["id"] for row in rows(client, "contacts", "All Contacts") if not row["email"])
        owner = users(client)[1]
        ended = finished(client, upsert(client, "contacts", [{"id": without, "data": {"owner_id": owner}}]))
        put = client.put(f"contacts/{without}", json={"contact": {"owner_id": owner}})
    said = [{"id": without, "error_message": ["Required Field Value missing"]}]
    assert ended["data"]["detailed_failure_report"] == said
    assert put.status_code == 200 and sandbox.record("contacts", without)["owner_id"] == owner


def test_an_account_may_require_a_field_that_some_deals_lack(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "600", "--required-field", "--job-time", "0,0")
    stored = sandbox.records("deals", "custom_field")
    lacking = [key for key, row in stored.items() if not row["custom_field"]["cf_contract_number"]]
    assert 0 < len(lacking) < 20
    with sandbox.client() as client:
        ended = finished(client, upsert(client, "deals", [{"id": lacking[0], "data": {"owner_id": users(client)[1]}}]))
        put = client.put(f"deals/{lacking[0]}", json={"deal": {"owner_id": users(client)[1]}})
    assert ended["data"]["detailed_failure_report"][0]["error_message"] == ["Required Field Value missing"]
    assert put.status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"deals": []},
        {"deals": [{"data": {}}]},
        {"deals": [{"id": 1, "name": "x", "data": {}}]},
        {"deals": [{"id": 1}]},
        {"deals": [{"amount": 1, "data": {}}]},
        {"deals": [{"id": 1, "data": {}}] * 101},
    ],
)
def test_a_request_that_is_no_bulk_upsert_is_refused_and_starts_nothing(
    sandbox: SandboxProcess, body: dict[str, Any]
) -> None:
    with sandbox.client() as client:
        messages(client.post("deals/bulk_upsert", json=body), 400)
    assert sandbox.jobs() == []


def test_an_agent_upserts_only_what_it_may_see(sandbox: SandboxProcess) -> None:
    with sandbox.client() as admin, sandbox.client(agent=True) as agent:
        seen = {row["id"] for page in (1, 2, 3) for row in rows(agent, "deals", "All Deals", page=page)}
        other = next(row["id"] for row in rows(admin, "deals", "All Deals") if row["id"] not in seen)
        ended = finished(agent, upsert(agent, "deals", [{"id": other, "data": {"probability": 3}}]))
    assert ended["data"]["detailed_failure_report"] == [{"id": other, "error_message": ["Access Denied"]}]


def test_contacts_are_assigned_at_once_with_an_answer_for_each(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        first, second, gone = (row["id"] for row in rows(client, "contacts", "All Contacts")[:3])
        sandbox.delete("contacts", gone)
        owner = users(client)[2]
        body = {"selected_ids": [first, second, gone, 5], "owner_id": owner}
        answer = client.post("contacts/bulk_assign_owner", json=body).json()
    told = [{str(first): True}, {str(second): True}, {str(gone): False}, {"5": False}]
    assert answer == {"contacts": told}
    assert [sandbox.record("contacts", key)["owner_id"] for key in (first, second)] == [owner, owner]


def test_some_accounts_queue_the_assignment(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "30", "--assign-queues", "--job-time", "0.3,0")
    with sandbox.client() as client:
        contact = rows(client, "contacts", "All Contacts", include="owner")[0]
        owner = next(user for user in users(client) if user != contact["owner_id"])
        body = {"selected_ids": [contact["id"]], "owner_id": owner}
        assert "added to queue" in client.post("contacts/bulk_assign_owner", json=body).json()["message"]
    assert sandbox.record("contacts", contact["id"])["owner_id"] != owner
    until(lambda: sandbox.record("contacts", contact["id"])["owner_id"] == owner)


@pytest.mark.parametrize("module", ["products", "cpq_documents"])
def test_products_and_documents_are_assigned_later(sandbox: SandboxProcess, module: str) -> None:
    stored = sandbox.records(module)
    with sandbox.client() as client:
        owner = users(client)[7]
        chosen = [key for key, row in stored.items() if row["owner_id"] != owner][:3]
        path = f"cpq/{module}/{module}_bulk_assign"
        answer = client.post(path, json={"selected_ids": chosen, "owner_id": owner}).json()
    assert answer == {"message": "Sales owner assignment added to queue, you will be notified on success."}
    until(lambda: all(sandbox.records(module)[key]["owner_id"] == owner for key in chosen))


@pytest.mark.parametrize(
    "body", [{}, {"selected_ids": [], "owner_id": 1}, {"selected_ids": [1], "owner_id": 5}, {"selected_ids": [1] * 101}]
)
def test_a_request_that_is_no_assignment_is_refused(sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    with sandbox.client() as client:
        messages(client.post("contacts/bulk_assign_owner", json=body), 400)


def test_records_are_given_to_nobody_in_bulk(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        contact = next(row for row in rows(client, "contacts", "All Contacts", include="owner") if row["owner_id"])
        client.post("contacts/bulk_assign_owner", json={"selected_ids": [contact["id"]], "owner_id": None})
    assert sandbox.record("contacts", contact["id"])["owner_id"] is None
