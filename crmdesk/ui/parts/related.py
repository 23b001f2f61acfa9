"""Records that are tied to a record: contacts of a deal, accounts of a contact, deals, the hierarchy, team, lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from crmdesk.crm.kinds import Kind
from crmdesk.crm.paging import Record
from crmdesk.crm.values import NOT_LOADED, whole
from crmdesk.session import RecordsChanged
from crmdesk.ui.browse.values import money_text
from crmdesk.ui.editors.options import Option
from crmdesk.ui.parts.entries import Act, Entry
from crmdesk.ui.parts.page import THERE, PartView
from crmdesk.ui.parts.pick import PickForm

PARENT = "parent_sales_account_id"
DESIGNATIONS = "designations"
ACCOUNTS = "sales_accounts"
LABELLED = {"contacts": "contacts", ACCOUNTS: ACCOUNTS, "products": "products"}  # relations with records: the module


class RelatedView(PartView):
    """Rows that are records with a tab of their own. `prefix`: the relation through which they are tied, if any."""

    prefix = ""
    pick_title = ""

    @property
    def record(self) -> dict[str, Any]:
        """The record that the rows came along with."""
        found = self.side.get("record")
        return found[0] if found and isinstance(found[0], dict) else {}

    def label_of(self, record: Record) -> str:
        """What a row is called."""
        held = record.fields
        text = held.get("display_name") or self.known.spec.label(held)
        return str(text or f"{self.known.spec.singular} {record.id}")

    def open(self, record: Record) -> None:
        """Its own tab."""
        args = {"module": self.rows_module, "id": record.id, "label": self.label_of(record)}
        self.desk.open("record", args)

    def can_change(self) -> bool:
        """Whether rows can be tied to this record and taken off."""
        return bool(self.prefix)

    def can_add(self) -> bool:
        """Only where they can be taken off again, too."""
        return bool(self.add_text) and self.can_change()

    def acts(self, record: Record) -> tuple[Act, ...]:
        """Open; take off."""
        found = [Act("Open", partial(self.open, record), "open")]
        if self.can_change():
            found.append(Act("Remove", partial(self.remove, record), "delete", "Takes it off this record only"))
        return tuple(found)

    def entry(self, record: Record) -> Entry:
        """Name, and what tells it from its namesakes."""
        return Entry(record.id, self.label_of(record), "", _detail(record.fields), acts=self.acts(record))

    def add(self) -> None:
        """Find one."""
        form = PickForm(self.desk, self.pick_title, self.add_text, modules=(self.known.spec,))
        form.submitted.connect(self.add_picked)
        self.show_other(form)

    def arrived(self) -> None:
        """What the rows are called is said elsewhere, too (the history names them)."""
        for row in self.records:
            self.learn(row.id, row.fields.get("display_name") or row.fields.get("name"))

    def learn(self, number: int, name: Any) -> None:
        """A record of this part is called so."""
        if self.prefix and self.prefix in LABELLED and name:
            self.desk.session.labels.learn(LABELLED[self.prefix], number, str(name))

    def add_picked(self, number: int, name: str, _second: object) -> None:
        """Tie it to the record."""
        self.learn(number, name)
        self.relate({f"{self.prefix}:{number}": (None, self.new_line())}, f"Added {name}")

    def new_line(self) -> Any:
        """What a new row is tied with."""
        return True

    def line(self, record: Record) -> Any:
        """What a row is tied with."""
        return True

    def remove(self, record: Record) -> None:
        """Take it off the record; nothing is deleted."""
        edits = {f"{self.prefix}:{record.id}": (self.line(record), None)}
        self.relate(edits, f"Took {self.label_of(record)} off")

    def relate(self, edits: Mapping[str, tuple[Any, Any]], done: str) -> None:
        """Change lines of this record."""
        place = self.place
        self.doer.relate(place.spec.key, place.record_id, edits, place.label, done, self.changed)

    def concerns(self, news: RecordsChanged) -> bool:
        """What was tied to the record elsewhere shows, too."""
        mine = news.module == self.place.spec.key and bool(self.prefix)
        return super().concerns(news) or (mine and (news.ids is None or self.place.record_id in news.ids))


def _detail(held: Mapping[str, Any]) -> str:
    told = (held.get("job_title"), held.get("email"), held.get("website"), held.get("city"))
    return " · ".join(str(part) for part in told if part)


class ContactsView(RelatedView):
    """Contacts of a deal, which can be added and taken off; those of an account."""

    name = rows_module = "contacts"
    prefix = "contacts"
    add_text = "Add contact"
    pick_title = "Add a contact to the deal"
    empty = ("No contacts", "Contacts that are tied to this record stand here.")

    def can_change(self) -> bool:
        """The contacts of an account are changed from the contacts."""
        return self.place.spec.key == "deals"


class DealsView(RelatedView):
    """Deals of a contact or an account."""

    name = rows_module = "deals"
    empty = ("No deals", "Deals of this record stand here.")
    add_text = "New deal"

    def can_add(self) -> bool:
        """A new deal can be begun with its account."""
        return self.place.spec.key == ACCOUNTS

    def add(self) -> None:
        """The form of a new deal of this account."""
        self.desk.open("new", {"module": "deals", "values": {"sales_account_id": self.place.record_id}})

    def needs(self) -> Sequence[str]:
        """Stages and the currency."""
        return ("deal_pipelines", "deal_stages", "currencies") if self.records else ()

    def entry(self, record: Record) -> Entry:
        """Name, amount, stage."""
        held, names = record.fields, self.known.names
        amount = held.get("amount")
        stage = held.get("deal_stage_id")
        told = [names.name("deal_stages", stage) if stage else "", self.when(held.get("expected_close"))]
        side = money_text(amount, names.currency(held)) if amount not in (None, "") else ""
        return Entry(
            record.id, self.label_of(record), side, " · ".join(part for part in told if part), acts=self.acts(record)
        )


class AccountsView(RelatedView):
    """Accounts of a contact, one of them the primary one; the account of a deal."""

    name = "accounts"
    rows_module = ACCOUNTS
    prefix = ACCOUNTS
    add_text = "Add account"
    pick_title = "Add an account to the contact"
    empty = ("No account", "Accounts that this record belongs to stand here.")

    def can_change(self) -> bool:
        """The account of a deal is one of its fields."""
        return self.place.spec.key == "contacts"

    def line(self, record: Record) -> Any:
        """Primary or not."""
        return {"is_primary": record.fields.get("is_primary") is True}

    def new_line(self) -> Any:
        """The first is the primary one."""
        return {"is_primary": not self.records}

    def acts(self, record: Record) -> tuple[Act, ...]:
        """The primary one can be another."""
        found = super().acts(record)
        if not self.can_change() or record.fields.get("is_primary") is True:
            return found
        return (found[0], Act("Make primary", partial(self.make_primary, record)), *found[1:])

    def make_primary(self, record: Record) -> None:
        """The CRM takes the mark from the old one: both are changed."""
        edits: dict[str, tuple[Any, Any]] = {
            f"{self.prefix}:{old.id}": (self.line(old), {"is_primary": False})
            for old in self.records
            if old.fields.get("is_primary") is True
        }
        edits[f"{self.prefix}:{record.id}"] = (self.line(record), {"is_primary": True})
        self.relate(edits, f"{self.label_of(record)} is the primary account")

    def entry(self, record: Record) -> Entry:
        """Name; the primary one says so."""
        primary = self.can_change() and record.fields.get("is_primary") is True
        return Entry(
            record.id,
            self.label_of(record),
            "",
            _detail(record.fields),
            chips=("Primary",) if primary else (),
            acts=self.acts(record),
        )


class HierarchyView(RelatedView):
    """The account above, and those below."""

    name = "hierarchy"
    rows_module = ACCOUNTS
    add_text = "Add child account"
    pick_title = "Which account lies below this one?"
    empty = ("No parent, no children", "An account's parent is one of its fields; children are added here.")

    def can_change(self) -> bool:
        """A child's parent is one of its fields."""
        return True

    def entries(self) -> list[Entry]:
        """The parent first."""
        return [*self._parent(), *super().entries()]

    def count_text(self) -> str:
        """The parent counts, too."""
        return f"{len(self.records) + len(self._parent()):,}" if self.state == THERE else ""

    def _parent(self) -> list[Entry]:
        number = whole(self.record.get(PARENT))
        if number is None:
            return []
        name = self.known.names.name("parent_sales_accounts", number)
        name = name if name != str(number) and name != "…" else f"Account {number}"
        args = {"module": ACCOUNTS, "id": number, "label": name}
        act = Act("Open", lambda: self.desk.open("record", args), "open")
        return [Entry(("parent", number), name, chips=("Parent",), acts=(act,))]

    def entry(self, record: Record) -> Entry:
        """A child."""
        return Entry(
            record.id, self.label_of(record), "", _detail(record.fields), chips=("Child",), acts=self.acts(record)
        )

    def add_picked(self, number: int, name: str, _second: object) -> None:
        """The other account gets this one as its parent."""
        if number == self.place.record_id:
            self.changed(False)
            return
        self._set_parent(number, name, NOT_LOADED, self.place.record_id, f"{name} lies below {self.place.label}")

    def remove(self, record: Record) -> None:
        """The child has no parent any more."""
        name = self.label_of(record)
        self._set_parent(record.id, name, self.place.record_id, None, f"{name} has no parent any more")

    def _set_parent(self, child: int, name: str, before: Any, after: int | None, done: str) -> None:
        kinds = {PARENT: Kind.LOOKUP}
        self.doer.change(ACCOUNTS, child, {PARENT: (before, after)}, kinds, name, done, self.changed)


