"""What holds for contacts: a way to reach them, unique addresses, at most ten accounts of which one is primary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crmdesk.sandbox import values
from crmdesk.sandbox.modules import Body
from crmdesk.sandbox.store import Record

if TYPE_CHECKING:
    from crmdesk.sandbox.write import Writer

MOST_ACCOUNTS = 10
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")
_REACH = ("emails", "email", "mobile_number", "twitter")
_SUBSCRIPTIONS = range(1, 6)


def missing(writer: Writer, data: Body, upsert: bool) -> list[str]:
    """A contact needs an e-mail, a mobile number or a Twitter name; some accounts insist on an e-mail."""
    reach = _REACH[:2] if writer.options.require_email else _REACH
    return [] if any(data.get(key) for key in reach) else ["Email can't be blank"]


def check(writer: Writer, before: Record, changed: Record, fresh: Body) -> list[str]:
    """All rules of a contact; changes `changed` to what is stored."""
    problems: list[str] = []
    if "emails" in fresh or "email" in fresh:
        problems += _emails(writer, before, changed, fresh)
    problems += _accounts(writer, changed, fresh)
    if "subscription_types" in fresh:
        problems += _subscriptions(changed)
    if "subscription_status" in fresh:
        changed["subscription_status"] = values.whole(changed["subscription_status"])
        if changed["subscription_status"] == -1:
            problems.append("Subscription status is invalid")
    if "phone_numbers" in fresh:
        changed["phone_numbers"] = _phones(writer, changed)
    if "tags" in fresh:
        changed["tags"] = _tags(changed["tags"])
    if "_clone" in before and changed.get("contact_status_id") is None:
        first = writer.store.choices("contact_statuses")[0]
        changed["contact_status_id"] = first["id"]
        changed.setdefault("lifecycle_stage_id", first["lifecycle_stage_id"])
    elif "contact_status_id" in fresh and "lifecycle_stage_id" not in fresh:
        status = writer.store.choice("contact_statuses", changed["contact_status_id"])
        changed["lifecycle_stage_id"] = status and status["lifecycle_stage_id"]
    parts = [str(changed.get(key)) for key in ("first_name", "last_name") if changed.get(key)]
    if not changed.get("display_name") or "first_name" in fresh or "last_name" in fresh:
        changed["display_name"] = " ".join(parts) or changed.get("email") or changed.get("mobile_number")
    return problems


def _accounts(writer: Writer, changed: Record, fresh: Body) -> list[str]:
    if "sales_accounts" in fresh:
        listed = changed.pop("sales_accounts") or []
        return _listed_accounts(writer, changed, [item for item in listed if not item.get("_destroy")])
    problems = values.nested(changed, fresh, "sales_account", "sales_account_id", "Account")
    if "sales_account_id" in fresh or "sales_account" in fresh:
        # The deprecated key sets the primary account; the others stay.
        primary = changed.get("sales_account_id")
        others = [key for key in changed.get("_account_ids") or () if key != primary]
        changed["_account_ids"] = [primary, *others][:MOST_ACCOUNTS] if primary else others
    return problems


def _listed_accounts(writer: Writer, changed: Record, listed: list[Body]) -> list[str]:
    if not listed:
        changed["sales_account_id"], changed["_account_ids"] = None, []
        return []
    ids = [values.whole(item.get("id")) for item in listed]
    chosen = [key for key, item in zip(ids, listed, strict=True) if item.get("is_primary") in (True, 1, "true")]
    problems = []
    if len(set(ids)) > MOST_ACCOUNTS:
        problems.append(f"A contact can have at most {MOST_ACCOUNTS} accounts")
    if len(chosen) != 1 and len(listed) > 1:
        problems.append("Exactly one account must be primary")
    if any(key is None or not writer.lives("sales_accounts", key) for key in ids):
        problems.append("Account is invalid")
    if not problems:
        changed["sales_account_id"] = chosen[0] if chosen else ids[0]
        changed["_account_ids"] = list(dict.fromkeys(ids))
    return problems


def _emails(writer: Writer, before: Record, changed: Record, fresh: Body) -> list[str]:
    given = fresh["emails"] if "emails" in fresh else fresh["email"]
    if isinstance(given, str) or given is None:
        given = [{"value": given, "is_primary": True}] if given else []
    kept = [item if isinstance(item, dict) else {"value": str(item)} for item in given]
    kept = [item for item in kept if not item.get("_destroy") and item.get("value")]
    for item in kept:
        if not _EMAIL.match(str(item["value"])):
            return [f"Email is invalid: {item['value']}"]
        if writer.taken("contacts", changed["id"], item["value"]):
            return ["Email has already been taken"]
    primary = next((item for item in kept if item.get("is_primary")), kept[0] if kept else None)
    if primary is None and writer.options.require_email:
        return ["Email can't be blank"]
    changed["email"] = primary["value"] if primary else None
    known = {str(item["value"]).casefold(): item["id"] for item in before.get("emails") or ()}
    fresh_id = max([changed["id"] - 1, *known.values()])
    changed["emails"] = []
    for item in kept:
        number = item.get("id") or known.get(str(item["value"]).casefold())
        if number is None:
            number = fresh_id = fresh_id + 1
        made = {"id": number, "value": item["value"], "is_primary": item is primary, "label": item.get("label")}
        changed["emails"].append({**made, "_destroy": False})
    return []


def _phones(writer: Writer, changed: Record) -> list[Body]:
    kept = [item for item in changed["phone_numbers"] or () if not item.get("_destroy") and item.get("value")]
    first = changed["id"] * 10
    return [{**item, "id": item.get("id") or first + place, "_destroy": False} for place, item in enumerate(kept, 1)]


def _subscriptions(changed: Record) -> list[str]:
    given: Any = changed["subscription_types"]
    parts = given if isinstance(given, list) else str(given or "").split(";")
    ids = [values.whole(part.get("id") if isinstance(part, dict) else part) for part in parts if part != ""]
    if any(key not in _SUBSCRIPTIONS for key in ids):
        return ["Subscription types is invalid"]
    changed["subscription_types"] = ";".join(str(key) for key in dict.fromkeys(ids)) or None
    return []


def _tags(given: Any) -> list[str]:
    parts = given if isinstance(given, list) else str(given or "").replace(";", ",").split(",")
    return [str(part).strip() for part in parts if str(part).strip()]
