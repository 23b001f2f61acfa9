"""The fields of a module, from either shape that the API documents, as one model. What is unknown stays in `raw`.

Built-in modules answer a flat list with groups beside it; custom ones answer forms, whose sections hold fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.values import whole

if TYPE_CHECKING:
    from crmdesk.crm.client import CrmClient, Purpose

SECTION = "section"
NO_SECTION = ""
FIELDS_WITHOUT_SCHEMA = "What the rows hold"


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a field allows; ids are text or numbers there, always text here."""

    id: str
    value: str
    position: int = 0
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a module. `section` is the label of its section; `lookup` the kind of record it points to."""

    name: str
    label: str
    type: str
    id: str = ""
    required: bool = False
    visible: bool = True
    editable: bool = True
    custom: bool = False
    section: str = NO_SECTION
    position: int = 0
    choices: tuple[Choice, ...] = ()
    lookup: str | None = None
    hint: str = ""
    default: Any = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def choice(self, value: object) -> Choice | None:
        """The choice that a record's value names, by id or by text."""
        wanted = str(value)
        return next((choice for choice in self.choices if wanted in (choice.id, choice.value)), None)


@dataclass(frozen=True, slots=True)
class Section:
    """A group of fields in the order of the form."""

    label: str
    fields: tuple[Field, ...]
    name: str = ""
    id: str = ""
    visible: bool = True
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Schema:
    """All fields of a module: in sections, and by name. `complete` is False when only rows told of them."""

    module: str
    sections: tuple[Section, ...]
    fields: Mapping[str, Field]
    form_id: str | None = None
    complete: bool = True
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


async def fetch_schema(client: CrmClient, spec: ModuleSpec, why: Purpose | None = None) -> Schema:
    """Asks for a module's fields in the shape that is documented for it (an administrator's key is needed)."""
    from crmdesk.crm import requests
    from crmdesk.crm.client import PERSON_READS

    purpose = why or PERSON_READS
    if spec.custom:
        return parse_forms(spec, await requests.forms(client, spec, purpose))
    return parse_fields(spec, await requests.fields(client, spec, purpose))


def parse_fields(spec: ModuleSpec, body: Mapping[str, Any]) -> Schema:
    """The schema from a `settings/…/fields` answer; a forms answer is understood too."""
    if "forms" in body and "fields" not in body:
        return parse_forms(spec, body)
    groups = {_text(group.get("id")): group for group in _dicts(body.get("field_groups"))}
    of_field = _group_of_each_field(groups)
    members: dict[str, list[Field]] = {key: [] for key in _by_position(groups)}
    for item in sorted(_dicts(body.get("fields")), key=_position):
        found = _field(item)
        if found is None:
            continue
        key = _text(item.get("field_group_id")) or of_field.get(found.id, "")
        group = groups.get(key)
        label = _label(group) if group is not None else NO_SECTION
        members.setdefault(key if group is not None else "", []).append(replace(found, section=label))
    sections = tuple(_section(groups.get(key, {}), key, inside) for key, inside in members.items() if inside)
    return _schema(spec, sections, None, body)


def parse_forms(spec: ModuleSpec, body: Mapping[str, Any]) -> Schema:
    """The schema from a `settings/…/forms` answer: its active form, or the first; a fields answer is understood too."""
    forms = list(_dicts(body.get("forms")))
    if not forms:
        return parse_fields(spec, body) if "fields" in body else _schema(spec, (), None, body)
    form = next((item for item in forms if item.get("active")), forms[0])
    sections: list[Section] = []
    loose: list[Field] = []
    for item in sorted(_dicts(form.get("fields")), key=_position):
        if item.get("type") == SECTION:
            sections.append(_section(item, _text(item.get("id")), list(_fields_inside(item))))
        elif (found := _field(item)) is not None:
            loose.append(found)
    if loose:
        sections.insert(0, _section({}, "", loose))
    return _schema(spec, tuple(sections), _text(form.get("id")) or None, body)


