"""What hangs on the records of the sample company."""

from __future__ import annotations

import httpx
import pytest

from tests.support.sandbox_process import SandboxProcess


@pytest.mark.parametrize("module", ["notes", "phone_calls", "files", "lists", "appointments", "products", "documents"])
def test_the_sample_has_some_of_each(sandbox: SandboxProcess, module: str) -> None:
    assert len(sandbox.records(module)) >= 5


def test_products_are_priced_in_every_way(sandbox: SandboxProcess) -> None:
    found = sandbox.records("products", "pricing_type", "product_pricings", "is_active").values()
    assert {item["pricing_type"] for item in found} == {0, 1, 2}
    for item in found:
        fees = {price["setup_fee"] is not None for price in item["product_pricings"]}
        assert fees == {0: set(), 1: {False}, 2: {True}}[item["pricing_type"]]
    assert {item["is_active"] for item in found} == {True, False}


def test_some_documents_have_lines_and_a_total_by_them(sandbox: SandboxProcess) -> None:
    found = sandbox.records("documents", "products", "amount").values()
    lined = [item for item in found if item["products"]]
    assert 0 < len(lined) < len(found)
    for item in lined:
        summed = sum(
            (line["unit_price"] * line["quantity"] + (line["setup_fee"] or 0)) * (1 - line["discount"] / 100)
            for line in item["products"]
        )
        assert item["amount"] == pytest.approx(summed * 1.3, abs=0.01)


def test_appointments_have_attendees_and_some_take_whole_days(sandbox: SandboxProcess) -> None:
    found = sandbox.records("appointments", "is_allday", "from_date", "_attendees").values()
    whole = [item for item in found if item["is_allday"]]
    assert 0 < len(whole) < len(found)
    assert all(len(item["from_date"]) == len("2026-01-31") for item in whole)
    with sandbox.client() as client:
        shown = client.get(f"appointments/{min(sandbox.records('appointments'))}").json()
    assert shown["appointment_attendees"]


def test_every_file_can_be_downloaded(sandbox: SandboxProcess) -> None:
    modules = {"Contact": "contacts", "Deal": "deals", "SalesAccount": "sales_accounts"}
    seen = set()
    with sandbox.client() as client:
        for file in sandbox.records("files", "targetable_type", "targetable_id").values():
            at = f"{modules[file['targetable_type']]}/{file['targetable_id']}"
            for document in client.get(f"{at}/document_associations").json()["documents"]:
                got = httpx.get(document["url"], trust_env=False)
                assert got.status_code == 200 and len(got.content) == document["content_file_size"]
                seen.add(document["name"])
    assert "Größe & Preis — 価格.csv" in seen


def test_lists_differ_and_one_is_empty(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        listed = client.get("lists").json()["lists"]
        totals = [client.get(f"contacts/lists/{item['id']}").json()["meta"]["total"] for item in listed]
    assert len(set(totals)) > 3 and min(totals) == 0
