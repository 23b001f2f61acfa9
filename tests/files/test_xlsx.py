"""Workbooks, good and hostile: bombs are refused before they are opened."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from crmdesk.files import xlsx_guard
from crmdesk.files.errors import NotATable, TooLarge
from crmdesk.files.reader import open_table
from crmdesk.files.tables import Row
from crmdesk.files.xlsx_guard import Reach, check_workbook


def book(path: Path, fill: Callable[[Any], None], **options: Any) -> Path:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), options) as made:
        fill(made)
    return path


def test_values_come_as_people_wrote_them(tmp_path: Path) -> None:
    def fill(made: Any) -> None:
        sheet = made.add_worksheet("People")
        day = made.add_format({"num_format": "dd.mm.yyyy"})
        moment = made.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        sheet.write_row(0, 0, ["Zip", "Amount", "Share", "Big", "Day", "Time", "Yes", "Sum", "Serial"])
        sheet.write_string(1, 0, "01234")
        sheet.write_number(1, 1, 7)
        sheet.write_number(1, 2, 0.1)
        sheet.write_number(1, 3, 1e-7)
        sheet.write_datetime(1, 4, datetime(2026, 1, 31), day)
        sheet.write_datetime(1, 5, datetime(2026, 1, 31, 10, 30), moment)
        sheet.write_boolean(1, 6, True)
        sheet.write_formula(1, 7, "=1+1", value=2)
        sheet.write_number(1, 8, 45292)

    table = open_table(book(tmp_path / "a.xlsx", fill))
    assert table.format == "xlsx" and table.sheet == "People"
    [row] = table.rows()
    assert row.cells[:4] == ("01234", "7", "0.1", "0.0000001")
    assert row.cells[4] in ("2026-01-31", "2026-01-31T00:00:00")
    assert row.cells[5:] == ("2026-01-31T10:30:00", "true", "2", "45292")


@pytest.mark.parametrize("of_1904", [False, True])
def test_both_calendars_of_excel(tmp_path: Path, of_1904: bool) -> None:
    def fill(made: Any) -> None:
        sheet = made.add_worksheet()
        sheet.write(0, 0, "Day")
        sheet.write_datetime(1, 0, date(2024, 2, 29), made.add_format({"num_format": "yyyy-mm-dd"}))

    table = open_table(book(tmp_path / "a.xlsx", fill, date_1904=of_1904))
    assert next(table.rows()).cells[0].startswith("2024-02-29")


def test_sheets_blank_margins_and_gaps(tmp_path: Path) -> None:
    def fill(made: Any) -> None:
        made.add_worksheet("Empty")
        made.add_worksheet("Hidden").write(0, 0, "secret")
        made.get_worksheet_by_name("Hidden").hide()
        sheet = made.add_worksheet("Data")
        sheet.write_row(2, 1, ["Name", "Note"])
        sheet.write_row(3, 1, ["A", "x"])
        sheet.write_row(6, 1, ["B", "y"])

    path = book(tmp_path / "a.xlsx", fill)
    table = open_table(path)
    assert table.sheet == "Data" and table.sheets == ("Empty", "Data")
    assert [column.letter for column in table.columns] == ["B", "C"]
    assert list(table.rows()) == [Row(4, ("A", "x")), Row(7, ("B", "y"))]
    with pytest.raises(NotATable, match="no sheet"):
        open_table(path, sheet="Nothing")
    with pytest.raises(NotATable, match="empty"):
        open_table(path, sheet="Empty")


def test_a_workbook_is_known_by_what_it_holds(tmp_path: Path) -> None:
    path = book(tmp_path / "wrongly-called.csv", lambda made: made.add_worksheet().write(0, 0, "Name"))
    assert open_table(path).format == "xlsx"


def test_other_files_are_told_as_what_they_are(tmp_path: Path) -> None:
    old = tmp_path / "old.xlsx"
    old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(NotATable, match="old kind"):
        open_table(old)
    plain = tmp_path / "plain.xlsx"
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(NotATable, match="no XLSX workbook"):
        open_table(plain)
    cut = tmp_path / "cut.xlsx"
    whole = book(tmp_path / "whole.xlsx", lambda made: made.add_worksheet().write(0, 0, "Name")).read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(NotATable):
        open_table(cut)
    damaged = bytearray(whole)
    damaged[200:260] = bytes(60)
    cut.write_bytes(damaged)
    with pytest.raises(NotATable):
        open_table(cut)


def _zip(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_guard, "MOST_UNPACKED", 8 << 20)
    path = _zip(
        tmp_path / "bomb.xlsx", {"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": bytes(20 << 20)}
    )
    assert path.stat().st_size < 100_000
    with pytest.raises(TooLarge, match="unpacks"):
        check_workbook(path)


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_guard, "MOST_UNPACKED", 8 << 20)
    content = bytes(20 << 20)
    path = _zip(tmp_path / "liar.xlsx", {"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": content})
    size, small = len(content).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    sum_ = zlib.crc32(content).to_bytes(4, "little")
    told = path.read_bytes()
    assert told.count(size) == 2 and sum_ in told
    path.write_bytes(told.replace(size, small))
    with pytest.raises(TooLarge, match="unpacks"):
        check_workbook(path)


def test_a_cell_at_the_worlds_end_is_refused(tmp_path: Path) -> None:
    def fill(made: Any) -> None:
        sheet = made.add_worksheet()
        sheet.write(0, 0, "Name")
        sheet.write(1_048_575, 16_383, "far away")

    with pytest.raises(TooLarge, match="reaches to column 16,384 of row 1,048,576"):
        open_table(book(tmp_path / "far.xlsx", fill))


def test_a_reach_is_seen_across_pieces() -> None:
    xml = b"<row r='7'><c  r = \"XFD1048576\" t='s'><v>1</v></c></row>" * 3
    for cut in range(1, len(xml)):
        reach = Reach()
        reach.see(xml[:cut])
        reach.see(xml[cut:])
        assert (reach.columns, reach.rows) == (16_384, 1_048_576)


def test_too_many_parts_are_refused(tmp_path: Path) -> None:
    parts = {f"xl/media/{i}": b"" for i in range(xlsx_guard.MOST_PARTS)}
    with pytest.raises(TooLarge, match="parts"):
        check_workbook(_zip(tmp_path / "many.xlsx", {"xl/workbook.xml": b"", **parts}))


def test_entities_do_not_unfold(tmp_path: Path) -> None:
    """A billion laughs: the reader knows no entities of the file's own."""
    path = book(tmp_path / "a.xlsx", lambda made: made.add_worksheet().write_column(0, 0, ["Name", "A"]))
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/sharedStrings.xml"]
    parts["xl/sharedStrings.xml"] = sheet.replace(b"<sst", laughs + b"<sst", 1).replace(b">A<", b">&b;<", 1)
    evil = _zip(tmp_path / "evil.xlsx", parts)
    try:
        found = [row.cells for row in open_table(evil).rows()]
    except NotATable:
        return
    assert "hahaha" not in str(found)
