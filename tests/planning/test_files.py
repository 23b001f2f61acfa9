"""Files of ids and tables of owners, as people have them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmdesk.config.errors import InputError
from crmdesk.planning import files


def write(tmp_path: Path, data: str | bytes) -> Path:
    path = tmp_path / "some.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "1\n2\n3\n",
        "id\n1\n2\n3\n",
        "\ufeffid\r\n1\r\n2\r\n3\r\n",
        "Name,ID\nx,1\n\ny,2\nz,3\n",
        "Id;name\n1;x\n2;y\n3;z",
        "name\tid\nx\t 1 \ny\t2\nz\t3\n",
        '"Contact"\n"1"\n"2"\n"3"\n',
        "id\r1\r2\r3\r",
        "\n\nid,owner\n1,x\n2,y\n3,z\n",
    ],
)
def test_ids_in_every_form(tmp_path: Path, text: str) -> None:
    found = files.read_ids(write(tmp_path, text))
    assert (found.ids, found.bad) == ((1, 2, 3), ())


def test_bad_lines_are_listed_with_their_number(tmp_path: Path) -> None:
    text = "id,x\n12,a\n1.5E+9,b\n12,c\n-3,d\n0,e\n" + "9" * 30 + ",f\n,g\n٣,h\n402000116015,i\n"
    found = files.read_ids(write(tmp_path, text))
    assert found.ids == (12, 402000116015)
    assert [bad.line for bad in found.bad] == [3, 4, 5, 6, 7, 8, 9]
    assert "further up" in found.bad[1].why


@pytest.mark.parametrize("data", [b"\xff\xfe1\x002\x00", b"id\n\xe4\n"])
def test_what_is_no_text(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InputError):
        files.read_ids(write(tmp_path, data))


def test_a_field_beyond_measure(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        files.read_ids(write(tmp_path, 'id\n"' + "x" * 200_000 + '"\n'))
    assert caught.value.remedy


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        files.read_ids(tmp_path / "none.csv")


def owner_of(text: str) -> int | None:
    if text == "nobody":
        return None
    if text == "ann@example.com":
        return 7
    raise InputError(f"No user is called “{text}”.")


def test_a_table_of_owners(tmp_path: Path) -> None:
    text = "owner;id\nann@example.com;1\nnobody;2\nbob;3\n;4\nann@example.com;1\nann@example.com;x\n"
    table, bad = files.read_owner_table(write(tmp_path, text), owner_of)
    assert table.owner_of == {1: 7, 2: None}
    assert [line.line for line in bad] == [4, 5, 6, 7]
    assert table.owners() == [7, None]


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(data)
    try:
        found = files.read_ids(path)
    except InputError:
        return
    assert all(isinstance(record_id, int) and record_id > 0 for record_id in found.ids)
