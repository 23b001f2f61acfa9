"""Sets of lines on records of the real sandbox: one line is changed, the others survive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.crm import lists, relations, requests, writes
from crmdesk.crm.address import parse_bundle_alias
from crmdesk.crm.budget import UnlimitedBudget
from crmdesk.crm.client import CrmClient
from crmdesk.crm.errors import Unreadable
from crmdesk.crm.kinds import Kind, normal
from crmdesk.crm.modules import BUILT_IN, ModuleSpec
from crmdesk.crm.relation_table import BadLine, Relation
from tests.crm.clients import ACCOUNTS, CONTACTS, DEALS, created, first_ids, owner_ids, send, with_client
from tests.support.aio import run

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

PRODUCTS, DOCUMENTS, APPOINTMENTS = BUILT_IN["products"], BUILT_IN["documents"], BUILT_IN["appointments"]


def relation(spec: ModuleSpec, prefix: str) -> Relation:
    found = relations.relation_of(spec, f"{prefix}:1")
    assert found is not None
    return found


async def turn(
    client: CrmClient, spec: ModuleSpec, record_id: int, prefix: str, wanted: dict[str, Any], **along: Any
) -> dict[str, Any]:
    """Reads the set, changes these lines of it, and reads it again."""
    found = relation(spec, prefix)
    current = await relations.read_lines(client, spec, record_id, found)
    for call in relations.write_lines(spec, record_id, found, current, wanted, along=along or None):
        await send(client, call)
    return await relations.read_lines(client, spec, record_id, found)


async def three_products(client: CrmClient) -> list[str]:
    return [str((await created(client, PRODUCTS, {"name": f"Line {number}"})).fields["id"]) for number in (1, 2, 3)]


def line(quantity: int, price: str) -> dict[str, Any]:
    return {"quantity": quantity, "discount": "0", "unit_price": price}


def test_changing_one_of_three_products_of_a_deal_keeps_the_others(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        (deal,) = await first_ids(client, DEALS, 1)
        first, second, third = await three_products(client)
        wanted = {first: line(1, "100"), second: line(2, "200.5"), third: line(3, "300")}
        before = await turn(client, DEALS, deal, "products", wanted)
        assert before.keys() == wanted.keys()
        after = await turn(client, DEALS, deal, "products", {second: line(5, "200.5")})
        assert after == {**before, second: {**before[second], "quantity": 5}}
        left = await turn(client, DEALS, deal, "products", {first: None})
        assert left == {second: after[second], third: after[third]}
        assert await turn(client, DEALS, deal, "products", {second: None, third: None}) == {}

    with_client(sandbox, work)


def test_changing_one_price_of_a_product_keeps_the_other(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        product = (await created(client, PRODUCTS, {"name": "Priced"})).fields["id"]
        prices = {"USD": {"unit_price": "1000"}, "INR": {"unit_price": "74000"}}
        before = await turn(client, PRODUCTS, product, "product_pricings", prices, pricing_type=1)
        assert {key: value["unit_price"] for key, value in before.items()} == {"USD": "1000", "INR": "74000"}
        dearer = {"USD": {**before["USD"], "unit_price": "1200.25"}}
        after = await turn(client, PRODUCTS, product, "product_pricings", dearer)
        assert after["USD"]["unit_price"] == "1200.25"
        assert after["INR"] == before["INR"]
        assert await turn(client, PRODUCTS, product, "product_pricings", {"USD": None}) == {"INR": before["INR"]}

    with_client(sandbox, work)


def test_contacts_come_to_a_deal_and_leave_it(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        (deal,) = await first_ids(client, DEALS, 1)
        one, two, three = [str(item) for item in await first_ids(client, CONTACTS, 3)]
        had = await relations.read_lines(client, DEALS, deal, relation(DEALS, "contacts"))
        await turn(client, DEALS, deal, "contacts", dict.fromkeys(had))
        assert await turn(client, DEALS, deal, "contacts", {one: True, two: True}) == {one: True, two: True}
        assert await turn(client, DEALS, deal, "contacts", {one: None, three: True}) == {two: True, three: True}

    with_client(sandbox, work)


def test_an_account_more_leaves_one_primary(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        one, two = [str(item) for item in await first_ids(client, ACCOUNTS, 2)]
        person = {"last_name": "Doe", "emails": "doe@accounts.example", f"sales_accounts:{one}": {"is_primary": True}}
        contact = (await created(client, CONTACTS, person)).fields["id"]
        both = await turn(client, CONTACTS, contact, "sales_accounts", {two: {"is_primary": False}})
        assert both == {one: {"is_primary": True}, two: {"is_primary": False}}
        turned = await turn(client, CONTACTS, contact, "sales_accounts", {two: {"is_primary": True}})
        assert turned == {one: {"is_primary": False}, two: {"is_primary": True}}
        assert await turn(client, CONTACTS, contact, "sales_accounts", {two: None}) == {one: {"is_primary": True}}

    with_client(sandbox, work)


def test_members_of_a_team_come_and_leave_with_their_designation(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        (deal,) = await first_ids(client, DEALS, 1)
        one, two = [str(item) for item in await owner_ids(client, 2)]
        leads, helps = [item["id"] for item in await requests.selector(client, "designations")][:2]
        both = await turn(client, DEALS, deal, "team", {one: leads, two: helps})
        assert both == {one: leads, two: helps}
        assert await turn(client, DEALS, deal, "team", {two: leads}) == {one: leads, two: leads}
        assert await turn(client, DEALS, deal, "team", {one: None}) == {two: leads}

    with_client(sandbox, work)


def test_a_team_is_known_without_its_designations_where_they_are_not_told() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "include" in request.url.params:
            return httpx.Response(400, json={"errors": {"code": 400, "message": ["unknown include"]}})
        return httpx.Response(200, json={"deal": {"id": 1, "team_user_ids": [7, "8"]}})

    async def read() -> dict[str, Any]:
        client = CrmClient(
            parse_bundle_alias("https://acme.myfreshworks.com/crm/sales"),
            "key",
            UnlimitedBudget(),
            transport=httpx.MockTransport(answer),
        )
        try:
            return await relations.read_lines(client, DEALS, 1, relation(DEALS, "team"))
        finally:
            await client.aclose()

    current = run(read())
    assert current == {"7": True, "8": True}
    (call,) = relations.write_lines(DEALS, 1, relation(DEALS, "team"), current, {"7": None, "8": 33})
    assert call.body == {"team_users": [{"user_id": 7, "_destroy": True}, {"user_id": 8, "designation_id": 33}]}


def test_attendees_are_added_and_never_taken_away(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        users = await owner_ids(client, 2)
        (contact,) = await first_ids(client, CONTACTS, 1)
        meeting = {
            "title": "Demo",
            "from_date": "2026-12-01T10:00:00Z",
            "end_date": "2026-12-01T11:00:00Z",
            "time_zone": "Chennai",
            "targetable_type": "Contact",
            "targetable_id": contact,
            f"attendees:user:{users[0]}": True,
        }
        appointment = (await created(client, APPOINTMENTS, meeting)).fields["id"]
        coming = await turn(client, APPOINTMENTS, appointment, "attendees", {f"contact:{contact}": True})
        assert coming == {f"user:{users[0]}": True, f"contact:{contact}": True}

    with_client(sandbox, work)
    attendees = relation(APPOINTMENTS, "attendees")
    (call,) = relations.write_lines(APPOINTMENTS, 1, attendees, {}, {"user:5": True})
    assert not call.repeatable
    with pytest.raises(BadLine, match="only adds"):
        relations.write_lines(APPOINTMENTS, 1, attendees, {"user:5": True}, {"user:5": None})


def test_contacts_move_between_lists(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        spec = BUILT_IN["lists"]
        here = (await created(client, spec, {"name": "Here"})).fields["id"]
        there = (await created(client, spec, {"name": "There"})).fields["id"]
        one, two, three = [str(item) for item in await first_ids(client, CONTACTS, 3)]
        everybody = {one: True, two: True, three: True}
        assert await turn(client, spec, here, "members", everybody) == everybody
        assert await turn(client, spec, here, "members", {one: None}) == {two: True, three: True}
        await send(client, lists.copy_contacts(there, [int(two)]))
        assert (await lists.contacts_of(client, there)).ids == (int(two),)
        await send(client, writes.update(spec, there, {"name": "Elsewhere"}))
        names = {row["id"]: row["name"] for row in (await lists.all_lists(client)).records()}
        assert names[there] == "Elsewhere"

    with_client(sandbox, work)


def test_more_lines_than_the_api_takes_are_refused_before_they_are_sent() -> None:
    many = {str(number): line(1, "1") for number in range(1, 102)}
    with pytest.raises(BadLine, match="at most 100"):
        relations.write_lines(DEALS, 1, relation(DEALS, "products"), {}, many)
    accounts = {str(number): {"is_primary": number == 1} for number in range(1, 12)}
    with pytest.raises(BadLine, match="at most 10"):
        relations.write_lines(CONTACTS, 1, relation(CONTACTS, "sales_accounts"), {}, accounts)


IDS = st.sampled_from([str(number) for number in range(1, 9)])
LINES = st.fixed_dictionaries(
    {
        "quantity": st.integers(1, 9),
        "discount": st.sampled_from(["0", "2.5"]),
        "unit_price": st.sampled_from(["1", "0.5"]),
    }
)


@given(current=st.dictionaries(IDS, LINES), wanted=st.dictionaries(IDS, st.none() | LINES))
def test_lines_that_nobody_touched_are_sent_as_they_were(current: dict[str, Any], wanted: dict[str, Any]) -> None:
    calls = relations.write_lines(DEALS, 1, relation(DEALS, "products"), current, wanted)
    expected = {key: line for key, line in {**current, **wanted}.items() if line is not None}
    if not calls:
        assert expected == current
        return
    (call,) = calls
    sent = {str(row["id"]): {name: row[name] for name in row if name != "id"} for row in call.body["deal"]["products"]}
    assert {key: normal(Kind.LINE, row) for key, row in sent.items()} == expected
    assert call.params == {"include": "products"}


def test_nothing_is_sent_for_lines_that_are_as_wanted() -> None:
    current = {"1": line(1, "5")}
    assert relations.write_lines(DEALS, 1, relation(DEALS, "products"), current, {"1": line(1, "5"), "2": None}) == []
    assert relations.write_lines(DEALS, 1, relation(DEALS, "contacts"), {}, {"2": None}) == []


def test_a_set_that_was_not_told_is_never_taken_for_empty() -> None:
    """Writing the whole set over an unread one would wipe it."""

    async def read(body: dict[str, Any]) -> dict[str, Any]:
        client = CrmClient(
            parse_bundle_alias("https://acme.myfreshworks.com/crm/sales"),
            "key",
            UnlimitedBudget(),
            transport=httpx.MockTransport(lambda request: httpx.Response(200, json=body)),
        )
        try:
            return await relations.read_lines(client, DEALS, 1, relation(DEALS, "products"))
        finally:
            await client.aclose()

    with pytest.raises(Unreadable, match="no products"):
        run(read({"deal": {"id": 1}}))
    assert run(read({"deal": {"id": 1, "has_products": False}})) == {}
    assert run(read({"deal": {"id": 1, "products": [{"id": 4, "quantity": 2, "discount": 0.0}]}})) == {
        "4": {"quantity": 2, "discount": "0"}
    }


def test_only_known_sets_have_lines() -> None:
    assert relations.relation_of(CONTACTS, "products:1") is None
    assert relations.relation_of(DEALS, "amount") is None
    assert relations.split_field("attendees:user:5") == ("attendees", "user:5")
    with pytest.raises(BadLine, match="user or a contact"):
        relations.write_lines(APPOINTMENTS, 1, relation(APPOINTMENTS, "attendees"), {}, {"bot:5": True})
