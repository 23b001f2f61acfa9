"""The plan of edits: how many, at what cost, can it be undone; collisions, every change, requests, what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.config.times import now
from crmdesk.store.words import Op
from crmdesk.ui.jobs import words
from crmdesk.ui.jobs.flow import FiguresRow, stand_on_foot
from crmdesk.ui.jobs.grid import Cell, Column, Grid
from crmdesk.ui.reassign.before import BeforeYouStart
from crmdesk.ui.reassign.reckon import done_about
from crmdesk.ui.reassign.whom_page import LEFT_OUT_COLUMNS
from crmdesk.ui.review.changes_table import ChangesTable
from crmdesk.ui.review.collisions import CollisionPart
from crmdesk.ui.review.facts import REQUESTS_SHOWN
from crmdesk.ui.widgets import BesidePage, Button, Figure, Line, NoteBox, label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmdesk.changes.plan import LeftOut
    from crmdesk.ui.jobs.shown import Shown
    from crmdesk.ui.review.facts import EditFacts
    from crmdesk.ui.window.workspace import Desk

SIDE_BY_SIDE_FROM = 900
RIGHT = 280
REQUEST_COLUMNS = (Column("Request", 0), Column("Records", 80, right=True))
VERBS: Mapping[str, str] = {
    "edit": "&Save",
    "delete": "&Delete",
    "restore": "&Restore",
    "forget": "&Forget for good",
    "create": "&Create",
    "clone": "&Copy",
    "undo": "Give &back",
    "retry": "Tr&y again with",
    "import": "&Import",
}
OF_RECORDS = ("delete", "restore", "forget", "create", "clone", "import")  # kinds whose changes are whole records

HARMFUL = ("delete", "forget")  # kinds whose button warns in every account


def button_text(kind: str, count: int) -> str:
    """What the button that starts a plan says: it names the number."""
    counted = words.records(count) if kind in OF_RECORDS else words.changes(count)
    return f"{VERBS.get(kind, '&Save')} {counted}"


class Parts(QWidget):
    """A few tables in one place, chosen by buttons that tell how much is in each."""

    def __init__(self, parts: Mapping[str, QWidget]) -> None:
        super().__init__()
        self.stack = QStackedWidget()
        self.buttons: dict[str, Button] = {}
        group = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(4)
        for name, part in parts.items():
            button = Button(name, lambda part=part: self.stack.setCurrentWidget(part), role="quiet")  # type: ignore[misc]
            button.setCheckable(True)
            button.toggled.connect(lambda on, button=button: button.set_role("plain" if on else "quiet"))
            group.addButton(button)
            row.addWidget(button)
            self.buttons[name] = button
            self.stack.addWidget(part)
        row.addStretch(1)
        self._parts = dict(parts)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.stack, 1)

    def show_count(self, name: str, count: str, *, there: bool = True) -> None:
        """Tell how much is in a part; one with nothing in it has no button."""
        self.buttons[name].setText(f"{name} {count}".strip())
        self.buttons[name].setVisible(there)
        if not there and self.stack.currentWidget() is self._parts[name]:
            self.choose(next(other for other in self._parts if other != name))

    def choose(self, name: str) -> None:
        """Bring a part to the front."""
        self.buttons[name].setChecked(True)
        self.stack.setCurrentWidget(self._parts[name])

    @property
    def front(self) -> str:
        """The part in front."""
        return next(name for name, part in self._parts.items() if part is self.stack.currentWidget())


class EditPlanPage(BesidePage):
    """Shows a plan of edits; `save` when it shall be run, with every collision decided."""

    save = Signal()
    back = Signal()
    look = Signal()
    write = Signal()

    def __init__(self, desk: Desk, shown: Shown) -> None:
        super().__init__()
        self._desk = desk
        self._shown = shown
        self._facts: EditFacts | None = None
        self._busy = False
        self._stale = False
        self._make_parts()
        self._lay_out()
        self._tick = QTimer(self)
        self._tick.setInterval(5000)
        self._tick.timeout.connect(self._show_figures)
        self._tick.start()

    def _make_parts(self) -> None:
        theme = self._desk.theme
        self.changes = Figure("Changes")
        self.requests = Figure("Requests")
        self.done = Figure("Done about")
        self.undo = Figure("Can be undone")
        self.figures = FiguresRow((self.changes, self.requests, self.done, self.undo))
        self.trouble = NoteBox()
        self.trouble.hide()
        self.collisions = CollisionPart(theme, self._shown)
        self.collisions.chosen.connect(self._chosen)
        self.rows = ChangesTable(self._desk, self._shown)
        self.request_lines = Grid(theme, "Requests that saving sends", REQUEST_COLUMNS)
        self.left_out = Grid(theme, "Left out", LEFT_OUT_COLUMNS)
        self.parts = Parts(
            {
                "Collisions": self.collisions,
                "Changes": self.rows,
                "Requests": self.request_lines,
                "Left out": self.left_out,
            }
        )
        self.before = BeforeYouStart(self._desk, of="changes")
        self.before.changed.connect(self._allow)
        self.before.start_wanted.connect(self._save_if_allowed)
        self.look_button = Button("&Look through rows", self.look.emit)
        self.write_button = Button("Save &plan…", self.write.emit)
        self.says = label("", "muted")
        self.back_button = Button("&Back", self.back.emit)
        self.save_button = Button("&Save", self.save.emit, role="danger" if self._desk.production else "primary")

    def _lay_out(self) -> None:
        main = QVBoxLayout()
        main.setSpacing(16)
        main.addWidget(self.figures)
        main.addWidget(self.trouble)
        main.addWidget(self.parts, 1)
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(10)
        side.addWidget(self.before)
        side.addStretch(1)
        body = QWidget()
        body.setProperty("ground", "surface")
        body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._both = QBoxLayout(QBoxLayout.Direction.LeftToRight, body)
        self._both.setContentsMargins(22, 16, 22, 16)
        self._both.setSpacing(26)
        self._both.addLayout(main, 1)
        self._rule = Line()
        self._rule.hide()
        self._both.addWidget(self._rule)
        self._both.addWidget(self._side)
        foot = QHBoxLayout()
        foot.setContentsMargins(22, 10, 22, 10)
        foot.setSpacing(8)
        foot.addWidget(self.look_button)
        foot.addWidget(self.write_button)
        foot.addWidget(self.says, 1)
        foot.addWidget(self.back_button)
        foot.addWidget(self.save_button)
        stand_on_foot(self, body, foot)
        self.stand_beside(self._desk.theme, self._both, self._side, wide=SIDE_BY_SIDE_FROM, right=RIGHT)

    # -- what is shown

    def show_plan(self, facts: EditFacts) -> None:
        """Show a plan that was laid out."""
        anew = self._facts is None or self._facts.plan.id != facts.plan.id
        self._facts = facts
        self._stale = False
        self._shown.need(facts.summary.modules)
        self.collisions.show_rows(facts.collisions, anew=anew)
        self.rows.show_plan(facts.plan, facts.summary)
        self.request_lines.rows.set_rows(self._request_cells(facts))
        self.left_out.rows.set_rows([self._left_out_cells(part) for part in facts.left_out])
        self.parts.show_count("Collisions", f"{len(facts.collisions):,}", there=bool(facts.collisions))
        self.parts.show_count("Requests", f"{facts.write:,}", there=bool(facts.requests))
        self.parts.show_count("Left out", "", there=bool(facts.left_out))
        if anew:
            self.parts.choose("Collisions" if facts.collisions else "Changes")
        self.before.show_plan(facts.plan.id, self.to_save, [])
        self.before.follows.setText(self._follows(facts))
        harmful = self._desk.production or facts.summary.kind in HARMFUL
        self.save_button.set_role("danger" if harmful else "primary")
        self.look_button.setText(words.look_through(facts.summary.records))
        self.trouble.hide()
        self._show_figures()
        self._allow()

    @property
    def to_save(self) -> int:
        """How many changes the button will save."""
        return 0 if self._facts is None else self._facts.changes + self.collisions.mine

    def _follows(self, facts: EditFacts) -> str:
        """What an undo can't return, in the plan's own words."""
        if facts.summary.kind == "forget":
            return "It is removed for good; nothing brings it back."
        return f"Undo: {facts.summary.undo_note}."

    def _request_cells(self, facts: EditFacts) -> list[tuple[Cell, ...]]:
        cells: list[tuple[Cell, ...]] = [(Cell(line.text), Cell(f"{line.records:,}")) for line in facts.requests]
        more = facts.write - len(facts.requests)
        if len(facts.requests) >= REQUESTS_SHOWN and more > 0:
            cells.append((Cell(f"and {words.requests(more)} more", tone="muted"), Cell()))
        if facts.follow:
            told = f"and about {words.requests(facts.follow)} to ask what came of them"
            cells.append((Cell(told, tone="muted"), Cell()))
        return cells

    def _left_out_cells(self, part: LeftOut) -> tuple[Cell, ...]:
        return (
            Cell(self._shown.module(part.module)),
            Cell(f"{part.records:,}" if part.records else ""),
            Cell(words.told(part.reason, str), tone="muted"),
        )

    def _show_figures(self) -> None:
        if self._facts is None:
            return
        facts, budget = self._facts, self._desk.session.budget.state()
        of_records = facts.summary.kind in OF_RECORDS
        waits = self.collisions.undecided
        self.changes.set(
            f"{self.to_save:,}",
            f"{waits:,} to decide" if waits else "" if of_records else self._records_note(facts),
            tone="warning" if waits else "",
        )
        to_send = facts.write + facts.follow
        self.requests.set(
            f"{facts.read + to_send:,}",
            self._requests_note(facts),
            tone="warning" if to_send > budget.usable else "",
        )
        total, kept = facts.summary.records, self.to_save
        self.parts.show_count("Changes", f"{total:,}" if kept == total else f"{kept:,} of {total:,}")
        about = done_about(now(), to_send, facts.seconds, budget)
        if not self.to_save:
            self.done.set("–", "decide first" if waits else "nothing to do")
        elif about.waits_until is not None:
            self.done.set(words.moment(about.at), f"waits until {words.moment(about.waits_until)} for requests")
        elif facts.seconds < 60:
            self.done.set(words.length(max(1.0, facts.seconds)), "after the start")
        else:
            self.done.set(words.moment(about.at), f"in {words.length(facts.seconds)}")
        self.undo.set(*_undo_words(facts))
        self.figures.relay()

    def _requests_note(self, facts: EditFacts) -> str:
        """What the requests do; a collision where mine is kept may take one of its own."""
        more = f" to {facts.write + self.collisions.mine:,}" if self.collisions.mine else ""
        asks = f", asks {facts.follow:,}" if facts.follow else ""
        return f"reads {facts.read:,}, writes {facts.write:,}{more}{asks}"

    def _records_note(self, facts: EditFacts) -> str:
        records = sum(cost.records for cost in facts.modules)
        return f"on {words.records(records)}" if records else ""

    # -- what is done

    def busy(self, text: str) -> None:
        """Something is being done with the plan; empty: no more."""
        self._busy = bool(text)
        self.says.setText(text)
        self._allow()

    def tell_trouble(self, title: str, text: str) -> None:
        """Why the plan did not start, calmly and in place."""
        self.trouble.set(title, text, "staged")
        self.trouble.show()

    def tell_stale(self) -> None:
        """What is staged has changed since: saving this plan could do something twice."""
        self._stale = True
        self.tell_trouble("What is unsaved has changed since this plan was made", "Go back and review it again.")
        self._allow()

    def _chosen(self) -> None:
        if self._facts is not None:
            self.before.show_plan(self._facts.plan.id, self.to_save, [])
        self._show_figures()
        self._allow()

    def _allow(self) -> None:
        facts = self._facts
        count = self.to_save
        kind = "edit" if facts is None else facts.summary.kind
        waits = self.collisions.undecided
        nothing = facts is not None and not count and not waits
        self.save_button.setText("&Done" if nothing else button_text(kind, count))
        ready = facts is not None and not self._busy and not waits and not self._stale
        self.save_button.setEnabled(ready and (nothing or self.before.confirmed))
        self.back_button.setEnabled(not self._busy)

    def _save_if_allowed(self) -> None:
        if self.save_button.isEnabled():
            self.save.emit()


def _undo_words(facts: EditFacts) -> tuple[str, str]:
    if facts.summary.kind == "forget":
        return "No", "it is for good"
    partly = any(op in (Op.DELETE, Op.CALL) for op in facts.summary.ops)
    return ("Partly", "see “Before you start”") if partly else ("Yes", "")
