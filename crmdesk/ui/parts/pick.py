"""Picking a record, a user or a product to be tied to a record: a line that finds, a second choice, and Add."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QVBoxLayout

from crmdesk.config.errors import CrmDeskError
from crmdesk.crm.module_spec import ModuleSpec
from crmdesk.ui.browse.values import folded
from crmdesk.ui.editors.finding import LEAST, Finder
from crmdesk.ui.editors.options import Option, fitting
from crmdesk.ui.editors.picker import Picker
from crmdesk.ui.widgets import Button, label
from crmdesk.ui.window.workspace import Desk

EDGE = 16
SEARCHING = Option(None, "Searching…")
NOTHING = Option(None, "Nothing found")


class PickForm(QFrame):
    """`options`: what there is to pick; `modules` instead: records are searched for as one types.

    `submitted` carries (value, label, second): the second is what the box beside it says, None without one.
    """

    submitted = Signal(object, str, object)
    cancelled = Signal()

    def __init__(
        self,
        desk: Desk,
        title: str,
        add: str,
        *,
        options: Sequence[Option] | None = None,
        modules: Sequence[ModuleSpec] = (),
        second: Sequence[tuple[str, object]] = (),
        second_name: str = "",
    ) -> None:
        super().__init__()
        self._options = list(options) if options is not None else None
        self._picked: Option | None = None
        self.busy = False
        self.setProperty("ground", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(title)
        self.picker = Picker(desk.theme, "search" if modules else "chevron-down")
        self.picker.setAccessibleName(title)
        what = " or ".join(spec.singular.lower() for spec in modules)
        self.picker.setPlaceholderText(f"Find {'an' if what[:1] in 'aeiou' else 'a'} {what}" if what else "Pick one")
        self.finder: Finder | None = None
        if modules:
            self.finder = Finder(desk, modules, self)
            self.finder.found.connect(self._found)
            self.finder.failed.connect(self._failed)
        self.second = QComboBox()
        self.second.setAccessibleName(second_name)
        for text, value in second:
            self.second.addItem(text, value)
        self.second.setVisible(bool(second))
        self.trouble = label("", "warning", wrap=True)
        self.trouble.hide()
        self.add_button = Button(add, self.submit, role="primary")
        self.add_button.setEnabled(False)
        self.cancel = Button("Cancel", self.cancelled.emit)
        self.picker.wanted.connect(self._want)
        self.picker.picked.connect(self.take)
        self.picker.typed.connect(self._typed)
        column = QVBoxLayout(self)
        column.setContentsMargins(EDGE, 12, EDGE, 12)
        column.setSpacing(8)
        column.addWidget(label(title, "strong"))
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.picker, 2)
        line.addWidget(self.second, 1)
        column.addLayout(line)
        column.addWidget(self.trouble)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.add_button)
        buttons.addWidget(self.cancel)
        buttons.addStretch(1)
        column.addLayout(buttons)

    def begin(self) -> None:
        """Take the keyboard."""
        self.picker.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_busy(self, busy: bool) -> None:
        """While it is being saved, nothing can be picked."""
        self.busy = busy
        for part in (self.picker, self.second, self.cancel):
            part.setEnabled(not busy)
        self.add_button.setEnabled(not busy and self._picked is not None)

    def submit(self) -> None:
        """Hand over what is picked."""
        if self._picked is not None and self._picked.value is not None:
            picked = self._picked
            second = self.second.currentData() if self.second.count() else None
            self.set_busy(True)
            self.submitted.emit(picked.value, picked.label, second)

    def _typed(self) -> None:
        self._picked = None
        self.add_button.setEnabled(False)
        self.trouble.hide()

    def _want(self, text: str) -> None:
        if self._options is not None:
            self.picker.offer(fitting(self._options, text) or [NOTHING])
            return
        if self.finder is None or (self._picked is not None and folded(text) == folded(self._picked.label)):
            return
        self.finder.want(text)
        if self.finder.busy:
            self.picker.offer([SEARCHING], light=-1)
        elif len(text.strip()) < LEAST:
            self.picker.close_list()

    def _found(self, _text: str, options: list[Option]) -> None:
        if self.picker.hasFocus():
            self.picker.offer(options or [NOTHING], light=0 if options else -1)

    def _failed(self, _text: str, error: BaseException) -> None:
        self.picker.close_list()
        told = error.message if isinstance(error, CrmDeskError) else str(error)
        self.trouble.setText(f"Not searched: {told}")
        self.trouble.show()

    def take(self, option: Option) -> None:
        """What is picked."""
        if option.value is None:
            return
        if self.finder is not None:
            self.finder.stop()
        self._picked = option
        self.picker.show_label(option.label)
        self.add_button.setEnabled(True)
        self.add_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc gives up; Enter adds what is picked."""
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submit()
        else:
            super().keyPressEvent(event)
