"""The rules of `filtered_search`: each as a condition in SQL and as a test of a record that changed just now."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from crmdesk.sandbox import times
from crmdesk.sandbox.answers import Wrong
from crmdesk.sandbox.modules import Module
from crmdesk.sandbox.schema import fields_of
from crmdesk.sandbox.store import Record, Store, Where

_COLUMNS = {"owner_id": "owner_id", "territory_id": "territory_id", "id": "id"}
_MOMENTS = {"created_at": "created_ms", "updated_at": "updated_ms"}
_ALIASES = {"contact_email.email": "email", "emails": "email"}
_NUMBERS = frozenset(
    ("amount", "base_currency_amount", "expected_deal_value", "probability", "lead_score", "annual_revenue")
) | {"number_of_employees", "open_deals_amount", "won_deals_amount", "open_deals_count", "won_deals_count", "age"}
_STRUCTURED = frozenset(("custom_field", "links", "tags", "system_tags", "phone_numbers", "collaboration", "products"))
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")

Test = Callable[[Record], bool]


@dataclass(frozen=True)
class Rule:
    """One rule, twice."""

    where: Where
    test: Test


@dataclass(frozen=True)
class Attribute:
    """What a rule is about: how SQL and Python reach it, and how its values compare."""

    name: str
    sql: str
    get: Callable[[Record], Any]
    kind: str = "text"


def attribute_of(store: Store, module: Module, name: str) -> Attribute:
    """The attribute of a module by its name; Wrong for an unknown one."""
    name = _ALIASES.get(name, name).removeprefix("custom_field.")
    if name in _MOMENTS:
        column = _MOMENTS[name]
        return Attribute(name, column, lambda record: record[column], "moment")
    if name in _COLUMNS:
        return Attribute(name, _COLUMNS[name], lambda record: record.get(name), "id")
    field = next((item for item in fields_of(store, module.name) if item.name == name), None)
    if field is not None and field.custom:
        sql = f"json_extract(body, '$.custom_field.{name}')"
        kind = {"number": "number", "decimal": "number", "multi_select_dropdown": "several"}.get(field.kind, field.kind)
        return Attribute(name, sql, lambda record: (record.get("custom_field") or {}).get(name), kind)
    known = set(module.template) | {include.key for include in module.includes.values()}
    if name not in known or name in _STRUCTURED or not _NAME.match(name):
        raise Wrong(f"Invalid attribute {name} in filter_rule")
    kind = "number" if name in _NUMBERS else "text"
    return Attribute(name, f"json_extract(body, '$.{name}')", lambda record: record.get(name), kind)


def rule_of(store: Store, module: Module, part: Any, *, owners: bool) -> Rule:
    """A rule of a request; Wrong where the attribute, the operator or the value can't be understood."""
    if not isinstance(part, dict):
        raise Wrong("filter_rule must be a list of rules")
    name, operator, value = str(part.get("attribute")), str(part.get("operator")), part.get("value")
    if name == "owner_id" and not owners:
        raise Wrong("Invalid attribute owner_id in filter_rule")
    attribute = attribute_of(store, module, name)
    if operator in ("is_empty", "is_not_empty"):
        return _empty(attribute, operator == "is_empty")
    if operator in ("is", "is_in", "is_not", "is_not_in"):
        rule = _among(attribute, value if isinstance(value, list) else [value])
        return _opposite(rule) if "not" in operator else rule
    if operator in ("is_after", "is_before"):
        return _by_time(attribute, value, operator == "is_after")
    if operator in ("is_greater_than", "is_less_than"):
        return _by_size(attribute, value, operator == "is_greater_than")
    if operator in ("contains", "starts_with", "ends_with") and attribute.kind != "moment":
        return _by_text(attribute, str(value), operator)
    raise Wrong(f"Invalid operator {operator} in filter_rule")


def _opposite(rule: Rule) -> Rule:
    return Rule(Where(f"NOT ({rule.where.sql})", rule.where.values), lambda record: not rule.test(record))


def _empty(attribute: Attribute, wanted: bool) -> Rule:
    rule = Rule(
        Where(f"COALESCE({attribute.sql}, '') = ''"),
        lambda record: attribute.get(record) in (None, ""),
    )
    return rule if wanted else _opposite(rule)


