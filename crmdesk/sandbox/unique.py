"""Unique fields: which ones find a record, what they find, and what is said where they find several."""

from __future__ import annotations

from typing import Any

from crmdesk.sandbox import values
from crmdesk.sandbox.answers import Wrong
from crmdesk.sandbox.modules import Module
from crmdesk.sandbox.schema import fields_of
from crmdesk.sandbox.store import Store, Where
from crmdesk.sandbox.write import Writer


def unique_names(store: Store, module: Module) -> tuple[str, ...]:
    """The fields by which an upsert may find a record: `id`, and those that are unique."""
    own = (field.name for field in fields_of(store, module.name) if field.custom and field.unique)
    return (*module.unique, *own)


def found(writer: Writer, module: Module, unique: str, value: Any) -> list[int]:
    """The ids of the records that are not deleted and have a value in a unique field."""
    store = writer.store
    if unique == "id":
        number = values.whole(value)
        live = number is not None and writer.lives(module.name, number)
        return [number] if live and number is not None else []
    if unique in ("name", "emails"):
        wanted = str(value).strip().casefold()
        ids = set(store.ids(module.name, Where("deleted = 0 AND ukey = ?", (wanted,))))
        if unique == "emails":
            ids |= {key for key in store.linked("contacts:email", wanted) if writer.lives(module.name, key)}
        return sorted(ids)
    path = f"$.custom_field.{unique}" if unique.startswith("cf_") else f"$.{unique}"
    return store.ids(module.name, Where("deleted = 0 AND json_extract(body, ?) = ?", (path, str(value))))


def duplicates(module: Module, unique: str, ids: list[int]) -> str:
    """What is said where several records have one value in a unique field: all their ids."""
    return f"{len(ids)} {module.model}s found with same {unique} - [{','.join(str(key) for key in ids)}]"


def one_unique(given: Any, allowed: tuple[str, ...]) -> tuple[str, Any]:
    """The one unique identifier of an upsert; Wrong for none, several, or one that isn't unique."""
    if not isinstance(given, dict) or len(given) != 1:
        raise Wrong("Exactly one unique identifier has to be provided")
    ((name, value),) = given.items()
    if name == "email":
        raise Wrong("email is not supported as unique identifier; use emails")
    if name not in allowed:
        raise Wrong(f"{name} is not a unique identifier; allowed are {', '.join(allowed)}")
    if value in (None, "") or isinstance(value, (dict, list)):
        raise Wrong(f"The value of {name} is missing")
    return str(name), value
