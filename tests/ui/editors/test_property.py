"""Any value in normal form that a field can hold stays itself: set, shown, read from the widgets."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmdesk.crm.kinds import decimal_text, kind_of, normal
from crmdesk.crm.modules import BUILT_IN
from tests.ui.editors.conftest import CHOICES, Maker, field_of

LETTERS = st.characters(codec="utf-8", exclude_characters="\r\x00", exclude_categories=("Cs", "Cc", "Zl", "Zp"))
LINE = st.text(LETTERS, min_size=1, max_size=60).filter(str.strip)
AREA = st.text(st.one_of(LETTERS, st.just("\n"), st.just("\t")), min_size=1, max_size=200).filter(str.strip)
DECIMALS = st.decimals(min_value=-(10**12), max_value=10**12, places=4).map(decimal_text)
MAILS = st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.(com|org)", fullmatch=True)
ENTRIES = st.lists(MAILS, min_size=1, max_size=4, unique=True).flatmap(
    lambda mails: st.integers(0, len(mails) - 1).map(
        lambda first: [{"value": mail, "is_primary": place == first} for place, mail in enumerate(mails)]
    )
)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ")
)
WORDS = [choice.value for choice in CHOICES]
KINDS: tuple[tuple[str, str, st.SearchStrategy[Any]], ...] = (
    ("cf_text", "text", LINE),
    ("cf_area", "textarea", AREA),
    ("cf_number", "number", st.integers(-(10**14), 10**14)),
    ("cf_decimal", "decimal", DECIMALS),
    ("amount", "number", DECIMALS),
    ("cf_date", "date", st.dates(date(1900, 1, 1), date(2200, 1, 1)).map(date.isoformat)),
    ("cf_time", "date_time", MOMENTS),
    ("cf_check", "checkbox", st.booleans()),
    ("cf_choice", "dropdown", st.sampled_from(WORDS)),
    ("cf_radio", "radio", st.sampled_from(WORDS)),
    ("cf_multi", "multi_select_dropdown", st.lists(st.sampled_from(WORDS), min_size=1, unique=True)),
    ("cf_lookup", "auto_complete", st.integers(1, 2**53)),
    ("owner_id", "dropdown", st.integers(1, 2**53)),
    ("tags", "text", st.lists(LINE.map(str.strip).filter(lambda tag: "," not in tag), min_size=1, unique=True)),
    ("subscription_types", "multi_select_dropdown", st.sets(st.integers(1, 5), min_size=1).map(sorted)),
    ("emails", "group_field", ENTRIES),
)


@pytest.mark.parametrize(("name", "type_", "values"), KINDS, ids=[name for name, *_ in KINDS])
def test_any_value_stays_itself(make: Maker, name: str, type_: str, values: st.SearchStrategy[Any]) -> None:
    own = name in ("owner_id", "subscription_types")
    choices = CHOICES if type_ in ("dropdown", "radio", "multi_select_dropdown") and not own else ()
    field = field_of(name, type_, choices=choices)
    kind = kind_of(BUILT_IN["contacts"], field)
    editor = make(field)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.one_of(values, st.none()))
    def holds(value: Any) -> None:
        assert normal(kind, value) == value, "the strategy gives normal forms"
        editor.set_value(value)
        assert editor.value() == value and editor.read() == value
        editor.touch()
        assert editor.value() == value

    holds()
