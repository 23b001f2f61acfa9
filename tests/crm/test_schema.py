"""Field schemas from both documented shapes, over the reference's own examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crmdesk.crm.modules import BUILT_IN, custom_module
from crmdesk.crm.schema import parse_fields, parse_forms, schema_of_rows

EXAMPLES = Path(__file__).resolve().parents[3] / "shared" / "contract" / "examples.json"
CONTACTS = BUILT_IN["contacts"]
PROPERTY = custom_module({"entity_name": "cm_property", "singular_name": "Property"})


def example(path: str) -> Any:
    if not EXAMPLES.is_file():
        pytest.skip(f"the reference's examples are not at {EXAMPLES}")
    for item in json.loads(EXAMPLES.read_text(encoding="utf-8"))["examples"]:
        if item["method"] == "GET" and item["path"] == path and item["response"]:
            return item["response"]
    pytest.fail(f"no example of {path}")


@pytest.mark.parametrize("key", ["contacts", "sales_accounts", "deals", "sales_activities"])
def test_the_documented_fields_are_all_kept(key: str) -> None:
    body = example(f"/api/settings/{key}/fields")
    schema = parse_fields(BUILT_IN[key], body)
    assert set(schema.fields) == {item["name"] for item in body["fields"]}
    for item in body["fields"]:
        found = schema.fields[item["name"]]
        assert (found.label, found.type, found.required) == (item["label"], item["type"], item["required"])
        assert [choice.value for choice in found.choices] == [
            choice["value"] for choice in sorted(item["choices"], key=lambda choice: choice.get("position") or 0)
        ]
        assert found.raw == item


def test_the_documented_form_is_the_same_model() -> None:
    schema = parse_forms(PROPERTY, example("/api/settings/cm_property/forms"))
    assert [(section.label, section.visible) for section in schema.sections] == [
        ("Basic information", True),
        ("Hidden fields", False),
    ]
    assert schema.form_id == "3000000101"
    assert schema.fields["name"].required
    assert schema.fields["name"].section == "Basic information"
    assert schema.fields["cf_lookup_to_contact"].lookup == "contact"
    assert schema.fields["cf_lookup_to_contact"].custom
    assert not schema.fields["created_at"].editable
    team = schema.fields["cf_sample_sales_team_field"]
    assert [(choice.id, choice.value) for choice in team.choices] == [
        ("4000304716", "USA team"),
        ("4000304717", "India team"),
    ]
    assert team.choice("India team") == team.choice("4000304717") == team.choices[1]
    assert team.choice("no such team") is None
    assert team.raw["field_options"]["can_choices_be_customized"] is True


def test_groups_beside_a_flat_list_are_sections_in_their_order() -> None:
    body = {
        "field_groups": [{"id": 2, "label": "More", "position": 2}, {"id": 1, "label": "Basics", "position": 1}],
        "fields": [
            {"id": 10, "name": "a", "label": "A", "type": "text", "position": 3, "field_group_id": 2},
            {"id": 11, "name": "b", "label": "B", "type": "text", "position": 2, "field_group_id": 1},
            {"id": 12, "name": "cf_c", "label": "C", "type": "dropdown", "position": 1, "field_group_id": 1},
            {"id": 13, "name": "d", "label": "D", "type": "text", "position": 9},
        ],
    }
    schema = parse_fields(CONTACTS, body)
    assert [(s.label, [f.name for f in s.fields]) for s in schema.sections] == [
        ("Basics", ["cf_c", "b"]),
        ("More", ["a"]),
        ("", ["d"]),
    ]
    assert schema.fields["cf_c"].custom
    assert not schema.fields["a"].custom


def test_groups_may_list_their_fields_themselves() -> None:
    body = {
        "field_groups": [{"id": "g", "label": "Basics", "fields": [{"id": 10}]}],
        "fields": [{"id": 10, "name": "a", "label": "A", "type": "text"}],
    }
    assert parse_fields(CONTACTS, body).fields["a"].section == "Basics"


def test_unknown_types_and_damaged_entries_do_no_harm() -> None:
    body = {"fields": [None, {"label": "no name"}, {"name": "x", "type": "hologram", "choices": [{"id": None}, 3]}]}
    schema = parse_fields(CONTACTS, body)
    assert list(schema.fields) == ["x"]
    assert schema.fields["x"].type == "hologram"
    assert schema.fields["x"].label == "x"


@pytest.mark.parametrize("body", [{}, {"fields": None}, {"forms": []}, {"forms": [{"fields": None}]}])
def test_an_empty_answer_is_an_empty_schema(body: dict[str, Any]) -> None:
    for parse in (parse_fields, parse_forms):
        assert parse(CONTACTS, body).fields == {}


def test_each_shape_is_understood_by_either_parser() -> None:
    fields = {"fields": [{"name": "a", "label": "A", "type": "text"}]}
    forms = {"forms": [{"id": 1, "active": True, "fields": [{"type": "section", "label": "S", **fields}]}]}
    assert parse_forms(CONTACTS, fields) == parse_fields(CONTACTS, fields)
    assert parse_fields(CONTACTS, forms) == parse_forms(CONTACTS, forms)


def test_without_settings_the_rows_name_the_fields() -> None:
    rows: list[dict[str, Any]] = [
        {"id": 1, "city": None, "custom_field": {"cf_vip": True}},
        {"id": 2, "city": "Graz", "tags": ["a"]},
    ]
    schema = schema_of_rows(CONTACTS, rows)
    assert not schema.complete
    assert set(schema.fields) == {"id", "city", "cf_vip", "tags"}
    assert schema.fields["cf_vip"].custom
    assert schema.fields["cf_vip"].type == "checkbox"
    assert schema.fields["id"].type == "number"
    assert schema_of_rows(CONTACTS, []).fields == {}
