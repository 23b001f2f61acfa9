"""Rules of several fields: what the client's check speaks against, the sandbox refuses, and takes it when mended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx
import pytest

from crmdesk.crm.checks import check_identifier, check_record
from crmdesk.crm.fixed_schema import schema_of
from crmdesk.crm.kinds import Kind, group_wire, kind_of, normal, wire, wire_values
from crmdesk.crm.modules import BUILT_IN
from crmdesk.crm.naming import KnownNames, Named
from crmdesk.crm.schema import Schema, parse_fields
from crmdesk.crm.writes import create, update
from tests.support.sandbox_process import SandboxProcess


class Account(KnownNames):
    """The names of an account, asked for when they are first needed."""

    def __init__(self, client: httpx.Client) -> None:
        super().__init__()
        self._client = client

    def items(self, kind: str) -> Sequence[Named]:
        body = self._client.get(f"selector/{kind}").raise_for_status().json()
        listed = body.get(kind) or body.get("users") or []
        return [Named(item["id"], item.get("name") or item.get("display_name") or "", raw=item) for item in listed]


@pytest.fixture(scope="module")
def client(small_sandbox: SandboxProcess) -> Iterator[httpx.Client]:
    """A plain client of the module's sandbox."""
    with small_sandbox.client() as found:
        yield found


@pytest.fixture(scope="module")
def account(client: httpx.Client, small_sandbox: SandboxProcess) -> dict[str, Any]:
    """Ids to write with: stages by what they mean, a reason, records."""
    stages: dict[str, int] = {}
    others: dict[int, int] = {}
    for item in client.get("selector/deal_stages").json()["deal_stages"]:
        stages.setdefault(item["forecast_type"], item["id"])
        others.setdefault(item["deal_pipeline_id"], item["id"])
    return {
        "open": stages["Open"],
        "lost": stages["Closed Lost"],
        "reason": client.get("selector/deal_reasons").json()["deal_reasons"][0]["id"],
        "pipelines": others,
        "accounts": list(small_sandbox.records("sales_accounts"))[:11],
        "contact": next(iter(small_sandbox.records("contacts"))),
        "user": next(iter(small_sandbox.records("contacts").values()))["owner_id"],
    }


def tried(
    client: httpx.Client, module: str, values: Mapping[str, Any], **current: Any
) -> tuple[set[str], httpx.Response]:
    """What the check says of a new record, or of one that is changed (`id`), and what the sandbox answers."""
    spec = BUILT_IN[module]
    schema: Schema | None = schema_of(spec)
    if schema is None:
        schema = parse_fields(spec, client.get(f"settings/{spec.settings_key}/fields").json())
    record_id = current.pop("id", None)
    creating = record_id is None
    found = check_record(spec, schema, values, creating=creating, current=current, names=Account(client))
    kinds = {name: kind_of(spec, schema.fields[name]) for name in values if name in schema.fields}
    sent = wire_values(values, kinds)
    call = create(spec, sent) if creating else update(spec, record_id, sent)
    return {item.field for item in found}, client.request(call.method, call.path, json=call.body)


def refused(client: httpx.Client, module: str, field: str, values: Mapping[str, Any], **current: Any) -> None:
    problems, answer = tried(client, module, values, **current)
    assert problems == {field}
    assert answer.status_code == 400, answer.text


def taken(client: httpx.Client, module: str, values: Mapping[str, Any], **current: Any) -> None:
    problems, answer = tried(client, module, values, **current)
    assert problems == set()
    assert answer.status_code in (200, 201), answer.text


