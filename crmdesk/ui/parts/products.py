"""Products of a deal or a document, line by line, and the prices of a product. Totals are the CRM's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any

from crmdesk.crm.fixed_schema import BILLING_TYPES
from crmdesk.crm.kinds import Kind, decimal_of, normal
from crmdesk.crm.paging import Record
from crmdesk.crm.parts import PartPage
from crmdesk.crm.relation_table import PRICE_LINE, PRODUCT_LINE
from crmdesk.crm.schema import Choice, Field
from crmdesk.crm.values import whole
from crmdesk.ui.browse.values import money_text, number_text
from crmdesk.ui.editors.options import Option
from crmdesk.ui.parts.entries import Act, Entry
from crmdesk.ui.parts.form import PartForm, Wanted
from crmdesk.ui.parts.pick import PickForm
from crmdesk.ui.parts.related import RelatedView

DEAL_PRODUCTS = "deal_products"
CURRENCIES = "currencies"
CENT = Decimal("0.01")


def _number(name: str, label: str, kind: str = "decimal", *, required: bool = False, hint: str = "") -> Field:
    return Field(name, label, kind, required=required, hint=hint)


LINE_FIELDS = (
    _number("quantity", "Quantity", "number", required=True),
    _number("unit_price", "Unit price", hint="Left blank, the CRM takes the product's own price"),
    _number("discount", "Discount %"),
    _number("setup_fee", "Set-up fee", hint="For subscriptions only"),
    _number("billing_cycle", "Billing cycles", "number", hint="For subscriptions only"),
)
PRICE_FIELDS = (
    _number("unit_price", "Unit price", required=True),
    _number("setup_fee", "Set-up fee", hint="For subscriptions only"),
    Field(
        "billing_type",
        "Billed",
        "dropdown",
        hint="For subscriptions only",
        choices=tuple(Choice(str(number), name, number) for number, name in BILLING_TYPES.items()),
    ),
    _number("billing_cycle", "Billing cycles", "number", hint="For subscriptions only"),
)


def line_total(line: Mapping[str, Any]) -> Decimal | None:
    """(price × quantity + set-up fee) less the discount in percent; None without a price."""
    price = decimal_of(line.get("unit_price"))
    if price is None:
        return None
    count = decimal_of(line.get("quantity"))
    fee, off = decimal_of(line.get("setup_fee")) or Decimal(0), decimal_of(line.get("discount")) or Decimal(0)
    whole_price = price * (Decimal(1) if count is None else count) + fee
    return (whole_price * (100 - off) / 100).quantize(CENT, ROUND_HALF_UP)


class LinesView(RelatedView):
    """Lines that are changed in a form; the API takes the whole set, so the others are sent along unchanged."""

    fields: tuple[Field, ...] = ()

    def key(self, record: Record) -> str:
        """What names a line."""
        return str(record.id)

    def edit(self, record: Record) -> None:
        """Change the figures of a line."""
        held = self.line(record)
        self._form(f"Change {self.label_of(record)}", "Save", held, partial(self._change, record))

    def _form(
        self,
        title: str,
        save: str,
        held: Mapping[str, Any],
        go_on: Callable[[dict[str, Any]], object],
        *,
        creating: bool = False,
    ) -> None:
        values = {field.name: _entered(field.name, held.get(field.name)) for field in self.fields}
        wanted = Wanted(title, save, self.fields, values, {}, creating=creating, plain=True)
        self.show_form(PartForm(self.context(), wanted), go_on)

    def _change(self, record: Record, values: dict[str, Any]) -> None:
        before = self.line(record)
        after = normal(Kind.LINE, {**before, **values})
        self.relate({f"{self.prefix}:{self.key(record)}": (before, after)}, f"Saved {self.label_of(record)}")

    def remove(self, record: Record) -> None:
        """Take the line away; the others stay."""
        edits = {f"{self.prefix}:{self.key(record)}": (self.line(record), None)}
        self.relate(edits, f"Took {self.label_of(record)} off")


def _entered(name: str, value: Any) -> Any:
    """A line's figure as its editor keeps it."""
    kinds = {"quantity": Kind.NUMBER, "billing_cycle": Kind.NUMBER, "billing_type": Kind.CHOICE_ID}
    return normal(kinds.get(name, Kind.DECIMAL), value)


