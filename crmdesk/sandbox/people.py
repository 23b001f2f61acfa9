"""The people, firms and deals of the sample company, drawn from a seed."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate
from random import Random
from typing import Any

from crmdesk.sandbox import names, rules, times
from crmdesk.sandbox.choices import all_choices
from crmdesk.sandbox.modules import Body
from crmdesk.sandbox.store import Record

BASE = 402_000_000_000
USER_BASE = 402_000_120_000
GONE_USER = USER_BASE + 99
ADMIN, AGENT = USER_BASE + 1, USER_BASE + 2
PIPELINES = ("Default Pipeline", "Renewals")


class People:
    """Makes the records of a company with `size` contacts."""

    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        self.random = Random(f"sample {seed}")
        self.choices = all_choices(BASE, PIPELINES, activity_base=(BASE + 400, BASE + 420))
        self.choices["territories"] = [
            {"id": BASE + 800 + place, "name": name, "position": place + 1}
            for place, name in enumerate(names.TERRITORIES)
        ]
        self.users = self._users()
        self.choices["users"] = self.users
        # A few have most of the records; some lie with inactive users, some with one who is gone, some with nobody.
        weights = [2.0, 6.0, *(40 / (place + 2) for place in range(len(self.users) - 2)), 2.5, 4.0]
        self._owners: list[int | None] = [*(user["id"] for user in self.users), GONE_USER, None]
        self._weights = list(accumulate(weights))
        self.statuses = [item["id"] for item in self.choices["contact_statuses"]]
        self.lifecycle = {item["id"]: item["lifecycle_stage_id"] for item in self.choices["contact_statuses"]}
        self.stages = self.choices["deal_stages"]
        self.products = 40 if size >= 400 else max(2, size // 10)

    # -- small draws --------------------------------------------------------------------------------------

    def below(self, limit: int) -> int:
        """A whole number from 0 to below the limit."""
        return int(self.random.random() * limit)

    def pick(self, items: Any) -> Any:
        """One of a sequence."""
        return items[int(self.random.random() * len(items))]

    def chance(self, share: float) -> bool:
        """True in that share of draws."""
        return self.random.random() < share

    def owner(self) -> int | None:
        """An owner, by skewed weights."""
        return self._owners[bisect(self._weights, self.random.random() * self._weights[-1])]

    def territory(self) -> int | None:
        """A territory, or none for a third."""
        return None if self.chance(0.34) else BASE + 800 + self.below(len(names.TERRITORIES))

    def moments(self, newest: int = 0) -> tuple[int, int]:
        """When a record was made and last changed; whole seconds are often shared, milliseconds seldom."""
        age = int(self.random.random() ** 2 * 900 * times.DAY)
        created = times.ANCHOR - newest - age - 1000
        return created, created + int(self.random.random() * age)

    # -- the account --------------------------------------------------------------------------------------

    def _users(self) -> list[Body]:
        users = []
        for place, name in enumerate(names.USERS, 1):
            users.append(
                {
                    "id": USER_BASE + place,
                    "display_name": name,
                    "email": f"{name.lower().replace(' ', '.')}@example.com",
                    "is_active": place not in (6, 13, 19, 24, 29),
                    "work_number": None if self.chance(0.3) else f"+1 619 555 {1000 + place}",
                    "mobile_number": None,
                    "_admin": place == 1,
                    "_territories": [BASE + 800 + place % len(names.TERRITORIES)],
                }
            )
        return users

    def accounts(self) -> Iterator[Record]:
        """A third as many accounts as contacts, a few of them in the recycle bin."""
        for number in range(self.account_count() + self.account_count() // 100):
            city, state, zipcode, country = self.pick(names.PLACES)
            created, updated = self.moments()
            name = f"{self.pick(names.FIRM_WORDS)} {self.pick(names.FIRM_ENDS)} {number + 1}"
            yield {
                "id": self.account_id(number),
                "owner_id": self.owner(),
                "territory_id": self.territory(),
                "is_deleted": number >= self.account_count(),
                "created_ms": created,
                "updated_ms": updated,
                "name": name,
                "city": city,
                "state": state,
                "zipcode": zipcode,
                "country": country,
                "website": None if self.chance(0.2) else f"www.firm{number + 1}.example",
                "phone": None if self.chance(0.3) else f"+49 30 {1000000 + number}",
                "number_of_employees": self.pick((None, 1, 11, 51, 201, 501, 1001)),
                "annual_revenue": self.pick((None, 250000, 1000000, 75000000)),
                "industry_type_id": BASE + 1400 + 1 + self.below(30),
                "business_type_id": BASE + 1500 + 1 + self.below(10),
                "last_contacted": times.printed(updated) if self.chance(0.5) else None,
                "open_deals_amount": f"{self.below(90000)}.0",
                "open_deals_count": self.below(4),
                "_flags": rules.IMPORTED if self.chance(0.1) else 0,
                "custom_field": {
                    "cf_is_vip": self.chance(0.1),
                    "cf_domain_name": f"firm{number + 1}.example",
                    "cf_tier": self.pick((None, "Gold", "Silver", "Bronze")),
                    "cf_contract_end": None
                    if self.chance(0.6)
                    else times.day(times.ANCHOR + self.below(700) * times.DAY),
                },
            }

    def account_count(self) -> int:
        """How many accounts are not deleted."""
        return self.size // 3

    def account_id(self, number: int) -> int:
        """Ids have gaps, as those of a real account do."""
        return BASE + 70_000_000 + number * 3 + number % 2

    def contact_id(self, number: int) -> int:
        """The id of a contact by its place."""
        return BASE + 10_000_000 + number * 2 + number % 3 // 2

    def contacts(self) -> Iterator[Record]:
        """`size` contacts, and one more in the recycle bin for every hundred."""
        for number in range(self.size + self.size // 100):
            yield self._contact(number)

    def _contact(self, number: int) -> Record:
        first_names, last_names = names.PEOPLE[0 if self.chance(0.5) else self.below(len(names.PEOPLE))]
        first, last = self.pick(first_names), self.pick(last_names)
        city, state, zipcode, country = self.pick(names.PLACES)
        created, updated = self.moments()
        blank = self.chance(0.08)
        status = self.pick(self.statuses)
        email = (
            None
            if self.chance(0.06)
            else f"person{number + 1}@{self.pick(('example.com', 'example.org', 'mail.example'))}"
        )
        account = (
            self.account_id(self.below(self.account_count())) if self.account_count() and self.chance(0.8) else None
        )
        record: Record = {
            "id": self.contact_id(number),
            "owner_id": self.owner(),
            "territory_id": self.territory(),
            "is_deleted": number >= self.size,
            "created_ms": created,
            "updated_ms": updated,
            "first_name": None if self.chance(0.03) else first,
            "last_name": last,
            "display_name": f"{first} {last}",
            "email": email,
            "emails": [
                {"id": BASE + 30_000_000 + number, "value": email, "is_primary": True, "label": None, "_destroy": False}
            ]
            if email
            else [],
            "mobile_number": f"+1 926 {5550000 + number}" if email is None or self.chance(0.7) else None,
            "contact_status_id": status,
            "lifecycle_stage_id": self.lifecycle[status],
            "lead_score": self.below(110) - 10,
            "last_contacted": times.printed(updated) if self.chance(0.6) else None,
            "sales_account_id": account,
            "lead_source_id": BASE + 1301 + self.below(14),
            "creater_id": ADMIN,
            "_flags": (rules.IMPORTED if self.chance(0.1) else 0) | (rules.BOUNCED if self.chance(0.01) else 0),
        }
        if not blank:
            record.update(
                job_title=self.pick(names.TITLES),
                city=city,
                state=state,
                zipcode=zipcode,
                country=country,
                work_number=f"+44 20 {7000000 + number}",
                open_deals_amount=f"{self.below(50000)}.0",
                custom_field={
                    "cf_is_active": self.chance(0.7),
                    "cf_segment": self.pick((None, "Enterprise", "Mid-market", "Small")),
                    "cf_languages": self.pick((None, "English", "English;Deutsch", "日本語")),
                    "cf_birthday": None,
                    "cf_background": names.LONG_TEXT * 6 if self.chance(0.02) else None,
                },
            )
        if self.chance(0.03):
            record["recent_note"] = names.LONG_TEXT
        return record

    def deals(self) -> Iterator[Record]:
        """As many deals as contacts: most are open, the rest won or lost."""
        for number in range(self.size + self.size // 100):
            yield self._deal(number)

    def _deal(self, number: int) -> Record:
        place = self.below(5) if self.chance(0.55) else (5 if self.chance(0.6) else 6)
        stage = self.stages[place + (7 if self.chance(0.2) else 0)]
        state = {5: 1, 6: 2}.get(place, 0)
        created, updated = self.moments()
        amount = f"{self.below(200000)}.{self.pick(('0', '5', '25', '99'))}"
        close = times.day(times.ANCHOR + (self.below(200) - 60) * times.DAY)
        account = self.account_id(self.below(self.account_count())) if self.account_count() else None
        long = self.chance(0.02)
        return {
            "id": BASE + 50_000_000 + number * 2,
            "owner_id": self.owner(),
            "territory_id": self.territory(),
            "is_deleted": number >= self.size,
            "created_ms": created,
            "updated_ms": updated,
            "name": f"{self.pick(names.FIRM_WORDS)}: {self.pick(names.DEAL_WORDS)} {number + 1}",
            "amount": amount,
            "base_currency_amount": amount,
            "expected_deal_value": amount,
            "expected_close": None if self.chance(0.1) else close,
            "closed_date": times.day(updated) if state else None,
            "stage_updated_time": times.printed(updated),
            "probability": stage["probability"],
            "deal_pipeline_id": stage["deal_pipeline_id"],
            "deal_stage_id": stage["id"],
            "deal_reason_id": BASE + 316 + self.below(9) if state == 2 else None,
            "deal_type_id": BASE + 105 + self.below(3),
            "currency_id": BASE + 900,
            "age": (times.ANCHOR - created) // times.DAY,
            "sales_account_id": account,
            "lead_source_id": BASE + 1301 + self.below(14),
            "creater_id": ADMIN,
            "recent_note": names.LONG_TEXT if long else None,
            "_state": state,
            "_contact_ids": [self.contact_id(number)] if number < self.size else [],
            "_flags": rules.IMPORTED if self.chance(0.05) else 0,
            "custom_field": {
                "cf_number_of_agents": self.below(200),
                "cf_region": self.pick((None, "Americas", "EMEA", "APAC")),
                "cf_contract_number": None if self.chance(0.005) else f"CN-{number + 1:06d}",
                "cf_summary": names.LONG_TEXT * 4 if long else None,
            },
        }
