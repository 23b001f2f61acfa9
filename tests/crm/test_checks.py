"""Values checked as the API would check them: every rule says no to what it forbids, and yes to the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from crmdesk.crm.checks import UNIQUE, check, check_identifier, check_record, unique
from crmdesk.crm.fixed_schema import complete, schema_of
from crmdesk.crm.kinds import Kind, wire_values
from crmdesk.crm.modules import BUILT_IN, custom_module
from crmdesk.crm.naming import KnownNames, Named
from crmdesk.crm.schema import Choice, Field, Schema, Section

PROPERTY = custom_module({"entity_name": "cm_property", "singular_name": "Property"})
TYPES = {
    "amount": "number",
    "probability": "number",
    "annual_revenue": "number",
    "number_of_employees": "dropdown",
    "deal_stage_id": "dropdown",
    "deal_reason_id": "dropdown",
    "owner_id": "dropdown",
    "emails": "group_field",
    "subscription_types": "multi_select_dropdown",
    "expected_close": "date",
    "created_at": "date_time",
    "cf_multi": "multi_select_dropdown",
    "cf_lookup": "auto_complete",
    "cf_box": "checkbox",
    "cf_choice": "dropdown",
}


class Account(KnownNames):
    """Two pipelines with an open and a lost stage, and two users."""

    def items(self, kind: str) -> tuple[Named, ...]:
        stages = [(1, "New", "Open", 10), (2, "Lost", "Closed Lost", 10), (3, "Gone", "Closed Lost", 20)]
        return {
            "deal_stages": tuple(
                Named(key, name, raw={"forecast_type": kind_of, "deal_pipeline_id": pipeline})
                for key, name, kind_of, pipeline in stages
            ),
            "owners": (Named(7, "Ada"), Named(8, "Bob", active=False)),
        }.get(kind, ())


def field(name: str, *choices: str, required: bool = False) -> Field:
    listed = tuple(Choice(str(place), text) for place, text in enumerate(choices, 1))
    label = name.removeprefix("cf_").capitalize()
    return Field(name, label, TYPES.get(name, "text"), required=required, custom=name.startswith("cf_"), choices=listed)


def problems(module: str, values: Mapping[str, Any], *, creating: bool = False, **current: Any) -> set[str]:
    """The fields that a record's check speaks against."""
    spec = BUILT_IN[module]
    schema = schema_of(spec) or Schema(module, (), {name: field(name) for name in TYPES})
    found = check_record(spec, schema, values, creating=creating, current=current, names=Account())
    return {problem.field for problem in found}


LINES = [
    {"discount": "101"},
    {"discount": -1},
    {"discount": "1.001"},
    {"quantity": 0},
    {"unit_price": "1.00001"},
    {"setup_fee": "x"},
]


@pytest.mark.parametrize(
    ("module", "name", "good", "bad"),
    [
        ("deals", "probability", [0, 100, "99.5"], [-1, 101, "abc"]),
        ("deals", "amount", ["0.01", -5, "9007199254740991"], ["0.001", "9007199254740992", "much"]),
        ("sales_accounts", "annual_revenue", ["999999999999999999"], ["0.5", "1000000000000000000"]),
        ("sales_accounts", "number_of_employees", [1, 11, 10001], [2, 25, 0]),
        ("sales_accounts", "website", ["widgetz.io", "https://widgetz.io/a?b=c"], ["widgetz", "a b.c"]),
        ("contacts", "email", ["a@b.c"], ["ab.c", "a@b", "a b@c.d"]),
        ("contacts", "emails", [["a@b.c"], [{"value": "a@b.c"}]], [["ab.c"], ["a@b.c", "A@B.C"], 5]),
        ("contacts", "subscription_types", [[2, 3], "5;1"], [[6], ["x"]]),
        ("deals", "expected_close", ["2026-11-20"], ["soon"]),
        ("deals", "cf_lookup", ["3007551456"], ["somebody", -1]),
        ("deals", "cf_box", [True, "false"], ["maybe"]),
        ("deals", "owner_id", [7], [8, 9, "Ada"]),
        ("deals", "products:17", [{"quantity": 2, "discount": "99.99"}, True], LINES),
        ("documents", "amount", ["99999999999.9999"], ["100000000000", "0.00001"]),
        ("appointments", "time_zone", ["Chennai", "Asia/Kolkata"], ["Atlantis"]),
        ("notes", "targetable_type", ["Contact", "contact", "cm_property"], ["Lead"]),
        ("files", "targetable_type", ["Product"], ["Lead"]),
    ],
)
def test_limits_of_one_value(module: str, name: str, good: list[Any], bad: list[Any]) -> None:
    spec = BUILT_IN[module]
    schema = schema_of(spec)
    of = schema.fields[name] if schema is not None else field(name)
    for value in good:
        assert check(spec, of, value, Account()) is None
    for value in bad:
        message = check(spec, of, value, Account())
        assert message is not None and message.startswith(of.label), value


