"""Filters over a module as data: rules, their JSON form, and those that were saved. No Qt, no network."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from crmdesk.config.errors import InputError
from crmdesk.crm.kinds import LIST_KINDS, Kind, wire
from crmdesk.crm.module_spec import ModuleSpec
from crmdesk.ui.window.outline import SAVED_FILTER, SAVED_FILTERS, saved_filters

if TYPE_CHECKING:
    from crmdesk.crm.search import FilterRule, Operator

SAVED = SAVED_FILTER


class Remembers(Protocol):
    """What of the desk's memory is used here."""

    def get(self, key: str, default: Any = None) -> Any: ...
    def set(self, key: str, value: Any) -> None: ...


@dataclass(frozen=True)
class Rule:
    """One condition: a field, an operator of the API, a value in normal form (a list where it takes several)."""

    field: str
    operator: str
    value: Any = None
    kind: Kind = Kind.TEXT
    custom: bool = False

    def to_json(self) -> dict[str, Any]:
        """As it is remembered."""
        return {
            "field": self.field,
            "operator": self.operator,
            "value": self.value,
            "kind": str(self.kind),
            "custom": self.custom,
        }

    def asked(self, spec: ModuleSpec) -> FilterRule:
        """As the API wants it."""
        from crmdesk.crm.search import FilterRule, attribute_of

        found = operator_of(self.kind, self.operator)
        attribute = attribute_of(spec, self.field)
        if found is None or not found.needs_value:
            return FilterRule(attribute, self.operator)
        if found.several:
            listed = self.value if isinstance(self.value, list) else [self.value]
            return FilterRule(attribute, self.operator, [self._wire(item) for item in listed])
        return FilterRule(attribute, self.operator, self._wire(self.value))

    def _wire(self, value: Any) -> Any:
        # A single item of a list field is compared, not the list.
        return value if self.kind in LIST_KINDS else wire(self.kind, value, custom=self.custom)


def operator_of(kind: Kind, name: str) -> Operator | None:
    """The operator of this name, for a kind of value."""
    return next((operator for operator in operators(kind) if operator.name == name), None)


def operators(kind: Kind) -> Sequence[Operator]:
    """What values of a kind can be compared by."""
    from crmdesk.crm.search import OPERATORS

    return OPERATORS.get(kind, OPERATORS[Kind.TEXT])


def rules_from_json(found: Any) -> tuple[Rule, ...]:
    """Rules that were remembered; what can't be read is left out."""
    rules = found.get("rules") if isinstance(found, Mapping) else None
    made = []
    for item in rules if isinstance(rules, list) else ():
        try:
            made.append(
                Rule(
                    str(item["field"]),
                    str(item["operator"]),
                    item.get("value"),
                    Kind(str(item.get("kind", "text"))),
                    item.get("custom") is True,
                )
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return tuple(made)


def rules_to_json(rules: Iterable[Rule]) -> dict[str, Any]:
    """Rules as memory and tabs keep them."""
    return {"rules": [rule.to_json() for rule in rules]}


def key_of(found: Any) -> str:
    """What tells two unsaved filters apart."""
    return json.dumps(found, sort_keys=True, ensure_ascii=False, default=str)


class SavedFilters:
    """The filters that were saved, by module and name, in the profile's memory."""

    def __init__(self, memory: Remembers) -> None:
        self._memory = memory

    def all(self) -> dict[str, list[str]]:
        """Their names by module, in the order in which they were saved."""
        return saved_filters(self._memory.get(SAVED_FILTERS))

    def rules(self, module: str, name: str) -> tuple[Rule, ...]:
        """The rules of one. Raises InputError if it is not there any more."""
        for entry in self._entries(module):
            if entry.get("name") == name:
                return rules_from_json(entry)
        raise InputError(f"There is no saved filter “{name}”.", subject="filter", remedy="It may have been deleted.")

    def save(self, module: str, name: str, rules: Sequence[Rule]) -> None:
        """Keep a filter; one of the same name is replaced in its place."""
        entries = self._entries(module)
        made = {"name": name, **rules_to_json(rules)}
        names = [entry.get("name") for entry in entries]
        if name in names:
            entries[names.index(name)] = made
        else:
            entries.append(made)
        self._memory.set(SAVED_FILTERS, {**self._kept(), module: entries})

    def remove(self, module: str, name: str) -> None:
        """Keep it no longer."""
        entries = [entry for entry in self._entries(module) if entry.get("name") != name]
        self._memory.set(SAVED_FILTERS, {**self._kept(), module: entries})

    def _kept(self) -> dict[str, Any]:
        kept = self._memory.get(SAVED_FILTERS)
        return dict(kept) if isinstance(kept, Mapping) else {}

    def _entries(self, module: str) -> list[Mapping[str, Any]]:
        entries = self._kept().get(module)
        return [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []
