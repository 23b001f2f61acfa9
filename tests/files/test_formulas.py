"""Formulas are harmless in a file, and text comes back as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.files.formulas import harmless, marked, revealed, risky

nasty = st.text(st.sampled_from("'=+-@\t\r\n＝1a. "), max_size=8) | st.text(max_size=12)


@given(nasty)
def test_what_was_made_harmless_is_revealed_as_it_was(text: str) -> None:
    assert revealed(harmless(text)) == text


@given(nasty)
def test_nothing_harmless_begins_like_a_formula(text: str) -> None:
    assert not risky(harmless(text))


@given(nasty)
def test_a_cell_typed_as_text_comes_back_too(text: str) -> None:
    assert revealed(marked(text)) == text


@pytest.mark.parametrize("text", ["=1+1", "+49 30 1", "-x", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "'=1", "-1+1"])
def test_formulas_get_an_apostrophe(text: str) -> None:
    assert harmless(text) == "'" + text


@pytest.mark.parametrize("text", ["-5", "-5.25", "plain", "'quoted'", "O'Neill", "", "5=5"])
def test_the_rest_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text
