"""How values read: nothing lost, nothing made up, and not loaded is never blank."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta, timezone
from typing import Any

import pytest

from crmdesk.ui.browse.names import LiveNames
from crmdesk.ui.browse.values import (
    BLANK,
    NOT_LOADED_TEXT,
    UNKNOWN,
    VALUE,
    Kind,
    Texts,
    Value,
    date_text,
    folded,
    list_text,
    money_text,
    number_text,
    sort_key,
)
from tests.ui.browse.pages import NoDirectory

INDIA = timezone(timedelta(hours=5, minutes=30))


def text(kind: Kind, record: Mapping[str, Any], key: str = "x", **more: Any) -> str:
    return Texts(LiveNames(NoDirectory()), INDIA).text(Value(key, kind, **more), record)


def test_an_absent_key_is_not_blank() -> None:
    assert text(Kind.TEXT, {"x": None}) == ""
    assert text(Kind.TEXT, {"x": ""}) == ""
    assert text(Kind.TEXT, {}) is NOT_LOADED_TEXT
    assert text(Kind.OWNER, {}, "owner_id") is NOT_LOADED_TEXT
    assert text(Kind.OWNER, {"owner_id": None}, "owner_id") == "nobody"
    assert text(Kind.OWNER, {"updater_id": None}, "updater_id") == ""


def test_custom_fields_are_found() -> None:
    assert text(Kind.TEXT, {"custom_field": {"cf_plan": "Gold"}}, "cf_plan") == "Gold"
    assert text(Kind.TEXT, {"custom_field": {}}, "cf_plan") is NOT_LOADED_TEXT


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2026-11-20T10:00:00+01:00", "20 Nov 2026 14:30"),
        ("2026-11-20T23:59:00Z", "21 Nov 2026 05:29"),
        ("2026-11-20T10:00:00", "20 Nov 2026 15:30"),
        ("soon", "soon"),
    ],
)
def test_times_are_in_the_persons_zone(value: str, shown: str) -> None:
    assert text(Kind.MOMENT, {"x": value}) == shown


def test_a_date_has_no_zone() -> None:
    assert date_text("2026-11-20T00:00:00-11:00") == "20 Nov 2026"
    assert date_text("2026-02-01") == "01 Feb 2026"


@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [
        ("7919.0", "EUR", "€ 7,919.00"),
        ("0.0", "USD", "$ 0.00"),
        ("-12.345", "CHF", "CHF \u221212.345"),
        ("1200.0", "JPY", "¥ 1,200"),
        ("9007199254740991.01", "", "9,007,199,254,740,991.01"),
        ("a lot", "EUR", "a lot"),
    ],
)
def test_money_keeps_its_digits_and_its_currency(value: str, currency: str, shown: str) -> None:
    assert money_text(value, currency) == shown


def test_numbers_and_lists() -> None:
    assert number_text(1234567) == "1,234,567"
    assert number_text("4200.50") == "4,200.5"
    assert number_text("n/a") == "n/a"
    assert number_text(-3) == "\u22123"
    assert list_text("2;3;4") == "2, 3, 4"
    assert list_text([{"value": "a@b.c", "is_primary": True}, {"value": "d@e.f"}]) == "a@b.c, d@e.f"


def test_choices_by_id_or_text() -> None:
    choices = {"400": "Gold"}
    assert text(Kind.CHOICE, {"x": 400}, choices=choices) == "Gold"
    assert text(Kind.CHOICE, {"x": "400"}, choices=choices) == "Gold"
    assert text(Kind.CHOICE, {"x": "Silver"}, choices=choices) == "Silver"


def test_a_cell_is_one_line() -> None:
    assert text(Kind.TEXT, {"x": "first\nsecond\tthird"}) == "first second third"


def test_names_that_came_beside_the_rows_are_used_and_others_wait() -> None:
    names = LiveNames(NoDirectory())
    assert names.owner(4) == "…"
    names.learn({"users": [{"id": 4, "display_name": "Dev Patel"}]})
    assert names.owner(4) == "Dev Patel"
    names.pending = False
    assert names.owner(5) == "5"


def test_sorting_puts_blank_after_values_and_unknown_last() -> None:
    value = Value("x", Kind.MONEY)
    assert sort_key(value, {"x": "10.0"}, "€ 10.00") == (VALUE, 10.0)
    assert sort_key(value, {"x": None}, "")[0] == BLANK
    assert sort_key(value, {}, NOT_LOADED_TEXT)[0] == UNKNOWN
    assert folded("Ågård") == "agard" and folded("ŁUKASZ").startswith("łuk")
