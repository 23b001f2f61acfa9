"""Between a person's text and a value: what is typed is understood or refused with a remedy, and comes back whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmdesk.crm.kinds import Kind, kind_of, normal, wire
from crmdesk.crm.modules import BUILT_IN, custom_module
from crmdesk.crm.naming import KnownNames, Named, lookup_module, options
from crmdesk.crm.schema import Choice, Field
from crmdesk.crm.texts import BadValue, column_writer, from_text, to_text
from crmdesk.crm.zones import RAILS

BERLIN = ZoneInfo("Europe/Berlin")
PROPERTY = custom_module({"entity_name": "cm_property", "singular_name": "Property"})
DEALS, CONTACTS, ACCOUNTS = BUILT_IN["deals"], BUILT_IN["contacts"], BUILT_IN["sales_accounts"]


class Listed(KnownNames):
    """Names of an account, given as they are."""

    def __init__(self, **kinds: Sequence[Named]) -> None:
        super().__init__()
        self._kinds = kinds

    def items(self, kind: str) -> Sequence[Named]:
        return self._kinds.get(kind, ())


NAMES = Listed(
    owners=(
        Named(11, "Ada Lovelace", "ada@example.com"),
        Named(12, "Grace Hopper", "grace@example.com"),
        Named(13, "ada lovelace", "other.ada@example.com"),
        Named(14, "nobody", "nobody@example.com"),
        Named(15, "12"),
    ),
    deal_stages=(
        Named(1, "New", group="Sales"),
        Named(2, "Won", group="Sales"),
        Named(3, "New", group="Renewals"),
        Named(4, "2"),
        Named(5, "Hot; cold"),
    ),
)
NAMES.learn("sales_accounts", 900, "Acme")
NAMES.learn("sales_accounts", 901, "Twins")
NAMES.learn("sales_accounts", 902, "twins")
NAMES.learn("sales_accounts", 903, "901")


def field(name: str, kind: str, *choices: str, custom: bool | None = None, lookup: str | None = None) -> Field:
    listed = tuple(Choice(str(40 + place), text, place) for place, text in enumerate(choices))
    own = name.startswith("cf_") if custom is None else custom
    return Field(name, name.removeprefix("cf_").capitalize(), kind, custom=own, choices=listed, lookup=lookup)


def read(text: str, of: Field, spec: Any = PROPERTY, zone: tzinfo = BERLIN) -> Any:
    return from_text(text, spec, of, NAMES, zone)


# -- any value survives ---------------------------------------------------------------------------------------

CHOICES = ("One", "one", "a;b", '"quoted"', "11", "42", "a", "b", "a; b", "x\ny", "[c] *", "#41", "Ünïcode")
PICKED = st.sampled_from(CHOICES)
IDS = st.integers(1, 2**63)
ZONES = st.sampled_from(
    [BERLIN, UTC, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("Africa/Monrovia")]
)
ENTRY = st.text(min_size=1).filter(lambda text: text.strip() != "")
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**17), max_value=10**17, places=4)
INSTANTS = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)) | st.datetimes(
    datetime(2026, 10, 24, 20), datetime(2026, 11, 2)
)


def _stamps(moment: datetime) -> st.SearchStrategy[str]:
    text = moment.replace(microsecond=0).isoformat()
    return st.sampled_from(
        [text, f"{text}Z", f"{text}+05:30", f"{text}-0800", f"{text}+01", text[:16], f"{text[:16]}Z"]
    )


def _entries(values: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    entry = st.fixed_dictionaries(
        {"value": values, "is_primary": st.booleans(), "label": st.none() | st.text()},
        optional={"id": IDS, "_destroy": st.booleans()},
    )
    return st.lists(entry, max_size=4)


OF_EACH: dict[Kind, tuple[Any, Field, st.SearchStrategy[Any]]] = {
    Kind.RAW: (PROPERTY, field("cf_raw", "hologram"), st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda part: st.lists(part) | st.dictionaries(st.text(), part),
    )),
    Kind.TEXT: (PROPERTY, field("cf_text", "text"), st.text() | st.integers()),
    Kind.LONG_TEXT: (PROPERTY, field("cf_long", "paragraph"), st.text()),
    Kind.NUMBER: (PROPERTY, field("cf_number", "number"), st.integers() | st.floats(-1e15, 1e15) | DECIMALS.map(str)),
    Kind.DECIMAL: (PROPERTY, field("cf_decimal", "decimal"), DECIMALS.map(str) | st.floats(-1e15, 1e15)),
    Kind.MONEY: (DEALS, field("amount", "number"), DECIMALS.map(str) | st.integers(0, 10**18)),
    Kind.DATE: (PROPERTY, field("cf_date", "date"), st.dates().map(str) | INSTANTS.flatmap(_stamps)),
    Kind.TIME: (PROPERTY, field("cf_time", "date_time"), INSTANTS.flatmap(_stamps)),
    Kind.CHECKBOX: (PROPERTY, field("cf_box", "checkbox"), st.booleans() | st.sampled_from(["true", "false", 0, 1])),
    Kind.CHOICE_ID: (DEALS, field("deal_stage_id", "dropdown"), st.integers(1, 12) | IDS | IDS.map(str)),
    Kind.CHOICE_TEXT: (PROPERTY, field("cf_choice", "dropdown", *CHOICES), PICKED),
    Kind.MULTI_ID: (DEALS, field("deal_types", "multi_select_dropdown", *CHOICES), st.lists(st.integers(38, 60) | IDS)),
    Kind.MULTI_TEXT: (
        PROPERTY,
        field("cf_multi", "multi_select_dropdown", *CHOICES),
        st.lists(PICKED) | PICKED | st.lists(st.sampled_from(["a", "b", "One"])).map(";".join),
    ),
    Kind.LOOKUP: (
        PROPERTY,
        field("cf_lookup", "auto_complete", lookup="account"),
        st.integers(899, 904) | IDS | IDS.map(str),
    ),
    Kind.USER: (DEALS, field("owner_id", "dropdown"), st.integers(10, 16) | IDS),
    Kind.EMAILS: (CONTACTS, field("emails", "group_field"), _entries(ENTRY)),
    Kind.PHONES: (CONTACTS, field("phone_numbers", "group_field"), _entries(ENTRY)),
    Kind.TAGS: (CONTACTS, field("tags", "multi_select_dropdown"), st.lists(ENTRY)),
    Kind.SUBSCRIPTION: (
        CONTACTS,
        field("subscription_types", "multi_select_dropdown"),
        st.lists(st.integers(1, 7)) | st.lists(st.integers(1, 5)).map(lambda ids: ";".join(map(str, ids))),
    ),
    Kind.LINE: (DEALS, field("products:17", "text"), st.just(True) | st.fixed_dictionaries(
        {"quantity": st.integers(1, 99)},
        optional={"discount": DECIMALS.map(str), "unit_price": DECIMALS.map(str), "setup_fee": st.none()},
    )),
    Kind.ZONE: (BUILT_IN["appointments"], field("time_zone", "dropdown"), st.sampled_from([*RAILS, *RAILS.values()])),
    Kind.URL: (ACCOUNTS, field("website", "text"), st.text()),
    Kind.EMAIL: (CONTACTS, field("email", "text"), st.text()),
    Kind.PHONE: (CONTACTS, field("mobile_number", "text"), st.text()),
}  # fmt: skip


def test_every_kind_is_tried() -> None:
    assert set(OF_EACH) == set(Kind)
    assert {kind: kind_of(spec, of) for kind, (spec, of, _) in OF_EACH.items()} == {kind: kind for kind in Kind}


@pytest.mark.parametrize("kind", list(Kind))
@settings(deadline=None)
@given(data=st.data(), zone=ZONES)
def test_any_value_survives_read_show_edit_send_read(kind: Kind, data: st.DataObject, zone: tzinfo) -> None:
    spec, of, wires = OF_EACH[kind]
    kept = normal(kind, data.draw(wires))
    shown = to_text(kept, spec, of, NAMES, zone)
    edited = from_text(shown, spec, of, NAMES, zone)
    assert edited == kept
    assert normal(kind, wire(kind, edited, custom=of.custom)) == kept


# -- what a person writes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("1234.5", "1234.5"),
        ("1,234.50", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1 234,5", "1234.5"),
        ("1'234.5", "1234.5"),
        ("12,34,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1,234", "1234"),
        ("12,5", "12.5"),
        ("€ 99", "99"),
        ("99.90 EUR", "99.9"),
        ("\u22125", "-5"),
        ("٣٤", "34"),
        ("1e3", "1000"),
    ],
)
def test_amounts_as_people_write_them(text: str, kept: str) -> None:
    assert read(text, field("amount", "number"), DEALS) == kept


@pytest.mark.parametrize("text", ["abc", "1,23,4", "1.2,3.4", "--5", "12 apples", "1,2,3", "NaN", "1.234.56"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(BadValue) as wrong:
        read(text, field("cf_n", "decimal"))
    assert text in wrong.value.message
    assert wrong.value.field == "cf_n"
    assert "point" in wrong.value.remedy


def test_a_riddle_is_asked_back() -> None:
    with pytest.raises(BadValue, match=r"1234 or as 1\.234"):
        read("1,234", field("cf_n", "decimal"))
    with pytest.raises(BadValue, match="2026-03-04 or as 2026-04-03"):
        read("03/04/2026", field("cf_d", "date"))


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20",
        "20.11.2026",
        "2026/11/20",
        "11/20/2026",
        "20/11/2026",
        "20 Nov 2026",
        "20-Nov-2026",
        "November 20, 2026",
        "Fri, 20 November 2026",
        "Fri Nov 20 2026 23:30:00 GMT+0500",
        "2026-11-20T23:30:00-08",
    ],
)
def test_dates_as_people_write_them(text: str) -> None:
    assert read(text, field("cf_d", "date")) == "2026-11-20"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("2026-11-20 14:30", "2026-11-20T13:30:00Z"),
        ("2026-11-20", "2026-11-19T23:00:00Z"),
        ("2026-07-20T14:30", "2026-07-20T12:30:00Z"),
        ("2026-11-20T14:30Z", "2026-11-20T14:30:00Z"),
        ("2026-11-20T14:30:05+05:30", "2026-11-20T09:00:05Z"),
        ("20 Nov 2026 2:30 pm", "2026-11-20T13:30:00Z"),
        ("20.11.2026, 14:30", "2026-11-20T13:30:00Z"),
        ("Nov 20, 2026 at 12am", "2026-11-19T23:00:00Z"),
        ("Tue Jun 21 2016 11:00:00 GMT+0000", "2016-06-21T11:00:00Z"),
    ],
)
def test_times_are_the_persons(text: str, kept: str) -> None:
    assert read(text, field("cf_t", "date_time")) == kept


@pytest.mark.parametrize(
    "text", ["2026-02-30", "30.02.2026", "tomorrow", "99", "2026-11-20 25:00", "20 Foo 2026", "13/13/2026"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    for kind in ("date", "date_time") if ":" not in text else ("date_time",):
        with pytest.raises(BadValue) as wrong:
            read(text, field("cf_t", kind))
        assert "2026-11-20" in wrong.value.remedy


def test_an_hour_that_comes_twice_says_which() -> None:
    of = field("cf_t", "date_time")
    first, second = (to_text(f"2026-10-25T0{hour}:30:00Z", PROPERTY, of, NAMES, BERLIN) for hour in (0, 1))
    assert (first, second) == ("2026-10-25 02:30", "2026-10-25 02:30:00+01:00")


def test_owners_by_name_email_or_id() -> None:
    of = field("owner_id", "dropdown")
    assert read("grace hopper", of, DEALS) == 12
    assert read("Ada Lovelace", of, DEALS) == 11
    assert read("OTHER.ada@example.com", of, DEALS) == 13
    assert read("77", of, DEALS) == 77
    assert read("nobody", of, DEALS) is None
    assert to_text(14, DEALS, of, NAMES, BERLIN) == "nobody@example.com"
    with pytest.raises(BadValue, match="names 2") as wrong:
        read("ADA LOVELACE", of, DEALS)
    assert "ada@example.com (id 11)" in wrong.value.remedy
    assert "other.ada@example.com (id 13)" in wrong.value.remedy
    with pytest.raises(BadValue) as wrong:
        read("Grace Hoper", of, DEALS)
    assert "“Grace Hopper”" in wrong.value.remedy


def test_equal_stages_are_told_apart_by_their_pipeline() -> None:
    of = field("deal_stage_id", "dropdown")
    with pytest.raises(BadValue) as wrong:
        read("new", of, DEALS)
    assert "New (Sales) (id 1)" in wrong.value.remedy
    assert read("New (Renewals)", of, DEALS) == 3
    assert to_text(3, DEALS, of, NAMES, BERLIN) == "New (Renewals)"
    # An id that is another stage's name is never mistaken for it.
    assert (read("2", of, DEALS), to_text(2, DEALS, of, NAMES, BERLIN)) == (4, "Won")
    assert read("#2", of, DEALS) == 2


def test_choices_of_custom_fields_are_their_text() -> None:
    of = field("cf_region", "dropdown", "EMEA", "Americas")
    assert read("emea", of) == "EMEA"
    assert read("41", of) == "Americas"
    with pytest.raises(BadValue) as wrong:
        read("Mars", of)
    assert wrong.value.remedy == "It can be EMEA, Americas."
    several = field("cf_regions", "multi_select_dropdown", "EMEA", "Americas")
    assert read("americas; EMEA", several) == ["Americas", "EMEA"]
    with pytest.raises(BadValue):
        read("EMEA; Mars", several)


def test_lookups_by_label_or_id() -> None:
    of = field("sales_account_id", "auto_complete")
    assert lookup_module(DEALS, of) == "sales_accounts"
    assert read("acme", of, DEALS) == 900
    assert read("901", of, DEALS) == 901
    assert to_text(900, DEALS, of, NAMES, BERLIN) == "Acme"
    assert to_text(903, DEALS, of, NAMES, BERLIN) == "903"
    with pytest.raises(BadValue, match="2 records"):
        read("Twins", of, DEALS)
    with pytest.raises(BadValue, match="no record"):
        read("Unheard of", of, DEALS)


@pytest.mark.parametrize(
    ("text", "kept"), [("11-50", 11), ("11", 11), ("25", 11), ("9", 1), ("20000", 10001), ("10000+", 10001)]
)
def test_employees_are_ranges(text: str, kept: int) -> None:
    of = field("number_of_employees", "dropdown")
    assert read(text, of, ACCOUNTS) == kept
    assert to_text(51, ACCOUNTS, of, NAMES, BERLIN) == "51-200"
    assert [item.id for item in options(ACCOUNTS, of, NAMES)] == [1, 11, 51, 201, 501, 1001, 5001, 10001]


def test_subscriptions_by_name() -> None:
    of = field("subscription_types", "multi_select_dropdown")
    assert read("promotional; Newsletter", of, CONTACTS) == [2, 3]
    assert to_text("2;3", CONTACTS, of, NAMES, BERLIN) == "Newsletter; Promotional"


def test_zones_by_either_name() -> None:
    of, spec = field("time_zone", "dropdown"), BUILT_IN["appointments"]
    assert read("asia/kolkata", of, spec) == "Chennai"
    assert read("hawaii", of, spec) == "Hawaii"
    with pytest.raises(BadValue, match="no time zone"):
        read("Atlantis", of, spec)


def test_groups_are_read_as_they_are_shown() -> None:
    of = field("emails", "group_field")
    assert read("a@b.c, d@e.f [Work] *", of, CONTACTS) == [
        {"value": "a@b.c", "is_primary": False},
        {"value": "d@e.f", "label": "Work", "is_primary": True},
    ]
    with pytest.raises(BadValue):
        read('"a@b.c', of, CONTACTS)


@pytest.mark.parametrize(("text", "kept"), [("Yes", True), ("x", True), ("0", False), ("FALSE", False), (" ", None)])
def test_check_boxes(text: str, kept: bool | None) -> None:
    assert read(text, field("cf_c", "checkbox")) is kept
    with pytest.raises(BadValue, match="neither"):
        read("perhaps", field("cf_c", "checkbox"))


def test_a_column_is_written_as_its_cells_are() -> None:
    for name, values in (("owner_id", [11, "11", 13, None, 99, 11]), ("name", ["a", None])):
        of = field(name, "dropdown" if name == "owner_id" else "text")
        write = column_writer(DEALS, of, NAMES, BERLIN)
        assert [write(value) for value in values] == [to_text(value, DEALS, of, NAMES, BERLIN) for value in values]
