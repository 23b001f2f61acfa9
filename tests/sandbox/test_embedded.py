"""What `include=` embeds, what belongs to a record, and what happened to it."""

from __future__ import annotations

import httpx
import pytest

from tests.sandbox.support import Answer, messages, rows
from tests.sandbox.test_lifecycle import ALL, created, key_of
from tests.support.sandbox_process import SandboxProcess

# module → handle → (key at the top level, key of the record).
HANDLES: dict[str, dict[str, tuple[str, str]]] = {
    "contacts": {
        "owner": ("users", "owner_id"),
        "creater": ("users", "creater_id"),
        "updater": ("users", "updater_id"),
        "source": ("lead_sources", "lead_source_id"),
        "campaign": ("campaigns", "campaign_id"),
        "territory": ("territories", "territory_id"),
        "sales_account": ("sales_accounts", "sales_account_id"),
        "lifecycle_stage": ("lifecycle_stages", "lifecycle_stage_id"),
        "contact_status": ("contact_statuses", "contact_status_id"),
        "tasks": ("tasks", "task_ids"),
        "appointments": ("appointments", "appointment_ids"),
        "sales_activities": ("sales_activities", "sales_activity_ids"),
        "notes": ("notes", "note_ids"),
        "deals": ("deals", "deal_ids"),
    },
    "sales_accounts": {
        "owner": ("users", "owner_id"),
        "creater": ("users", "creater_id"),
        "updater": ("users", "updater_id"),
        "territory": ("territories", "territory_id"),
        "business_type": ("business_types", "business_type_id"),
        "industry_type": ("industry_types", "industry_type_id"),
        "tasks": ("tasks", "task_ids"),
        "appointments": ("appointments", "appointment_ids"),
        "contacts": ("contacts", "contact_ids"),
        "deals": ("deals", "deal_ids"),
    },
    "deals": {
        "owner": ("users", "owner_id"),
        "creater": ("users", "creater_id"),
        "updater": ("users", "updater_id"),
        "source": ("lead_sources", "lead_source_id"),
        "campaign": ("campaigns", "campaign_id"),
        "deal_stage": ("deal_stages", "deal_stage_id"),
        "deal_type": ("deal_types", "deal_type_id"),
        "deal_reason": ("deal_reasons", "deal_reason_id"),
        "deal_payment_status": ("deal_payment_statuses", "deal_payment_status_id"),
        "deal_product": ("deal_products", "deal_product_id"),
        "currency": ("currencies", "currency_id"),
        "territory": ("territories", "territory_id"),
        "sales_account": ("sales_accounts", "sales_account_id"),
        "contacts": ("contacts", "contact_ids"),
        "sales_activities": ("sales_activities", "sales_activity_ids"),
    },
}


def first(client: httpx.Client, name: str) -> int:
    (items,) = client.get(f"selector/{name}").json().values()
    return int(items[0]["id"])


def full_record(client: httpx.Client, module: str) -> int:
    """A record that has a value, or a part, for each handle."""
    account = created(client, "sales_accounts", {"name": "Full"})["id"]
    contact = created(client, "contacts", {"mobile_number": "5", "sales_accounts": [{"id": account}]})["id"]
    lost = next(
        item["id"] for item in client.get("selector/deal_stages").json()["deal_stages"] if item["name"] == "Lost"
    )
    deal_data: Answer = {"name": "Full", "amount": 5, "sales_account_id": account, "contacts_added_list": [contact]}
    deal_data |= {"deal_stage_id": lost, "deal_product_id": first(client, "deal_products")}
    for name in ("deal_type", "deal_reason"):
        deal_data[f"{name}_id"] = first(client, f"{name}s")
    deal_data["deal_payment_status_id"] = first(client, "deal_payment_statuses")
    deal_data["currency_id"] = first(client, "currencies")
    deal = created(client, "deals", deal_data)["id"]
    key = int({"contacts": contact, "sales_accounts": account, "deals": deal}[module])
    more: Answer = {"territory_id": first(client, "territories")}
    if module == "sales_accounts":
        more |= {f"{name}_type_id": first(client, f"{name}_types") for name in ("business", "industry")}
    else:
        more |= {"lead_source_id": first(client, "lead_sources"), "campaign_id": first(client, "campaigns")}
    assert client.put(f"{module}/{key}", json={key_of(module): more}).status_code == 200
    _add_parts(client, {"contacts": "Contact", "sales_accounts": "SalesAccount", "deals": "Deal"}[module], key)
    return key


def _add_parts(client: httpx.Client, kind: str, key: int) -> None:
    about = {"targetable_type": kind, "targetable_id": key}
    when = {"start_date": "2030-01-01T10:00:00Z", "end_date": "2030-01-01T11:00:00Z"}
    owner = first(client, "owners")
    sent: list[tuple[str, str, Answer]] = [
        ("notes", "note", {"description": "Called"}),
        ("tasks", "task", {"title": "Call", "due_date": "2030-01-01", "owner_id": owner}),
        (
            "appointments",
            "appointment",
            {"title": "Meet", "from_date": when["start_date"], "end_date": when["end_date"]},
        ),
        (
            "sales_activities",
            "sales_activity",
            {
                "title": "Visit",
                "owner_id": owner,
                "sales_activity_type_id": first(client, "sales_activity_types"),
                **when,
            },
        ),
    ]
    for path, name, data in sent:
        answer = client.post(path, json={name: {**data, **about}})
        assert answer.status_code in (200, 201), answer.text


