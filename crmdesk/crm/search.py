"""Finding records: the whole CRM as one types, one field's value, and rules over one module.

None of it is in the reference; all of it is in shipping clients (api-in-practice.md, "Search"). Search lags behind
writes by some seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crmdesk.config.errors import InputError
from crmdesk.crm.client import PERSON_READS, CrmClient, Purpose
from crmdesk.crm.kinds import Kind
from crmdesk.crm.module_spec import ModuleSpec
from crmdesk.crm.module_table import BUILT_IN
from crmdesk.crm.paging import Page, body_of, parse_page, unexpected
from crmdesk.crm.values import whole

MOST_PER_PAGE = 100
SEARCHED = ("contacts", "sales_accounts", "deals")

# What `lookup` and `filtered_search` call a field that records show under another name.
_LOOKUP_NAMES = {("contacts", "emails"): "email"}
_ATTRIBUTES = {("contacts", "emails"): "contact_email.email", ("contacts", "email"): "contact_email.email"}

_DETAILS = ("email", "job_title", "website", "city", "amount", "phone", "mobile_number", "work_number")


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was found: its module's key, its id, what a person calls it, a line of detail."""

    module: str
    id: int
    label: str
    detail: str
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class FilterRule:
    """One condition of `filtered_search`; rules are AND-ed. A value is in wire form, a list for `is_in`."""

    attribute: str
    operator: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Operator:
    """A comparison: its name in the API, what a person reads, whether it needs a value, one or several."""

    name: str
    label: str
    needs_value: bool = True
    several: bool = False


_BLANK = (
    Operator("is_empty", "is blank", needs_value=False),
    Operator("is_not_empty", "is not blank", needs_value=False),
)
_TEXT = (
    Operator("contains", "contains"),
    Operator("is", "is"),
    Operator("is_not", "is not"),
    Operator("starts_with", "begins with"),
    Operator("ends_with", "ends with"),
    *_BLANK,
)
_NUMBER = (
    Operator("is", "is"),
    Operator("is_not", "is not"),
    Operator("is_greater_than", "is more than"),
    Operator("is_less_than", "is less than"),
    *_BLANK,
)
_TIME = (
    Operator("is_after", "is after"),
    Operator("is_before", "is before"),
    Operator("is", "is on"),
    *_BLANK,
)
_ONE_OF = (
    Operator("is_in", "is one of", several=True),
    Operator("is_not_in", "is none of", several=True),
    *_BLANK,
)
_YES_NO = (Operator("is", "is"),)

OPERATORS: Mapping[Kind, tuple[Operator, ...]] = {
    **dict.fromkeys((Kind.RAW, Kind.TEXT, Kind.LONG_TEXT, Kind.URL, Kind.EMAIL, Kind.PHONE, Kind.ZONE), _TEXT),
    **dict.fromkeys((Kind.EMAILS, Kind.PHONES), _TEXT),
    **dict.fromkeys((Kind.NUMBER, Kind.DECIMAL, Kind.MONEY), _NUMBER),
    **dict.fromkeys((Kind.DATE, Kind.TIME), _TIME),
    **dict.fromkeys((Kind.CHOICE_ID, Kind.CHOICE_TEXT, Kind.MULTI_ID, Kind.MULTI_TEXT), _ONE_OF),
    **dict.fromkeys((Kind.LOOKUP, Kind.USER, Kind.TAGS, Kind.SUBSCRIPTION), _ONE_OF),
    Kind.CHECKBOX: _YES_NO,
}


def searchable(modules: Iterable[ModuleSpec]) -> list[ModuleSpec]:
    """Those of the modules that the CRM can search."""
    return [spec for spec in modules if spec.search_entity is not None]


