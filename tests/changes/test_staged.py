"""Staged edits: whatever happens around them, none is lost and none is saved twice."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmdesk.changes.drafts import Staged
from crmdesk.changes.errors import NothingToDo
from crmdesk.changes.plan import Plan, Summary
from crmdesk.crm.kinds import Kind, normal
from crmdesk.session import Session
from crmdesk.store import saving
from crmdesk.store.words import JobState, Outcome
from tests.support.account import connected
from tests.support.aio import run
from tests.support.mixed import alive
from tests.support.sandbox_process import SandboxProcess

pytestmark = pytest.mark.usefixtures("data_home")
NAME = {"name": Kind.TEXT}


async def saved(session: Session, plan: Plan) -> Summary:
    await session.edits.save(plan)
    return await session.jobs.wait(plan.id)


def edit(sandbox: SandboxProcess, record: int, field: str, after: Any, module: str = "contacts") -> Staged:
    """An edit as the window stages it, of what the CRM holds now."""
    before = normal(Kind.TEXT, sandbox.record(module, record).get(field))
    return Staged(module, record, field, after, before, Kind.TEXT, label=f"{module} {record}")


def city(sandbox: SandboxProcess, record: int) -> Any:
    return sandbox.record("contacts", record).get("city")


def test_a_field_edited_again_while_its_save_runs_stays_staged_without_a_collision(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            first, second = alive(sandbox, "contacts")[:2]
            session.drafts.stage([edit(sandbox, first, "city", "Bonn"), edit(sandbox, second, "city", "Bonn")])
            plan = await session.edits.review()
            saving_it = asyncio.ensure_future(session.edits.save(plan))
            session.drafts.stage([edit(sandbox, first, "city", "Kiel")])
            await saving_it
            session.drafts.stage([edit(sandbox, second, "city", "Ulm")])
            await session.jobs.wait(plan.id)
            assert city(sandbox, first) == city(sandbox, second) == "Bonn"
            assert {k: e["city"].after for k, e in session.drafts.staged("contacts").items()} == {
                first: "Kiel",
                second: "Ulm",
            }
            again = await session.edits.review()
            assert await again.collisions() == []  # what we wrote ourselves is nobody else's
            assert (await saved(session, again)).counts["changed"] == 2
            assert (city(sandbox, first), city(sandbox, second)) == ("Kiel", "Ulm")
            assert session.drafts.count() == 0
        async with connected(sandbox) as session:
            assert session.drafts.count() == 0

    run(journey())


def test_a_new_record_edited_again_while_it_is_made_becomes_an_edit_of_it(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            local = session.drafts.stage_new("sales_accounts", {"name": "Twice?"}, kinds=NAME)
            plan = await session.edits.review()
            await session.edits.save(plan)
            session.drafts.stage_new("sales_accounts", {"name": "Once"}, kinds=NAME, local=local)
            await session.jobs.wait(plan.id)
            made = (await plan.rows())[0].result_id
            assert made is not None
            kept = session.drafts.get("sales_accounts", made, "name")
            assert kept is not None and (kept.before, kept.after) == ("Twice?", "Once")
            assert session.drafts.get("sales_accounts", local, "") is None
            await saved(session, await session.edits.review())
            names = [record["name"] for record in sandbox.records("sales_accounts", "name").values()]
            assert names.count("Once") == 1 and "Twice?" not in names

    run(journey())


def test_two_plans_of_the_same_edits_make_one_record(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            record = alive(sandbox, "contacts")[0]
            session.drafts.stage_new("sales_accounts", {"name": "Only once"}, kinds=NAME)
            session.drafts.stage([edit(sandbox, record, "city", "Bonn")])
            one, two = await session.edits.review(), await session.edits.review()
            assert (await saved(session, one)).counts["changed"] == 2
            assert (await saved(session, two)).counts["skipped"] == 2
            names = [found["name"] for found in sandbox.records("sales_accounts", "name").values()]
            assert names.count("Only once") == 1 and session.drafts.count() == 0

    run(journey())


def test_what_was_discarded_after_the_review_is_not_written(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            first, second = alive(sandbox, "contacts")[:2]
            was = city(sandbox, first)
            session.drafts.stage([edit(sandbox, first, "city", "Bonn"), edit(sandbox, second, "city", "Bonn")])
            plan = await session.edits.review()
            session.drafts.revert("contacts", first, "city")
            summary = await saved(session, plan)
            assert (summary.counts["changed"], summary.counts["skipped"]) == (1, 1)
            assert (city(sandbox, first), city(sandbox, second)) == (was, "Bonn")
            assert session.drafts.count() == 0

    run(journey())


def test_half_is_saved_and_the_other_half_finds_what_the_first_made(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            record = alive(sandbox, "contacts")[0]
            account = session.drafts.stage_new("sales_accounts", {"name": "First half"}, kinds=NAME)
            deal = session.drafts.stage_new(
                "deals",
                {"name": "Second half", "amount": "5", "sales_account_id": {"$local": account}},
                kinds={"name": Kind.TEXT, "amount": Kind.MONEY, "sales_account_id": Kind.LOOKUP},
            )
            session.drafts.stage([edit(sandbox, record, "city", "Bonn")])
            early = await session.edits.review("deals")
            assert (await saved(session, early)).counts["not_attempted"] == 1
            assert session.drafts.get("deals", deal, "") is not None
            await saved(session, await session.edits.review("sales_accounts", [account]))
            assert session.drafts.records() == 2
        async with connected(sandbox) as session:
            plan = await session.edits.review("deals")
            assert (await saved(session, plan)).counts["changed"] == 1, await plan.rows()
            assert session.drafts.modules() == ["contacts"] and session.drafts.get("contacts", record, "city")

    run(journey())


def test_a_failed_save_whose_process_ended_comes_back_once(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            deal = alive(sandbox, "deals")[0]
            there = sandbox.record("deals", deal)["probability"]
            session.drafts.stage([Staged("deals", deal, "probability", 101, there, Kind.NUMBER)])
            plan = await session.edits.review()
            await saved(session, plan)
            back = session.drafts.get("deals", deal, "probability")
            assert back is not None and back.message and back.after == 101
            # as it is when the process ends between the job's end and giving back
            await session.journal.db.write(lambda c: _not_given_back(c, plan.id))
        for _ in range(2):
            async with connected(sandbox) as session:
                back = session.drafts.get("deals", deal, "probability")
                assert back is not None and back.message and session.drafts.count() == 1
        async with connected(sandbox) as session:
            session.drafts.revert_all()
        async with connected(sandbox) as session:
            assert session.drafts.count() == 0

    run(journey())


def _not_given_back(c: Any, plan: int) -> None:
    c.execute("UPDATE jobs SET intent='{\"staged\": true}' WHERE id=?", (plan,))
    c.execute("DELETE FROM changes WHERE job=(SELECT id FROM jobs WHERE kind='staged')")
    assert saving.to_give_back(c) == [plan]


def test_a_plan_that_began_and_was_never_run_has_its_edits_and_goes_on(sandbox: SandboxProcess) -> None:
    """As after a kill right behind the transaction that starts it: in the plan, and in it alone."""

    async def journey() -> None:
        async with connected(sandbox) as session:
            session.drafts.stage_new("sales_accounts", {"name": "Killed"}, kinds=NAME)
            plan = await session.edits.review()
            await session.journal.db.write(lambda c: saving.begin(c, plan.id))
        async with connected(sandbox) as session:
            assert session.drafts.count() == 0
            assert (await (await session.jobs.get(plan.id)).summary()).interrupted
            with pytest.raises(NothingToDo):
                await session.edits.review()
            await session.jobs.start(plan.id)
            assert (await session.jobs.wait(plan.id)).state is JobState.FINISHED
            names = [found["name"] for found in sandbox.records("sales_accounts", "name").values()]
            assert names.count("Killed") == 1

    run(journey())


STAGER = """
import asyncio, os, sys
from crmdesk.changes.drafts import Drafts, Staged
from crmdesk.crm.kinds import Kind
from crmdesk.store.journal import Journal
from pathlib import Path

