"""Step 3: how many rows are good, every bad cell with its reason, and what finding the records will take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.planning.import_plan import TRIAL
from crmdesk.ui.jobs.flow import FiguresRow, stand_on_foot
from crmdesk.ui.transfer.bad_cells import BadCells
from crmdesk.ui.widgets import Button, EmptyState, Figure, NoteBox, label

if TYPE_CHECKING:
    from crmdesk.planning.import_plan import Checked
    from crmdesk.planning.reassign import ReadCost
    from crmdesk.ui.window.workspace import Desk


def rows_text(count: int) -> str:
    """ "1 row", "987 rows"."""
    return f"{count:,} row" + ("" if count == 1 else "s")


class CheckPage(QWidget):
    """`trial` for the first rows, `whole` for all at once, `save` for a file of the bad rows, `back` to the columns."""

    trial = Signal()
    whole = Signal()
    save = Signal()
    back = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.good = Figure("Good rows")
        self.bad = Figure("Bad rows")
        self.price = Figure("Finding the records")
        self.figures = FiguresRow((self.good, self.bad, self.price))
        self.reading = label("", "muted", wrap=True)
        self.note = NoteBox()
        self.title = label("", "heading", wrap=True)
        self.cells = BadCells(desk)
        self.fine = EmptyState(
            "Every cell can be imported",
            "The first ten rows are tried alone: look at what became of them before the rest follows.",
            icon=desk.theme.icon("check"),
        )
        self.says = label("", "muted")
        self.save_button = Button("&Save the bad rows…", self.save.emit)
        self.back_button = Button("&Back", self.back.emit)
        self.whole_button = Button("", self.whole.emit)
        self.next = Button("", self.trial.emit, role="primary")
        body = QVBoxLayout()
        body.setContentsMargins(22, 16, 22, 12)
        body.setSpacing(12)
        for part in (self.figures, self.reading, self.note, self.title):
            body.addWidget(part)
        body.addWidget(self.cells, 1)
        body.addWidget(self.fine, 1)
        middle = QWidget()
        middle.setLayout(body)
        foot = QHBoxLayout()
        foot.setContentsMargins(22, 10, 22, 10)
        foot.setSpacing(8)
        foot.addWidget(self.save_button)
        foot.addWidget(self.says, 1)
        for button in (self.back_button, self.whole_button, self.next):
            foot.addWidget(button)
        stand_on_foot(self, middle, foot)

    def show_checked(self, checked: Checked, cost: ReadCost | None, trouble: str, done: int) -> None:
        """Show what came of the check; `trouble`: why records can't be found. `done`: rows of an earlier trial."""
        good, bad = checked.good_rows, checked.bad_rows
        of = f"of {checked.rows:,}"
        self.good.set(f"{good:,}", of, tone="good" if good else "")
        cells = f"{checked.bad_count:,} cell" + ("" if checked.bad_count == 1 else "s")
        self.bad.set(f"{bad:,}", cells if bad else "", tone="warning" if bad else "")
        self._show_price(checked, cost)
        self.figures.relay()
        self._tell(checked, trouble, done)
        self.title.setText("These rows are left out; the others can go on" if good else "No row can be imported")
        self.title.setVisible(bad > 0)
        self.cells.setVisible(bad > 0)
        self.fine.setVisible(bad == 0 and good > 0)
        self.cells.cells.show_checked(checked)
        self.save_button.setVisible(bad > 0 and not good)
        self.says.setText("" if good else "Mend the file, or match its columns otherwise.")
        ready = good > 0 and not trouble
        few = good <= TRIAL
        self.whole_button.setText(f"&Plan all {rows_text(good)}")
        self.whole_button.setVisible(good > TRIAL)
        self.whole_button.setEnabled(ready)
        self.next.setText(f"&Plan {rows_text(good)}" if few else f"&Try the first {TRIAL}")
        self.next.setVisible(good > 0)
        self.next.setEnabled(ready)
        (self.next if ready else self.back_button).setFocus()

    @property
    def few(self) -> bool:
        """So few rows that a trial of them would be all of them."""
        return not self.whole_button.isVisibleTo(self)

    def _show_price(self, checked: Checked, cost: ReadCost | None) -> None:
        self.reading.hide()
        if cost is None or not checked.good_rows:
            self.price.set("–", "")
            return
        self.reading.show()
        state = self._desk.session.budget.state()
        short = cost.requests > state.usable
        note = f"request{'' if cost.requests == 1 else 's'}, of {state.usable:,} free now"
        self.price.set(
            f"{cost.requests:,}", note if cost.requests else "nothing is read", tone="warning" if short else ""
        )
        self.reading.setText(f"{cost.text[:1].upper()}{cost.text[1:]}.")

    def _tell(self, checked: Checked, trouble: str, done: int) -> None:
        missing = checked.missing_for_new
        if trouble:
            self.note.set("The records can't be found so", trouble, "warning")
        elif done:
            self.note.set(f"{rows_text(done)} of the trial are in the CRM already", "They are not made again.", "info")
        elif missing and checked.good_rows:
            named = ", ".join(missing[:5])
            told = "Rows whose record is not found will fail; the others can be changed."
            self.note.set(f"No column for {named}", told, "staged")
        self.note.setVisible(bool(trouble or done or (missing and checked.good_rows)))
