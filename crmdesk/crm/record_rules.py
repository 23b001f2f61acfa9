"""Rules that need more than one field of a record, one function each, as the reference states them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from crmdesk.crm.checks import Problem, mandatory
from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.naming import Named, Names
from crmdesk.crm.schema import Schema
from crmdesk.crm.values import NOT_LOADED, whole

MOST_ACCOUNTS = 10
MOST_PRODUCTS = 100
SUBSCRIPTION = 2
LOST = "lost"


@dataclass(frozen=True, slots=True)
class Draft:
    """A record as it would be: what is written, over what it is now."""

    spec: ModuleSpec
    schema: Schema
    values: Mapping[str, Any]
    current: Mapping[str, Any]
    creating: bool
    names: Names

    def get(self, name: str) -> Any:
        """The value it would have; NOT_LOADED where neither tells, None where a new record lacks it."""
        if name in self.values:
            return self.values[name]
        return self.current.get(name, None if self.creating else NOT_LOADED)

    def lines(self, prefix: str) -> dict[str, Any]:
        """The lines of a relation that it would have, by key."""
        merged = {**self.current, **self.values}
        begin = f"{prefix}:"
        return {
            name[len(begin) :]: line for name, line in merged.items() if name.startswith(begin) and line is not None
        }

    def writes(self, prefix: str) -> bool:
        """Whether lines of a relation are written."""
        return any(name.startswith(f"{prefix}:") for name in self.values)

    def knows(self, prefix: str) -> bool:
        """Whether the lines that it has now are known."""
        return self.creating or any(name.startswith(f"{prefix}:") for name in self.current)

    def label(self, name: str) -> str:
        """What the schema calls a field."""
        field = self.schema.fields.get(name)
        return field.label if field is not None else name.replace("_", " ").capitalize()


Rule = Callable[[Draft], Iterator[Problem]]


def record_problems(draft: Draft) -> Iterator[Problem]:
    """What the rules of a record's module say, the mandatory fields of a new one first."""
    if draft.creating:
        yield from mandatory_fields(draft)
    for rule in _RULES.get(draft.spec.key, ()):
        yield from rule(draft)


def mandatory_fields(draft: Draft) -> Iterator[Problem]:
    """Every field marked * in the reference, or required in the account's settings, is there on create."""
    asked = [name for name, field in draft.schema.fields.items() if mandatory(draft.spec, field) and field.editable]
    for name in dict.fromkeys((*asked, *draft.spec.required)):
        if name not in draft.values and not (name in _NESTED and draft.values.get(_NESTED[name])):
            yield Problem(name, f"{draft.label(name)} can't be blank.")


# Beside what is marked as mandatory: what a new record is refused without, alone or one of several
# (reference: Create a Deal, and footnote π of Create a Contact).
NEEDED_AT_CREATION: Final[Mapping[str, tuple[str, ...]]] = {"deals": ("sales_account_id",)}
_REACH: Final = ("emails", "email", "mobile_number", "twitter")
ONE_NEEDED_AT_CREATION: Final[Mapping[str, tuple[str, ...]]] = {"contacts": _REACH}
_NESTED: Final[Mapping[str, str]] = {"sales_account_id": "sales_account"}


# -- contacts -------------------------------------------------------------------------------------------------


def way_to_reach(draft: Draft) -> Iterator[Problem]:
    """π: a new contact needs an e-mail, a mobile number or a Twitter name, as the footnote says."""
    if draft.creating and not any(draft.values.get(name) for name in _REACH):
        yield Problem("emails", "A contact needs an e-mail address, a mobile number or a Twitter name.")


def accounts_of_contact(draft: Draft) -> Iterator[Problem]:
    """**: at most 10 accounts, and exactly one of them primary if there is any."""
    if not draft.writes("sales_accounts"):
        return
    lines = draft.lines("sales_accounts")
    chosen = [key for key, line in lines.items() if isinstance(line, Mapping) and line.get("is_primary") is True]
    # One that is chosen now takes it from the one that was (relations.write_lines).
    now = [key for key in chosen if f"sales_accounts:{key}" in draft.values]
    if len(lines) > MOST_ACCOUNTS:
        yield Problem("sales_accounts", f"A contact can have at most {MOST_ACCOUNTS} accounts.")
    if len(now) > 1 or (len(lines) > 1 and not chosen and draft.knows("sales_accounts")):
        yield Problem("sales_accounts", "Exactly one account of a contact must be primary.")


# -- deals ----------------------------------------------------------------------------------------------------


def _stage(draft: Draft) -> Named | None:
    stage_id = whole(draft.get("deal_stage_id"))
    return next((item for item in draft.names.items("deal_stages") if item.id == stage_id), None)


def account_of_deal(draft: Draft) -> Iterator[Problem]:
    """A new deal names an account, by id or as a new one."""
    if draft.creating and not (draft.values.get("sales_account_id") or draft.values.get("sales_account")):
        yield Problem("sales_account_id", f"{draft.label('sales_account_id')} can't be blank.")


def lost_reason(draft: Draft) -> Iterator[Problem]:
    """deal_reason_id only in a Lost stage; a new deal without a stage begins in an open one."""
    if draft.values.get("deal_reason_id") is None:
        return
    stage = _stage(draft)
    begins_open = draft.creating and draft.get("deal_stage_id") is None
    if begins_open or (stage is not None and LOST not in str(stage.raw.get("forecast_type") or "").lower()):
        yield Problem("deal_reason_id", f"{draft.label('deal_reason_id')} can be set only in a Lost stage.")


