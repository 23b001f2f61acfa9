"""Files into the CRM: every bad cell told, found records changed, unknown ones created, failures given back."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmdesk.changes.plan import Plan, Summary
from crmdesk.config.errors import InputError
from crmdesk.files.mapping import match_columns
from crmdesk.files.reader import open_table
from crmdesk.files.tables import Table
from crmdesk.files.writer import OutColumn, WriteOptions, open_writer
from crmdesk.planning.export import Exporter, ExportOptions
from crmdesk.planning.import_plan import Checked, ImportCancelled, Importer, Importing, ImportOptions, write_failures
from crmdesk.planning.intents import SelectedRecords
from crmdesk.session import Session
from tests.support.account import all_view, connected, ended
from tests.support.aio import run

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

pytestmark = pytest.mark.usefixtures("data_home")

BY_NAME = ImportOptions(match="name")
BY_EMAIL = ImportOptions(match="emails")


def importer(session: Session, zone: Any = UTC) -> Importer:
    return Importer(
        client=session.client,
        modules=session.modules,
        directory=session.directory,
        journal=session.journal,
        schema=session.schema,
        views=session.views,
        zone=zone,
    )


def table_of(path: Path, rows: Iterable[Sequence[str]]) -> Table:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return open_table(path)


async def checked_of(
    session: Session, module: str, table: Table, options: ImportOptions, *, zone: Any = UTC
) -> Checked:
    matches = match_columns(table.columns, await session.schema(module))
    return await importer(session, zone).check(module, table, matches, options)


async def imported(session: Session, module: str, table: Table, options: ImportOptions) -> tuple[Plan, Summary]:
    with await checked_of(session, module, table, options) as checked:
        assert checked.bad_cells() == []
        plan = await importer(session).plan(checked)
        return plan, await ended(session, plan)


def counted(summary: Summary) -> Mapping[str, int]:
    return {name: count for name, count in summary.counts.items() if count}


def test_unknown_accounts_are_created_in_bulk_and_known_ones_changed(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            before = sandbox.records("sales_accounts", "name", "city")
            known = sorted(before)[:40]
            rows = [["Name", "City"]]
            rows += [[before[key]["name"], "Ulm"] for key in known]
            rows += [[f"New company {i}", f"City {i}"] for i in range(150)]
            table = table_of(tmp_path / "accounts.csv", rows)
            sandbox.clear_requests()
            _, summary = await imported(session, "sales_accounts", table, BY_NAME)
            assert summary.state == "finished", summary
            after = sandbox.records("sales_accounts", "name", "city")
            assert {after[key]["city"] for key in known} == {"Ulm"}
            assert {key: record for key, record in after.items() if key in before and key not in known} == {
                key: record for key, record in before.items() if key not in known
            }
            made = {record["name"]: record["city"] for key, record in after.items() if key not in before}
            assert made == {f"New company {i}": f"City {i}" for i in range(150)}
            writes = [item for item in sandbox.requests() if item["method"] == "POST"]
            assert len(writes) <= 3

    run(main())


def test_a_thousand_rows_of_which_thirteen_are_bad(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            owner = next(owner for owner in session.directory.owners or await _owners(session) if owner.active)
            bad = {
                7: ("Amount", "many"),
                50: ("Amount", "12,34,5"),
                99: ("Expected close", "2026-02-30"),
                100: ("Expected close", "soon"),
                101: ("Expected close", "03/04/2026"),
                222: ("Sales owner", "Nobody Known"),
                333: ("Deal stage", "No such stage"),
                444: ("Probability", "often"),
                500: ("Region", "Atlantis"),
                600: ("Amount", "=1+1"),
                777: ("Sales owner", "#"),
                888: ("Number of agents", "7.x"),
                1001: ("Amount", "1e999"),
            }
            schema = await session.schema("deals")
            account = next(iter(sandbox.records("sales_accounts", "name").values()))["name"]
            wanted: tuple[str, ...] = ("name", "amount", "expected_close", "owner_id", "deal_stage_id", "probability")
            heading = [
                schema.fields[name].label for name in (*wanted, "cf_region", "cf_number_of_agents", "sales_account_id")
            ]
            renamed = dict(
                zip(
                    (
                        "Name",
                        "Amount",
                        "Expected close",
                        "Sales owner",
                        "Deal stage",
                        "Probability",
                        "Region",
                        "Number of agents",
                        "Account",
                    ),
                    heading,
                    strict=True,
                )
            )
            rows = [heading]
            stage = session.directory.items("deal_stages") or await _stages(session)
            for number in range(2, 1002):
                good = {
                    "Name": f"Import {number}",
                    "Amount": f"{number}.50",
                    "Expected close": "2027-01-15",
                    "Sales owner": owner.name,
                    "Deal stage": _unambiguous(stage),
                    "Probability": "10",
                    "Region": "APAC",
                    "Number of agents": "3",
                    "Account": account,
                }
                if number in bad:
                    column, text = bad[number]
                    good[column] = text
                rows.append([good[name] for name in renamed])
            table = table_of(tmp_path / "deals.csv", rows)
            with await checked_of(session, "deals", table, BY_NAME) as checked:
                cells = checked.bad_cells(0, 1000)
                assert {cell.row: (cell.column, cell.text) for cell in cells} == {
                    row: (renamed[column], text) for row, (column, text) in bad.items()
                }
                assert all(cell.why and cell.letter for cell in cells)
                assert (checked.rows, checked.good_rows, checked.bad_count) == (1000, 987, 13)
                work = importer(session)
                trial = await work.plan(checked, first=10)
                tried = await ended(session, trial)
                assert counted(tried) == {"changed": 10}, await trial.reasons()
                assert (await work.estimate(checked)).requests == 0
                plan = await work.plan(checked)
                summary = await ended(session, plan)
                assert counted(summary) == {"changed": 977, "skipped": 13}
            made = sandbox.records("deals", "name", "amount")
            names = [record["name"] for record in made.values() if record["name"].startswith("Import ")]
            assert len(names) == len(set(names)) == 987
            path = tmp_path / "failed.csv"
            assert await write_failures(plan, table, path) == 13
            again = open_table(path)
            found = {row.cells[0]: row.cells for row in again.rows()}
            assert [column.heading for column in again.columns] == [*heading, "Why it failed"]
            assert found == {f"Import {row}": (*rows[row - 1], found[f"Import {row}"][-1]) for row in bad}
            assert all(cells[-1] for cells in found.values())

    run(main(), timeout=120)


async def _owners(session: Session) -> list[Any]:
    await session.directory.load(("owners",))
    return session.directory.owners


async def _stages(session: Session) -> list[dict[str, Any]]:
    await session.directory.load(("deal_stages",))
    return session.directory.items("deal_stages")


def _unambiguous(stages: Sequence[Mapping[str, Any]]) -> str:
    """The id of the first stage: names repeat between pipelines."""
    return str(stages[0]["id"])


def test_rows_that_the_crm_refuses_come_back_and_can_be_imported_again(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            there = sandbox.records("sales_accounts", "name")
            known = sorted(there)[:6]
            rows = [["Name", "City", "junk"]]
            rows += [[there[key]["name"], "Ulm", "=kept"] for key in known] + [["Quite new", "Ulm", "=kept"]]
            table = table_of(tmp_path / "a.csv", rows)
            with await checked_of(session, "sales_accounts", table, BY_NAME) as checked:
                plan = await importer(session).plan(checked)
            for key in (known[1], known[4]):
                sandbox.delete("sales_accounts", key)
            summary = await ended(session, plan)
            assert counted(summary) == {"changed": 5, "failed": 2}
            path = tmp_path / "failed.csv"
            assert await write_failures(plan, table, path) == 2
            failed = open_table(path)
            assert [row.cells[:3] for row in failed.rows()] == [tuple(rows[2]), tuple(rows[5])]
            assert all(row.cells[3] for row in failed.rows())
            again, second = await imported(session, "sales_accounts", failed, BY_NAME)
            assert counted(second) == {"changed": 2}
            assert await write_failures(again, failed, tmp_path / "none.csv") == 0
            now = list(sandbox.records("sales_accounts", "name", "city").values())
            names = {rows[2][0], rows[5][0], "Quite new"}
            assert {record["name"]: record["city"] for record in now if record["name"] in names} == dict.fromkeys(
                names, "Ulm"
            )

    run(main())


def test_contacts_are_found_by_email_whatever_its_case_and_keep_their_other_values(
    sandbox: SandboxProcess, tmp_path: Path
) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            before = sandbox.records("contacts", "email", "job_title", "city", "zipcode")
            key = next(key for key, record in before.items() if record["email"])
            table = table_of(
                tmp_path / "a.csv",
                [["Email", "Job title", "City", "Zipcode"], [before[key]["email"].upper(), "Chief", "", "01234"]],
            )
            _, summary = await imported(session, "contacts", table, ImportOptions(match="email"))
            assert summary.state == "finished" and summary.counts["failed"] == 0
            after = sandbox.record("contacts", key)
            assert (after["job_title"], after["city"], str(after["zipcode"])) == ("Chief", before[key]["city"], "01234")
            assert after["email"] == before[key]["email"]
            assert len(sandbox.records("contacts")) == len(before)

    run(main())


def test_an_empty_cell_clears_only_if_told_so_and_blanks_alone_can_be_filled(
    sandbox: SandboxProcess, tmp_path: Path
) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            first, second = sorted(sandbox.records("sales_accounts"))[:2]
            sandbox.change("sales_accounts", first, city="Rome", website="")
            sandbox.change("sales_accounts", second, city="", website="https://old.example")
            names = {key: sandbox.record("sales_accounts", key)["name"] for key in (first, second)}

            def cities() -> list[Any]:
                return [sandbox.record("sales_accounts", key)["city"] or None for key in (first, second)]

            rows = [["Name", "City"], [names[first], ""], [names[second], ""]]
            table = table_of(tmp_path / "a.csv", rows)
            await imported(session, "sales_accounts", table, BY_NAME)
            assert cities() == ["Rome", None]
            table = table_of(tmp_path / "b.csv", [["Name", "City"], [names[first], "Oslo"], [names[second], "Oslo"]])
            options = ImportOptions(match="name", only_fill_blanks=True)
            plan, _ = await imported(session, "sales_accounts", table, options)
            assert cities() == ["Rome", "Oslo"]
            assert await write_failures(plan, table, tmp_path / "f.csv") == 0
            table = table_of(tmp_path / "a.csv", rows)
            await imported(session, "sales_accounts", table, ImportOptions(match="name", never_clear=False))
            assert cities() == [None, None]

    run(main())


def test_rows_by_id_and_ids_that_are_gone(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            ids = sorted(sandbox.records("deals"))[:3]
            rows = [["ID", "Name"], *([str(key), f"Renamed {key}"] for key in ids), ["1", "Nobody"], ["x", "No id"]]
            table = table_of(tmp_path / "a.csv", rows)
            with await checked_of(session, "deals", table, ImportOptions("update", "id")) as checked:
                assert [(cell.place, cell.column) for cell in checked.bad_cells()] == [("A6", "ID")]
                plan = await importer(session).plan(checked)
                summary = await ended(session, plan)
            assert summary.counts["changed"] == 3
            assert [sandbox.record("deals", key)["name"] for key in ids] == [f"Renamed {key}" for key in ids]
            path = tmp_path / "failed.csv"
            assert await write_failures(plan, table, path) == 2
            assert [row.cells[0] for row in open_table(path).rows()] == ["1", "x"]

    run(main())


def test_update_creates_nothing_and_create_changes_nothing(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            before = sandbox.records("sales_accounts", "name", "city")
            known = before[min(before)]["name"]
            rows = [["Name", "City"], [known, "Ulm"], ["Quite new", "Ulm"]]
            table = table_of(tmp_path / "a.csv", rows)
            plan, summary = await imported(session, "sales_accounts", table, ImportOptions("create", "name"))
            assert counted(summary) == {"changed": 1, "skipped": 1}
            assert sandbox.record("sales_accounts", min(before))["city"] == before[min(before)]["city"]
            table = table_of(tmp_path / "b.csv", [["Name", "City"], [known, "Ulm"], ["Newer still", "Ulm"]])
            plan, summary = await imported(session, "sales_accounts", table, ImportOptions("update", "name"))
            assert counted(summary) == {"changed": 1, "skipped": 1}
            assert len(sandbox.records("sales_accounts")) == len(before) + 1
            [skipped] = [row for row in await plan.rows() if row.outcome == "skipped"]
            assert skipped.local == "row:3" and "no account is found" in skipped.message

    run(main())


def test_what_names_several_records_or_the_same_one_twice_is_left_alone(
    sandbox: SandboxProcess, tmp_path: Path
) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            one, two, three = sorted(sandbox.records("deals"))[:3]
            sandbox.change("deals", one, name="Twin")
            sandbox.change("deals", two, name="twin")
            sandbox.change("deals", three, name="Single")
            rows = [["Name", "Amount"], ["Twin", "1"], ["Single", "2"], ["single", "3"]]
            table = table_of(tmp_path / "a.csv", rows)
            with await checked_of(session, "deals", table, ImportOptions("update", "name")) as checked:
                [bad] = checked.bad_cells()
                assert bad.row == 4 and "row 3 names the same record" in bad.why
                plan = await importer(session).plan(checked)
                summary = await ended(session, plan)
            assert counted(summary) == {"changed": 1, "skipped": 2}
            assert [row.message for row in await plan.rows() if row.local == "row:2"] == [
                f"names 2 deals: {one}, {two}"
            ]

    run(main())


def test_records_of_a_custom_module_are_created_one_by_one_and_found_again(
    sandbox: SandboxProcess, tmp_path: Path
) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            before = sandbox.records("cm_property", "name")
            rows = [["Name"], *([f"House {i}"] for i in range(5))]
            table = table_of(tmp_path / "a.csv", rows)
            schema = await session.schema("cm_property")
            assert "name" in schema.fields
            for wanted in ("changed", "already_so"):
                _, summary = await imported(session, "cm_property", table, BY_NAME)
                assert counted(summary) == {wanted: 5}
            made = [
                record["name"] for key, record in sandbox.records("cm_property", "name").items() if key not in before
            ]
            assert sorted(made) == [f"House {i}" for i in range(5)]

    run(main())


def test_a_deal_finds_its_account_by_name(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            accounts = sandbox.records("sales_accounts", "name")
            key = min(accounts)
            schema = await session.schema("deals")
            heading = ["Name", "Amount", schema.fields["sales_account_id"].label]
            rows = [heading, ["Deal A", "5", accounts[key]["name"]], ["Deal B", "5", "No such company"]]
            table = table_of(tmp_path / "a.csv", rows)
            matches = match_columns(table.columns, schema)
            cost = await importer(session).names_cost("deals", table, matches)
            assert 1 <= cost.requests <= 2
            with await checked_of(session, "deals", table, BY_NAME) as checked:
                [bad] = checked.bad_cells()
                assert (bad.row, bad.letter) == (3, "C")
                plan = await importer(session).plan(checked)
                assert (await ended(session, plan)).counts["changed"] == 1
            [made] = [
                record
                for record in sandbox.records("deals", "name", "sales_account_id").values()
                if record["name"] == "Deal A"
            ]
            assert made["sales_account_id"] == key

    run(main())


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_import_then_export_gives_the_same_file(sandbox: SandboxProcess, tmp_path: Path, suffix: str) -> None:
    """What one account's export says, imported, and exported again, is the same to the byte (or cell)."""

    async def main() -> None:
        async with connected(sandbox) as session:
            zone = ZoneInfo("America/New_York")
            out = Exporter(
                client=session.client,
                modules=session.modules,
                directory=session.directory,
                schema=session.schema,
                views=session.views,
                zone=zone,
            )
            options = ExportOptions(
                ("id", "name", "city", "website", "annual_revenue", "owner_id", "cf_contract_end", "cf_tier"),
                read_left_out=True,
            )
            view = await all_view(session, "sales_accounts")
            first, second = tmp_path / f"one.{suffix}", tmp_path / f"two.{suffix}"
            original = sandbox.records("sales_accounts", "name", "city", "website", "annual_revenue", "owner_id")
            await out.export(view, first, options=options)
            for key in list(original)[::2]:
                sandbox.change(
                    "sales_accounts", key, city="somewhere else", website="https://changed.example", annual_revenue=1
                )
            table = open_table(first)
            with await checked_of(
                session, "sales_accounts", table, ImportOptions("update", "id", never_clear=False), zone=zone
            ) as checked:
                assert checked.bad_cells() == []
                plan = await importer(session, zone).plan(checked)
                summary = await ended(session, plan)
                assert summary.counts["failed"] == summary.counts["skipped"] == 0
            await out.export(view, second, options=options)
            assert [row.cells for row in open_table(second).rows()] == [row.cells for row in table.rows()]
            if suffix == "csv":
                assert second.read_bytes() == first.read_bytes()

    run(main())


