"""Finding what a create made whose answer was lost, at the real sandbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crmdesk.crm import requests, writes
from crmdesk.crm.client import CrmClient
from crmdesk.crm.looking import find_created
from crmdesk.crm.modules import BUILT_IN, Modules, ModuleSpec
from tests.crm.clients import ACCOUNTS, CONTACTS, DEALS, WRITE, created, first_ids, owner_ids, send, with_client

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess


async def found(client: CrmClient, spec: ModuleSpec, values: dict[str, Any], since: datetime) -> list[int]:
    return [record.fields["id"] for record in await find_created(client, spec, values, since)]


def just_now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize(
    ("spec", "values"),
    [
        (CONTACTS, {"first_name": "Ann", "last_name": "Lost", "emails": [{"value": "ann@lost.example"}]}),
        (ACCOUNTS, {"name": "Lost & Found Ltd"}),
        (DEALS, {"name": "Lost deal", "amount": "77.5"}),
    ],
    ids=lambda item: getattr(item, "key", ""),
)
def test_a_record_is_found_among_the_newest_of_its_module(
    sandbox: SandboxProcess, spec: ModuleSpec, values: dict[str, Any]
) -> None:
    async def work(client: CrmClient) -> None:
        (account,) = await first_ids(client, ACCOUNTS, 1)
        known = values | ({"sales_account_id": account} if spec is DEALS else {})
        wire = {key: "ann@lost.example" if key == "emails" else value for key, value in known.items()}
        since = just_now()
        assert await found(client, spec, known, since) == []
        made = (await created(client, spec, wire)).fields["id"]
        other = {**wire, spec.required[0]: "Somebody else"} | (
            {"emails": "else@lost.example"} if spec is CONTACTS else {}
        )
        await created(client, spec, other)
        assert await found(client, spec, known, since) == [made]
        assert await found(client, spec, known, since + timedelta(hours=1)) == []

    with_client(sandbox, work)


def test_two_that_are_alike_are_both_candidates(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        (account,) = await first_ids(client, ACCOUNTS, 1)
        values = {"name": "Twin", "amount": 5, "sales_account_id": account}
        since = just_now()
        made = [(await created(client, DEALS, values)).fields["id"] for _ in range(2)]
        assert await found(client, DEALS, values, since) == sorted(made, reverse=True)

    with_client(sandbox, work)


def test_what_hangs_on_a_record_is_found_there(sandbox: SandboxProcess, tmp_path: Path) -> None:
    path = tmp_path / "offer.txt"
    path.write_text("an offer", encoding="utf-8")

    async def work(client: CrmClient) -> None:
        (contact,), (owner,) = await first_ids(client, CONTACTS, 1), await owner_ids(client, 1)
        kind = (await requests.selector(client, "sales_activity_types"))[0]["id"]
        target = {"targetable_type": "Contact", "targetable_id": contact}
        when = {"start_date": "2026-12-01T10:00:00Z", "end_date": "2026-12-01T11:00:00Z"}
        meeting = {"title": "Demo", "from_date": "2026-12-01T10:00:00Z", "end_date": "2026-12-01T11:00:00Z"}
        lost: dict[str, dict[str, Any]] = {
            "notes": {"description": "Was this saved?"},
            "tasks": {"title": "Call back", "due_date": "2026-12-01T10:00:00Z", "owner_id": owner},
            "appointments": meeting,
            "sales_activities": {"title": "Visit", "owner_id": owner, "sales_activity_type_id": kind, **when},
            "phone_calls": {"call_direction": True},
            "files": {"path": str(path)},
        }
        for module, told in lost.items():
            spec, values = BUILT_IN[module], {**told, **target}
            since = just_now()
            assert await found(client, spec, values, since) == [], module
            made = (await created(client, spec, values)).fields["id"]
            assert await found(client, spec, values, since) == [made], module
        assert await found(client, BUILT_IN["notes"], {"description": "Never", **target}, since) == []

    with_client(sandbox, work)


def test_meetings_and_activities_of_nobody_are_found_in_their_lists(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        meeting = {"title": "Alone", "from_date": "2099-12-01T10:00:00Z", "end_date": "2099-12-01T11:00:00Z"}
        since = just_now()
        made = (await created(client, BUILT_IN["appointments"], meeting)).fields["id"]
        assert await found(client, BUILT_IN["appointments"], meeting, since) == [made]

    with_client(sandbox, work)


def test_a_call_with_somebody_new_is_found_through_the_contact(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        told = {"call_direction": True, "targetable_type": "Contact", "last_name": "Caller", "mobile_number": "5559"}
        since = just_now()
        assert await found(client, BUILT_IN["phone_calls"], told, since) == []
        made = (await created(client, BUILT_IN["phone_calls"], told)).fields["id"]
        assert await found(client, BUILT_IN["phone_calls"], told, since) == [made]

    with_client(sandbox, work)


def test_lists_products_and_documents_are_found_where_they_are_told(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        (deal,), (contact,) = await first_ids(client, DEALS, 1), await first_ids(client, CONTACTS, 1)
        paper = {"display_name": "Offer", "document_type": "Quote", "cpq_document_template_name": "Sample Template"}
        lost: dict[str, dict[str, Any]] = {
            "lists": {"name": "Autumn"},
            "products": {"name": "Gadget 9"},
            "documents": {**paper, "deal_id": deal, "contact_id": contact},
        }
        for module, values in lost.items():
            since = just_now()
            assert await found(client, BUILT_IN[module], values, since) == [], module
            made = (await created(client, BUILT_IN[module], values)).fields["id"]
            assert await found(client, BUILT_IN[module], values, since) == [made], module

    with_client(sandbox, work)


def test_a_custom_modules_record_and_a_clone_are_found(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        modules = Modules()
        await modules.refresh(client, WRITE)
        spec = next(item for item in modules.all() if item.custom)
        (old,) = await first_ids(client, spec, 1)
        row = (await requests.one(client, spec, old)).fields
        since = just_now()
        clone = writes.clone(spec, old, {"name": "Copied", "owner_id": row["owner_id"]})
        made = writes.record_of(spec, await send(client, clone)).fields["id"]
        assert await found(client, spec, {"name": "Copied"}, since) == [made]

    with_client(sandbox, work)
