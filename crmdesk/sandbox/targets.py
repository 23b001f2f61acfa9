"""What a note, a task, a file … is about: `targetable_type` and `targetable_id` of a request."""

from __future__ import annotations

from typing import Any

from crmdesk.sandbox import rules
from crmdesk.sandbox.answers import Wrong, denied
from crmdesk.sandbox.modules import TARGET_TYPES, Body, Module
from crmdesk.sandbox.store import Record, Store, Where

_RECORDS = ("contacts", "sales_accounts", "deals")


def whole(value: Any) -> int | None:
    """An id given as number or text; None for a blank one, -1 for what is no id."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return -1
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return -1


def blank(value: Any) -> bool:
    """Whether a mandatory value counts as missing."""
    return value is None or (isinstance(value, str) and not value.strip())


def missing(data: Body, labels: dict[str, str]) -> list[str]:
    """A message for each mandatory key that is blank."""
    return [f"{label} can't be blank" for key, label in labels.items() if blank(data.get(key))]


def target_module(store: Store, said: Any, *, products: bool = False) -> Module | None:
    """The module that a targetable_type names: Contact, SalesAccount, Deal, Product, or that of a custom module."""
    name = str(said or "").strip().lower()
    kind = TARGET_TYPES.get(name)
    if kind is not None:
        return store.modules[kind]
    if products and name == "product":
        return store.modules["products"]
    custom = (module for module in store.modules.values() if module.name.startswith("cm_"))
    return next((module for module in custom if name in (module.name, module.model.lower())), None)


def type_name(module: Module) -> str:
    """The targetable_type that is printed for a module."""
    return module.name if module.name.startswith("cm_") else module.model


def aim(store: Store, user: Body, data: Body, *, products: bool = False) -> tuple[Module, Record]:
    """The record that the data is about; 400 where there is none, 403 where the user can't see it."""
    module = target_module(store, data.get("targetable_type"), products=products)
    if module is None:
        raise Wrong("Targetable type is invalid")
    number = whole(data.get("targetable_id"))
    record = store.get(module.name, number) if number is not None else None
    if record is None or record["is_deleted"]:
        raise Wrong("Targetable is invalid")
    if not rules.may_see(user, record):
        raise denied()
    return module, record


def aimed(store: Store, user: Body, data: Body, *, products: bool = False) -> Body:
    """The data with its target checked, and named as it is printed."""
    module, record = aim(store, user, data, products=products)
    return {**data, "targetable_type": type_name(module), "targetable_id": record["id"]}


def about(store: Store, module: Module, record: Record, name: str) -> list[Record]:
    """All records of another module that are about this one, newest first."""
    where = Where("deleted = 0 AND parent = ?", (f"{module.name}:{record['id']}",))
    return list(reversed(list(store.each(name, where))))


def envelope(body: Body, key: str) -> Body:
    """The object that a request carries under the module's key."""
    data = body.get(key)
    if not isinstance(data, dict):
        raise Wrong(f"{key} is missing in the request body")
    return data


def refuse(problems: list[str]) -> None:
    """Raise all messages together, where there are any."""
    if problems:
        raise Wrong(*problems)


def gone(**documented: Body) -> Body:
    """What a deletion answers in practice, beside what the reference prints for notes and tasks."""
    return {"success": "200", **documented}
