"""Custom modules: their settings, and how one is made and taken away while the sandbox runs."""

from __future__ import annotations

import re

from crmdesk.sandbox import rules, times
from crmdesk.sandbox.answers import Wrong
from crmdesk.sandbox.modules import BUILT_IN, Body
from crmdesk.sandbox.store import Store, Where
from crmdesk.sandbox.targets import blank, missing, whole

MOST_MODULES = 10
MODULE_BASE = 3_000_000_000
_FIRST_CUSTOM, _FIRST_FORM = 34, 101
_FIRST_POSITION = 14
_ENTITY = re.compile(r"cm_[a-z0-9_]{1,60}\Z")
_MANDATORY = {"singular_name": "Singular name", "plural_name": "Plural name", "icon": "Icon"}
_ICONS = """
auction cart connection courses employee event inventory payments people project property schools sku subscription
ticket transactions asset assistant category community competitor entitlement file-attachment fulfillment goals
hierarchy id-card idea invoice items labels legal location milestone partner payment purchase-order queue
relationship revenue-schedule skill storage survey timesheet
"""
ICONS = tuple(f"icon-cm-{name}" for name in _ICONS.split())
_NAMED = (
    ("contacts", "Contact", "Contacts"),
    ("sales_accounts", "Account", "Accounts"),
    ("deals", "Deal", "Deals"),
    ("products", "Product", "Products"),
)


def form_id(store: Store, module: str) -> int:
    """The id of a module's one form."""
    if module in BUILT_IN:
        return MODULE_BASE + 501 + list(BUILT_IN).index(module)
    return MODULE_BASE + _FIRST_FORM + list(store.meta("entities")).index(module)


def customizations(store: Store) -> list[Body]:
    """The built-in modules and the custom ones, as they are printed."""
    built_in = [
        _printed(MODULE_BASE + 1 + place, entity, (one, many), place + 1)
        for place, (entity, one, many) in enumerate(_NAMED)
    ]
    return built_in + [_details(store, entity) for entity, _one, _many in store.meta("modules", [])]


def _details(store: Store, entity: str) -> Body:
    """What is known of a custom module; one of the dataset has its number by its place there."""
    known: Body | None = store.meta(f"module_{entity}")
    if known is not None:
        return known
    listed = store.meta("modules")
    place = next(place for place, item in enumerate(listed) if item[0] == entity)
    found = _printed(MODULE_BASE + _FIRST_CUSTOM + place, entity, tuple(listed[place][1:]), _FIRST_POSITION + place)
    store.set_meta(f"module_{entity}", found)
    return found


def _printed(module_id: int, entity: str, names: tuple[str, ...], position: int) -> Body:
    one, many = names
    custom = entity not in BUILT_IN
    made = times.printed(times.ANCHOR - 900 * times.DAY, True)
    icon = f"icon-{entity.replace('_', '-')}"
    return {
        "id": module_id,
        "singular_name": one,
        "plural_name": many,
        "entity_name": entity,
        "description": f"This module holds {many.lower()}",
        "icon": icon if icon in ICONS or not custom else ICONS[0],
        "position": position,
        "show_in_navigation_menu": True,
        "custom": custom,
        "resource_path_for_navigation": f"/custom_module/{entity}" if custom else f"/{entity}",
        "layout_customizations": {"lookup_sections": [], "section_config": []},
        "status": 1,
        "created_at": made,
        "updated_at": made,
        "configs": {"filters_v2_enabled": True},
    }


def _wrong(data: Body) -> list[str]:
    problems = []
    if not blank(data.get("icon")) and data["icon"] not in ICONS:
        problems.append("Icon is not one of the allowed icons")
    for key in ("singular_name", "plural_name", "description"):
        if data.get(key) is not None and not isinstance(data[key], str):
            problems.append(f"{key} is invalid")
    if data.get("show_in_navigation_menu") is not None and not isinstance(data["show_in_navigation_menu"], bool):
        problems.append("show_in_navigation_menu must be true or false")
    if not blank(data.get("status")) and whole(data["status"]) not in (0, 1):
        problems.append("Status must be 0 or 1")
    return problems


