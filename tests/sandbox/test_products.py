"""Products and documents: prices, lines, totals, the recycle bin, and calls for many at once."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.support import messages, rows, until
from tests.support.sandbox_process import SandboxProcess

Answer = dict[str, Any]


def product(client: httpx.Client, name: str, **more: Any) -> int:
    """A new product."""
    answer = client.post("cpq/products", json={"product": {"name": name, **more}})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["product"]["id"])


def priced(client: httpx.Client, number: int, **body: Any) -> httpx.Response:
    """A change of a product's prices."""
    return client.put(f"cpq/products/{number}", params={"include": "product_pricings"}, json={"product": body})


def price(client: httpx.Client, number: int, code: str) -> Answer:
    """A product's price in a currency."""
    found = client.get(f"cpq/products/{number}", params={"include": "product_pricings"}).json()["product"]
    one: Answer = next(item for item in found["product_pricings"] if item["currency_code"] == code)
    return one


def document(client: httpx.Client, **more: Any) -> httpx.Response:
    """A request for a new document."""
    deal, contact = (
        rows(client, name, view)[0]["id"] for name, view in (("deals", "All Deals"), ("contacts", "All Contacts"))
    )
    data = {"display_name": "Offer", "document_type": "Quote", "cpq_document_template_name": "Sample Template"}
    return client.post(
        "cpq/cpq_documents", json={"cpq_document": {**data, "deal_id": deal, "contact_id": contact, **more}}
    )


def lines(client: httpx.Client, number: int, given: list[Answer]) -> httpx.Response:
    """All lines of a document."""
    path = f"cpq/cpq_documents/{number}"
    return client.put(path, params={"include": "products"}, json={"cpq_document": {"products": given}})


# -- products -------------------------------------------------------------------------------------------------


def test_a_new_product_has_no_price_and_a_unique_name(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        answer = client.post("cpq/products", json={"product": {"name": "Lamp", "category": "Hardware"}}).json()[
            "product"
        ]
        assert (answer["pricing_type"], answer["product_pricings"], answer["lookup_information"]) == (0, [], {})
        again = client.post("cpq/products", json={"product": {"name": "lamp"}})
        assert messages(again, 400) == ["Name has already been taken"]
        assert messages(client.post("cpq/products", json={"product": {"name": ""}}), 400) == ["Name can't be blank"]
        wrong = client.post("cpq/products", json={"product": {"name": "Chair", "category": "Furniture"}})
        assert "Category is invalid" in messages(wrong, 400)[0]


def test_prices_are_added_edited_and_taken_away_one_by_one(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        number = product(client, "Lamp")
        usd, eur = {"currency_code": "USD", "unit_price": 10}, {"currency_code": "EUR", "unit_price": 9}
        made = priced(client, number, pricing_type=1, product_pricings=[usd, eur]).json()["product"]
        assert made["base_currency_amount"] == 10.0
        first = price(client, number, "USD")["id"]
        priced(client, number, product_pricings=[{"id": str(first), "currency_code": "USD", "unit_price": "12.5"}])
        assert price(client, number, "USD")["unit_price"] == 12.5
        assert price(client, number, "EUR")["unit_price"] == 9.0
        left = priced(client, number, product_pricings=[{"id": first, "_destroy": True}]).json()["product"]
        assert [item["currency_code"] for item in left["product_pricings"]] == ["EUR"]


def test_the_pricing_type_is_given_only_the_first_time(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        number = product(client, "Lamp")
        usd = {"currency_code": "USD", "unit_price": 10}
        assert priced(client, number, pricing_type=1, product_pricings=[usd]).status_code == 200
        refused = priced(client, number, pricing_type=2, product_pricings=[usd])
        assert "for the first time" in messages(refused, 400)[0]
        gone = {"id": price(client, number, "USD")["id"], "_destroy": True}
        assert priced(client, number, product_pricings=[gone]).status_code == 200
        assert priced(client, number, pricing_type=2, product_pricings=[usd]).status_code == 200


@pytest.mark.parametrize("key", ["setup_fee", "billing_cycle", "billing_type"])
def test_fees_and_billing_are_for_subscriptions(sandbox: SandboxProcess, key: str) -> None:
    with sandbox.client() as client:
        once, often = product(client, "Once"), product(client, "Often")
        usd = {"currency_code": "USD", "unit_price": 10, key: 1}
        refused = priced(client, once, pricing_type=1, product_pricings=[usd])
        assert messages(refused, 400) == [f"{key} can be given only for a subscription"]
        assert priced(client, often, pricing_type=2, product_pricings=[usd]).status_code == 200
        assert price(client, often, "USD")[key] == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"currency_code": "XXX", "unit_price": 1}, "Currency code is invalid"),
        ({"currency_code": "USD"}, "Unit price can't be blank"),
        ({"currency_code": "USD", "unit_price": "ten"}, "Unit price is not a number"),
        ({"currency_code": "USD", "unit_price": 10**11}, "Unit price must be less than 100000000000"),
        ({"id": 5, "currency_code": "USD", "unit_price": 1}, "Product pricing 5 is invalid"),
    ],
)
def test_what_a_price_refuses(sandbox: SandboxProcess, given: Answer, told: str) -> None:
    with sandbox.client() as client:
        number = product(client, "Lamp")
        assert messages(priced(client, number, pricing_type=1, product_pricings=[given]), 400) == [told]


