"""Edits as plans: staged, compared with what others wrote, saved, undone; records made, removed and brought back."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest

from crmdesk.changes.drafts import Staged
from crmdesk.changes.errors import NothingToDo, NothingToUndo
from crmdesk.changes.plan import Plan, Summary
from crmdesk.crm import requests
from crmdesk.crm.errors import NotFound
from crmdesk.crm.kinds import Kind
from crmdesk.planning.edit import FieldChange, NewRecord
from crmdesk.planning.intents import SelectedRecords
from crmdesk.session import Session
from crmdesk.store.words import JobState, Op, Outcome
from tests.support.account import all_view, connected
from tests.support.aio import run
from tests.support.sandbox_process import SandboxProcess

pytestmark = pytest.mark.usefixtures("data_home")


class LosesOneAnswer(httpx.AsyncBaseTransport):
    """The CRM gets the first POST to a path, and its answer does not come back."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._real = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._real.handle_async_request(request)
        if request.method == "POST" and request.url.path.endswith(self._path) and self._path:
            self._path = ""
            await answer.aread()
            raise httpx.ReadError("connection reset", request=request)
        return answer

    async def aclose(self) -> None:
        await self._real.aclose()


async def saved(session: Session, plan: Plan) -> Summary:
    """A plan brought to its end."""
    await session.edits.save(plan)
    return await session.jobs.wait(plan.id)


async def read(session: Session, module: str, record: int) -> dict[str, Any]:
    """A record as the CRM holds it."""
    found = await requests.one(session.client, session.modules.get(module), record)
    return found.fields


def edit(module: str, record: int, field: str, before: Any, after: Any, kind: Kind = Kind.TEXT) -> Staged:
    """One staged edit."""
    return Staged(module, record, field, after, before, kind, label=f"{module} {record}")


def ids(sandbox: SandboxProcess, module: str, count: int) -> list[int]:
    """Some records that are not deleted."""
    found = [key for key, record in sandbox.records(module, "is_deleted").items() if not record.get("is_deleted")]
    return found[:count]


def titles(sandbox: SandboxProcess) -> dict[int, Any]:
    """The job title of each contact."""
    return {key: record.get("job_title") for key, record in sandbox.records("contacts", "job_title").items()}


