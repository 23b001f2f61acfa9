"""Reports, summaries and progress: every record once, in figures that sum."""

from __future__ import annotations

import asyncio
import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crmdesk.config.errors import InputError
from crmdesk.planning.intents import KnownRow, SelectedRecords, Split
from crmdesk.store.errors import NoSuchJob
from tests.support.account import active_owners, all_view, connected, counted, ended, owners, planned, some
from tests.support.aio import run

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

pytestmark = pytest.mark.usefixtures("data_home")


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_record_stands_in_the_report(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            target = (await active_owners(session))[0]
            plan = await planned(session, await all_view(session, "deals"), target)
            gone = next(key for key, owner in owners(sandbox, "deals").items() if owner != target)
            sandbox.delete("deals", gone)
            summary = await ended(session, plan)
            assert await session.jobs.report(plan.id, tmp_path / "r.csv") == summary.records == 300
            assert await session.jobs.report(plan.id, tmp_path / "r.json") == 300
            rows = {int(row["id"]): row for row in read_csv(tmp_path / "r.csv")}
            data = read_json(tmp_path / "r.json")
            assert len(rows) == len(data["records"]) == 300
            assert rows[gone]["outcome"] == "failed" and rows[gone]["message"] and rows[gone]["time"]
            assert data["job"]["counts"] == summary.counts and data["job"]["title"] == summary.title
            for entry in data["records"]:
                row = rows[entry["record_id"]]
                assert (row["outcome"], row["after_id"]) == (entry["outcome"], str(entry["after"]))
                assert row["before_id"] == ("" if entry["before"] is None else str(entry["before"]))
                assert row["after"] == session.directory.owner_name(target)

    run(main())
    assert not list(tmp_path.glob(".*part"))


def test_a_name_is_no_formula_in_a_spreadsheet(sandbox: SandboxProcess, tmp_path: Path) -> None:
    names = ["=HYPERLINK(1)", "+1", "-1+cmd", "@x", "\tx", 'plain "quoted", and; more\nlines']

    async def main() -> None:
        async with connected(sandbox) as session:
            ids = list(owners(sandbox, "deals"))[: len(names)]
            rows = [KnownRow(key, name, 1, None) for key, name in zip(ids, names, strict=True)]
            plan = await session.reassign.collect(SelectedRecords("deals", rows))
            await session.reassign.assign(plan, Split.even([(await active_owners(session))[0]]))
            await session.jobs.report(plan.id, tmp_path / "r.csv")
            told = [row["name"] for row in read_csv(tmp_path / "r.csv")]
            assert told == [*(f"'{name}" for name in names[:5]), names[5]]
            await session.jobs.report(plan.id, tmp_path / "r.json")
            assert [row["label"] for row in read_json(tmp_path / "r.json")["records"]] == names

    run(main())


def test_a_report_that_cannot_be_written(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            plan = await planned(session, some("contacts", list(owners(sandbox, "contacts"))[:2]), None)
            for wrong in (tmp_path / "r.xlsx", tmp_path / "none" / "r.csv"):
                with pytest.raises(InputError):
                    await session.jobs.report(plan.id, wrong)
            with pytest.raises(NoSuchJob):
                await session.jobs.report(99, tmp_path / "r.csv")

    run(main())


def test_figures_of_a_plan_and_of_its_progress(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            first, second = (await active_owners(session))[:2]
            before = owners(sandbox, "contacts")
            plan = await planned(session, await all_view(session, "contacts"), Split.even([first, second]))
            tallies = {tally.owner_id: tally for tally in await plan.owners()}
            assert sum(t.now for t in tallies.values()) == sum(t.then for t in tallies.values()) == len(before)
            assert tallies[first].then == tallies[second].then == 150
            assert sum(t.loses for t in tallies.values()) == sum(t.gains for t in tallies.values())
            for owner, tally in tallies.items():
                assert tally.now == sum(o == owner for o in before.values())
            assert await plan.seconds_estimate() > 0
            pages = [row.seq for start in range(0, 300, 70) for row in await plan.rows(start, 70)]
            assert pages == list(range(1, 301))
            assert await plan.row_count() == 300 and await plan.row_count(module="deals") == 0
            seen = []
            session.jobs.subscribe(lambda event: seen.append(session.jobs.progress(event.job_id)))
            summary = await ended(session, plan)
            assert counted(summary) and summary.seconds > 0
            assert summary.by_kind["write"] == (await plan.modules())[0].write
            assert all(p is None or 0 <= p.done <= p.records == 300 for p in seen)
            listed = await session.jobs.list()
            assert [(s.id, s.state, s.counts) for s in listed] == [(plan.id, "finished", summary.counts)]
            assert sum(reason.records for reason in await plan.reasons()) == summary.counts["already_so"]

    run(main())


def test_a_draft_that_failed_is_gone_and_one_that_was_given_up_too(sandbox: SandboxProcess) -> None:
    from crmdesk.crm.errors import CrmError

    async def main() -> None:
        async with connected(sandbox) as session:
            what = await all_view(session, "deals")
            await active_owners(session)
            sandbox.faults("status=403:1")
            with pytest.raises(CrmError):
                await session.reassign.collect(what)
            sandbox.faults("slow=2000:1")
            reading = asyncio.ensure_future(session.reassign.collect(what))
            done, _ = await asyncio.wait({reading}, timeout=0.3)
            assert not done
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            sandbox.faults("")
            assert await session.jobs.list() == []

    run(main())