NASTY = (
    *("=1+1", "+49 30 123", "-x", "-5", "@SUM(A1)", "'=q", "''=q", "'quoted'", "a;b,c", 'he said "x"', "007", "true"),
    *("1e5", "two\nlines", "tab\there", "Zoë 🙂", "\u202ertl", "#12", "nobody", "null", "0", "٣", "NaN", "_x0041_"),
)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_text_imported_and_exported_is_the_same_file(
    sandbox: SandboxProcess, tmp_path: Path, suffix: str, data: st.DataObject
) -> None:
    some = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=12).map(str.strip)
    texts = data.draw(st.lists(some.filter(bool), max_size=12, unique_by=str.casefold)) + list(NASTY)
    sandbox.reset()

    async def main() -> None:
        async with connected(sandbox) as session:
            schema = await session.schema("sales_accounts")
            fields = ("name", "city")
            columns = [OutColumn(name, schema.fields[name].label) for name in fields]
            first, second = tmp_path / f"one.{suffix}", tmp_path / f"two.{suffix}"
            with open_writer(first, suffix, columns, WriteOptions(bom=True, sheet="Accounts")) as writer:
                writer.write([[f"Nasty {place:03}", text] for place, text in enumerate(texts)])
            before = sandbox.records("sales_accounts")
            _, summary = await imported(session, "sales_accounts", open_table(first), BY_NAME)
            assert counted(summary) == {"changed": len(texts)}
            named = sandbox.records("sales_accounts", "name").items()
            made = sorted((key for key, _ in named if key not in before), key=lambda key: dict(named)[key]["name"])
            loaded = {key: sandbox.record("sales_accounts", key) for key in made}
            out = Exporter(
                client=session.client,
                modules=session.modules,
                directory=session.directory,
                schema=session.schema,
                views=session.views,
            )
            what = SelectedRecords.of_ids("sales_accounts", made)
            await out.export(what, second, options=ExportOptions(fields, bom=True), loaded=loaded.get)
            assert [row.cells for row in open_table(second).rows()] == [row.cells for row in open_table(first).rows()]
            if suffix == "csv":
                assert second.read_bytes() == first.read_bytes()

    run(main())


