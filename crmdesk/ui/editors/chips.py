"""Editors of several values in a row of chips: multi-select, subscription types, tags."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from crmdesk.config.errors import InputError
from crmdesk.crm.kinds import Kind, normal
from crmdesk.crm.schema import Field
from crmdesk.ui.browse.values import folded
from crmdesk.ui.editors.base import FieldEditor
from crmdesk.ui.editors.choices import option_of, options_of
from crmdesk.ui.editors.context import EditContext
from crmdesk.ui.editors.flow import FlowLayout
from crmdesk.ui.editors.options import Option, fitting
from crmdesk.ui.editors.picker import Picker
from crmdesk.ui.widgets import Button


class ChipsEditor(FieldEditor):
    """Chips with a cross each, and a line to add one; Backspace in the empty line takes the last away.

    With choices only they can be added; tags are typed freely, a comma or Enter ends one. Enter in the empty line
    takes the whole over.
    """

    def __init__(self, field: Field, context: EditContext, parent: QWidget | None = None) -> None:
        super().__init__(field, context, parent)
        self.kind = context.kind(field)
        self.free = self.kind is Kind.TAGS
        self._values: list[Any] = []
        self._strange: Any = None  # what came and is no list
        self.chips: list[Button] = []
        self._box = QWidget()
        self._flow = FlowLayout(self._box)
        self.picker = Picker(context.desk.theme, "plus" if self.free else "chevron-down")
        self.picker.setPlaceholderText("Add a tag" if self.free else "Add")
        self.picker.wanted.connect(self._offer)
        self.picker.picked.connect(lambda option: self.add(option.value))
        context.known.names_arrived.connect(self._names_arrived)
        self.take(self.picker)
        self.place(self._box, self.picker)

    def options(self) -> Sequence[Option]:
        """What can be added, without what is there; nothing for tags."""
        if self.free:
            return ()
        return [o for o in options_of(self.field, self.kind, self.context) or () if o.value not in self._values]

    def label_of(self, value: Any) -> str:
        """What a chip says."""
        if self.free:
            return str(value)
        option = option_of(value, options_of(self.field, self.kind, self.context))
        return option.label if option is not None else self.context.text(self.field, [value])

    def show_value(self, value: Any) -> None:
        """A chip for each value."""
        self._strange = None if isinstance(value, list) or value is None else value
        self._values = list(value) if isinstance(value, list) else []
        self.picker.clear()
        self._draw()

    def read(self) -> Any:
        """The values as a list, None for none; raises InputError while a choice is typed and not added."""
        text = self.picker.text().strip()
        values = list(self._values)
        if text and self.free:
            values += [part for part in _parts(text) if part not in values]
        elif text:
            values.append(self._named(text).value)
        if not values:
            return self._strange
        return normal(self.kind, values)

    def open_list(self) -> bool:
        """Whether the list of choices is open."""
        return self.picker.list_open

    def add(self, value: Any) -> None:
        """One more chip."""
        if value not in self._values:
            self._values.append(value)
        self._after()

    def remove(self, value: Any) -> None:
        """One chip less."""
        self._values = [kept for kept in self._values if kept != value]
        self._after()

    def _after(self) -> None:
        self._strange = None
        self.picker.clear()
        self._draw()
        self.touch()
        self.picker.setFocus(Qt.FocusReason.OtherFocusReason)

    def check(self) -> bool:
        """What is still typed becomes a chip."""
        good = super().check()
        if good and self.touched and self.picker.text().strip():
            found = self.read()
            self._values = list(found) if isinstance(found, list) else []
            self.picker.clear()
            self._draw()
        return good

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter adds what is typed before it takes the whole over; Backspace removes."""
        if watched is self.picker and event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            text = self.picker.text().strip()
            if event.key() == Qt.Key.Key_Backspace and not self.picker.text() and self._values:
                self.remove(self._values[-1])
                return True
            if text and not self.open_list() and self._ends(event):
                self._add_typed(text)
                return True
        return super().eventFilter(watched, event)

    def _ends(self, event: QKeyEvent) -> bool:
        return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or (self.free and event.text() == ",")

    def _add_typed(self, text: str) -> None:
        try:
            added = _parts(text) if self.free else [self._named(text).value]
        except InputError as error:
            self.set_problem(error.message)
            return
        self._values += [value for value in added if value not in self._values]
        self._after()

    def _named(self, text: str) -> Option:
        options = self.options()
        same = [option for option in options if folded(option.label) == folded(text)] or fitting(options, text)
        if len(same) == 1:
            return same[0]
        raise InputError(
            f"“{text}” fits {len(same)} choices: pick one." if same else f"“{text}” is none of the choices.",
            subject=self.field.label,
        )

    def _offer(self, text: str) -> None:
        if not self.free:
            self.picker.offer(fitting(self.options(), text))
        elif text:
            self.touch()

    def _names_arrived(self) -> None:
        if not self.free:
            self._draw()

    def _draw(self) -> None:
        for chip in self.chips:
            self._flow.removeWidget(chip)
            self.drop(chip)
            chip.hide()
            chip.deleteLater()
        self.chips = []
        for value in self._values:
            name = self.label_of(value)
            chip = Button(f"{name.replace('&', '&&')}  ×", partial(self.remove, value), role="chip")
            chip.setAccessibleName(f"{self.field.label}: {name}, remove")
            self._flow.addWidget(chip)
            chip.installEventFilter(self)
            self.chips.append(chip)
        self._box.setVisible(bool(self.chips))
        self._box.updateGeometry()


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
