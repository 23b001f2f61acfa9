"""The sample: a believable company, the same for the same seed."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable

import pytest

from tests.sandbox.support import users
from tests.support.sandbox_process import SandboxProcess

MODULES = ("contacts", "sales_accounts", "deals", "tasks", "sales_activities", "products", "documents", "cm_property")
FIELDS = ("owner_id", "display_name", "name", "title", "email", "amount", "custom_field", "updated_ms", "created_ms")


@pytest.fixture(scope="module")
def company(start_sandbox: Callable[..., SandboxProcess]) -> SandboxProcess:
    return start_sandbox("--records", "1200", "--seed", "7")


def test_the_same_seed_gives_the_same_data_and_another_one_other_data(
    company: SandboxProcess, start_sandbox: Callable[..., SandboxProcess]
) -> None:
    twin, stranger = (
        start_sandbox("--records", "1200", "--seed", "7"),
        start_sandbox("--records", "1200", "--seed", "8"),
    )
    for module in MODULES:
        data = company.records(module, *FIELDS)
        assert twin.records(module, *FIELDS) == data
        assert stranger.records(module, *FIELDS) != data


def test_there_are_as_many_as_asked_for(company: SandboxProcess) -> None:
    counts = {module: len(company.records(module)) for module in ("contacts", "deals", "sales_accounts")}
    assert counts == {"contacts": 1200, "deals": 1200, "sales_accounts": 400}
    with company.client() as client:
        assert (len(users(client)), len(users(client, active=False))) == (25, 5)
        pipelines = client.get("selector/deal_pipelines").json()["deal_pipelines"]
        assert len(pipelines) == 2 and len(client.get("selector/territories").json()["territories"]) > 3
        listed = client.get("settings/module_customizations").json()["module_customizations"]
    assert [item["entity_name"] for item in listed if item["custom"]] == ["cm_property", "cm_loan", "cm_subscription"]


def test_ownership_is_skewed_with_records_of_nobody_and_of_a_user_who_is_gone(company: SandboxProcess) -> None:
    owners = Counter(row["owner_id"] for row in company.records("deals").values())
    with company.client() as client:
        known = {*users(client), *users(client, active=False)}
        inactive = set(users(client, active=False))
    assert owners[None] > 0
    assert len(set(owners) - known - {None}) == 1
    assert sum(owners[user] for user in inactive) > 0
    ranked = [number for owner, number in owners.most_common() if owner is not None]
    assert ranked[0] > 5 * ranked[-1]


def test_names_are_in_many_scripts_and_texts_can_be_long_or_blank(company: SandboxProcess) -> None:
    people = [row["display_name"] for row in company.records("contacts", "display_name").values()]
    scripts = {unicodedata.name(name[0]).split()[0] for name in people}
    assert {"LATIN", "CYRILLIC", "ARABIC", "HEBREW", "CJK", "HANGUL", "DEVANAGARI", "GREEK"} <= scripts
    contacts = company.records("contacts", "city", "email", "recent_note", "custom_field").values()
    assert any(row["city"] is None for row in contacts) and any(row["email"] is None for row in contacts)
    assert any(len(row["recent_note"] or "") > 200 for row in contacts)
    mails = [row["email"] for row in contacts if row["email"]]
    assert len(mails) == len(set(mails))


def test_ids_go_beyond_32_bits(company: SandboxProcess) -> None:
    for module in ("contacts", "deals", "tasks"):
        assert min(company.records(module)) > 2**32


def test_every_record_refers_to_what_is_there(company: SandboxProcess) -> None:
    accounts = set(company.records("sales_accounts"))
    for module in ("contacts", "deals"):
        linked = {row["sales_account_id"] for row in company.records(module, "sales_account_id").values()}
        assert linked - {None} <= accounts
    for task in company.records("tasks", "targetable_type", "targetable_id").values():
        kind = {"Contact": "contacts", "Deal": "deals", "SalesAccount": "sales_accounts"}[task["targetable_type"]]
        assert company.record(kind, task["targetable_id"])["is_deleted"] is False
    deals = set(company.records("deals"))
    assert {row["deal_id"] for row in company.records("documents", "deal_id").values()} <= deals
    with company.client() as client:
        stages = {
            item["id"]: item
            for pipeline in client.get("selector/deal_pipelines").json()["deal_pipelines"]
            for item in pipeline["deal_stages"]
        }
    for deal in company.records("deals", "deal_stage_id", "deal_pipeline_id").values():
        assert stages[deal["deal_stage_id"]]["deal_pipeline_id"] == deal["deal_pipeline_id"]


def test_a_company_without_contacts_starts_too(start_sandbox: Callable[..., SandboxProcess]) -> None:
    sandbox = start_sandbox("--records", "0")
    assert sandbox.records("contacts") == {} and sandbox.records("deals") == {}
    with sandbox.client() as client:
        assert client.get("contacts/filters").status_code == 200
