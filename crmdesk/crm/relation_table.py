"""The sets that hang on a record, as data: whose they are, how their lines are named, how they are written.

A line's field is `<prefix>:<key>`, such as `products:17`. Sources: the reference's "Add Products to the Deal",
"Add Prices to the Product", "Update Contact Team", "Create a deal by associating to a contact" and the like.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmdesk.config.errors import InputError
from crmdesk.crm.module_spec import ModuleSpec
from crmdesk.crm.values import whole

PRODUCT_LINE = ("quantity", "discount", "billing_cycle", "unit_price", "setup_fee")
PRICE_LINE = ("id", "unit_price", "setup_fee", "billing_cycle", "billing_type")
ATTENDEE_TYPES = {"user": "FdMultitenant::User", "contact": "Contact"}


class BadLine(InputError):
    """A field that names no line of a set of this module."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A set of lines. `replaces_all`: the API takes the whole set only; `most`: lines it takes at most.

    `at_creation`: lines can be given with a new record. `removable`: a line can be taken away again.
    """

    prefix: str
    modules: tuple[str, ...]
    label: str
    replaces_all: bool = False
    at_creation: bool = False
    removable: bool = True
    most: int | None = None


RELATIONS = (
    Relation("products", ("deals", "documents"), "Products", replaces_all=True, most=100),
    Relation("product_pricings", ("products",), "Prices", replaces_all=True),
    Relation("contacts", ("deals",), "Contacts", at_creation=True),
    Relation("team", ("contacts", "sales_accounts", "deals"), "Team"),
    Relation("sales_accounts", ("contacts",), "Accounts", replaces_all=True, at_creation=True, most=10),
    # The reference only adds attendees; no request of it takes one away.
    Relation("attendees", ("appointments",), "Attendees", at_creation=True, removable=False),
    Relation("members", ("lists",), "Contacts"),
)


def split_field(field: str) -> tuple[str, str]:
    """ "products:17" → ("products", "17"); a field without a line has the key ""."""
    prefix, _, key = field.partition(":")
    return prefix, key


def relation_of(spec: ModuleSpec, field: str) -> Relation | None:
    """The set that a field is a line of; None for an ordinary field."""
    prefix, key = split_field(field)
    if not key:
        return None
    return next((item for item in RELATIONS if item.prefix == prefix and spec.key in item.modules), None)


def line_id(relation: Relation, key: str) -> int:
    """A line's key as an id; raises BadLine."""
    number = whole(key)
    if number is None:
        raise BadLine(f"“{relation.prefix}:{key}” names no record.", subject=relation.prefix)
    return number


def attendee(relation: Relation, key: str) -> dict[str, str]:
    """An attendee as the API takes it: "user:223" or "contact:115773" (Create a Appointment)."""
    kind, _, number = key.partition(":")
    if kind not in ATTENDEE_TYPES:
        raise BadLine(f"An attendee is a user or a contact, not “{kind}”.", subject=relation.prefix)
    return {"attendee_type": ATTENDEE_TYPES[kind], "attendee_id": str(line_id(relation, number))}


def folded(spec: ModuleSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a new record with its lines put together as the API takes them; raises BadLine."""
    plain: dict[str, Any] = {}
    lines: dict[str, dict[str, Any]] = {}
    for field, value in values.items():
        prefix, key = split_field(field)
        if not key:
            plain[field] = value
            continue
        relation = relation_of(spec, field)
        if relation is None or not relation.at_creation:
            raise BadLine(f"“{field}” can't be given with a new {spec.singular.lower()}.", subject=field)
        if value is not None and value is not False:
            lines.setdefault(prefix, {})[key] = value
    for prefix, found in lines.items():
        relation = next(item for item in RELATIONS if item.prefix == prefix and spec.key in item.modules)
        plain.update(_at_creation(relation, found))
    return plain


def _at_creation(relation: Relation, lines: Mapping[str, Any]) -> dict[str, Any]:
    if relation.prefix == "contacts":
        return {"contacts_added_list": [line_id(relation, key) for key in lines]}
    if relation.prefix == "attendees":
        return {"appointment_attendees_attributes": [attendee(relation, key) for key in lines]}
    return {"sales_accounts": account_lines(relation, lines)}


def account_lines(relation: Relation, lines: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The accounts of a contact with exactly one primary: the one that says so, else the first (footnote **)."""
    primary = next((key for key, line in lines.items() if isinstance(line, Mapping) and line.get("is_primary")), None)
    if primary is None:
        primary = next(iter(lines), None)
    return [{"id": line_id(relation, key), "is_primary": key == primary} for key in lines]
