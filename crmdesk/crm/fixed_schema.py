"""The fields of modules that have no settings to ask, and the fixed choices of fields, from the reference as data.

`schema_of(spec)` gives what a form of such a module is drawn from; `complete(spec, schema)` adds to a schema that
the CRM told what it leaves out and the reference says (ranges of employees, types of subscription …).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.schema import Choice, Field, Schema, Section

# Accounts, "Number of Employees": what is sent, and the range it means.
EMPLOYEE_RANGES: Final[Mapping[int, str]] = {
    1: "1-10",
    11: "11-50",
    51: "51-200",
    201: "201-500",
    501: "501-1000",
    1001: "1001-5000",
    5001: "5001-10000",
    10001: "10000+",
}
# Contacts, "subscription_types" (the reference prints "Confrences & Events").
SUBSCRIPTION_TYPES: Final[Mapping[int, str]] = {
    2: "Newsletter",
    3: "Promotional",
    4: "Product updates",
    5: "Conferences & Events",
    1: "Non-marketing emails from our company",
}
# The reference names no status; 1 and 2 are what recorded contacts hold (recorded-shapes, examples).
SUBSCRIPTION_STATUSES: Final[Mapping[int, str]] = {1: "Subscribed", 2: "Unsubscribed"}
TASK_STATUSES: Final[Mapping[int, str]] = {0: "Open", 1: "Completed"}
PRICING_TYPES: Final[Mapping[int, str]] = {1: "One-time", 2: "Subscription"}
BILLING_TYPES: Final[Mapping[int, str]] = {1: "Monthly", 2: "Quarterly", 3: "Half-yearly", 4: "Yearly"}
TARGETS: Final = ("Contact", "SalesAccount", "Deal")
FILE_TARGETS: Final = (*TARGETS, "Product")


def _ids(table: Mapping[int, str]) -> tuple[Choice, ...]:
    return tuple(Choice(str(number), name, place) for place, (number, name) in enumerate(table.items(), 1))


def _texts(*names: str) -> tuple[Choice, ...]:
    return tuple(Choice(name, name, place) for place, name in enumerate(names, 1))


FIXED_CHOICES: Final[Mapping[tuple[str, str], tuple[Choice, ...]]] = {
    ("contacts", "subscription_types"): _ids(SUBSCRIPTION_TYPES),
    ("contacts", "subscription_status"): _ids(SUBSCRIPTION_STATUSES),
    ("contacts", "sms_subscription_status"): _ids(SUBSCRIPTION_STATUSES),
    ("contacts", "whatsapp_subscription_status"): _ids(SUBSCRIPTION_STATUSES),
    ("sales_accounts", "number_of_employees"): _ids(EMPLOYEE_RANGES),
    ("tasks", "status"): _ids(TASK_STATUSES),
    ("products", "pricing_type"): _ids(PRICING_TYPES),
}


def fixed_choices(module: str, field: str) -> tuple[Choice, ...]:
    """The choices that the reference gives a field; none where the account decides them."""
    return FIXED_CHOICES.get((module, field), ())


def complete(spec: ModuleSpec, schema: Schema) -> Schema:
    """The schema with what the reference knows: choices that the CRM's answer left out, a target in its two parts."""
    missing = {
        name: choices
        for (module, name), choices in FIXED_CHOICES.items()
        if module == spec.key and name in schema.fields and not schema.fields[name].choices
    }
    # The settings tell of one field `targetable`; what is read and written is its kind and its id.
    whole = "targetable" in schema.fields and "targetable_id" not in schema.fields
    if not missing and not whole:
        return schema

    def filled(field: Field) -> tuple[Field, ...]:
        if field.name == "targetable" and whole:
            parts = _target(required=field.required)
            return tuple(replace(part, section=field.section, position=field.position) for part in parts)
        return (replace(field, choices=missing[field.name]) if field.name in missing else field,)

    sections = tuple(
        replace(part, fields=tuple(told for field in part.fields for told in filled(field))) for part in schema.sections
    )
    fields = {told.name: told for field in schema.fields.values() for told in filled(field)}
    return replace(schema, sections=sections, fields=fields)


def schema_of(spec: ModuleSpec) -> Schema | None:
    """The fields of a module that has no settings, from the reference; None for a module whose settings are asked."""
    parts = _MODULES.get(spec.key)
    if parts is None:
        return None
    sections = []
    place = 0
    for label, fields in parts.items():
        numbered = []
        for field in fields:
            place += 1
            numbered.append(replace(field, section=label, position=place))
        sections.append(Section(label, tuple(numbered)))
    by_name = {field.name: field for section in sections for field in section.fields}
    return Schema(spec.key, tuple(sections), by_name)


# -- the modules ----------------------------------------------------------------------------------------------


def _field(name: str, label: str, kind: str = "text", *, required: bool = False, lookup: str | None = None) -> Field:
    return Field(name, label, kind, required=required, lookup=lookup)


def _choice(name: str, label: str, choices: tuple[Choice, ...] = (), *, required: bool = False) -> Field:
    return Field(name, label, "dropdown", required=required, choices=choices)


