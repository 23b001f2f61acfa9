"""Columns find their fields, by what a person chose before, by name, by label; and never two the same."""

from __future__ import annotations

from crmdesk.crm.modules import BUILT_IN
from crmdesk.crm.schema import Field, parse_fields
from crmdesk.files.mapping import chosen, headings, match_columns, to_remember
from crmdesk.files.tables import columns_of

SCHEMA = parse_fields(
    BUILT_IN["contacts"],
    {
        "fields": [
            {"name": "first_name", "label": "First name", "type": "text", "default": True, "position": 1},
            {"name": "job_title", "label": "Title", "type": "text", "default": True, "position": 2},
            {"name": "cf_title", "label": "Title", "type": "text", "default": False, "position": 3},
            {"name": "cf_region", "label": "Sales region", "type": "dropdown", "default": False, "position": 4},
            {"name": "created_at", "label": "Created at", "type": "date_time", "default": True, "position": 5},
            {"name": "city", "label": "Stadt", "type": "text", "default": True, "editable": False, "position": 6},
        ]
    },
)


def fields_of(*names: str, remembered: dict[str, str] | None = None) -> list[tuple[str | None, str]]:
    return [(match.field, match.how) for match in match_columns(columns_of(names), SCHEMA, remembered)]


def test_labels_names_and_ids() -> None:
    assert fields_of("FIRST NAME", "cf_region", "ID", "Sales-Region") == [
        ("first_name", "label"),
        ("cf_region", "name"),
        ("id", "name"),
        (None, ""),
    ]


def test_a_label_that_two_fields_have_decides_nothing() -> None:
    [match] = match_columns(columns_of(["Title"]), SCHEMA)
    assert match.field is None and "job_title, cf_title" in match.note


def test_our_own_headings_lead_back() -> None:
    fields = list(SCHEMA.fields.values())
    made = headings(fields)
    assert made[1:3] == ["Title (job_title)", "Title (cf_title)"]
    found = fields_of(*made)
    assert [name for name, _ in found] == ["first_name", "job_title", "cf_title", "cf_region", None, None]


def test_what_the_crm_writes_itself_is_left_out_with_a_reason() -> None:
    for match in match_columns(columns_of(["Created at", "Stadt"]), SCHEMA):
        assert match.field is None and "CRM itself" in match.note


def test_a_repeated_heading_takes_no_field_twice() -> None:
    first, second = match_columns(columns_of(["First name", "first_name"]), SCHEMA)
    assert (first.field, second.field) == (None, "first_name")  # the field's own name says more than its label
    assert "already" in first.note


def test_what_was_chosen_is_remembered_and_wins() -> None:
    columns = columns_of(["Vorname", "First name", "Title", "junk"])
    matches = match_columns(columns, SCHEMA)
    matches = chosen(matches, columns[0], "first_name")
    matches = chosen(matches, columns[2], "cf_title")
    assert [match.field for match in matches] == ["first_name", None, "cf_title", None]
    again = match_columns(columns, SCHEMA, to_remember(matches))
    assert [(match.field, match.how) for match in again] == [
        ("first_name", "remembered"),
        (None, "remembered"),
        ("cf_title", "remembered"),
        (None, "remembered"),
    ]


def test_a_field_that_is_gone_is_not_remembered() -> None:
    assert fields_of("Vorname", remembered={"vorname": "cf_gone"}) == [(None, "")]


def test_fields_without_label_are_headed_by_name() -> None:
    assert headings([Field("cf_a", "", "text")]) == ["(cf_a)"]