def create(store: Store, data: Body) -> Body:
    """A new module with its table, its views and a form of two fields."""
    problems = missing(data, _MANDATORY) + _wrong(data)
    entity = str(data.get("entity_name") or "").strip()
    if entity and not _ENTITY.match(entity):
        problems.append("Entity name should start with cm_ and hold small letters, digits and _")
    listed = store.meta("modules", [])
    if len(listed) >= MOST_MODULES:
        problems.append(f"You can create up to {MOST_MODULES} custom modules")
    if problems:
        raise Wrong(*problems)
    have = [_details(store, item[0]) for item in listed]
    entity = free_name(entity or f"cm_{slug(data['singular_name'])}", set(store.meta("entities", [])))
    now = times.printed(times.now_ms(), True)
    last = store.meta("last_module") or MODULE_BASE + _FIRST_CUSTOM - 1
    number = max([last, *(item["id"] for item in have)]) + 1
    position = max([_FIRST_POSITION - 1, *(item["position"] for item in have)]) + 1
    names = (data["singular_name"].strip(), data["plural_name"].strip())
    found = _printed(number, entity, names, position) | {"created_at": now, "updated_at": now, "icon": data["icon"]}
    found["description"] = data.get("description")
    found["show_in_navigation_menu"] = data.get("show_in_navigation_menu") is not False
    found["status"] = 1 if blank(data.get("status")) else whole(data["status"])
    store.set_meta(f"module_{entity}", found)
    store.set_meta("last_module", number)
    store.set_meta("modules", [*listed, [entity, *names]])
    store.set_meta("entities", [*store.meta("entities", []), entity])
    store.reload()
    store.index()
    _add_views(store, entity, names[1])
    return found


def _add_views(store: Store, entity: str, plural: str) -> None:
    highest = store.db.execute("SELECT MAX(id) FROM views").fetchone()[0] or 0
    named = rules.default_views(entity, plural, all_deals=True)
    views = [{"id": highest + place, "name": name, "rule": rule} for place, (name, rule) in enumerate(named, 1)]
    rules.add_views(store, entity, views)


def update(store: Store, found: Body, data: Body) -> Body:
    """Other names, icon, description; the entity's name stays what it is."""
    problems = _wrong(data)
    problems += [f"{label} can't be blank" for key, label in _MANDATORY.items() if key in data and blank(data[key])]
    if problems:
        raise Wrong(*problems)
    keys = ("singular_name", "plural_name", "description", "icon", "show_in_navigation_menu", "status")
    changed = {**found, **{key: data[key] for key in keys if key in data}}
    changed["status"] = found["status"] if blank(changed["status"]) else whole(changed["status"])
    changed["updated_at"] = times.printed(times.now_ms(), True)
    entity = found["entity_name"]
    names = [entity, changed["singular_name"], changed["plural_name"]]
    store.set_meta(f"module_{entity}", changed)
    store.set_meta("modules", [names if item[0] == entity else item for item in store.meta("modules")])
    return changed


def delete(store: Store, found: Body) -> None:
    """The module, its records, its views, its fields, and what is about its records."""
    entity = found["entity_name"]
    for item in store.meta("modules"):
        _details(store, item[0])
    store.set_meta("modules", [item for item in store.meta("modules") if item[0] != entity])
    store.set_meta("entities", [None if name == entity else name for name in store.meta("entities")])
    store.set_added_fields(entity, [])
    store.db.execute("DELETE FROM views WHERE module = ?", (entity,))
    store.db.execute("DELETE FROM meta WHERE key IN (?, ?)", (f"module_{entity}", f"last_id_{entity}"))
    for name in ("notes", "files"):
        # An entity's name may hold the sign that LIKE takes for any letter.
        for key in store.ids(name, Where("substr(parent, 1, ?) = ?", (len(entity) + 1, f"{entity}:"))):
            store.forget(name, key)
    store.db.execute("DELETE FROM feed WHERE substr(target, 1, ?) = ?", (len(entity) + 1, f"{entity}:"))
    store.db.execute(f'DROP TABLE "r_{entity}"')
    store.reload()


def slug(label: str) -> str:
    """A label as an internal name is written."""
    return re.sub(r"[^a-z0-9]+", "_", label.strip().lower()).strip("_") or "x"


def free_name(wanted: str, taken: set[str]) -> str:
    """The name, or with a number behind it where it is taken: internal names are the server's to choose."""
    number, name = 0, wanted
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    return name