def _system(name: str, label: str, kind: str = "text") -> Field:
    return Field(name, label, kind, editable=False)


def _target(choices: tuple[str, ...] = TARGETS, *, required: bool = True) -> tuple[Field, ...]:
    return (
        _choice("targetable_type", "Belongs to a", _texts(*choices), required=required),
        _field("targetable_id", "Belongs to", "auto_complete", required=required, lookup="targetable"),
    )


_STAMPS = (_system("created_at", "Created at", "date_time"), _system("updated_at", "Updated at", "date_time"))
_CREATER = _system("creater_id", "Created by", "auto_complete")
_BASIC, _HISTORY, _CHECK_IN = "Basic information", "History", "Check-in"


def _address(kind: str, label: str) -> tuple[Field, ...]:
    parts = (("address", "Address"), ("city", "City"), ("state", "State"), ("zipcode", "Zipcode"))
    return tuple(_field(f"{kind}_{name}", f"{label} {text.lower()}") for name, text in (*parts, ("country", "Country")))


_OWNER = _choice("owner_id", "Owner")
_MODULES: Final[Mapping[str, Mapping[str, tuple[Field, ...]]]] = {
    "tasks": {
        _BASIC: (
            _field("title", "Title", required=True),
            _field("description", "Description", "textarea"),
            _field("due_date", "Due date", "date_time", required=True),
            replace(_OWNER, required=True),
            _choice("status", "Status", _ids(TASK_STATUSES)),
            *_target(),
            _choice("task_type_id", "Task type"),
            _choice("outcome_id", "Outcome"),
        ),
        _HISTORY: (_system("completed_date", "Completed", "date_time"), _CREATER, *_STAMPS),
    },
    "appointments": {
        _BASIC: (
            _field("title", "Title", required=True),
            _field("description", "Description", "textarea"),
            _field("is_allday", "All day", "checkbox"),
            _field("from_date", "From", "date_time", required=True),
            _field("end_date", "To", "date_time", required=True),
            _choice("time_zone", "Time zone"),
            _field("location", "Location"),
            *_target(required=False),
            _choice("outcome_id", "Outcome"),
        ),
        _CHECK_IN: (
            _system("checkedin_at", "Checked in", "date_time"),
            _system("latitude", "Latitude"),
            _system("longitude", "Longitude"),
        ),
        _HISTORY: (_CREATER, *_STAMPS),
    },
    "notes": {
        _BASIC: (_field("description", "Note", "textarea", required=True), *_target()),
        _HISTORY: (_CREATER, *_STAMPS),
    },
    "phone_calls": {
        _BASIC: (
            Field("call_direction", "Incoming", "checkbox", required=True, hint="Off for an outgoing call"),
            _choice("targetable_type", "With a", _texts(*TARGETS[:2]), required=True),
            _field("targetable_id", "With", "auto_complete", lookup="targetable"),
            _field("note", "Note", "textarea"),
            _choice("outcome_id", "Outcome"),
        ),
        "A new contact": (
            _field("first_name", "First name"),
            _field("last_name", "Last name"),
            _field("work_number", "Work phone", "phone"),
            _field("mobile_number", "Mobile phone", "phone"),
            _field("company", "Account"),
        ),
    },
    "products": {
        _BASIC: (
            _field("name", "Name", required=True),
            _field("description", "Description", "textarea"),
            _choice("category", "Category"),
            _field("product_code", "Product code"),
            _field("sku_number", "SKU number"),
            _OWNER,
            _choice("territory_id", "Territory"),
            _field("is_active", "Active", "checkbox"),
            _field("valid_till", "Valid till", "date_time"),
            _field("parent_product", "Parent product", "auto_complete", lookup="product"),
            _choice("pricing_type", "Pricing", _ids(PRICING_TYPES)),
        ),
        _HISTORY: (_CREATER, *_STAMPS),
    },
    "documents": {
        _BASIC: (
            _field("display_name", "Name", required=True),
            _choice("document_type", "Document type", required=True),
            _choice("cpq_document_template_name", "Template", required=True),
            _field("deal_id", "Deal", "auto_complete", required=True, lookup="deal"),
            _field("contact_id", "Contact", "auto_complete", required=True, lookup="contact"),
            _field("sales_account_id", "Account", "auto_complete", lookup="sales_account"),
            _field("amount", "Amount", "decimal"),
            _choice("currency_code", "Currency"),
            _choice("stage", "Stage"),
            _field("valid_till", "Valid till", "date_time"),
            _OWNER,
            _choice("territory_id", "Territory"),
        ),
        "Shipping": _address("shipping", "Shipping"),
        "Billing": _address("billing", "Billing"),
        _HISTORY: (_system("document_number", "Number"), _CREATER, *_STAMPS),
    },
    "lists": {_BASIC: (_field("name", "Name", required=True),)},
    "files": {
        _BASIC: (
            _field("path", "File", required=True),
            _field("file_name", "Name"),
            _field("is_shared", "Shared", "checkbox"),
            *_target(FILE_TARGETS),
        ),
    },
}
