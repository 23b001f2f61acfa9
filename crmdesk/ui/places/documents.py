"""The place of documents: those of a deal that is looked up, and one by its id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.crm.values import whole
from crmdesk.ui.commands import Command
from crmdesk.ui.editors.finding import LEAST, Finder
from crmdesk.ui.editors.options import Option
from crmdesk.ui.editors.picker import Picker
from crmdesk.ui.places.by_id import ByIdField, RestoreById, id_in, restore_by_id
from crmdesk.ui.places.holder import Holder
from crmdesk.ui.places.sources import DealDocuments
from crmdesk.ui.places.table import WithoutBin
from crmdesk.ui.widgets import Button, EmptyState, Line, label
from crmdesk.ui.window.workspace import Desk

ABOUT = (
    "The CRM’s API does not list documents. Pick a deal above to see its documents, or open one by its id: the "
    "number at the end of its address in the browser."
)


class DocumentsTable(WithoutBin):
    """The documents of one deal; a new one is that deal's."""

    def __init__(self, desk: Desk, source: DealDocuments) -> None:
        super().__init__(desk, source)
        self.toolbar.new.disconnect()
        self.toolbar.new.connect(lambda: new_document(desk, source.deal))


def new_document(desk: Desk, deal: int | None) -> None:
    """A new document, of a deal if there is one."""
    args: dict[str, Any] = {"module": "documents"}
    desk.open("new", args if deal is None else {**args, "values": {"deal_id": deal}})


class DocumentsPlace(Holder):
    """A line that finds a deal, or takes a document's id; the deal's documents below."""

    def __init__(self, desk: Desk, deal: int | None = None, name: str = "") -> None:
        super().__init__(desk)
        modules = desk.session.modules
        self.spec, self._deals = modules.get("documents"), modules.get("deals")
        self.deal, self._name = deal, name
        self.finder = Finder(desk, (self._deals,), self)
        self.picker = Picker(desk.theme, "search")
        self.by_id = ByIdField(self.spec)
        self._note = label("", "muted")
        self._empty = EmptyState(
            "Documents are reached through their deal",
            ABOUT,
            Button("Find a deal", self.find_deal, role="primary"),
            icon=desk.theme.icon("documents"),
        )
        self._lay_out()
        self.picker.wanted.connect(self._wanted)
        self.picker.picked.connect(self._picked)
        self.picker.returnPressed.connect(self._entered)
        self.finder.found.connect(self._found)
        self.finder.failed.connect(self._failed)
        self.by_id.opened.connect(self._open)
        self._show()

    def _lay_out(self) -> None:
        self.picker.setPlaceholderText("Find a deal by name, or give its id")
        self.picker.setAccessibleName("Deal whose documents are shown")
        self.picker.setFixedWidth(300)
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(8)
        row.addWidget(label("Documents of", "muted"))
        row.addWidget(self.picker)
        row.addWidget(self._note, 1)
        row.addWidget(self.by_id)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(Line())
        column.addWidget(self.place, 1)

    # -- finding the deal ------------------------------------------------------------------------

    def find_deal(self) -> None:
        """The keyboard goes to the line that finds a deal."""
        self.picker.setFocus()
        self.picker.selectAll()

    def _wanted(self, text: str) -> None:
        self._note.setText("")
        self.finder.want(text)
        if len(text) < LEAST:
            self.picker.close_list()

    def _found(self, text: str, options: list[Option]) -> None:
        self.picker.offer(options)
        if not options:
            self._note.setText(f"No deal found for “{text}”; the search lags some seconds behind.")

    def _failed(self, _text: str, error: BaseException) -> None:
        self._note.setText("Deals could not be searched.")
        self.desk.say_error(error, "Searching deals")

    def _picked(self, option: Option) -> None:
        self.show_deal(int(option.value), option.label)

    def _entered(self) -> None:
        """An id was typed in place of a name."""
        deal = id_in(self.picker.text())
        if deal is not None and not self.picker.list_open:
            self.show_deal(deal, "")

    def show_deal(self, deal: int, name: str) -> None:
        """The documents of this deal: one request."""
        self.finder.stop()
        self.deal, self._name = deal, name
        self._note.setText("")
        self._show()
        self.shown()

    def _show(self) -> None:
        self.picker.close_list()
        if self.deal is None:
            self.show_instead(self._empty)
            return
        name = self._name or f"Deal {self.deal}"
        self.picker.show_label(name)
        self.hold(
            DocumentsTable(self.desk, DealDocuments(self.spec, f"deal:{self.deal}", name, (), self._deals, self.deal))
        )

    def _open(self, record_id: int) -> None:
        self.desk.open("record", {"module": self.spec.key, "id": record_id, "label": ""})

    # -- what the window asks ----------------------------------------------------------------------

    @property
    def title(self) -> str:
        """`Documents`, with the deal whose they are."""
        of = f" · {self._name or self.deal}" if self.deal is not None else ""
        return f"{self.spec.plural}{of}{self.staged_mark}"

    def memory(self) -> Mapping[str, Any]:
        """Enough to open it again."""
        base = {"module": self.spec.key, "view_id": "", "view_name": self.spec.plural}
        return base if self.deal is None else {**base, "deal": self.deal, "deal_name": self._name}

    def asked(self, args: Mapping[str, Any]) -> None:
        """Another deal, in the same tab."""
        deal = whole(args.get("deal"))
        if deal is not None and deal != self.deal:
            self.show_deal(deal, str(args.get("deal_name") or ""))

    def shown(self) -> None:
        """The keyboard goes to the rows, or to what finds them."""
        if self.work is None:
            self.find_deal()
        else:
            super().shown()

    def own_commands(self) -> Sequence[Command]:
        """By deal, by id; a new one belongs to the deal that is shown."""
        return (
            Command("documents.new", "New document", self.new, "Record", "Ctrl+N", "plus"),
            Command("documents.deal", "Documents of a deal", self.find_deal, "Record", "Ctrl+Shift+D", "search"),
            Command("documents.by_id", "Open a document by id", self.by_id.setFocus, "Record", "Ctrl+G"),
            Command("documents.restore_by_id", "Restore documents by id…", self.restore_by_id, "Record", icon="undo"),
            Command(
                "documents.open_deal",
                "Open the deal",
                self.open_deal,
                "Record",
                icon="deals",
                enabled=lambda: self.deal is not None,
            ),
        )

    def restore_by_id(self) -> RestoreById:
        """Bring back deleted documents, which the API lists nowhere."""
        return restore_by_id(self.desk, self.spec, self)

    def new(self) -> None:
        """A new document, of the deal that is shown."""
        new_document(self.desk, self.deal)

    def open_deal(self) -> None:
        """The deal whose documents are shown."""
        if self.deal is not None:
            self.desk.open("record", {"module": "deals", "id": self.deal, "label": self._name})