class DocumentsView(RelatedView):
    """Quotes, invoices and other documents of a deal."""

    name = rows_module = "documents"
    add_text = "New document"
    empty = ("No documents", "A document belongs to one deal and one contact.")

    def can_add(self) -> bool:
        """The form of a new one."""
        return True

    def add(self) -> None:
        """The form of a new document of this deal."""
        self.desk.open("new", {"module": "documents", "values": {"deal_id": self.place.record_id}})

    def entry(self, record: Record) -> Entry:
        """Name, type, stage, amount."""
        held = record.fields
        told = (held.get("document_type"), held.get("stage"), held.get("document_number"))
        amount = held.get("amount")
        side = money_text(amount, str(held.get("currency_code") or "")) if amount not in (None, "") else ""
        meta = " · ".join(str(part) for part in told if part)
        return Entry(record.id, self.label_of(record), side, meta, acts=self.acts(record))


class TeamView(RelatedView):
    """Who works on the record beside its owner, and as what."""

    name = "team"
    rows_module = ""
    prefix = "team"
    add_text = "Add member"
    empty = ("Nobody but the owner", "Members of a team have a designation and see the record.")

    def needs(self) -> Sequence[str]:
        """Users and designations."""
        return ("owners", DESIGNATIONS)

    def label_of(self, record: Record) -> str:
        """The member's name."""
        return self.user(whole(record.fields.get("user_id"))) or str(record.id)

    def line(self, record: Record) -> Any:
        """The designation; True where it is not known."""
        held = record.fields.get("designation_id")
        return True if held is None else held

    def entry(self, record: Record) -> Entry:
        """Name and designation."""
        held = record.fields.get("designation_id")
        told = self.known.names.name(DESIGNATIONS, held) if held is not None else "designation not told"
        acts = (
            Act("Change", partial(self._change, record), "edit"),
            Act("Remove", partial(self.remove, record), "delete"),
        )
        return Entry(record.id, self.label_of(record), "", told, acts=acts)

    def add(self) -> None:
        """Pick a user and a designation."""
        self._with_names(lambda: self._pick(None))

    def _change(self, record: Record) -> None:
        self._with_names(lambda: self._pick(record))

    def _with_names(self, go_on: Any) -> None:
        self.desk.tasks.start(
            self.desk.session.directory.load(("owners", DESIGNATIONS)),
            owner=self,
            title="Reading the users",
            on_done=lambda _none: go_on(),
        )

    def _pick(self, record: Record | None) -> None:
        directory = self.desk.session.directory
        there = {row.id for row in self.records}
        users = [
            Option(owner.id, owner.name, owner.email)
            for owner in directory.owners
            if (owner.active and owner.id not in there) or (record is not None and owner.id == record.id)
        ]
        second = [(str(item.get("name") or item.get("id")), item.get("id")) for item in directory.items(DESIGNATIONS)]
        title = "Add a member" if record is None else f"What {self.label_of(record)} does in the team"
        add = self.add_text if record is None else "Save"
        form = PickForm(self.desk, title, add, options=users, second=second, second_name="Designation")
        form.submitted.connect(self.add_picked if record is None else partial(self._designate, record))
        self.show_other(form)
        if record is not None:
            form.take(next(option for option in users if option.value == record.id))
            form.second.setCurrentIndex(max(0, form.second.findData(record.fields.get("designation_id"))))

    def add_picked(self, number: int, name: str, second: object) -> None:
        """A new member."""
        self.relate({f"team:{number}": (None, True if second is None else second)}, f"{name} is in the team")

    def _designate(self, record: Record, _number: int, name: str, second: object) -> None:
        self.relate({f"team:{record.id}": (self.line(record), second)}, f"{name} has another designation")


