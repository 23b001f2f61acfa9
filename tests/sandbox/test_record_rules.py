"""What the reference says in prose about contacts, accounts, deals and records of custom modules, enforced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.sandbox.support import Answer, messages, rows
from tests.sandbox.test_lifecycle import at, created, key_of
from tests.support.sandbox_process import SandboxProcess

Start = Callable[..., SandboxProcess]


def refused(client: httpx.Client, module: str, data: Answer) -> list[str]:
    """The messages with which a new record is refused."""
    return messages(client.post(at(module), json={key_of(module): data}), 400)


def stage_named(client: httpx.Client, name: str) -> Answer:
    stages = client.get("selector/deal_stages").json()["deal_stages"]
    found: Answer = next(item for item in stages if item["name"] == name)
    return found


def put(client: httpx.Client, module: str, key: int, data: Answer, **query: str) -> httpx.Response:
    return client.put(f"{at(module)}/{key}", json={key_of(module): data}, params=query)


# -- mandatory -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "data", "said"),
    [
        ("contacts", {"first_name": "x"}, ["Email can't be blank"]),
        ("sales_accounts", {"city": "x"}, ["Name can't be blank"]),
        ("deals", {}, ["Name can't be blank", "Amount can't be blank", "Account can't be blank"]),
        ("deals", {"name": "x", "amount": 1}, ["Account can't be blank"]),
        ("deals", {"name": "x", "amount": 1, "sales_account": {}}, ["Account can't be blank"]),
        ("deals", {"name": "x", "amount": 1, "sales_account": {"city": "y"}}, ["Account name can't be blank"]),
        ("cm_property", {"custom_field": {"cf_floors": 1}}, ["Name can't be blank"]),
        ("contacts", {"mobile_number": "5", "sales_account": {"name": ""}}, ["Account name can't be blank"]),
    ],
)
def test_what_is_mandatory(sandbox: SandboxProcess, module: str, data: Answer, said: list[str]) -> None:
    before = len(sandbox.records(module))
    with sandbox.client() as client:
        assert refused(client, module, data) == said
    assert len(sandbox.records(module)) == before


@pytest.mark.parametrize("reach", [{"emails": "a@example.net"}, {"mobile_number": "5"}, {"twitter": "someone"}])
def test_a_contact_needs_one_way_to_be_reached(sandbox: SandboxProcess, reach: Answer) -> None:
    with sandbox.client() as client:
        assert created(client, "contacts", reach)["id"]


def test_an_account_that_insists_on_an_email(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "30", "--require-email")
    with sandbox.client() as client:
        assert refused(client, "contacts", {"mobile_number": "5"}) == ["Email can't be blank"]


# -- made along ------------------------------------------------------------------------------------------


def test_accounts_are_made_along_with_contacts_deals_and_accounts(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        contact = created(client, "contacts", {"mobile_number": "5", "sales_account": {"name": "Along A"}})
        deal = created(client, "deals", {"name": "x", "amount": 1, "sales_account": {"name": "Along B", "city": "y"}})
        child = created(client, "sales_accounts", {"name": "Child", "parent_sales_account": {"name": "Along C"}})
        loaded = client.get(f"deals/{deal['id']}", params={"include": "sales_account"}).json()
        parent = child["parent_sales_account_id"]
        family = client.get(f"sales_accounts/{parent}", params={"include": "child_sales_accounts"}).json()
        again = {"mobile_number": "6", "sales_account": {"name": "along a"}}
        assert refused(client, "contacts", again) == ["Name has already been taken"]
    assert contact["company"]["name"] == "Along A"
    assert loaded["sales_accounts"][0]["name"] == "Along B"
    assert [item["id"] for item in family["sales_account"]["child_sales_accounts"]] == [child["id"]]


# -- contacts and accounts -------------------------------------------------------------------------------


def accounts_of(client: httpx.Client, contact: int) -> list[tuple[int, bool]]:
    body = client.get(f"contacts/{contact}", params={"include": "sales_accounts"}).json()["contact"]
    return [(item["id"], item["is_primary"]) for item in body["sales_accounts"]]


def test_a_contact_has_several_accounts_of_which_one_is_primary(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        ids = [row["id"] for row in rows(client, "sales_accounts", "All Accounts")][:11]
        listed: list[Answer] = [{"id": str(key), "is_primary": key == ids[1]} for key in ids[:10]]
        contact = created(client, "contacts", {"mobile_number": "5", "sales_accounts": listed})["id"]
        assert sorted(accounts_of(client, contact)) == sorted((key, key == ids[1]) for key in ids[:10])
        for account in (ids[0], ids[1]):
            found = client.get(f"sales_accounts/{account}", params={"include": "contacts"}).json()["contacts"]
            assert contact in {item["id"] for item in found}
        many = [*listed, {"id": ids[10]}]
        assert messages(put(client, "contacts", contact, {"sales_accounts": many}), 400) == [
            "A contact can have at most 10 accounts"
        ]
        for wrong in ([{"id": ids[0]}, {"id": ids[1]}], [{"id": key, "is_primary": True} for key in ids[:2]]):
            said = messages(put(client, "contacts", contact, {"sales_accounts": wrong}), 400)
            assert said == ["Exactly one account must be primary"]
        assert messages(put(client, "contacts", contact, {"sales_accounts": [{"id": 5}]}), 400) == [
            "Account is invalid"
        ]
        put(client, "contacts", contact, {"sales_accounts": [{"id": ids[3], "is_primary": True}]})
        assert accounts_of(client, contact) == [(ids[3], True)]
        put(client, "contacts", contact, {"sales_accounts": []})
        assert accounts_of(client, contact) == []


def test_a_deleted_account_is_no_longer_shown_at_its_contact(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        account = created(client, "sales_accounts", {"name": "Gone soon"})["id"]
        contact = created(client, "contacts", {"mobile_number": "5", "sales_accounts": [{"id": account}]})
        client.delete(f"sales_accounts/{account}")
        assert accounts_of(client, contact["id"]) == []
        assert client.get(f"contacts/{contact['id']}").json()["contact"]["company"] is None


@pytest.mark.parametrize(
    ("module", "data", "said"),
    [
        ("sales_accounts", {"number_of_employees": 12}, "Number of employees is invalid"),
        ("sales_accounts", {"annual_revenue": 10**18}, "Annual revenue must be less than 1000000000000000000"),
        ("sales_accounts", {"annual_revenue": "much"}, "Annual revenue is not a number"),
        ("sales_accounts", {"website": "no site"}, "Website is invalid"),
        ("sales_accounts", {"industry_type_id": 5}, "Industry type is invalid"),
        ("sales_accounts", {"parent_sales_account_id": 5}, "Parent account is invalid"),
        ("contacts", {"subscription_types": "2;9"}, "Subscription types is invalid"),
        ("contacts", {"sales_account_id": 5}, "Account is invalid"),
        ("deals", {"sales_account_id": 5}, "Account is invalid"),
        ("deals", {"contacts_added_list": [5]}, "Contact is invalid"),
        ("deals", {"currency_id": 5}, "Currency is invalid"),
        ("deals", {"deal_payment_status_id": 5}, "Payment status is invalid"),
        ("deals", {"probability": "-1"}, "Probability must be between 0 and 100"),
        ("deals", {"amount": ""}, "Amount can't be blank"),
        ("deals", {"products": [{"id": 5}]}, "Product 5 is invalid"),
        ("deals", {"custom_field": {"cf_number_of_agents": "many"}}, "Number of agents is not a number"),
        ("deals", {"custom_field": {"cf_region": "Mars"}}, "Region has no choice Mars"),
        ("deals", {"custom_field": 5}, "custom_field is invalid"),
        ("contacts", {"custom_field": {"cf_is_active": "perhaps"}}, "Is active is not true or false"),
        ("contacts", {"custom_field": {"cf_birthday": "soon"}}, "Birthday is not a date"),
        ("contacts", {"custom_field": {"cf_languages": "English;Klingon"}}, "Languages has no choice Klingon"),
    ],
)
def test_values_out_of_range_are_refused(sandbox: SandboxProcess, module: str, data: Answer, said: str) -> None:
    name = {"contacts": "All Contacts", "sales_accounts": "All Accounts", "deals": "All Deals"}[module]
    with sandbox.client() as client:
        key = rows(client, module, name)[0]["id"]
        before = sandbox.record(module, key)
        assert messages(put(client, module, key, data), 400) == [said]
    assert sandbox.record(module, key) == before


@pytest.mark.parametrize(
    ("module", "data", "stored"),
    [
        ("deals", {"amount": "1234.567"}, {"amount": "1234.57"}),
        ("deals", {"amount": -5}, {"amount": "-5.0"}),
        ("deals", {"amount": 9007199254740991}, {"amount": "9007199254740991.0"}),
        ("deals", {"probability": "45"}, {"probability": 45}),
        ("deals", {"expected_close": "whenever"}, {"expected_close": None}),
        ("deals", {"expected_close": "2016-02-15T21:16:25Z"}, {"expected_close": "2016-02-15"}),
        ("deals", {"expected_close": "Tue Jun 21 2016 11:00:00 GMT+0000"}, {"expected_close": "2016-06-21"}),
        ("sales_accounts", {"annual_revenue": "1000.4"}, {"annual_revenue": 1000}),
        ("sales_accounts", {"number_of_employees": "10001"}, {"number_of_employees": 10001}),
        ("contacts", {"subscription_types": [2, "3"]}, {"subscription_types": "2;3"}),
        ("contacts", {"tags": "a, b"}, {"tags": ["a", "b"]}),
    ],
)
def test_values_are_stored_as_documented(sandbox: SandboxProcess, module: str, data: Answer, stored: Answer) -> None:
    name = {"contacts": "All Contacts", "sales_accounts": "All Accounts", "deals": "All Deals"}[module]
    with sandbox.client() as client:
        key = rows(client, module, name)[0]["id"]
        assert put(client, module, key, data).status_code == 200
    assert stored.items() <= sandbox.record(module, key).items()


@pytest.mark.parametrize(
    "text",
    [
        *("2016-06-21", "2016-06-21T11:00", "2016-06-21T11:00Z", "2016-06-21T11:00:00", "2016-06-21T11:00:00Z"),
        *("2016-06-21T16:30:00+05:30", "2016-06-21T13:00:00+02", "2016-06-21T13:00:00+0200"),
        "Tue Jun 21 2016 11:00:00 GMT+0000",
    ],
)
def test_every_documented_form_of_a_date_is_read(sandbox: SandboxProcess, text: str) -> None:
    with sandbox.client() as client:
        made = created(
            client, "cm_property", {"name": "x", "custom_field": {"cf_viewing_at": text, "cf_built_on": text}}
        )
    clock = "00:00:00" if len(text) == 10 else "11:00:00"
    assert made["custom_field"]["cf_viewing_at"] == f"2016-06-21T{clock}Z"
    assert made["custom_field"]["cf_built_on"] == "2016-06-21"


def test_an_account_does_not_lie_below_itself(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        top = created(client, "sales_accounts", {"name": "Top"})["id"]
        low = created(client, "sales_accounts", {"name": "Low", "parent_sales_account_id": str(top)})["id"]
        said = messages(put(client, "sales_accounts", top, {"parent_sales_account_id": low}), 400)
    assert said == ["Parent account is invalid"]


# -- deals -----------------------------------------------------------------------------------------------


def test_a_lost_reason_only_in_a_lost_stage(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        deal = rows(client, "deals", "Open Deals")[0]["id"]
        lost, new = stage_named(client, "Lost")["id"], stage_named(client, "New")["id"]
        reason = client.get("selector/deal_reasons").json()["deal_reasons"][0]["id"]
        said = messages(put(client, "deals", deal, {"deal_reason_id": reason}), 400)
        assert said == ["Deal reason can be set only if the deal is in the Lost stage"]
        assert put(client, "deals", deal, {"deal_stage_id": lost, "deal_reason_id": str(reason)}).status_code == 200
        assert sandbox.record("deals", deal)["deal_reason_id"] == reason
        assert put(client, "deals", deal, {"deal_stage_id": new}).status_code == 200
    assert sandbox.record("deals", deal)["deal_reason_id"] is None


def test_a_stage_belongs_to_its_pipeline(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        first, second = client.get("selector/deal_pipelines").json()["deal_pipelines"]
        account = rows(client, "sales_accounts", "All Accounts")[0]["id"]
        data = {"name": "x", "amount": 1, "sales_account_id": account}
        stage = first["deal_stages"][2]
        mixed = {**data, "deal_pipeline_id": second["id"], "deal_stage_id": stage["id"]}
        assert refused(client, "deals", mixed) == ["Deal stage does not belong to the deal pipeline"]
        plain = created(client, "deals", data)
        other = created(client, "deals", {**data, "deal_pipeline_id": second["id"]})
        third = created(client, "deals", {**data, "deal_stage_id": str(stage["id"])})
        said = messages(put(client, "deals", plain["id"], {"deal_pipeline_id": second["id"]}), 400)
    assert said == ["Deal stage does not belong to the deal pipeline"]
    found = [(deal["deal_pipeline_id"], deal["deal_stage_id"]) for deal in (plain, other, third)]
    firsts = [(line["id"], line["deal_stages"][0]["id"]) for line in (first, second)]
    assert found == [*firsts, (first["id"], stage["id"])]


def test_a_given_probability_outlasts_the_stage(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        deal = rows(client, "deals", "Open Deals")[0]["id"]
        stage = stage_named(client, "Demo")
        body = put(client, "deals", deal, {"deal_stage_id": stage["id"], "probability": 77}).json()["deal"]
    assert (body["deal_stage_id"], body["probability"]) == (stage["id"], 77)


def test_an_amount_is_worth_less_or_more_in_the_base_currency(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        deal = rows(client, "deals", "All Deals")[0]["id"]
        euro = next(c for c in client.get("selector/currencies").json()["currencies"] if c["currency_code"] == "EUR")
        body = put(client, "deals", deal, {"amount": 92, "currency_id": str(euro["id"])}).json()["deal"]
    assert (body["amount"], float(body["base_currency_amount"])) == ("92.0", 92 / float(euro["exchange_rate"]))


def lines_of(client: httpx.Client, deal: int) -> list[Answer]:
    found: list[Answer] = client.get(f"deals/{deal}", params={"include": "products"}).json()["deal"]["products"]
    return found


def test_the_products_of_a_deal_are_replaced_all_at_once(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        deal = rows(client, "deals", "All Deals")[0]["id"]
        one, two, three = (item["id"] for item in client.get("selector/deal_products").json()["deal_products"][:3])
        given: list[Answer] = [{"id": key, "quantity": 2, "unit_price": 100, "discount": 10} for key in (one, two)]
        body = put(client, "deals", deal, {"products": given}, include="products").json()["deal"]
        assert (body["amount"], body["has_products"]) == ("396.0", True)
        assert [line["product_id"] for line in body["products"]] == [one, two]
        assert body["products"][0] | {"quantity": 2, "discount": 10.0, "deal_id": deal} == body["products"][0]
        put(client, "deals", deal, {"products": [{"id": three, "unit_price": "5.5"}]})
        assert [line["id"] for line in lines_of(client, deal)] == [three]
        body = put(client, "deals", deal, {"products": []}, include="products").json()["deal"]
    assert (body["amount"], body["has_products"], body["products"]) == ("0.0", False, [])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"quantity": 0}, "Quantity must be greater than 0"),
        ({"discount": 101}, "Discount must be between 0 and 100"),
        ({"unit_price": 10**11}, "Unit price must be less than 100000000000"),
        ({"quantity": "some"}, "is not a number"),
    ],
)
def test_a_line_out_of_range_is_refused(sandbox: SandboxProcess, wrong: Answer, said: str) -> None:
    with sandbox.client() as client:
        deal = rows(client, "deals", "All Deals")[0]["id"]
        product = client.get("selector/deal_products").json()["deal_products"][0]["id"]
        before = sandbox.record("deals", deal)
        (message,) = messages(put(client, "deals", deal, {"products": [{"id": product, **wrong}]}), 400)
    assert message.endswith(said)
    assert sandbox.record("deals", deal) == before


def test_a_deal_has_at_most_100_products_each_once(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        deal = rows(client, "deals", "All Deals")[0]["id"]
        product = client.get("selector/deal_products").json()["deal_products"][0]["id"]
        many = messages(put(client, "deals", deal, {"products": [{"id": product}] * 101}), 400)
        twice = messages(put(client, "deals", deal, {"products": [{"id": product}] * 2}), 400)
    assert (many, twice) == (["At most 100 products can be added"], ["A product can be added only once"])


def test_the_contacts_of_a_deal_are_added_and_removed(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        one, two = (row["id"] for row in rows(client, "contacts", "All Contacts")[:2])
        account = rows(client, "sales_accounts", "All Accounts")[0]["id"]
        data = {"name": "x", "amount": 1, "sales_account_id": account, "contacts_added_list": [one, str(two)]}
        deal = created(client, "deals", data)["id"]
        found = client.get(f"contacts/{two}", params={"include": "deals"}).json()["deals"]
        assert deal in {item["id"] for item in found}
        put(client, "deals", deal, {"contacts_removed_list": [one]})
        left = client.get(f"deals/{deal}", params={"include": "contacts"}).json()["contacts"]
    assert [item["id"] for item in left] == [two]


# -- custom modules --------------------------------------------------------------------------------------


EVERY: list[tuple[str, Any, Any]] = [
    ("cf_sample_text_field", "text", "text"),
    ("cf_sample_number_field", "12345.5", 12345.5),
    ("cf_sample_sales_team_field", "USA team", "USA team"),
    ("cf_sample_radio_field", "choice 2", "choice 2"),
    ("cf_lookup_to_contact", "402010000000", 402010000000),
    ("cf_sample_multiselect_field", "choice 1;choice 2", "choice 1;choice 2"),
    ("cf_sample_multiselect_field", ["choice 2"], "choice 2"),
    ("cf_floors", "7", 7),
    ("cf_furnished", "true", True),
    ("cf_built_on", "1999-12-31", "1999-12-31"),
    ("cf_viewing_at", "2030-01-01T10:00:00+05:30", "2030-01-01T04:30:00Z"),
    ("cf_description", "long\ntext", "long\ntext"),
]


@pytest.mark.parametrize(("field", "given", "printed"), EVERY)
def test_a_field_of_every_type_is_made_changed_and_cleared(
    sandbox: SandboxProcess, field: str, given: Any, printed: Any
) -> None:
    with sandbox.client() as client:
        made = created(client, "cm_property", {"name": "x", "custom_field": {field: given}})
        assert made["custom_field"][field] == printed and made["owner_id"] is None
        cleared = put(client, "cm_property", made["id"], {"custom_field": {field: None}}).json()["cm_property"]
        again = put(client, "cm_property", made["id"], {"custom_field": {field: given}}).json()["cm_property"]
    assert cleared["custom_field"][field] is None
    assert again["custom_field"][field] == printed and len(again["custom_field"]) == len(made["custom_field"])
