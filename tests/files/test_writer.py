"""What is written is read again as it was, stands in its place only when whole, and keeps blank and unknown apart."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmdesk.crm.values import NOT_LOADED
from crmdesk.files.errors import FileTrouble, NotWritable
from crmdesk.files.reader import open_table
from crmdesk.files.writer import OutColumn, WriteOptions, format_of, open_writer, start_writer
from crmdesk.files.xlsx_writer import LONGEST_TEXT

COLUMNS = [OutColumn("name", "Name"), OutColumn("amount", "Amount"), OutColumn("cf_x", "=Formula")]
TABLES = ("csv", "xlsx")
ROWS: list[list[Any]] = [
    ["=1+1", Decimal("12.50"), NOT_LOADED],
    [None, None, "'=1"],
    ["007", 12345678901234567, date(2026, 1, 31)],
    ["Zoë ☃", True, datetime(2026, 1, 31, 10, 30, tzinfo=UTC)],
]

text = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0") | st.sampled_from("=+-@'\"\t\r\n,;_x0041_"),
    max_size=20,
)


def written(path: Path, rows: list[list[Any]], **options: Any) -> Path:
    with open_writer(path, format_of(path), COLUMNS, WriteOptions(**options)) as writer:
        writer.write(rows)
    return path


@pytest.mark.parametrize("suffix", TABLES)
@given(rows=st.lists(st.lists(text, min_size=3, max_size=3), max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_comes_back_as_it_was(tmp_path: Path, suffix: str, rows: list[list[str]]) -> None:
    table = open_table(written(tmp_path / f"a.{suffix}", rows, bom=True))
    wanted = [tuple(row) for row in rows if any(cell.strip() for cell in row)]
    assert [row.cells for row in table.rows()] == wanted
    assert [column.heading for column in table.columns] == ["Name", "Amount", "=Formula"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("bom", [False, True])
def test_csv_is_read_whatever_its_options(tmp_path: Path, separator: str, bom: bool) -> None:
    path = written(tmp_path / "a.csv", ROWS, separator=separator, bom=bom)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf") is bom
    table = open_table(path)
    assert (table.separator, table.encoding_sure) == (separator, True)
    assert [row.cells for row in table.rows()] == [
        ("=1+1", "12.50", "(not loaded)"),
        ("", "", "'=1"),
        ("007", "12345678901234567", "2026-01-31"),
        ("Zoë ☃", "true", "2026-01-31T10:30:00+00:00"),
    ]


def test_no_cell_of_a_csv_begins_like_a_formula(tmp_path: Path) -> None:
    content = written(tmp_path / "a.csv", ROWS).read_text(encoding="utf-8")
    assert content.splitlines()[0] == "Name,Amount,'=Formula"
    assert "\n'=1+1,12.50,(not loaded)" in content and "''=1" in content


def test_workbooks_hold_text_numbers_and_dates_and_no_formula(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", ROWS)
    with zipfile.ZipFile(path) as archive:
        sheet, styles = (archive.read(f"xl/{name}.xml").decode() for name in ("worksheets/sheet1", "styles"))
    assert "<f>" not in sheet and "quotePrefix" in styles
    assert "<v>12.5</v>" in sheet
    rows = [row.cells for row in open_table(path).rows()]
    assert rows[0] == ("=1+1", "12.5", "(not loaded)")
    assert rows[2] == ("007", "12345678901234567", "2026-01-31")


def test_json_lines_leave_out_what_is_not_loaded(tmp_path: Path) -> None:
    lines = (
        written(tmp_path / "a.jsonl", [*ROWS, [["a", "b"], {"k": 1}, None]]).read_text(encoding="utf-8").splitlines()
    )
    assert [json.loads(line) for line in lines] == [
        {"name": "=1+1", "amount": "12.50"},
        {"name": None, "amount": None, "cf_x": "'=1"},
        {"name": "007", "amount": 12345678901234567, "cf_x": "2026-01-31"},
        {"name": "Zoë ☃", "amount": True, "cf_x": "2026-01-31T10:30:00+00:00"},
        {"name": ["a", "b"], "amount": {"k": 1}, "cf_x": None},
    ]


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl"])
def test_half_an_emoji_does_not_end_the_writing(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path / f"a.{suffix}", [["cut \ud83d", "b", "c"]])
    if suffix != "jsonl":
        assert next(open_table(path).rows()).cells[0].startswith("cut ")
    else:
        assert json.loads(path.read_text(encoding="utf-8"))["name"].startswith("cut ")


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl"])
def test_an_old_file_stays_whole_and_nothing_is_left_when_writing_fails(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_text("old")
    with pytest.raises(RuntimeError), open_writer(path, suffix, COLUMNS) as writer:
        writer.write(ROWS)
        raise RuntimeError("the network is gone")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl"])
def test_nothing_stands_there_before_the_end(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    writer = start_writer(path, suffix, COLUMNS)
    writer.write(ROWS)
    assert not path.exists()
    writer.finish()
    assert list(tmp_path.iterdir()) == [path] and writer.rows == len(ROWS)
    writer.discard()
    assert path.exists()


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl"])
def test_a_folder_that_is_not_there_is_told(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(NotWritable) as caught:
        start_writer(tmp_path / "nowhere" / f"a.{suffix}", suffix, COLUMNS)
    assert caught.value.remedy


def test_text_too_long_for_a_workbook_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(NotWritable, match=r"Amount \(column B\) of row 3 ") as caught:
        written(tmp_path / "a.xlsx", [["a", "b", "c"], ["a", "x" * (LONGEST_TEXT + 1), "c"]])
    assert "CSV" in caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_a_name_tells_the_format() -> None:
    assert [format_of(Path(name)) for name in ("a.CSV", "b.tsv", "c.xlsx", "d.jsonl")] == [
        "csv",
        "csv",
        "xlsx",
        "jsonl",
    ]
    with pytest.raises(FileTrouble):
        format_of(Path("a.doc"))
