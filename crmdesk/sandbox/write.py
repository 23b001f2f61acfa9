"""Changing records: which keys can be written, what is validated, and the messages of practice."""

from __future__ import annotations

import math
import re
from typing import Any

from crmdesk.sandbox import times
from crmdesk.sandbox.answers import Wrong
from crmdesk.sandbox.choices import CLOSED
from crmdesk.sandbox.modules import Body, Module
from crmdesk.sandbox.options import SandboxOptions
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
    "contacts": frozenset(("emails", "sales_account_id", "sales_accounts")),
    "tasks": frozenset(("targetable_id", "targetable_type", "task_users_attributes")),
    "sales_activities": frozenset(("targetable_id", "targetable_type")),
    "appointments": frozenset(("targetable_id", "targetable_type")),
    "deals": frozenset(("contacts_added_list", "contacts_removed_list")),
    "cpq_documents": frozenset(("display_name",)),
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
    "currency_id": ("currencies", "Currency"),
    "sales_activity_type_id": ("sales_activity_types", "Sales activity type"),
    "sales_activity_outcome_id": ("sales_activity_outcomes", "Outcome"),
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")
_HIGHEST_AMOUNT = 9007199254740991
_NAMED = {"deals": "name", "sales_accounts": "name", "tasks": "title", "products": "name", "sales_activities": "title"}


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

    def create(self, module: Module, data: Body, user: Body) -> Record:
        """A new record, saved; Wrong where something mandatory is missing or a value is refused."""
        problems = self._missing(module, data)
        if problems:
            raise Wrong(*problems)
        now = self.store.stamp()
        blank: Record = {"id": self.store.next_id(module.name), "owner_id": user["id"], "is_deleted": False}
        blank |= {"created_ms": now, "updated_ms": now}
        blank["creator_id" if module.name.startswith("cm_") else "creater_id"] = user["id"]
        if module.name == "deals" and not data.get("deal_stage_id"):
            data = {**data, "deal_stage_id": self.store.choices("deal_stages")[0]["id"]}
        record = self.checked(module, blank, data)
        return self.save(module, blank, record)

    def _missing(self, module: Module, data: Body) -> list[str]:
        if module.name == "contacts":
            reach = (
                ("emails", "email") if self.options.require_email else ("emails", "email", "mobile_number", "twitter")
            )
            return [] if any(data.get(key) for key in reach) else ["Email can't be blank"]
        named = _NAMED.get(module.name, "name")
        return [] if str(data.get(named) or "").strip() else [f"{named.capitalize()} can't be blank"]

    def checked(self, module: Module, record: Record, data: Body) -> Record:
        """The record as it would be, not saved."""
        writable = (set(module.template) | {i.key for i in module.includes.values()}) - _READ_ONLY
        writable |= _EXTRA.get(module.name, frozenset())
        fresh = {key: value for key, value in data.items() if key in writable}
        own = data.get("custom_field")
        if isinstance(own, dict):
            fresh["custom_field"] = {**(record.get("custom_field") or {}), **own}
        changed = {**record, **fresh}
        problems = _shapes(fresh) or self._problems(module, record, changed, fresh)
        if problems:
            raise Wrong(*problems)
        return changed

    def save(self, module: Module, before: Record, changed: Record) -> Record:
        """Stamp and store a checked record."""
        moved = changed.get("owner_id") != before.get("owner_id")
        now = self.store.stamp()
        only_owner = moved and {k for k in changed if changed[k] != before.get(k)} <= {"owner_id", "updater_id"}
        if not (only_owner and self.options.owner_change_keeps_updated_at):
            changed["updated_ms"] = now
        if moved:
            changed["last_assigned_at"] = times.printed(now)
        self.store.save(module.name, changed)
        return changed

    # -- checks -------------------------------------------------------------------------------------------

    def _problems(self, module: Module, before: Record, changed: Record, fresh: Body) -> list[str]:
        problems: list[str] = []
        named = _NAMED.get(module.name, "name" if module.name.startswith("cm_") else "")
        if named and named in fresh and not str(fresh[named] or "").strip():
            problems.append(f"{named.capitalize()} can't be blank")
        if "owner_id" in fresh:
            problems += self._owner(before, changed)
        for key, (kind, label) in _SELECTED.items():
            if key in fresh and changed[key] is not None:
                changed[key] = _whole(changed[key])
                if self.store.choice(kind, changed[key]) is None:
                    problems.append(f"{label} is invalid")
        special = {"contacts": self._contact, "deals": self._deal, "tasks": self._task}.get(module.name)
        if special is not None:
            problems += special(before, changed, fresh)
        if module.name == "sales_accounts" and "name" in fresh and self._taken(module, changed, changed["name"]):
            problems.append("Name has already been taken")
        if "targetable_id" in fresh:
            changed["targetable_id"] = _whole(changed["targetable_id"])
        return problems

    def _owner(self, before: Record, changed: Record) -> list[str]:
        owner = _whole(changed["owner_id"])
        changed["owner_id"] = owner
        if owner is None or owner == before.get("owner_id"):
            return []
        user = self.store.choice("users", owner)
        if user is None:
            return ["Owner is invalid"]
        if not user["is_active"] and not self.options.allow_inactive_owners:
            return ["Owner is inactive"]
        return []

    def _taken(self, module: Module, changed: Record, value: Any) -> bool:
        row = self.store.db.execute(
            f'SELECT 1 FROM "r_{module.name}" WHERE ukey = ? AND id != ? AND deleted = 0',
            (str(value or "").casefold(), changed["id"]),
        ).fetchone()
        return row is not None

    def _contact(self, before: Record, changed: Record, fresh: Body) -> list[str]:
        problems = []
        if "emails" in fresh or "email" in fresh:
            problems += self._emails(before, changed, fresh)
        if "sales_accounts" in fresh:
            listed = changed.pop("sales_accounts") or []
            primary = next((item for item in listed if item.get("is_primary")), listed[0] if listed else None)
            changed["sales_account_id"] = _whole(primary.get("id")) if primary else None
        parts = [str(changed.get(key)) for key in ("first_name", "last_name") if changed.get(key)]
        if "first_name" in fresh or "last_name" in fresh:
            changed["display_name"] = " ".join(parts) or changed.get("email")
        return problems

    def _emails(self, before: Record, changed: Record, fresh: Body) -> list[str]:
        given = fresh["emails"] if "emails" in fresh else fresh["email"]
        if isinstance(given, str) or given is None:
            given = [{"value": given, "is_primary": True}] if given else []
        kept = [item if isinstance(item, dict) else {"value": str(item)} for item in given]
        kept = [item for item in kept if not item.get("_destroy") and item.get("value")]
        for item in kept:
            if not _EMAIL.match(str(item["value"])):
                return [f"Email is invalid: {item['value']}"]
            if self._taken(self.store.modules["contacts"], changed, item["value"]):
                return ["Email has already been taken"]
        primary = next((item for item in kept if item.get("is_primary")), kept[0] if kept else None)
        if primary is None and self.options.require_email:
            return ["Email can't be blank"]
        first = (before.get("emails") or [{}])[0].get("id") or self.store.next_id("contacts")
        changed["email"] = primary["value"] if primary else None
        changed["emails"] = [
            {
                "id": item.get("id") or first + place,
                "value": item["value"],
                "is_primary": item is primary,
                "label": item.get("label"),
                "_destroy": False,
            }
            for place, item in enumerate(kept)
        ]
        return []

    def _deal(self, before: Record, changed: Record, fresh: Body) -> list[str]:
        problems = []
        if "amount" in fresh:
            problems += _amount(changed)
        if "expected_close" in fresh:
            moment = times.read(fresh["expected_close"])
            changed["expected_close"] = times.day(moment) if moment is not None else None
        probability = fresh.get("probability")
        if probability is not None and not (isinstance(probability, (int, float)) and 0 <= probability <= 100):
            problems.append("Probability must be between 0 and 100")
        stage = self.store.choice("deal_stages", changed.get("deal_stage_id"))
        if stage is not None and changed.get("deal_stage_id") != before.get("deal_stage_id"):
            _enter_stage(changed, stage, keep_probability="probability" in fresh)
        added, removed = changed.pop("contacts_added_list", None), changed.pop("contacts_removed_list", None)
        if added or removed:
            linked = [*(changed.get("_contact_ids") or ()), *(_whole(key) for key in added or ())]
            gone = {_whole(key) for key in removed or ()}
            changed["_contact_ids"] = [key for key in dict.fromkeys(linked) if key not in gone]
        return problems

    def _task(self, before: Record, changed: Record, fresh: Body) -> list[str]:
        problems = []
        if "due_date" in fresh:
            moment = times.read(fresh["due_date"])
            if moment is None:
                problems.append("Due date can't be blank")
            changed["due_date"] = times.printed(moment, True)
        if "owner_id" in fresh and changed["owner_id"] is None:
            problems.append("Owner can't be blank")
        if "status" in fresh:
            changed["status"] = 1 if fresh["status"] in (1, "1", True) else 0
            if changed["status"] != before.get("status"):
                changed["completed_date"] = times.printed(times.now_ms(), True) if changed["status"] else None
        users = changed.pop("task_users_attributes", None)
        if users is not None:
            changed["user_ids"] = [_whole(item.get("user_id")) for item in users]
        return problems


