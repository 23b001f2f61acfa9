"""One part of a record on the screen: read when it is looked at; empty, failing and being read are said plainly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from crmdesk.crm.module_spec import ModuleSpec
from crmdesk.crm.paging import Record
from crmdesk.crm.parts import PARTS, Part, PartPage
from crmdesk.crm.schema import Schema
from crmdesk.session import Announcement, RecordsChanged
from crmdesk.ui.browse.known import Known
from crmdesk.ui.browse.values import date_text, moment_text
from crmdesk.ui.editors import EditContext
from crmdesk.ui.editors.context import person_zone
from crmdesk.ui.parts.doing import Doer, words_of
from crmdesk.ui.parts.entries import Entry, EntryList
from crmdesk.ui.parts.form import PartForm
from crmdesk.ui.parts.pick import PickForm
from crmdesk.ui.parts.states import Bars, Nothing
from crmdesk.ui.widgets import Button, NoteBox, label
from crmdesk.ui.window.workspace import Desk

EDGE = 16
AT_ONCE = 40  # rows that are made; what was read beyond them costs nothing to show
SOON_MS = 150  # several announcements of one job are one reason to read again
NEW, READING, THERE, FAILED = "new", "reading", "there", "failed"


@dataclass(frozen=True)
class Place:
    """The record that the parts belong to."""

    desk: Desk
    spec: ModuleSpec
    record_id: int
    label: str

    @property
    def target(self) -> dict[str, Any]:
        """How an activity says that it belongs to this record."""
        kind = self.spec.target_type or self.spec.one_key
        return {"targetable_type": self.spec.key if self.spec.custom else kind, "targetable_id": self.record_id}


class PartView(QWidget):
    """Sub-classes say what the rows of their part look like and what can be done with them."""

    name = ""  # of the part
    rows_module = ""  # the module of its rows, where it has one
    add_text = ""
    empty = ("Nothing here yet", "")
    counted = Signal()

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.desk = place.desk
        self.part: Part | None = PARTS.get(self.name)
        self.state = NEW
        self.records: list[Record] = []
        self.side: dict[str, list[Any]] = {}
        self.total: int | None = None
        self.more = False
        self.pages = 0
        self.most, self.hidden = AT_ONCE, 0
        self.zone = person_zone()
        self.form: PartForm | PickForm | None = None
        self.doer = Doer(self.desk, self)
        key = self.rows_module or place.spec.key
        self.known = Known(self.desk, self.desk.session.modules.get(key), self)
        self.known.names_arrived.connect(self.fill)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self._read_if_seen)
        self._make()
        leave = self.desk.session.subscribe(self._announced)
        self.destroyed.connect(lambda: leave())

    # -- for the parts -------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """What the part is called."""
        return self.part.label if self.part is not None else self.name

    @property
    def cost(self) -> str:
        """What a look at it costs, and how sure it is."""
        part = self.part
        if part is None:
            return "1 request"
        text = "1 request" if part.requests == 1 else f"{part.requests} requests"
        if part.below or part.name == "lists":
            text += " for 30 rows" if part.name == "activities" else " for 100 rows"
        return f"{text} · not documented for every module" if part.unproven else text

    def entry(self, record: Record) -> Entry:
        """How a row is shown."""
        raise AssertionError(f"{type(self).__name__} shows no rows")

    async def read(self, page: int) -> PartPage:
        """Read a page of rows. Raises CrmError."""
        from crmdesk.crm.parts import read_part

        return await read_part(self.desk.session.client, self.place.spec, self.place.record_id, self.name, page)

    def can_add(self) -> bool:
        """Whether the page has a button to add something."""
        return bool(self.add_text)

    def add(self) -> None:
        """Begin to add something."""

    def below(self) -> str:
        """What stands below the rows, such as totals."""
        return ""

    def entries(self) -> list[Entry]:
        """The rows as they are shown."""
        return [self.entry(record) for record in self.records]

    def needs(self) -> Sequence[str]:
        """Selectors whose names the rows show."""
        return ()

    def user(self, user_id: object) -> str:
        """A user's name, as far as it came along or is known."""
        return self.known.names.owner(user_id) if isinstance(user_id, int) else ""

    def when(self, text: object) -> str:
        """A moment in the person's zone, or a plain date."""
        told = str(text or "")
        return date_text(told) if len(told) == 10 else moment_text(told, self.zone) if told else ""

    # -- the page ------------------------------------------------------------------------------

    def _make(self) -> None:
        theme = self.desk.theme
        self.setAccessibleName(self.title)
        self.heading = label(self.title, "heading")
        self.count = label("", "muted")
        self.add_button = Button(self.add_text, self.add, icon=theme.icon("plus"))
        self.add_button.setVisible(self.can_add())
        self.refresh_button = Button("", self.refresh, role="quiet", icon=theme.icon("refresh"), hint="Read again")
        head = QHBoxLayout()
        head.setContentsMargins(EDGE, 8, 8, 0)
        head.setSpacing(6)
        head.addWidget(self.heading)
        head.addWidget(self.count)
        head.addStretch(1)
        head.addWidget(self.add_button)
        head.addWidget(self.refresh_button)
        self.hint = label(self.cost, "small")
        self.hint.setContentsMargins(EDGE, 0, EDGE, 8)
        if self.part is not None:
            self.hint.setToolTip(f"From {self.part.source}")
        self.list = EntryList(theme, self.title)
        self.bars = Bars(theme)
        self.trouble = NoteBox("", "", "warning")
        self.trouble.body.addWidget(Button("Try again", self.refresh), 0, Qt.AlignmentFlag.AlignLeft)
        self.nothing = Nothing(*self.empty)
        self.more_button = Button("Show more", self._read_more, role="link")
        self.foot = label("", "muted", wrap=True, selectable=True)
        self.foot.setContentsMargins(EDGE, 8, EDGE, 8)
        inside = QWidget()
        inside.setProperty("ground", "surface")
        self.inside = QVBoxLayout(inside)
        self.inside.setContentsMargins(0, 0, 0, 0)
        self.inside.setSpacing(0)
        self.trouble_box, self.more_box = self._boxed(self.trouble), self._boxed(self.more_button)
        for part in (self.trouble_box, self.bars, self.list, self.nothing, self.more_box):
            self.inside.addWidget(part)
        self.inside.addWidget(self.foot)
        self.inside.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidget(inside)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setAccessibleName(self.title)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.hint)
        column.addWidget(self.area, 1)
        theme.changed.connect(self._dress)
        self.draw()

    def _boxed(self, part: QWidget) -> QWidget:
        box = QWidget()
        row = QVBoxLayout(box)
        row.setContentsMargins(EDGE, 8, EDGE, 8)
        row.addWidget(part, 0, Qt.AlignmentFlag.AlignLeft if isinstance(part, Button) else Qt.AlignmentFlag(0))
        return box

    def _dress(self) -> None:
        self.refresh_button.setIcon(self.desk.theme.icon("refresh"))
        self.add_button.setIcon(self.desk.theme.icon("plus"))
        self.fill()

    def fill(self) -> None:
        """Make the rows anew, and show them."""
        entries = self.entries() if self.records or self.state == THERE else []
        self.hidden = max(0, len(entries) - self.most)
        self.list.show_entries(entries[: self.most])
        self.draw()

    def draw(self) -> None:
        """Show what is known now around the rows."""
        there = self.state == THERE
        self.trouble_box.setVisible(self.state == FAILED)
        self.bars.setVisible(self.state in (NEW, READING) and not self.records)
        shown = bool(self.list.rows)
        self.list.setVisible(shown)
        self.nothing.setVisible(there and not shown and self.form is None)
        self.more_box.setVisible(there and (self.more or self.hidden > 0))
        self.more_button.setText("Show more" if self.hidden else "Show more · 1 request")
        foot = self.below() if there else ""
        self.foot.setText(foot)
        self.foot.setVisible(bool(foot))
        self.count.setText(self.count_text())
        self.refresh_button.setEnabled(self.state != READING)
        self.counted.emit()

    def count_text(self) -> str:
        """How many there are, as far as it is known."""
        if self.state != THERE:
            return ""
        count = self.total if self.total is not None and self.total >= len(self.records) else len(self.records)
        return f"{count:,}+" if self.more and self.total is None else f"{count:,}"

    # -- reading -------------------------------------------------------------------------------

    def look(self) -> None:
        """Somebody looks at it: it is read, unless it was."""
        if self.state == NEW:
            self.refresh()

    def refresh(self) -> None:
        """Read it anew, from the first page."""
        if self.state == READING:
            self._soon.start()  # what is on its way may be older than what was done meanwhile
            return
        self._soon.stop()
        self._read(1)

    def _read_more(self) -> None:
        self.most += AT_ONCE
        if self.hidden:
            self.fill()
        else:
            self._read(self.pages + 1)

    def _read(self, page: int) -> None:
        if self.state == READING:
            return
        self.state = READING
        self.draw()

        def done(found: PartPage) -> None:
            self._here(page, found)

        self.desk.tasks.start(self.read(page), owner=self, on_done=done, on_failed=self._failed)

    def _here(self, page: int, found: PartPage) -> None:
        self.desk.session.heard(None)
        if page == 1:
            self.records, self.side = [], {}
        known = {record.id for record in self.records if record.id}
        self.records += [record for record in found.records if record.id not in known]
        for name, rows in found.side.items():
            if isinstance(rows, list):
                self.side.setdefault(name, []).extend(rows)
        self.known.names.learn({name: _dicts(rows) for name, rows in found.side.items()})
        self.total, self.more, self.pages = found.total, found.more, page
        self.state = THERE
        self.arrived()
        self.known.need_names(self.needs())
        self.fill()

    def arrived(self) -> None:
        """Rows came; the parts that need more of them look here."""

    def _failed(self, error: BaseException) -> None:
        message, remedy = words_of(error)
        self.state = FAILED
        self.trouble.set(message, remedy, "warning")
        self.draw()
        from crmdesk.crm.errors import CrmError

        if isinstance(error, CrmError):
            self.desk.session.heard(error)
        else:
            self.desk.say_error(error, f"Reading {self.title.lower()}")

    def _announced(self, announcement: Announcement) -> None:
        if not isinstance(announcement, RecordsChanged) or self.state == NEW:
            return
        if self.concerns(announcement):
            self._soon.start()

    def concerns(self, news: RecordsChanged) -> bool:
        """Whether what was changed may be on this page."""
        if not self.rows_module or news.module != self.rows_module:
            return False
        return news.ids is None or bool((news.ids | news.removed) & {record.id for record in self.records})

    def _read_if_seen(self) -> None:
        if self.state == READING:
            self._soon.start()
        elif self.isVisible():
            self.refresh()
        else:
            self.state = NEW

    def changed(self, good: bool) -> None:
        """Something was done from here."""
        form = self.form
        sent = form is not None and form.busy  # another form may be open by now, with things in it
        if good:
            if sent:
                self.close_form()
            self.refresh()
            return
        if form is not None and sent:
            form.set_busy(False)
            if isinstance(form, PartForm):
                form.note.set("It was not saved", self.doer.reason, "warning")
                form.note.show()
        self.fill()

    # -- the form ------------------------------------------------------------------------------

    def context(self, record: Mapping[str, Any] | None = None, *, creating: bool = False) -> EditContext:
        """What editors of this part's fields need."""
        return EditContext(
            self.desk, self.known.spec, self.known, zone=self.zone, creating=creating, record=record or {}
        )

    def with_schema(self, go_on: Callable[[Schema], object]) -> None:
        """Call `go_on(schema)` as soon as the fields of the rows' module are known."""

        def failed(error: BaseException) -> None:
            self.desk.say_error(error, "Reading the fields", lambda: self.with_schema(go_on))

        def here(schema: Schema) -> None:
            self.known.schema = schema
            go_on(schema)

        self.desk.tasks.start(self.desk.session.schema(self.known.spec.key), owner=self, on_done=here, on_failed=failed)

    def show_form(self, form: PartForm, submit: Callable[[dict[str, Any]], object]) -> PartForm:
        """Show a form above the rows; `submit(values)` is called with what is to be saved."""
        self.close_form()
        self.form = form
        form.submitted.connect(submit)
        form.cancelled.connect(self.close_form)
        self._insert(form)
        return form

    def show_other(self, form: PickForm) -> PickForm:
        """Show a form that picks something; whoever made it listens to it."""
        self.close_form()
        self.form = form
        form.cancelled.connect(self.close_form)
        self._insert(form)
        return form

    def _insert(self, form: PartForm | PickForm) -> None:
        self.inside.insertWidget(0, form)
        form.show()
        self.area.verticalScrollBar().setValue(0)
        form.begin()
        self.draw()

    def close_form(self) -> None:
        """The form goes away; the keyboard returns to the page."""
        form, self.form = self.form, None
        if form is None:
            return
        inside = form.isAncestorOf(self.window().focusWidget() or self)
        form.hide()
        self.inside.removeWidget(form)
        form.deleteLater()
        self.draw()
        if inside:
            button = self.add_button if self.add_button.isVisible() else self.refresh_button
            button.setFocus(Qt.FocusReason.OtherFocusReason)

    def keep(self) -> None:
        """The tab is closed: what was entered and not saved is not lost, where it can be kept."""

    def sizeHint(self) -> QSize:
        """Some room."""
        return QSize(420, 400)


def _dicts(rows: object) -> list[dict[str, Any]]:
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
