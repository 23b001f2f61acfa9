"""What holds for accounts: unique names, ranges of employees, whole revenue, a parent that is not below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmdesk.sandbox import values
from crmdesk.sandbox.modules import Body
from crmdesk.sandbox.store import Record

if TYPE_CHECKING:
    from crmdesk.sandbox.write import Writer

EMPLOYEES = (1, 11, 51, 201, 501, 1001, 5001, 10001)


def check(writer: Writer, before: Record, changed: Record, fresh: Body) -> list[str]:
    """All rules of an account; changes `changed` to what is stored."""
    problems: list[str] = []
    # A clone has the name of what it was cloned from, as the reference prints it.
    if "name" in fresh and not changed.get("_clone") and writer.taken("sales_accounts", changed["id"], changed["name"]):
        problems.append("Name has already been taken")
    if "number_of_employees" in fresh:
        changed["number_of_employees"] = values.whole(changed["number_of_employees"])
        if changed["number_of_employees"] not in (None, *EMPLOYEES):
            problems.append("Number of employees is invalid")
    if "annual_revenue" in fresh:
        try:
            changed["annual_revenue"] = values.plain(values.decimal(changed["annual_revenue"], 18, 0))
        except values.Unreadable as wrong:
            problems.append(f"Annual revenue {wrong}")
    if "website" in fresh and _bad_website(changed["website"]):
        problems.append("Website is invalid")
    problems += values.nested(changed, fresh, "parent_sales_account", "parent_sales_account_id", "Parent account")
    if _is_below(writer, changed["id"], changed.get("parent_sales_account_id")):
        problems.append("Parent account is invalid")
    return problems


def _bad_website(text: object) -> bool:
    if text is None or text == "":
        return False
    return not isinstance(text, str) or " " in text.strip() or "." not in text


def _is_below(writer: Writer, account: int, parent: int | None) -> bool:
    """Whether a parent is the account itself or one of those below it."""
    seen = set()
    while parent is not None and parent not in seen:
        if parent == account:
            return True
        seen.add(parent)
        found = writer.store.get("sales_accounts", parent)
        parent = found.get("parent_sales_account_id") if found else None
    return False
