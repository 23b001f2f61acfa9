"""The dataset `sample`: a believable company of any size, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator

from crmdesk.sandbox import names, rules, sample_more, times
from crmdesk.sandbox.modules import Body
from crmdesk.sandbox.people import ADMIN, AGENT, BASE, People
from crmdesk.sandbox.store import Record, Store, Where

CUSTOM = (
    ("cm_property", "Property", "Properties"),
    ("cm_loan", "Loan", "loans"),
    ("cm_subscription", "Subscription", "Subscriptions"),
)


class Sample(People):
    """The whole company: its people, and what belongs to them."""

    # -- what belongs to them -----------------------------------------------------------------------------

    def _target(self) -> tuple[str, int] | None:
        kind = self.below(3)
        if not self.account_count():
            return None
        if kind == 0:
            return "Contact", self.contact_id(self.below(self.size))
        if kind == 1:
            return "Deal", BASE + 50_000_000 + self.below(self.size) * 2
        return "SalesAccount", self.account_id(self.below(self.account_count()))

    def tasks(self) -> Iterator[Record]:
        """A task for every fifth contact, a third of them done."""
        for number in range(self.size // 5):
            created, updated = self.moments()
            target = self._target()
            done = self.chance(0.33)
            owner = self.owner() or ADMIN
            yield {
                "id": BASE + 90_000_000 + number,
                "owner_id": ADMIN if self.chance(0.05) else owner,
                "created_ms": created,
                "updated_ms": updated,
                "status": int(done),
                "title": f"{self.pick(names.TASKS)} {number + 1}",
                "description": names.LONG_TEXT if self.chance(0.05) else "As agreed on the phone.",
                "due_date": times.printed(times.ANCHOR + (self.below(80) - 40) * times.DAY, True),
                "completed_date": times.printed(updated, True) if done else None,
                "creater_id": ADMIN,
                "task_type_id": BASE + 400,
                "targetable_type": target and target[0],
                "targetable_id": target and target[1],
            }

    def activities(self) -> Iterator[Record]:
        """A sales activity for every tenth contact."""
        for number in range(self.size // 10):
            created, updated = self.moments()
            target = self._target()
            start = times.ANCHOR - self.below(300) * times.DAY
            yield {
                "id": BASE + 95_000_000 + number,
                "owner_id": self.owner() or ADMIN,
                "created_ms": created,
                "updated_ms": updated,
                "title": f"Visit {number + 1}",
                "start_date": times.printed(start),
                "end_date": times.printed(start + 3_600_000),
                "conversation_time": times.printed(start),
                "sales_activity_type_id": BASE + 406,
                "creater_id": ADMIN,
                "targetable_type": target and target[0],
                "targetable_id": target and target[1],
                "custom_field": {"cf_customer_option": self.chance(0.5)},
            }

    def appointments(self) -> Iterator[Record]:
        """An appointment for every fiftieth contact."""
        for number in range(self.size // 50):
            created, updated = self.moments()
            target = self._target()
            start = times.ANCHOR + (self.below(60) - 30) * times.DAY
            yield {
                "id": BASE + 97_000_000 + number,
                "owner_id": self.owner() or ADMIN,
                "created_ms": created,
                "updated_ms": updated,
                "time_zone": "Chennai",
                "title": f"Meeting {number + 1}",
                "description": "",
                "from_date": times.printed(start, True),
                "end_date": times.printed(start + 3_600_000, True),
                "creater_id": ADMIN,
                "targetable_type": target and target[0],
                "targetable_id": target and target[1],
            }

    def product_records(self) -> Iterator[Record]:
        """Up to forty products."""
        for number in range(self.products):
            created, updated = self.moments()
            product: Record = {
                "id": BASE + 98_000_000 + number,
                "owner_id": self.owner(),
                "created_ms": created,
                "updated_ms": updated,
                "name": f"{self.pick(names.FIRM_WORDS)} product {number + 1}",
                "category": self.pick(("Software", "Hardware", "Service", None)),
                "product_code": f"P-{number + 1:03d}",
                "base_currency_amount": float(self.below(5000)),
                "creater_id": ADMIN,
                "updater_id": ADMIN,
                "description": names.LONG_TEXT if self.chance(0.1) else "",
                "custom_field": {"cf_rating": "5", "cf_quantity": 10.0},
            }
            yield product | sample_more.prices(number, product["base_currency_amount"])

    def documents(self) -> Iterator[Record]:
        """A document for every twentieth deal."""
        for number in range(self.size // 20):
            created, updated = self.moments()
            yield {
                "id": BASE + 99_000_000 + number,
                "owner_id": self.owner(),
                "created_ms": created,
                "updated_ms": updated,
                "deal_id": BASE + 50_000_000 + number * 40,
                "contact_id": BASE + 10_000_000,
                "document_type": self.pick(("Quote", "Invoice", "Contract")),
                "stage": self.pick(("Draft", "Sent to customer", "Accepted")),
                "amount": float(self.below(90000)),
                "currency_code": "USD",
                "creater_id": ADMIN,
                "document_number": f"DOC-{number + 1}",
                "display_name": f"Offer {number + 1}",
                "cpq_document_template_name": "Sample Template",
                "custom_field": {"cf_custom_status": None, "cf_rating": None},
            }

    def custom(self, entity: str) -> Iterator[Record]:
        """Records of a custom module, with a value for fields of every type."""
        base = 3_000_000_000 + 10_000_000 * [name for name, _one, _many in CUSTOM].index(entity)
        for number in range(max(30, self.size // 20)):
            created, updated = self.moments()
            yield {
                "id": base + number * 2,
                "owner_id": self.owner(),
                "territory_id": self.territory(),
                "created_ms": created,
                "updated_ms": updated,
                "name": f"{self.pick(names.FIRM_WORDS)} {number + 1}",
                "creator_id": ADMIN,
                "updater_id": None,
                "_flags": rules.IMPORTED if self.chance(0.05) else 0,
                "custom_field": self._custom_values(entity, number),
            }

    def _custom_values(self, entity: str, number: int) -> Body:
        later = times.ANCHOR + self.below(400) * times.DAY
        if entity == "cm_property":
            return {
                "cf_sample_text_field": self.pick((None, "sea view", "مطل على البحر", names.LONG_TEXT)),
                "cf_sample_number_field": self.below(900000) / 100,
                "cf_sample_sales_team_field": self.pick(("USA team", "India team", None)),
                "cf_sample_radio_field": self.pick(("choice 1", "choice 2")),
                "cf_lookup_to_contact": BASE + 10_000_000 if self.size else None,
                "cf_sample_multiselect_field": self.pick((None, "choice 1", "choice 1;choice 2")),
                "cf_floors": 1 + self.below(40),
                "cf_furnished": self.chance(0.5),
                "cf_built_on": times.day(times.ANCHOR - self.below(20000) * times.DAY),
                "cf_viewing_at": times.printed(later, True),
                "cf_description": None if self.chance(0.5) else names.LONG_TEXT,
            }
        if entity == "cm_loan":
            return {
                "cf_dob": None
                if self.chance(0.3)
                else times.day(times.ANCHOR - (8000 + self.below(15000)) * times.DAY),
                "cf_email": f"borrower{number + 1}@example.com",
                "cf_amount": float(self.below(500000)),
            }
        return {
            "cf_plan": self.pick(("Basic", "Team", "Company")),
            "cf_seats": 1 + self.below(500),
            "cf_renews_on": times.day(later),
            "cf_auto_renew": self.chance(0.6),
        }


def build(store: Store, size: int, seed: int, *, all_deals: bool) -> None:
    """Fill an empty store."""
    sample = Sample(size, seed)
    store.set_meta("entities", [entity for entity, _one, _many in CUSTOM])
    store.reload()
    with store.transaction():
        for kind, items in sample.choices.items():
            store.set_choices(kind, items)
        store.fill("sales_accounts", sample.accounts())
        store.fill("contacts", sample.contacts())
        store.fill("deals", sample.deals())
        store.fill("tasks", sample.tasks())
        store.fill("sales_activities", sample.activities())
        contact = sample.contact_id(0)
        store.fill("appointments", sample_more.attended(sample.appointments(), contact))
        store.fill("products", sample.product_records())
        products = store.ids("products", Where())
        store.fill("cpq_documents", sample_more.with_lines(store, sample.documents(), products))
        sample_more.fill(store, sample, seed)
        for entity, _one, _many in CUSTOM:
            store.fill(entity, sample.custom(entity))
        _account(store, sample, all_deals)
    store.index()


def _account(store: Store, sample: Sample, all_deals: bool) -> None:
    store.set_meta("admin", ADMIN)
    store.set_meta("agent", AGENT)
    store.set_meta("modules", [list(item) for item in CUSTOM])
    number = 402_000_002_000
    plural = {entity: many for entity, _one, many in CUSTOM}
    for module in ("contacts", "sales_accounts", "deals", *plural):
        views = []
        for name, rule in rules.default_views(module, plural.get(module, ""), all_deals=all_deals):
            number += 1
            views.append({"id": number, "name": name, "rule": rule})
        for name, rule, user, public in _own_views(module, sample):
            number += 1
            views.append(
                {
                    "id": number,
                    "name": name,
                    "rule": rule,
                    "user_id": user["id"],
                    "user_name": user["display_name"],
                    "is_default": False,
                    "is_public": public,
                }
            )
        rules.add_views(store, module, views)


def _own_views(module: str, sample: Sample) -> list[tuple[str, str, Body, bool]]:
    admin, agent, other = sample.users[0], sample.users[1], sample.users[2]
    inactive = ",".join(str(user["id"]) for user in sample.users if not user["is_active"])
    europe = BASE + 801
    return [
        ("Without an owner", "deleted = 0 AND owner_id IS NULL", admin, False),
        (f"{other['display_name']}’s", f"deleted = 0 AND owner_id = {other['id']}", admin, False),
        ("Of inactive users", f"deleted = 0 AND owner_id IN ({inactive})", other, True),
        ("Europe · أوروبا · 欧洲", f"deleted = 0 AND territory_id = {europe}", other, True),
        ("Gwen's own", f"deleted = 0 AND owner_id = {agent['id']}", agent, False),
    ]
