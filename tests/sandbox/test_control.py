"""`/sandbox/…`: records behind the client's back, jobs, and back to the dataset."""

from __future__ import annotations

from tests.sandbox.support import rows, upsert
from tests.support.sandbox_process import SandboxProcess


def test_a_change_behind_the_clients_back_is_seen_by_the_api(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        deal = rows(client, "deals", "All Deals")[0]
        before = sandbox.record("deals", deal["id"])
        changed = sandbox.change("deals", deal["id"], owner_id=5, name="Other", custom_field={"cf_region": "EMEA"})
        seen = client.get(f"deals/{deal['id']}", params={"include": "owner"}).json()["deal"]
    assert (seen["owner_id"], seen["name"], seen["custom_field"]["cf_region"]) == (5, "Other", "EMEA")
    assert seen["custom_field"]["cf_number_of_agents"] == deal["custom_field"]["cf_number_of_agents"]
    assert changed["updated_ms"] > before["updated_ms"]


def test_the_envelope_of_the_api_is_taken_as_well(sandbox: SandboxProcess) -> None:
    deal = next(iter(sandbox.records("deals")))
    answer = sandbox.control.put(f"/sandbox/records/deals/{deal}", json={"deal": {"probability": 9}})
    assert answer.json()["probability"] == 9 and "deal" not in sandbox.record("deals", deal)


def test_documents_go_by_both_names_and_unknown_ones_are_404(sandbox: SandboxProcess) -> None:
    assert sandbox.records("documents") == sandbox.records("cpq_documents")
    for path in ("records/none", "records/deals/5", "records/none/5"):
        assert sandbox.control.get(f"/sandbox/{path}").status_code == 404
    assert sandbox.control.put("/sandbox/records/deals/5", json={"owner_id": 1}).status_code == 404


def test_the_fields_that_are_asked_for_are_given_of_all(sandbox: SandboxProcess) -> None:
    found = sandbox.records("deals", "owner_id", "amount")
    assert len(found) == 300 and all(list(row) == ["owner_id", "amount"] for row in found.values())


def test_reset_goes_back_to_the_dataset_and_forgets_jobs_log_and_faults(sandbox: SandboxProcess) -> None:
    before = sandbox.records("deals", "owner_id", "updated_ms", "probability")
    with sandbox.client() as client:
        deal = next(iter(before))
        client.put(f"deals/{deal}", json={"deal": {"probability": 1, "owner_id": None}})
        upsert(client, "deals", [{"id": deal, "data": {"probability": 2}}])
        sandbox.reset()
        assert sandbox.jobs() == [] and sandbox.requests() == []
        assert sandbox.records("deals", "owner_id", "updated_ms", "probability") == before
        assert client.get("selector/owners").status_code == 200