def test_choices_are_the_fields_own() -> None:
    for name in ("cf_choice", "cf_multi"):
        of = field(name, "One", "Two")
        assert check(PROPERTY, of, "One") is None
        assert "Three" in (check(PROPERTY, of, "Three") or "")
    assert check(PROPERTY, field("cf_multi", "One", "Two"), "One;Three") is not None


def test_blank_is_refused_only_where_it_is_mandatory() -> None:
    assert check(PROPERTY, field("cf_box"), None) is None
    assert check(PROPERTY, field("cf_box", required=True), None) == "Box can't be blank."
    assert check(BUILT_IN["deals"], field("amount"), "") == "Amount can't be blank."


def test_a_new_deal_needs_name_amount_and_account() -> None:
    assert problems("deals", {}, creating=True) == {"name", "amount", "sales_account_id"}
    assert problems("deals", {"name": "Gold", "amount": 5, "sales_account_id": 1}, creating=True) == set()
    assert problems("deals", {"name": "Gold", "amount": 5, "sales_account": {"name": "New"}}, creating=True) == set()
    assert problems("deals", {"probability": 5}) == set()


def test_a_lost_reason_needs_a_lost_stage() -> None:
    assert problems("deals", {"deal_reason_id": 5}, deal_stage_id=1) == {"deal_reason_id"}
    assert problems("deals", {"deal_reason_id": 5, "deal_stage_id": 2}, deal_stage_id=1) == set()
    assert problems("deals", {"deal_reason_id": 5, "deal_stage_id": 1}, deal_stage_id=2) == {"deal_reason_id"}
    assert problems("deals", {"deal_reason_id": None}, deal_stage_id=1) == set()
    # Not loaded is not held against it.
    assert problems("deals", {"deal_reason_id": 5}) == set()
    new = {"name": "Gold", "amount": 5, "sales_account_id": 1, "deal_reason_id": 5}
    assert problems("deals", new, creating=True) == {"deal_reason_id"}


def test_a_stage_belongs_to_its_pipeline() -> None:
    assert problems("deals", {"deal_pipeline_id": 20, "deal_stage_id": 1}) == {"deal_stage_id"}
    assert problems("deals", {"deal_pipeline_id": 20}, deal_stage_id=2) == {"deal_stage_id"}
    assert problems("deals", {"deal_pipeline_id": 20, "deal_stage_id": 3}) == set()
    assert problems("deals", {"deal_stage_id": 3}, deal_pipeline_id=10) == set()


def test_a_contact_needs_a_way_to_reach_it() -> None:
    assert problems("contacts", {"last_name": "Ada"}, creating=True) == {"emails"}
    for way in ({"mobile_number": "1"}, {"twitter": "ada"}, {"emails": ["a@b.c"]}):
        assert problems("contacts", {"last_name": "Ada", **way}, creating=True) == set()


def test_a_contact_has_ten_accounts_and_one_primary() -> None:
    def lines(count: int, *primary: int) -> dict[str, Any]:
        return {f"sales_accounts:{key}": {"is_primary": key in primary} for key in range(count)}

    full = {"last_name": "Ada", "twitter": "ada"}
    assert problems("contacts", {**full, **lines(10, 3)}, creating=True) == set()
    assert problems("contacts", {**full, **lines(11, 3)}, creating=True) == {"sales_accounts"}
    assert problems("contacts", {**full, **lines(3)}, creating=True) == {"sales_accounts"}
    assert problems("contacts", {**full, **lines(3, 1, 2)}, creating=True) == {"sales_accounts"}
    # A new primary account takes it from the old one; taking the primary away leaves none.
    assert problems("contacts", {"sales_accounts:99": {"is_primary": True}}, **lines(3, 1)) == set()
    assert problems("contacts", {"sales_accounts:1": None}, **lines(3, 1)) == {"sales_accounts"}
    moved = {"sales_accounts:1": {"is_primary": False}, "sales_accounts:2": {"is_primary": True}}
    assert problems("contacts", moved, **lines(3, 1)) == set()
    assert problems("contacts", {"sales_accounts:99": {"is_primary": False}}, **lines(10, 1)) == {"sales_accounts"}


def test_a_hundred_products_at_most() -> None:
    lines: dict[str, Any] = {f"products:{key}": {"quantity": 1} for key in range(100)}
    for module in ("deals", "documents"):
        assert problems(module, lines) == set()
        assert problems(module, {"products:999": {"quantity": 1}}, **lines) == {"products"}
        assert problems(module, {"products:999": {"quantity": 1}, "products:1": None}, **lines) == set()


def test_subscriptions_alone_have_set_up_fees() -> None:
    fee = {"product_pricings:USD": {"unit_price": "5", "setup_fee": "1"}}
    assert problems("products", fee, pricing_type=1) == {"product_pricings:USD"}
    assert problems("products", fee, pricing_type=2) == set()
    assert problems("products", {"product_pricings:USD": {"setup_fee": "1"}}, pricing_type=2) == {
        "product_pricings:USD"
    }
    wrong = {"product_pricings:USD": {"unit_price": "5", "billing_type": 5}}
    assert problems("products", wrong, pricing_type=2) == {"product_pricings:USD"}
    assert problems("deals", {"products:1": {"pricing_type": 1, "setup_fee": "5"}}) == {"products:1"}
    assert problems("deals", {"products:1": {"pricing_type": 2, "setup_fee": "5"}}) == set()


