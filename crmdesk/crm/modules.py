"""Modules as data: what each kind of record is called in each place, and what the API can do with it.

Everything else is written once over a ModuleSpec. Sources: the API reference, and practice where they differ.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmdesk.config.errors import InputError
from crmdesk.crm.values import NOT_LOADED, NotLoaded, whole

if TYPE_CHECKING:
    from crmdesk.crm.client import CrmClient, Purpose


class OwnerWay(enum.StrEnum):
    """How the owner of many records is changed (design: "owner in bulk")."""

    BULK_ASSIGN = "bulk_assign"  # contacts: answers for each id, or queues
    BULK_UPSERT = "bulk_upsert"  # accounts, deals: a background job of 100
    QUEUED_ASSIGN = "queued_assign"  # products, documents: queued, read back
    PUT = "put"  # custom modules, tasks, sales activities: one request a record


@dataclass(frozen=True, slots=True)
class ModuleSpec:
    """One kind of record. Paths are below the API; `all_views`: alternative sets of views that hold all."""

    key: str
    singular: str
    plural: str
    path: str
    one_key: str
    many_key: str
    filters_path: str | None = None
    view_path: str | None = None
    settings_key: str | None = None
    label_fields: tuple[str, ...] = ("name",)
    owner_way: OwnerWay = OwnerWay.PUT
    bulk_assign_path: str | None = None
    bulk_upsert_path: str | None = None
    owner_in_list: bool = True
    list_include: str | None = "owner"
    sortable: tuple[str, ...] = ("created_at", "updated_at")
    all_views: tuple[tuple[str, ...], ...] = ()
    search_entity: str | None = None
    web_path: str | None = None
    custom: bool = False

    def label(self, record: Mapping[str, Any]) -> str:
        """What a person calls the record; its id when it has no name."""
        for name in self.label_fields:
            value = record.get(name)
            if isinstance(value, str) and value.strip():
                return value.strip()
        whole_name = " ".join(str(record[part]) for part in ("first_name", "last_name") if record.get(part))
        return whole_name or f"{self.singular} {record.get('id', '')}".strip()

    def owner(self, record: Mapping[str, Any]) -> int | NotLoaded | None:
        """The owner's id, None for nobody, NOT_LOADED when the row doesn't say."""
        if "owner_id" not in record:
            return NOT_LOADED
        value = record["owner_id"]
        if value is None or value == "":
            return None
        owner_id = whole(value)
        return NOT_LOADED if owner_id is None else owner_id

    def answers_to(self) -> frozenset[str]:
        """Every name a person may write for it, lower case."""
        names = {
            self.key,
            self.singular,
            self.plural,
            self.one_key,
            self.many_key,
            *_ALIASES.get(self.key, ()),
        }
        if self.custom:
            names.add(self.key.removeprefix("cm_"))
        return frozenset(name.lower().replace(" ", "_") for name in names)


_ALIASES: Mapping[str, tuple[str, ...]] = {
    "sales_accounts": ("accounts", "account"),
    "sales_activities": ("activities", "activity"),
}

_SPECS = (
    ModuleSpec(
        "contacts",
        "Contact",
        "Contacts",
        "contacts",
        "contact",
        "contacts",
        filters_path="contacts/filters",
        view_path="contacts/view",
        settings_key="contacts",
        label_fields=("display_name", "name"),
        owner_way=OwnerWay.BULK_ASSIGN,
        bulk_assign_path="contacts/bulk_assign_owner",
        bulk_upsert_path="contacts/bulk_upsert",
        owner_in_list=False,
        sortable=("lead_score", "created_at", "updated_at", "open_deals_amount", "last_contacted"),
        all_views=(("All Contacts",),),
        search_entity="contact",
        web_path="contacts",
    ),
    ModuleSpec(
        "sales_accounts",
        "Account",
        "Accounts",
        "sales_accounts",
        "sales_account",
        "sales_accounts",
        filters_path="sales_accounts/filters",
        view_path="sales_accounts/view",
        settings_key="sales_accounts",
        owner_way=OwnerWay.BULK_UPSERT,
        bulk_upsert_path="sales_accounts/bulk_upsert",
        sortable=("open_deals_amount", "created_at", "updated_at", "last_contacted"),
        all_views=(("All Accounts",),),
        search_entity="sales_account",
        web_path="accounts",
    ),
    ModuleSpec(
        "deals",
        "Deal",
        "Deals",
        "deals",
        "deal",
        "deals",
        filters_path="deals/filters",
        view_path="deals/view",
        settings_key="deals",
        owner_way=OwnerWay.BULK_UPSERT,
        bulk_upsert_path="deals/bulk_upsert",
        owner_in_list=False,
        sortable=("amount", "expected_close", "created_at", "updated_at", "last_contacted"),
        all_views=(("All Deals",), ("Open Deals", "Won Deals", "Lost Deals")),
        search_entity="deal",
        web_path="deals",
    ),
    ModuleSpec(
        "tasks",
        "Task",
        "Tasks",
        "tasks",
        "task",
        "tasks",
        label_fields=("title",),
        sortable=(),
    ),
    ModuleSpec(
        "sales_activities",
        "Sales activity",
        "Sales activities",
        "sales_activities",
        "sales_activity",
        "sales_activities",
        settings_key="sales_activities",
        label_fields=("title",),
        list_include=None,
        sortable=(),
    ),
    ModuleSpec(
        "products",
        "Product",
        "Products",
        "cpq/products",
        "product",
        "products",
        owner_way=OwnerWay.QUEUED_ASSIGN,
        bulk_assign_path="cpq/products/products_bulk_assign",
        list_include=None,
        sortable=(),
    ),
    ModuleSpec(
        "documents",
        "Document",
        "Documents",
        "cpq/cpq_documents",
        "cpq_document",
        "cpq_documents",
        label_fields=("display_name", "document_number"),
        owner_way=OwnerWay.QUEUED_ASSIGN,
        bulk_assign_path="cpq/cpq_documents/cpq_documents_bulk_assign",
        list_include=None,
        sortable=(),
    ),
)

BUILT_IN: Mapping[str, ModuleSpec] = {spec.key: spec for spec in _SPECS}


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
    )


def _is_custom(customization: Mapping[str, Any]) -> bool:
    entity = customization.get("entity_name")
    return isinstance(entity, str) and entity.startswith("cm_") and customization.get("custom") is not False


class Modules:
    """The modules of one account: the built-in ones, and the custom ones once the CRM has told of them."""

    def __init__(self, customizations: Sequence[Mapping[str, Any]] = ()) -> None:
        self._specs: dict[str, ModuleSpec] = {}
        self._told: list[dict[str, Any]] = []
        self.learn(customizations)

    def all(self) -> tuple[ModuleSpec, ...]:
        """Every known module, the built-in ones first."""
        return tuple(self._specs.values())

    def get(self, key: str) -> ModuleSpec:
        """A module by its key or any of its names; raises InputError with the known ones."""
        spec = self._specs.get(key)
        if spec is not None:
            return spec
        wanted = key.strip().lower().replace(" ", "_").replace("-", "_")
        for spec in self._specs.values():
            if wanted in spec.answers_to():
                return spec
        known = ", ".join(self._specs)
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
