"""What views select: the columns derived from a record, and the views that every account has."""

from __future__ import annotations

from typing import Any

from crmdesk.sandbox import times
from crmdesk.sandbox.modules import BUILT_IN, TARGET_TYPES
from crmdesk.sandbox.store import Record, Store, Where, dumps

IMPORTED, BOUNCED = 1, 2
_NEW = times.ANCHOR - 30 * times.DAY
_QUIET = times.ANCHOR - 90 * times.DAY
_WEEK, _MONTH = times.ANCHOR + 7 * times.DAY, times.ANCHOR + 31 * times.DAY

View = tuple[str, str]

LIVE = "deleted = 0"
CONTACT_VIEWS: tuple[View, ...] = (
    ("My Contacts", f"{LIVE} AND owner_id = {{me}}"),
    ("My Territory Contacts", f"{LIVE} AND territory_id IN ({{mine}})"),
    ("New Contacts", f"{LIVE} AND state = {{new}}"),
    ("All Contacts", LIVE),
    ("Recently Modified", f"{LIVE} AND updated_ms >= {_NEW}"),
    ("Recently Imported", f"{LIVE} AND (flags & {IMPORTED}) != 0"),
    ("Never Contacted", f"{LIVE} AND touched_ms IS NULL"),
    ("Needs Follow-up", f"{LIVE} AND touched_ms < {_NEW}"),
    ("Active", f"{LIVE} AND touched_ms >= {_NEW}"),
    ("Inactive", f"{LIVE} AND touched_ms < {_QUIET}"),
    ("Recycle Bin", "deleted = 1"),
    ("Bounced contacts", f"{LIVE} AND (flags & {BOUNCED}) != 0"),
    ("Untouched 5-star contacts", f"{LIVE} AND mark >= 80 AND touched_ms IS NULL"),
    ("Slipping away", f"{LIVE} AND mark < 0"),
)
ACCOUNT_VIEWS: tuple[View, ...] = (
    ("My Accounts", f"{LIVE} AND owner_id = {{me}}"),
    ("All Accounts", LIVE),
    ("My Territory Accounts", f"{LIVE} AND territory_id IN ({{mine}})"),
    ("Recently Imported", f"{LIVE} AND (flags & {IMPORTED}) != 0"),
    ("Recycle Bin", "deleted = 1"),
)
DEAL_VIEWS: tuple[View, ...] = (
    ("Open Deals", f"{LIVE} AND state = 0"),
    ("My Deals", f"{LIVE} AND owner_id = {{me}}"),
    ("My Territory Deals", f"{LIVE} AND territory_id IN ({{mine}})"),
    ("Recent Deals", f"{LIVE} AND created_ms >= {_NEW}"),
    ("Recently Imported", f"{LIVE} AND (flags & {IMPORTED}) != 0"),
    ("Lost Deals", f"{LIVE} AND state = 2"),
    ("Won Deals", f"{LIVE} AND state = 1"),
    ("Hot Deals", f"{LIVE} AND state = 0 AND mark >= 60"),
    ("Cold Deals", f"{LIVE} AND state = 0 AND mark <= 20"),
    ("Closing this week", f"{LIVE} AND state = 0 AND due_ms BETWEEN {times.ANCHOR} AND {_WEEK}"),
    ("This month's sales", f"{LIVE} AND state = 1 AND due_ms BETWEEN {_NEW} AND {_MONTH}"),
    ("Recycle Bin", "deleted = 1"),
)
ALL_DEALS: View = ("All Deals", LIVE)


def custom_views(plural: str) -> tuple[View, ...]:
    """The views of a custom module, in the documented order."""
    return (
        (f"All {plural}", LIVE),
        (f"My {plural}", f"{LIVE} AND owner_id = {{me}}"),
        ("Recently Imported", f"{LIVE} AND (flags & {IMPORTED}) != 0"),
        (f"My Territory {plural}", f"{LIVE} AND territory_id IN ({{mine}})"),
        ("Recycle Bin", "deleted = 1"),
    )


def derive(module: str, record: Record) -> tuple[Any, ...]:
    """state, mark, flags, due_ms, touched_ms, parent, ukey of a record: what views and look-ups go by."""
    flags = record.get("_flags", 0)
    if module == "contacts":
        touched = times.read(record.get("last_contacted"))
        account = record.get("sales_account_id")
        return (
            record.get("contact_status_id"),
            record.get("lead_score") or 0,
            flags,
            None,
            touched,
            account and f"sales_accounts:{account}",
            (record.get("email") or "").casefold() or None,
        )
    if module == "sales_accounts":
        parent = record.get("parent_sales_account_id")
        return None, None, flags, None, None, parent and f"sales_accounts:{parent}", _key(record, "name")
    if module == "deals":
        account = record.get("sales_account_id")
        return (
            record.get("_state", 0),
            record.get("probability"),
            flags,
            times.read(record.get("expected_close")),
            None,
            account and f"sales_accounts:{account}",
            _key(record, "name"),
        )
    return _derive_other(module, record, flags)