@pytest.mark.parametrize("module", list(HANDLES))
def test_every_documented_handle_embeds_beside_the_record(sandbox: SandboxProcess, module: str) -> None:
    with sandbox.client() as client:
        key = full_record(client, module)
        for handle, (side, name) in HANDLES[module].items():
            body = client.get(f"{module}/{key}", params={"include": handle}).json()
            assert list(body) == [side, key_of(module)], handle
            held = body[key_of(module)][name]
            assert body[side] and {item["id"] for item in body[side]} == set(held if isinstance(held, list) else [held])


def test_several_handles_share_one_list(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        key = rows(client, "deals", "All Deals")[0]["id"]
        client.put(f"deals/{key}", json={"deal": {"owner_id": first(client, "owners")}})
        body = client.get(f"deals/{key}", params={"include": "owner,updater,creater,contacts,unknown"}).json()
    assert list(body) == ["users", "contacts", "deal"]
    assert len(body["users"]) == len({user["id"] for user in body["users"]})


@pytest.mark.parametrize("module", list(HANDLES))
def test_the_printed_links_lead_to_what_belongs_to_a_record(sandbox: SandboxProcess, module: str) -> None:
    with sandbox.client() as client:
        key = full_record(client, module)
        links = client.get(f"{module}/{key}").json()[key_of(module)]["links"]
        for name in ("notes", "tasks", "appointments"):
            body = client.get(links[name].removeprefix("/crm/sales/")).json()
            assert len(body[name]) == body["meta"]["total"] == 1, name
        visits = client.get(f"{module}/{key}/sales_activities").json()
        assert len(visits["sales_activities"]) == visits["meta"]["total"] == 1
        files = client.get(links["document_associations"].removeprefix("/crm/sales/"))
        talks = client.get(links["conversations"].removeprefix("/crm/sales/"))
    assert (files.status_code, talks.status_code) == (200, 200)


@pytest.mark.parametrize(
    ("module", "other"),
    [("sales_accounts", "contacts"), ("sales_accounts", "deals"), ("deals", "contacts"), ("contacts", "deals")],
)
def test_related_records_are_listed(sandbox: SandboxProcess, module: str, other: str) -> None:
    with sandbox.client() as client:
        key = full_record(client, module)
        body = client.get(f"{module}/{key}/{other}", params={"include": "owner"}).json()
        messages(client.get(f"{module}/{key}/nothing"), 404)
    assert list(body) == ["users", other, "meta"]
    assert len(body[other]) == body["meta"]["total"] == 1 and "owner_id" in body[other][0]


# -- activities ------------------------------------------------------------------------------------------


def test_what_happens_to_a_deal_is_told_newest_first(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        deal = full_record(client, "deals")
        won = next(s for s in client.get("selector/deal_stages").json()["deal_stages"] if s["name"] == "Won")
        client.put(f"deals/{deal}", json={"deal": {"deal_stage_id": won["id"]}})
        body = client.get(f"deals/{deal}/activities.json", params={"include": "user"}).json()
        some = client.get(f"deals/{deal}/activities", params={"limit": 2}).json()
        second = client.get(f"deals/{deal}/activities", params={"per_page": 2, "page": 2}).json()
    kinds = [item["action_type"] for item in body["activities"]]
    assert kinds[0] == "STAGE_CHANGE" and body["activities"][0]["action_data"]["stage_name"] == "Won"
    assert sorted(kinds) == sorted(
        ["STAGE_CHANGE"] * 2 + [f"{name}_CREATED" for name in ("DEAL", "NOTE", "TASK", "APPOINTMENT", "SALES_ACTIVITY")]
    )
    assert list(body) == ["users", "activities", "meta"] and body["meta"]["total"] == len(kinds)
    assert {user["id"] for user in body["users"]} == {item["user_id"] for item in body["activities"]}
    assert some["activities"] == body["activities"][:2] and "users" not in some
    assert second["activities"] == body["activities"][2:4]
    moments = [item["created_at"] for item in body["activities"]]
    assert moments == sorted(moments, reverse=True)


def test_a_stage_is_told_at_the_contacts_of_the_deal(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        contact = created(client, "contacts", {"mobile_number": "5"})["id"]
        account = rows(client, "sales_accounts", "All Accounts")[0]["id"]
        data = {"name": "Told", "amount": 1, "sales_account_id": account, "contacts_added_list": [contact]}
        deal = created(client, "deals", data)["id"]
        told = client.get(f"contacts/{contact}/activities").json()["activities"]
    assert ("STAGE_CHANGE", "Deal", deal, "Told") in [
        (item["action_type"], item["targetable_type"], item["targetable_id"], item["targetable_name"]) for item in told
    ]


@pytest.mark.parametrize("module", list(ALL))
def test_what_a_dataset_came_with_has_a_history_too(sandbox: SandboxProcess, module: str) -> None:
    key = next(iter(sandbox.records(module)))
    path = f"custom_module/{module}" if module.startswith("cm_") else module
    with sandbox.client() as client:
        told = client.get(f"{path}/{key}/activities").json()["activities"]
    assert f"{key_of(module).upper()}_CREATED" in [item["action_type"] for item in told]
