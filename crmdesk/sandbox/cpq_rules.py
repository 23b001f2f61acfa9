"""What holds for products and documents: categories, types, templates, prices, and the lines that give the total."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmdesk.sandbox import lines, times, values
from crmdesk.sandbox.modules import Body
from crmdesk.sandbox.store import Record
from crmdesk.sandbox.targets import blank, missing, whole

if TYPE_CHECKING:
    from crmdesk.sandbox.write import Writer

ONE_TIME, SUBSCRIPTION = 1, 2
CATEGORIES = ("Software", "Hardware", "Service")
DOCUMENT_TYPES = ("Quote", "Invoice", "Contract", "Proposal")
STAGES = ("Draft", "Sent to customer", "Accepted", "Rejected", "Expired")
TEMPLATES = ("Sample Template", "Standard Template")
_BILLING_TYPES = (1, 2, 3, 4)
_MANDATORY = {
    "display_name": "Display name",
    "document_type": "Document type",
    "cpq_document_template_name": "Template",
    "deal_id": "Deal",
    "contact_id": "Contact",
}
_POINTS = {"deal_id": ("deals", "Deal"), "contact_id": ("contacts", "Contact")}
_FIRST_PRICE = 20


def lacking_of_document(writer: Writer, data: Body, upsert: bool) -> list[str]:
    """A message for each mandatory key of a new document that is blank."""
    return missing(data, _MANDATORY)


def _one_of(changed: Record, fresh: Body, key: str, allowed: tuple[str, ...], label: str) -> list[str]:
    if key not in fresh or blank(fresh[key]) or changed[key] in allowed:
        return []
    return [f"{label} is invalid; it can be {', '.join(allowed)}"]


def _moment(changed: Record, fresh: Body, key: str, label: str) -> list[str]:
    if key not in fresh or blank(fresh[key]):
        return []
    moment = times.read(fresh[key])
    changed[key] = times.printed(moment)
    return [] if moment is not None else [f"{label} is invalid"]


# -- products -------------------------------------------------------------------------------------------------


def check_product(writer: Writer, before: Record, changed: Record, fresh: Body) -> list[str]:
    """A product's name, category, parent, date and prices."""
    problems = _one_of(changed, fresh, "category", CATEGORIES, "Category")
    problems += _moment(changed, fresh, "valid_till", "Valid till")
    if "name" in fresh and writer.taken("products", changed["id"], fresh["name"]):
        problems.append("Name has already been taken")
    if "is_active" in fresh and not isinstance(fresh["is_active"], bool):
        problems.append("is_active must be true or false")
    parent = changed["parent_product"] = whole(changed.get("parent_product"))
    if "parent_product" in fresh and parent is not None and not writer.lives("products", parent):
        problems.append("Parent product is invalid")
    if "pricing_type" in fresh or "product_pricings" in fresh:
        problems += _price(writer, before, changed, fresh)
    elif "pricing_type" not in before:
        changed["pricing_type"], changed["product_pricings"] = 0, []
    return problems


def _price(writer: Writer, before: Record, changed: Record, fresh: Body) -> list[str]:
    """Prices are added by currency and replaced by id; `_destroy` takes one away; the others stay."""
    kept: list[Body] = [dict(item) for item in before.get("product_pricings") or ()]
    problems = []
    if "pricing_type" in fresh:
        kind = changed["pricing_type"] = whole(fresh["pricing_type"])
        if kind not in (ONE_TIME, SUBSCRIPTION):
            problems.append("Pricing type must be 1 (one-time) or 2 (subscription)")
        elif before.get("_repriced"):
            kept = []
        elif kept and kind != before.get("pricing_type"):
            problems.append("Pricing type can be given only when prices are added for the first time")
    elif not before.get("pricing_type") and fresh.get("product_pricings"):
        changed["pricing_type"] = ONE_TIME
    given = fresh.get("product_pricings") or []
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        return [*problems, "Product pricings must be a list"]
    if problems:
        return problems
    for item in given:
        problems += _put_price(writer, changed, kept, item)
    codes = [item["currency_code"] for item in kept]
    if len(set(codes)) != len(codes):
        problems.append("Currency code has already been taken")
    changed["product_pricings"] = kept
    changed["base_currency_amount"] = _base_amount(writer, kept)
    return problems


def _put_price(writer: Writer, changed: Record, kept: list[Body], given: Body) -> list[str]:
    number, code = whole(given.get("id")), given.get("currency_code")
    known = next((item for item in kept if item["id"] == number), None)
    if number is not None and known is None:
        return [f"Product pricing {number} is invalid"]
    if number is None:
        known = next((item for item in kept if item["currency_code"] == code), None)
    if given.get("_destroy") in (True, "true", 1):
        if known is not None:
            kept.remove(known)
        return []
    problems = _wrong_price(writer, changed, given)
    if problems:
        return problems
    # What an edit leaves out is overwritten with nothing, as the reference warns.
    fresh = {
        "id": known["id"] if known else _next_price(writer),
        "currency_code": code,
        "_destroy": False,
        "billing_cycle": whole(given.get("billing_cycle")),
        "billing_type": whole(given.get("billing_type")),
        "unit_price": _money(given.get("unit_price")),
        "setup_fee": _money(given.get("setup_fee")),
        "is_locked": False,
    }
    if known is not None:
        kept[kept.index(known)] = fresh
    else:
        kept.append(fresh)
    return []


