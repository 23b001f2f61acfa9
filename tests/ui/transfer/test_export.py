"""Export through the window: the price, the file, what is not loaded, cancel, and what was wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crmdesk.files.reader import open_table
from crmdesk.planning.export import ExportResult
from crmdesk.planning.intents import KnownRow, SelectedRecords
from crmdesk.ui.transfer.export_columns import CHOSEN, SHOWN
from crmdesk.ui.transfer.export_workspace import STOPPED, ExportWorkspace
from tests.ui.transfer.counter import Counter, read_csv


def written(counter: Counter, work: ExportWorkspace, path: Path) -> None:
    work.write(path)
    counter.until(lambda: work.pages.currentWidget() is work.result_page, "the file")


def not_loaded(path: Path) -> set[str]:
    return {name for row in read_csv(path) for name, cell in row.items() if cell == "(not loaded)"}


def choose_format(work: ExportWorkspace, format: str) -> None:
    work.form.format.setCurrentIndex(work.form.format.findData(format))


def test_three_hundred_rows_are_written_and_read_back(counter: Counter, tmp_path: Path) -> None:
    work = counter.export({"what": counter.view()})
    assert "Records: 300" in work.form.records.accessibleName()
    assert work.form.cost == 3
    written(counter, work, tmp_path / "contacts.csv")
    rows = read_csv(tmp_path / "contacts.csv")
    known = counter.sandbox.records("contacts", "first_name")
    assert {int(row["ID"]) for row in rows} == set(known)
    assert {int(row["ID"]): row["First name"] for row in rows} == {
        key: record["first_name"] or "" for key, record in known.items()
    }
    assert "300 rows" in work.result_page.done.accessibleName()


@pytest.mark.parametrize("format", ["xlsx", "jsonl"])
def test_the_other_formats_hold_the_same_rows(counter: Counter, tmp_path: Path, format: str) -> None:
    work = counter.export({"what": counter.view()})
    choose_format(work, format)
    assert not work.form.separator.isVisible(), "a separator is for CSV"
    path = tmp_path / f"contacts.{format}"
    written(counter, work, path)
    if format == "xlsx":
        ids = {int(float(row.cells[0])) for row in open_table(path).rows()}
    else:
        ids = {json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()}
    assert ids == set(counter.sandbox.records("contacts"))


def test_what_lists_leave_out_is_told_with_its_price_and_read_when_wanted(counter: Counter, tmp_path: Path) -> None:
    ids = list(counter.sandbox.records("contacts"))[:4]
    what = counter.view()
    work = counter.export({"what": what})
    form = work.form
    assert form.missing, "the sandbox's lists leave fields out, as the CRM's do"
    assert "300 requests" in form.read_left_out.text()
    written(counter, work, tmp_path / "partial.csv")
    page, missing = work.result_page, not_loaded(tmp_path / "partial.csv")
    assert missing and not page.not_loaded.isVisible(), "all alike: a sentence says it"
    assert page.all_missing.text().startswith("In every row ") and all(
        name in page.all_missing.text() for name in missing
    )
    few = counter.export({"what": SelectedRecords("contacts", tuple(KnownRow(record) for record in ids[:2]))})
    few.form.read_left_out.setChecked(True)
    assert few.form.cost == 2, "records read by themselves lack nothing"
    written(counter, few, tmp_path / "whole.csv")
    assert not not_loaded(tmp_path / "whole.csv")
    assert not few.result_page.title.isVisible() and not few.result_page.all_missing.isVisible()


def test_fields_that_some_rows_lack_stand_in_a_table(counter: Counter, tmp_path: Path) -> None:
    work = counter.export({"what": counter.view()})
    result = ExportResult(tmp_path / "a.csv", 5, 1, {"city": 2, "zipcode": 5})
    work.result_page.show_result(result, work.form.columns)
    told = work.result_page.not_loaded.rows
    assert [told.cell(at, 1).text for at in range(told.rowCount())] == ["5", "2"]
    assert not work.result_page.all_missing.isVisibleTo(work.result_page)


def test_columns_of_the_table_or_chosen_ones(counter: Counter, tmp_path: Path) -> None:
    work = counter.export({"what": counter.view(), "columns": ("id", "email", "owner_id")})
    columns = work.form.columns
    counter.until(lambda: columns.way.findData(CHOSEN) >= 0, "the fields")
    columns.way.setCurrentIndex(columns.way.findData(SHOWN))
    assert not work.form.missing, "none of these is left out by lists"
    assert not work.form.read_left_out.isVisible()
    written(counter, work, tmp_path / "shown.csv")
    assert [len(row) for row in read_csv(tmp_path / "shown.csv")] == [3] * 300
    work.asked({"columns": ("id", "email")})
    counter.until(work.form.start_button.isEnabled, "the price, asked anew")
    assert work.form.isVisible() and columns.fields == ("id", "email")
    work.asked({"columns": ("id", "email", "owner_id")})
    counter.until(work.form.start_button.isEnabled, "the price, asked anew")
    columns.way.setCurrentIndex(columns.way.findData(CHOSEN))
    checked = columns.fields
    assert checked is not None and set(checked) == {"id", "email", "owner_id"}
    for at in range(columns.list.count()):
        columns.list.item(at).setCheckState(columns.list.item(at).checkState().Unchecked)
    assert not work.form.start_button.isEnabled(), "a file without a column"


def test_rows_at_hand_cost_nothing(counter: Counter, tmp_path: Path) -> None:
    known = counter.sandbox.records("contacts")
    held = {key: counter.sandbox.record("contacts", key) for key in list(known)[:5]}
    rows = tuple(KnownRow(key) for key in held)
    counter.sandbox.clear_requests()
    work = counter.export({"what": SelectedRecords("contacts", rows), "loaded": held.get, "columns": ("id", "email")})
    work.form.columns.way.setCurrentIndex(work.form.columns.way.findData(SHOWN))
    assert work.form.cost == 0
    written(counter, work, tmp_path / "five.csv")
    assert len(read_csv(tmp_path / "five.csv")) == 5
    assert not [
        item for item in counter.sandbox.requests() if "/contacts" in item["path"] and "/settings/" not in item["path"]
    ]


def test_cancel_leaves_an_old_file_as_it_was(counter: Counter, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    path = folder / "contacts.csv"
    path.write_text("mine", encoding="utf-8")
    work = counter.export({"what": counter.view()})
    work.form.read_left_out.setChecked(True)
    work.write(path)
    counter.until(lambda: "rows" in work.work_page.figures.text(), "some progress")
    assert work.writing and work.work_page.stop_button.isVisible()
    work.work_page.stop_button.click()
    assert work.pages.currentWidget() is work.form
    assert STOPPED in work.form.trouble.accessibleName()
    counter.until(lambda: counter.tasks.under_way == 0, "everything has ended")
    assert path.read_text(encoding="utf-8") == "mine"
    assert list(folder.iterdir()) == [path], "nothing lies about"


def test_closing_the_tab_ends_it_and_says_so(counter: Counter, tmp_path: Path) -> None:
    work = counter.export({"what": counter.view()})
    work.form.read_left_out.setChecked(True)
    work.write(tmp_path / "contacts.csv")
    counter.close_all()
    counter.until(lambda: counter.tasks.under_way == 0, "everything has ended")
    assert counter.messages[-1].text == STOPPED
    assert not (tmp_path / "contacts.csv").exists()


def test_a_price_that_can_not_be_asked_for_is_asked_again(counter: Counter) -> None:
    what = counter.view()
    counter.sandbox.faults("status=403:1")
    work = counter.export({"what": what}, wait=False)
    counter.until(lambda: counter.errors, "the error")
    assert not work.form.start_button.isEnabled() and work.form.ask_again.isVisible()
    counter.sandbox.faults("")
    work.form.ask_again.click()
    counter.until(work.form.start_button.isEnabled, "the price")
    assert not work.form.trouble.isVisible()


def test_a_file_that_can_not_be_written(counter: Counter, tmp_path: Path) -> None:
    work = counter.export({"what": counter.view()})
    work.write(tmp_path / "no such folder" / "contacts.csv")
    counter.until(lambda: counter.errors, "the error")
    assert work.pages.currentWidget() is work.form
    assert "No file was written" in work.form.trouble.accessibleName()


def test_what_was_chosen_is_offered_again(counter: Counter, tmp_path: Path) -> None:
    work = counter.export({"what": counter.view()})
    work.form.separator.setCurrentIndex(work.form.separator.findData(";"))
    work.form.bom.setChecked(True)
    written(counter, work, tmp_path / "contacts.csv")
    assert (tmp_path / "contacts.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    other = counter.export({"what": counter.view("All Accounts", "sales_accounts")})
    assert other.form.separator.currentData() == ";" and other.form.bom.isChecked()


def test_nothing_to_export_says_what_to_do(counter: Counter) -> None:
    work = counter.export({}, wait=False)
    assert work.empty.isVisible() and work.title == "Export"
