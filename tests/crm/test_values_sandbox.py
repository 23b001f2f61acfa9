"""Values of every kind through the sandbox: what is typed is sent as the API wants it, and read back the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from crmdesk.crm.checks import check, check_record
from crmdesk.crm.fixed_schema import complete, schema_of
from crmdesk.crm.kinds import Kind, kind_of, normal, wire_values
from crmdesk.crm.modules import BUILT_IN, ModuleSpec, custom_module
from crmdesk.crm.naming import KnownNames
from crmdesk.crm.schema import Field, Schema, parse_fields, parse_forms
from crmdesk.crm.texts import from_text, to_text
from crmdesk.crm.writes import body_of_values
from tests.support.sandbox_process import SandboxProcess

PROPERTY = custom_module({"entity_name": "cm_property", "singular_name": "Property", "plural_name": "Properties"})
SPECS = {**BUILT_IN, "cm_property": PROPERTY}
BERLIN = ZoneInfo("Europe/Berlin")
NAMES = KnownNames()

# What a person types, by kind; choices come from the field.
TYPED: Mapping[Kind, tuple[str, ...]] = {
    Kind.TEXT: ("Ünïcode 日本", "", "plain; with, marks"),
    Kind.LONG_TEXT: ("two\nlines", ""),
    Kind.NUMBER: ("7", "0", ""),
    Kind.DECIMAL: ("1,234.5", "-0.25", ""),
    Kind.MONEY: ("€ 1,234.50", "1,000", "0.01"),
    Kind.DATE: ("20.11.2026", "2024-02-29", ""),
    Kind.TIME: ("2026-11-20 14:30", "Tue Jun 21 2016 11:00:00 GMT+0000"),
    Kind.CHECKBOX: ("yes", "no"),
    Kind.URL: ("https://widgetz.io/a",),
    Kind.EMAILS: ("Jane@example.com; jane.doe@example.org [Work]",),
    Kind.PHONES: ("+49 30 123 [Office]; 555 *",),
    Kind.TAGS: ("vip; late payer",),
    Kind.PHONE: ("+1 (368) 493-2360",),
    Kind.EMAIL: (),
    Kind.SUBSCRIPTION: ("Promotional; Newsletter",),
}
# Set by the server from something else, or tied to another field of the record.
LEFT_OUT = {"deal_reason_id", "deal_pipeline_id", "closed_date", "lead_score", "email", "time_zone"}


@pytest.fixture(scope="module")
def client(small_sandbox: SandboxProcess) -> Iterator[httpx.Client]:
    """A plain client of the module's sandbox."""
    with small_sandbox.client() as found:
        yield found


def schema(client: httpx.Client, spec: ModuleSpec) -> Schema:
    """The module's fields as the program knows them."""
    fixed = schema_of(spec)
    if fixed is not None:
        return fixed
    path = f"settings/{spec.settings_key}/{'forms' if spec.custom else 'fields'}"
    body = client.get(path).raise_for_status().json()
    return complete(spec, parse_forms(spec, body) if spec.custom else parse_fields(spec, body))


def typed_values(of: Field, kind: Kind) -> list[str]:
    """What is typed into a field: its own choices where it has some."""
    if kind in (Kind.CHOICE_TEXT, Kind.CHOICE_ID, Kind.USER):
        # Stages of two pipelines have the same names: those are typed by their ids.
        names = [choice.value for choice in of.choices]
        return [choice.value if names.count(choice.value) == 1 else choice.id for choice in of.choices[:3]]
    if kind is Kind.MULTI_TEXT:
        return ["; ".join(choice.value for choice in reversed(of.choices[:2])), of.choices[0].value, ""]
    return list(TYPED.get(kind, ()))


def read(client: httpx.Client, spec: ModuleSpec, record_id: int, of: Field) -> Any:
    handle = of.name.removesuffix("_id").removeprefix("lead_")
    asked = {"include": handle} if of.name.endswith("_id") else None
    body = client.get(f"{spec.path}/{record_id}", params=asked).raise_for_status().json()
    record = body[spec.one_key]
    return (record["custom_field"] if of.custom else record)[of.name]