def _among(attribute: Attribute, listed: list[Any]) -> Rule:
    if attribute.kind == "moment":
        return _on_days(attribute, listed)
    if attribute.kind == "number":
        return _numbers(attribute, listed)
    wanted = {_plain(item, attribute.kind) for item in listed}
    if attribute.kind == "several":
        return _any_of(attribute, wanted)
    marks = ",".join("?" * len(wanted))
    values = tuple(sorted(wanted))
    if attribute.kind == "id":
        numbers = tuple(int(item) for item in values if item.lstrip("-").isdigit() and abs(int(item)) < 2**63)
        sql = f"{attribute.sql} IN ({','.join('?' * len(numbers))})"
        blank = f" OR {attribute.sql} IS NULL" if "" in wanted else ""
        where = Where(f"COALESCE({sql}, 0){blank}", numbers)
    else:
        where = Where(f"COALESCE(CAST({attribute.sql} AS TEXT), '') IN ({marks})", values)
    return Rule(where, lambda record: _plain(attribute.get(record), attribute.kind) in wanted)


def _any_of(attribute: Attribute, wanted: set[str]) -> Rule:
    joined = f"';' || COALESCE({attribute.sql}, '') || ';'"
    sql = " OR ".join(f"instr({joined}, ?) > 0" for _item in wanted)
    return Rule(
        Where(sql, tuple(f";{item};" for item in wanted)),
        lambda record: bool(wanted & set(str(attribute.get(record) or "").split(";"))),
    )


def _numbers(attribute: Attribute, listed: list[Any]) -> Rule:
    wanted = {float(number) for number in (_number(item) for item in listed) if number is not None}
    blank = any(item in (None, "") for item in listed)
    sql = f"COALESCE(CAST({attribute.sql} AS REAL) IN ({','.join('?' * len(wanted))}), {int(blank)})"

    def test(record: Record) -> bool:
        found = _number(attribute.get(record))
        return blank if found is None else float(found) in wanted

    return Rule(Where(sql, tuple(wanted)), test)


def _on_days(attribute: Attribute, listed: list[Any]) -> Rule:
    days = [moment - moment % times.DAY for moment in (times.read(item) for item in listed) if moment is not None]
    if len(days) != len(listed):
        raise Wrong(f"Invalid rule for {attribute.name} in filter_rule")
    sql = " OR ".join(f"({attribute.sql} >= {day} AND {attribute.sql} < {day + times.DAY})" for day in days)
    return Rule(Where(sql or "0"), lambda record: any(day <= attribute.get(record) < day + times.DAY for day in days))


def _by_time(attribute: Attribute, value: Any, after: bool) -> Rule:
    moment = times.read(value)
    if moment is None or attribute.kind in ("number", "id"):
        raise Wrong(f"Invalid rule for {attribute.name} in filter_rule")
    own = attribute.kind == "moment"
    sql = attribute.sql if own else f"unixepoch({attribute.sql}) * 1000"

    def test(record: Record) -> bool:
        found = attribute.get(record) if own else times.read(attribute.get(record))
        return found is not None and (found > moment if after else found < moment)

    return Rule(Where(f"COALESCE({sql} {'>' if after else '<'} ?, 0)", (moment,)), test)


def _by_size(attribute: Attribute, value: Any, greater: bool) -> Rule:
    limit = _number(value)
    if limit is None:
        raise Wrong(f"Invalid rule for {attribute.name} in filter_rule")

    def test(record: Record) -> bool:
        found = _number(attribute.get(record))
        return found is not None and (found > limit if greater else found < limit)

    sql = f"CAST({attribute.sql} AS REAL) {'>' if greater else '<'} ?"
    return Rule(Where(f"COALESCE({attribute.sql}, '') != '' AND {sql}", (float(limit),)), test)


def _by_text(attribute: Attribute, text: str, operator: str) -> Rule:
    needle = text.casefold()
    # SQLite folds the case of ASCII only.
    escaped = like(text)
    pattern = {"contains": f"%{escaped}%", "starts_with": f"{escaped}%", "ends_with": f"%{escaped}"}[operator]

    def test(record: Record) -> bool:
        held = str(attribute.get(record) or "").casefold()
        if operator == "contains":
            return needle in held
        return held.startswith(needle) if operator == "starts_with" else held.endswith(needle)

    return Rule(Where(f"COALESCE({attribute.sql}, '') LIKE ? ESCAPE '\\'", (pattern,)), test)


def like(text: str) -> str:
    """A text for LIKE … ESCAPE '\\'."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _plain(value: Any, kind: str) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if kind == "checkbox" and str(value).lower() in ("true", "false"):
        return "1" if str(value).lower() == "true" else "0"
    return "" if value is None else str(value)


def _number(value: Any) -> Decimal | None:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
