"""A creation whose answer was lost: "was it made?" The person says which of the candidates it is, or none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from crmdesk.crm import requests
from crmdesk.crm.errors import CrmError
from crmdesk.crm.kinds import Kind
from crmdesk.store.words import Op
from crmdesk.ui.jobs.shown import Shown
from crmdesk.ui.widgets import Button, Message, label
from crmdesk.ui.window.dialogs import Dialog

if TYPE_CHECKING:
    from crmdesk.store.rows import PlanRow
    from crmdesk.ui.window.workspace import Desk

NOT_MADE = 1_000_000  # the place of "none of these" among the answers; a group gives ids below zero by itself


class UnsureDialog(Dialog):
    """One question after the other; `settled` after each answer."""

    settled = Signal()

    def __init__(self, desk: Desk, job: int, rows: Sequence[PlanRow], window: QWidget | None) -> None:
        super().__init__(window, "Was it made?", width=500)
        self._desk = desk
        self._job = job
        self._rows = list(rows)
        self._shown = Shown(desk, self)
        self.question = label("", "strong", wrap=True)
        self.about = label("", "muted", wrap=True)
        self.body.addWidget(self.question)
        self.body.addWidget(self.about)
        self._choices = QVBoxLayout()
        self._choices.setSpacing(4)
        self.body.addLayout(self._choices)
        self.answers = QButtonGroup(self)
        self.add_button(Button("Decide &later", self.reject))
        self.go = self.add_button(Button("&That’s it", self._settle, role="primary"))
        self.answers.idToggled.connect(lambda _id, _on: self._allow())
        self._ask()

    @property
    def row(self) -> PlanRow | None:
        """What is asked about now."""
        return self._rows[0] if self._rows else None

    def _ask(self) -> None:
        row = self.row
        if row is None:
            self.accept()
            return
        left = f" ({len(self._rows):,} to say)" if len(self._rows) > 1 else ""
        named = self._shown.record(row.module, row.record_id, row.label)
        self.question.setText(f"{self._shown.one(row.module).capitalize()} {named}{left}")
        self.about.setText(
            f"{self._shown.after(row)}\n\nThe request was sent and its answer was lost. "
            + ("These records look like it:" if row.candidates else "No record like it was found.")
        )
        self._clear()
        for record in row.candidates:
            self._offer(row.module, record)
        self._choice("None of these: it was not made" if row.candidates else "It was not made", NOT_MADE)
        self._allow()

    def _clear(self) -> None:
        for button in self.answers.buttons():
            self.answers.removeButton(button)
        while (item := self._choices.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _choice(self, text: str, place: int) -> QRadioButton:
        button = QRadioButton(text)
        self.answers.addButton(button, place)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(button, 1)
        holder = QWidget()
        holder.setLayout(row)
        self._choices.addWidget(holder)
        return button

    def _offer(self, module: str, record: int) -> None:
        row = self.row
        place = row.candidates.index(record) if row is not None else 0
        button = self._choice(self._shown.record(module, record, ""), place)
        holder = button.parentWidget()
        layout = None if holder is None else holder.layout()
        if layout is not None:
            args = {"module": module, "id": record, "label": ""}
            layout.addWidget(Button("Open", lambda: self._desk.open("record", args), role="link"))
        self._desk.tasks.start(self._name(button, module, record), owner=button)

    async def _name(self, button: QRadioButton, module: str, record: int) -> None:
        """The candidate's name, and since when it is there."""
        spec = self._desk.session.modules.get(module)
        try:
            found = await requests.one(self._desk.session.client, spec, record)
        except CrmError:
            return  # the id stands there already
        made = self._shown.text(module, "created_at", found.fields.get("created_at"))
        name = spec.label(found.fields)
        button.setText(f"{name} ({record}){f', created {made}' if made else ''}".replace("&", "&&"))

    def _allow(self) -> None:
        self.go.setEnabled(self.answers.checkedButton() is not None)

    def _settle(self) -> None:
        row = self.row
        if row is None or self.answers.checkedButton() is None:
            return
        place = self.answers.checkedId()
        record = None if place == NOT_MADE else row.candidates[place]
        self.go.setEnabled(False)
        self._desk.tasks.start(
            self._desk.session.jobs.settle_unsettled(self._job, row.seq, record),
            owner=self,
            title="Noting what became of it",
            on_done=lambda _none: self._settled(made=record is not None),
        )

    def _settled(self, *, made: bool) -> None:
        row = self._rows.pop(0)
        if not made and row.op is Op.CREATE and isinstance(row.after, dict):
            self._stage_again(row)
        self.settled.emit()
        self._ask()

    def _stage_again(self, row: PlanRow) -> None:
        """What was not made is unsaved again: nothing that the person typed is lost."""
        kinds = {name: Kind(kind) for name, kind in json.loads(row.kind or "{}").items()}
        self._desk.session.drafts.stage_new(row.module, row.after, kinds=kinds, label=row.label)
        name = self._shown.record(row.module, None, row.label)
        self._desk.say(Message(f"{name} is unsaved again", "Save it to try once more.", tone="staged"))
