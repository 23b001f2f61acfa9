"""Values checked as the API would check them, before anything is sent: rules of the reference as data.

`check` looks at one value in normal form, `check_record` at a record as it would be; rules that need several fields
stand in record_rules.py. Nothing is asked: what names don't know is not held against a value. docs/rules.md lists
every rule beside the place where it is checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from crmdesk.crm.directory import OWNERS
from crmdesk.crm.fixed_schema import EMPLOYEE_RANGES, TARGETS
from crmdesk.crm.kinds import Kind, decimal_of, kind_of, normal
from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.naming import KnownNames, Named, Names, options
from crmdesk.crm.schema import Field, Schema
from crmdesk.crm.values import NOT_LOADED
from crmdesk.crm.zones import RAILS

_NO_NAMES: Final = KnownNames()


@dataclass(frozen=True, slots=True)
class Problem:
    """What the API would refuse; `field` is "" where it is about the record as a whole."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Digits:
    """decimal(precision, scale): digits in all, and behind the point; `highest` where practice knows a bound."""

    precision: int
    scale: int
    highest: Decimal | None = None

    def problem(self, number: Decimal) -> str | None:
        """What is wrong with a number of so many digits."""
        exponent = number.as_tuple().exponent
        places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
        if places > self.scale:
            return f"can have at most {self.scale} decimals" if self.scale else "must be a whole number"
        highest = self.highest or Decimal(10) ** (self.precision - self.scale) - Decimal(1).scaleb(-self.scale)
        return f"must not be above {highest:f}" if abs(number) > highest else None


# Reference: the attribute tables. Of deals practice knows a higher bound than (15,2), with this message (T).
_HIGHEST_AMOUNT: Final = Decimal(9007199254740991)
DIGITS: Final[Mapping[tuple[str, str], Digits]] = {
    ("deals", "amount"): Digits(15, 2, _HIGHEST_AMOUNT),
    ("deals", "base_currency_amount"): Digits(19, 4),
    ("sales_accounts", "annual_revenue"): Digits(18, 0),
    ("documents", "amount"): Digits(15, 4),
}
LINE_DIGITS: Final[Mapping[str, Digits]] = {
    "unit_price": Digits(15, 4),
    "setup_fee": Digits(15, 4),
    "discount": Digits(5, 2),
}
# What the CRM keeps by itself, whatever its settings say of it (reference: the attribute tables); never sent.
READ_ONLY: Final = frozenset(
    (
        "id",
        "created_at",
        "updated_at",
        "creater_id",
        "creator_id",
        "updater_id",
        "avatar",
        "links",
        "age",
        "lead_score",
        "recent_note",
        "last_seen",
        "expected_deal_value",
        "checkedin_duration",
        "base_currency_amount",
        "open_deals_amount",
        "open_deals_count",
        "won_deals_amount",
        "won_deals_count",
        "stage_updated_time",
        "last_contacted",
        "last_contacted_mode",
        "document_number",
    )
)


@dataclass(frozen=True, slots=True)
class Uniqueness:
    """Whether two records may hold the same value; None is unknown."""

    unique: bool | None
    source: str


_TABLE_NOTE = "reference, attribute table: “This field is unique”"
UNIQUE: Final[Mapping[tuple[str, str], Uniqueness]] = {
    ("contacts", "emails"): Uniqueness(True, "reference, Upsert a Contact; practice: compared without case (T)"),
    ("contacts", "email"): Uniqueness(True, "practice: an e-mail that exists is refused, whatever its case (T)"),
    ("contacts", "external_id"): Uniqueness(None, f"{_TABLE_NOTE}, its mark is lost: it may be this one"),
    ("contacts", "mobile_number"): Uniqueness(None, "reference, Job Status: a failure names a record by it"),
    ("sales_accounts", "name"): Uniqueness(
        True, "reference, Upsert an Account; practice: “Name has already been taken”"
    ),
    ("deals", "name"): Uniqueness(None, "reference, Upsert a Deal: an example finds a deal by it"),
    ("products", "name"): Uniqueness(True, f"{_TABLE_NOTE}, its mark is lost: the name is the likely one"),
    ("products", "product_code"): Uniqueness(None, "the reference's mark is lost: unknown"),
    ("products", "sku_number"): Uniqueness(None, "the reference's mark is lost: unknown"),
    ("documents", "display_name"): Uniqueness(None, "the reference's mark is lost: unknown"),
    ("lists", "name"): Uniqueness(True, _TABLE_NOTE),
}
_BY_ID = Uniqueness(True, "reference: id is allowed as identifier")