def _whole(value: Any) -> int | None:
    """An id given as number or text; None for a blank one, -1 for what is no id."""
    if value is None or value == "":
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        return -1


_LISTS_OF_OBJECTS = ("sales_accounts", "task_users_attributes")
_LISTS_OF_IDS = ("contacts_added_list", "contacts_removed_list")


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
    return problems


def _amount(changed: Record) -> list[str]:
    try:
        value = float(str(changed["amount"]))
    except ValueError:
        return ["Amount is not a number"]
    if not math.isfinite(value):
        return ["Amount is not a number"]
    if value > _HIGHEST_AMOUNT:
        return [f"Amount must be less than or equal to {_HIGHEST_AMOUNT}"]
    text = str(changed["amount"])
    changed["amount"] = text if "." in text else f"{text}.0"
    changed["base_currency_amount"] = changed["expected_deal_value"] = changed["amount"]
    return []


def _enter_stage(changed: Record, stage: Body, *, keep_probability: bool) -> None:
    changed["deal_pipeline_id"] = stage["deal_pipeline_id"]
    changed["_state"] = CLOSED.get(stage["forecast_type"], 0)
    changed["stage_updated_time"] = times.printed(times.now_ms())
    changed["closed_date"] = times.day(times.now_ms()) if changed["_state"] else None
    if not keep_probability:
        changed["probability"] = stage["probability"]