def _derive_other(module: str, record: Record, flags: int) -> tuple[Any, ...]:
    if module == "tasks":
        due = times.read(record.get("due_date"))
        return record.get("status", 0), None, flags, due, None, target_of(record), None
    if module in ("notes", "phone_calls", "files"):
        return None, None, flags, None, None, target_of(record), None
    if module in ("appointments", "sales_activities"):
        due = times.read(record.get("end_date"))
        return 0, None, flags, due, None, target_of(record), None
    if module == "cpq_documents":
        deal = record.get("deal_id")
        return 0, None, flags, None, None, deal and f"deals:{deal}", _key(record, "display_name")
    return None, None, flags, None, None, None, _key(record, "name")


def ties(module: str, record: Record) -> dict[str, list[Any]]:
    """What a record is linked with beyond its parent, by kind: a contact's further accounts and addresses, …"""
    if module == "contacts":
        primary = (record.get("email") or "").casefold()
        mails = [str(item.get("value") or "").casefold() for item in record.get("emails") or ()]
        accounts = [key for key in record.get("_account_ids") or () if key != record.get("sales_account_id")]
        return {"contacts:account": accounts, "contacts:email": [mail for mail in mails if mail and mail != primary]}
    if module == "deals":
        return {"deals:contact": list(record.get("_contact_ids") or ())}
    return {}


def _key(record: Record, name: str) -> str | None:
    return str(record.get(name) or "").casefold() or None


def target_of(record: Record) -> str | None:
    """`contacts:1` for what a task, appointment or activity is about; None when it is about nothing."""
    said = str(record.get("targetable_type") or "").lower()
    kind = TARGET_TYPES.get(said) or (said if said.startswith("cm_") else None)
    if said == "product":
        kind = "products"
    number = record.get("targetable_id")
    return f"{kind}:{number}" if kind and number else None


def view_where(rule: str, user: Record, new_status: int) -> Where:
    """A view's stored rule → the condition for this user."""
    mine = ",".join(str(int(t)) for t in user.get("_territories", ())) or "NULL"
    return Where(rule.replace("{me}", str(int(user["id"]))).replace("{mine}", mine).replace("{new}", str(new_status)))


def seen_by(user: Record, where: Where) -> Where:
    """Narrowed to what a user may see: all for an admin, else own records and those of own territories."""
    if user.get("_admin"):
        return where
    mine = ",".join(str(int(t)) for t in user.get("_territories", ())) or "NULL"
    return where.also(f"owner_id = {int(user['id'])} OR territory_id IN ({mine})")


def may_see(user: Record, record: Record) -> bool:
    """The same rule for one record."""
    if user.get("_admin") or record.get("owner_id") == user["id"]:
        return True
    return record.get("territory_id") is not None and record["territory_id"] in user.get("_territories", ())


def add_views(store: Store, module: str, views: list[dict[str, Any]]) -> None:
    """Store views given as {id, name, rule, user_id, user_name, is_default, is_public}."""
    model = store.modules[module].model
    rows = []
    for position, view in enumerate(views):
        body = {
            "id": view["id"],
            "name": view["name"],
            "model_class_name": model,
            "user_id": view.get("user_id", 0),
            "is_default": view.get("is_default", True),
            "is_public": view.get("is_public", True),
            "updated_at": times.printed(times.ANCHOR - 700 * times.DAY),
            "user_name": view.get("user_name"),
            "current_user_permissions": [],
        }
        rows.append((module, view["id"], position, body, view["rule"]))
    store.db.executemany(
        "INSERT INTO views VALUES (?, ?, ?, ?, ?)",
        [(name, key, position, dumps(body), rule) for name, key, position, body, rule in rows],
    )


def default_views(module: str, plural: str, *, all_deals: bool) -> tuple[View, ...]:
    """The views that every account has of a module."""
    known = {"contacts": CONTACT_VIEWS, "sales_accounts": ACCOUNT_VIEWS, "deals": DEAL_VIEWS}
    if module == "deals" and all_deals:
        return (*DEAL_VIEWS, ALL_DEALS)
    return known.get(module) or (() if module in BUILT_IN else custom_views(plural))