def stage_of_pipeline(draft: Draft) -> Iterator[Problem]:
    """A stage belongs to its pipeline; a stage alone takes the deal into its pipeline."""
    pipeline = whole(draft.values.get("deal_pipeline_id"))
    stage = _stage(draft)
    if pipeline is None or stage is None:
        return
    home = whole(stage.raw.get("deal_pipeline_id"))
    if home is not None and home != pipeline:
        yield Problem("deal_stage_id", f"The stage “{stage.name}” does not belong to that pipeline.")


def most_products(draft: Draft) -> Iterator[Problem]:
    """At most 100 products on a deal or a document."""
    if draft.writes("products") and len(draft.lines("products")) > MOST_PRODUCTS:
        yield Problem("products", f"There can be at most {MOST_PRODUCTS} products.")


def lines_of_subscriptions(draft: Draft) -> Iterator[Problem]:
    """billing_cycle and setup_fee of a line only where the product is known to be a subscription, or not known."""
    for name, line in draft.values.items():
        if name.startswith("products:") and isinstance(line, Mapping):
            kind = whole(line.get("pricing_type"))
            if kind not in (None, SUBSCRIPTION) and {"billing_cycle", "setup_fee"} & line.keys():
                yield Problem(name, "Set-up fee and billing cycle are only for subscriptions.")


# -- products and documents -----------------------------------------------------------------------------------


def pricing_type_once(draft: Draft) -> Iterator[Problem]:
    """pricing_type can be given only when prices are added for the first time."""
    now = whole(draft.current.get("pricing_type"))
    wanted = whole(draft.values.get("pricing_type"))
    if not draft.creating and wanted is not None and now in (1, SUBSCRIPTION) and wanted != now:
        yield Problem("pricing_type", "The pricing can be chosen only when prices are added for the first time.")


def prices(draft: Draft) -> Iterator[Problem]:
    """A price needs currency and unit price; set-up fee and billing only for subscriptions; billing type 1 to 4."""
    kind = whole(draft.get("pricing_type"))
    for name, line in draft.values.items():
        if not name.startswith("product_pricings:") or not isinstance(line, Mapping):
            continue
        if line.get("unit_price") is None:
            yield Problem(name, "A price needs its unit price.")
        if kind == 1 and any(line.get(key) is not None for key in ("setup_fee", "billing_cycle", "billing_type")):
            yield Problem(name, "Set-up fee and billing are only for subscriptions.")
        if line.get("billing_type") is not None and whole(line["billing_type"]) not in (1, 2, 3, 4):
            yield Problem(name, "The billing type is 1 (monthly), 2 (quarterly), 3 (half-yearly) or 4 (yearly).")


def amount_of_document(draft: Draft) -> Iterator[Problem]:
    """A document's amount can't be written once it has products."""
    if "amount" in draft.values and (draft.current.get("has_products") is True or draft.lines("products")):
        yield Problem("amount", "The amount follows from the products and can't be written.")


# -- activities -----------------------------------------------------------------------------------------------


def all_day(draft: Draft) -> Iterator[Problem]:
    """An appointment of whole days has is_allday and dates, not times."""
    if draft.get("is_allday") is not True:
        return
    for name in ("from_date", "end_date"):
        value = draft.values.get(name)
        if isinstance(value, str) and not value.endswith("T00:00:00Z") and "T" in value:
            yield Problem(name, f"{draft.label(name)} must be a date, without a time, for an all-day appointment.")


def in_order(draft: Draft) -> Iterator[Problem]:
    """What ends does not end before it begins."""
    begin, end = draft.get("from_date") or draft.get("start_date"), draft.get("end_date")
    written = {"from_date", "start_date", "end_date"} & draft.values.keys()
    if written and isinstance(begin, str) and isinstance(end, str) and end < begin:
        yield Problem("end_date", f"{draft.label('end_date')} lies before the beginning.")


def target(draft: Draft) -> Iterator[Problem]:
    """targetable_type and targetable_id come together."""
    for name, other in (("targetable_type", "targetable_id"), ("targetable_id", "targetable_type")):
        if draft.values.get(name) is not None and draft.get(other) in (None, ""):
            yield Problem(other, "What it belongs to needs both its kind and its record.")


def note_of_call(draft: Draft) -> Iterator[Problem]:
    """A call's note, if there is one, has a description."""
    note = draft.values.get("note")
    told = note.get("description") if isinstance(note, Mapping) else note
    if "note" in draft.values and note is not None and not str(told or "").strip():
        yield Problem("note", "A call's note needs a description.")


def target_of_call(draft: Draft) -> Iterator[Problem]:
    """A call is with a known contact or account, or with a new one that has a name and a number."""
    if draft.creating and draft.values.get("targetable_id") is None:
        named = any(draft.values.get(name) for name in ("first_name", "last_name", "name"))
        number = any(draft.values.get(name) for name in ("work_number", "mobile_number", "phone"))
        if not named or not number:
            yield Problem("targetable_id", "Name the contact or account, or give a new contact's name and number.")


def _shared_lines(draft: Draft) -> Iterator[Problem]:
    yield from most_products(draft)
    yield from lines_of_subscriptions(draft)


_RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "contacts": (way_to_reach, accounts_of_contact),
    "deals": (account_of_deal, lost_reason, stage_of_pipeline, _shared_lines),
    "products": (pricing_type_once, prices),
    "documents": (amount_of_document, _shared_lines),
    "tasks": (target,),
    "notes": (target,),
    "appointments": (all_day, in_order, target),
    "sales_activities": (in_order, target),
    "phone_calls": (note_of_call, target_of_call),
}
