"""What the tests of the sandbox share: finding views, waiting for jobs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

from tests.support.sandbox_process import SandboxProcess

Answer = dict[str, Any]
WITHIN = 20.0


def until(condition: Callable[[], Any]) -> Any:
    """The first true value of a condition; fails when there is none within 20 s."""
    deadline = time.monotonic() + WITHIN
    while not (found := condition()):
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.01)
    return found


def view_id(client: httpx.Client, module: str, name: str) -> int:
    """The id of a view by its name."""
    filters = client.get(f"{module}/filters").json()["filters"]
    return int(next(item["id"] for item in filters if item["name"] == name))


def rows(client: httpx.Client, module: str, name: str, **query: Any) -> list[Answer]:
    """One page of a view."""
    answer = client.get(f"{module}/view/{view_id(client, module, name)}", params={"per_page": 100, **query})
    assert answer.status_code == 200, answer.text
    found: list[Answer] = answer.json()[module]
    return found


def users(client: httpx.Client, *, active: bool = True) -> list[int]:
    """Ids of users that are, or are not, active."""
    listed = client.get("selector/owners").json()["users"]
    return [user["id"] for user in listed if user["is_active"] is active]


def upsert(client: httpx.Client, module: str, entries: list[Answer]) -> str:
    """Start a bulk upsert and give the job's id."""
    answer = client.post(f"{module}/bulk_upsert", json={module: entries})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["job_status_url"].rpartition("/")[2])


def finished(client: httpx.Client, job: str) -> Answer:
    """The status of a job when it is no longer in progress."""

    def status() -> Answer | None:
        found: Answer = client.get(f"job_statuses/{job}").json()
        return None if found["status"] == "IN_PROGRESS" else found

    ended: Answer = until(status)
    return ended


def messages(answer: httpx.Response, status: int) -> list[str]:
    """The messages of an error answer, whose shape is checked."""
    assert answer.status_code == status, answer.text
    errors = answer.json()["errors"]
    assert errors["code"] == status
    found: list[str] = errors["message"]
    return found


def total(sandbox: SandboxProcess, name: str = "All Deals", *, agent: bool = False) -> int:
    """How many deals a view says it holds."""
    with sandbox.client() as admin, sandbox.client(agent=agent) as client:
        wanted = view_id(admin, "deals", name)
        return int(client.get(f"deals/view/{wanted}").json()["meta"]["total"])
