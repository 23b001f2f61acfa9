"""Changing records: which keys can be written, what is validated, and the messages of practice.

Rules of one module are functions `check(writer, before, changed, fresh) -> messages` in the modules of RULES.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crmdesk.sandbox import account_rules, activity_rules, contact_rules, cpq_rules, deal_rules, feed, times, values
from crmdesk.sandbox.answers import Wrong
from crmdesk.sandbox.modules import Body, Module
from crmdesk.sandbox.options import SandboxOptions
from crmdesk.sandbox.schema import fields_of
from crmdesk.sandbox.store import Record, Store

_READ_ONLY = frozenset(
    (
        "id",
        "created_at",
        "updated_at",
        "links",
        "is_deleted",
        "display_name",
        "avatar",
        "creater_id",
        "updater_id",
        "creator_id",
        "open_deals_amount",
        "won_deals_amount",
        "open_deals_count",
        "won_deals_count",
        "age",
        "fc_widget_collaboration",
        "last_assigned_at",
        "stage_updated_time",
        "base_currency_amount",
        "products",
        "has_products",
        "targetables",
        "custom_field",
        "emails",
        "company",
        "deal",
        "closed_date",
        "partial",
    )
)
_EXTRA = {
    "contacts": frozenset(("emails", "sales_account_id", "sales_accounts", "sales_account")),
    "sales_accounts": frozenset(("parent_sales_account",)),
    "tasks": frozenset(("targetable_id", "targetable_type", "task_users_attributes")),
    "sales_activities": frozenset(("targetable_id", "targetable_type")),
    "appointments": frozenset(("targetable_id", "targetable_type", "appointment_attendees_attributes")),
    "deals": frozenset(("contacts_added_list", "contacts_removed_list", "sales_account", "products", "closed_date")),
    "cpq_documents": frozenset(("display_name", "products")),
}
_SELECTED = {
    "territory_id": ("territories", "Territory"),
    "contact_status_id": ("contact_statuses", "Contact status"),
    "lifecycle_stage_id": ("lifecycle_stages", "Lifecycle stage"),
    "deal_stage_id": ("deal_stages", "Deal stage"),
    "deal_pipeline_id": ("deal_pipelines", "Deal pipeline"),
    "lead_source_id": ("lead_sources", "Source"),
    "campaign_id": ("campaigns", "Campaign"),
    "deal_type_id": ("deal_types", "Deal type"),
    "deal_reason_id": ("deal_reasons", "Deal reason"),
    "deal_payment_status_id": ("deal_payment_statuses", "Payment status"),
    "currency_id": ("currencies", "Currency"),
    "industry_type_id": ("industry_types", "Industry type"),
    "business_type_id": ("business_types", "Business type"),
    "sales_activity_type_id": ("sales_activity_types", "Sales activity type"),
    "sales_activity_outcome_id": ("sales_activity_outcomes", "Outcome"),
}
_NAMED = {"deals": "name", "sales_accounts": "name", "products": "name", "tasks": "title"} | {
    "appointments": "title",
    "sales_activities": "title",
}
# What a record points at, of which kind, and how a wrong one is called.
_POINTS = {
    "sales_account_id": ("sales_accounts", "Account"),
    "parent_sales_account_id": ("sales_accounts", "Parent account"),
    "deal_product_id": ("products", "Product"),
}

Check = Callable[["Writer", Record, Record, Body], list[str]]
RULES: dict[str, Check] = {
    "contacts": contact_rules.check,
    "sales_accounts": account_rules.check,
    "deals": deal_rules.check,
    "tasks": activity_rules.check_task,
    "appointments": activity_rules.check_appointment,
    "sales_activities": activity_rules.check_activity,
    "products": cpq_rules.check_product,
    "cpq_documents": cpq_rules.check_document,
}
# What has to be there to create a record, beyond a name.
MISSING: dict[str, Callable[[Writer, Body, bool], list[str]]] = {
    "contacts": contact_rules.missing,
    "deals": deal_rules.missing,
    "cpq_documents": cpq_rules.lacking_of_document,
}


class Writer:
    """Applies the data of a request to a record and saves it."""

    def __init__(self, store: Store, options: SandboxOptions) -> None:
        self.store = store
        self.options = options

    def update(self, module: Module, record: Record, data: Body, user: Body) -> Record:
        """The record after the change, saved; Wrong with all messages where it can't be."""
        changed = self.checked(module, record, data)
        changed["updater_id"] = user["id"]
        return self.save(module, record, changed)

    def create(
        self, module: Module, data: Body, user: Body, *, like: Record | None = None, upsert: bool = False
    ) -> Record:
        """A new record, saved; Wrong where something mandatory is missing or a value is refused.

        One made `like` another has all that the other has, and so needs nothing; it may even have its name.
        """
        problems = self._missing(module, data, upsert) if like is None else []
        if problems:
            raise Wrong(*problems)
        custom = module.name.startswith("cm_")
        now = self.store.stamp()
        blank: Record = {"owner_id": None if custom else user["id"], **(like or {})}
        blank |= {"id": self.store.next_id(module.name), "is_deleted": False, "_clone": like is not None}
        blank |= {"created_ms": now, "updated_ms": now, "creator_id" if custom else "creater_id": user["id"]}
        record = self.checked(module, blank, data)
        record.pop("_clone")
        record = self.save(module, blank, record)
        feed.created(self.store, module, record, user)
        return record

    def _missing(self, module: Module, data: Body, upsert: bool) -> list[str]:
        problems: list[str] = []
        named = _NAMED.get(module.name, "" if module.name in ("contacts", "cpq_documents") else "name")
        if named and not str(data.get(named) or "").strip():
            problems.append(f"{named.capitalize()} can't be blank")
        if module.name in MISSING:
            problems += MISSING[module.name](self, data, upsert)
        own = data.get("custom_field") or {}
        for field in fields_of(self.store, module.name):
            if field.custom and field.required and (not isinstance(own, dict) or own.get(field.name) in (None, "")):
                problems.append(f"{field.label} can't be blank")
        return problems

    def checked(self, module: Module, record: Record, data: Body) -> Record:
        """The record as it would be, not saved."""
        writable = (set(module.template) | {i.key for i in module.includes.values()}) - _READ_ONLY
        writable |= _EXTRA.get(module.name, frozenset())
        fresh = {key: value for key, value in data.items() if key in writable}
        problems = self._custom(module, record, data, fresh)
        changed = {**record, **fresh}
        problems += _shapes(fresh) or self._problems(module, record, changed, fresh)
        if problems:
            raise Wrong(*problems)
        return changed

    def _custom(self, module: Module, record: Record, data: Body, fresh: Body) -> list[str]:
        given = data.get("custom_field")
        if given is None:
            return []
        if not isinstance(given, dict):
            return ["custom_field is invalid"]
        fields = fields_of(self.store, module.name)
        problems: list[str] = []
        # Modules whose fields can't be asked for take what they are given.
        if any(field.custom for field in fields):
            given, problems = values.custom(given, fields)
        problems += [f"{field.label} can't be blank" for field in fields if _blanked(field.required, field.name, given)]
        fresh["custom_field"] = {**(record.get("custom_field") or {}), **given}
        return problems

    def save(self, module: Module, before: Record, changed: Record) -> Record:
        """Stamp and store a checked record, and make the records that came with it."""
        self._make_nested(changed)
        moved = changed.get("owner_id") != before.get("owner_id")
        now = self.store.stamp()
        only_owner = moved and {k for k in changed if changed[k] != before.get(k)} <= {"owner_id", "updater_id"}
        if not (only_owner and self.options.owner_change_keeps_updated_at):
            changed["updated_ms"] = now
        if moved:
            changed["last_assigned_at"] = times.printed(now)
        self.store.save(module.name, changed)
        if module.name == "deals" and changed.get("deal_stage_id") != before.get("deal_stage_id"):
            feed.staged(self.store, changed)
        return changed

    def _make_nested(self, changed: Record) -> None:
        user = {"id": changed.get("updater_id") or changed.get("creater_id")}
        for key, data in changed.pop("_nested", {}).items():
            account = self.create(self.store.modules["sales_accounts"], data, user)
            changed[key] = account["id"]
            if key == "sales_account_id" and "_account_ids" in changed:
                changed["_account_ids"] = [account["id"]]

    # -- checks -------------------------------------------------------------------------------------------

    def _problems(self, module: Module, before: Record, changed: Record, fresh: Body) -> list[str]:
        problems: list[str] = []
        named = _NAMED.get(module.name, "name" if module.name.startswith("cm_") else "")
        if named and named in fresh and not str(fresh[named] or "").strip():
            problems.append(f"{named.capitalize()} can't be blank")
        if "owner_id" in fresh:
            problems += self._owner(before, changed)
        for key, (kind, label) in _SELECTED.items():
            if key in fresh:
                changed[key] = values.whole(changed[key])
                if changed[key] is not None and self.store.choice(kind, changed[key]) is None:
                    problems.append(f"{label} is invalid")
        for key, (kind, label) in _POINTS.items():
            if key in fresh:
                changed[key] = values.whole(changed[key])
                if changed[key] is not None and not self.lives(kind, changed[key]):
                    problems.append(f"{label} is invalid")
        if module.name in RULES:
            problems += RULES[module.name](self, before, changed, fresh)
        if "targetable_id" in fresh:
            changed["targetable_id"] = values.whole(changed["targetable_id"])
        return problems

    def _owner(self, before: Record, changed: Record) -> list[str]:
        owner = values.whole(changed["owner_id"])
        changed["owner_id"] = owner
        if owner is None or owner == before.get("owner_id"):
            return []
        user = self.store.choice("users", owner)
        if user is None:
            return ["Owner is invalid"]
        if not user["is_active"] and not self.options.allow_inactive_owners:
            return ["Owner is inactive"]
        return []

    def lives(self, module: str, record_id: int) -> bool:
        """Whether a record is there and not in the recycle bin."""
        found = self.store.get(module, record_id)
        return found is not None and not found["is_deleted"]

    def taken(self, module: str, record_id: int, value: Any) -> bool:
        """Whether another record that is not deleted has this name, or this address, without regard to case."""
        wanted = str(value or "").strip().casefold()
        rows = self.store.db.execute(f'SELECT id FROM "r_{module}" WHERE ukey = ? AND deleted = 0', (wanted,))
        holders = {key for (key,) in rows} - {record_id}
        if holders or module != "contacts":
            return bool(holders)
        others = set(self.store.linked("contacts:email", wanted)) - {record_id}
        return any(self.lives(module, key) for key in others)


