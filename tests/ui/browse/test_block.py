"""Blocks of cells as text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crmdesk.ui.browse.block import block_text, parse_block, tiled

CELL = st.text(alphabet=st.sampled_from('ab "\t\n\r,;é'), max_size=6)


@given(st.integers(1, 4).flatmap(lambda wide: st.lists(st.lists(CELL, min_size=wide, max_size=wide), min_size=1)))
def test_what_was_copied_is_read_back(rows: list[list[str]]) -> None:
    assert parse_block(block_text(rows) + "\n") == rows


def test_what_spreadsheets_write() -> None:
    assert parse_block("a\tb\r\nc\td\r\n") == [["a", "b"], ["c", "d"]]
    assert parse_block('"two\nlines"\t"say ""so"""') == [["two\nlines", 'say "so"']]
    assert parse_block('5" pipe\tx\ny\tz') == [['5" pipe', "x"], ["y", "z"]]
    assert parse_block("a\n\nb") == [["a"], [""], ["b"]]


def test_a_block_fills_a_larger_one_it_fits_into() -> None:
    assert tiled([["x"]], 2, 3) == [["x"] * 3] * 2
    assert tiled([["a", "b"]], 2, 2) == [["a", "b"], ["a", "b"]]
    assert tiled([["a"], ["b"]], 3, 1) == [["a"], ["b"]], "three rows are no multiple of two"
    assert tiled([["a"], ["b", "c"]], 4, 4) == [["a"], ["b", "c"]]
