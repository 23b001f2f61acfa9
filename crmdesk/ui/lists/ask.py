"""What is asked before something is done with lists: a name, another list, contacts, or whether it is meant."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListView, QWidget

from crmdesk.crm.errors import CrmError
from crmdesk.ui.editors.finding import LEAST, Finder
from crmdesk.ui.editors.flow import FlowLayout
from crmdesk.ui.editors.options import Option
from crmdesk.ui.editors.picker import Picker
from crmdesk.ui.lists.doings import contacts
from crmdesk.ui.lists.model import ListsModel, MarketingList, read_lists
from crmdesk.ui.lists.pane import ListDelegate
from crmdesk.ui.places.by_id import id_in
from crmdesk.ui.widgets import Button, NoteBox, label
from crmdesk.ui.window.dialogs import Dialog
from crmdesk.ui.window.workspace import Desk

MOST_LETTERS = 255
NOT_BACK = "Undo takes off the list all that are added now, also those who were on it before."


class NameDialog(Dialog):
    """`named` carries the name of a list, new or another one. Names are unique in an account."""

    named = Signal(str)

    def __init__(self, taken: Collection[str], window: QWidget | None, old: str = "") -> None:
        super().__init__(window, "Rename the list" if old else "New marketing list")
        self._taken = {name.strip().casefold() for name in taken if name != old}
        self._old = old
        self.field = QLineEdit(old)
        self.field.setPlaceholderText("Name")
        self.field.setAccessibleName("Name of the list")
        self.field.setMaxLength(MOST_LETTERS)
        self.field.selectAll()
        self.note = label("", "warning", wrap=True)
        self.body.addWidget(self.field)
        self.body.addWidget(self.note)
        if not old:
            self.body.addWidget(label("The CRM’s API can’t delete a list again.", "muted", wrap=True))
        self.add_button(Button("&Cancel", self.reject))
        self.button = self.add_button(Button("&Rename" if old else "&Create", self.accept, role="primary"))
        self.button.setDefault(True)
        self.field.textChanged.connect(lambda _text: self._check())
        self.accepted.connect(lambda: self.named.emit(self.name))
        self._check()
        self.field.setFocus()

    @property
    def name(self) -> str:
        """What was typed."""
        return " ".join(self.field.text().split())

    def _check(self) -> None:
        taken = self.name.casefold() in self._taken
        self.note.setText("A list of this name is there already." if taken else "")
        self.note.setVisible(taken)
        self.button.setEnabled(bool(self.name) and not taken and self.name != self._old)


class ChooseList(Dialog):
    """`chosen` carries a list; `wanted_new` the name of one that is still to be made."""

    chosen = Signal(object)
    wanted_new = Signal(str)

    def __init__(
        self,
        desk: Desk,
        title: str,
        text: str,
        window: QWidget | None,
        lists: Sequence[MarketingList] | None = None,
        *,
        without: int | None = None,
        may_make: bool = True,
    ) -> None:
        super().__init__(window, title, width=420)
        self._desk, self._without, self._may_make = desk, without, may_make
        self._loaded = lists is not None
        self.model = ListsModel()
        self.model.setParent(self)
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find a list" + (", or name a new one" if may_make else ""))
        self.field.setAccessibleName("Find a list")
        self.field.installEventFilter(self)
        self.view = QListView()
        self.view.setAccessibleName("Lists")
        self.view.setModel(self.model)
        self._delegate = ListDelegate(desk.theme)
        self.view.setItemDelegate(self._delegate)
        self.view.setFrameShape(QFrame.Shape.StyledPanel)
        self.view.setProperty("role", "options")
        self.view.setFixedHeight(8 * desk.theme.row_height)
        self.note = label("Reading the lists…", "muted", wrap=True)
        self.again = Button("Try again", self._read, role="link")
        for part in (label(text, "muted", wrap=True), self.field, self.view, self.note, self.again):
            self.body.addWidget(part)
        self.again.hide()
        self.add_button(Button("&Cancel", self.reject))
        self.button = self.add_button(Button("Choose", self._accept, role="primary"))
        self.button.setDefault(True)
        self.field.textChanged.connect(self._narrow)
        self.view.selectionModel().currentChanged.connect(lambda *_: self._check())
        self.view.doubleClicked.connect(lambda _index: self._accept())
        if lists is None:
            self._read()
        else:
            self._show(lists)
        self.field.setFocus()

    def _read(self) -> None:
        self.again.hide()
        self._say("Reading the lists…")
        self._desk.tasks.start(
            read_lists(self._desk.session.client), owner=self, on_done=self._show, on_failed=self._failed
        )

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, CrmError):
            self._desk.session.heard(error)
        self._say(f"The lists could not be read: {error}")
        self.again.show()
        self._check()

    def _show(self, lists: Sequence[MarketingList]) -> None:
        self._loaded = True
        self.model.show(one for one in lists if one.id != self._without)
        self._narrow(self.field.text())

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def _narrow(self, text: str) -> None:
        self.model.narrow(text)
        if self.model.rows:
            self.view.setCurrentIndex(self.model.index(0))
        self._check()

    @property
    def _name(self) -> str:
        return " ".join(self.field.text().split())

    @property
    def _one(self) -> MarketingList | None:
        return self.model.at(self.view.currentIndex().row())

    def _check(self) -> None:
        if not self._loaded:
            self.button.setEnabled(False)
            return
        one, new = self._one, self._may_make and bool(self._name) and not self.model.rows
        if new:
            self._say(f"There is no list “{self._name}” yet. The API can’t delete a list again.")
        elif not self.model.all:
            self._say("There is no other list." + (" Type a name to make one." if self._may_make else ""))
        else:
            self._say("" if self.model.rows else "No list has these words.")
        self.button.setText("Create and use it" if new else "Choose")
        self.button.setEnabled(new or one is not None)

    def _accept(self) -> None:
        if not self.button.isEnabled():
            return
        one = self._one
        if one is not None:
            self.chosen.emit(one)
        else:
            self.wanted_new.emit(self._name)
        self.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows walk through the lists while the keyboard stays in the field."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None:
                row = min(max(self.view.currentIndex().row() + step, 0), len(self.model.rows) - 1)
                self.view.setCurrentIndex(self.model.index(row))
                return True
        return super().eventFilter(watched, event)


class PickContacts(Dialog):
    """Contacts found as one types, or named by id; `picked` carries their ids."""

    picked = Signal(object)

    def __init__(self, desk: Desk, name: str, window: QWidget | None) -> None:
        super().__init__(window, f"Add contacts to “{name}”", width=480)
        self._desk = desk
        self.ids: dict[int, str] = {}
        self.finder = Finder(desk, (desk.session.modules.get("contacts"),), self)
        self.picker = Picker(desk.theme, "search")
        self.picker.setPlaceholderText("Find a contact by name or e-mail, or give an id")
        self.picker.setAccessibleName("Find a contact")
        self.note = label("", "muted", wrap=True)
        self.back = label(NOT_BACK, "muted", wrap=True)
        self._chips = QWidget()
        self._flow = FlowLayout(self._chips)
        self.body.addWidget(
            label("Many at once: select them in a table of contacts and choose “Add to list…”.", "muted", wrap=True)
        )
        self.body.addWidget(self.picker)
        self.body.addWidget(self.note)
        self.body.addWidget(self._chips)
        self.body.addWidget(self.back)
        self.add_button(Button("&Cancel", self.reject))
        self.button = self.add_button(Button("&Add", self.accept, role="primary"))
        self.picker.wanted.connect(self._wanted)
        self.picker.picked.connect(lambda option: self.add(int(option.value), option.label))
        self.picker.returnPressed.connect(self._entered)
        self.finder.found.connect(self._found)
        self.finder.failed.connect(lambda _text, error: self._say(f"Contacts could not be searched: {error}"))
        self.accepted.connect(lambda: self.picked.emit(list(self.ids)))
        self._show()
        self.picker.setFocus()

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def _wanted(self, text: str) -> None:
        self._say("")
        self.finder.want(text)
        if len(text) < LEAST:
            self.picker.close_list()

    def _found(self, text: str, options: list[Option]) -> None:
        self.picker.offer([option for option in options if option.value not in self.ids])
        if not options:
            self._say(f"No contact found for “{text}”; the search lags some seconds behind.")

    def _entered(self) -> None:
        contact = id_in(self.picker.text())
        if contact is not None and not self.picker.list_open:
            self.add(contact, "")
        elif self.ids and not self.picker.text().strip():
            self.accept()

    def add(self, contact: int, name: str) -> None:
        """One more contact."""
        self.finder.stop()
        self.picker.close_list()
        self.picker.clear()
        self.ids[contact] = name
        if name:
            self._desk.session.labels.learn("contacts", contact, name)
        self._show()

    def _drop(self, contact: int) -> None:
        self.ids.pop(contact, None)
        self._show()
        self.picker.setFocus()

    def _show(self) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for contact, name in self.ids.items():
            text = name or str(contact)
            chip = Button(f"{text}  ×".replace("&", "&&"), lambda contact=contact: self._drop(contact), role="chip")  # type: ignore[misc]
            chip.setAccessibleName(f"Take {text} out again")
            self._flow.addWidget(chip)
        self._chips.setVisible(bool(self.ids))
        self._say("")
        self.button.setText(f"&Add {contacts(len(self.ids))}" if self.ids else "&Add")
        self.button.setEnabled(bool(self.ids))


class Sure(Dialog):
    """Asks whether something that can't be taken back is meant; accepted if it is."""

    def __init__(self, desk: Desk, title: str, text: str, verb: str, window: QWidget | None) -> None:
        super().__init__(window, title, width=460)
        self.body.addWidget(label(text, wrap=True))
        if desk.production:
            self.body.addWidget(NoteBox(f"{desk.account_name} is a production account.", "", "warning"))
        self.add_button(Button("&Cancel", self.reject), default=True)
        self.button = self.add_button(Button(verb, self.accept, role="danger"))