def test_an_edit_is_staged_reviewed_saved_and_undone(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            deal = ids(sandbox, "deals", 1)[0]
            before = await read(session, "deals", deal)
            sandbox.clear_requests()
            session.drafts.stage(
                [
                    edit("deals", deal, "name", before["name"], "Renamed"),
                    edit("deals", deal, "amount", "1", "4711.5", Kind.MONEY),
                ]
            )
            session.drafts.stage([edit("deals", deal, "amount", "0", "99.5", Kind.MONEY)])
            assert session.drafts.count() == 2 and session.drafts.records("deals") == 1
            amount = session.drafts.get("deals", deal, "amount")
            assert amount is not None and amount.before == "1" and amount.after == "99.5"

            plan = await session.edits.review("deals", [deal])
            collisions = await plan.collisions()
            assert [row.field for row in collisions] == ["amount"]  # "1" was never there
            await session.edits.decide(plan, {collisions[0].seq: "mine"})
            summary = await saved(session, plan)
            assert summary.state is JobState.FINISHED and summary.counts["changed"] == 2 and summary.touched == 1
            assert [line["method"] for line in sandbox.requests() if line["method"] != "GET"] == ["PUT"]
            now = await read(session, "deals", deal)
            assert now["name"] == "Renamed" and float(now["amount"]) == 99.5
            assert session.drafts.count() == 0

            undo = await session.jobs.plan_undo(plan.id, module="deals", records=[deal], fields=["name"])
            await saved(session, undo)
            after = await read(session, "deals", deal)
            assert after["name"] == before["name"] and float(after["amount"]) == 99.5
            history = await session.jobs.history("deals", deal)
            assert [row.field for row in history] == ["name", "name", "amount"]

    run(journey())


def test_staged_edits_outlive_the_program(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            session.drafts.stage([edit("contacts", 5, "city", None, "Bonn"), edit("contacts", 6, "city", "A", "B")])
            new = session.drafts.stage_new("contacts", {"first_name": "Ada"}, kinds={"first_name": Kind.TEXT})
            session.drafts.revert("contacts", 6)
        async with connected(sandbox) as session:
            assert session.drafts.count() == 2
            kept = session.drafts.get("contacts", 5, "city")
            assert kept is not None and (kept.before, kept.after, kept.kind) == (None, "Bonn", Kind.TEXT)
            assert session.drafts.new_values("contacts", new) == {"first_name": "Ada"}
            session.drafts.revert_all()
        async with connected(sandbox) as session:
            assert session.drafts.count() == 0
            with pytest.raises(NothingToDo):
                await session.edits.review()

    run(journey())


def test_who_was_faster_is_asked_about_and_the_rest_merges(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            mine, theirs = ids(sandbox, "contacts", 2)
            for record in (mine, theirs):
                there = await read(session, "contacts", record)
                session.drafts.stage(
                    [
                        edit("contacts", record, "city", there.get("city"), "Bonn"),
                        edit("contacts", record, "job_title", there.get("job_title"), "Director"),
                    ]
                )
                sandbox.change("contacts", record, city="Rome", country="Italy")
            plan = await session.edits.review("contacts")
            rows = await plan.collisions()
            assert [(row.record_id, row.field, row.theirs) for row in rows] == [
                (mine, "city", "Rome"),
                (theirs, "city", "Rome"),
            ]
            await session.edits.decide(plan, {rows[0].seq: "mine", rows[1].seq: "theirs"})
            summary = await saved(session, plan)
            assert summary.counts["changed"] == 3 and summary.counts["skipped"] == 1
            first, second = await read(session, "contacts", mine), await read(session, "contacts", theirs)
            assert (first["city"], first["job_title"], first["country"]) == ("Bonn", "Director", "Italy")
            assert (second["city"], second["job_title"], second["country"]) == ("Rome", "Director", "Italy")
            assert session.drafts.count() == 0

    run(journey())


def test_what_the_crm_refuses_is_staged_again_with_its_words(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            deal = ids(sandbox, "deals", 1)[0]
            there = await read(session, "deals", deal)
            session.drafts.stage([edit("deals", deal, "probability", there["probability"], 101, Kind.NUMBER)])
            plan = await session.edits.review("deals")
            summary = await saved(session, plan)
            assert summary.state is JobState.FINISHED_WITH_FAILURES and summary.counts["failed"] == 1
            again = session.drafts.get("deals", deal, "probability")
            assert again is not None and again.after == 101 and again.message

    run(journey())


def test_fields_of_a_whole_view_go_in_bulk(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            what = await all_view(session, "contacts")
            before = titles(sandbox)
            changes = [FieldChange("job_title", "append", " (moved)", kind=Kind.TEXT)]
            plan = await session.edits.set_fields(what, changes)
            cost = await plan.modules()
            assert cost[0].write <= len(before) / 100 + 1
            summary = await saved(session, plan)
            assert summary.state is JobState.FINISHED and summary.counts["changed"] > 200
            after = titles(sandbox)
            changed = [record for record in before if after[record] == f"{before[record] or ''} (moved)"]
            assert len(changed) == summary.counts["changed"]
            await saved(session, await session.jobs.plan_undo(plan.id))
            assert titles(sandbox) == before

    run(journey())


def test_an_account_with_a_contact_and_a_deal_is_created_and_taken_back(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            local = {"$local": "new:a"}
            plan = await session.edits.create_many(
                [
                    NewRecord(
                        "deals",
                        {"name": "Big one", "amount": "10", "sales_account_id": local},
                        {"name": Kind.TEXT, "amount": Kind.MONEY, "sales_account_id": Kind.LOOKUP},
                        "new:d",
                        "Big one",
                    ),
                    NewRecord("sales_accounts", {"name": "Umbrella"}, {"name": Kind.TEXT}, "new:a", "Umbrella"),
                    NewRecord(
                        "contacts",
                        {
                            "first_name": "Ada",
                            "mobile_number": "1",
                            "sales_accounts": [{"id": local, "is_primary": True}],
                        },
                        {"first_name": Kind.TEXT, "mobile_number": Kind.PHONE, "sales_accounts": Kind.RAW},
                        "new:c",
                        "Ada",
                    ),
                ]
            )
            assert (await plan.requests(session.modules.get))[0].text == "POST sales_accounts"
            summary = await saved(session, plan)
            assert summary.counts["changed"] == 3, [row.message for row in await plan.rows()]
            made = {row.module: row.result_id for row in await plan.rows()}
            assert all(made.values())
            deal = await requests.one(
                session.client, session.modules.get("deals"), made["deals"] or 0, include="sales_account"
            )
            assert deal.side["sales_accounts"][0]["id"] == made["sales_accounts"]
            undo = await session.jobs.plan_undo(plan.id)
            assert (await saved(session, undo)).counts["reverted"] == 3
            assert all(sandbox.record(module, record or 0)["is_deleted"] for module, record in made.items())

    run(journey())


def test_delete_restore_and_what_undo_gives_back(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            picked = ids(sandbox, "deals", 7)
            plan = await session.edits.delete(SelectedRecords.of_ids("deals", picked))
            cost = (await plan.modules())[0]
            assert (cost.write, cost.records) == (1, 7)
            assert [line.text for line in await plan.requests(session.modules.get)] == ["POST deals/bulk_destroy"]
            summary = await saved(session, plan)
            assert summary.counts["changed"] == 7, [row.message for row in await plan.rows()]
            assert all(sandbox.record("deals", record)["is_deleted"] for record in picked)
            undo = await session.jobs.plan_undo(plan.id)
            assert (await saved(session, undo)).counts["reverted"] == 7
            assert not any(sandbox.record("deals", record)["is_deleted"] for record in picked)
            again = await session.jobs.plan_undo(undo.id)
            assert (await saved(session, again)).counts["changed"] + (await again.summary()).counts["reverted"] == 7

    run(journey())


def test_forgetting_leaves_the_id_and_the_fact(sandbox: SandboxProcess, data_home: Path) -> None:
    secret = "Xylophonistin"

    async def journey() -> int:
        async with connected(sandbox) as session:
            contact = ids(sandbox, "contacts", 1)[0]
            there = await read(session, "contacts", contact)
            session.drafts.stage([edit("contacts", contact, "job_title", there.get("job_title"), secret)])
            await saved(session, await session.edits.review())
            session.drafts.stage([edit("contacts", contact, "city", there.get("city"), f"{secret}-Stadt")])
            plan = await session.edits.forget("contacts", contact, secret)
            assert (await saved(session, plan)).counts["changed"] == 1
            with pytest.raises(NotFound):
                await read(session, "contacts", contact)
            assert session.drafts.count() == 0
            history = await session.jobs.history("contacts", contact)
            assert [row.op for row in history] == [Op.FORGET, Op.SET]
            with pytest.raises(NothingToUndo):
                await session.jobs.plan_undo(plan.id)
            return contact

    run(journey())
    held = [path for path in data_home.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    assert held == []


def test_one_of_three_lines_changes_and_the_others_survive(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            deal = ids(sandbox, "deals", 1)[0]
            products = ids(sandbox, "products", 3)
            lines = {f"products:{product}": (None, {"quantity": 1}) for product in products}
            plan = await session.edits.relate("deals", deal, lines, "A deal")
            assert (await saved(session, plan)).counts["changed"] == 3, [row.message for row in await plan.rows()]
            spec = session.modules.get("deals")
            from crmdesk.crm import relations

            relation = relations.relation_of(spec, "products:1")
            assert relation is not None
            now = await relations.read_lines(session.client, spec, deal, relation)
            key = str(products[1])
            after = {**now[key], "quantity": 5}
            plan = await session.edits.relate("deals", deal, {f"products:{key}": (now[key], after)}, "A deal")
            told = [line.text for line in await plan.requests(session.modules.get)]
            assert told == [f"GET, then PUT deals/{deal} with all its products"]
            assert (await saved(session, plan)).counts["changed"] == 1
            then = await relations.read_lines(session.client, spec, deal, relation)
            assert then.keys() == now.keys()
            assert {k: v for k, v in then.items() if k != key} == {k: v for k, v in now.items() if k != key}
            assert then[key]["quantity"] == 5
            undo = await session.jobs.plan_undo(plan.id)
            assert (await saved(session, undo)).counts["reverted"] == 1, [r.message for r in await undo.rows()]
            assert await relations.read_lines(session.client, spec, deal, relation) == now

    run(journey())


def test_a_creation_whose_answer_is_lost_is_looked_for_and_not_repeated(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox, transport=LosesOneAnswer("/contacts")) as session:
            count = len(sandbox.records("contacts", "id"))
            plan = await session.edits.create(
                "contacts",
                {
                    "first_name": "Lost",
                    "last_name": "Answer",
                    "emails": [{"value": "lost@answer.example", "is_primary": True}],
                },
                kinds={"first_name": Kind.TEXT, "last_name": Kind.TEXT, "emails": Kind.EMAILS},
            )
            summary = await saved(session, plan)
            row = (await plan.rows())[0]
            assert len(sandbox.records("contacts", "id")) == count + 1
            assert (row.outcome, summary.state) == (Outcome.CHANGED, JobState.FINISHED), row
            assert row.result_id == max(sandbox.records("contacts", "id"))

    run(journey())


def test_a_small_plan_runs_beside_a_long_one(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            what = await all_view(session, "contacts")
            long = await session.edits.set_fields(what, [FieldChange("city", "set", "Bonn", kind=Kind.TEXT)])
            deal = ids(sandbox, "deals", 1)[0]
            there = await read(session, "deals", deal)
            session.drafts.stage([edit("deals", deal, "name", there["name"], "Beside")])
            small = await session.edits.review("deals")
            await session.jobs.start(long.id)
            await session.edits.save(small)
            assert (await session.jobs.wait(small.id)).state is JobState.FINISHED
            assert (await session.jobs.wait(long.id)).state is JobState.FINISHED

    run(journey())


def test_the_journal_of_version_one_is_brought_up(data_home: Path) -> None:
    from crmdesk.store.database import Database
    from crmdesk.store.journal import Journal
    from crmdesk.store.journal_schema import MIGRATIONS

    path = data_home / "journal.sqlite"
    old = Database(path, MIGRATIONS[:1], durable=True)
    old.write_now(
        lambda c: c.execute(
            "INSERT INTO jobs(kind, title, state, created_at)"
            " VALUES('reassign', 'Old', 'finished', '2026-01-01T00:00:00+00:00')"
        )
    )
    old.write_now(
        lambda c: c.execute(
            "INSERT INTO changes(job, seq, module, record, op, field, before, after, outcome)"
            " VALUES(1, 1, 'deals', 5, 'set', 'owner_id', '1', '2', 'changed')"
        )
    )
    old.close_now()

    async def journey() -> None:
        journal = Journal(path)
        plan = Plan(journal, 1)
        row = (await plan.rows())[0]
        assert (row.op, row.record_id, row.after, row.theirs_known) == (Op.SET, 5, 2, False)
        assert (await plan.summary()).undoable
        await journal.close()

    run(journey())
    with sqlite3.connect(path.with_name("journal.sqlite.version-1")) as copy:
        assert json.loads(copy.execute("SELECT after FROM changes").fetchone()[0]) == 2
