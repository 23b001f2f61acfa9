"""The rest of the dataset `sample`: notes, calls, files, lists, prices, lines of documents, attendees.

It draws from a source of its own, so that the records of the company are the same with and without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

from crmdesk.sandbox import cpq_rules, lines, names, times
from crmdesk.sandbox.members import put_in
from crmdesk.sandbox.modules import Body
from crmdesk.sandbox.people import ADMIN, AGENT, BASE, People
from crmdesk.sandbox.store import Record, Store

_NOTES = (
    "Called back, wants an offer by Friday.",
    "Prefers to be written to in French.",
    "نقاش حول السعر، يتابع الأسبوع القادم",
    "予算は来月決まります。",
    "Two decision makers: the CFO and the head of support.",
    "Asked for references from the same trade.",
)
_LISTS = ("Newsletter", "Trade fair 2026", "Beta testers", "عملاء الشرق الأوسط", "日本のお客様", "Empty for now")
_FILES = (
    ("offer.txt", "text/plain", "An offer: 40 seats for a year.\n"),
    ("Größe & Preis — 価格.csv", "text/csv", "size,price\n1,10\n2,19\n"),
    ("minutes.md", "text/markdown", "# Minutes\n\nWe agreed to meet again.\n"),
)
_CURRENCIES = (("USD", 1.0), ("EUR", 0.92))
_CUSTOM = (("cf_custom_status", "Custom status", "text"), ("cf_rating", "Rating", "text"))


class More:
    """Makes what hangs on the records of a sample company."""

    def __init__(self, people: People, seed: int) -> None:
        self.people = people
        self.random = Random(f"more {seed}")

    def _pick(self, items: Any) -> Any:
        return items[int(self.random.random() * len(items))]

    def _target(self) -> Body:
        """One of the contacts, accounts and deals."""
        number = int(self.random.random() * self.people.size)
        kind = self._pick(("Contact", "Contact", "Deal", "SalesAccount"))
        accounts = self.people.account_count()
        if kind == "SalesAccount" and accounts:
            return {"targetable_type": kind, "targetable_id": self.people.account_id(number % accounts)}
        if kind == "Deal":
            return {"targetable_type": kind, "targetable_id": BASE + 50_000_000 + number * 2}
        return {"targetable_type": "Contact", "targetable_id": self.people.contact_id(number)}

    def _part(self, record_id: int) -> Record:
        made = times.ANCHOR - int(self.random.random() * 200 * times.DAY)
        maker = ADMIN if self.random.random() < 0.8 else AGENT
        return {"id": record_id, "created_ms": made, "updated_ms": made, "creater_id": maker, **self._target()}

    def notes(self) -> Iterator[Record]:
        """A note for every fifth contact."""
        for number in range(self.people.size // 5):
            text = names.LONG_TEXT if self.random.random() < 0.03 else self._pick(_NOTES)
            yield {**self._part(BASE + 60_000_000 + number), "description": text}

    def calls(self) -> Iterator[Record]:
        """A call for every fiftieth contact, with contacts and accounts alone."""
        for number in range(self.people.size // 50):
            part = self._part(BASE + 61_000_000 + number)
            if part["targetable_type"] == "Deal":
                contact = self.people.contact_id(number)
                part |= {"targetable_type": "Contact", "targetable_id": contact}
            incoming = self.random.random() < 0.5
            moment = times.printed(part["created_ms"], True)
            yield {
                **part,
                "owner_id": part["creater_id"],
                "call_direction": incoming,
                "status": "incoming" if incoming else "outgoing",
                "conversation_time": moment,
            }

    def files(self) -> Iterator[tuple[Record, bytes]]:
        """Up to sixty small files and links."""
        for number in range(min(60, self.people.size // 5)):
            part = self._part(BASE + 62_000_000 + number)
            name, kind, text = self._pick(_FILES)
            if number % 4 == 3:
                yield {**part, "name": "Shared folder", "_link": f"https://files.example.com/folder/{number}"}, b""
                continue
            body = text.encode()
            kept = {"content_content_type": kind, "content_file_size": len(body), "is_shared": number % 3 == 0}
            yield {**part, "name": name, "_original": name, **kept}, body


def prices(number: int, amount: float) -> Body:
    """What a product of the sample costs: nothing yet, one-time, or as a subscription, in turn."""
    kind = number % 3
    listed = [
        {
            "id": BASE + 98_500_000 + number * 2 + place,
            "currency_code": code,
            "_destroy": False,
            "billing_cycle": 12 if kind == cpq_rules.SUBSCRIPTION else None,
            "billing_type": 1 if kind == cpq_rules.SUBSCRIPTION else None,
            "unit_price": round(amount * rate, 2),
            "setup_fee": 50.0 if kind == cpq_rules.SUBSCRIPTION else None,
            "is_locked": False,
        }
        for place, (code, rate) in enumerate(_CURRENCIES)
        if kind
    ]
    return {"pricing_type": kind, "product_pricings": listed, "is_active": number % 10 != 9}


def attended(appointments: Iterable[Record], contact: int) -> Iterator[Record]:
    """Appointments with who comes to them; every seventh takes a whole day."""
    for number, record in enumerate(appointments):
        who = [("user", record["owner_id"]), *([("contact", contact)] if number % 2 else [])]
        listed = [
            {"id": BASE + 97_500_000 + number * 2 + place, "type": kind, "attendee_id": key}
            for place, (kind, key) in enumerate(who)
        ]
        record["_attendees"] = listed
        if number % 7 == 0:
            days = {key: str(record[key])[:10] for key in ("from_date", "end_date")}
            record |= {"is_allday": True, **days}
        yield record


def with_lines(store: Store, documents: Iterable[Record], products: list[int]) -> Iterator[Record]:
    """Documents of which every third has lines, and so a total that the server made."""
    for number, record in enumerate(documents):
        if number % 3 == 0 and products:
            chosen = dict.fromkeys(products[(number + place * 3) % len(products)] for place in range(3))
            given = [{"id": key, "quantity": 1 + place, "discount": 5 * place} for place, key in enumerate(chosen)]
            priced = lines.priced(store, given, "USD", [{"product_id": key} for key in chosen])
            total = float(lines.total(priced, lines.DOCUMENT_FACTOR))
            record |= {"products": cpq_rules.of_document(priced, record["id"]), "has_products": True}
            record |= {"amount": total, "base_currency_amount": total}
        yield record


def fill(store: Store, people: People, seed: int) -> None:
    """Add to a dataset whose records are there already."""
    store.set_added_fields(
        "cpq_documents", [{"name": name, "label": label, "kind": kind} for name, label, kind in _CUSTOM]
    )
    store.set_meta("last_price", BASE + 98_600_000)
    store.set_meta("last_attendee", BASE + 97_600_000)
    more = More(people, seed)
    store.fill("notes", more.notes())
    store.fill("phone_calls", more.calls())
    kept = list(more.files())
    store.fill("files", [record for record, _body in kept])
    bodies = [(record["id"], body) for record, body in kept if not record.get("_link")]
    store.db.executemany("INSERT INTO file_bodies VALUES (?, ?)", bodies)
    made = times.ANCHOR - 300 * times.DAY
    listed = [{"id": number, "name": name} for number, name in enumerate(_LISTS, 1)]
    store.fill("lists", [{**item, "created_ms": made, "updated_ms": made} for item in listed])
    for number in range(1, len(_LISTS)):
        members = [people.contact_id(place) for place in range(number, people.size, 7 * number)]
        put_in(store, number, members[:2000])