async def main():
    drafts = Drafts(Journal(Path(sys.argv[1])))
    for number in range(100000):
        drafts.stage([Staged("contacts", number, "city", f"City {number}", None, Kind.TEXT)])
        if number % 3 == 0:
            await drafts.saved()
            print(number, flush=True)

asyncio.run(main())
"""


def test_what_was_said_to_be_saved_is_there_after_a_kill(tmp_path: Path) -> None:
    from crmdesk.changes.drafts import Drafts
    from crmdesk.store.journal import Journal

    path = tmp_path / "journal.sqlite"
    for wait_for in (1, 20, 60):
        process = subprocess.Popen([sys.executable, "-c", STAGER, str(path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(wait_for)]
        process.kill()
        rest, _ = process.communicate()
        told += [int(line) for line in rest.split()]
        journal = Journal(path)
        drafts = Drafts(journal)
        kept = drafts.staged("contacts")
        assert set(range(max(told) + 1)) <= set(kept)
        assert all(kept[number]["city"].after == f"City {number}" for number in kept)
        journal.db.close_now()


actions = st.lists(
    st.tuples(
        st.sampled_from(("stage", "stage", "stage", "revert", "revert_record", "restart", "new", "saved")),
        st.integers(1, 4),
        st.sampled_from(("city", "job_title")),
        st.sampled_from((None, "A", "B", "C")),
    ),
    max_size=25,
)


@given(actions)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_staged_edits_are_what_a_plain_model_says(tmp_path: Path, steps: list[tuple[str, int, str, Any]]) -> None:
    from crmdesk.changes.drafts import Drafts
    from crmdesk.store.journal import Journal

    path = tmp_path / f"{os.urandom(6).hex()}.sqlite"

    async def journey() -> None:
        journal = Journal(path)
        drafts = Drafts(journal)
        model: dict[tuple[int, str], Any] = {}
        new = 0
        for what, record, field, value in steps:
            if what == "stage":
                drafts.stage([Staged("contacts", record, field, value, "A", Kind.TEXT)])
                model.pop((record, field), None)
                if value != "A":
                    model[record, field] = value
            elif what == "revert":
                drafts.revert("contacts", record, field)
                model.pop((record, field), None)
            elif what == "revert_record":
                drafts.revert("contacts", record)
                model = {key: kept for key, kept in model.items() if key[0] != record}
            elif what == "new":
                drafts.stage_new("deals", {"name": value}, kinds=NAME)
                new += 1
            else:
                await drafts.saved()
                if what == "restart":
                    await journal.close()
                    journal = Journal(path)
                    drafts = Drafts(journal)
            held = {
                (key, name): e.after for key, fields in drafts.staged("contacts").items() for name, e in fields.items()
            }
            assert held == model and drafts.count() == len(model) + new
        await drafts.saved()
        await journal.close()

    run(journey())


@pytest.mark.timeout(120)
def test_two_editors_on_the_same_records_lose_no_field(
    sandbox: SandboxProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def journey() -> None:
        monkeypatch.setenv("CRMDESK_HOME", str(tmp_path / "ada"))
        async with connected(sandbox) as ada:
            monkeypatch.setenv("CRMDESK_HOME", str(tmp_path / "bob"))
            async with connected(sandbox) as bob:
                await _both(ada, bob)

    async def _both(ada: Session, bob: Session) -> None:
        records = alive(sandbox, "contacts")[:12]
        ada.drafts.stage(edit(sandbox, r, name, f"Ada {name}") for r in records for name in ("city", "job_title"))
        bob.drafts.stage(edit(sandbox, r, name, f"Bob {name}") for r in records for name in ("city", "state"))
        first = await ada.edits.review()
        assert await first.collisions() == []
        await saved(ada, first)
        second = await bob.edits.review()
        collisions = await second.collisions()
        assert {(row.record_id, row.field) for row in collisions} == {(r, "city") for r in records}
        assert {row.theirs for row in collisions} == {"Ada city"}
        mine = {row.record_id for row in collisions[:4]}
        theirs = {row.record_id for row in collisions[4:8]}
        await bob.edits.decide(second, {row.seq: "mine" for row in collisions[:4]})
        await bob.edits.decide(second, {row.seq: "theirs" for row in collisions[4:8]})
        summary = await saved(bob, second)
        assert summary.counts["changed"] == 12 + 4 and summary.counts["skipped"] == 8
        for record in records:
            now = sandbox.record("contacts", record)
            assert (now["job_title"], now["state"]) == ("Ada job_title", "Bob state")
            assert now["city"] == ("Bob city" if record in mine else "Ada city")
        undecided = set(records) - mine - theirs
        left = bob.drafts.staged("contacts")
        assert set(left) == undecided and all("Ada city" in fields["city"].message for fields in left.values())

    run(journey())


def test_two_editors_at_the_same_moment(
    sandbox: SandboxProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Different fields of the same records, saved at once: every field ends as its editor wanted."""

    async def journey() -> None:
        monkeypatch.setenv("CRMDESK_HOME", str(tmp_path / "ada"))
        async with connected(sandbox) as ada:
            monkeypatch.setenv("CRMDESK_HOME", str(tmp_path / "bob"))
            async with connected(sandbox) as bob:
                records = alive(sandbox, "contacts")[:9]
                ada.drafts.stage(edit(sandbox, r, "city", f"Ada {r}") for r in records)
                bob.drafts.stage(edit(sandbox, r, "state", f"Bob {r}") for r in records)
                plans = await asyncio.gather(ada.edits.review(), bob.edits.review())
                ended = await asyncio.gather(saved(ada, plans[0]), saved(bob, plans[1]))
                assert [summary.counts["changed"] for summary in ended] == [9, 9]
                for record in records:
                    now = sandbox.record("contacts", record)
                    assert (now["city"], now["state"]) == (f"Ada {record}", f"Bob {record}")

    run(journey())


def test_an_undo_or_another_try_stages_nothing(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            record = alive(sandbox, "contacts")[0]
            session.drafts.stage([edit(sandbox, record, "city", "Bonn")])
            plan = await session.edits.review()
            await saved(session, plan)
            undo = await session.jobs.plan_undo(plan.id)
            sandbox.change("contacts", record, city="Rome")
            await session.journal.db.write(
                lambda c: c.execute("UPDATE jobs SET read_at='2020-01-01T00:00:00+00:00' WHERE id=?", (undo.id,))
            )
            summary = await saved(session, undo)
            assert [row.outcome for row in await undo.rows()] == [Outcome.KEPT], summary
            assert session.drafts.count() == 0 and city(sandbox, record) == "Rome"

    run(journey())