def deal(account: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": "Gold", "amount": "5", "sales_account_id": account["accounts"][0]}


def test_deals(client: httpx.Client, account: dict[str, Any]) -> None:
    new = deal(account)
    refused(client, "deals", "sales_account_id", {"name": "Gold", "amount": "5"})
    refused(client, "deals", "amount", {"name": "Gold", "sales_account_id": new["sales_account_id"]})
    reason = {"deal_reason_id": account["reason"]}
    refused(client, "deals", "deal_reason_id", {**new, **reason})
    refused(client, "deals", "deal_reason_id", {**new, **reason, "deal_stage_id": account["open"]})
    taken(client, "deals", {**new, **reason, "deal_stage_id": account["lost"]})
    if len(account["pipelines"]) > 1:
        (one, stage), (other, _), *_ = account["pipelines"].items()
        refused(client, "deals", "deal_stage_id", {**new, "deal_pipeline_id": other, "deal_stage_id": stage})
        taken(client, "deals", {**new, "deal_pipeline_id": one, "deal_stage_id": stage})


def test_accounts_of_contacts(client: httpx.Client, account: dict[str, Any]) -> None:
    new = {"last_name": "Lovelace", "mobile_number": "1-926-555-0000"}

    def lines(count: int, *primary: int) -> dict[str, Any]:
        return {f"sales_accounts:{key}": {"is_primary": key in primary} for key in account["accounts"][:count]}

    first, second = account["accounts"][:2]
    refused(client, "contacts", "emails", {"last_name": "Lovelace"})
    refused(client, "contacts", "sales_accounts", {**new, **lines(11, first)})
    taken(client, "contacts", {**new, **lines(10, second)})
    told = [{"id": first, "is_primary": True}, {"id": second, "is_primary": True}]
    answer = client.post("contacts", json={"contact": {**new, "sales_accounts": told}})
    assert answer.status_code == 400


def test_appointments(client: httpx.Client) -> None:
    new = {"title": "Fair", "from_date": "2026-11-20T09:00:00Z", "end_date": "2026-11-20T10:00:00Z"}
    taken(client, "appointments", {**new, "time_zone": "Asia/Kolkata"})
    refused(client, "appointments", "time_zone", {**new, "time_zone": "Atlantis"})
    refused(client, "appointments", "end_date", {**new, "end_date": "2026-11-20T08:00:00Z"})
    whole = {
        "title": "Fair",
        "is_allday": True,
        "from_date": "2026-11-20T00:00:00Z",
        "end_date": "2026-11-21T00:00:00Z",
    }
    taken(client, "appointments", whole)
    raw = {"title": "Fair", "is_allday": True, "from_date": new["from_date"], "end_date": new["end_date"]}
    assert client.post("appointments", json={"appointment": raw}).status_code == 400


def test_what_belongs_to_records(client: httpx.Client, account: dict[str, Any]) -> None:
    about = {"targetable_type": "Contact", "targetable_id": account["contact"]}
    task = {"title": "Call", "due_date": "2026-11-20T09:00:00Z", "owner_id": account["user"]}
    taken(client, "tasks", {**task, **about})
    refused(client, "tasks", "targetable_id", {**task, "targetable_type": "Contact", "targetable_id": None})
    taken(client, "notes", {"description": "Hello", **about})
    refused(client, "notes", "targetable_type", {"description": "Hello", **about, "targetable_type": "Lead"})
    refused(client, "notes", "description", about)
    call = {"call_direction": True, **about}
    taken(client, "phone_calls", {**call, "note": "Hello"})
    refused(client, "phone_calls", "note", {**call, "note": {"description": ""}})
    refused(client, "phone_calls", "call_direction", about)


def test_upserts_find_by_emails(client: httpx.Client) -> None:
    spec = BUILT_IN["contacts"]
    for name, status in (("email", 400), ("city", 400), ("emails", 201)):
        body = {"unique_identifier": {name: "grace@example.com"}, "contact": {"last_name": "Hopper"}}
        assert client.post("contacts/upsert", json=body).status_code == status
        assert (check_identifier(spec, name) is None) == (status == 201)


def test_products_and_documents(client: httpx.Client, account: dict[str, Any]) -> None:
    once = client.post("cpq/products", json={"product": {"name": "Plan A"}}).json()["product"]["id"]
    # A price of a one-time product has no set-up fee; the pricing is chosen with the first prices only.
    price = {"currency_code": "USD", "unit_price": 5}
    path = f"cpq/products/{once}"
    fee = {"product": {"pricing_type": 1, "product_pricings": [{**price, "setup_fee": 1}]}}
    assert client.put(path, json=fee).status_code == 400
    told = {"pricing_type": 1, "product_pricings:USD": {"unit_price": "5", "setup_fee": "1"}}
    assert _fields(client, "products", told) == {"product_pricings:USD"}
    assert client.put(path, json={"product": {"pricing_type": 1, "product_pricings": [price]}}).status_code == 200
    refused(client, "products", "pricing_type", {"pricing_type": 2}, id=once, pricing_type=1)

    made = client.post("deals", json={"deal": {**deal(account), "amount": 5}}).json()["deal"]["id"]
    new = {
        "display_name": "Offer",
        "document_type": "Quote",
        "cpq_document_template_name": "Sample Template",
        "deal_id": made,
        "contact_id": account["contact"],
    }
    for name in new:
        refused(client, "documents", name, {**new, name: None})
    refused(client, "documents", "amount", {**new, "amount": "100000000000"})
    document = client.post("cpq/cpq_documents", json={"cpq_document": new}).json()["cpq_document"]["id"]
    taken(client, "documents", {"amount": "7"}, id=document)
    line = {"cpq_document": {"products": [{"id": once, "quantity": 1}]}}
    assert client.put(f"cpq/cpq_documents/{document}", json=line).status_code == 200
    refused(client, "documents", "amount", {"amount": "9"}, id=document, has_products=True)
    most = {"cpq_document": {"products": [{"id": once + place, "quantity": 1} for place in range(101)]}}
    assert client.put(f"cpq/cpq_documents/{document}", json=most).status_code == 400
    assert _fields(client, "documents", {f"products:{place}": True for place in range(101)}) == {"products"}


def _fields(client: httpx.Client, module: str, values: Mapping[str, Any]) -> set[str]:
    schema = schema_of(BUILT_IN[module])
    assert schema is not None
    found = check_record(BUILT_IN[module], schema, values, creating=False, names=Account(client))
    return {problem.field for problem in found}


def test_groups_are_written_over_what_was_there(client: httpx.Client) -> None:
    told = ["ada@example.com", {"value": "lovelace@example.com", "label": "Work"}]
    new = {"contact": {"last_name": "Lovelace", "emails": wire(Kind.EMAILS, told, custom=False)}}
    made = client.post("contacts", json=new).json()["contact"]
    wanted = [{"value": "Lovelace@example.com", "label": "Home", "is_primary": True}, "new@example.com"]
    sent = group_wire(Kind.EMAILS, [wanted[0], {"value": wanted[1]}], made["emails"])
    after = client.put(f"contacts/{made['id']}", json={"contact": {"emails": sent}}).json()["contact"]
    assert normal(Kind.EMAILS, after["emails"]) == [wanted[0], {"value": "new@example.com", "is_primary": False}]
    assert after["emails"][0]["id"] == made["emails"][1]["id"]
    assert after["email"] == "Lovelace@example.com"
