"""What one GET of a record asks to come along: fields that the CRM sends only with their embed, and names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.paging import Record

# Reference, "View a Contact / Account / Deal": Embed Handle. Those that bring one id and its name each cost nothing
# more; lists that belong to a record are read where they are looked at. `lifecycle_stage` and `contact_status` are
# no documented handles of contacts, but are answered in practice (api-in-practice.md, "Include").
EMBEDS: Mapping[str, tuple[str, ...]] = {
    "contacts": (
        *("owner", "creater", "updater", "source", "campaign", "territory", "sales_accounts"),
        *("lifecycle_stage", "contact_status"),
    ),
    "sales_accounts": ("owner", "creater", "updater", "territory", "business_type", "industry_type"),
    "deals": (
        *("owner", "creater", "updater", "source", "contacts", "sales_account", "deal_stage", "deal_type"),
        *("deal_reason", "campaign", "deal_payment_status", "deal_product", "currency"),
    ),
}


def embeds(spec: ModuleSpec) -> str | None:
    """The value of `include` for one record of a module."""
    told = EMBEDS.get(spec.key)
    return ",".join(told) if told else spec.list_include


# Sets that stand beside a record, not in it: the key of their ids, and the field that holds the set elsewhere.
_SETS: Mapping[str, str] = {"contact_ids": "contacts"}
_RECORDS = {"contacts": "contacts", "sales_accounts": "sales_accounts", "deals": "deals", "deal_products": "products"}


def with_sets(record: Record) -> dict[str, Any]:
    """The fields of a record, and in them the sets that only its ids tell of (a deal's contacts)."""
    fields = dict(record.fields)
    for ids, name in _SETS.items():
        told = fields.get(ids)
        if isinstance(told, list) and name in record.side and name not in fields:
            by_id = {item.get("id"): item for item in record.side[name]}
            fields[name] = [by_id.get(key, {"id": key}) for key in told]
    return fields


def labels_beside(record: Record) -> Iterator[tuple[str, int, str]]:
    """What records that came along are called: module, id, label."""
    for side, module in _RECORDS.items():
        for item in record.side.get(side, ()):
            label = item.get("display_name") or item.get("name")
            if isinstance(item.get("id"), int) and isinstance(label, str) and label:
                yield module, item["id"], label