def unique(spec: ModuleSpec, field: str) -> Uniqueness:
    """What is known of a field's uniqueness: a table for the built-in ones, unknown for custom ones."""
    if field == "id":
        return _BY_ID
    known = UNIQUE.get((spec.key, field))
    if known is not None:
        return known
    if spec.custom and field == "name":
        return Uniqueness(None, "reference, Create a record: “This field is unique”, its mark is lost")
    if spec.custom or field.startswith("cf_"):
        return Uniqueness(None, "set in the account's settings, which the API does not tell")
    return Uniqueness(False, "not marked in the reference")


def check_identifier(spec: ModuleSpec, field: str) -> str | None:
    """Why an upsert can't find records by a field, if it can't (reference: notes 1 and 3 of Upsert)."""
    if field == "email" and spec.key == "contacts":
        return "“email” is not supported here: use “emails”."
    if unique(spec, field).unique is False:
        return f"“{field}” is not unique: records are found by id or by a unique field."
    return None


# -- one value ------------------------------------------------------------------------------------------------

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_WEBSITE = re.compile(r"(https?://)?[^\s/?#.]+(\.[^\s/?#.]+)+([/?#:]\S*)?", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


@dataclass(frozen=True, slots=True)
class _Asked:
    spec: ModuleSpec
    field: Field
    kind: Kind
    names: Names


def mandatory(spec: ModuleSpec, field: Field) -> bool:
    """Whether a record can't be without it: the account's own settings, or the reference's mark."""
    return field.required or field.name in spec.required


def check(spec: ModuleSpec, field: Field, value: Any, names: Names | None = None) -> str | None:
    """What the API would say against a value, or None; `names` lets users and choices be looked up."""
    kind = kind_of(spec, field)
    kept = normal(kind, value)
    if kept is NOT_LOADED:
        return None
    if kept is None:
        return f"{field.label} can't be blank." if mandatory(spec, field) else None
    look = _CHECKS.get(kind)
    problem = look(kept, _Asked(spec, field, kind, names or _NO_NAMES)) if look is not None else None
    return f"{field.label} {problem}." if problem else None


def _check_text(value: Any, asked: _Asked) -> str | None:
    return None if isinstance(value, str) else "is not text"


def _check_number(value: Any, asked: _Asked) -> str | None:
    number = decimal_of(value)
    if number is None:
        return "is not a number"
    if asked.field.name == "probability" and asked.spec.key == "deals" and not 0 <= number <= 100:
        return "must be between 0 and 100"
    digits = DIGITS.get((asked.spec.key, asked.field.name))
    return digits.problem(number) if digits is not None else None


def _check_date(value: Any, asked: _Asked) -> str | None:
    return None if isinstance(value, str) and _DATE.fullmatch(value) else "is not a date"


def _check_time(value: Any, asked: _Asked) -> str | None:
    return None if isinstance(value, str) and _TIME.fullmatch(value) else "is not a date and time"


def _check_checkbox(value: Any, asked: _Asked) -> str | None:
    return None if isinstance(value, bool) else "is neither yes nor no"


def _check_choice_id(value: Any, asked: _Asked) -> str | None:
    if asked.field.name == "number_of_employees" and value not in EMPLOYEE_RANGES:
        return f"must be the start of a range: {', '.join(map(str, EMPLOYEE_RANGES))}"
    return _listed(value, options(asked.spec, asked.field, asked.names))


def _listed(value: Any, listed: Any) -> str | None:
    if not listed or any(item.id == value for item in listed):
        return None
    return f"has no choice {value}"


def _check_choice_text(value: Any, asked: _Asked) -> str | None:
    if not isinstance(value, str):
        return "is not text"
    if asked.field.name == "targetable_type":
        return _check_target(value, asked)
    listed = options(asked.spec, asked.field, asked.names)
    return None if not listed or any(item.name == value for item in listed) else f"has no choice “{value}”"


def _check_target(value: str, asked: _Asked) -> str | None:
    """The kinds that the reference lists, without case; a custom module's own name beside them."""
    told = tuple(choice.value for choice in asked.field.choices) or TARGETS
    if value.casefold() in {name.casefold() for name in told} or value.lower().startswith(("cm_", "custommodule")):
        return None
    return f"must be one of {', '.join(told)}"


def _check_multi_id(value: Any, asked: _Asked) -> str | None:
    if not isinstance(value, list):
        return "is not a list of choices"
    listed = options(asked.spec, asked.field, asked.names)
    return next((problem for item in value if (problem := _listed(item, listed))), None)


def _check_multi_text(value: Any, asked: _Asked) -> str | None:
    if not isinstance(value, list):
        return "is not a list of choices"
    return next((problem for item in value if (problem := _check_choice_text(item, asked))), None)


def _check_lookup(value: Any, asked: _Asked) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        return f"names no record: {value}"
    return None


def _check_user(value: Any, asked: _Asked) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return f"names no user: {value}"
    listed = asked.names.items(OWNERS) or options(asked.spec, asked.field, asked.names)
    found: Named | None = next((item for item in listed if item.id == value), None)
    if listed and found is None:
        return f"names no user of the account: {value}"
    return f"can't be {found.name}, who is not active" if found is not None and not found.active else None


def _check_email(value: Any, asked: _Asked) -> str | None:
    return None if isinstance(value, str) and _EMAIL.fullmatch(value) else f"is not a valid e-mail address: {value}"


def _check_emails(value: Any, asked: _Asked) -> str | None:
    problem = _check_phones(value, asked)
    if problem is not None:
        return problem
    seen: set[str] = set()
    for entry in value:
        if _check_email(entry["value"], asked) is not None:
            return f"holds no valid e-mail address: {entry['value']}"
        if entry["value"].casefold() in seen:
            return f"holds {entry['value']} twice"
        seen.add(entry["value"].casefold())
    return None


def _check_phones(value: Any, asked: _Asked) -> str | None:
    whole = isinstance(value, list) and all(isinstance(entry, Mapping) and "is_primary" in entry for entry in value)
    return None if whole else "is not a list of entries"


def _check_texts(value: Any, asked: _Asked) -> str | None:
    return (
        None if isinstance(value, list) and all(isinstance(item, str) for item in value) else "is not a list of texts"
    )


def _check_url(value: Any, asked: _Asked) -> str | None:
    return None if isinstance(value, str) and _WEBSITE.fullmatch(value) else f"is no web address: {value}"


def _check_zone(value: Any, asked: _Asked) -> str | None:
    return None if value in RAILS else f"is no time zone that the CRM knows: {value}"


def _check_line(value: Any, asked: _Asked) -> str | None:
    """The numbers of a product's line; other lines are True or what their relation holds."""
    if not isinstance(value, Mapping):
        return None
    for name, digits in LINE_DIGITS.items():
        if name in value:
            number = decimal_of(value[name])
            problem = "is not a number" if number is None else digits.problem(number)
            if problem is not None:
                return f"{name.replace('_', ' ')} {problem}"
    discount, quantity = decimal_of(value.get("discount")), decimal_of(value.get("quantity"))
    if discount is not None and not 0 <= discount <= 100:
        return "discount must be between 0 and 100"
    if value.get("quantity") is not None and (quantity is None or quantity <= 0):
        return "quantity must be above 0"
    return None


_CHECKS: Final[Mapping[Kind, Callable[[Any, _Asked], str | None]]] = {
    Kind.TEXT: _check_text,
    Kind.LONG_TEXT: _check_text,
    Kind.PHONE: _check_text,
    Kind.NUMBER: _check_number,
    Kind.DECIMAL: _check_number,
    Kind.MONEY: _check_number,
    Kind.DATE: _check_date,
    Kind.TIME: _check_time,
    Kind.CHECKBOX: _check_checkbox,
    Kind.CHOICE_ID: _check_choice_id,
    Kind.CHOICE_TEXT: _check_choice_text,
    Kind.MULTI_ID: _check_multi_id,
    Kind.MULTI_TEXT: _check_multi_text,
    Kind.SUBSCRIPTION: _check_multi_id,
    Kind.LOOKUP: _check_lookup,
    Kind.USER: _check_user,
    Kind.EMAIL: _check_email,
    Kind.EMAILS: _check_emails,
    Kind.PHONES: _check_phones,
    Kind.TAGS: _check_texts,
    Kind.URL: _check_url,
    Kind.ZONE: _check_zone,
    Kind.LINE: _check_line,
}


# -- a record -------------------------------------------------------------------------------------------------


def check_record(
    spec: ModuleSpec,
    schema: Schema,
    values: Mapping[str, Any],
    *,
    creating: bool,
    current: Mapping[str, Any] | None = None,
    names: Names | None = None,
) -> list[Problem]:
    """What the API would say against `values` (normal form, flat) over `current` or as a new record; one a field."""
    from crmdesk.crm.record_rules import Draft, record_problems

    known = names or _NO_NAMES
    found = [problem for name, value in values.items() if (problem := _check_named(spec, schema, name, value, known))]
    draft = Draft(spec, schema, dict(values), dict(current or {}), creating, known)
    of_field: dict[str, Problem] = {}
    for problem in (*found, *record_problems(draft)):
        of_field.setdefault(problem.field, problem)
    return list(of_field.values())


def _check_named(spec: ModuleSpec, schema: Schema, name: str, value: Any, names: Names) -> Problem | None:
    field = schema.fields.get(name)
    if field is None:
        # Lines of relations, and keys that a schema doesn't list, such as those of an account's row.
        field = Field(
            name, name.partition(":")[0].replace("_", " ").capitalize(), "unlisted", custom=name.startswith("cf_")
        )
    if not field.custom and (name in READ_ONLY or (schema.complete and not field.editable)):
        return Problem(name, f"{field.label} is set by the CRM.")
    message = check(spec, field, value, names)
    return Problem(name, message) if message is not None else None
