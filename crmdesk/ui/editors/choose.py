"""Editors that pick one of some values: dropdown, owner, stage, employees, radio buttons and check boxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QRadioButton, QVBoxLayout, QWidget

from crmdesk.config.errors import InputError
from crmdesk.crm.schema import Field
from crmdesk.ui.browse.values import folded
from crmdesk.ui.editors.base import FieldEditor
from crmdesk.ui.editors.choices import option_of, options_of
from crmdesk.ui.editors.context import EditContext
from crmdesk.ui.editors.options import Option, fitting
from crmdesk.ui.editors.picker import Picker

BLANK = Option(None, "–", "blank")
ON_THEIR_WAY = "Loading…"


class ChoiceEditor(FieldEditor):
    """A list that typing narrows down; Enter takes the lit row."""

    def __init__(self, field: Field, context: EditContext, parent: QWidget | None = None) -> None:
        super().__init__(field, context, parent)
        self.kind = context.kind(field)
        self.picker = Picker(context.desk.theme)
        self._picked: Any = None
        self._waiting: str | None = None  # the text whose options are wanted as soon as they are there
        self.picker.wanted.connect(self._offer)
        self.picker.picked.connect(self._take_option)
        self.picker.typed.connect(self.touch)
        context.known.names_arrived.connect(self._arrived)
        self.take(self.picker)
        self.place(self.picker)

    def options(self) -> list[Option] | None:
        """What can be picked now; None while it is being asked for."""
        return options_of(self.field, self.kind, self.context)

    def label_of(self, value: Any) -> str:
        """What a value is called; one that is offered no more keeps its own name."""
        if value is None:
            return ""
        option = option_of(value, self.options())
        return option.label if option is not None else self.context.text(self.field, value)

    def show_value(self, value: Any) -> None:
        """The choice's name."""
        self._picked = value
        self.picker.show_label(self.label_of(value))

    def read(self) -> Any:
        """The picked value; a text that is typed out in full picks too. Raises InputError for one that is none."""
        text = self.picker.text().strip()
        if not text:
            return None
        if text == self.label_of(self._picked):
            return self._picked
        options = self.options() or []
        same = [option for option in options if folded(option.label) == folded(text)]
        if len(same) == 1:
            return same[0].value
        found = fitting(options, text)
        if len(found) == 1:
            return found[0].value
        raise InputError(
            f"“{text}” is none of the choices." if not found else f"“{text}” fits {len(found)} choices: pick one.",
            subject=self.field.label,
        )

    def open_list(self) -> bool:
        """Whether the list is open."""
        return self.picker.list_open

    def begin(self) -> None:
        """Take the keyboard and show what there is to pick."""
        self.picker.show_all()

    def check(self) -> bool:
        """A text that names one choice is replaced by its whole name."""
        good = super().check()
        if good and self.touched:
            self._picked = self.read()
            self.picker.show_label(self.label_of(self._picked))
        return good

    def _offer(self, text: str) -> None:
        options = self.options()
        if options is None:
            self._waiting = text
            self.picker.setPlaceholderText(ON_THEIR_WAY)
            return
        self._waiting = None
        self.picker.setPlaceholderText("")
        found = fitting(options, text)
        if not text and not self.field.required:
            found.insert(0, BLANK)
        current = next((row for row, option in enumerate(found) if option.value == self._picked), 0)
        self.picker.offer(found, light=0 if text else current)

    def _take_option(self, option: Option) -> None:
        self._picked = option.value
        self.picker.show_label("" if option.value is None else option.label)
        self.touch()
        self.commit()

    def _arrived(self) -> None:
        """Names are there: show them, and the list if it was asked for."""
        if not self.touched:
            self._filling = True
            self.picker.show_label(self.label_of(self._picked))
            self._filling = False
        if self._waiting is not None and self.picker.hasFocus():
            self._offer(self._waiting)


class RadioEditor(FieldEditor):
    """A few choices below each other; the arrows move, Backspace or Delete makes it blank."""

    def __init__(self, field: Field, context: EditContext, parent: QWidget | None = None) -> None:
        super().__init__(field, context, parent)
        self.kind = context.kind(field)
        self._options: Sequence[Option] = options_of(field, self.kind, context) or []
        self._group = QButtonGroup(self)
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(2)
        self.buttons: list[QRadioButton] = []
        self._other: Any = None  # a value that is none of the choices
        for option in self._options:
            button = QRadioButton(option.label.replace("&", "&&"))
            button.setAccessibleName(f"{self.spoken}: {option.label}")
            button.clicked.connect(lambda _checked=False: self._clicked())
            self._group.addButton(button)
            self.buttons.append(button)
            column.addWidget(button)
        self.take(*self.buttons)
        self.place(box)

    def show_value(self, value: Any) -> None:
        """Mark the choice, or none."""
        self._other = value if option_of(value, self._options) is None else None
        self._group.setExclusive(False)
        for option, button in zip(self._options, self.buttons, strict=True):
            button.setChecked(option.value == value)
        self._group.setExclusive(True)

    def read(self) -> Any:
        """The marked choice."""
        for option, button in zip(self._options, self.buttons, strict=True):
            if button.isChecked():
                return option.value
        return self._other

    def begin(self) -> None:
        """The marked button has the keyboard."""
        marked = next((button for button in self.buttons if button.isChecked()), None)
        (marked or self).setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Backspace and Delete take the mark away."""
        takes_away = isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)
        if takes_away and event.type() is QEvent.Type.KeyPress and not self.field.required:
            self.show_value(None)
            self.touch()
            return True
        return super().eventFilter(watched, event)

    def _clicked(self) -> None:
        self._other = None
        self.touch()


class CheckboxEditor(FieldEditor):
    """Yes or no, and blank where the field may be blank: space goes on to the next of them."""

    def __init__(self, field: Field, context: EditContext, parent: QWidget | None = None) -> None:
        super().__init__(field, context, parent)
        self.box = QCheckBox()
        self.box.setTristate(not field.required)
        self.box.checkStateChanged.connect(lambda _state: self._changed())
        self.take(self.box)
        self.place(self.box)

    def show_value(self, value: Any) -> None:
        """The mark and the word for it."""
        if value is True or value is False:
            self.box.setCheckState(Qt.CheckState.Checked if value else Qt.CheckState.Unchecked)
        else:
            self.box.setTristate(True)
            self.box.setCheckState(Qt.CheckState.PartiallyChecked)
        self._say()

    def read(self) -> Any:
        """True, False or None."""
        return {Qt.CheckState.Checked: True, Qt.CheckState.Unchecked: False}.get(self.box.checkState())

    def _changed(self) -> None:
        self._say()
        self.touch()

    def _say(self) -> None:
        self.box.setText({True: "yes", False: "no"}.get(self.read(), "blank"))
        self.box.setAccessibleName(f"{self.spoken}: {self.box.text()}")