def schema_of_rows(spec: ModuleSpec, records: Iterable[Mapping[str, Any]]) -> Schema:
    """What the rows themselves show, for a key that may not read settings: names only, nothing can be required."""
    found: dict[str, Field] = {}
    for record in records:
        custom = record.get("custom_field")
        for part, is_custom in ((record, False), (custom if isinstance(custom, Mapping) else {}, True)):
            for name, value in part.items():
                if name != "custom_field" and (name not in found or found[name].type == "text"):
                    found[name] = Field(
                        name,
                        _readable(name),
                        _type_of(value),
                        editable=False,
                        custom=is_custom,
                        section=FIELDS_WITHOUT_SCHEMA,
                    )
    section = Section(FIELDS_WITHOUT_SCHEMA, tuple(found.values()))
    return Schema(spec.key, (section,) if found else (), found, complete=False)


def _schema(spec: ModuleSpec, sections: tuple[Section, ...], form_id: str | None, body: Mapping[str, Any]) -> Schema:
    fields = {item.name: item for section in sections for item in section.fields}
    return Schema(spec.key, sections, fields, form_id, raw=body)


def _section(item: Mapping[str, Any], key: str, inside: Sequence[Field]) -> Section:
    return Section(
        _label(item),
        tuple(inside),
        _text(item.get("name")),
        key,
        item.get("visible") is not False,
        item,
    )


def _fields_inside(section: Mapping[str, Any]) -> Iterable[Field]:
    """The section's fields, those of sections inside it included; hidden with their section."""
    label, shown = _label(section), section.get("visible") is not False
    for item in sorted(_dicts(section.get("fields")), key=_position):
        if item.get("type") == SECTION:
            yield from _fields_inside(item)
        elif (found := _field(item)) is not None:
            yield replace(found, section=label, visible=found.visible and shown)


def _field(item: Mapping[str, Any]) -> Field | None:
    name = _text(item.get("name"))
    if not name:
        return None
    return Field(
        name,
        _label(item) or name,
        _text(item.get("type")) or "text",
        _text(item.get("id")),
        item.get("required") is True,
        item.get("visible") is not False,
        item.get("editable") is not False,
        _is_custom(item, name),
        position=_position(item),
        choices=tuple(_choice(choice) for choice in sorted(_dicts(item.get("choices")), key=_position)),
        lookup=_lookup(item),
        hint=_text(item.get("hint")),
        default=item.get("default_value"),
        raw=item,
    )


def _choice(item: Mapping[str, Any]) -> Choice:
    return Choice(_text(item.get("id")), _text(item.get("value")), _position(item), item)


def _is_custom(item: Mapping[str, Any], name: str) -> bool:
    """Forms say `custom`; flat lists say `default`, and the names of custom fields begin with cf_."""
    custom = item.get("custom")
    if isinstance(custom, bool):
        return custom
    return name.startswith("cf_") or item.get("default") is False


def _lookup(item: Mapping[str, Any]) -> str | None:
    options = item.get("field_options")
    told = options.get("lookup_type") if isinstance(options, Mapping) else None
    return told if isinstance(told, str) and told else None


def _group_of_each_field(groups: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Groups may list their fields, by id or whole, instead of the fields naming their group."""
    found: dict[str, str] = {}
    for key, group in groups.items():
        listed = group.get("field_ids") or group.get("fields")
        for entry in listed if isinstance(listed, list) else ():
            found[_text(entry.get("id") if isinstance(entry, Mapping) else entry)] = key
    return found


def _by_position(groups: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return sorted(groups, key=lambda key: _position(groups[key]))


def _dicts(items: object) -> Iterable[Mapping[str, Any]]:
    return (item for item in items if isinstance(item, Mapping)) if isinstance(items, list) else ()


def _position(item: Mapping[str, Any]) -> int:
    return whole(item.get("position")) or 0


def _label(item: Mapping[str, Any]) -> str:
    return _text(item.get("label")) or _text(item.get("name"))


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, (dict, list)) else str(value)


def _readable(name: str) -> str:
    return name.removeprefix("cf_").removesuffix("_id").replace("_", " ").strip().capitalize() or name


def _type_of(value: object) -> str:
    if isinstance(value, bool):
        return "checkbox"
    if isinstance(value, (int, float)):
        return "number"
    return "multi_select_dropdown" if isinstance(value, list) else "text"
