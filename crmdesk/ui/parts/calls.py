"""Calls of a record: those that were logged, and logging one, with somebody new, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QComboBox, QWidget

from crmdesk.crm.paging import Record
from crmdesk.crm.values import whole
from crmdesk.ui.editors import EditContext
from crmdesk.ui.parts.activities import OUTCOMES, ActivityView, activity_editor
from crmdesk.ui.parts.entries import Entry
from crmdesk.ui.parts.form import PartForm, Wanted
from crmdesk.ui.parts.page import Place
from crmdesk.ui.widgets import label

NEW_CALLER = ("first_name", "last_name", "work_number", "mobile_number", "company")


class CallForm(PartForm):
    """A call with this record, or with somebody who is not in the CRM yet."""

    def __init__(self, place: Place, wanted: Wanted, context: EditContext) -> None:
        super().__init__(context, wanted, activity_editor)
        self._target = place.target
        self.who: QComboBox | None = None
        self._strangers = [name for name in NEW_CALLER if name in self.editors]
        if place.spec.key == "contacts":
            self.who = QComboBox()
            self.who.setAccessibleName("With")
            self.who.addItem(place.label)
            self.who.addItem("A new contact")
            name = label("With", "muted")
            name.setContentsMargins(0, 5, 0, 0)
            self.grid.addWidget(name, 0, 0)
            self.grid.addWidget(self.who, 0, 1)
            self.who.currentIndexChanged.connect(lambda _at: self._show())
            QWidget.setTabOrder(self.who, next(iter(self.editors.values())))
        self._show()

    @property
    def stranger(self) -> bool:
        """Whether the call was with a new contact."""
        return self.who is not None and self.who.currentIndex() == 1

    def _show(self) -> None:
        for name in self._strangers:
            self.show_field(name, self.stranger)
        given = {"targetable_type": "Contact"} if self.stranger else self._target
        self.wanted = replace(self.wanted, given=given)

    def values(self) -> dict[str, Any]:
        """What is seen; the direction always."""
        found = {name: value for name, value in super().values().items() if not self.editors[name].isHidden()}
        return {**found, "call_direction": bool(self.editors["call_direction"].value())}


class CallsView(ActivityView):
    """Calls that were logged; the API changes none of them."""

    name = "calls"
    rows_module = "phone_calls"
    one = "call"
    add_text = "Log a call"
    fields = ("call_direction", *NEW_CALLER, "outcome_id", "note")
    empty = ("No calls", "Calls are logged on contacts and accounts; CRMDesk does not dial.")

    @property
    def new_title(self) -> str:
        """It was made already; it is written down here."""
        return "A call that was made"

    @property
    def save_text(self) -> str:
        """Nothing is dialled."""
        return "Log the call"

    @property
    def made_text(self) -> str:
        """Nothing was dialled."""
        return "Logged the call"

    def can_add(self) -> bool:
        """The API logs calls with contacts and accounts only."""
        return self.place.spec.key in ("contacts", "sales_accounts")

    def needs(self) -> Sequence[str]:
        """Outcomes, where some are shown."""
        return (OUTCOMES,) if any(row.fields.get("outcome_id") for row in self.records) else ()

    def defaults(self) -> dict[str, Any]:
        """Outgoing, unless it is said."""
        return {"call_direction": False}

    def make_form(self, wanted: Wanted, context: EditContext) -> PartForm:
        """With whom, first of all."""
        return CallForm(self.place, wanted, context)

    def label_of(self, values: Mapping[str, Any]) -> str:
        """With whom."""
        name = " ".join(str(values.get(key) or "") for key in ("first_name", "last_name")).strip()
        return f"with {name or self.place.label}"

    def entry(self, record: Record) -> Entry:
        """Which way, when, how long; the note."""
        held = record.fields
        notes = {row.get("id"): str(row.get("description") or "") for row in self.side.get("notes", ())}
        seconds = whole(held.get("call_duration"))
        outcome = held.get("outcome_id")
        told = [f"{seconds // 60}:{seconds % 60:02d} min" if seconds else "", "logged" if held.get("is_manual") else ""]
        return Entry(
            record.id,
            "Incoming call" if held.get("call_direction") in (True, "incoming") else "Outgoing call",
            self.when(held.get("conversation_time") or held.get("created_at")),
            " · ".join(part for part in told if part),
            notes.get(held.get("note_id"), ""),
            chips=(self.known.names.name(OUTCOMES, outcome),) if outcome else (),
        )
