"""Names for ids: owners, stages, territories and whatever else the CRM's selectors list. Kept in a cache given in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from crmdesk.config.errors import InputError
from crmdesk.crm.client import PERSON_READS, CrmClient, Purpose
from crmdesk.crm.requests import selector
from crmdesk.crm.values import whole

NOBODY = "nobody"
OWNERS = "owners"

_KINDS = {
    "owner_id": OWNERS,
    "creater_id": OWNERS,
    "creator_id": OWNERS,
    "updater_id": OWNERS,
    "territory_id": "territories",
    "deal_stage_id": "deal_stages",
    "deal_pipeline_id": "deal_pipelines",
    "deal_reason_id": "deal_reasons",
    "deal_type_id": "deal_types",
    "deal_payment_status_id": "deal_payment_statuses",
    "deal_product_id": "deal_products",
    "currency_id": "currencies",
    "lead_source_id": "lead_sources",
    "campaign_id": "campaigns",
    "industry_type_id": "industry_types",
    "business_type_id": "business_types",
    "contact_status_id": "contact_statuses",
    "lifecycle_stage_id": "lifecycle_stages",
    "sales_activity_type_id": "sales_activity_types",
    "sales_activity_outcome_id": "sales_activity_outcomes",
    "outcome_id": "sales_activity_outcomes",
}


class NamesCache(Protocol):
    """Where selectors are remembered between starts; cheap, and may have lost anything."""

    def get(self, key: str) -> Any | None:
        """What was put under the key, or None."""

    def put(self, key: str, value: Any) -> None:
        """Remembers a value that JSON can hold."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A user of the account. Records may not be given to one who is not active."""

    id: int
    name: str
    email: str
    active: bool


class Directory:
    """The names of one account, loaded one selector at a time."""

    def __init__(self, client: CrmClient, cache: NamesCache | None = None) -> None:
        self._client = client
        self._cache = cache
        self._items: dict[str, list[dict[str, Any]]] = {}
        self._names: dict[str, dict[int, str]] = {}
        self._owners: dict[int, Owner] = {}
        self._loading: dict[str, asyncio.Lock] = {}

    async def load(
        self, kinds: Iterable[str] = (OWNERS,), *, refresh: bool = False, why: Purpose = PERSON_READS
    ) -> None:
        """Makes the names of these selectors known: from memory, the cache, or one request each. Raises CrmError."""
        for kind in kinds:
            async with self._loading.setdefault(kind, asyncio.Lock()):
                if kind not in self._items or refresh:
                    self._learn(kind, await self._items_of(kind, refresh, why))

    @property
    def owners(self) -> list[Owner]:
        """All users that the CRM lists, active ones first, by name; empty until loaded."""
        return sorted(self._owners.values(), key=lambda owner: (not owner.active, owner.name.casefold()))

    def owner(self, owner_id: int | None) -> Owner | None:
        """A user by id; None for nobody, and for one that the CRM doesn't list."""
        return None if owner_id is None else self._owners.get(owner_id)

    def owner_name(self, owner_id: int | None) -> str:
        """How an owner is shown: the name, "nobody", or "(gone) 123456" for one that the CRM no longer lists."""
        if owner_id is None:
            return NOBODY
        owner = self._owners.get(owner_id)
        return owner.name if owner is not None else f"(gone) {owner_id}"

    def find_owner(self, text: str, *, listed: bool = True) -> int | None:
        """The owner named by id, e-mail, name or "nobody" (None); `listed=False` lets unknown ids through.

        Raises InputError.
        """
        wanted = text.strip()
        if wanted.casefold() == NOBODY:
            return None
        if wanted.isascii() and wanted.isdigit():
            owner_id = int(wanted)
            if owner_id in self._owners or not listed:
                return owner_id
            raise self._no_owner(wanted)
        folded = wanted.casefold()
        found = [owner for owner in self._owners.values() if owner.email.casefold() == folded]
        found = found or [owner for owner in self._owners.values() if owner.name.casefold() == folded]
        if len(found) == 1:
            return found[0].id
        if found:
            ids = ", ".join(str(owner.id) for owner in found)
            raise InputError(f"“{wanted}” names {len(found)} users.", subject="owner", remedy=f"Name one by id: {ids}.")
        raise self._no_owner(wanted)

    def name(self, kind: str, item_id: object) -> str | None:
        """What a selector calls an id; None if the selector isn't loaded or doesn't list it."""
        found = whole(item_id)
        return None if found is None else self._names.get(kind, {}).get(found)

    def items(self, kind: str) -> list[dict[str, Any]]:
        """A loaded selector's items as the CRM sent them."""
        return list(self._items.get(kind, ()))

    def loaded(self, kind: str) -> bool:
        """Whether the names of a selector are known."""
        return kind in self._items

    @property
    def currency(self) -> str:
        """The code of the account's base currency; empty until the currencies are loaded."""
        listed = self._items.get("currencies", [])
        base = [item for item in listed if whole(item.get("currency_type")) == 1] or [
            item for item in listed if str(item.get("exchange_rate")) in ("1", "1.0")
        ]
        return str((base or listed)[0].get("currency_code") or "") if listed else ""

    @staticmethod
    def kind_of_field(field: str) -> str | None:
        """The selector that names a field's ids, such as deal_stages for deal_stage_id."""
        return _KINDS.get(field)

    async def _items_of(self, kind: str, refresh: bool, why: Purpose) -> list[dict[str, Any]]:
        key = f"selector:{kind}"
        if self._cache is not None and not refresh:
            kept = self._cache.get(key)
            if isinstance(kept, list):
                return [item for item in kept if isinstance(item, dict)]
        items = await selector(self._client, kind, why)
        if self._cache is not None:
            self._cache.put(key, items)
        return items

    def _learn(self, kind: str, items: list[dict[str, Any]]) -> None:
        self._items[kind] = items
        names: dict[int, str] = {}
        for item in items:
            item_id = whole(item.get("id"))
            if item_id is not None:
                names[item_id] = _name_of(item) or str(item_id)
        self._names[kind] = names
        if kind == OWNERS:
            self._owners = {owner.id: owner for item in items if (owner := _owner(item)) is not None}

    def _no_owner(self, wanted: str) -> InputError:
        return InputError(
            f"The account lists no user “{wanted}”.",
            subject="owner",
            remedy="Name a user by id or e-mail address, or write “nobody”.",
        )


def _name_of(item: Mapping[str, Any]) -> str:
    """Users have a display_name, currencies only a code."""
    for key in ("display_name", "name", "currency_code", "value"):
        value = item.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def _owner(item: Mapping[str, Any]) -> Owner | None:
    owner_id = whole(item.get("id"))
    if owner_id is None:
        return None
    email = item.get("email")
    return Owner(
        owner_id,
        _name_of(item) or str(owner_id),
        email if isinstance(email, str) else "",
        item.get("is_active") is not False,
    )