def test_pricing_is_chosen_once() -> None:
    assert problems("products", {"pricing_type": 2}, pricing_type=1) == {"pricing_type"}
    assert problems("products", {"pricing_type": 2}, pricing_type=0) == set()
    assert problems("products", {"pricing_type": 2}, pricing_type=2) == set()


def test_a_documents_amount_follows_from_its_products() -> None:
    assert problems("documents", {"amount": "5"}) == set()
    assert problems("documents", {"amount": "5"}, has_products=True) == {"amount"}
    assert problems("documents", {"amount": "5", "products:1": {"quantity": 1}}) == {"amount"}


def test_appointments_of_whole_days() -> None:
    whole = {"title": "Fair", "is_allday": True, "from_date": "2026-11-20", "end_date": "2026-11-21"}
    assert problems("appointments", whole, creating=True) == set()
    assert problems("appointments", {**whole, "from_date": "2026-11-20T10:00:00Z"}, creating=True) == {"from_date"}
    assert problems("appointments", {**whole, "end_date": "2026-11-19"}, creating=True) == {"end_date"}
    kinds = {"from_date": Kind.TIME, "end_date": Kind.TIME, "is_allday": Kind.CHECKBOX}
    sent = wire_values(whole, kinds)
    assert (sent["from_date"], sent["end_date"], sent["is_allday"]) == ("2026-11-20", "2026-11-21", True)
    assert wire_values({"from_date": "2026-11-20"}, kinds) == {"from_date": "2026-11-20T00:00:00Z"}
    assert wire_values({"from_date": "2026-11-20"}, kinds, all_day=True) == {"from_date": "2026-11-20"}


@pytest.mark.parametrize(
    "module", ["tasks", "appointments", "notes", "phone_calls", "products", "documents", "lists", "files"]
)
def test_new_records_need_what_the_reference_marks(module: str) -> None:
    asked = set(BUILT_IN[module].required)
    assert asked and asked <= problems(module, {}, creating=True)


def test_a_calls_note_needs_a_description() -> None:
    call = {"call_direction": True, "targetable_type": "Contact", "targetable_id": 1}
    assert problems("phone_calls", {**call, "note": "Hello"}, creating=True) == set()
    assert problems("phone_calls", call, creating=True) == set()
    assert problems("phone_calls", {**call, "note": " "}, creating=True) == {"note"}
    stranger = {"call_direction": True, "targetable_type": "Contact"}
    assert problems("phone_calls", stranger, creating=True) == {"targetable_id"}
    assert problems("phone_calls", {**stranger, "first_name": "Ada", "mobile_number": "1"}, creating=True) == set()


def test_what_belongs_to_a_record_says_to_which() -> None:
    assert problems("tasks", {"targetable_type": "Contact"}, targetable_id=None) == {"targetable_id"}
    assert problems("tasks", {"targetable_id": 5}, targetable_type="Contact") == set()


def test_what_the_crm_sets_is_not_written() -> None:
    assert problems("deals", {"created_at": "2026-11-20T00:00:00Z"}) == {"created_at"}
    assert problems("tasks", {"completed_date": "2026-11-20T00:00:00Z"}) == {"completed_date"}


def test_upserts_find_by_unique_fields_only() -> None:
    contacts = BUILT_IN["contacts"]
    assert check_identifier(contacts, "emails") is None
    assert check_identifier(contacts, "id") is None
    assert "emails" in (check_identifier(contacts, "email") or "")
    assert "not unique" in (check_identifier(contacts, "city") or "")
    assert check_identifier(contacts, "cf_number") is None
    assert unique(PROPERTY, "cf_number").unique is None
    assert all(known.source for known in UNIQUE.values())


def test_the_target_of_a_sales_activity_is_its_kind_and_its_id() -> None:
    spec = BUILT_IN["sales_activities"]
    told = Field("targetable", "Related to", "auto_complete", required=True, section="Basic information")
    title = Field("title", "Title", "text", required=True, section="Basic information")
    schema = complete(
        spec, Schema(spec.key, (Section("Basic information", (title, told)),), {"title": title, "targetable": told})
    )
    assert [field.name for field in schema.sections[0].fields] == ["title", "targetable_type", "targetable_id"]
    assert {field.section for field in schema.fields.values()} == {"Basic information"}
    given = {"title": "A visit", "targetable_type": "Deal", "targetable_id": 5}
    wanted = {problem.field for problem in check_record(spec, schema, given, creating=True)}
    assert not wanted & {"targetable", "targetable_type", "targetable_id"}
    for missing in ("targetable_type", "targetable_id"):
        less = {name: value for name, value in given.items() if name != missing}
        assert missing in {problem.field for problem in check_record(spec, schema, less, creating=True)}
