"""Views and records: paging, sorting, rows, what include adds, updates and their validation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.support import messages, rows, total, users, view_id
from tests.support.sandbox_process import SandboxProcess

Start = Callable[..., SandboxProcess]
DEFAULT_CONTACT_VIEWS = (
    *("My Contacts", "My Territory Contacts", "New Contacts", "All Contacts", "Recently Modified"),
    *("Recently Imported", "Never Contacted", "Needs Follow-up", "Active", "Inactive", "Recycle Bin"),
    *("Bounced contacts", "Untouched 5-star contacts", "Slipping away"),
)


def test_filters_have_todays_shape_and_the_default_views(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        body = client.get("contacts/filters").json()
    assert list(body) == ["filters", "meta"]
    assert tuple(item["name"] for item in body["filters"] if item["user_id"] == 0) == DEFAULT_CONTACT_VIEWS
    own = [item for item in body["filters"] if item["user_id"] != 0]
    assert own and all(item["user_name"] and item["is_default"] is False for item in own)
    assert {item["model_class_name"] for item in body["filters"]} == {"Contact"}


def test_ids_of_views_are_unique_in_the_account(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        found = [
            item["id"]
            for module in ("contacts", "sales_accounts", "deals", "cm_property", "cm_loan", "cm_subscription")
            for item in client.get(f"{module}/filters").json()["filters"]
        ]
    assert len(found) == len(set(found)) and min(found) >= 1000


@pytest.mark.parametrize("module", ["contacts", "sales_accounts", "deals"])
def test_pages_hold_every_record_once(sandbox: SandboxProcess, module: str) -> None:
    name = {"contacts": "All Contacts", "sales_accounts": "All Accounts", "deals": "All Deals"}[module]
    with sandbox.client() as client:
        view = view_id(client, module, name)
        query: dict[str, str | int] = {"per_page": 37, "sort": "created_at", "sort_type": "asc"}
        first = client.get(f"{module}/view/{view}", params=query).json()
        pages = [
            client.get(f"{module}/view/{view}", params={**query, "page": page}).json()[module]
            for page in range(1, first["meta"]["total_pages"] + 1)
        ]
        past = client.get(f"{module}/view/{view}", params={**query, "page": 1000})
    found = [row["id"] for page in pages for row in page]
    assert len(found) == len(set(found)) == first["meta"]["total"]
    assert set(found) == set(sandbox.records(module))
    assert (past.status_code, past.json()[module]) == (200, [])


@pytest.mark.parametrize(("asked", "given"), [("", 25), ("0", 0), ("7", 7), ("100", 100), ("500", 100), ("x", 25)])
def test_per_page_is_25_unless_given_and_at_most_100(sandbox: SandboxProcess, asked: str, given: int) -> None:
    with sandbox.client() as client:
        view = view_id(client, "deals", "All Deals")
        assert len(client.get(f"deals/view/{view}", params={"per_page": asked}).json()["deals"]) == given


@pytest.mark.parametrize("sort", ["created_at", "updated_at", "name", "amount", "probability", "cf_number_of_agents"])
@pytest.mark.parametrize("way", ["asc", "desc"])
def test_any_column_sorts(sandbox: SandboxProcess, sort: str, way: str) -> None:
    with sandbox.client() as client:
        found = [
            row for page in (1, 2, 3) for row in rows(client, "deals", "All Deals", sort=sort, sort_type=way, page=page)
        ]

    def value(row: dict[str, Any]) -> Any:
        held = row["custom_field"][sort] if sort.startswith("cf_") else row[sort]
        return float(held) if sort == "amount" else str(held).casefold() if sort == "name" else held

    values = [value(row) for row in found]
    assert len(found) == 300
    assert values == sorted(values, reverse=way == "desc")


def test_sorting_follows_later_changes(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        rows(client, "deals", "All Deals", sort="cf_number_of_agents")
        deal = rows(client, "deals", "All Deals", sort="cf_number_of_agents", sort_type="asc")[0]["id"]
        client.put(f"deals/{deal}", json={"deal": {"custom_field": {"cf_number_of_agents": 9999}}})
        assert rows(client, "deals", "All Deals", sort="cf_number_of_agents")[0]["id"] == deal


def test_rows_are_partial_and_tell_the_owner_when_asked(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        contact = rows(client, "contacts", "All Contacts")[0]
        assert contact["partial"] is True
        assert "owner_id" not in contact and "custom_field" not in contact
        view = view_id(client, "contacts", "All Contacts")
        body = client.get(f"contacts/view/{view}", params={"include": "owner", "per_page": 100}).json()
        assert "owner_id" in rows(client, "sales_accounts", "All Accounts")[0]
    assert list(body) == ["users", "contacts", "meta"]
    listed = {user["id"] for user in body["users"]}
    with sandbox.client() as client:
        known = {user["id"] for user in client.get("selector/owners").json()["users"]}
    assert {row["owner_id"] for row in body["contacts"]} & known == listed


def test_full_rows_hold_what_a_single_record_does(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "30", "--full-rows")
    with sandbox.client() as client:
        row = rows(client, "contacts", "All Contacts")[0]
        single = client.get(f"contacts/{row['id']}").json()["contact"]
    assert set(single) - set(row) == {"company", "deal"}


def test_a_switch_takes_the_view_of_all_deals_away(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "30", "--no-all-deals")
    with sandbox.client() as client:
        names = [item["name"] for item in client.get("deals/filters").json()["filters"]]
        parts = [len(rows(client, "deals", name)) for name in ("Open Deals", "Won Deals", "Lost Deals")]
    assert "All Deals" not in names and sum(parts) == 30


def test_a_single_deal_holds_collaboration_tokens_and_a_row_none(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        row = rows(client, "deals", "All Deals")[0]
        tokens = client.get(f"deals/{row['id']}").json()["deal"]["fc_widget_collaboration"]
    assert "fc_widget_collaboration" not in row
    assert set(tokens) == {"convo_token", "auth_token", "encoded_jwt_token"} and all(tokens.values())


def test_every_write_moves_updated_at_and_sorting_by_it_is_exact(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        deals = [row["id"] for row in rows(client, "deals", "All Deals")][:20]
        for deal in deals:
            client.put(f"deals/{deal}", json={"deal": {"probability": 11}})
        sandbox.change("deals", deals[3], probability=12)
        newest = [row["id"] for row in rows(client, "deals", "All Deals", sort="updated_at")][:20]
    assert newest == [deals[3], *[deal for deal in reversed(deals) if deal != deals[3]]]


def test_a_switch_leaves_updated_at_alone_when_only_the_owner_changes(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--records", "30", "--owner-change-keeps-updated-at")
    with sandbox.client() as client:
        deal = rows(client, "deals", "All Deals")[0]["id"]
        before = sandbox.record("deals", deal)
        other = next(user for user in users(client) if user != before["owner_id"])
        client.put(f"deals/{deal}", json={"deal": {"owner_id": other}})
        moved = sandbox.record("deals", deal)
        client.put(f"deals/{deal}", json={"deal": {"probability": 1}})
    assert moved["owner_id"] == other and moved["updated_ms"] == before["updated_ms"]
    assert sandbox.record("deals", deal)["updated_ms"] > before["updated_ms"]


PUTS: list[tuple[str, dict[str, Any], str]] = [
    ("deals", {"name": " "}, "Name can't be blank"),
    ("deals", {"amount": "much"}, "Amount is not a number"),
    ("deals", {"amount": 9007199254740992}, "Amount must be less than"),
    ("deals", {"deal_stage_id": 5}, "Deal stage is invalid"),
    ("deals", {"probability": 101}, "Probability must be"),
    ("deals", {"owner_id": 5}, "Owner is invalid"),
    ("deals", {"owner_id": "nobody"}, "Owner is invalid"),
    ("contacts", {"emails": "no-address"}, "Email is invalid"),
    ("contacts", {"contact_status_id": 5}, "Contact status is invalid"),
    ("contacts", {"lifecycle_stage_id": 5}, "Lifecycle stage is invalid"),
    ("sales_accounts", {"name": None}, "Name can't be blank"),
    ("deals", {"amount": "nan"}, "Amount is not a number"),
    ("deals", {"owner_id": 2**70}, "Owner is invalid"),
    ("deals", {"contacts_added_list": 5}, "contacts_added_list is invalid"),
    ("contacts", {"sales_accounts": [1]}, "sales_accounts is invalid"),
    ("contacts", {"emails": 5}, "Email is invalid"),
]


@pytest.mark.parametrize(("module", "data", "message"), PUTS)
def test_what_is_refused_is_said_and_not_stored(
    sandbox: SandboxProcess, module: str, data: dict[str, Any], message: str
) -> None:
    name = {"contacts": "All Contacts", "sales_accounts": "All Accounts", "deals": "All Deals"}[module]
    with sandbox.client() as client:
        key = rows(client, module, name)[0]["id"]
        before = sandbox.record(module, key)
        answer = client.put(f"{module}/{key}", json={module.removesuffix("s"): data})
    assert messages(answer, 400)[0].startswith(message)
    assert sandbox.record(module, key) == before


def test_all_messages_are_told_at_once(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        deal = rows(client, "deals", "All Deals")[0]["id"]
        answer = client.put(f"deals/{deal}", json={"deal": {"name": "", "amount": "x"}})
    assert messages(answer, 400) == ["Name can't be blank", "Amount is not a number"]


def test_emails_and_names_of_accounts_are_unique_without_case(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        first, second = [row for row in rows(client, "contacts", "All Contacts") if row["email"]][:2]
        answer = client.put(f"contacts/{first['id']}", json={"contact": {"emails": second["email"].upper()}})
        assert messages(answer, 400) == ["Email has already been taken"]
        one, two = rows(client, "sales_accounts", "All Accounts")[:2]
        answer = client.put(f"sales_accounts/{one['id']}", json={"sales_account": {"name": two["name"].upper()}})
        assert messages(answer, 400) == ["Name has already been taken"]


def test_inactive_users_get_nothing_unless_the_account_lets_them(sandbox: SandboxProcess, start_sandbox: Start) -> None:
    with sandbox.client() as client:
        row = rows(client, "deals", "All Deals", include="owner")[0]
        deal = row["id"]
        inactive = next(user for user in users(client, active=False) if user != row["owner_id"])
        answer = client.put(f"deals/{deal}", json={"deal": {"owner_id": inactive}})
    assert messages(answer, 400) == ["Owner is inactive"]
    lenient = start_sandbox("--records", "300", "--allow-inactive-owners")
    with lenient.client() as client:
        assert client.put(f"deals/{deal}", json={"deal": {"owner_id": inactive}}).status_code == 200
    assert lenient.record("deals", deal)["owner_id"] == inactive


def test_a_record_can_belong_to_nobody(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        deal = next(row["id"] for row in rows(client, "deals", "All Deals", include="owner") if row["owner_id"])
        assert client.put(f"deals/{deal}", json={"deal": {"owner_id": None}}).status_code == 200
        assert client.get(f"deals/{deal}", params={"include": "owner"}).json()["deal"]["owner_id"] is None


def test_a_new_stage_changes_probability_and_the_views(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        won = next(item for item in client.get("selector/deal_stages").json()["deal_stages"] if item["name"] == "Won")
        deal = rows(client, "deals", "Open Deals")[0]["id"]
        body = client.put(f"deals/{deal}", json={"deal": {"deal_stage_id": won["id"]}}).json()["deal"]
        assert deal in {row["id"] for row in rows(client, "deals", "Won Deals", sort="updated_at")}
        assert deal not in {row["id"] for row in rows(client, "deals", "Open Deals", sort="updated_at")}
    assert (body["probability"], body["deal_stage_id"]) == (100, won["id"])


def test_a_deleted_record_lies_in_the_recycle_bin_and_can_only_be_read(sandbox: SandboxProcess) -> None:
    before = total(sandbox)
    with sandbox.client() as client:
        deal = rows(client, "deals", "All Deals")[0]["id"]
        sandbox.delete("deals", deal)
        assert client.get(f"deals/{deal}").json()["deal"]["is_deleted"] is True
        assert client.put(f"deals/{deal}", json={"deal": {"probability": 1}}).status_code == 404
        assert deal in {row["id"] for row in rows(client, "deals", "Recycle Bin")}
    assert total(sandbox) == before - 1
    sandbox.reset()
    assert total(sandbox) == before


@pytest.mark.parametrize("body", ["[]", "{", "5", '{"deal": 5}', '{"contact": {}}', ""])
def test_a_body_that_is_no_update_is_refused(sandbox: SandboxProcess, body: str) -> None:
    with sandbox.client() as client:
        deal = rows(client, "deals", "All Deals")[0]["id"]
        messages(client.put(f"deals/{deal}", content=body), 400)


def test_custom_modules_are_read_and_written(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        view = client.get("cm_property/filters").json()["filters"][0]
        page = client.get(f"custom_module/cm_property/view/{view['id']}").json()
        row = page["cm_property"][0]
        kinds = client.get("settings/cm_property/forms").json()["forms"][0]["fields"][0]["fields"]
        owner = users(client)[2]
        changed = client.put(
            f"custom_module/cm_property/{row['id']}",
            json={"cm_property": {"owner_id": owner, "custom_field": {"cf_floors": 7}}},
        ).json()["cm_property"]
    assert view["name"] == "All Properties"
    assert str(row["id"]) in page["meta"]["avatar_data"][view["model_class_name"]]
    assert changed["owner_id"] == owner and changed["custom_field"]["cf_floors"] == 7
    assert changed["custom_field"]["cf_sample_text_field"] == row["custom_field"]["cf_sample_text_field"]
    assert {field["type"] for field in kinds} >= {
        *("text", "paragraph", "number", "decimal", "dropdown", "multi_select_dropdown", "radio", "checkbox"),
        *("date", "date_time", "auto_complete"),
    }


def test_products_documents_and_activities_are_single_records(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        product = client.get("selector/deal_products").json()["deal_products"][0]["id"]
        assert "product_pricings" not in client.get(f"cpq/products/{product}").json()["product"]
        deal = rows(client, "deals", "All Deals", sort="id", sort_type="asc")[0]["id"]
        loaded = client.get(f"deals/{deal}", params={"include": "cpq_documents"}).json()
        document = loaded["cpq_documents"][0]["id"]
        assert client.get(f"cpq/cpq_documents/{document}").json()["cpq_document"]["deal_id"] == deal
        listed = client.get("sales_activities", params={"per_page": 5}).json()
        assert len(listed["sales_activities"]) == 5 and listed["meta"]["total"] == 30
        owner = users(client)[4]
        for path, key in (
            (f"cpq/products/{product}", "product"),
            (f"cpq/cpq_documents/{document}", "cpq_document"),
            (f"sales_activities/{listed['sales_activities'][0]['id']}", "sales_activity"),
        ):
            assert client.put(path, json={key: {"owner_id": owner}}).json()[key]["owner_id"] == owner


def test_a_deal_brings_its_contacts_and_its_account(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        deal = next(iter(sandbox.records("deals")))
        body = client.get(f"deals/{deal}", params={"include": "contacts,sales_account,owner,deal_stage"}).json()
        contact = body["contacts"][0]["id"]
        query = {"include": "sales_accounts,owner,lifecycle_stage,territory"}
        person = client.get(f"contacts/{contact}", params=query).json()
        client.put(f"deals/{deal}", json={"deal": {"contacts_removed_list": [contact]}})
        assert client.get(f"deals/{deal}", params={"include": "contacts"}).json()["contacts"] == []
    assert list(body)[-1] == "deal" and body["deal"]["contact_ids"] == [contact]
    assert body["sales_accounts"][0]["id"] == body["deal"]["sales_account_id"]
    assert body["deal_stages"][0]["id"] == body["deal"]["deal_stage_id"]
    assert person["contact"]["lifecycle_stage_id"] == person["lifecycle_stages"][0]["id"]
