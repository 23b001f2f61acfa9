"""The life of records: what is made can be listed, searched, changed, cloned, deleted, restored and forgotten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.sandbox.support import Answer, messages, rows
from tests.support.sandbox_process import SandboxProcess

Start = Callable[..., SandboxProcess]
ALL = {"contacts": "All Contacts", "sales_accounts": "All Accounts", "deals": "All Deals"}
ALL |= {"cm_property": "All Properties"}
NEW: dict[str, Answer] = {
    "contacts": {"last_name": "Freshly", "emails": "freshly.made@example.com", "city": "Chemnitz"},
    "sales_accounts": {"name": "Freshly made", "city": "Chemnitz"},
    "deals": {"name": "Freshly made", "amount": 1200.5},
    "cm_property": {"name": "Freshly made", "custom_field": {"cf_floors": "3"}},
}
CHANGE: dict[str, Answer] = {
    "contacts": {"city": "Dresden"},
    "sales_accounts": {"city": "Dresden"},
    "deals": {"name": "Changed since"},
    "cm_property": {"name": "Changed since"},
}
# An account's name would be in the way of restoring the first one.
RENAME: dict[str, Answer] = {module: {"name": "Its clone"} for module in NEW} | {"contacts": {}}


@pytest.fixture(scope="module")
def started(start_sandbox: Start) -> SandboxProcess:
    """A sandbox whose search does not lag."""
    return start_sandbox("--records", "120", "--search-lag", "0")


@pytest.fixture
def prompt_crm(started: SandboxProcess) -> SandboxProcess:
    """The same, as it was at its start."""
    started.reset()
    return started


def at(module: str) -> str:
    return f"custom_module/{module}" if module.startswith("cm_") else module


def key_of(module: str) -> str:
    return module if module.startswith("cm_") else module.removesuffix("s")


def created(client: httpx.Client, module: str, data: Answer) -> Answer:
    """A new record; a deal gets an account."""
    if module == "deals" and "sales_account_id" not in data and "sales_account" not in data:
        data = {**data, "sales_account_id": rows(client, "sales_accounts", "All Accounts")[0]["id"]}
    answer = client.post(at(module), json={key_of(module): data})
    assert answer.status_code == 200, answer.text
    made: Answer = answer.json()[key_of(module)]
    return made


def listed(client: httpx.Client, module: str, view: str) -> set[int]:
    """The ids of the records that changed last in a view."""
    found = next(item["id"] for item in client.get(f"{module}/filters").json()["filters"] if item["name"] == view)
    page = client.get(f"{at(module)}/view/{found}", params={"per_page": 100, "sort": "updated_at"}).json()
    return {row["id"] for row in page[module]}


@pytest.mark.parametrize("module", list(NEW))
def test_a_record_lives(prompt_crm: SandboxProcess, module: str) -> None:
    with prompt_crm.client() as client:
        made = created(client, module, NEW[module])
        path = f"{at(module)}/{made['id']}"
        assert made["id"] in listed(client, module, ALL[module])
        hits = client.get("search", params={"q": "freshly", "include": f"{key_of(module)}"}).json()
        assert str(made["id"]) in {hit["id"] for hit in hits}

        changed = client.put(path, json={key_of(module): CHANGE[module]}).json()[key_of(module)]
        assert CHANGE[module].items() <= changed.items()

        clone = client.post(f"{path}/clone", json={key_of(module): RENAME[module]}).json()[key_of(module)]
        assert clone["id"] != made["id"] and {**CHANGE[module], **RENAME[module]}.items() <= clone.items()
        assert clone["id"] in listed(client, module, ALL[module])

        assert client.delete(path).json() == ({"message": f"{module} deleted successfully."} if "cm_" in path else True)
        assert made["id"] not in listed(client, module, ALL[module])
        assert made["id"] in listed(client, module, "Recycle Bin")
        assert client.get(path).json()[key_of(module)]["is_deleted"] is True
        messages(client.put(path, json={key_of(module): CHANGE[module]}), 404)
        messages(client.delete(path), 404)

        restored = client.put(f"{path}/restore").json()[key_of(module)]
        assert CHANGE[module].items() <= restored.items()
        assert made["id"] in listed(client, module, ALL[module])
        assert client.get(path).json()[key_of(module)].get("is_deleted", False) is False

        assert client.delete(f"{path}/forget").json() is True
        for request in (client.get(path), client.put(f"{path}/restore"), client.delete(f"{path}/forget")):
            messages(request, 404)
        assert made["id"] not in listed(client, module, "Recycle Bin") | listed(client, module, ALL[module])


@pytest.mark.parametrize("module", list(NEW))
def test_several_are_deleted_at_once(prompt_crm: SandboxProcess, module: str) -> None:
    with prompt_crm.client() as client:
        one = created(client, module, NEW[module])["id"]
        two = client.post(f"{at(module)}/{one}/clone", json={}).json()[key_of(module)]["id"]
        body = client.post(f"{at(module)}/bulk_destroy", json={"selected_ids": [str(one), two, 5]}).json()
        assert {one, two} <= listed(client, module, "Recycle Bin")
        messages(client.post(f"{at(module)}/bulk_destroy", json={"selected_ids": []}), 400)
    if module == "cm_property":
        assert body == {"message": "2 Properties deleted."}
    else:
        assert body[module] == [{str(one): True}, {str(two): True}, {"5": False}]


def test_a_deleted_record_in_the_recycle_bin_can_be_forgotten(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        deal = created(client, "deals", NEW["deals"])["id"]
        client.delete(f"deals/{deal}")
        assert client.delete(f"deals/{deal}/forget").json() is True
        messages(client.get(f"deals/{deal}"), 404)


def test_forgetting_takes_what_is_about_the_record(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        contact = created(client, "contacts", NEW["contacts"])["id"]
        deal = created(client, "deals", {**NEW["deals"], "contacts_added_list": [contact]})["id"]
        about = {"targetable_type": "Contact", "targetable_id": contact}
        note = client.post("notes", json={"note": {"description": "Called", **about}}).json()["note"]["id"]
        client.delete(f"contacts/{contact}/forget")
        messages(client.put(f"notes/{note}", json={"note": {"description": "x"}}), 404)
        assert client.get(f"deals/{deal}", params={"include": "contacts"}).json()["contacts"] == []


@pytest.mark.parametrize("way", ["one", "several"])
@pytest.mark.parametrize("along", [True, False])
def test_an_account_takes_its_contacts_and_open_deals_along_when_asked(
    sandbox: SandboxProcess, way: str, along: bool
) -> None:
    with sandbox.client() as client:
        account = created(client, "sales_accounts", NEW["sales_accounts"])["id"]
        contact = created(client, "contacts", {"mobile_number": "5", "sales_accounts": [{"id": account}]})["id"]
        won = next(item["id"] for item in client.get("selector/deal_stages").json()["deal_stages"] if is_won(item))
        tied = {"amount": 5, "sales_account_id": account}
        deals = [created(client, "deals", {"name": "Open", **tied})["id"]]
        deals.append(created(client, "deals", {"name": "Won", "deal_stage_id": won, **tied})["id"])
        if way == "one":
            client.delete(f"sales_accounts/{account}", params={"delete_associated_contacts_deals": str(along).lower()})
        else:
            body = {"selected_ids": [account], "delete_associated_contacts_deals": along}
            client.post("sales_accounts/bulk_destroy", json=body)
    gone = [sandbox.record(module, key)["is_deleted"] for module, key in (("contacts", contact), ("deals", deals[0]))]
    assert gone == [along, along]
    assert sandbox.record("sales_accounts", account)["is_deleted"] is True
    assert sandbox.record("deals", deals[1])["is_deleted"] is False


def is_won(stage: Answer) -> bool:
    return bool(stage["name"] == "Won")


def test_a_clone_has_what_is_given_instead(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        data = {**NEW["contacts"], "custom_field": {"cf_segment": "Small", "cf_is_active": True}, "job_title": "CEO"}
        one = created(client, "contacts", data)
        given = {"last_name": "Other", "emails": "other@example.com", "custom_field": {"cf_segment": "Enterprise"}}
        two = client.post(f"contacts/{one['id']}/clone", json={"contact": given}).json()["contact"]
    assert (two["last_name"], two["display_name"], two["email"]) == ("Other", "Other", "other@example.com")
    assert (two["job_title"], two["city"]) == ("CEO", "Chemnitz")
    assert two["custom_field"]["cf_segment"] == "Enterprise" and two["custom_field"]["cf_is_active"] is True


def test_the_clone_of_an_account_may_have_its_name_and_a_contact_gets_no_second_address(
    sandbox: SandboxProcess,
) -> None:
    with sandbox.client() as client:
        account = created(client, "sales_accounts", NEW["sales_accounts"])
        clone = client.post(f"sales_accounts/{account['id']}/clone", json={}).json()["sales_account"]
        contact = created(client, "contacts", {**NEW["contacts"], "mobile_number": "5"})
        twin = client.post(f"contacts/{contact['id']}/clone", json={}).json()["contact"]
    assert clone["name"] == account["name"]
    assert (twin["email"], twin["emails"], twin["mobile_number"]) == (None, [], "5")


def test_restoring_is_refused_when_the_address_was_taken_meanwhile(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        first = created(client, "contacts", NEW["contacts"])["id"]
        client.delete(f"contacts/{first}")
        created(client, "contacts", NEW["contacts"])
        assert messages(client.put(f"contacts/{first}/restore"), 400) == ["Email has already been taken"]


def test_a_record_that_is_not_deleted_is_restored_as_it_is(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        deal = rows(client, "deals", "All Deals")[0]["id"]
        before = sandbox.record("deals", deal)
        assert client.put(f"deals/{deal}/restore").status_code == 200
    assert sandbox.record("deals", deal) == before


def test_an_agent_ends_only_what_the_agent_can_see(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client, sandbox.client(agent=True) as agent:
        mine = {row["id"] for row in rows(agent, "deals", "All Deals")}
        other = next(row["id"] for row in rows(client, "deals", "All Deals") if row["id"] not in mine)
        for request in (
            agent.delete(f"deals/{other}"),
            agent.delete(f"deals/{other}/forget"),
            agent.post(f"deals/{other}/clone", json={}),
            agent.put(f"deals/{other}/restore"),
        ):
            messages(request, 403)
        told = agent.post("deals/bulk_destroy", json={"selected_ids": [other]}).json()
    assert told["deals"] == [{str(other): False}]
    assert sandbox.record("deals", other)["is_deleted"] is False


# -- upsert ----------------------------------------------------------------------------------------------


def upserted(client: httpx.Client, module: str, unique: Answer, data: Answer) -> httpx.Response:
    return client.post(f"{module}/upsert", json={"unique_identifier": unique, key_of(module): data})


@pytest.mark.parametrize(
    ("module", "unique"),
    [
        ("contacts", {"emails": "Someone.New@example.com"}),
        ("contacts", {"mobile_number": "+49 5"}),
        ("sales_accounts", {"name": "Somebody New"}),
        ("deals", {"name": "Something new"}),
    ],
)
def test_an_upsert_makes_and_then_changes(sandbox: SandboxProcess, module: str, unique: Answer) -> None:
    data: Answer = {"amount": 5} if module == "deals" else {"city": "Chemnitz"}
    with sandbox.client() as client:
        first = upserted(client, module, unique, data)
        again = {key: value.upper() if isinstance(value, str) else value for key, value in unique.items()}
        second = upserted(client, module, again, data)
        by_id = upserted(client, module, {"id": str(first.json()[key_of(module)]["id"])}, data)
    assert [answer.status_code for answer in (first, second, by_id)] == [201, 200, 200]
    assert len({answer.json()[key_of(module)]["id"] for answer in (first, second, by_id)}) == 1


def test_a_second_address_finds_its_contact_too(sandbox: SandboxProcess) -> None:
    mails = [{"value": "one@example.net", "is_primary": True}, {"value": "two@example.net"}]
    with sandbox.client() as client:
        made = created(client, "contacts", {"last_name": "Two", "emails": mails})
        found = upserted(client, "contacts", {"emails": "TWO@example.net"}, {"city": "Chemnitz"})
        taken = client.post("contacts", json={"contact": {"emails": "two@EXAMPLE.net"}})
    assert found.status_code == 200 and found.json()["contact"]["id"] == made["id"]
    assert messages(taken, 400) == ["Email has already been taken"]


def test_duplicates_are_told_with_their_ids(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        one, two = (created(client, "contacts", {"mobile_number": "777"})["id"] for _place in (1, 2))
        said = messages(upserted(client, "contacts", {"mobile_number": "777"}, {"city": "x"}), 400)
    assert said == [f"2 Contacts found with same mobile_number - [{one},{two}]"]


@pytest.mark.parametrize(
    "unique", [{"email": "a@b.cd"}, {"city": "x"}, {}, {"id": 1, "emails": "a@b.cd"}, "emails", {"emails": ""}]
)
def test_an_upsert_wants_one_unique_field(sandbox: SandboxProcess, unique: Any) -> None:
    with sandbox.client() as client:
        messages(upserted(client, "contacts", unique, {"city": "x"}), 400)


def test_an_upsert_of_an_unknown_id_makes_nothing(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        messages(upserted(client, "deals", {"id": 5}, {"name": "x", "amount": 1}), 404)


# -- the team --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", ["contacts", "sales_accounts", "deals"])
def test_a_team_is_put_together_and_left(sandbox: SandboxProcess, module: str) -> None:
    with sandbox.client() as client:
        key = rows(client, module, ALL[module])[0]["id"]
        users = [user["id"] for user in client.get("selector/owners").json()["users"]][:2]
        roles = [item["id"] for item in client.get("selector/designations").json()["designations"]][:2]
        path = f"{module}/{key}/manage_team_members"
        members = [{"user_id": u, "designation_id": d} for u, d in zip(users, roles, strict=True)]
        team = client.post(path, json={"team_users": members}).json()["team_users"]
        assert [(item["entity_id"], item["user_id"], item["designation_id"]) for item in team] == [
            (key, users[0], roles[0]),
            (key, users[1], roles[1]),
        ]
        assert client.get(f"{module}/{key}").json()[key_of(module)]["team_user_ids"] == users
        gone = {**members[1], "_destroy": True}
        moved = {"user_id": users[0], "designation_id": roles[1]}
        left = client.post(path, json={"team_users": [moved, gone]}).json()["team_users"]
        assert [(item["user_id"], item["designation_id"]) for item in left] == [(users[0], roles[1])]
        messages(client.post(path, json={"team_users": [{"user_id": users[0]}]}), 400)
        messages(client.post(path, json={"team_users": [{"user_id": 5, "designation_id": roles[0]}]}), 400)
        messages(client.post(path, json={}), 400)


def test_the_clone_of_a_deal_has_its_stage_its_contacts_and_its_products(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        lost = next(s["id"] for s in client.get("selector/deal_stages").json()["deal_stages"] if s["name"] == "Lost")
        one, two = (item["id"] for item in client.get("selector/deal_reasons").json()["deal_reasons"][:2])
        product = client.get("selector/deal_products").json()["deal_products"][0]["id"]
        contact = rows(client, "contacts", "All Contacts")[0]["id"]
        data: Answer = {"name": "First", "amount": 1, "deal_stage_id": lost, "deal_reason_id": one}
        data |= {"products": [{"id": product, "quantity": 2, "unit_price": 10}], "contacts_added_list": [contact]}
        deal = created(client, "deals", data)["id"]
        given = {"deal": {"name": "Second", "deal_reason_id": two}}
        clone = client.post(f"deals/{deal}/clone", json=given).json()["deal"]["id"]
        include = {"include": "products,contacts,deal_reason"}
        first, second = (client.get(f"deals/{key}", params=include).json() for key in (deal, clone))
        assert clone in listed(client, "deals", "Lost Deals")
    assert (second["deal"]["name"], second["deal"]["amount"]) == ("Second", first["deal"]["amount"])
    assert [item["id"] for item in second["contacts"]] == [contact]
    (line,) = second["deal"]["products"]
    assert (line["deal_id"], line["_id"], line["quantity"]) == (clone, f"{clone}-{product}", 2)
    assert [body["deal_reasons"][0]["id"] for body in (first, second)] == [one, two]
