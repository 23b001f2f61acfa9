"""The documented writes of an account's settings as Calls: custom modules and the fields of their forms. Pure.

Sources: "Custom Modules" and "Fields in custom modules" of the API reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmdesk.config.errors import InputError
from crmdesk.crm.answers import Answer
from crmdesk.crm.calls import Call
from crmdesk.crm.client import PERSON_READS, CrmClient, Purpose
from crmdesk.crm.paging import body_of, unexpected

_MODULES = "settings/module_customizations"


def create_module(values: Mapping[str, Any]) -> Call:
    """A new custom module: singular_name, plural_name, icon; entity_name begins with `cm_` where it is given."""
    entity = values.get("entity_name")
    if entity is not None and not str(entity).startswith("cm_"):
        raise InputError("The internal name of a custom module begins with “cm_”.", subject="entity_name")
    missing = [name for name in ("singular_name", "plural_name", "icon") if not values.get(name)]
    if missing:
        raise InputError(f"A custom module needs {', '.join(missing)}.", subject=missing[0])
    return Call("POST", _MODULES, {"module_customization": dict(values)}, repeatable=False)


def update_module(module_id: int, values: Mapping[str, Any]) -> Call:
    """Changes a custom module's names, description, icon, status."""
    return Call("PUT", f"{_MODULES}/{int(module_id)}", {"module_customization": dict(values)})


def delete_module(module_id: int) -> Call:
    """Deletes a custom module with all its records."""
    return Call("DELETE", f"{_MODULES}/{int(module_id)}")


def create_field(entity: str, form_id: int | str, field: Mapping[str, Any]) -> Call:
    """A new field on a form: label and type, and what the type needs (choices, field_options)."""
    missing = [name for name in ("label", "type") if not field.get(name)]
    if missing:
        raise InputError(f"A field needs a {' and a '.join(missing)}.", subject=missing[0])
    path = f"settings/{_name(entity)}/forms/{_name(str(form_id))}/fields"
    return Call("POST", path, {"field": dict(field)}, repeatable=False)


def _name(text: str) -> str:
    if not text or not all(letter.isascii() and (letter.isalnum() or letter in "_-") for letter in text):
        raise InputError(f"“{text}” is no name of a module or form.", subject="module")
    return text


async def module_of(client: CrmClient, module_id: int, why: Purpose = PERSON_READS) -> dict[str, Any]:
    """One custom module as the settings tell of it."""
    return module_in(await client.get(f"{_MODULES}/{int(module_id)}", why=why))


def module_in(answer: Answer) -> dict[str, Any]:
    """The module in the answer of a read, create or update."""
    found = body_of(answer).get("module_customization")
    if not isinstance(found, dict):
        raise unexpected(answer, "no module")
    return found


def field_in(answer: Answer) -> dict[str, Any]:
    """The field in the answer of `create_field`."""
    found = body_of(answer).get("field")
    if not isinstance(found, dict):
        raise unexpected(answer, "no field")
    return found
