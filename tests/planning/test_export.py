"""What a view, a filter or a selection holds, in a file: every record once, at the price that was told."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from crmdesk.changes.reader import field_value
from crmdesk.crm.naming import KnownNames
from crmdesk.crm.search import FilterRule
from crmdesk.crm.texts import from_text
from crmdesk.crm.values import NOT_LOADED
from crmdesk.files.errors import FileTrouble
from crmdesk.files.mapping import RECORD_ID, match_columns
from crmdesk.files.reader import open_table
from crmdesk.planning.export import ExportCancelled, Exporter, Exporting, ExportOptions, FilteredRecords
from crmdesk.planning.intents import SelectedRecords, WholeView
from crmdesk.session import Session
from tests.support.account import all_view, connected
from tests.support.aio import run

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

pytestmark = pytest.mark.usefixtures("data_home")

BERLIN = ZoneInfo("Europe/Berlin")


def exporter(session: Session, zone: Any = UTC) -> Exporter:
    return Exporter(
        client=session.client,
        modules=session.modules,
        directory=session.directory,
        schema=session.schema,
        views=session.views,
        zone=zone,
    )


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def data_requests(sandbox: SandboxProcess) -> int:
    return sum("/view/" in item["path"] or item["path"].rsplit("/", 1)[-1].isdigit() for item in sandbox.requests())


@pytest.mark.parametrize("module", ["contacts", "sales_accounts", "deals"])
def test_a_whole_view_holds_every_record_once_at_the_price_told(
    sandbox: SandboxProcess, tmp_path: Path, module: str
) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            out, view = exporter(session), await all_view(session, module)
            cost = await out.estimate(view)
            sandbox.clear_requests()
            seen: list[Exporting] = []
            result = await out.export(view, tmp_path / "a.csv", progress=seen.append)
            there = sandbox.records(module, "name")
            rows = rows_of(tmp_path / "a.csv")
            assert sorted(int(row["ID"]) for row in rows) == sorted(there)
            assert result.rows == cost.records == len(there)
            assert data_requests(sandbox) == cost.requests == result.requests
            assert [step.rows for step in seen] == sorted(step.rows for step in seen)
            assert seen[-1].finishing and seen[-1].total == len(there)

    run(main())


def test_what_is_not_loaded_is_never_written_as_blank(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            out, view = exporter(session), await all_view(session, "contacts")
            options = ExportOptions(fields=("id", "zipcode", "mobile_number", "cf_segment"))
            cost = await out.estimate(view, options)
            assert "Zipcode" in cost.left_out and cost.singles == cost.records
            assert f"also read what lists leave out: {cost.records:,} requests" in cost.text
            result = await out.export(view, tmp_path / "a.csv", options=options)
            assert {row["Zipcode"] for row in rows_of(tmp_path / "a.csv")} == {"(not loaded)"}
            assert result.not_loaded["zipcode"] == result.rows and "mobile_number" not in result.not_loaded
            assert "" in {
                row["Mobile"] if "Mobile" in row else list(row.values())[2] for row in rows_of(tmp_path / "a.csv")
            }
            await out.export(view, tmp_path / "a.jsonl", options=options)
            lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()]
            assert all("zipcode" not in line and "mobile_number" in line for line in lines)

    run(main())


def test_what_lists_leave_out_is_read_if_asked_for(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            out, view = exporter(session), await all_view(session, "contacts")
            options = ExportOptions(fields=("id", "zipcode", "cf_segment"), read_left_out=True)
            cost = await out.estimate(view, options)
            sandbox.clear_requests()
            result = await out.export(view, tmp_path / "a.csv", options=options)
            assert not result.not_loaded
            assert data_requests(sandbox) == cost.requests + cost.singles
            there = sandbox.records("contacts", "zipcode")
            for row in rows_of(tmp_path / "a.csv"):
                assert row["Zipcode"] == str(there[int(row["ID"])]["zipcode"] or "")

    run(main())


@pytest.mark.parametrize(
    ("module", "left"),
    [("contacts", set()), ("sales_accounts", set()), ("deals", {"territory_id"})],  # no handle brings a deal's
)
def test_of_what_lists_leave_out_nothing_is_missing_that_a_handle_brings(
    sandbox: SandboxProcess, tmp_path: Path, module: str, left: set[str]
) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            out, view = exporter(session), await all_view(session, module)
            result = await out.export(view, tmp_path / "a.csv", options=ExportOptions(read_left_out=True))
            assert set(result.not_loaded) == left
            assert result.rows == len(sandbox.records(module))

    run(main())


def test_records_in_a_field_are_named_the_primary_first_or_told_by_their_ids(
    sandbox: SandboxProcess, tmp_path: Path
) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            out = exporter(session)
            people = sandbox.records("contacts", "sales_account_id")
            contact = next(key for key, item in people.items() if item["sales_account_id"])
            account = people[contact]["sales_account_id"]
            name = sandbox.records("sales_accounts", "name")[account]["name"]
            deals = sandbox.records("deals", "sales_account_id")
            deal = next(key for key, item in deals.items() if item["sales_account_id"])
            company = sandbox.records("sales_accounts", "name")[deals[deal]["sales_account_id"]]["name"]
            for names, told in ((True, name), (False, str(account))):
                options = ExportOptions(fields=("id", "sales_accounts"), names=names, read_left_out=True)
                await out.export(SelectedRecords.of_ids("contacts", [contact]), tmp_path / "a.csv", options=options)
                assert rows_of(tmp_path / "a.csv")[0]["Accounts"].split("; ")[0] == told
            options = ExportOptions(fields=("id", "sales_account_id", "contacts"), read_left_out=True)
            await out.export(SelectedRecords.of_ids("deals", [deal]), tmp_path / "a.csv", options=options)
            row = rows_of(tmp_path / "a.csv")[0]
            assert row["Account name"] == company
            assert "(not loaded)" not in row.values() and "{" not in row["Related contacts"]

    run(main())


def test_a_selection_is_read_in_the_cheaper_way(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            out = exporter(session)
            ids = sorted(sandbox.records("deals"))
            for count, most in ((2, 2), (120, 3)):
                what = SelectedRecords.of_ids("deals", ids[:count])
                cost = await out.estimate(what)
                assert cost.requests == most
                assert bool(cost.singles) is (count == 120)  # of what is read one by one nothing is left out
                sandbox.clear_requests()
                result = await out.export(what, tmp_path / "a.csv")
                assert data_requests(sandbox) <= most + 1  # one page of one row tells how many there are
                assert result.rows == count
                assert sorted(int(row["ID"]) for row in rows_of(tmp_path / "a.csv")) == ids[:count]

    run(main())


def test_records_at_hand_cost_nothing_and_those_gone_are_told(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            out = exporter(session)
            first, second = sorted(sandbox.records("deals"))[:2]
            held: Mapping[int, Mapping[str, Any]] = {first: {"id": first, "name": "=at hand"}}
            what = SelectedRecords.of_ids("deals", [first, second, 1])
            options = ExportOptions(fields=("id", "name"))
            result = await out.export(what, tmp_path / "a.csv", options=options, loaded=held.get)
            rows = rows_of(tmp_path / "a.csv")
            assert [row["ID"] for row in rows] == [str(first), str(second)]
            assert list(rows[0].values())[1] == "'=at hand"
            assert result.gone == (1,) and result.requests <= 3

    run(main())


def test_a_filter_and_a_view_without_some(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            out = exporter(session)
            there = sandbox.records("contacts", "first_name")
            name = next(iter(there.values()))["first_name"]
            named = {key for key, record in there.items() if record["first_name"] == name}
            what = FilteredRecords("contacts", (FilterRule("first_name", "is", name),), "Some")
            assert (await out.estimate(what)).records == len(named)
            await out.export(what, tmp_path / "a.csv")
            assert {int(row["ID"]) for row in rows_of(tmp_path / "a.csv")} == named
            view = await all_view(session, "contacts")
            minus = frozenset(list(there)[:7])
            await out.export(WholeView(view.module, view.view_id, minus=minus), tmp_path / "a.csv")
            assert {int(row["ID"]) for row in rows_of(tmp_path / "a.csv")} == set(there) - minus

    run(main())


def test_a_record_deleted_meanwhile_hides_no_other(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            ids = sorted(sandbox.records("contacts"))
            gone: list[int] = []

            def on_page(step: Exporting) -> None:
                if step.rows == 100 and not gone:
                    gone.extend(int(row) for row in ids[:1])
                    sandbox.delete("contacts", ids[0])

            view = await all_view(session, "contacts")
            result = await exporter(session).export(view, tmp_path / "a.csv", progress=on_page)
            found = [int(row["ID"]) for row in rows_of(tmp_path / "a.csv")]
            assert gone and len(found) == len(set(found)) == result.rows
            assert set(ids) - set(gone) <= set(found)

    run(main())


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl"])
def test_a_stopped_export_leaves_no_file_and_an_old_one_whole(
    sandbox: SandboxProcess, tmp_path: Path, suffix: str
) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            path = tmp_path / "out" / f"a.{suffix}"
            path.parent.mkdir()
            path.write_text("old")
            view, rows = await all_view(session, "contacts"), [0]

            def on_page(step: Exporting) -> None:
                rows[0] = step.rows

            with pytest.raises(ExportCancelled):
                await exporter(session).export(view, path, progress=on_page, cancelled=lambda: rows[0] >= 100)
            assert path.read_text() == "old" and list(path.parent.iterdir()) == [path]

            started = asyncio.Event()

            def on_first(step: Exporting) -> None:
                started.set()

            task = asyncio.ensure_future(exporter(session).export(view, path, progress=on_first))
            await started.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert path.read_text() == "old" and list(path.parent.iterdir()) == [path]

    run(main())


def test_a_failing_network_leaves_no_file(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            view, path = await all_view(session, "contacts"), tmp_path / "out" / "a.xlsx"
            path.parent.mkdir()
            await session.schema("contacts")
            with pytest.raises(FileTrouble, match="what kind of file"):
                await exporter(session).export(view, tmp_path / "a.doc")
            session.client.use_key("wrong-key-of-twenty-chars")
            with pytest.raises(Exception, match="key"):
                await exporter(session).export(view, path)
            assert list(path.parent.iterdir()) == []

    run(main())


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("names", [True, False])
@pytest.mark.parametrize("module", ["contacts", "sales_accounts", "deals", "cm_property"])
def test_every_cell_reads_back_to_the_records_own_value(
    sandbox: SandboxProcess, tmp_path: Path, module: str, names: bool, suffix: str
) -> None:
    """The file says all that the rows said: text → value gives what the CRM sent, times of an odd zone included."""
    from crmdesk.crm import requests
    from crmdesk.crm.kinds import Kind, kind_of, normal

    async def main() -> None:
        async with connected(sandbox) as session:
            spec, schema = session.modules.get(module), await session.schema(module)
            view = await all_view(session, module)
            path = tmp_path / f"a.{suffix}"
            options = ExportOptions(names=names, bom=True, separator=";")
            await exporter(session, BERLIN).export(view, path, options=options)
            page = await requests.view_page(session.client, spec, view.view_id, 1)
            records = {record["id"]: record for record in page.records()}
            known = KnownNames(session.directory)
            table = open_table(path)
            matches = match_columns(table.columns, schema)
            place = next(match.column.index for match in matches if match.field == RECORD_ID)
            checked = 0
            for row in table.rows():
                record = records.get(int(row.cells[place]))
                for match in matches:
                    if record is None or match.field is None or match.field == RECORD_ID:
                        continue
                    field, text = schema.fields[match.field], row.cells[match.column.index]
                    value = field_value(spec, record, field.name)
                    kind = kind_of(spec, field)
                    if value is NOT_LOADED:
                        assert text == "(not loaded)"
                    elif kind is not Kind.RAW:
                        checked += 1
                        assert from_text(text, spec, field, known, BERLIN) == normal(kind, value), (field.name, text)
            assert checked > 100

    run(main())
