"""What one GET of a record asks to come along: fields that the CRM sends only with their embed, and names."""

from __future__ import annotations

from collections.abc import Mapping

from crmdesk.crm.modules import ModuleSpec

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
