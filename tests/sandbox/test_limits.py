"""The hourly and per-minute limits, and ten bulk jobs at once."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from tests.sandbox.support import messages, rows, upsert
from tests.support.sandbox_process import SandboxProcess

Start = Callable[..., SandboxProcess]


def test_the_hour_is_counted_down_and_then_refused(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "30", "--hour-limit", "3")
    with sandbox.client() as client, sandbox.client(agent=True) as agent:
        answers = [client.get("selector/owners"), agent.get("selector/owners")]
        assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1"]
        assert client.get("nothing/like/this").headers["x-ratelimit-remaining"] == "0"
        refused = client.get("selector/owners")
    assert messages(refused, 429) == ["Too many requests"]
    assert refused.headers["x-ratelimit-limit"] == "3"
    assert 3590 <= int(refused.headers["retry-after"]) <= 3600
    assert 3590 <= int(refused.headers["x-ratelimit-reset"]) <= 3600


def test_a_wrong_key_costs_nothing(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "30", "--hour-limit", "2")
    for _attempt in range(5):
        assert httpx.get(f"{sandbox.url}/api/selector/owners", trust_env=False).status_code == 401
    with sandbox.client() as client:
        assert client.get("selector/owners").headers["x-ratelimit-remaining"] == "1"


def test_the_minute_is_refused_while_the_hour_has_some_left(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "30", "--minute-limit", "2", "--hour-limit", "100")
    with sandbox.client() as client:
        answers = [client.get("selector/owners") for _number in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    assert answers[2].headers["x-ratelimit-remaining"] == "97"


def test_some_accounts_send_no_retry_after(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "30", "--hour-limit", "1", "--no-retry-after")
    with sandbox.client() as client:
        client.get("selector/owners")
        refused = client.get("selector/owners")
    assert refused.status_code == 429 and "retry-after" not in refused.headers


def test_without_a_limit_there_is_always_enough_left(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "30", "--hour-limit", "0")
    with sandbox.client() as client:
        assert int(client.get("selector/owners").headers["x-ratelimit-remaining"]) > 900_000


def test_what_lies_beside_the_api_is_not_counted(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "30", "--hour-limit", "1")
    for _number in range(5):
        sandbox.requests()
    with sandbox.client() as client:
        assert client.get("selector/owners").status_code == 200


def test_an_eleventh_job_at_once_is_refused(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "30", "--job-time", "30,0")
    with sandbox.client() as client:
        deal = rows(client, "deals", "All Deals")[0]["id"]
        entries = [{"id": deal, "data": {"probability": 5}}]
        for _number in range(10):
            upsert(client, "deals", entries)
        refused = client.post("deals/bulk_upsert", json={"deals": entries})
    said = "Maximum of 10 concurrent in-progress bulk upsert jobs can be made from an account"
    assert messages(refused, 429) == [said]
    assert "retry-after" not in refused.headers and int(refused.headers["x-ratelimit-remaining"]) > 0
    assert len(sandbox.jobs()) == 10
