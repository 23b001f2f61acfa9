"""The plan: how many, at what cost, until when, can it be undone; who gains and loses; how; what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.config.times import now
from crmdesk.ui.jobs import words
from crmdesk.ui.jobs.flow import FiguresRow, scrolling, stand_on_foot
from crmdesk.ui.jobs.grid import Grid
from crmdesk.ui.reassign.before import BeforeYouStart
from crmdesk.ui.reassign.plan_tables import (
    MODULE_COLUMNS,
    OWNER_COLUMNS,
    doubtful_receivers,
    module_cells,
    owner_cells,
)
from crmdesk.ui.reassign.reckon import done_about
from crmdesk.ui.reassign.whom import WhomPanel
from crmdesk.ui.reassign.whom_page import LEFT_OUT_COLUMNS, left_out_cells
from crmdesk.ui.widgets import BesidePage, Button, Figure, NoteBox, SectionTitle, label

if TYPE_CHECKING:
    from crmdesk.ui.reassign.plan_facts import PlanFacts
    from crmdesk.ui.window.workspace import Desk

SIDE_BY_SIDE_FROM = 1000
RIGHT = 320
EDIT_RESTS_MS = 500
_VERBS = {"handover": "Hand &over", "undo": "Give &back", "retry": "Tr&y again with"}


class PlanPage(BesidePage):
    """Shows a plan; `whom_edited` when the right side says something else, a moment after the last edit."""

    start = Signal()
    look = Signal()
    save = Signal()
    discard = Signal()
    whom_edited = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._facts: PlanFacts | None = None
        self._planning = False
        self._edited = QTimer(self)
        self._edited.setSingleShot(True)
        self._edited.setInterval(EDIT_RESTS_MS)
        self._edited.timeout.connect(self.whom_edited)
        self._make_parts()
        self._lay_out()
        self._tick = QTimer(self)
        self._tick.setInterval(5000)
        self._tick.timeout.connect(self._show_figures)
        self._tick.start()

    def _make_parts(self) -> None:
        theme = self._desk.theme
        self.records = Figure("Records")
        self.requests = Figure("Requests")
        self.done = Figure("Done about")
        self.undo = Figure("Can be undone")
        self.figures = FiguresRow((self.records, self.requests, self.done, self.undo))
        self.trouble = NoteBox()
        self.trouble.hide()
        self.owners = Grid(theme, "Owners, now and then", OWNER_COLUMNS, most=10)
        self.modules = Grid(theme, "Modules and their requests", MODULE_COLUMNS, most=14)
        self.left_out = Grid(theme, "Left out", LEFT_OUT_COLUMNS, most=8)
        self.whom = WhomPanel(self._desk)
        self.whom.changed.connect(self._whom_changed)
        self.before = BeforeYouStart(self._desk)
        self.before.changed.connect(self._allow)
        self.before.start_wanted.connect(self._start_if_allowed)
        self.look_button = Button("&Look through rows", self.look.emit)
        self.save_button = Button("&Save plan…", self.save.emit)
        self.says = label("", "muted")
        self.discard_button = Button("&Discard", self.discard.emit, hint="Forget this plan; nothing was sent")
        self.start_button = Button("Start", self.start.emit, role="danger")

    def _lay_out(self) -> None:
        main = QVBoxLayout()
        main.setSpacing(18)
        main.addWidget(self.figures)
        main.addWidget(self.trouble)
        owners = QVBoxLayout()
        owners.setSpacing(4)
        owners.addWidget(self.owners)
        owners.addWidget(label("“Now” counts the records that were read for this plan.", "small", wrap=True))
        main.addLayout(owners)
        main.addWidget(self.modules)
        main.addWidget(self.left_out)
        main.addStretch(1)
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(10)
        self._whom_title = SectionTitle("To whom")
        side.addWidget(self._whom_title)
        side.addWidget(self.whom)
        side.addSpacing(8)
        side.addWidget(self.before)
        side.addStretch(1)
        body = QWidget()
        self._both = QBoxLayout(QBoxLayout.Direction.LeftToRight, body)
        self._both.setContentsMargins(22, 16, 22, 16)
        self._both.setSpacing(26)
        self._both.addLayout(main, 1)
        self._both.addWidget(self._side)
        foot = QHBoxLayout()
        foot.setContentsMargins(22, 10, 22, 10)
        foot.setSpacing(8)
        foot.addWidget(self.look_button)
        foot.addWidget(self.save_button)
        foot.addWidget(self.says, 1)
        foot.addWidget(self.discard_button)
        foot.addWidget(self.start_button)
        stand_on_foot(self, scrolling(body, "The plan"), foot)
        self.stand_beside(self._desk.theme, self._both, self._side, wide=SIDE_BY_SIDE_FROM, right=RIGHT)

    # -- what is shown

    def show_plan(self, facts: PlanFacts) -> None:
        """Show a plan that was laid out."""
        self._facts = facts
        session = self._desk.session
        kind = facts.summary.kind
        self.owners.rows.set_rows(owner_cells(facts.owners, session.directory))
        order = facts.summary.modules
        costs = sorted(facts.modules, key=lambda cost: order.index(cost.module) if cost.module in order else 99)
        self.modules.rows.set_rows(module_cells(costs, session.modules, closed_deals=facts.closed_deals))
        self.left_out.rows.set_rows(left_out_cells(self._desk, facts.left_out))
        self.left_out.setVisible(bool(facts.left_out))
        own = kind in ("reassign", "handover")
        self._whom_title.setVisible(own)
        self.whom.setVisible(own)
        self.whom.set_records(facts.summary.records - facts.summary.counts["failed"])
        doubtful = doubtful_receivers(facts.owners, session.directory) if not own else []
        self.before.show_plan(facts.plan.id, facts.records, doubtful)
        self.start_button.setText(f"{_VERBS.get(kind, 'Reassi&gn')} {words.records(facts.records)}")
        self.look_button.setText(words.look_through(facts.summary.records))
        self.look_button.setEnabled(facts.summary.records > 0)
        self.save_button.setEnabled(facts.summary.records > 0)
        self.trouble.hide()
        self._show_figures()
        self._allow()

    def _show_figures(self) -> None:
        if self._facts is None:
            return
        facts, budget = self._facts, self._desk.session.budget.state()
        self.records.set(f"{facts.records:,}")
        tone = "warning" if facts.requests > budget.usable else ""
        self.requests.set(f"{facts.requests:,}", f"of {budget.usable:,} free now", tone=tone)
        about = done_about(now(), facts.requests, facts.seconds, budget)
        if not facts.records:
            self.done.set("–", "nothing to do")
        elif about.waits_until is None and facts.seconds < 60:
            self.done.set(words.length(max(1.0, facts.seconds)), "after the start")
        elif about.waits_until is None:
            self.done.set(words.moment(about.at), f"in {words.length(max(1.0, facts.seconds))}")
        else:
            self.done.set(words.moment(about.at), f"waits until {words.moment(about.waits_until)} for requests")
        self.undo.set("Yes", "owner only, not e-mails sent")
        self.figures.relay()

    def planning(self, on: bool) -> None:
        """While the plan is laid out anew, or started."""
        self._planning = on
        self.says.setText("Laying the plan out…" if on else "")
        self._allow()

    def tell_trouble(self, title: str, text: str) -> None:
        """Why the plan did not start, calmly and in place."""
        self.trouble.set(title, text, "staged")
        self.trouble.show()

    # -- what is done

    def _whom_changed(self) -> None:
        if self.whom.to_whom() is None:
            self._edited.stop()
        else:
            self._edited.start()
        self._allow()

    def _allow(self) -> None:
        stale = self._edited.isActive() or (self.whom.isVisibleTo(self) and self._nobody())
        ready = self._facts is not None and not self._planning and not stale
        self.start_button.setEnabled(ready and self.before.confirmed)

    def _nobody(self) -> bool:
        return self.whom.to_whom() is None and not self.whom.decided_earlier

    def _start_if_allowed(self) -> None:
        if self.start_button.isEnabled():
            self.start.emit()
