"""Each fault does what its name says, to the request and to the data."""

from __future__ import annotations

import time

import httpx
import pytest

from crmdesk.sandbox.options import Faults, WrongOption, parse_faults
from tests.sandbox.support import finished, rows, until, upsert, users
from tests.support.sandbox_process import SandboxProcess


def first_deal(sandbox: SandboxProcess) -> tuple[int, int]:
    """A deal, and a user that is not its owner."""
    with sandbox.client() as client:
        deal = rows(client, "deals", "All Deals", include="owner")[0]
        return deal["id"], next(user for user in users(client) if user != deal["owner_id"])


def give(sandbox: SandboxProcess, deal: int, owner: int) -> httpx.Response:
    with sandbox.client() as client:
        return client.put(f"deals/{deal}", json={"deal": {"owner_id": owner}})


def test_every_kind_of_fault_is_understood() -> None:
    text = "status=503:0.02, drop-before:0.01,drop-after:0.02,slow=3000:0.05,garbage:0.03,truncate:0.04"
    assert parse_faults(f"{text},job-failed=0.5,job-miscount:0.25,job-late=500:1") == Faults(
        statuses=((503, 0.02),),
        slow=((3.0, 0.05),),
        drop_before=0.01,
        drop_after=0.02,
        garbage=0.03,
        truncate=0.04,
        job_failed=0.5,
        job_miscount=0.25,
        job_late=((0.5, 1.0),),
    )
    assert parse_faults("") == Faults()


@pytest.mark.parametrize(
    "text", ["nonsense", "nonsense:0.1", "status:0.1", "status=abc:0.1", "status=200:0.1", "slow=-1:0.1", "garbage:2"]
)
def test_a_fault_that_is_not_understood_is_named(text: str) -> None:
    with pytest.raises(WrongOption, match=text.partition(":")[0].partition("=")[0]):
        parse_faults(text)


def test_a_status_fault_answers_before_the_change(sandbox: SandboxProcess) -> None:
    deal, owner = first_deal(sandbox)
    sandbox.faults("status=503:1")
    answer = give(sandbox, deal, owner)
    assert answer.status_code == 503
    assert sandbox.record("deals", deal)["owner_id"] != owner


def test_a_server_fault_has_no_error_body_which_would_make_it_a_validation_error(sandbox: SandboxProcess) -> None:
    deal, owner = first_deal(sandbox)
    sandbox.faults("status=500:1")
    assert "json" not in give(sandbox, deal, owner).headers["content-type"]


def test_drop_before_closes_the_connection_and_changes_nothing(sandbox: SandboxProcess) -> None:
    deal, owner = first_deal(sandbox)
    sandbox.faults("drop-before:1")
    with pytest.raises(httpx.TransportError):
        give(sandbox, deal, owner)
    assert sandbox.record("deals", deal)["owner_id"] != owner


def test_drop_after_closes_the_connection_when_the_change_is_made(sandbox: SandboxProcess) -> None:
    deal, owner = first_deal(sandbox)
    sandbox.faults("drop-after:1")
    with pytest.raises(httpx.TransportError):
        give(sandbox, deal, owner)
    assert sandbox.record("deals", deal)["owner_id"] == owner


def test_slow_answers_late(sandbox: SandboxProcess) -> None:
    deal, owner = first_deal(sandbox)
    sandbox.faults("slow=300:1")
    begun = time.monotonic()
    assert give(sandbox, deal, owner).status_code == 200
    assert time.monotonic() - begun >= 0.3


def test_garbage_is_a_page_for_json_after_the_change(sandbox: SandboxProcess) -> None:
    deal, owner = first_deal(sandbox)
    sandbox.faults("garbage:1")
    answer = give(sandbox, deal, owner)
    assert answer.status_code == 200 and answer.text.startswith("<!DOCTYPE html>")
    assert sandbox.record("deals", deal)["owner_id"] == owner


def test_truncate_cuts_the_body_after_the_change(sandbox: SandboxProcess) -> None:
    deal, owner = first_deal(sandbox)
    sandbox.faults("truncate:1")
    kinds = set()
    for _attempt in range(12):
        try:
            answer = give(sandbox, deal, owner)
        except httpx.RemoteProtocolError:
            kinds.add("cut off")
        else:
            with pytest.raises(ValueError):
                answer.json()
            kinds.add("half a body")
    assert kinds == {"cut off", "half a body"}
    assert sandbox.record("deals", deal)["owner_id"] == owner


def test_the_same_seed_draws_the_same_faults(sandbox: SandboxProcess) -> None:
    def drawn() -> list[int]:
        sandbox.faults("status=503:0.5")
        with sandbox.client() as client:
            return [client.get("selector/owners").status_code for _number in range(40)]

    first = drawn()
    assert set(first) == {200, 503}
    assert drawn() == first


def test_what_lies_beside_the_api_has_no_faults_and_reset_ends_them(sandbox: SandboxProcess) -> None:
    sandbox.faults("drop-before:1")
    assert sandbox.requests() == []
    sandbox.reset()
    with sandbox.client() as client:
        assert client.get("selector/owners").status_code == 200


def test_a_spec_that_is_not_understood_is_refused_while_running(sandbox: SandboxProcess) -> None:
    answer = sandbox.control.put("/sandbox/faults", json={"faults": "nonsense"})
    assert answer.status_code == 400 and "nonsense" in answer.json()["errors"]["message"][0]


def test_a_failed_job_may_have_done_a_part_of_its_work(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        deals = [row["id"] for row in rows(client, "deals", "All Deals")][:10]
        owner = users(client)[3]
        sandbox.faults("job-failed=1")
        status = finished(client, upsert(client, "deals", [{"id": key, "data": {"owner_id": owner}} for key in deals]))
    assert status["status"] == "FAILED"
    stored = sandbox.records("deals")
    assert [stored[key]["owner_id"] == owner for key in deals[:5]] == [True] * 5
    assert not all(stored[key]["owner_id"] == owner for key in deals[5:])


def test_a_miscounting_job_leaves_ids_out(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        deal = rows(client, "deals", "All Deals")[0]["id"]
        sandbox.faults("job-miscount=1")
        entries = [{"id": deal, "data": {"probability": 1}}, {"id": 5, "data": {"probability": 1}}]
        data = finished(client, upsert(client, "deals", entries))["data"]
    assert data["record_status"] == {"succeeded": 1, "failed": 1}
    assert [list(item) for item in data["detailed_failure_report"]] == [["error_message"]]


def test_the_job_of_a_lost_answer_lands_late(sandbox: SandboxProcess) -> None:
    deal, owner = first_deal(sandbox)
    sandbox.faults("drop-after:1,job-late=400:1")
    with sandbox.client() as client, pytest.raises(httpx.TransportError):
        upsert(client, "deals", [{"id": deal, "data": {"owner_id": owner}}])
    assert [job["status"] for job in sandbox.jobs()] == ["IN_PROGRESS"]
    assert sandbox.record("deals", deal)["owner_id"] != owner
    until(lambda: sandbox.record("deals", deal)["owner_id"] == owner)