async def search(
    client: CrmClient,
    text: str,
    modules: Sequence[ModuleSpec] | None = None,
    limit: int = 20,
    why: Purpose = PERSON_READS,
) -> list[Hit]:
    """Records whose names, addresses … hold the text, best first; one request. Modules: else the main three."""
    specs = _by_entity(modules)
    if not text.strip() or not specs:
        return []
    params = {"q": text.strip(), "include": ",".join(specs), "per_page": limit}
    answer = await client.get("search", params, why=why)
    body = answer.json()
    if not isinstance(body, list):
        raise unexpected(answer, "no list of hits")
    hits = [_hit(item, specs.get(str(item.get("type", "")).lower())) for item in body if isinstance(item, dict)]
    return [hit for hit in hits if hit is not None][:limit]


async def lookup(
    client: CrmClient,
    text: str,
    field: str,
    modules: Sequence[ModuleSpec] | None = None,
    why: Purpose = PERSON_READS,
) -> list[Hit]:
    """Records whose field has exactly this value; one request. `emails` of contacts are asked for as `email`."""
    specs = _by_entity(modules)
    if not text.strip() or not specs:
        return []
    names = {_LOOKUP_NAMES.get((spec.key, field), field) for spec in specs.values()}
    if len(names) > 1:
        raise InputError(f"“{field}” is not called the same in all modules.", subject=field)
    params = {"q": text.strip(), "f": names.pop(), "entities": ",".join(specs)}
    body = body_of(await client.get("lookup", params, why=why))
    hits: list[Hit] = []
    for spec in specs.values():
        for item in _looked_up(body, spec):
            hit = _hit(item, spec)
            if hit is not None:
                hits.append(hit)
    return hits


def _looked_up(body: Mapping[str, Any], spec: ModuleSpec) -> list[dict[str, Any]]:
    """Nested twice in practice, {"contacts": {"contacts": […]}}; once is understood too."""
    found = body.get(spec.many_key, body.get(str(spec.search_entity)))
    if isinstance(found, dict):
        found = found.get(spec.many_key, found.get(str(spec.search_entity)))
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _by_entity(modules: Sequence[ModuleSpec] | None) -> dict[str, ModuleSpec]:
    specs = searchable([BUILT_IN[key] for key in SEARCHED] if modules is None else modules)
    return {str(spec.search_entity): spec for spec in specs}


def _hit(item: Mapping[str, Any], spec: ModuleSpec | None) -> Hit | None:
    """A hit whose id comes as text or number; None for what is no record of the wanted modules, such as a user."""
    number = whole(item.get("id"))
    if spec is None or number is None:
        return None
    name = item.get("name")
    label = str(name) if isinstance(name, str) and name.strip() else spec.label(item)
    found = [str(item[key]).strip() for key in _DETAILS if item.get(key) not in (None, "")]
    return Hit(spec.key, number, label, " · ".join(text for text in found[:2] if text != label), item)


def attribute_of(spec: ModuleSpec, field: str) -> str:
    """What `filtered_search` calls a field."""
    return _ATTRIBUTES.get((spec.key, field), field)


async def filtered(
    client: CrmClient,
    spec: ModuleSpec,
    rules: Sequence[FilterRule],
    page: int = 1,
    *,
    per_page: int = MOST_PER_PAGE,
    sort: str | None = None,
    descending: bool = False,
    include: str | None = "",
    why: Purpose = PERSON_READS,
) -> Page:
    """One page of the records that all rules hold for; `include` "" means what the module's rows need (its owner)."""
    if spec.search_entity is None:
        raise InputError(f"The API can't filter {spec.plural.lower()}.", subject=spec.key)
    if not rules:
        raise InputError("A filter needs a rule.", subject="filter")
    params: dict[str, Any] = {"page": page, "per_page": per_page}
    wanted = spec.list_include if include == "" else include
    if wanted:
        params["include"] = wanted
    if sort:
        params["sort"] = sort
        params["sort_type"] = "desc" if descending else "asc"
    body = {"filter_rule": [_rule(rule) for rule in rules]}
    answer = await client.ask(f"filtered_search/{spec.search_entity}", body, params, why=why)
    return parse_page(spec, page, per_page, answer)


def _rule(rule: FilterRule) -> dict[str, Any]:
    said = {"attribute": rule.attribute, "operator": rule.operator}
    return said if rule.operator in ("is_empty", "is_not_empty") else {**said, "value": rule.value}
