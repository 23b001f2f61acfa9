"""Product lines of deals and documents: prices taken from the product where none is given, and their total."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from crmdesk.sandbox import values
from crmdesk.sandbox.modules import Body
from crmdesk.sandbox.store import Record, Store
from crmdesk.sandbox.values import Unreadable

MOST = 100
SUBSCRIPTION = 2
# The printed totals are these times the sum of the lines: taxes or rules of the account come in.
DEAL_FACTOR = Decimal("1.1")
DOCUMENT_FACTOR = Decimal("1.3")


def priced(store: Store, given: list[Body], currency: str, have: list[Body] | None = None) -> list[Body]:
    """The lines as they are stored; Unreadable for more than 100, unknown products and values out of range.

    A product that is not active can't be added; where the record has it already (`have`), it may stay.
    """
    if len(given) > MOST:
        raise Unreadable(f"At most {MOST} products can be added")
    there = {line["product_id"] for line in have or ()}
    found = [_line(store, item, currency, there) for item in given if not item.get("_destroy")]
    if len({line["product_id"] for line in found}) != len(found):
        raise Unreadable("A product can be added only once")
    return found


def _line(store: Store, given: Body, currency: str, there: set[int]) -> Body:
    number = values.whole(given.get("product_id", given.get("id")))
    product = store.get("products", number) if number is not None else None
    if product is None or product["is_deleted"]:
        raise Unreadable(f"Product {number} is invalid")
    if product.get("is_active") is False and product["id"] not in there:
        raise Unreadable(f"Product {number} is not active")
    price = _price(product, currency)
    subscription = product.get("pricing_type", 1) == SUBSCRIPTION
    quantity = values.decimal(given.get("quantity", 1), 15, 4)
    if quantity is None or quantity <= 0:
        raise Unreadable("Quantity must be greater than 0")
    discount = values.decimal(given.get("discount") or 0, 5, 2) or Decimal(0)
    if not 0 <= discount <= 100:
        raise Unreadable("Discount must be between 0 and 100")
    unit = _money(given, "unit_price", price.get("unit_price") or 0)
    # Set-up fees and billing cycles are for subscriptions; of others they are passed over.
    fee = _money(given, "setup_fee", price.get("setup_fee")) if subscription else None
    cycle = values.whole(given.get("billing_cycle") or price.get("billing_cycle")) if subscription else None
    return {
        "product_id": product["id"],
        "unit_price": unit,
        "setup_fee": fee,
        "billing_type": (price.get("billing_type") or 1) if subscription else None,
        "billing_cycle": cycle,
        "currency_code": price.get("currency_code") or currency,
        "quantity": values.plain(quantity),
        "discount": float(discount),
        "id": product["id"],
        "name": product["name"],
        "pricing_type": product.get("pricing_type", 1),
        "avatar": product.get("avatar"),
        "owner_id": product.get("owner_id"),
        "category": product.get("category"),
    }


def _price(product: Record, currency: str) -> Body:
    prices: list[Body] = product.get("product_pricings") or []
    known = next((item for item in prices if item.get("currency_code") == currency), None)
    return known or (prices[0] if prices else {"unit_price": product.get("base_currency_amount")})


def _money(given: Body, key: str, usual: Any) -> float | None:
    value = given.get(key)
    try:
        found = values.decimal(usual if value in (None, "") else value, 15, 4)
    except Unreadable as wrong:
        raise Unreadable(f"{key.replace('_', ' ').capitalize()} {wrong}") from None
    return None if found is None else float(found)


def total(found: list[Body], factor: Decimal) -> Decimal:
    """What the lines come to: (price × quantity + set-up fee) × (1 − discount), times the account's factor."""
    summed = Decimal(0)
    for line in found:
        price, fee = Decimal(str(line["unit_price"] or 0)), Decimal(str(line["setup_fee"] or 0))
        share = 1 - Decimal(str(line["discount"])) / 100
        summed += (price * Decimal(str(line["quantity"])) + fee) * share
    return (summed * factor).quantize(Decimal("0.01"))
