"""Search, lookup and filters: their odd shapes, and the real sandbox."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from crmdesk.config.errors import InputError
from crmdesk.crm import search
from crmdesk.crm.address import parse_bundle_alias
from crmdesk.crm.budget import UnlimitedBudget
from crmdesk.crm.client import CrmClient
from crmdesk.crm.errors import Unreadable
from crmdesk.crm.kinds import Kind
from crmdesk.crm.modules import BUILT_IN, custom_module
from crmdesk.crm.search import OPERATORS, FilterRule, Hit
from tests.crm.clients import ACCOUNTS, CONTACTS, DEALS, created, first_ids, with_client
from tests.support.aio import run

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

PROPERTY = custom_module({"entity_name": "cm_property"})


def asked(body: Any, work: Callable[[CrmClient], Awaitable[Any]]) -> tuple[Any, list[httpx.Request]]:
    """What `work` makes of an answer, and the requests that went out."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=body)

    async def main() -> Any:
        client = CrmClient(
            parse_bundle_alias("https://acme.myfreshworks.com/crm/sales"),
            "key",
            UnlimitedBudget(),
            transport=httpx.MockTransport(answer),
        )
        try:
            return await work(client)
        finally:
            await client.aclose()

    return run(main()), seen


def test_hits_are_a_bare_list_with_ids_as_text() -> None:
    body = [
        {"id": "4", "type": "contact", "name": "Ann Doe", "email": "ann@doe.example"},
        {"id": "5", "type": "sales_account", "name": "Doe Ltd", "website": "doe.example"},
        {"id": "6", "type": "user", "name": "Agent Doe"},
        {"id": "x", "type": "deal", "name": "no id"},
        {"id": 7, "type": "cm_property", "name": "Doe Villa"},
    ]
    hits, seen = asked(body, lambda client: search.search(client, " doe ", [CONTACTS, ACCOUNTS, DEALS, PROPERTY]))
    assert hits == [
        Hit("contacts", 4, "Ann Doe", "ann@doe.example"),
        Hit("sales_accounts", 5, "Doe Ltd", "doe.example"),
        Hit("cm_property", 7, "Doe Villa", ""),
    ]
    assert dict(seen[0].url.params) == {
        "q": "doe",
        "include": "contact,sales_account,deal,cm_property",
        "per_page": "20",
    }


def test_nothing_is_asked_for_blank_text_or_modules_without_search() -> None:
    assert asked([], lambda client: search.search(client, "  ")) == ([], [])
    assert asked([], lambda client: search.search(client, "x", [BUILT_IN["tasks"]])) == ([], [])
    with pytest.raises(Unreadable):
        asked({"message": "?"}, lambda client: search.search(client, "x"))


def test_a_lookup_is_nested_twice() -> None:
    body = {"contacts": {"contacts": [{"id": 4, "display_name": "Ann Doe", "email": "a@b.example"}], "meta": {}}}
    hits, seen = asked(body, lambda client: search.lookup(client, "a@b.example", "emails", [CONTACTS]))
    assert hits == [Hit("contacts", 4, "Ann Doe", "a@b.example")]
    assert dict(seen[0].url.params) == {"q": "a@b.example", "f": "email", "entities": "contact"}


def test_a_filter_sends_its_rules_sort_and_side_loads() -> None:
    import json

    rules = [FilterRule("name", "contains", "x"), FilterRule("owner_id", "is_empty", 5)]
    page, seen = asked(
        {"deals": [{"id": 1}], "meta": {"total": 201}},
        lambda client: search.filtered(client, DEALS, rules, 2, sort="amount", descending=True),
    )
    assert (page.ids, page.total, page.total_pages) == ((1,), 201, 3)
    assert json.loads(seen[0].content) == {
        "filter_rule": [
            {"attribute": "name", "operator": "contains", "value": "x"},
            {"attribute": "owner_id", "operator": "is_empty"},
        ]
    }
    assert dict(seen[0].url.params) == {
        "page": "2",
        "per_page": "100",
        "include": "owner",
        "sort": "amount",
        "sort_type": "desc",
    }
    with pytest.raises(InputError, match="needs a rule"):
        asked({}, lambda client: search.filtered(client, DEALS, []))
    with pytest.raises(InputError, match="can't filter tasks"):
        asked({}, lambda client: search.filtered(client, BUILT_IN["tasks"], rules))
    assert search.attribute_of(CONTACTS, "emails") == "contact_email.email"
    assert search.attribute_of(DEALS, "amount") == "amount"


def test_every_kind_of_value_can_be_compared_but_lines() -> None:
    assert set(Kind) - OPERATORS.keys() == {Kind.LINE}
    for operators in OPERATORS.values():
        assert len({operator.name for operator in operators}) == len(operators)
        assert all(operator.label for operator in operators)


def test_the_sandbox_finds_by_text_by_value_and_by_rules(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        (contact,) = await first_ids(client, CONTACTS, 1)
        person = sandbox.record("contacts", contact)
        hits = await search.search(client, person["last_name"], limit=100)
        assert ("contacts", contact) in [(hit.module, hit.id) for hit in hits]
        (email,) = [item["value"] for item in person["emails"] or [] if item.get("is_primary")][:1] or [person["email"]]
        assert contact in [hit.id for hit in await search.lookup(client, email, "emails", [CONTACTS])]
        (deal,) = await first_ids(client, DEALS, 1)
        name = sandbox.record("deals", deal)["name"]
        page = await search.filtered(client, DEALS, [FilterRule("name", "is", name)])
        assert deal in page.ids
        assert all(row["name"] == name for row in page.records())

    with_client(sandbox, work)


@pytest.mark.parametrize("kind", sorted({operator.name for many in OPERATORS.values() for operator in many}))
def test_every_operator_that_is_offered_is_understood(sandbox: SandboxProcess, kind: str) -> None:
    """A rule and its opposite share no deal and, where both are complete, hold all of them."""
    opposite = {"is_in": "is_not_in", "is": "is_not", "is_empty": "is_not_empty"}
    value: Any = "Sample"
    attribute = "name"
    if kind in ("is_after", "is_before"):
        attribute, value = "created_at", "2026-01-01T00:00:00Z"
    elif kind in ("is_greater_than", "is_less_than"):
        attribute, value = "amount", 20000
    elif kind in ("is_in", "is_not_in"):
        attribute, value = "deal_stage_id", []
    elif kind in ("is_empty", "is_not_empty"):
        attribute = "expected_close"

    async def work(client: CrmClient) -> None:
        deals = sandbox.records("deals", "deal_stage_id", "amount", "name")
        wanted = [next(iter(deals.values()))["deal_stage_id"]] if value == [] else value
        page = await search.filtered(client, DEALS, [FilterRule(attribute, kind, wanted)], per_page=100)
        assert page.total is not None
        if kind in opposite:
            other = await search.filtered(client, DEALS, [FilterRule(attribute, opposite[kind], wanted)])
            assert other.total is not None
            assert page.total + other.total == len(deals)
        if kind == "is_greater_than":
            assert page.total == len([row for row in deals.values() if float(row["amount"]) > 20000])

    with_client(sandbox, work)


def test_what_was_made_is_found_when_search_has_caught_up(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        made = (await created(client, ACCOUNTS, {"name": "Zyx Unheard Of"})).fields["id"]
        hits: list[Hit] = []
        while not hits:
            hits = await search.lookup(client, "Zyx Unheard Of", "name", [ACCOUNTS])
        assert [hit.id for hit in hits] == [made]

    with_client(sandbox, work)