class ProductsView(LinesView):
    """What is sold: how many, at which price, less which discount."""

    name = rows_module = "products"
    prefix = "products"
    add_text = "Add product"
    fields = LINE_FIELDS
    empty = ("No products", "Add some: the CRM then reckons the total by itself.")

    def can_change(self) -> bool:
        """Always."""
        return True

    def label_of(self, record: Record) -> str:
        """The product's name."""
        return str(record.fields.get("name") or f"Product {self.key(record)}")

    def key(self, record: Record) -> str:
        """The product's id, not the line's."""
        return str(whole(record.fields.get("product_id", record.fields.get("id"))))

    def line(self, record: Record) -> Any:
        """The line in normal form, as the journal compares it."""
        return normal(Kind.LINE, {name: record.fields.get(name) for name in PRODUCT_LINE})

    def currency(self, record: Record) -> str:
        """The line's, else the record's, else the account's."""
        return self.known.names.currency(record.fields) or self.known.names.currency(self.record)

    def needs(self) -> Sequence[str]:
        """The account's currency, where lines have none."""
        return () if all(row.fields.get("currency_code") for row in self.records) else (CURRENCIES,)

    def entry(self, record: Record) -> Entry:
        """Name, figures, what the line comes to."""
        line, code = self.line(record), self.currency(record)
        total = line_total(line)
        price = money_text(line["unit_price"], code) if "unit_price" in line else "the product’s own price"
        told = [f"{number_text(line.get('quantity', 1))} × {price}"]
        if decimal_of(line.get("discount")):
            told.append(f"{number_text(line['discount'])} % off")
        if decimal_of(line.get("setup_fee")):
            told.append(f"set-up {money_text(line['setup_fee'], code)}")
        billed = BILLING_TYPES.get(whole(record.fields.get("billing_type")) or 0)
        if billed:
            told.append(billed.lower())
        if line.get("billing_cycle"):
            told.append(f"{line['billing_cycle']} cycles")
        args = {"module": "products", "id": int(self.key(record)), "label": self.label_of(record)}
        return Entry(
            self.key(record),
            self.label_of(record),
            money_text(total, code) if total is not None else "",
            " · ".join(told),
            acts=(
                Act("Edit", partial(self.edit, record), "edit"),
                Act("Open", lambda: self.desk.open("record", args), "open"),
                Act("Remove", partial(self.remove, record), "delete"),
            ),
        )

    def below(self) -> str:
        """The CRM's total, and what the lines come to."""
        amount = self.record.get("amount")
        if not self.records or amount in (None, ""):
            return ""
        code = self.known.names.currency(self.record) or self.currency(self.records[0])
        sums = [line_total(self.line(row)) for row in self.records]
        known = [part for part in sums if part is not None]
        estimate = money_text(sum(known, Decimal(0)), code)
        missing = f", without {len(sums) - len(known)} that have no price here" if len(known) < len(sums) else ""
        return (
            f"Total in the CRM: {money_text(amount, code)}\n"
            f"The lines come to {estimate}{missing}: an estimate, the CRM adds the account’s taxes and rules."
        )

    def add(self) -> None:
        """Pick a product; its figures come next."""
        self.desk.tasks.start(
            self.desk.session.directory.load((DEAL_PRODUCTS,)),
            owner=self,
            title="Reading the products",
            on_done=lambda _none: self._pick(),
        )

    def _pick(self) -> None:
        there = {self.key(row) for row in self.records}
        options = [
            Option(number, str(item.get("name") or number), str(number))
            for item in self.desk.session.directory.items(DEAL_PRODUCTS)
            if (number := whole(item.get("id"))) is not None and str(number) not in there
        ]
        form = PickForm(self.desk, "Add a product", "Next", options=options)
        form.submitted.connect(self.add_picked)
        self.show_other(form)

    def arrived(self) -> None:
        """Under the products' ids, not the lines'."""
        for row in self.records:
            self.learn(int(self.key(row)), row.fields.get("name"))

    def add_picked(self, number: int, name: str, _second: object) -> None:
        """Ask how many and at which price."""
        self.learn(number, name)
        self._form(f"Add {name}", self.add_text, {"quantity": 1}, partial(self._add, number, name), creating=True)

    def _add(self, number: int, name: str, values: dict[str, Any]) -> None:
        line = normal(Kind.LINE, {"quantity": 1, **values})
        self.relate({f"{self.prefix}:{number}": (None, line)}, f"Added {name}")