def test_a_deleted_product_can_be_restored(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        number = product(client, "Lamp", description="bright")
        assert client.delete(f"cpq/products/{number}").json() == {"msg": {"id": number, "code": "success"}}
        assert client.delete(f"cpq/products/{number}").status_code == 404
        back = client.put(f"cpq/products/{number}/restore").json()["product"]
        assert (back["is_deleted"], back["description"]) == (False, "bright")
        assert client.delete(f"cpq/products/{number}/forget").status_code == 404


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_many_products_are_changed_deleted_and_restored_later(sandbox: SandboxProcess, method: str) -> None:
    with sandbox.client() as client:
        ids = [product(client, name, description=name) for name in ("A", "B", "C")]
        body = {"product": {"description": "the same"}, "ids": ids[:2]}
        said = client.put("cpq/products/products_bulk_update", json=body).json()["message"]
        assert said == "Field update added to queue, you will be notified on success."

        def stored(key: str) -> list[Any]:
            return [sandbox.record("products", number)[key] for number in ids]

        until(lambda: stored("description") == ["the same", "the same", "C"])
        client.post("cpq/products/products_bulk_delete", json={"selected_ids": ids})
        until(lambda: stored("is_deleted") == [True, True, True])
        client.request(method, "cpq/products/products_bulk_restore", json={"selected_ids": ids[1:]})
        until(lambda: stored("is_deleted") == [True, False, False])
        assert client.post("cpq/products/products_bulk_delete", json={"selected_ids": []}).status_code == 400
        many = list(range(1, 102))
        assert client.post("cpq/products/products_bulk_delete", json={"selected_ids": many}).status_code == 400


# -- documents ------------------------------------------------------------------------------------------------


def test_a_documents_lines_are_replaced_all_at_once_and_give_its_total(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        once, often = product(client, "Once"), product(client, "Often")
        priced(client, once, pricing_type=1, product_pricings=[{"currency_code": "USD", "unit_price": 100}])
        fee = {"currency_code": "USD", "unit_price": 10, "setup_fee": 5, "billing_cycle": 6, "billing_type": 1}
        priced(client, often, pricing_type=2, product_pricings=[fee])
        number = document(client, amount=7).json()["cpq_document"]["id"]
        both = [{"id": once, "quantity": 2, "discount": 10, "setup_fee": 9}, {"id": often, "unit_price": 20}]
        made = lines(client, number, both).json()["cpq_document"]
        assert [item["product_id"] for item in made["products"]] == [once, often]
        assert [item["setup_fee"] for item in made["products"]] == [None, 5.0]
        assert [item["billing_cycle"] for item in made["products"]] == [None, 6]
        assert made["amount"] == pytest.approx((100 * 2 * 0.9 + 20 + 5) * 1.3)
        left = lines(client, number, [{"id": often}]).json()["cpq_document"]
        assert [item["product_id"] for item in left["products"]] == [often]
        none = lines(client, number, []).json()["cpq_document"]
        assert (none["products"], none["has_products"], none["amount"]) == ([], False, 0.0)


def test_the_amount_is_read_only_once_there_are_products(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        lamp = product(client, "Lamp")
        number = document(client, amount="12.345").json()["cpq_document"]["id"]
        at = f"cpq/cpq_documents/{number}"
        assert client.put(at, json={"cpq_document": {"amount": 20}}).json()["cpq_document"]["amount"] == 20.0
        lines(client, number, [{"id": lamp, "unit_price": 10}])
        refused = client.put(at, json={"cpq_document": {"amount": 21}})
        assert messages(refused, 400) == ["Amount can't be updated once products are added"]
        assert client.put(at, json={"cpq_document": {"stage": "Accepted"}}).status_code == 200


@pytest.mark.parametrize("module", ["cpq_documents", "deals"])
def test_what_lines_refuse(sandbox: SandboxProcess, module: str) -> None:
    with sandbox.client() as client:
        lamp, old = product(client, "Lamp"), product(client, "Old", is_active=False)
        if module == "deals":
            path, key = f"deals/{rows(client, 'deals', 'Open Deals')[0]['id']}", "deal"
        else:
            path, key = f"cpq/cpq_documents/{document(client).json()['cpq_document']['id']}", "cpq_document"

        def told(*given: Answer) -> str:
            return messages(client.put(path, json={key: {"products": list(given)}}), 400)[0]

        assert told({"id": 5}) == "Product 5 is invalid"
        assert told({"id": old}) == f"Product {old} is not active"
        assert told({"id": lamp}, {"id": lamp}) == "A product can be added only once"
        assert told({"id": lamp, "discount": 101}) == "Discount must be between 0 and 100"
        assert told(*[{"id": lamp}] * 101) == "At most 100 products can be added"
        assert client.put(path, json={key: {"products": [{"id": lamp}]}}).status_code == 200
        client.put(f"cpq/products/{lamp}", json={"product": {"is_active": False}})
        assert client.put(path, json={key: {"products": [{"id": lamp, "quantity": 3}]}}).status_code == 200


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"display_name": ""}, "Display name can't be blank"),
        ({"deal_id": None}, "Deal can't be blank"),
        ({"contact_id": 5}, "Contact is invalid"),
        ({"document_type": "Poem"}, "Document type is invalid; it can be Quote, Invoice, Contract, Proposal"),
        ({"cpq_document_template_name": "None"}, "Template is invalid; it can be Sample Template, Standard Template"),
        ({"currency_code": "XXX"}, "Currency code is invalid"),
        ({"amount": 10**11}, "Amount must be less than 100000000000"),
    ],
)
def test_what_a_document_refuses(sandbox: SandboxProcess, changed: Answer, told: str) -> None:
    with sandbox.client() as client:
        assert told in messages(document(client, **changed), 400)


def test_a_document_goes_to_the_bin_comes_back_and_is_forgotten(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        made = document(client).json()["cpq_document"]
        assert made["document_number"] and made["html_content_settings"] == {}
        at = f"cpq/cpq_documents/{made['id']}"
        assert client.delete(at).json()["msg"]["code"] == "success"
        assert client.put(f"{at}/restore").json()["cpq_document"]["is_deleted"] is False
        assert client.delete(f"{at}/forget").json() == {"msg": {"id": made["id"], "code": "success"}}
        assert client.get(at).status_code == client.put(f"{at}/restore").status_code == 404


def test_many_documents_are_changed_and_one_that_refuses_stays(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        lamp = product(client, "Lamp")
        ids = [document(client, amount=1).json()["cpq_document"]["id"] for _place in range(2)]
        lines(client, ids[0], [{"id": lamp, "unit_price": 10}])
        body = {"cpq_document": {"amount": 300}, "ids": ids}
        client.put("cpq/cpq_documents/cpq_documents_bulk_update", json=body)
        until(lambda: sandbox.record("cpq_documents", ids[1])["amount"] == 300.0)
        assert sandbox.record("cpq_documents", ids[0])["amount"] == pytest.approx(13.0)