def _blanked(required: bool, name: str, given: Body) -> bool:
    return required and name in given and given[name] in (None, "")


_LISTS_OF_OBJECTS = (
    *("sales_accounts", "task_users_attributes", "products", "phone_numbers"),
    "appointment_attendees_attributes",
)
_LISTS_OF_IDS = ("contacts_added_list", "contacts_removed_list")
_TEXTS = ("name", "first_name", "last_name", "job_title", "city", "state", "country", "address", "website", "title")


def _shapes(fresh: Body) -> list[str]:
    """What isn't the kind of value that the reference documents, where a wrong one can't be read."""
    problems = []
    for key in (*_LISTS_OF_OBJECTS, *_LISTS_OF_IDS):
        value = fresh.get(key) or []
        if not isinstance(value, list) or (
            key in _LISTS_OF_OBJECTS and not all(isinstance(item, dict) for item in value)
        ):
            problems.append(f"{key} is invalid")
    if not isinstance(fresh.get("emails") or [], (list, str)) or not isinstance(fresh.get("email") or "", str):
        problems.append("Email is invalid")
    problems += [f"{key.replace('_', ' ').capitalize()} is invalid" for key in _TEXTS if _is_nested(fresh.get(key))]
    return problems


def _is_nested(value: Any) -> bool:
    return isinstance(value, (dict, list))
