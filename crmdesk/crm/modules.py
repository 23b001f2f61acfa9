"""Modules as data: the registry of one account's modules, the built-in ones and its custom ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmdesk.config.errors import InputError
from crmdesk.crm.module_spec import Can, ModuleSpec, OwnerWay
from crmdesk.crm.module_table import BUILT_IN

if TYPE_CHECKING:
    from crmdesk.crm.client import CrmClient, Purpose

__all__ = ["BUILT_IN", "Can", "ModuleSpec", "Modules", "OwnerWay", "custom_module"]


def custom_module(customization: Mapping[str, Any]) -> ModuleSpec:
    """The spec of a custom module as `settings/module_customizations` tells of it."""
    entity = str(customization["entity_name"])
    singular = str(customization.get("singular_name") or entity.removeprefix("cm_"))
    plural = str(customization.get("plural_name") or singular)
    path = f"custom_module/{entity}"
    return ModuleSpec(
        entity,
        singular,
        plural,
        path,
        entity,
        entity,
        filters_path=f"{entity}/filters",
        view_path=f"{path}/view",
        settings_key=entity,
        all_views=((f"All {plural}",), (f"All {singular}",), (f"All {entity}",)),
        search_entity=entity,
        web_path=path,
        custom=True,
        can=frozenset(
            {
                Can.CREATE,
                Can.EDIT,
                Can.CLONE,
                Can.DELETE,
                Can.RESTORE,
                Can.FORGET,
                Can.BULK_DELETE,
                Can.LOOKUP,
            }
        ),
        unproven=frozenset({Can.RESTORE, Can.LOOKUP}),
        bulk_delete_path=f"{path}/bulk_destroy",
        target_type=str(customization.get("model_class_name") or entity),  # no document tells it
        required=("name",),
        aliases=(entity.removeprefix("cm_"),),
    )


def _is_custom(customization: Mapping[str, Any]) -> bool:
    entity = customization.get("entity_name")
    return isinstance(entity, str) and entity.startswith("cm_") and customization.get("custom") is not False


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


class Modules:
    """The modules of one account: the built-in ones, and the custom ones once the CRM has told of them."""

    def __init__(self, customizations: Sequence[Mapping[str, Any]] = ()) -> None:
        self._specs: dict[str, ModuleSpec] = {}
        self._told: list[dict[str, Any]] = []
        self.learn(customizations)

    def all(self) -> tuple[ModuleSpec, ...]:
        """The modules that have a place of their own, the built-in ones first."""
        return tuple(spec for spec in self._specs.values() if not spec.part)

    def owned(self) -> tuple[ModuleSpec, ...]:
        """Those whose records have an owner that can be changed."""
        return tuple(spec for spec in self.all() if spec.owned)

    def every(self) -> tuple[ModuleSpec, ...]:
        """All modules, also those whose records are only found at other records."""
        return tuple(self._specs.values())

    def of_target_type(self, text: str) -> ModuleSpec | None:
        """The module that a `targetable_type` or an entity's name means ("SalesAccount", "sales_account")."""
        wanted = _letters(text)
        for spec in self._specs.values():
            if spec.target_type and wanted in (_letters(spec.target_type), _letters(spec.one_key)):
                return spec
        return None

    def get(self, key: str) -> ModuleSpec:
        """A module by its key or any of its names; raises InputError with the known ones."""
        spec = self._specs.get(key)
        if spec is not None:
            return spec
        wanted = key.strip().lower().replace(" ", "_").replace("-", "_")
        for spec in self._specs.values():
            if wanted in spec.answers_to():
                return spec
        known = ", ".join(spec.key for spec in self.all())
        raise InputError(f"There is no module “{key}”.", subject="module", remedy=f"The modules are {known}.")

    def learn(self, customizations: Sequence[Mapping[str, Any]]) -> None:
        """Replaces the custom modules by those of `customizations` that are custom and named."""
        self._specs = dict(BUILT_IN)
        self._told = [dict(item) for item in customizations if _is_custom(item)]
        for item in self._told:
            self._specs[item["entity_name"]] = custom_module(item)

    def to_json(self) -> list[dict[str, Any]]:
        """The custom modules as the CRM told of them, for a cache."""
        return self._told

    def from_json(self, kept: Any) -> None:
        """Learns what `to_json` gave; anything else is ignored."""
        if isinstance(kept, list):
            self.learn([item for item in kept if isinstance(item, dict)])

    async def refresh(self, client: CrmClient, why: Purpose) -> list[dict[str, Any]]:
        """Asks the CRM for its custom modules (one request); returns what it told, for the cache."""
        from crmdesk.crm.requests import customizations

        told = await customizations(client, why)
        self.learn(told)
        return told
