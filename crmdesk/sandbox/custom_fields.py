"""New fields in the form of a module: what can be asked for, and how it is kept."""

from __future__ import annotations

from typing import Any

from crmdesk.sandbox.answers import Wrong
from crmdesk.sandbox.custom_modules import free_name, slug
from crmdesk.sandbox.forms import sections
from crmdesk.sandbox.modules import Body, Module
from crmdesk.sandbox.schema import fields_of
from crmdesk.sandbox.store import Store
from crmdesk.sandbox.targets import blank, missing

CHOSEN = ("dropdown", "radio", "multi_select_dropdown")
KINDS = (
    *("text", "textarea", "paragraph", "number", "decimal", "checkbox", "date", "date_time", "date_time_split"),
    *("auto_complete", *CHOSEN),
)
_LOCALES = ("en", "es", "en-IN", "fi")
_LOOKED_UP = ("lead", "contact", "account", "sales_account", "deal", "product", "user")
_SWITCHES = ("editable", "visible", "required")


def add(store: Store, module: Module, data: Body) -> str:
    """Add a field to a module and give its name; Wrong with all messages where it can't be."""
    options = data.get("field_options") or {}
    parts = sections(store, module)
    problems = missing(data, {"label": "Label", "type": "Type"})
    if not blank(data.get("type")) and data["type"] not in KINDS:
        problems.append(f"Type is invalid; it can be {', '.join(KINDS)}")
    problems += [f"{key} must be true or false" for key in _SWITCHES if not isinstance(data.get(key, True), bool)]
    parent = data.get("parent_id")
    if not blank(parent) and parent not in parts:
        problems.append("Parent is invalid")
    if not isinstance(options, dict):
        raise Wrong(*problems, "field_options is invalid")
    problems += _wrong_options(store, data.get("type"), options)
    choices, wrong = _choices(data)
    if problems or wrong:
        raise Wrong(*problems, *wrong)
    taken = {item.name for item in fields_of(store, module.name)}
    inner = slug(str(data.get("internal_name") or data["label"]).removeprefix("cf_"))
    field: dict[str, Any] = {
        "name": free_name(f"cf_{inner}", taken),
        "label": str(data["label"]).strip(),
        "kind": data["type"],
        "choices": choices,
        "required": data.get("required", False),
        "group": parts.get(str(parent or ""), next(iter(parts.values()))),
        "hint": str(data.get("hint") or ""),
        "editable": data.get("editable", True),
        "visible": data.get("visible", True),
        "locale": options.get("locale") or "en-IN",
        "lookup": options.get("lookup_type") or "contact",
    }
    store.set_added_fields(module.name, [*store.added_fields(module.name), field])
    return str(field["name"])


def _wrong_options(store: Store, kind: Any, options: Body) -> list[str]:
    problems = []
    if kind == "auto_complete":
        custom = [name for name in store.modules if name.startswith("cm_")]
        known = (*_LOOKED_UP, *custom, *(name.removeprefix("cm_") for name in custom))
        if blank(options.get("lookup_type")):
            problems.append("Lookup type can't be blank")
        elif options["lookup_type"] not in known:
            problems.append("Lookup type is invalid")
    if kind == "decimal" and options.get("locale") not in (None, *_LOCALES):
        problems.append(f"Locale is invalid; it can be {', '.join(_LOCALES)}")
    return problems


def _choices(data: Body) -> tuple[list[str], list[str]]:
    """The values of the choices in their order, and what is wrong with them."""
    given = data.get("choices") or []
    if data.get("type") not in CHOSEN:
        return [], []
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        return [], ["Choices are invalid"]
    if not given:
        return [], ["Choices can't be blank"]
    ordered = sorted(given, key=lambda item: item["position"] if isinstance(item.get("position"), int) else 10**6)
    found = [str(item.get("value") or "").strip() for item in ordered]
    if not all(found):
        return [], ["The value of a choice can't be blank"]
    if len({value.casefold() for value in found}) != len(found):
        return [], ["The values of choices must differ"]
    return found, []
