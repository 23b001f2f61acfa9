"""Between what and whom: what reading will take, then how far it is. Reading changes nothing and can be cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from crmdesk.ui.jobs import words
from crmdesk.ui.jobs.flow import stand_on_foot
from crmdesk.ui.widgets import Button, NoteBox, label

if TYPE_CHECKING:
    from crmdesk.planning.collect import Collecting
    from crmdesk.planning.reassign import ReadCost
    from crmdesk.ui.window.workspace import Desk


class ReadingPage(QWidget):
    """Price first, then progress."""

    go = Signal()
    back = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.says = label("", "muted", wrap=True)
        self.price = label("", "heading", wrap=True)
        self.short = NoteBox()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.bar.setAccessibleName("Reading")
        self.figures = label("", "strong")
        self.read = Button("Rea&d the records", self.go.emit, role="primary")
        self.stop = Button("&Cancel", self.back.emit)
        body = QVBoxLayout()
        body.setContentsMargins(22, 22, 22, 14)
        body.setSpacing(12)
        for part in (self.price, self.says, self.short, self.figures, self.bar):
            body.addWidget(part)
        body.addStretch(1)
        middle = QWidget()
        middle.setMaximumWidth(720)
        middle.setLayout(body)
        foot = QHBoxLayout()
        foot.setContentsMargins(22, 10, 22, 10)
        foot.addStretch(1)
        foot.addWidget(self.stop)
        foot.addWidget(self.read)
        stand_on_foot(self, middle, foot)
        self.asking()

    def asking(self) -> None:
        """The price is being asked for."""
        self.price.setText("Looking what reading them will take…")
        self.says.setText("")
        self.short.hide()
        self._moving(0, 0, "")
        self.read.setVisible(False)
        self.stop.setText("&Back")

    def show_price(self, cost: ReadCost) -> None:
        """What reading will take; it waits for the person."""
        state = self._desk.session.budget.state()
        self.price.setText(
            f"Reading takes about {words.requests(cost.requests)}; {state.usable:,} are free now."
            if cost.requests
            else "Nothing has to be read."
        )
        lines = "\n".join(f"{line[:1].upper()}{line[1:]}" for line in cost.text.split("; "))
        self.says.setText(f"{lines}\n\nReading changes nothing in the CRM.")
        if cost.requests > state.usable:
            until = words.moment(state.renews_at) if state.renews_at is not None else "the hour renews"
            self.short.set(
                "More than is free now",
                f"Reading will wait at {until} for the hour to renew, and then go on by itself.",
                "staged",
            )
            self.short.show()
        self.bar.hide()
        self.figures.hide()
        self.read.setVisible(True)
        self.read.setText(f"Rea&d, about {words.requests(cost.requests)}")
        self.read.setFocus()
        self.stop.setText("&Back")

    def reading(self) -> None:
        """Reading has begun."""
        self.price.setText("Reading the records. Nothing is changed in the CRM.")
        self.says.setText("")
        self.short.hide()
        self._moving(0, 0, "Starting…")
        self.read.setVisible(False)
        self.stop.setText("&Cancel")
        self.stop.setFocus()

    def show_progress(self, told: Collecting) -> None:
        """How far reading is."""
        name = self._desk.session.modules.get(told.module).plural
        of = f" of {told.total:,}" if told.total is not None else ""
        self._moving(
            told.looked_at, told.total or 0, f"{name}: {told.looked_at:,}{of} looked at, {told.picked:,} picked"
        )

    def _moving(self, done: int, whole: int, text: str) -> None:
        self.bar.setRange(0, whole)  # without a total it runs to and fro
        self.bar.setValue(min(done, whole))
        self.bar.show()
        self.figures.setText(text)
        self.figures.setVisible(bool(text))
        self.bar.setAccessibleDescription(text)