@pytest.mark.parametrize("module", ["contacts", "sales_accounts", "deals", "cm_property"])
def test_what_is_typed_is_read_back(client: httpx.Client, small_sandbox: SandboxProcess, module: str) -> None:
    spec = SPECS[module]
    record_id = next(iter(small_sandbox.records(module)))
    tried: set[Kind] = set()
    for of in schema(client, spec).fields.values():
        kind = kind_of(spec, of)
        if not of.editable or of.name in LEFT_OUT or (of.name.endswith("_at") and not of.custom):
            continue
        for text in typed_values(of, kind):
            if not text and of.required:
                continue
            value = from_text(text, spec, of, NAMES, BERLIN)
            if check(spec, of, value, NAMES) is not None:
                continue
            sent = body_of_values(wire_values({of.name: value}, {of.name: kind}))
            answer = client.put(f"{spec.path}/{record_id}", json={spec.one_key: sent})
            assert answer.status_code == 200, (of.name, text, sent, answer.text)
            held = read(client, spec, record_id, of)
            assert normal(kind, held) == value, (of.name, text, sent, held)
            assert from_text(to_text(held, spec, of, NAMES, UTC), spec, of, NAMES, UTC) == value
            tried.add(kind)
    assert tried >= EXPECTED[module], EXPECTED[module] - tried


EXPECTED = {
    "contacts": {Kind.TEXT, Kind.EMAILS, Kind.PHONES, Kind.SUBSCRIPTION, Kind.USER, Kind.CHOICE_ID, Kind.CHOICE_TEXT},
    "sales_accounts": {Kind.TEXT, Kind.URL, Kind.CHOICE_ID, Kind.CHOICE_TEXT, Kind.CHECKBOX, Kind.DATE},
    "deals": {Kind.MONEY, Kind.CHOICE_ID, Kind.DATE, Kind.NUMBER, Kind.CHOICE_TEXT, Kind.LONG_TEXT},
    "cm_property": {
        Kind.TEXT,
        Kind.LONG_TEXT,
        Kind.NUMBER,
        Kind.DECIMAL,
        Kind.DATE,
        Kind.TIME,
        Kind.CHECKBOX,
        Kind.CHOICE_TEXT,
        Kind.MULTI_TEXT,
    },
}


# What the check speaks against, the sandbox refuses as well: (module, values).
REFUSED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("deals", {"probability": 101}),
    ("deals", {"amount": "9007199254740992"}),
    ("deals", {"name": None}),
    ("deals", {"deal_stage_id": 999999}),
    ("contacts", {"emails": [{"value": "nobody", "is_primary": True}]}),
    ("contacts", {"subscription_types": [9]}),
    ("sales_accounts", {"number_of_employees": 25}),
    ("sales_accounts", {"annual_revenue": "1000000000000000000"}),
    ("sales_accounts", {"website": "widgetz"}),
    ("sales_accounts", {"owner_id": 999999}),
    ("cm_property", {"cf_sample_radio_field": "choice 9"}),
    ("cm_property", {"cf_sample_multiselect_field": ["choice 1", "choice 9"]}),
    ("cm_property", {"cf_furnished": "perhaps"}),
    ("cm_property", {"cf_built_on": "soon"}),
    ("cm_property", {"cf_sample_number_field": "many"}),
)


@pytest.mark.parametrize(("module", "values"), REFUSED)
def test_what_the_check_refuses_the_api_refuses(
    client: httpx.Client, small_sandbox: SandboxProcess, module: str, values: dict[str, Any]
) -> None:
    spec = SPECS[module]
    known = schema(client, spec)
    record_id = next(iter(small_sandbox.records(module)))
    problems = check_record(spec, known, values, creating=False, names=NAMES)
    assert {problem.field for problem in problems} == set(values)
    kinds = {name: kind_of(spec, known.fields[name]) for name in values}
    sent = body_of_values(wire_values(values, kinds))
    answer = client.put(f"{spec.path}/{record_id}", json={spec.one_key: sent})
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("module", ["contacts", "deals", "tasks", "notes", "lists"])
def test_a_new_record_without_what_is_mandatory_is_refused_by_both(client: httpx.Client, module: str) -> None:
    spec = SPECS[module]
    assert check_record(spec, schema(client, spec), {}, creating=True, names=NAMES)
    answer = client.post(spec.path, json={} if spec.flat else {spec.one_key: {}})
    assert answer.status_code == 400, answer.text
