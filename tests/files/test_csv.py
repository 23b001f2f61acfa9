"""CSV as people have it, and as nobody should: encodings, separators, ragged rows, headings, what is no text."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from crmdesk.files import csv_reader
from crmdesk.files.errors import FileTrouble, NotATable, TooLarge
from crmdesk.files.reader import open_table
from crmdesk.files.tables import LONGEST_CELL, Row

GERMAN = "Name;Straße;Ort\r\nMüller & Söhne;Große Straße 5;Köln\r\nJäger;Öländerweg;Düsseldorf\r\n"
RUSSIAN = "Имя,Город,Комментарий\r\nИван Петров,Москва,Позвонить завтра утром\r\nАнна Сидорова,Казань,Выслать смету\r\n"
POLISH = "Imię,Miasto,Uwagi\r\nŁukasz Żółć,Łódź,Proszę zadzwonić jutro rano\r\nZażółć Gęśla,Kraków,Wysłać ofertę\r\n"
JAPANESE = "名前,都市,備考\r\n山田太郎,東京,明日の朝に電話してください\r\n鈴木花子,大阪,見積書を送ってください\r\n"


def cells(path: Path, **how: str) -> list[tuple[str, ...]]:
    table = open_table(path, **how)
    return [tuple(column.heading for column in table.columns), *(row.cells for row in table.rows())]


def written(tmp_path: Path, content: bytes | str) -> Path:
    path = tmp_path / "people.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("text", "encoding", "sure"),
    [
        (GERMAN, "utf-8", True),
        (GERMAN, "utf-8-sig", True),
        (GERMAN, "utf-16", True),
        (GERMAN, "utf-16-le", False),
        (GERMAN, "utf-16-be", False),
        (GERMAN, "utf-32", True),
        (GERMAN, "cp1252", False),
        (RUSSIAN, "cp1251", False),
        (POLISH, "cp1250", False),
        (JAPANESE, "cp932", False),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, text: str, encoding: str, sure: bool) -> None:
    table = open_table(written(tmp_path, text.encode(encoding)))
    assert [row.cells for row in table.rows()] == [tuple(line.split(table.separator)) for line in text.splitlines()[1:]]
    assert table.encoding_sure is sure


def test_one_accent_far_down_is_read_as_western(tmp_path: Path) -> None:
    """A guess from so little must be the commonest, not the cleverest."""
    text = "name,city\r\n" + "Smith,Boston\r\n" * 20_000 + "José,Bogotá\r\n"
    table = open_table(written(tmp_path, text.encode("cp1252")))
    assert list(table.rows())[-1].cells == ("José", "Bogotá")
    assert not table.encoding_sure


def test_an_encoding_given_wins_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, GERMAN.encode("cp1252"))
    assert cells(path, encoding="cp1250")[1][0] == "Müller & Söhne"
    with pytest.raises(NotATable, match="not text in utf-8"):
        open_table(path, encoding="utf-8")
    with pytest.raises(NotATable):
        open_table(path, encoding="no-such-encoding")


def test_a_wrong_byte_far_down_is_told_while_reading(tmp_path: Path) -> None:
    table = open_table(written(tmp_path, b"name\r\n" + b"x\r\n" * 300_000 + b"\xff\r\n"), encoding="utf-8")
    with pytest.raises(NotATable, match="not text in utf-8"):
        list(table.rows())


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path: Path, separator: str) -> None:
    lines = [("name", "amount", "note"), ("A; B, C", "1,5", "it's | that"), ("D", "2,5", 'say "x"\nor not')]
    quoted = ["".join(['"', cell.replace('"', '""'), '"']) for line in lines for cell in line]
    text = "\r\n".join(separator.join(quoted[i : i + 3]) for i in range(0, 9, 3))
    assert cells(written(tmp_path, text)) == lines


def test_decimal_commas_are_not_taken_for_separators(tmp_path: Path) -> None:
    text = "name;amount\nA;1,5\nB;2,75\nC;3,125\n"
    assert cells(written(tmp_path, text))[3] == ("C", "3,125")


def test_excels_own_line_names_the_separator(tmp_path: Path) -> None:
    table = open_table(written(tmp_path, "sep=|\r\nname|a,b\r\nx|1,2\r\n"))
    assert [column.heading for column in table.columns] == ["name", "a,b"]
    assert list(table.rows()) == [Row(3, ("x", "1,2"))]


def test_a_single_column_is_a_table(tmp_path: Path) -> None:
    assert cells(written(tmp_path, "name\nA\n\nB\n")) == [("name",), ("A",), ("B",)]


def test_rows_are_numbered_as_a_spreadsheet_does(tmp_path: Path) -> None:
    table = open_table(written(tmp_path, '\n\nname,note\n\nA,"two\nlines"\n,\nB,x\n'))
    assert [(row.number, row.cells[0]) for row in table.rows()] == [(5, "A"), (7, "B")]


def test_ragged_rows_say_nothing_of_what_they_lack_and_are_told_of_what_is_too_much(tmp_path: Path) -> None:
    table = open_table(written(tmp_path, "a,b,c\n1\n1,2,3,,\n1,2,3,4\n"))
    short, padded, long = table.rows()
    assert short.cell(0) == "1" and short.cell(1) is None
    assert padded.cells == ("1", "2", "3") and not padded.faults
    assert long.faults == ((3, "the row has more cells than the heading"),)


def test_headings_that_repeat_or_lack_get_a_name_of_their_own(tmp_path: Path) -> None:
    table = open_table(written(tmp_path, "Name,name,,Name,Name (2)\n1,2,3,4,5\n"))
    assert [column.key for column in table.columns] == ["Name", "name (2)", "Column C", "Name (3)", "Name (2) (2)"]
    assert [column.repeated for column in table.columns] == [False, True, False, True, True]
    found = table.column("D")
    assert found is not None and found.key == "Name (3)"


def test_a_nul_is_told_by_row_and_place(tmp_path: Path) -> None:
    text = "name,note\n" + "A,fine\n" * 20 + "B,x\0y\n"
    *good, bad = open_table(written(tmp_path, text)).rows()
    assert not any(row.faults for row in good)
    assert bad.number == 22 and bad.faults[0][0] == 1 and "NUL" in bad.faults[0][1]


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n", b" , ,\n", codecs.BOM_UTF8, codecs.BOM_UTF16_LE])
def test_an_empty_file_is_told(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(NotATable) as caught:
        open_table(written(tmp_path, content))
    assert caught.value.remedy


def test_a_heading_without_rows_is_a_table_without_rows(tmp_path: Path) -> None:
    assert cells(written(tmp_path, "name,note")) == [("name", "note")]


def test_pictures_and_other_binaries_are_no_tables(tmp_path: Path) -> None:
    with pytest.raises(NotATable):
        open_table(written(tmp_path, b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40))


def test_a_quote_that_never_closes_is_told_with_its_row(tmp_path: Path) -> None:
    text = "name,note\nA,x\n" + 'B,"open\n' + "C,y\n" * LONGEST_CELL
    table = open_table(written(tmp_path, text))
    with pytest.raises(NotATable, match="Row 3 ") as caught:
        list(table.rows())
    assert "quotation mark" in caught.value.remedy


def test_a_file_beyond_all_measure_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(b"name\n")
        file.truncate(csv_reader.MOST_BYTES + 1)  # sparse: it takes no room
    with pytest.raises(TooLarge):
        open_table(path)


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="columns"):
        open_table(written(tmp_path, ",".join(f"c{i}" for i in range(5_000)) + "\n"))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileTrouble, match="can't be read"):
        open_table(tmp_path / "nothing.csv")


def test_rows_can_be_read_again(tmp_path: Path) -> None:
    table = open_table(written(tmp_path, "a,b\n1,2\n3,4\n"))
    assert list(table.rows()) == list(table.rows())
