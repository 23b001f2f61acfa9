"""The fields of a module as its forms print them: sections that hold fields, with all that can be set of a field."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from crmdesk.sandbox.modules import Module
from crmdesk.sandbox.schema import Field, Shape, choices_of, fields_of
from crmdesk.sandbox.store import Store

_SYSTEM = (
    ("creator_id", "Created by", "auto_complete"),
    ("created_at", "Created at", "date_time"),
    ("updater_id", "Updated by", "auto_complete"),
    ("updated_at", "Updated at", "date_time"),
    ("recent_note", "Recent note", "paragraph"),
)
# The section that the printed examples put their fields into.
_PRINTED = {("cm_property", "basic_information"): "076f9e4e-1618-49f2-bfb0-9c37889ecf92"}
_FILLED = {"multi_select_dropdown": "Choose value(s)"} | dict.fromkeys(
    ("text", "textarea", "paragraph", "number", "decimal"), "Enter value"
)


def node_id(module: str, name: str) -> str:
    """The id of a field or a section."""
    return _PRINTED.get((module, name)) or str(uuid.uuid5(uuid.NAMESPACE_URL, f"sandbox/{module}/{name}"))


def section_name(label: str) -> str:
    """The name of a section: its label, as names are written."""
    return label.lower().replace(" ", "_")


def sections(store: Store, module: Module) -> dict[str, str]:
    """The sections of a module: id → label."""
    labels = dict.fromkeys(item.group for item in fields_of(store, module.name))
    return {node_id(module.name, section_name(label)): label for label in labels or ("Basic information",)}


def form_field(store: Store, module: Module, form_id: int, name: str) -> Shape:
    """One field of a form, as it is printed there."""
    found = [field for part in forms(store, module, form_id)["forms"][0]["fields"] for field in part["fields"]]
    return next(field for field in found if field["name"] == name)


def forms(store: Store, module: Module, form_id: int) -> Shape:
    """`{"forms": [...]}` as `settings/<module>/forms` answers: sections that hold the fields."""
    items = fields_of(store, module.name)
    groups = list(dict.fromkeys(item.group for item in items)) or ["Basic information"]
    shown = [_section(store, module, form_id, group, items, place) for place, group in enumerate(groups, 1)]
    hidden = _node(module, form_id, None, "hidden_fields", "Hidden fields", "section", len(groups) + 1)
    hidden |= {"visible": False}
    form = {
        "id": form_id,
        "name": f"Default form for {module.name}",
        "description": "",
        "active": True,
        "form_class": f"{module.model}Form",
        "field_class": module.model,
        "fields": [*shown, hidden],
        "grouped_mandatory_fields": [],
    }
    versions = {name: "1650910864" for name in sorted(store.modules) if fields_of(store, name)}
    return {"forms": [form], "meta": {"latest_forms_version_data": versions}}


def _section(store: Store, module: Module, form_id: int, group: str, items: Sequence[Field], place: int) -> Shape:
    name = section_name(group)
    section = _node(module, form_id, None, name, group, "section", place)
    inner = [item for item in items if item.group == group]
    fields = [_form_field(store, module, form_id, section["id"], item, n) for n, item in enumerate(inner, 1)]
    if place == 1 and module.name.startswith("cm_"):
        for number, (system, label, kind) in enumerate(_SYSTEM, len(fields) + 1):
            node = _node(module, form_id, section["id"], system, label, kind, number)
            node["editable"] = False
            node["field_options"] |= {"system_field": True}
            if system == "creator_id":
                node["field_options"]["default_display_label"] = "common.system"
            if kind == "auto_complete":
                _look_up(node, "user")
            fields.append(node)
    return section | {"fields": fields}


def _form_field(store: Store, module: Module, form_id: int, parent: str, item: Field, position: int) -> Shape:
    node = _node(module, form_id, parent, item.name, item.label, item.kind, position)
    base = 4000304715 + sum(map(ord, item.name)) * 100
    node |= {"required": item.required, "custom": item.custom, "hint": item.hint}
    node |= {"editable": item.editable, "visible": item.visible, "placeholder": _FILLED.get(item.kind, "")}
    node["choices"] = [
        {
            "id": str(choice["id"]) if not item.source else choice["id"],
            "value": choice["value"],
            "position": choice["position"],
            "type": None,
            "dependent_ids": {},
            "dependency_mapping_id": str(choice["id"]),
        }
        for choice in choices_of(store, item, base)
    ]
    if item.kind == "auto_complete":
        _look_up(node, "user" if item.name == "owner_id" else item.lookup)
    if item.name == "owner_id":
        node["default_value"] = str(store.meta("admin"))
    if item.kind == "decimal":
        node["field_options"] |= {"locale": item.locale}
    return node


def _look_up(node: Shape, kind: str) -> None:
    node["link"] = f"/search.json?include={kind}&q="
    node["field_options"] |= {
        "lookup_type": kind,
        "lookup_prefetch_url": f"/options_prefetch.json?include={kind}&q[]=",
    }


def _node(module: Module, form_id: int, parent: str | None, name: str, label: str, kind: str, position: int) -> Shape:
    options = {
        "can_editable_be_changed": True,
        "can_editable_be_changed_field_permission": True,
        "can_required_be_changed": kind != "section",
        "can_label_be_renamed": True,
        "can_choices_be_customized": kind in ("dropdown", "radio", "multi_select_dropdown"),
        "can_not_be_hidden": False,
        "allow_fields_to_be_added": kind == "section",
        "system_field": False,
    }
    return {
        "id": node_id(module.name, name),
        "parent_id": parent,
        "name": name,
        "label": label,
        "placeholder": "",
        "type": kind,
        "position": position,
        "fields": [],
        "field_class": module.model,
        "required": False,
        "custom": False,
        "editable": True,
        "visible": True,
        "link": None,
        "choices": [],
        "field_options": options,
        "hint": "",
        "original_label": label,
        "original_placeholder": "",
        "default_value": None,
        "allow_clearing_default_value": True,
        "form_id": form_id,
        "quick_add_position": position,
    }
