"""Every request against the real sandbox over HTTP, and its answers' odd shapes."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from crmdesk.config.errors import InputError
from crmdesk.crm import requests
from crmdesk.crm.address import parse_bundle_alias
from crmdesk.crm.answers import Answer
from crmdesk.crm.budget import UnlimitedBudget
from crmdesk.crm.client import CrmClient, Purpose, RetryPolicy
from crmdesk.crm.directory import Directory
from crmdesk.crm.errors import Arrived, Invalid, NotAllowed, NotFound, TooMany, Unreadable, WrongKey
from crmdesk.crm.modules import BUILT_IN, Modules, ModuleSpec
from crmdesk.crm.paging import View, parse_page, parse_views
from crmdesk.crm.schema import fetch_schema
from crmdesk.crm.values import NOT_LOADED
from crmdesk.store.names import NamesStore
from tests.support.aio import run

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

CONTACTS, ACCOUNTS, DEALS = BUILT_IN["contacts"], BUILT_IN["sales_accounts"], BUILT_IN["deals"]
WRITE = Purpose(kind="write")


def with_client(sandbox: SandboxProcess, work: Callable[[CrmClient], Awaitable[Any]], *, key: str = "") -> Any:
    async def main() -> Any:
        client = CrmClient(
            parse_bundle_alias(sandbox.url),
            key or sandbox.api_key,
            UnlimitedBudget(),
            retry=RetryPolicy(first_wait=0.01),
        )
        try:
            return await work(client)
        finally:
            await client.aclose()

    return run(main())


async def all_view(client: CrmClient, spec: ModuleSpec) -> View:
    found = requests.covering_views(spec, await requests.views(client, spec))
    assert found is not None
    return found[0]


async def views_of(spec: ModuleSpec, client: CrmClient) -> list[View]:
    return await requests.views(client, spec)


def test_views_come_with_their_groups(sandbox: SandboxProcess) -> None:
    for spec in (CONTACTS, ACCOUNTS, DEALS):
        views = with_client(sandbox, functools.partial(views_of, spec))
        assert len(views) >= 5
        assert {view.group for view in views} <= {"mine", "shared", "default"}
        assert requests.covering_views(spec, views)


@pytest.mark.parametrize("spec", [CONTACTS, ACCOUNTS, DEALS], ids=lambda spec: spec.key)
def test_a_view_is_read_page_by_page(sandbox: SandboxProcess, spec: ModuleSpec) -> None:
    async def work(client: CrmClient) -> None:
        views = requests.covering_views(spec, await requests.views(client, spec))
        assert views is not None
        ids: list[int] = []
        for view in views:
            number = 1
            while True:
                page = await requests.view_page(client, spec, view.id, number, sort="created_at")
                rows = page.records()
                assert [row["id"] for row in rows] == list(page.ids)
                assert all(spec.owner(row) is not NOT_LOADED for row in rows)
                assert page.records() == rows
                assert page.total_pages is not None
                ids += page.ids
                if number >= page.total_pages:
                    break
                number += 1
        assert len(ids) == len(set(ids))
        assert set(ids) == set(sandbox.records(spec.key))

    with_client(sandbox, work)


def test_without_include_the_owner_is_not_loaded(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        view = await all_view(client, CONTACTS)
        page = await requests.view_page(client, CONTACTS, view.id, 1, per_page=10, include=None)
        assert len(page.ids) == 10
        assert all(CONTACTS.owner(row) is NOT_LOADED for row in page.records())
        with_owner = await requests.view_page(client, CONTACTS, view.id, 1, per_page=10)
        assert with_owner.side["users"]
        past_the_end = await requests.view_page(client, CONTACTS, view.id, 999)
        assert past_the_end.ids == ()

    with_client(sandbox, work)


def test_one_record_is_read_and_changed(sandbox: SandboxProcess) -> None:
    deal_id = next(iter(sandbox.records("deals")))

    async def work(client: CrmClient) -> None:
        before = await requests.one(client, DEALS, deal_id, include="owner")
        assert before.fields["id"] == deal_id
        assert DEALS.owner(before.fields) is not NOT_LOADED
        after = await requests.put(client, DEALS, deal_id, {"name": "Renamed ✓"}, WRITE)
        assert after.fields["name"] == "Renamed ✓"
        assert after.server_time is not None
        with pytest.raises(NotFound):
            await requests.one(client, DEALS, 1)
        with pytest.raises(Invalid) as refused:
            await requests.put(client, DEALS, deal_id, {"name": ""}, WRITE)
        assert refused.value.messages

    with_client(sandbox, work)
    assert sandbox.record("deals", deal_id)["name"] == "Renamed ✓"


def test_contacts_are_given_away_in_bulk(sandbox: SandboxProcess) -> None:
    ids = list(sandbox.records("contacts"))[:100]

    async def work(client: CrmClient) -> int:
        owner = next(owner for owner in (await owners(client)).owners if owner.active)
        answer = await requests.bulk_assign_owner(client, CONTACTS, ids, owner.id, WRITE)
        assert answer.per_id is None or set(answer.per_id) == set(ids)
        assert answer.queued is (answer.per_id is None)
        return owner.id

    owner_id = with_client(sandbox, work)
    stored = sandbox.records("contacts")
    assert {stored[contact_id]["owner_id"] for contact_id in ids} == {owner_id}


async def owners(client: CrmClient) -> Directory:
    directory = Directory(client)
    await directory.load()
    return directory


def test_deals_are_given_away_by_a_background_job(sandbox: SandboxProcess) -> None:
    ids = list(sandbox.records("deals"))[:20]
    sandbox.delete("deals", ids[0])

    async def work(client: CrmClient) -> int:
        owner = next(owner for owner in (await owners(client)).owners if owner.active)
        job = await requests.bulk_upsert(client, DEALS, [(i, {"owner_id": owner.id}) for i in ids], WRITE)
        while (status := await requests.job_status(client, job, Purpose(kind="follow"))).state == "IN_PROGRESS":
            pass
        assert status.state == "SUCCESS"
        assert (status.succeeded, status.failed) == (19, 1)
        assert status.created_at is not None
        assert status.updated_at is not None
        assert [(failure.field, failure.value) for failure in status.failures] == [("id", str(ids[0]))]
        assert status.failures[0].messages
        return owner.id

    owner_id = with_client(sandbox, work)
    stored = sandbox.records("deals")
    assert {stored[deal_id]["owner_id"] for deal_id in ids[1:]} == {owner_id}


def test_the_eleventh_bulk_job_is_told_apart_from_a_used_up_hour(start_sandbox: Callable[..., SandboxProcess]) -> None:
    slow = start_sandbox("--records", "50", "--hour-limit", "0", "--job-time", "30,0")
    deal_id = next(iter(slow.records("deals")))

    async def work(client: CrmClient) -> None:
        for _ in range(10):
            await requests.bulk_upsert(client, DEALS, [(deal_id, {"amount": 1})], WRITE)
        with pytest.raises(TooMany) as refused:
            await requests.bulk_upsert(client, DEALS, [(deal_id, {"amount": 1})], WRITE)
        assert refused.value.bulk_jobs
        assert refused.value.arrived is Arrived.NO

    with_client(slow, work)


def test_what_an_owner_has_is_searched(sandbox: SandboxProcess) -> None:
    stored = sandbox.records("deals")
    owner_id = next(row["owner_id"] for row in stored.values() if row["owner_id"])

    async def work(client: CrmClient) -> None:
        page = await requests.owned_by(client, DEALS, owner_id, 1)
        assert set(page.ids) <= {key for key, row in stored.items() if row["owner_id"] == owner_id}
        assert page.ids
        with pytest.raises(InputError):
            await requests.owned_by(client, BUILT_IN["products"], owner_id, 1)

    with_client(sandbox, work)


def test_tasks_and_activities_are_listed(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        tasks = await requests.tasks_page(client, "open", 1)
        assert all(BUILT_IN["tasks"].owner(row) is not NOT_LOADED for row in tasks.records())
        assert tasks.total is not None
        activities = await requests.listing_page(client, BUILT_IN["sales_activities"], 1)
        assert len(activities.ids) <= 100
        with pytest.raises(InputError):
            await requests.tasks_page(client, "someday", 1)

    with_client(sandbox, work)


def test_custom_modules_are_learned_and_browsed(sandbox: SandboxProcess) -> None:
    async def work(client: CrmClient) -> None:
        modules = Modules()
        await modules.refresh(client, Purpose())
        custom = [spec for spec in modules.all() if spec.custom]
        assert len(custom) == 3
        for spec in custom:
            view = await all_view(client, spec)
            page = await requests.view_page(client, spec, view.id, 1)
            assert all(spec.owner(row) is not NOT_LOADED for row in page.records())
            schema = await fetch_schema(client, spec)
            assert schema.form_id
            assert schema.fields["name"].required

    with_client(sandbox, work)


def test_schemas_need_an_administrators_key(sandbox: SandboxProcess) -> None:
    async def read_all(client: CrmClient) -> None:
        for spec in (CONTACTS, ACCOUNTS, DEALS, BUILT_IN["sales_activities"]):
            schema = await fetch_schema(client, spec)
            assert schema.fields["owner_id"].label

    async def refused(client: CrmClient) -> None:
        with pytest.raises(NotAllowed):
            await fetch_schema(client, CONTACTS)

    with_client(sandbox, read_all)
    with_client(sandbox, refused, key=sandbox.agent_key)


def test_names_are_loaded_once_and_remembered(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def work(client: CrmClient) -> None:
        store = NamesStore(tmp_path / "names.sqlite")
        try:
            first = Directory(client, store)
            await asyncio.gather(first.load(("owners", "deal_stages")), first.load(("owners", "currencies")))
            again = Directory(client, store)
            await again.load(("owners", "deal_stages", "currencies"))
            assert len(sandbox.requests()) == 3
            assert again.owners == first.owners
            await again.load(refresh=True)
            assert len(sandbox.requests()) == 4
            check_names(again)
        finally:
            await store.close()

    with_client(sandbox, work)


def check_names(directory: Directory) -> None:
    owner = directory.owners[0]
    assert directory.owner_name(owner.id) == owner.name
    assert directory.owner_name(None) == "nobody"
    assert directory.owner_name(123456) == "(gone) 123456"
    assert directory.find_owner("nobody") is None
    assert directory.find_owner(str(owner.id)) == owner.id
    assert directory.find_owner(f" {owner.email.upper()} ") == owner.id
    assert directory.find_owner("123456", listed=False) == 123456
    for unknown in ("123456", "who@nowhere.example", ""):
        with pytest.raises(InputError):
            directory.find_owner(unknown)
    assert any(not other.active for other in directory.owners)
    stage = directory.items("deal_stages")[0]
    assert directory.name("deal_stages", stage["id"]) == stage["name"]
    assert directory.name("deal_stages", -1) is None
    assert len(directory.currency) == 3
    assert directory.kind_of_field("deal_stage_id") == "deal_stages"
    assert directory.kind_of_field("name") is None


@pytest.mark.parametrize(
    "name",
    [
        "owners",
        "territories",
        "deal_stages",
        "currencies",
        "deal_reasons",
        "deal_types",
        "lead_sources",
        "industry_types",
        "business_types",
        "campaigns",
        "deal_payment_statuses",
        "deal_pipelines",
        "contact_statuses",
        "sales_activity_types",
        "sales_activity_outcomes",
        "lifecycle_stages",
    ],
)
def test_every_selector_is_read(sandbox: SandboxProcess, name: str) -> None:
    assert with_client(sandbox, lambda client: requests.selector(client, name))


def test_a_wrong_key_is_told_and_in_no_log(sandbox: SandboxProcess, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def work(client: CrmClient) -> None:
        with pytest.raises(WrongKey):
            await requests.views(client, CONTACTS)

    with_client(sandbox, work, key="not-the-key-5561")
    assert "not-the-key-5561" not in caplog.text
    assert "HTTP" in caplog.text


def test_reading_succeeds_through_every_fault(sandbox: SandboxProcess) -> None:
    sandbox.faults("status=503:0.1,drop-before:0.05,drop-after:0.05,garbage:0.05,truncate:0.05,slow=20:0.1")

    async def work(client: CrmClient) -> None:
        view = await all_view(client, CONTACTS)
        page = await requests.view_page(client, CONTACTS, view.id, 1, per_page=50)
        for contact_id in page.ids:
            assert (await requests.one(client, CONTACTS, contact_id)).fields["id"] == contact_id

    with_client(sandbox, work)


def test_collaboration_tokens_never_get_in(sandbox: SandboxProcess) -> None:
    deal_id = next(iter(sandbox.records("deals")))
    with sandbox.client() as plain:
        assert "_token" in plain.get(f"/deals/{deal_id}").text

    async def work(client: CrmClient) -> None:
        record = await requests.one(client, DEALS, deal_id)
        assert "token" not in json.dumps(record.fields)

    with_client(sandbox, work)


def answer_of(body: Any) -> Answer:
    return Answer(200, json.dumps(body).encode(), {}, "GET it")


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"contacts": None},
        {"contacts": [{"no": "id"}]},
        {"contacts": [{"id": "x"}]},
        {"contacts": ["text"]},
        {"meta": {}},
    ],
)
def test_a_list_of_another_shape_is_unreadable(body: Any) -> None:
    with pytest.raises(Unreadable):
        parse_page(CONTACTS, 1, 100, answer_of(body))


def test_a_total_tells_the_pages_where_the_answer_does_not() -> None:
    page = parse_page(CONTACTS, 1, 100, answer_of({"contacts": [{"id": "7"}], "meta": {"total": 201}}))
    assert (page.total, page.total_pages, page.ids) == (201, 3, (7,))
    assert parse_page(CONTACTS, 1, 100, answer_of({"contacts": []})).total is None


def test_both_shapes_of_a_view_are_read() -> None:
    older = {"id": 1, "name": "My Contacts", "user_id": -1, "is_default": True, "is_public": True}
    hot = {"id": 2, "name": "Hot", "user_id": -1, "is_default": False, "is_public": True}
    own = {"id": 3, "name": "Berlin", "user_id": 9, "is_default": False, "current_user_permissions": ["edit"]}
    other = {
        "id": 4,
        "name": "Wien",
        "user_id": 8,
        "is_default": False,
        "user_name": "Ada",
        "current_user_permissions": [],
    }
    views = parse_views(answer_of({"filters": [older, hot, own, other, {"name": "no id"}, None]}))
    assert [view.group for view in views] == ["default", "default", "mine", "shared"]
    assert views[3].owner_name == "Ada"


async def job_of(body: Any, **headers: str) -> str:
    client = CrmClient(
        parse_bundle_alias("acme"),
        "some-key-123",
        UnlimitedBudget(),
        transport=httpx.MockTransport(lambda request: httpx.Response(200, json=body, headers=headers)),
    )
    return await requests.bulk_upsert(client, DEALS, [(1, {})], WRITE)


def test_a_jobs_id_is_taken_from_its_address_which_is_not_followed() -> None:
    assert run(job_of({"job_status_url": "http://evil.io/api/job_statuses/b7b68d8f629336346f884006"})) == (
        "b7b68d8f629336346f884006"
    )
    message = "Batch job b7b68d8f629336346f884006 initiated. Please track progress in the job_status_url"
    documented = {"message": message, "job_status_url": "http://domain.myfreshworks.io/api/job_statuses/<job_id>"}
    assert run(job_of(documented)) == "b7b68d8f629336346f884006"
    nameless: list[Any] = [{}, {"job_status_url": "http://x/api/job_statuses/..%2f..%2fadmin"}, []]
    for body in nameless:
        with pytest.raises(Unreadable) as lost:
            run(job_of(body))
        assert lost.value.arrived is Arrived.UNKNOWN