def test_products_are_found_by_their_selector_and_made_one_by_one(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            before = sandbox.records("products", "name")
            known = min(before)
            schema = await session.schema("products")
            category, code = schema.fields["name"].label, schema.fields["sku_number"].label
            rows = [[category, code], [before[known]["name"], "SKU-1"], ["Brand new", "SKU-2"]]
            table = table_of(tmp_path / "a.csv", rows)
            with await checked_of(session, "products", table, BY_NAME) as checked:
                assert checked.missing_for_new == [] and checked.bad_cells() == []
                assert (await importer(session).estimate(checked)).requests >= 1
                plan = await importer(session).plan(checked)
                summary = await ended(session, plan)
            assert counted(summary) == {"changed": 2}, await plan.reasons()
            now = sandbox.records("products", "name", "sku_number")
            assert now[known]["sku_number"] == "SKU-1"
            assert [record["sku_number"] for key, record in now.items() if key not in before] == ["SKU-2"]
            table = table_of(tmp_path / "b.csv", [[code, category], ["SKU-1", "x"]])
            by_code = await checked_of(session, "products", table, ImportOptions(match="sku_number"))
            with by_code, pytest.raises(InputError, match="find them by that field"):
                await importer(session).plan(by_code)
            assert [job.title for job in await session.jobs.list() if job.state == "draft"] == []

    run(main())


def test_a_workbook_is_imported_with_its_dates_numbers_and_zeros(sandbox: SandboxProcess, tmp_path: Path) -> None:
    import xlsxwriter

    async def main() -> None:
        async with connected(sandbox) as session:
            schema = await session.schema("sales_accounts")
            path = tmp_path / "a.xlsx"
            with xlsxwriter.Workbook(str(path)) as book:
                sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd.mm.yy"})
                labels = [
                    schema.fields[name].label for name in ("name", "zipcode", "annual_revenue", "cf_contract_end")
                ]
                sheet.write_row(0, 0, [*labels, schema.fields["cf_is_vip"].label])
                sheet.write_row(1, 0, ["From a workbook"])
                sheet.write_string(1, 1, "00501")
                sheet.write_number(1, 2, 1250000)
                sheet.write_datetime(1, 3, date(2026, 4, 3), day)
                sheet.write_boolean(1, 4, True)
            _, summary = await imported(session, "sales_accounts", open_table(path), BY_NAME)
            assert counted(summary) == {"changed": 1}
            named = sandbox.records("sales_accounts", "name").items()
            made = sandbox.record("sales_accounts", next(k for k, r in named if r["name"] == "From a workbook"))
            assert made["zipcode"] == "00501" and float(made["annual_revenue"]) == 1_250_000
            assert made["custom_field"]["cf_contract_end"][:10] == "2026-04-03"
            assert made["custom_field"]["cf_is_vip"] is True

    run(main())


def test_contacts_are_created_a_hundred_a_request(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            before = sandbox.records("contacts", "email")
            rows = [["First name", "Last name", "Email"]]
            rows += [[f"F{i}", f"L{i}", f"new{i}@import.example"] for i in range(120)]
            table = table_of(tmp_path / "a.csv", rows)
            sandbox.clear_requests()
            _, summary = await imported(session, "contacts", table, BY_EMAIL)
            assert counted(summary) == {"changed": 120}
            assert [item["path"].rsplit("/", 1)[-1] for item in sandbox.requests() if item["method"] == "POST"] == [
                "bulk_upsert"
            ] * 2
            now = sandbox.records("contacts", "email", "last_name")
            made = {record["email"]: record["last_name"] for key, record in now.items() if key not in before}
            assert made == {f"new{i}@import.example": f"L{i}" for i in range(120)}

    run(main())


def test_records_are_given_to_active_users_only_but_may_stay_with_others(
    sandbox: SandboxProcess, tmp_path: Path
) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            held = sandbox.records("sales_accounts", "name", "owner_id")
            owned = {record["owner_id"]: key for key, record in held.items()}
            idle = next(user for user in await _owners(session) if not user.active and user.id in owned)
            theirs = owned[idle.id]
            other = next(key for key, record in held.items() if record["owner_id"] not in (None, idle.id))
            label = (await session.schema("sales_accounts")).fields["owner_id"].label
            rows = [["ID", "City", label], [str(theirs), "Ulm", idle.name], [str(other), "Ulm", idle.name]]
            table = table_of(tmp_path / "a.csv", rows)
            plan, summary = await imported(session, "sales_accounts", table, ImportOptions("update", "id"))
            assert summary.counts["changed"] == 1 and summary.counts["failed"] == 0
            assert sandbox.record("sales_accounts", theirs)["city"] == "Ulm"
            assert sandbox.record("sales_accounts", other)["owner_id"] == held[other]["owner_id"]
            assert await write_failures(plan, table, tmp_path / "f.csv") == 1
            [row] = open_table(tmp_path / "f.csv").rows()
            assert row.cells[0] == str(other) and "not active" in row.cells[-1]

    run(main())


def test_an_import_is_undone(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            before = sandbox.records("sales_accounts", "name", "city")
            rows = [
                ["Name", "City"],
                *([record["name"], "Ulm"] for record in list(before.values())[:3]),
                ["New", "Ulm"],
            ]
            plan, summary = await imported(session, "sales_accounts", table_of(tmp_path / "a.csv", rows), BY_NAME)
            assert counted(summary) == {"changed": 4} and summary.undoable
            await ended(session, await session.jobs.plan_undo(plan.id))
            assert sandbox.records("sales_accounts", "name", "city") == before

    run(main())


def test_a_check_can_be_stopped(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            table = table_of(tmp_path / "a.csv", [["Name"], *([f"N{i}"] for i in range(3_000))])
            matches = match_columns(table.columns, await session.schema("sales_accounts"))
            work, told = importer(session), asyncio.Event()

            def tell(step: Importing) -> None:
                assert step.phase == "reading the file"
                told.set()

            with pytest.raises(ImportCancelled):
                await work.check("sales_accounts", table, matches, BY_NAME, cancelled=lambda: True)
            task = asyncio.ensure_future(work.check("sales_accounts", table, matches, BY_NAME, progress=tell))
            await told.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    run(main())


def test_a_new_record_that_lacks_what_it_must_have_is_told_before_anything_is_sent(
    sandbox: SandboxProcess, tmp_path: Path
) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            table = table_of(tmp_path / "a.csv", [["Name", "Amount"], ["Without account", "5"]])
            label = (await session.schema("deals")).fields["sales_account_id"].label
            with await checked_of(session, "deals", table, BY_NAME) as checked:
                plan = await importer(session).plan(checked)
                [row] = await plan.rows()
                assert (row.outcome, row.local) == ("skipped", "row:2") and label in row.message
            with await checked_of(session, "deals", table, ImportOptions("create", "name")) as checked:
                [bad] = checked.bad_cells()
                assert bad.row == 2 and label in bad.why
            sandbox.clear_requests()
            assert await write_failures(plan, table, tmp_path / "f.csv") == 1
            assert sandbox.requests() == []

    run(main())


def test_dates_as_serials_and_slashes_and_zeros_in_front(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            schema = await session.schema("sales_accounts")
            heading = ["Name", schema.fields["cf_contract_end"].label, schema.fields["zipcode"].label]
            rows = [heading, ["Serial", "45292", "00501"], ["Slashes", "3/4/2026", "0"]]
            table = table_of(tmp_path / "a.csv", rows)
            with await checked_of(session, "sales_accounts", table, BY_NAME) as checked:
                [bad] = checked.bad_cells()
                assert bad.place == "B3" and "2026-03-04" in bad.why and "2026-04-03" in bad.why
            _, summary = await imported(session, "sales_accounts", table, ImportOptions(match="name", day_first=True))
            assert summary.counts["changed"] == 2
            made = {record["name"]: key for key, record in sandbox.records("sales_accounts", "name").items()}
            serial, slashes = (sandbox.record("sales_accounts", made[name]) for name in ("Serial", "Slashes"))
            assert serial["zipcode"] == "00501"
            assert serial["custom_field"]["cf_contract_end"][:10] == "2024-01-01"
            assert slashes["custom_field"]["cf_contract_end"][:10] == "2026-04-03"

    run(main())


def test_hostile_rows_are_told_and_the_rest_goes_on(sandbox: SandboxProcess, tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            path = tmp_path / "a.csv"
            path.write_text("Name,City,Name\nA,x\0y,\nB,ok,,surplus\nC,(not loaded),second\n\nD\n" + "E,fine,\n" * 3)
            table = open_table(path)
            with await checked_of(session, "sales_accounts", table, BY_NAME) as checked:
                told = [(cell.place, cell.why) for cell in checked.bad_cells()]
                assert [place for place, _ in told] == ["B2", "D3", "8", "9"]
                assert "NUL" in told[0][1] and "more cells" in told[1][1] and "row 7" in told[2][1]
                assert [column for column, _ in checked.left_out] == ["Name (2)"]
                plan = await importer(session).plan(checked)
                summary = await ended(session, plan)
            assert counted(summary) == {"changed": 3, "skipped": 4}
            made = {
                record["name"]: record["city"] for record in sandbox.records("sales_accounts", "name", "city").values()
            }
            assert made["C"] in (None, "") and made["D"] in (None, "") and made["E"] == "fine"

    run(main())


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (ImportOptions("update", ""), "not said"),
        (ImportOptions("update", "id"), "records' ids"),
        (ImportOptions("create", "id"), "records' ids"),
        (ImportOptions("upsert", "website"), "No column holds"),
    ],
)
def test_options_that_make_no_sense_are_told(
    sandbox: SandboxProcess, tmp_path: Path, options: ImportOptions, why: str
) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            table = table_of(tmp_path / "a.csv", [["Name"], ["A"]])
            with pytest.raises(InputError, match=why):
                await checked_of(session, "sales_accounts", table, options)

    run(main())
