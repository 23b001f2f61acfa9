"""Before you start: what can't be taken back, which account it is, and the number to type for a large plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from crmdesk.ui.jobs import words
from crmdesk.ui.reassign.reckon import must_be_typed, typed_number
from crmdesk.ui.widgets import NoteBox, SectionTitle, label
from crmdesk.ui.widgets.basics import restyle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmdesk.ui.window.workspace import Desk

FOLLOWS = "The account’s workflows may run and new owners may get e-mails; an undo does not take those back."
PART_ONLY = (
    "The key is not an administrator's: it sees only what its user may see, so records of others may be missing here."
)


class BeforeYouStart(QWidget):
    """`confirmed` says whether the plan may start; `start_wanted` when Enter is pressed in the number's field."""

    changed = Signal()
    start_wanted = Signal()

    def __init__(self, desk: Desk, *, of: str = "records") -> None:
        """`of`: what is counted, records or changes."""
        super().__init__()
        self._desk = desk
        self._of = of
        self._records = 0
        self._plan: int | None = None
        self._asks = False
        self.follows = label(FOLLOWS, "muted", wrap=True)
        self.part_only = NoteBox("Only a part is seen", PART_ONLY, "staged")
        self.part_only.hide()
        self.doubtful = NoteBox()
        self.doubtful.hide()
        self.account = NoteBox()
        self.number = QLineEdit()
        self.number.setMaximumWidth(round(130 * desk.theme.base / 12))
        self.number.setAccessibleName(f"The number of {of}, to be typed before the plan starts")
        self.number.textChanged.connect(lambda _text: self._typed())
        self.number.returnPressed.connect(self.start_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(SectionTitle("Before you start"))
        for part in (self.follows, self.part_only, self.doubtful, self.account, self.number):
            column.addWidget(part)

    @property
    def confirmed(self) -> bool:
        """Whether the number was typed, where it is asked for."""
        return self._records > 0 and (not self._asks or typed_number(self.number.text()) == self._records)

    def show_plan(self, plan_id: int, records: int, doubtful: Sequence[tuple[str, int]]) -> None:
        """Say what holds for a plan of so many records; another plan or number must be typed anew."""
        if (plan_id, records) != (self._plan, self._records):
            self.number.clear()
        self._plan, self._records = plan_id, records
        production = self._desk.production
        self._asks = must_be_typed(records, production=production)
        name = self._desk.account_name
        about = f"{name} is a production account." if production else f"Account: {name}"
        ask = f"Type the number of {self._of} to start." if self._asks else ""
        self.account.set(about, ask, "warning" if production else "")
        self.account.setStyleSheet(f'QFrame[role="note"] {{ border-left-color: {self._desk.account_color}; }}')
        self.number.setVisible(self._asks)
        self.number.setPlaceholderText(str(records))
        self._show_doubtful(doubtful)
        self._typed()

    def show_part_only(self, part: bool) -> None:
        """Whether the key is known to see only a part."""
        self.part_only.setVisible(part)

    def _show_doubtful(self, doubtful: Sequence[tuple[str, int]]) -> None:
        self.doubtful.setVisible(bool(doubtful))
        if not doubtful:
            return
        named = "; ".join(f"{words.records(count)} to {name}" for name, count in doubtful[:5])
        more = f"; and to {len(doubtful) - 5} more" if len(doubtful) > 5 else ""
        self.doubtful.set(
            "Some go back to users who are inactive or gone",
            f"{named}{more}. Where the CRM refuses that, the records stay as they are and the report says so.",
            "staged",
        )

    def _typed(self) -> None:
        wrong = bool(self.number.text().strip()) and typed_number(self.number.text()) != self._records
        if self.number.property("wrong") != wrong:
            self.number.setProperty("wrong", wrong)
            restyle(self.number)
        self.changed.emit()