class ListsView(RelatedView):
    """The account's marketing lists. The API does not tell which of them hold a contact."""

    name = rows_module = "lists"
    empty = ("No marketing lists", "Lists are made in their own place in the sidebar.")

    def can_add(self) -> bool:
        """Rows are what it can be added to."""
        return False

    def entry(self, record: Record) -> Entry:
        """A list, and the two things that can be done."""
        acts = (
            Act("Add this contact", partial(self._set, record, True), "edit"),
            Act("Take it off", partial(self._set, record, False), "delete"),
        )
        return Entry(record.id, self.label_of(record), acts=acts)

    def below(self) -> str:
        """What the API leaves out."""
        return (
            "The API does not tell which lists hold this contact. Point at a list to add it, or go there with the arrow"
            " keys and press F2; adding it twice changes nothing."
        )

    def _set(self, record: Record, on: bool) -> None:
        name, place = self.label_of(record), self.place
        edits = {f"members:{place.record_id}": (None, True) if on else (True, None)}
        done = f"Added {place.label} to {name}" if on else f"Took {place.label} off {name}"
        self.doer.relate("lists", record.id, edits, name, done, lambda _good: None)


class TimelineView(PartView):
    """What happened to the record in the CRM, newest first."""

    name = "activities"
    empty = ("Nothing happened yet", "The CRM writes here what is done with the record.")

    def _key(self, record: Record) -> object:
        return record.fields.get("composite_id") or record.id

    def entry(self, record: Record) -> Entry:
        """What was done with what, by whom, when."""
        held = record.fields
        what = str(held.get("action_type") or "activity").replace("_", " ").capitalize()
        data = held.get("action_data")
        about = (
            next((str(data[key]) for key in ("title", "name", "description") if data.get(key)), "")
            if isinstance(data, Mapping)
            else ""
        )
        who = self.user(whole(held.get("user_id")))
        meta = " · ".join(part for part in (about, who) if part)
        return Entry(self._key(record), what, self.when(held.get("created_at")), meta)
