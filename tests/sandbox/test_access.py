"""Keys, rights, and what is answered for what isn't there."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.sandbox.support import messages, rows, total, view_id
from tests.support.sandbox_process import SandboxProcess


def bare(sandbox: SandboxProcess, **headers: str) -> httpx.Response:
    return httpx.get(f"{sandbox.url}/api/contacts/filters", headers=headers, trust_env=False)


@pytest.mark.parametrize("key", ["", "Token token=", "Token token=wrong", "Bearer {key}", "{key}", "Token {key}"])
def test_a_wrong_key_is_401_with_the_recorded_body(sandbox: SandboxProcess, key: str) -> None:
    answer = bare(sandbox, Authorization=key.format(key=sandbox.api_key), Accept="application/json")
    assert (answer.status_code, answer.json()) == (401, {"login": "failed"})


def test_a_browser_without_a_key_is_sent_to_the_login_page(sandbox: SandboxProcess) -> None:
    answer = bare(sandbox, Accept="text/html")
    assert answer.status_code == 302 and answer.headers["location"].endswith("/login")


def test_both_keys_are_accepted(sandbox: SandboxProcess) -> None:
    assert bare(sandbox, **sandbox.headers()).status_code == 200
    assert bare(sandbox, **sandbox.headers(agent=True)).status_code == 200


@pytest.mark.parametrize(
    "path", ["settings/contacts/fields", "settings/cm_property/forms", "settings/module_customizations"]
)
def test_settings_are_for_admins(sandbox: SandboxProcess, path: str) -> None:
    with sandbox.client() as admin, sandbox.client(agent=True) as agent:
        assert admin.get(path).status_code == 200
        assert messages(agent.get(path), 403) == ["Access Denied"]


def test_an_agent_sees_what_is_owned_or_lies_in_the_territory(sandbox: SandboxProcess) -> None:
    stored = sandbox.records("deals", "owner_id", "territory_id")
    with sandbox.client(agent=True) as client:
        own = next(u for u in client.get("selector/owners").json()["users"] if u["display_name"] == "Gwen Agent")
        seen = rows(client, "deals", "All Deals", include="owner,territory")
    assert seen
    territory = next(row["territory_id"] for row in seen if row["owner_id"] != own["id"])
    expected = {key for key, row in stored.items() if row["owner_id"] == own["id"] or row["territory_id"] == territory}
    assert total(sandbox, agent=True) == len(expected)
    assert {row["id"] for row in seen} <= expected


def test_an_agent_can_neither_read_nor_write_the_rest(sandbox: SandboxProcess) -> None:
    with sandbox.client() as admin, sandbox.client(agent=True) as agent:
        seen = {row["id"] for page in (1, 2, 3) for row in rows(agent, "deals", "All Deals", page=page)}
        other = next(row["id"] for row in rows(admin, "deals", "All Deals") if row["id"] not in seen)
        assert messages(agent.get(f"deals/{other}"), 403) == ["Access Denied"]
        assert messages(agent.put(f"deals/{other}", json={"deal": {"probability": 3}}), 403) == ["Access Denied"]
    assert sandbox.record("deals", other)["probability"] != 3


def test_private_views_are_their_owners_own(sandbox: SandboxProcess) -> None:
    with sandbox.client() as admin, sandbox.client(agent=True) as agent:
        private = view_id(admin, "deals", "Without an owner")
        names = [item["name"] for item in agent.get("deals/filters").json()["filters"]]
        assert "Without an owner" not in names and "Gwen's own" in names and "Of inactive users" in names
        assert agent.get(f"deals/view/{private}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "contacts/5",
        "sales_accounts/99999999999999999999999",
        "deals/view/5",
        "contacts/view/abc",
        "tasks/5",
        "custom_module/cm_loan/5",
        "custom_module/cm_none/filters",
        "cpq/products/5",
        "job_statuses/b7b68d8f629336346f884006",
        "selector/none",
        "settings/none/fields",
        "none",
        "none/5",
    ],
)
def test_what_is_not_there_is_404(sandbox: SandboxProcess, path: str) -> None:
    with sandbox.client() as client:
        messages(client.get(path), 404)
        messages(client.put(path, json={}), 404)


@pytest.mark.parametrize("module", ["contacts", "sales_accounts", "deals", "custom_module/cm_loan"])
def test_a_list_without_a_view_is_403_and_with_segment_id_it_is_the_view(sandbox: SandboxProcess, module: str) -> None:
    entity = module.rpartition("/")[2]
    with sandbox.client() as client:
        messages(client.get(module), 403)
        view = client.get(f"{entity}/filters").json()["filters"][1]["id"]
        assert client.get(module, params={"segment_id": view}).json() == client.get(f"{module}/view/{view}").json()


def test_the_control_routes_answer_this_machine_under_its_own_name_only(sandbox: SandboxProcess) -> None:
    answer = sandbox.control.get("/sandbox/requests", headers={"Host": "evil.example"})
    assert answer.status_code == 403


def test_the_request_log_tells_all_but_never_a_key(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        client.get("selector/owners", params={"a": "b"})
        client.put("deals/5", json={"deal": {}})
    first, second = sandbox.requests()
    assert (first["method"], first["path"], first["status"]) == ("GET", "/crm/sales/api/selector/owners", 200)
    assert (second["method"], second["path"], second["status"]) == ("PUT", "/crm/sales/api/deals/5", 404)
    assert first["at"] <= second["at"]
    assert list(first) == ["method", "path", "status", "at"]
    text = sandbox.control.get("/sandbox/requests").text
    assert sandbox.api_key not in text and sandbox.agent_key not in text
    sandbox.clear_requests()
    assert sandbox.requests() == []


def test_old_accounts_send_validation_errors_with_500(start_sandbox: Callable[..., SandboxProcess]) -> None:
    sandbox = start_sandbox("--records", "30", "--legacy-validation")
    with sandbox.client() as client:
        deal = rows(client, "deals", "All Deals")[0]["id"]
        assert messages(client.put(f"deals/{deal}", json={"deal": {"name": ""}}), 500) == ["Name can't be blank"]
        messages(client.get("deals/5"), 404)
