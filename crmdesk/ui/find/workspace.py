"""The tab that searches the whole CRM: a field, and what was found below it, by keyboard or mouse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHBoxLayout, QLineEdit, QListView, QStackedWidget, QVBoxLayout

from crmdesk.config.errors import CrmDeskError
from crmdesk.crm.errors import CrmError
from crmdesk.crm.search import Hit
from crmdesk.session import RecordsChanged
from crmdesk.ui.commands import Command
from crmdesk.ui.find.narrow import ModuleChips
from crmdesk.ui.find.results import HitDelegate, Results
from crmdesk.ui.find.searching import LEAST_LETTERS, MOST_HITS, Searching
from crmdesk.ui.widgets import EmptyState, Line, label
from crmdesk.ui.window.workspace import Desk, Workspace

MOVES = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}


class FindWorkspace(Workspace):
    """One request a search; the answer stays until records are changed."""

    def __init__(self, desk: Desk, text: str = "") -> None:
        super().__init__(desk)
        self.searching = Searching(desk, self)
        self.results = Results()
        self.results.setParent(self)
        self.field = QLineEdit()
        self.field.setPlaceholderText("Search contacts, accounts, deals and custom modules")
        self.field.setAccessibleName("Search the whole CRM")
        self.field.setClearButtonEnabled(True)
        self.field.setMaximumWidth(560)
        self._note = label("", "muted")
        self.chips = ModuleChips(self.searching.modules)
        self.chips.chosen.connect(self._narrow)
        self.list = self._make_list()
        self._stack = QStackedWidget()
        self._stack.setProperty("ground", "surface")
        self._state = EmptyState("", "", icon=desk.theme.icon("search"))
        self._failure_shown = False
        self._lay_out()
        self.searching.began.connect(lambda: self._note.setText("Searching…"))
        self.searching.found.connect(self._show)
        self.searching.failed.connect(self._failed)
        self.field.textChanged.connect(self._typed)
        self.field.installEventFilter(self)
        self._unsubscribe = desk.session.subscribe(self._announced)
        self.setFocusProxy(self.field)
        self._hint()
        self.field.setText(text)

    def _make_list(self) -> QListView:
        found = QListView()
        found.setAccessibleName("What was found")
        found.setModel(self.results)
        custom = {spec.key: spec.custom for spec in self.desk.session.modules.all()}
        self._delegate = HitDelegate(self.desk.theme, custom)
        found.setItemDelegate(self._delegate)
        found.setFrameShape(QFrame.Shape.NoFrame)
        found.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        found.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        found.setProperty("ground", "surface")
        found.doubleClicked.connect(self._open_index)
        found.installEventFilter(self)
        return found

    def _lay_out(self) -> None:
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout()
        row.setContentsMargins(12, 8, 12, 6)
        row.setSpacing(12)
        row.addWidget(self.field, 3)
        row.addWidget(self._note, 2)
        self._stack.addWidget(self._state)
        self._stack.addWidget(self.list)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        below = QHBoxLayout()
        below.setContentsMargins(12, 0, 12, 8)
        below.addWidget(self.chips)
        column.addLayout(below)
        column.addWidget(Line())
        column.addWidget(self._stack, 1)

    # -- what the window asks ----------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """`Search`, with the words."""
        words = self.searching.words
        return f"Search · {words}" if words else "Search"

    def memory(self) -> Mapping[str, Any]:
        """The words."""
        return {"text": self.searching.words}

    def asked(self, args: Mapping[str, Any]) -> None:
        """Search for other words, in the same tab."""
        if args.get("text"):
            self.field.setText(str(args["text"]))
        self.shown()

    def shown(self) -> None:
        """The keyboard goes to the field."""
        self.field.setFocus()
        self.field.selectAll()

    def commands(self) -> Sequence[Command]:
        """Open what was found, and ask again."""

        def on_hit() -> bool:
            return self.current is not None

        return (
            Command("find.again", "Search again", self.ask_again, "View", "F5", "refresh", 1),
            Command("find.open", "Open the record", self.open_current, "Record", "", "open", 1, enabled=on_hit),
        )

    def back_online(self) -> None:
        """What could not be asked is asked again."""
        if self._failure_shown:
            self.searching.ask()

    def closed(self) -> None:
        """No more requests."""
        self._unsubscribe()

    def _announced(self, told: object) -> None:
        """Records were changed: what is shown follows what was written, at no cost."""
        if isinstance(told, RecordsChanged):
            words = self.searching.words
            if self.results.hits and not self.searching.busy:
                self.searching.typed(words)
            self.searching.forget()

    # -- searching -----------------------------------------------------------------------------------------

    def _typed(self, text: str) -> None:
        self.searching.typed(text)
        self._note.setText("")
        if len(self.searching.words) < LEAST_LETTERS:
            self._hint()
        self.title_changed.emit()

    def ask_again(self) -> None:
        """Ask the CRM anew."""
        self.searching.forget()
        self.searching.ask()

    def _say(self, title: str, text: str, *, failure: bool = False) -> None:
        self._failure_shown = failure
        self._state.set(title, text)
        self._stack.setCurrentWidget(self._state)

    def _hint(self) -> None:
        self.results.show((), ())
        self.chips.clear_counts()
        self._say("Search the whole CRM", f"Type {LEAST_LETTERS} letters or more. Each search is one request.")

    def _narrow(self, only: str | None) -> None:
        self.searching.narrow(only)
        self.field.setFocus()

    def _count(self, hits: list[Hit]) -> None:
        """What the search of everything found, by module; what was written just now counts, too."""
        self.chips.set_modules(self.searching.modules)
        whole = self.searching.whole
        if whole is None:
            self.chips.clear_counts()
            return
        told = hits if self.searching.only is None else whole
        self.chips.show_counts(Counter(hit.module for hit in told), cut=len(whole) >= MOST_HITS)

    def _show(self, words: str, hits: list[Hit]) -> None:
        self.results.show(hits, self.searching.modules)
        self._count(hits)
        count = len(self.results.hits)
        if not count:
            self._note.setText("")
            only = self.searching.only
            there = f" among {self.desk.session.modules.get(only).plural.lower()}" if only is not None else ""
            title = f"Nothing found for “{words}”{there}"
            self._say(title, "The CRM's search lags some seconds behind what is written.")
            return
        self._failure_shown = False
        if count >= MOST_HITS:
            more = "type more, or choose where to search" if self.searching.only is None else "type more"
            self._note.setText(f"The first {count:,}; {more} to find others")
        else:
            self._note.setText(f"{count:,} records" if count != 1 else "1 record")
        self._stack.setCurrentWidget(self.list)
        self._go(self.results.next_hit(-1, 1))

    def _failed(self, error: BaseException) -> None:
        self._note.setText("")
        if isinstance(error, CrmError):
            self.desk.session.heard(error)
        remedy = error.remedy if isinstance(error, CrmDeskError) else ""
        told = [str(error), remedy, "F5 tries again."]
        self._say("The CRM could not be searched", "\n".join(text for text in told if text), failure=True)
        if not isinstance(error, CrmDeskError):
            self.desk.say_error(error, "Searching")

    # -- going through what was found -------------------------------------------------------------------------

    @property
    def current(self) -> Hit | None:
        """The hit that Enter opens."""
        return self.results.hit_at(self.list.currentIndex().row())

    def _go(self, row: int) -> None:
        self.list.setCurrentIndex(self.results.index(row))
        self.list.scrollTo(self.results.index(row))
        self.desk.commands_changed()

    def open_current(self) -> None:
        """The record in a tab of its own."""
        hit = self.current
        if hit is not None:
            self.desk.open("record", {"module": hit.module, "id": hit.id, "label": hit.label})

    def _open_index(self, index: QModelIndex) -> None:
        if self.results.hit_at(index.row()) is not None:
            self.open_current()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows walk through what was found while the keyboard stays in the field; Enter opens, Esc begins anew."""
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_current()
        elif key in MOVES and watched is self.field:
            self._go(self.results.next_hit(self.list.currentIndex().row(), MOVES[key]))
        elif key == Qt.Key.Key_Escape:
            self.searching.only = None
            self.chips.check(None)
            self.field.clear()
            self.field.setFocus()
        elif watched is self.list and event.text().isprintable() and event.text():
            self.field.setFocus()
            self.field.insert(event.text())
        else:
            return False
        return True
