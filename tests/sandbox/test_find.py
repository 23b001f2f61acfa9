"""`filtered_search` with each operator against a search through what is stored; `search` and `lookup`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.sandbox.support import Answer, messages, rows, until
from tests.sandbox.test_lifecycle import created
from tests.support.sandbox_process import SandboxProcess

Start = Callable[..., SandboxProcess]
Held = Callable[[Any], bool]


@pytest.fixture(scope="module", params=["0", "60"])
def crm(start_sandbox: Start, request: pytest.FixtureRequest) -> SandboxProcess:
    """A sandbox whose search is prompt, and one that still sees what was there before all that was written."""
    sandbox = start_sandbox("--records", "300", "--search-lag", request.param)
    if request.param != "0":
        with sandbox.client() as client:
            for row in rows(client, "deals", "All Deals")[:40]:
                client.put(f"deals/{row['id']}", json={"deal": {"probability": row["probability"]}})
    return sandbox


def found(client: httpx.Client, entity: str, *rules: Answer, **query: Any) -> list[Answer]:
    module = entity if entity.startswith("cm_") else f"{entity}s"
    listed: list[Answer] = []
    page = 1
    while True:
        body = client.post(
            f"filtered_search/{entity}", params={"per_page": 100, "page": page, **query}, json={"filter_rule": rules}
        ).json()
        listed += body[module]
        if len(listed) >= body["meta"]["total"] or not body[module]:
            assert len(listed) == body["meta"]["total"]
            return listed
        page += 1


def rule(attribute: str, operator: str, value: Any = None) -> Answer:
    return {"attribute": attribute, "operator": operator, "value": value}


def amount(record: Answer) -> float:
    return float(record["amount"])


CASES: list[tuple[Answer, Callable[[Answer], bool]]] = [
    (rule("amount", "is_greater_than", 100000), lambda deal: amount(deal) > 100000),
    (rule("amount", "is_less_than", "5000.5"), lambda deal: amount(deal) < 5000.5),
    (rule("probability", "is", 100), lambda deal: deal["probability"] == 100),
    (rule("probability", "is_not_in", [0, "100"]), lambda deal: deal["probability"] not in (0, 100)),
    (rule("expected_close", "is_empty"), lambda deal: not deal["expected_close"]),
    (rule("expected_close", "is_not_empty"), lambda deal: bool(deal["expected_close"])),
    (rule("expected_close", "is_after", "2026-11-01"), lambda deal: (deal["expected_close"] or "") > "2026-11-01"),
    (
        rule("expected_close", "is_before", "2026-11-01"),
        lambda deal: bool(deal["expected_close"]) and deal["expected_close"] < "2026-11-01",
    ),
    (rule("name", "contains", "1"), lambda deal: "1" in deal["name"]),
    (rule("name", "starts_with", "a"), lambda deal: deal["name"].lower().startswith("a")),
    (rule("name", "ends_with", "7"), lambda deal: deal["name"].endswith("7")),
    (rule("name", "contains", "100%_"), lambda _deal: False),
    (rule("cf_region", "is_in", ["EMEA", "APAC"]), lambda deal: deal["custom_field"]["cf_region"] in ("EMEA", "APAC")),
    (rule("cf_region", "is_not", "EMEA"), lambda deal: deal["custom_field"]["cf_region"] != "EMEA"),
    (rule("cf_region", "is_empty"), lambda deal: not deal["custom_field"]["cf_region"]),
    (
        rule("cf_number_of_agents", "is_greater_than", 150),
        lambda deal: deal["custom_field"]["cf_number_of_agents"] > 150,
    ),
    (rule("cf_number_of_agents", "is", "42.0"), lambda deal: deal["custom_field"]["cf_number_of_agents"] == 42),
    (rule("owner_id", "is_empty"), lambda deal: deal["owner_id"] is None),
    (rule("owner_id", "is_not_empty"), lambda deal: deal["owner_id"] is not None),
    (rule("territory_id", "is_in", [None, ""]), lambda deal: deal.get("territory_id") is None),
    (rule("deal_reason_id", "is_not_empty"), lambda deal: deal["deal_reason_id"] is not None),
]


@pytest.mark.parametrize(("asked", "meets"), CASES, ids=[f"{c[0]['attribute']}-{c[0]['operator']}" for c in CASES])
def test_an_operator_finds_what_meets_it(crm: SandboxProcess, asked: Answer, meets: Callable[[Answer], bool]) -> None:
    keys = ("name", "amount", "probability", "expected_close", "custom_field", "owner_id", "territory_id")
    stored = crm.records("deals", *keys, "deal_reason_id")
    with crm.client() as client:
        listed = {row["id"] for row in found(client, "deal", asked)}
    assert listed == {key for key, record in stored.items() if meets(record)}


def test_a_choice_of_several_is_found_by_each(crm: SandboxProcess) -> None:
    stored = crm.records("cm_property", "custom_field")
    with crm.client() as client:
        listed = {
            row["id"] for row in found(client, "cm_property", rule("cf_sample_multiselect_field", "is", "choice 2"))
        }
        without = {
            row["id"] for row in found(client, "cm_property", rule("cf_sample_multiselect_field", "is_not", "choice 2"))
        }
        boxes = {row["id"] for row in found(client, "cm_property", rule("cf_furnished", "is", True))}
    has = {k for k, r in stored.items() if "choice 2" in (r["custom_field"]["cf_sample_multiselect_field"] or "")}
    assert listed == has and without == set(stored) - has
    assert boxes == {k for k, r in stored.items() if r["custom_field"]["cf_furnished"]}


@pytest.mark.parametrize("way", ["asc", "desc"])
def test_hits_are_sorted_as_asked(crm: SandboxProcess, way: str) -> None:
    with crm.client() as client:
        listed = found(client, "deal", rule("probability", "is_greater_than", 0), sort="amount", sort_type=way)
    values = [amount(row) for row in listed]
    assert len(values) > 100 and values == sorted(values, reverse=way == "desc")


@pytest.mark.parametrize(
    "wrong",
    [
        rule("nothing", "is", 1),
        rule("custom_field", "is", 1),
        rule("cf_nothing", "is", 1),
        rule("name", "sounds_like", "x"),
        rule("amount", "is_greater_than", "much"),
        rule("created_at", "is_after", "soon"),
        rule("name'", "is", 1),
        5,
    ],
)
def test_a_rule_that_cannot_be_understood_is_refused(crm: SandboxProcess, wrong: Any) -> None:
    with crm.client() as client:
        messages(client.post("filtered_search/deal", json={"filter_rule": [wrong]}), 400)
        messages(client.post("filtered_search/nothing", json={"filter_rule": [rule("name", "is", 1)]}), 404)


# -- search and lookup -----------------------------------------------------------------------------------


def hits(client: httpx.Client, text: str, **query: Any) -> list[Answer]:
    answer = client.get("search", params={"q": text, **query})
    assert answer.status_code == 200, answer.text
    listed: list[Answer] = answer.json()
    return listed


def test_search_is_a_bare_list_over_several_modules(crm: SandboxProcess) -> None:
    with crm.client() as client:
        contact = next(row for row in rows(client, "contacts", "All Contacts") if row["email"])
        account = rows(client, "sales_accounts", "All Accounts")[0]
        deal = rows(client, "deals", "All Deals")[0]
        user = client.get("selector/owners").json()["users"][0]
        one = client.get("cm_loan/filters").json()["filters"][0]["id"]
        loan = client.get(f"custom_module/cm_loan/view/{one}").json()["cm_loan"][0]
        wanted = {
            "contact": (contact["email"].upper(), contact["id"]),
            "sales_account": (account["name"], account["id"]),
            "deal": (deal["name"], deal["id"]),
            "user": (user["display_name"], user["id"]),
            "cm_loan": (loan["name"], loan["id"]),
        }
        for kind, (text, key) in wanted.items():
            listed = hits(client, text, include="contact,sales_account,deal,user,cm_loan,nothing")
            assert (str(key), kind) in {(hit["id"], hit["type"]) for hit in listed}, kind
            assert all(isinstance(hit["id"], str) and hit["name"] for hit in listed)
        assert len(hits(client, "a", include="contact", per_page=5)) == 5
        assert hits(client, "") == hits(client, "no such text") == hits(client, "%") == []


def test_an_agent_finds_only_what_the_agent_can_see(crm: SandboxProcess) -> None:
    with crm.client(agent=True) as agent:
        seen = {str(row["id"]) for page in (1, 2, 3) for row in rows(agent, "deals", "All Deals", page=page)}
        listed = hits(agent, "1", include="deal", per_page=100)
    assert listed and {hit["id"] for hit in listed} <= seen


@pytest.mark.parametrize("field", ["email", "mobile_number", "display_name"])
def test_lookup_is_nested_twice_and_exact(crm: SandboxProcess, field: str) -> None:
    with crm.client() as client:
        row = next(row for row in rows(client, "contacts", "All Contacts") if row[field] and len(row[field]) > 8)
        text = row[field] if field == "display_name" else row[field].upper()
        body = client.get("lookup", params={"q": text, "f": field, "entities": "contact,deal"}).json()
        listed = body["contacts"]
        part = client.get("lookup", params={"q": row[field][:-1], "f": field, "entities": "contact"}).json()
    assert row["id"] in {item["id"] for item in listed["contacts"]} and listed["meta"]["total"] >= 1
    assert body["deals"] == {"deals": [], "meta": {"total": 0}}
    assert row["id"] not in {item["id"] for item in part["contacts"]["contacts"]}


def test_a_second_address_is_looked_up_too(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "30", "--search-lag", "0")
    mails = [{"value": "one@example.net", "is_primary": True}, {"value": "two@example.net"}]
    with sandbox.client() as client:
        made = created(client, "contacts", {"last_name": "Two", "emails": mails})
        body = client.get("lookup", params={"q": "TWO@example.net", "f": "email", "entities": "contact"})
    assert [item["id"] for item in body.json()["contacts"]["contacts"]] == [made["id"]]


def test_what_was_made_is_found_after_a_while(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "30", "--search-lag", "0.5")
    with sandbox.client() as client:
        created(client, "contacts", {"last_name": "Nevermet", "mobile_number": "5"})
        assert hits(client, "nevermet") == []
        until(lambda: hits(client, "nevermet"))