def _wrong_price(writer: Writer, changed: Record, given: Body) -> list[str]:
    problems = []
    codes = {item["currency_code"] for item in writer.store.choices("currencies")}
    if given.get("currency_code") not in codes:
        problems.append("Currency code is invalid")
    for key, label in (("unit_price", "Unit price"), ("setup_fee", "Setup fee")):
        try:
            values.decimal(given.get(key), 15, 4)
        except values.Unreadable as wrong:
            problems.append(f"{label} {wrong}")
    if blank(given.get("unit_price")):
        problems.append("Unit price can't be blank")
    only_then = [key for key in ("setup_fee", "billing_cycle", "billing_type") if not blank(given.get(key))]
    if changed.get("pricing_type") != SUBSCRIPTION:
        problems += [f"{key} can be given only for a subscription" for key in only_then]
    elif not blank(given.get("billing_type")) and whole(given["billing_type"]) not in _BILLING_TYPES:
        problems.append("Billing type must be 1, 2, 3 or 4")
    return problems


def _money(value: Any) -> float | None:
    found = values.decimal(value, 15, 4)
    return None if found is None else float(found)


def _next_price(writer: Writer) -> int:
    number = int(writer.store.meta("last_price", _FIRST_PRICE - 1)) + 1
    writer.store.set_meta("last_price", number)
    return number


def _base_amount(writer: Writer, prices: list[Body]) -> float | None:
    base = next((item for item in writer.store.choices("currencies") if item["currency_type"] == 1), None)
    found = [
        item["unit_price"] for item in prices if base is not None and item["currency_code"] == base["currency_code"]
    ]
    return found[0] if found else None


# -- documents ------------------------------------------------------------------------------------------------


def check_document(writer: Writer, before: Record, changed: Record, fresh: Body) -> list[str]:
    """A document's type, template, stage, what it belongs to, its amount and its lines."""
    problems = _one_of(changed, fresh, "document_type", DOCUMENT_TYPES, "Document type")
    problems += _one_of(changed, fresh, "stage", STAGES, "Stage")
    problems += _one_of(changed, fresh, "cpq_document_template_name", TEMPLATES, "Template")
    problems += _moment(changed, fresh, "valid_till", "Valid till")
    for key, label in _MANDATORY.items():
        if key in fresh and blank(fresh[key]):
            problems.append(f"{label} can't be blank")
    for key, (kind, label) in _POINTS.items():
        if key in fresh and not blank(fresh[key]):
            number = changed[key] = whole(fresh[key])
            if number is None or not writer.lives(kind, number):
                problems.append(f"{label} is invalid")
    codes = {item["currency_code"] for item in writer.store.choices("currencies")}
    if not blank(fresh.get("currency_code")) and fresh["currency_code"] not in codes:
        problems.append("Currency code is invalid")
    if "amount" in fresh:
        problems += _amount(changed, before, fresh)
    if "products" in fresh:
        problems += _lines(writer, before, changed)
    return problems


def _amount(changed: Record, before: Record, fresh: Body) -> list[str]:
    try:
        changed["amount"] = changed["base_currency_amount"] = _money(fresh["amount"])
    except values.Unreadable as wrong:
        return [f"Amount {wrong}"]
    has_lines = bool(before.get("products")) and "products" not in fresh
    if has_lines and changed["amount"] != before.get("amount"):
        return ["Amount can't be updated once products are added"]
    return []


def of_document(priced: list[Body], document: int) -> list[Body]:
    """Priced lines as a document prints them."""
    return [
        {key: line[key] for key in ("id", "product_id")}
        | {"cpq_document_id": document}
        | {key: value for key, value in line.items() if key not in ("id", "product_id", "category")}
        | {"item_id": f"{document}-{line['product_id']}"}
        for line in priced
    ]


def _lines(writer: Writer, before: Record, changed: Record) -> list[str]:
    currency = changed["currency_code"] = changed.get("currency_code") or "USD"
    try:
        priced = lines.priced(writer.store, changed["products"] or [], currency, before.get("products"))
    except values.Unreadable as wrong:
        return [str(wrong)]
    changed["products"] = of_document(priced, changed["id"])
    changed["has_products"] = bool(priced)
    changed["amount"] = changed["base_currency_amount"] = float(lines.total(priced, lines.DOCUMENT_FACTOR))
    return []
