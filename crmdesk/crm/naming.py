"""Names for values, as far as they are known now: selectors, choices, and records that were seen. Asks nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from crmdesk.crm.directory import Directory
from crmdesk.crm.fixed_schema import fixed_choices
from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.schema import Field
from crmdesk.crm.values import whole

# Selectors of fields whose name doesn't tell them (reference: Tasks, Appointments, Configuration).
_SELECTORS: Final[Mapping[str, str]] = {"task_type_id": "sales_activity_types", "currency_code": "currencies"}
# Where the ids of a look-up are records of: by the field's own word (lookup_type), else by its name.
_LOOKUPS: Final[Mapping[str, str]] = {
    "contact": "contacts",
    "contact_id": "contacts",
    "account": "sales_accounts",
    "sales_account": "sales_accounts",
    "sales_account_id": "sales_accounts",
    "parent_sales_account_id": "sales_accounts",
    "deal": "deals",
    "deal_id": "deals",
    "product": "products",
    "parent_product": "products",
}


@dataclass(frozen=True, slots=True)
class Named:
    """Something that has an id and a name. `group` tells equal names apart (a stage's pipeline)."""

    id: int | str
    name: str
    email: str = ""
    group: str = ""
    active: bool = True
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


class Names(Protocol):
    """Names that are known now."""

    def items(self, kind: str) -> Sequence[Named]:
        """What a selector lists ("owners", "deal_stages"); empty while it isn't loaded."""

    def record(self, module: str, record_id: int) -> str | None:
        """The label of a record that was seen; None for another."""

    def records(self, module: str, label: str) -> Sequence[int]:
        """The ids of the seen records that are called so (case doesn't matter)."""


class KnownNames:
    """Names from a directory and from records that were seen; asks nobody."""

    def __init__(self, directory: Directory | None = None) -> None:
        self._directory = directory
        self._labels: dict[str, dict[int, str]] = {}
        self._ids: dict[str, dict[str, set[int]]] = {}
        self._kept: dict[str, tuple[list[dict[str, Any]], tuple[Named, ...]]] = {}

    def learn(self, module: str, record_id: int, label: str) -> None:
        """Remembers what a record is called."""
        known = self._labels.setdefault(module, {})
        ids = self._ids.setdefault(module, {})
        if record_id in known:
            ids.get(known[record_id].casefold(), set()).discard(record_id)
        known[record_id] = label
        ids.setdefault(label.casefold(), set()).add(record_id)

    def items(self, kind: str) -> Sequence[Named]:
        """What the directory's selector lists."""
        if self._directory is None:
            return ()
        listed = self._directory.items(kind)
        kept = self._kept.get(kind)
        if kept is None or kept[0] != listed:
            pipelines = {
                item.get("id"): str(item.get("name") or "") for item in self._directory.items("deal_pipelines")
            }
            kept = listed, tuple(named for item in listed if (named := _named(item, pipelines)) is not None)
            self._kept[kind] = kept
        return kept[1]

    def record(self, module: str, record_id: int) -> str | None:
        """The label learnt for a record."""
        return self._labels.get(module, {}).get(record_id)

    def records(self, module: str, label: str) -> Sequence[int]:
        """The records learnt under a label."""
        return sorted(self._ids.get(module, {}).get(label.strip().casefold(), ()))


def _named(item: Mapping[str, Any], pipelines: Mapping[Any, str]) -> Named | None:
    item_id = whole(item.get("id"))
    name = next((item[key] for key in ("display_name", "name", "currency_code", "value") if item.get(key)), None)
    if item_id is None or not isinstance(name, str):
        return None
    email = item.get("email")
    return Named(
        item_id,
        name.strip(),
        email if isinstance(email, str) else "",
        pipelines.get(item.get("deal_pipeline_id"), ""),
        item.get("is_active") is not False,
        item,
    )


def selector_of(field: Field) -> str | None:
    """The selector that names a field's ids, such as deal_stages; None where there is none."""
    return _SELECTORS.get(field.name) or Directory.kind_of_field(field.name)


def lookup_module(spec: ModuleSpec, field: Field) -> str | None:
    """The key of the module whose records a look-up names; None where the field doesn't tell (targetable_id)."""
    told = (field.lookup or "").lower()
    if told.startswith("cm_"):
        return told
    return _LOOKUPS.get(told) or (f"cm_{told}" if told and field.custom else _LOOKUPS.get(field.name))


def options(spec: ModuleSpec, field: Field, names: Names) -> Sequence[Named]:
    """What can be chosen for a field: its selector's items, else its own choices, else the reference's fixed ones."""
    kind = selector_of(field)
    listed: Sequence[Named] = names.items(kind) if kind is not None else ()
    if listed:
        return listed
    choices = field.choices or fixed_choices(spec.key, field.name)
    return [Named(_choice_id(choice.id), choice.value, raw=choice.raw) for choice in choices]


def _choice_id(text: str) -> int | str:
    number = whole(text)
    return text if number is None else number
