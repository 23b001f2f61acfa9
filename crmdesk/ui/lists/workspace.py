"""The tab of marketing lists: lists at the left, the contacts of the chosen one at the right."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSplitter, QVBoxLayout, QWidget

from crmdesk.config.errors import CrmDeskError
from crmdesk.crm.errors import CrmError
from crmdesk.crm.values import whole
from crmdesk.session import RecordsChanged
from crmdesk.ui.commands import Command
from crmdesk.ui.lists.actions import list_commands, row_commands
from crmdesk.ui.lists.asking import Asking
from crmdesk.ui.lists.foot import Foot
from crmdesk.ui.lists.members import MembersTable, source_of
from crmdesk.ui.lists.model import ListsModel, MarketingList, read_lists
from crmdesk.ui.lists.pane import ListsPane
from crmdesk.ui.places.holder import Holder
from crmdesk.ui.widgets import Button, EmptyState
from crmdesk.ui.window.workspace import Desk

PANE_WIDTH = 200
SIZES = "lists.panes"
LAST = "lists.last"
REMEMBERED_AFTER = 400  # milliseconds
CHOSEN_AFTER = 200  # milliseconds on a list before it is read: walking over the lists must not cost a request each
LOOKS = (1000, 4000, 15000)  # milliseconds: when a list is read again that the CRM changes in the background


class ListsWorkspace(Holder):
    """One tab for all lists."""

    def __init__(self, desk: Desk, list_id: int | None = None) -> None:
        super().__init__(desk)
        self.contacts = desk.session.modules.get("contacts")
        self.list_id = list_id if list_id is not None else whole(desk.memory.get(LAST))
        self.model = ListsModel()
        self.model.setParent(self)
        self.pane = ListsPane(desk.theme, self.model)
        self.foot = Foot()
        self.asking = Asking(self)
        self._task: asyncio.Task[list[MarketingList]] | None = None
        self.loaded = False
        self._looks: list[int] = []
        self._before: int | None = None
        self._make_states()
        self._lay_out()
        self._make_timers()
        self._connect()
        self.show_instead(self._loading)
        self.read()

    def _make_states(self) -> None:
        icon = self.desk.theme.icon
        self._loading = EmptyState("Reading the lists…", "", icon=icon("lists"))
        self._failure = EmptyState("", "", Button("Try again", self.read), icon=icon("warning"))
        self._none = EmptyState(
            "No marketing lists yet",
            "A list gathers contacts for campaigns. Make one here, then add contacts to it, also from any table of "
            "contacts.",
            Button("New list…", self.asking.new, role="primary"),
            icon=icon("lists"),
        )
        self._pick = EmptyState(
            "No list is chosen", "Choose a list at the left to see its contacts.", icon=icon("lists")
        )
        self._nobody = EmptyState(
            "Nobody is on this list",
            "Find contacts here, or select them in a table of contacts and choose “Add to list…”.",
            Button("Add contacts…", self.asking.add, role="primary"),
            Button("Refresh", self.refresh),
            icon=icon("lists"),
        )
        for state in (self._loading, self._failure, self._none, self._pick, self._nobody):
            self.place.addWidget(state)  # one that is never shown has to end with the tab, too

    def _lay_out(self) -> None:
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.place, 1)
        column.addWidget(self.foot)
        self.split = QSplitter()
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.pane)
        self.split.addWidget(right)
        self.split.setStretchFactor(1, 1)
        kept = self.desk.memory.get(SIZES)
        width = kept if isinstance(kept, int) and kept > 0 else PANE_WIDTH
        self.split.setSizes([width, 4 * width])
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.split)
        self.foot.hide()

    def _make_timers(self) -> None:
        self._save = self._timer(REMEMBERED_AFTER, lambda: self.desk.memory.set(SIZES, self.split.sizes()[0]))
        self._rest = self._timer(CHOSEN_AFTER, self._show_list)
        self._look = self._timer(0, self._look_again)

    def _timer(self, wait: int, run: Any) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(wait)
        timer.timeout.connect(run)
        return timer

    def _connect(self) -> None:
        self.split.splitterMoved.connect(lambda _at, _index: self._save.start())
        self.pane.chosen.connect(self._chosen)
        self.pane.entered.connect(self._entered)
        self.pane.new.connect(self.asking.new)
        self.pane.menu_wanted.connect(self._menu)
        self.foot.add.connect(self.asking.add)
        self.foot.copy.connect(self.asking.copy)
        self.foot.move_on.connect(self.asking.move)
        self.foot.remove.connect(self.asking.remove)
        self._unsubscribe = self.desk.session.subscribe(self._announced)

    # -- the lists -----------------------------------------------------------------------------------

    @property
    def one(self) -> MarketingList | None:
        """The list that is chosen."""
        return self.model.get(self.list_id)

    def read(self) -> None:
        """Read the names of all lists: one request for each 100."""
        if self._task is not None:
            self._task.cancel()
        if not self.loaded:
            self.show_instead(self._loading)
        self._task = self.desk.tasks.start(
            read_lists(self.desk.session.client), owner=self, on_done=self._listed, on_failed=self._failed
        )

    def _failed(self, error: BaseException) -> None:
        self._task = None
        if isinstance(error, CrmError):
            self.desk.session.heard(error)
        if self.loaded or not isinstance(error, CrmDeskError):
            self.desk.say_error(error, "Reading the lists", self.read)
        if not self.loaded:
            remedy = error.remedy if isinstance(error, CrmDeskError) else ""
            self._failure.set("The lists could not be read", f"{error}\n{remedy}".strip())
            self.foot.hide()
            self.show_instead(self._failure)

    def _listed(self, lists: list[MarketingList]) -> None:
        self._task = None
        self.loaded = True
        self.desk.session.heard(None)
        self.desk.note_count("lists", "", len(lists))
        written = self.desk.session.written("lists")
        self.model.show(MarketingList(one.id, str(written.get(one.id, {}).get("name") or one.name)) for one in lists)
        if self.one is None:
            self.list_id = None
        if self.work is None or self.list_id is None:
            self._show_list()
        self.pane.mark(self.list_id)

    def choose(self, list_id: int) -> None:
        """Show a list's contacts; the keyboard goes to them."""
        self.list_id = list_id
        self.pane.mark(list_id)
        self._show_list()

    def _chosen(self, list_id: int) -> None:
        if list_id != self.list_id:
            self.list_id = list_id
            self._rest.start()

    def _entered(self) -> None:
        """Enter on a list: its contacts at once, and the keyboard to them."""
        if self._rest.isActive():
            self._show_list()
        if self.work is not None:
            self.work.shown()

    def _show_list(self) -> None:
        self._rest.stop()
        self._stop_looking()
        one = self.one
        if one is None:
            self.foot.hide()
            self.show_instead(self._pick if self.model.all else self._none)
            return
        self.desk.memory.set(LAST, one.id)
        work = MembersTable(self.desk, source_of(self.contacts, one.id, one.name), lambda: row_commands(self))
        work.selection_changed.connect(self._selected)
        work.counted.connect(lambda total: self._counted(one.id, total))
        work.feed.shown.connect(self._looked)
        self.hold(work)
        self.foot.show()
        self._selected()

    # -- the contacts of the chosen list -----------------------------------------------------------------

    @property
    def total(self) -> int | None:
        """How many contacts the chosen list has; None while it is not known."""
        return self.model.counts.get(self.list_id) if self.list_id is not None else None

    def has_chosen(self) -> bool:
        """Whether contacts are selected."""
        return self.work is not None and self.work.has_chosen()

    def _selected(self) -> None:
        work = self.work
        chosen = work.table.chosen_count() if work is not None and work.built else 0
        self.foot.show_chosen(chosen, self.total)

    def _counted(self, list_id: int, total: int) -> None:
        if self.model.counts.get(list_id) != total:
            self.model.count(list_id, total)
            self.desk.commands_changed()
        if list_id == self.list_id and self.work is not None:
            nobody = total == 0 and not self.work.feed.busy
            if nobody and self.place.indexOf(self._nobody) < 0:
                self.place.addWidget(self._nobody)
            self.place.setCurrentWidget(self._nobody if nobody else self.work)
            self._selected()

    def refresh(self) -> None:
        """Read the list's contacts again."""
        if self.work is not None:
            self.work.refresh()

    def look_again_later(self) -> None:
        """The CRM changes the chosen list in the background: read it again some times, longer and longer apart."""
        self._before = self.total
        self._deselect()
        self._looks = list(LOOKS)
        self._look.start(self._looks.pop(0))

    def _look_again(self) -> None:
        self.refresh()

    def _looked(self) -> None:
        """The list was read: once more later, if the CRM has not changed it yet."""
        work = self.work
        shown = work.inspected.record_id if work is not None else None
        if work is not None and shown is not None and not work.model.store.has(shown):
            work.inspected.show_none("No row selected", "Select a row to see all its fields.")
        if self._looks and self.total == self._before:
            self._look.start(self._looks.pop(0))
        else:
            self._stop_looking()

    def _stop_looking(self) -> None:
        self._look.stop()
        self._looks = []

    def _announced(self, told: object) -> None:
        """Lists were changed from here: the chosen one is read again, names where they may be others."""
        if not isinstance(told, RecordsChanged) or told.module != "lists":
            return
        if told.ids and any(self.model.get(changed) is None for changed in told.ids):
            self.read()
        if told.ids is not None and self.list_id in told.ids and not self._renamed():
            self._deselect()
            self.refresh()

    def _deselect(self) -> None:
        """What was selected may be on the list no more."""
        if self.work is not None and self.work.built:
            self.work.table.clearSelection()

    def _renamed(self) -> bool:
        """Whether the chosen list has another name than the one that is shown."""
        one = self.one
        name = self.desk.session.written("lists").get(one.id, {}).get("name") if one is not None else None
        if one is None or not name or name == one.name:
            return False
        self.called(one.id, str(name))
        return True

    def called(self, list_id: int, name: str) -> None:
        """A list has this name from now on."""
        self.model.show(MarketingList(one.id, name if one.id == list_id else one.name) for one in self.model.all)
        self.pane.mark(self.list_id)
        if list_id == self.list_id:
            self._show_list()

    def made(self, list_id: int, name: str) -> None:
        """A new list is there: it is shown."""
        if self.model.get(list_id) is None:
            self.model.show([*self.model.all, MarketingList(list_id, name)])
        self.pane.field.clear()
        self.choose(list_id)

    # -- what the window asks ----------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """`Marketing lists`, with the chosen one."""
        one = self.one
        return f"Marketing lists{f' · {one.name}' if one is not None else ''}{self.staged_mark}"

    def memory(self) -> Mapping[str, Any]:
        """Enough to open it again."""
        # A list that was opened as a record is known by its id.
        told = self.list_id or 0
        return {"module": "lists", "view_id": "", "view_name": "Marketing lists", "list": told or None, "id": told}

    def asked(self, args: Mapping[str, Any]) -> None:
        """Another list, in the same tab."""
        list_id = whole(args.get("list"))
        if list_id is not None and list_id != self.list_id:
            if self.model.get(list_id) is None:
                self.list_id = list_id
                self.let_go()
                self.read()
            else:
                self.choose(list_id)

    def shown(self) -> None:
        """The keyboard goes to the lists."""
        self.pane.view.setFocus()

    def back_online(self) -> None:
        """What could not be read is asked for again."""
        if not self.loaded and self._task is None:
            self.read()
        super().back_online()

    def closed(self) -> None:
        """No more requests."""
        self._unsubscribe()
        self._stop_looking()
        self._rest.stop()
        if self._save.isActive():
            self._save.stop()
            self.desk.memory.set(SIZES, self.split.sizes()[0])
        super().closed()

    def own_commands(self) -> Sequence[Command]:
        """What can be done with lists."""
        return list_commands(self)

    def _menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        for command in list_commands(self):
            if command.menu != "Record":
                continue
            if command.id == "lists.move_all":
                menu.addSeparator()
            menu.addAction(command.title, command.run).setEnabled(command.enabled())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)
