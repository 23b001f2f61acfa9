"""While something is read or written: what, how far, and a button that stops it; before that, what it will cost."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from crmdesk.ui.jobs import words
from crmdesk.ui.jobs.flow import stand_on_foot
from crmdesk.ui.widgets import Button, NoteBox, label

if TYPE_CHECKING:
    from crmdesk.planning.reassign import ReadCost
    from crmdesk.ui.window.workspace import Desk


class WorkPage(QWidget):
    """`go` when the price is agreed to, `stop` when it shall end or not begin."""

    go = Signal()
    stop = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.title = label("", "heading", wrap=True)
        self.says = label("", "muted", wrap=True)
        self.short = NoteBox()
        self.figures = label("", "strong", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        body = QVBoxLayout()
        body.setContentsMargins(22, 22, 22, 14)
        body.setSpacing(12)
        for part in (self.title, self.says, self.short, self.figures, self.bar):
            body.addWidget(part)
        body.addStretch(1)
        middle = QWidget()
        middle.setMaximumWidth(720)
        middle.setLayout(body)
        self.stop_button = Button("&Cancel", self.stop.emit)
        self.go_button = Button("&Continue", self.go.emit, role="primary")
        foot = QHBoxLayout()
        foot.setContentsMargins(22, 10, 22, 10)
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(self.stop_button)
        foot.addWidget(self.go_button)
        stand_on_foot(self, middle, foot)
        self.begin("")

    def begin(self, title: str, says: str = "") -> None:
        """Something has begun; how far it will go is not known yet."""
        self.title.setText(title)
        self.says.setText(says)
        self.says.setVisible(bool(says))
        self.short.hide()
        self.go_button.hide()
        self.stop_button.setText("&Cancel")
        self.stop_button.setEnabled(True)
        self.bar.setAccessibleName(title)
        self.bar.show()
        self.tell(0, None, "")

    def tell(self, done: int, total: int | None, text: str, *, waiting_until: datetime | None = None) -> None:
        """How far it is; without a total the bar runs to and fro."""
        self.bar.setRange(0, total or 0)
        self.bar.setValue(min(done, total or 0))
        self.figures.setText(text)
        self.figures.setVisible(bool(text))
        self.bar.setAccessibleDescription(text)
        if waiting_until is not None:
            until = words.moment(waiting_until)
            self.short.set(
                f"Waiting until {until}", "The hour's requests are used up; it goes on by itself then.", "staged"
            )
        self.short.setVisible(waiting_until is not None)

    def show_price(self, doing: str, cost: ReadCost, button: str) -> None:
        """What it will take; it waits for the person."""
        state = self._desk.session.budget.state()
        self.title.setText(f"{doing} takes about {words.requests(cost.requests)}; {state.usable:,} are free now.")
        lines = "\n".join(f"{line[:1].upper()}{line[1:]}." for line in cost.text.split("; "))
        self.says.setText(f"{lines}\n\nReading changes nothing in the CRM.")
        self.says.show()
        self.figures.hide()
        self.bar.hide()
        short = cost.requests > state.usable
        if short:
            until = words.moment(state.renews_at) if state.renews_at is not None else "the hour's end"
            self.short.set(
                "More than is free now", f"Reading will wait until {until} and then go on by itself.", "staged"
            )
        self.short.setVisible(short)
        self.go_button.setText(button)
        self.go_button.show()
        self.go_button.setFocus()
        self.stop_button.setText("&Back")
        self.stop_button.setEnabled(True)

    def finishing(self, text: str) -> None:
        """It can't be stopped any more."""
        self.tell(0, None, text)
        self.stop_button.setEnabled(False)
