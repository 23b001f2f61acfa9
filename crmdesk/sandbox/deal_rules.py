"""What holds for deals: stages and their pipelines, lost reasons, money, contacts and product lines."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from crmdesk.sandbox import lines, times, values
from crmdesk.sandbox.choices import CLOSED
from crmdesk.sandbox.modules import Body
from crmdesk.sandbox.store import Record

if TYPE_CHECKING:
    from crmdesk.sandbox.write import Writer

HIGHEST_AMOUNT = 9007199254740991
LOST = 2


def missing(writer: Writer, data: Body, upsert: bool) -> list[str]:
    """A deal needs an amount and an account, by id or to be made; upserts are spared the account."""
    problems = [] if data.get("amount") not in (None, "") or data.get("products") else ["Amount can't be blank"]
    if not upsert and not data.get("sales_account_id") and not data.get("sales_account"):
        problems.append("Account can't be blank")
    return problems


def check(writer: Writer, before: Record, changed: Record, fresh: Body) -> list[str]:
    """All rules of a deal; changes `changed` to what is stored."""
    problems: list[str] = []
    if "amount" in fresh:
        problems += _amount(changed)
    for key in ("expected_close", "closed_date"):
        if key in fresh:
            moment = times.read(fresh[key])
            changed[key] = times.day(moment) if moment is not None else None
    problems += _probability(changed, fresh)
    if not problems:
        problems += _stage(writer, before, changed, fresh)
    problems += _contacts(writer, changed)
    problems += values.nested(changed, fresh, "sales_account", "sales_account_id", "Account")
    if "products" in fresh:
        problems += _products(writer, before, changed)
    if "amount" in fresh or "products" in fresh or "currency_id" in fresh:
        _in_base_currency(writer, changed)
    return problems


def _amount(changed: Record) -> list[str]:
    try:
        value = values.decimal(changed["amount"], 30, 2)
    except values.Unreadable as wrong:
        text = str(wrong)
        return [f"Amount {text}" if "not a number" in text else _too_much()]
    if value is None:
        return ["Amount can't be blank"]
    if value > HIGHEST_AMOUNT:
        return [_too_much()]
    changed["amount"] = values.money(value)
    return []


def _too_much() -> str:
    return f"Amount must be less than or equal to {HIGHEST_AMOUNT}"


def _probability(changed: Record, fresh: Body) -> list[str]:
    given = fresh.get("probability")
    if given is None or given == "":
        return []
    try:
        found = values.plain(values.decimal(given, 7, 2))
    except values.Unreadable:
        found = None
    if found is None or not 0 <= found <= 100:
        return ["Probability must be between 0 and 100"]
    changed["probability"] = found
    return []


def _stage(writer: Writer, before: Record, changed: Record, fresh: Body) -> list[str]:
    choices = writer.store.choices("deal_stages")
    if changed.get("deal_stage_id") is None:
        # A new deal begins in the first stage of its pipeline, or of the default one.
        wanted = changed.get("deal_pipeline_id")
        stage = next((item for item in choices if wanted in (None, item["deal_pipeline_id"])), choices[0])
        changed["deal_stage_id"] = stage["id"]
    stage = next((item for item in choices if item["id"] == changed["deal_stage_id"]), choices[0])
    pipeline = changed.get("deal_pipeline_id")
    given = "deal_pipeline_id" in fresh and pipeline is not None
    if given and pipeline != stage["deal_pipeline_id"]:
        return ["Deal stage does not belong to the deal pipeline"]
    if changed["deal_stage_id"] != before.get("deal_stage_id"):
        _enter(changed, stage, keep_probability=fresh.get("probability") not in (None, ""))
    changed["deal_pipeline_id"] = stage["deal_pipeline_id"]
    lost = changed.get("_state") == LOST
    if fresh.get("deal_reason_id") and not lost:
        return ["Deal reason can be set only if the deal is in the Lost stage"]
    if not lost:
        changed["deal_reason_id"] = None
    return []


def _enter(changed: Record, stage: Body, *, keep_probability: bool) -> None:
    changed["_state"] = CLOSED.get(stage["forecast_type"], 0)
    changed["stage_updated_time"] = times.printed(times.now_ms())
    changed["closed_date"] = times.day(times.now_ms()) if changed["_state"] else None
    if not keep_probability:
        changed["probability"] = stage["probability"]


def _contacts(writer: Writer, changed: Record) -> list[str]:
    added, removed = changed.pop("contacts_added_list", None), changed.pop("contacts_removed_list", None)
    wanted = [values.whole(key) for key in added or ()]
    if any(key is None or not writer.lives("contacts", key) for key in wanted):
        return ["Contact is invalid"]
    if added or removed:
        gone = {values.whole(key) for key in removed or ()}
        linked = [*(changed.get("_contact_ids") or ()), *wanted]
        changed["_contact_ids"] = [key for key in dict.fromkeys(linked) if key not in gone]
    return []


def _products(writer: Writer, before: Record, changed: Record) -> list[str]:
    currency = writer.store.choice("currencies", changed.get("currency_id")) or {"currency_code": "USD"}
    try:
        have = before.get("products")
        priced = lines.priced(writer.store, changed["products"] or [], currency["currency_code"], have)
    except values.Unreadable as wrong:
        return [str(wrong)]
    tied = [{**line, "deal_id": changed["id"], "_id": f"{changed['id']}-{line['product_id']}"} for line in priced]
    changed["products"] = tied
    changed["has_products"] = bool(tied)
    changed["amount"] = values.money(lines.total(tied, lines.DEAL_FACTOR))
    return []


def _in_base_currency(writer: Writer, changed: Record) -> None:
    currency = writer.store.choice("currencies", changed.get("currency_id"))
    rate = Decimal(currency["exchange_rate"]) if currency else Decimal(1)
    try:
        worth = values.decimal(Decimal(str(changed.get("amount"))) / rate, 19, 4)
    except (ArithmeticError, values.Unreadable):
        return
    changed["base_currency_amount"] = values.money(worth or Decimal(0))
    changed["expected_deal_value"] = changed["amount"]