class PricesView(LinesView):
    """What a product costs, in each currency once."""

    name = "prices"
    rows_module = "products"
    prefix = "product_pricings"
    add_text = "Add price"
    fields = PRICE_FIELDS
    empty = ("No prices", "A product has one price in each currency.")

    @property
    def title(self) -> str:
        """The part's name: it is none of the table's."""
        return "Prices"

    async def read(self, page: int) -> PartPage:
        """The product with its prices."""
        from crmdesk.crm import requests

        session = self.desk.session
        found = await requests.one(session.client, self.place.spec, self.place.record_id, include="product_pricings")
        held = found.fields.get("product_pricings") or found.side.get("product_pricings") or ()
        rows = [Record(found.spec, item, {}) for item in held if isinstance(item, dict) and not item.get("_destroy")]
        return PartPage(tuple(rows), "products", {"record": [found.fields]}, len(rows))

    def can_change(self) -> bool:
        """Always."""
        return True

    def key(self, record: Record) -> str:
        """The currency."""
        return str(record.fields.get("currency_code"))

    def label_of(self, record: Record) -> str:
        """The currency."""
        return f"the price in {self.key(record)}"

    def line(self, record: Record) -> Any:
        """The price in normal form."""
        return normal(Kind.LINE, {name: record.fields.get(name) for name in PRICE_LINE})

    def entry(self, record: Record) -> Entry:
        """Currency, price, how it is billed."""
        line, code = self.line(record), self.key(record)
        told = []
        if decimal_of(line.get("setup_fee")):
            told.append(f"set-up {money_text(line['setup_fee'], code)}")
        billed = BILLING_TYPES.get(whole(line.get("billing_type")) or 0)
        if billed:
            told.append(billed.lower())
        if line.get("billing_cycle"):
            told.append(f"{line['billing_cycle']} cycles")
        return Entry(
            code,
            code,
            money_text(line["unit_price"], code) if "unit_price" in line else "",
            " · ".join(told),
            acts=(
                Act("Edit", partial(self.edit, record), "edit"),
                Act("Remove", partial(self.remove, record), "delete"),
            ),
        )

    def concerns(self, news: Any) -> bool:
        """The product itself was written."""
        return news.module == "products" and (news.ids is None or self.place.record_id in news.ids)

    def add(self) -> None:
        """Pick a currency; its figures come next."""
        self.desk.tasks.start(
            self.desk.session.directory.load((CURRENCIES,)),
            owner=self,
            title="Reading the currencies",
            on_done=lambda _none: self._pick(),
        )

    def _pick(self) -> None:
        there = {self.key(row) for row in self.records}
        codes = [str(item.get("currency_code") or "") for item in self.desk.session.directory.items(CURRENCIES)]
        options = [Option(code, code) for code in codes if code and code not in there]
        form = PickForm(self.desk, "Add a price", "Next", options=options)
        form.submitted.connect(self._picked)
        self.show_other(form)

    def _picked(self, code: str, _name: str, _second: object) -> None:
        self._form(f"Price in {code}", self.add_text, {}, partial(self._add, code), creating=True)

    def _add(self, code: str, values: dict[str, Any]) -> None:
        line = normal(Kind.LINE, values)
        self.relate({f"{self.prefix}:{code}": (None, line)}, f"Added a price in {code}")
