"""Kinds of values: one normal form for whatever the CRM sends, and the forms that a write sends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmdesk.crm.fixed_schema import schema_of
from crmdesk.crm.kinds import Kind, group_wire, kind_of, normal, wire
from crmdesk.crm.modules import BUILT_IN, custom_module
from crmdesk.crm.schema import Field, parse_fields, parse_forms
from crmdesk.crm.values import NOT_LOADED

EXAMPLES = Path(__file__).resolve().parents[3] / "shared" / "contract" / "examples.json"
PROPERTY = custom_module({"entity_name": "cm_property", "singular_name": "Property"})

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def example(path: str) -> Any:
    if not EXAMPLES.is_file():
        pytest.skip(f"the reference's examples are not at {EXAMPLES}")
    for item in json.loads(EXAMPLES.read_text(encoding="utf-8"))["examples"]:
        if item["method"] == "GET" and item["path"] == path and item["response"]:
            return item["response"]
    pytest.fail(f"no example of {path}")


@pytest.mark.parametrize(
    ("kind", "came", "kept"),
    [
        (Kind.LOOKUP, "3007551456", 3007551456),
        (Kind.LOOKUP, 3007551456, 3007551456),
        (Kind.LOOKUP, 7.0, 7),
        (Kind.USER, "", None),
        (Kind.MONEY, "23456.0", "23456"),
        (Kind.MONEY, 2483.0, "2483"),
        (Kind.MONEY, "0.0", "0"),
        (Kind.MONEY, "-0.00", "0"),
        (Kind.MONEY, "9007199254740993.0100", "9007199254740993.01"),
        (Kind.DECIMAL, 0.1, "0.1"),
        (Kind.DECIMAL, 1e-7, "0.0000001"),
        (Kind.NUMBER, 45.0, 45),
        (Kind.NUMBER, "12345678901234567890", 12345678901234567890),
        (Kind.NUMBER, 2.5, "2.5"),
        (Kind.NUMBER, True, True),
        (Kind.NUMBER, "many", "many"),
        (Kind.DATE, "2021-10-01", "2021-10-01"),
        (Kind.DATE, "2021-11-06T00:00:00+05:00", "2021-11-06"),
        (Kind.DATE, "Thu Oct 21 2021 00:00:00 GMT+0500", "2021-10-21"),
        (Kind.DATE, "soon", "soon"),
        (Kind.TIME, "2016-02-15T21:16:25Z", "2016-02-15T21:16:25Z"),
        (Kind.TIME, "2012-12-24T12:56:15+05:30", "2012-12-24T07:26:15Z"),
        (Kind.TIME, "2012-12-24T12:56:15+0530", "2012-12-24T07:26:15Z"),
        (Kind.TIME, "2012-12-24T12:56:15+05", "2012-12-24T07:56:15Z"),
        (Kind.TIME, "2010-03-23T12:00", "2010-03-23T12:00:00Z"),
        (Kind.TIME, "2010-03-23T12:00Z", "2010-03-23T12:00:00Z"),
        (Kind.TIME, "2010-03-23", "2010-03-23T00:00:00Z"),
        (Kind.TIME, "2010-03-23T12:00:59.987Z", "2010-03-23T12:00:59Z"),
        (Kind.TIME, "Tue Jun 21 2016 11:00:00 GMT+0000", "2016-06-21T11:00:00Z"),
        (Kind.TIME, "Mon Jun 20 2016 10:30:00 GMT+0530 (IST)", "2016-06-20T05:00:00Z"),
        (Kind.CHECKBOX, "true", True),
        (Kind.CHECKBOX, 0, False),
        (Kind.CHECKBOX, "maybe", "maybe"),
        (Kind.MULTI_TEXT, "choice 2", ["choice 2"]),
        (Kind.MULTI_TEXT, "b;a; c", ["b", "a", "c"]),
        (Kind.MULTI_TEXT, ["b", "a"], ["b", "a"]),
        (Kind.MULTI_TEXT, [{"id": 9, "value": "b"}], ["b"]),
        (Kind.MULTI_TEXT, [], None),
        (Kind.MULTI_ID, "2;3", [2, 3]),
        (Kind.SUBSCRIPTION, "2;3;4;5;1", [1, 2, 3, 4, 5]),
        (Kind.SUBSCRIPTION, [3, "2"], [2, 3]),
        (Kind.TAGS, ["vip", "late"], ["vip", "late"]),
        (Kind.TEXT, " \t", None),
        (Kind.TEXT, 20001, "20001"),
        (Kind.LONG_TEXT, "a\r\nb", "a\nb"),
        (Kind.LINE, {"quantity": "2", "discount": 10.0, "setup_fee": None}, {"quantity": 2, "discount": "10"}),
        (Kind.LINE, True, True),
        (Kind.ZONE, "Asia/Kolkata", "Chennai"),
        (Kind.ZONE, "Hawaii", "Hawaii"),
        (Kind.RAW, " ", " "),
    ],
)
def test_one_form_for_all_wire_forms(kind: Kind, came: Any, kept: Any) -> None:
    found = normal(kind, came)
    assert found == kept
    assert type(found) is type(kept)


def test_emails_lose_their_ids_and_have_one_primary() -> None:
    came = [
        {"id": 2, "value": "a@example.com", "is_primary": False, "label": None, "_destroy": False},
        {"id": 3, "value": "b@example.com", "is_primary": True, "label": "Work", "_destroy": False},
        {"id": 4, "value": "gone@example.com", "is_primary": False, "_destroy": True},
    ]
    kept = [
        {"value": "a@example.com", "is_primary": False},
        {"value": "b@example.com", "label": "Work", "is_primary": True},
    ]
    assert normal(Kind.EMAILS, came) == kept
    assert normal(Kind.EMAILS, "a@example.com") == [{"value": "a@example.com", "is_primary": True}]
    assert normal(Kind.PHONES, ["1"]) == [{"value": "1", "is_primary": False}]
    assert wire(Kind.EMAILS, came, custom=False)[1] == {
        "value": "b@example.com",
        "label": "Work",
        "is_primary": True,
        "_destroy": False,
    }


def test_a_group_is_written_with_the_ids_it_had_and_what_is_gone_is_destroyed() -> None:
    current = [{"id": 2, "value": "A@example.com", "is_primary": True}, {"id": 3, "value": "b@example.com"}]
    sent = group_wire(Kind.EMAILS, ["a@example.com", "new@example.com"], current)
    assert [entry.get("id") for entry in sent] == [2, None, 3]
    assert [entry["_destroy"] for entry in sent] == [False, False, True]


@pytest.mark.parametrize(
    ("kind", "custom", "kept", "sent"),
    [
        (Kind.LOOKUP, True, 3007551456, "3007551456"),
        (Kind.LOOKUP, False, 1, 1),
        (Kind.USER, True, 5, 5),
        (Kind.CHOICE_ID, False, "7", 7),
        (Kind.CHOICE_TEXT, True, "India team", "India team"),
        (Kind.MULTI_TEXT, True, ["choice 2"], "choice 2"),
        (Kind.MULTI_TEXT, True, ["a", "b"], "a;b"),
        (Kind.MULTI_TEXT, True, ["a;x", "b"], ["a;x", "b"]),
        (Kind.SUBSCRIPTION, False, [2, 3], "2;3"),
        (Kind.MONEY, False, "23456", 23456),
        (Kind.MONEY, False, "0.5", 0.5),
        (Kind.MONEY, False, "9007199254740993.01", "9007199254740993.01"),
        (Kind.DATE, True, "2026-11-20", "2026-11-20"),
        (Kind.TIME, False, "2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"),
        (Kind.ZONE, False, "Asia/Kolkata", "Chennai"),
        (Kind.TEXT, False, "", None),
        (Kind.LINE, False, {"quantity": 2, "discount": "10"}, {"quantity": 2, "discount": 10}),
    ],
)
def test_what_a_write_sends(kind: Kind, custom: bool, kept: Any, sent: Any) -> None:
    assert wire(kind, kept, custom=custom) == sent


@settings(deadline=None)
@given(st.sampled_from(Kind), JSON)
def test_normal_is_idempotent_and_a_write_changes_nothing(kind: Kind, came: Any) -> None:
    kept = normal(kind, came)
    assert normal(kind, kept) == kept
    for custom in (False, True):
        assert normal(kind, wire(kind, kept, custom=custom)) == kept


@settings(deadline=None)
@given(st.sampled_from(Kind))
def test_what_is_not_loaded_stays_so(kind: Kind) -> None:
    assert normal(kind, NOT_LOADED) is NOT_LOADED
    assert normal(kind, None) is None


@pytest.mark.parametrize("key", ["contacts", "sales_accounts", "deals", "sales_activities"])
def test_every_documented_field_has_a_kind(key: str) -> None:
    schema = parse_fields(BUILT_IN[key], example(f"/api/settings/{key}/fields"))
    unknown = {name for name, field in schema.fields.items() if kind_of(BUILT_IN[key], field) is Kind.RAW}
    assert unknown <= {"sales_accounts", "contacts", "targetable", "sales_account", "deals"}, unknown


def test_custom_module_fields_are_of_the_documented_kinds() -> None:
    schema = parse_forms(PROPERTY, example("/api/settings/cm_property/forms"))
    kinds = {field.type: kind_of(PROPERTY, field) for field in schema.fields.values() if field.custom}
    assert (
        kinds.items()
        <= {
            "text": Kind.TEXT,
            "decimal": Kind.DECIMAL,
            "number": Kind.NUMBER,
            "dropdown": Kind.CHOICE_TEXT,
            "radio": Kind.CHOICE_TEXT,
            "auto_complete": Kind.LOOKUP,
            "multi_select_dropdown": Kind.MULTI_TEXT,
        }.items()
    )


@pytest.mark.parametrize(
    ("module", "name", "kind_told", "custom", "kind"),
    [
        ("deals", "deal_stage_id", "dropdown", False, Kind.CHOICE_ID),
        ("deals", "cf_region", "dropdown", True, Kind.CHOICE_TEXT),
        ("deals", "amount", "number", False, Kind.MONEY),
        ("deals", "cf_amount", "number", True, Kind.NUMBER),
        ("deals", "products:17", "text", False, Kind.LINE),
        ("contacts", "subscription_types", "multi_select_dropdown", False, Kind.SUBSCRIPTION),
        ("contacts", "emails", "group_field", False, Kind.EMAILS),
        ("contacts", "owner_id", "dropdown", False, Kind.USER),
        ("contacts", "time_zone", "dropdown", False, Kind.CHOICE_TEXT),
        ("appointments", "time_zone", "dropdown", False, Kind.ZONE),
        ("sales_activities", "checkedin_at", "date", False, Kind.TIME),
        ("deals", "strange", "hologram", False, Kind.RAW),
    ],
)
def test_kinds_of_fields(module: str, name: str, kind_told: str, custom: bool, kind: Kind) -> None:
    assert kind_of(BUILT_IN[module], Field(name, name, kind_told, custom=custom)) is kind


@pytest.mark.parametrize("key", sorted(BUILT_IN))
def test_modules_without_settings_have_a_schema(key: str) -> None:
    spec = BUILT_IN[key]
    schema = schema_of(spec)
    assert (schema is None) == (spec.settings_key is not None)
    if schema is not None:
        assert all(kind_of(spec, field) is not Kind.RAW for field in schema.fields.values())
        assert set(spec.required) == {field.name for field in schema.fields.values() if field.required}
