"""What belongs to a record of the real sandbox, read part by part; files go up and come down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crmdesk.config.errors import InputError
from crmdesk.crm import relations, requests, writes
from crmdesk.crm.calls import perform
from crmdesk.crm.client import CrmClient
from crmdesk.crm.downloads import download
from crmdesk.crm.modules import BUILT_IN, Modules, ModuleSpec, custom_module
from crmdesk.crm.parts import PARTS, PartPage, parts_of, read_part
from tests.crm.clients import ACCOUNTS, CONTACTS, DEALS, WRITE, created, first_ids, owner_ids, send, with_client

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

PROPERTY = custom_module({"entity_name": "cm_property"})


def ids(page: PartPage) -> list[int]:
    return [record.fields["id"] for record in page.records]


async def on(client: CrmClient, target: str, record_id: int, module: str, **values: Any) -> int:
    """Something new that hangs on a record; its id."""
    told = {**values, "targetable_type": target, "targetable_id": record_id}
    made: int = (await created(client, BUILT_IN[module], told)).fields["id"]
    return made


@pytest.mark.parametrize(("spec", "target"), [(CONTACTS, "Contact"), (ACCOUNTS, "SalesAccount"), (DEALS, "Deal")])
def test_notes_tasks_and_meetings_are_found_at_their_record(
    sandbox: SandboxProcess, spec: ModuleSpec, target: str
) -> None:
    async def work(client: CrmClient) -> None:
        (record,) = await first_ids(client, spec, 1)
        (owner,) = await owner_ids(client, 1)
        types = await requests.selector(client, "sales_activity_types")
        when = {"start_date": "2026-12-01T10:00:00Z", "end_date": "2026-12-01T11:00:00Z", "owner_id": owner}
        made = {
            "notes": await on(client, target, record, "notes", description="Called twice"),
            "tasks": await on(client, target, record, "tasks", title="Call", due_date="2026-12-01", owner_id=owner),
            "appointments": await on(
                client,
                target,
                record,
                "appointments",
                title="Demo",
                from_date="2026-12-01T10:00:00Z",
                end_date="2026-12-01T11:00:00Z",
            ),
            "sales_activities": await on(
                client, target, record, "sales_activities", title="Visit", sales_activity_type_id=types[0]["id"], **when
            ),
        }
        for name, made_id in made.items():
            page = await read_part(client, spec, record, name)
            assert made_id in ids(page), name
            assert page.module == name
        note = BUILT_IN["notes"]
        await send(client, writes.update(note, made["notes"], {"description": "Called thrice"}))
        found = (await read_part(client, spec, record, "notes")).records
        assert {row.fields["id"]: row.fields["description"] for row in found}[made["notes"]] == "Called thrice"
        await send(client, writes.delete(note, made["notes"]))
        assert made["notes"] not in ids(await read_part(client, spec, record, "notes"))

    with_client(sandbox, work)


def test_a_call_is_logged_at_a_contact_and_with_a_new_one(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        (contact,) = await first_ids(client, CONTACTS, 1)
        calls = BUILT_IN["phone_calls"]
        known = {"call_direction": True, "targetable_type": "Contact", "targetable_id": contact, "note": "Rang"}
        logged = (await created(client, calls, known)).fields["id"]
        page = await read_part(client, CONTACTS, contact, "calls")
        assert logged in ids(page)
        assert page.module == "phone_calls"
        stranger = {"call_direction": False, "targetable_type": "Contact", "last_name": "Stranger"}
        record = await created(client, calls, {**stranger, "mobile_number": "5550001"})
        target = record.fields["targetable"]["id"]
        assert ids(await read_part(client, CONTACTS, target, "calls")) == [record.fields["id"]]

    with_client(sandbox, work)


def test_a_file_goes_up_with_progress_and_comes_down_without_the_key(sandbox: SandboxProcess, tmp_path: Path) -> None:
    """Its address lies on another host, which refuses a request that brings the key."""
    content = bytes(range(256)) * 4096
    path = tmp_path / 'Angebot "2026".bin'
    path.write_bytes(content)
    sent: list[tuple[int, int]] = []
    got: list[tuple[int, int]] = []

    async def work(client: CrmClient) -> None:
        (contact,) = await first_ids(client, CONTACTS, 1)
        values = {"path": str(path), "is_shared": True, "targetable_type": "Contact", "targetable_id": contact}
        call = writes.create(BUILT_IN["files"], values)
        answer = await perform(client, call, why=WRITE, progress=lambda done, total: sent.append((done, total)))
        made = writes.record_of(BUILT_IN["files"], answer).fields["id"]
        page = await read_part(client, CONTACTS, contact, "files")
        row = next(record.fields for record in page.records if record.fields["id"] == made)
        assert row["is_shared"] is True
        assert row["content_file_size"] == len(content)
        assert not row["url"].startswith(sandbox.origin)
        target = tmp_path / "down" / "file.bin"
        target.parent.mkdir()
        await download(row["url"], target, lambda done, total: got.append((done, total)), loopback=True)
        assert target.read_bytes() == content
        assert [item.name for item in target.parent.iterdir()] == ["file.bin"]

    with_client(sandbox, work)
    assert sent[-1] == (len(content), len(content))
    assert len(sent) > 2
    assert got[-1] == (len(content), len(content))


def test_records_that_hang_together_are_found_from_both_sides(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        (account,) = await first_ids(client, ACCOUNTS, 1)
        person = {"last_name": "Doe", "emails": "doe@parts.example", f"sales_accounts:{account}": {"is_primary": True}}
        contact = (await created(client, CONTACTS, person)).fields["id"]
        deal = (
            await created(
                client,
                DEALS,
                {"name": "Big", "amount": 5, "sales_account_id": account, f"contacts:{contact}": True},
            )
        ).fields["id"]
        child = (await created(client, ACCOUNTS, {"name": "Child Ltd", "parent_sales_account_id": account})).fields[
            "id"
        ]
        assert ids(await read_part(client, CONTACTS, contact, "accounts")) == [account]
        assert ids(await read_part(client, DEALS, deal, "accounts")) == [account]
        assert ids(await read_part(client, DEALS, deal, "contacts")) == [contact]
        assert deal in ids(await read_part(client, CONTACTS, contact, "deals"))
        assert deal in ids(await read_part(client, ACCOUNTS, account, "deals"))
        assert contact in ids(await read_part(client, ACCOUNTS, account, "contacts"))
        assert child in ids(await read_part(client, ACCOUNTS, account, "hierarchy"))

    with_client(sandbox, work)


def test_products_and_documents_of_a_deal(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        (deal,), (contact,) = await first_ids(client, DEALS, 1), await first_ids(client, CONTACTS, 1)
        product = (await created(client, BUILT_IN["products"], {"name": "Gadget"})).fields["id"]
        lines = relations.relation_of(DEALS, f"products:{product}")
        assert lines is not None
        current = await relations.read_lines(client, DEALS, deal, lines)
        for call in relations.write_lines(DEALS, deal, lines, current, {str(product): {"quantity": 2}}):
            await send(client, call)
        page = await read_part(client, DEALS, deal, "products")
        assert product in [row.fields.get("product_id", row.fields["id"]) for row in page.records]
        paper = {"display_name": "Offer", "document_type": "Quote", "cpq_document_template_name": "Sample Template"}
        made = await created(client, BUILT_IN["documents"], {**paper, "deal_id": deal, "contact_id": contact})
        assert made.fields["id"] in ids(await read_part(client, DEALS, deal, "documents"))

    with_client(sandbox, work)


def test_notes_and_files_of_a_custom_modules_record(sandbox: SandboxProcess, tmp_path: Path) -> None:
    path = tmp_path / "plan.txt"
    path.write_text("ground floor", encoding="utf-8")

    async def work(client: CrmClient) -> None:
        modules = Modules()
        await modules.refresh(client, WRITE)
        spec = next(item for item in modules.all() if item.custom)
        (record,) = await first_ids(client, spec, 1)
        target = str(spec.target_type)
        note = await on(client, target, record, "notes", description="Keys are with the porter")
        file = await on(client, target, record, "files", path=str(path))
        assert note in ids(await read_part(client, spec, record, "notes"))
        assert file in ids(await read_part(client, spec, record, "files"))

    with_client(sandbox, work)


def test_files_of_a_product(sandbox: SandboxProcess, tmp_path: Path) -> None:
    path = tmp_path / "sheet.txt"
    path.write_text("10 × 20 × 30", encoding="utf-8")

    async def work(client: CrmClient) -> None:
        spec = BUILT_IN["products"]
        product = (await created(client, spec, {"name": "Boxed"})).fields["id"]
        file = await on(client, "Product", product, "files", path=str(path))
        assert ids(await read_part(client, spec, product, "files")) == [file]

    with_client(sandbox, work)


def test_the_timeline_is_read_back_from_the_newest(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        (contact,) = await first_ids(client, CONTACTS, 1)
        for number in range(4):
            await on(client, "Contact", contact, "notes", description=f"Note {number}")
        newest = await read_part(client, CONTACTS, contact, "activities", per_page=2)
        older = await read_part(client, CONTACTS, contact, "activities", 2, per_page=2)
        assert newest.more
        assert len(newest.records) == len(older.records) == 2
        shown = [row.fields["composite_id"] for page in (newest, older) for row in page.records]
        assert len(set(shown)) == 4

    with_client(sandbox, work)


def test_lists_and_team_of_a_contact(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        (contact,) = await first_ids(client, CONTACTS, 1)
        (owner,) = await owner_ids(client, 1)
        made = (await created(client, BUILT_IN["lists"], {"name": "Partners of 2031"})).fields["id"]
        assert made in ids(await read_part(client, CONTACTS, contact, "lists"))
        team = relations.relation_of(CONTACTS, f"team:{owner}")
        assert team is not None
        role = (await requests.selector(client, "designations"))[0]["id"]
        for call in relations.write_lines(CONTACTS, contact, team, {}, {str(owner): role}):
            await send(client, call)
        page = await read_part(client, CONTACTS, contact, "team")
        assert [row.fields["user_id"] for row in page.records] == [owner]

    with_client(sandbox, work)


def test_a_long_part_has_further_pages(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        (contact,) = await first_ids(client, CONTACTS, 1)
        for number in range(3):
            await on(client, "Contact", contact, "notes", description=f"Note {number}")
        first = await read_part(client, CONTACTS, contact, "notes", per_page=2)
        second = await read_part(client, CONTACTS, contact, "notes", 2, per_page=2)
        assert (first.more, second.more) == (True, False)
        assert first.total == 3
        assert len(set(ids(first) + ids(second))) == 3

    with_client(sandbox, work)


def test_every_part_has_its_modules_and_no_other(sandbox: SandboxProcess) -> None:
    assert [part.name for part in parts_of(PROPERTY)] == ["notes", "files"]
    assert [part.name for part in parts_of(BUILT_IN["products"])] == ["files"]
    assert {part.name for spec in (CONTACTS, ACCOUNTS, DEALS) for part in parts_of(spec)} == PARTS.keys()

    async def work(client: CrmClient) -> None:
        with pytest.raises(InputError, match="hierarchy"):
            await read_part(client, CONTACTS, 1, "hierarchy")
        with pytest.raises(InputError, match="weather"):
            await read_part(client, CONTACTS, 1, "weather")

    with_client(sandbox, work)
    assert sandbox.requests() == []
