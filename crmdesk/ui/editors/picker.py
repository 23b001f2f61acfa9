"""A line to type in with a list below it: picks one of some options, by keyboard or mouse."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView, QWidget

from crmdesk.ui.editors.options import Option, OptionDelegate, OptionModel
from crmdesk.ui.theme import Theme

LEAST_WIDTH = 240
MOST_SHOWN = 12


class Picker(QLineEdit):
    """Shows the name of what is picked; typing and the arrow open the list.

    `wanted` carries the text to find options for ("" when the whole list is asked for); whoever owns it answers
    with `offer`. `picked` carries an Option.
    """

    wanted = Signal(str)
    picked = Signal(object)
    typed = Signal()

    def __init__(self, theme: Theme, icon: str = "chevron-down", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self.model = OptionModel()
        self._completer = QCompleter(self.model, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setMaxVisibleItems(MOST_SHOWN)
        self._completer.setWidget(self)
        self._completer.activated[QModelIndex].connect(self._activated)  # type: ignore[index]
        self._delegate = OptionDelegate(theme)
        view = QListView()
        self._completer.setPopup(view)
        view.setItemDelegate(self._delegate)
        view.setProperty("role", "options")
        view.setUniformItemSizes(True)
        self.view = view
        self._arrow = QAction("Show the list", self)
        self._arrow.triggered.connect(self.show_all)
        self.addAction(self._arrow, QLineEdit.ActionPosition.TrailingPosition)
        self._dress()
        theme.changed.connect(self._dress)
        self.textEdited.connect(self._edited)

    def _dress(self) -> None:
        self._arrow.setIcon(self._theme.icon(self._icon))

    @property
    def list_open(self) -> bool:
        """Whether the list is on the screen."""
        return self.view.isVisible()

    def show_label(self, text: str) -> None:
        """Show what is picked now, from its beginning; a text that is there already keeps its selection."""
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)

    def show_all(self) -> None:
        """Open the list of everything."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.selectAll()
        self.wanted.emit("")

    def offer(self, options: Sequence[Option], *, light: int = 0) -> None:
        """Show these options below; `light`: the row that Enter picks, -1 for none."""
        self.model.offer(options)
        if not options or not self.isVisible():
            self.close_list()
            return
        width = max(self.width(), LEAST_WIDTH)
        self._completer.complete(QRect(QPoint(0, 1), self.size()).adjusted(0, 0, width - self.width(), 0))
        shown = self._completer.completionModel()
        if 0 <= light < shown.rowCount():
            self.view.setCurrentIndex(shown.index(light, 0))

    def close_list(self) -> None:
        """Hide the list."""
        self.view.hide()

    def _edited(self, text: str) -> None:
        self.typed.emit()
        self.wanted.emit(text.strip())

    def _activated(self, index: QModelIndex) -> None:
        option = index.data(Qt.ItemDataRole.UserRole)
        if isinstance(option, Option):
            self.picked.emit(option)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrow keys open the list."""
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_F4) and not self.list_open:
            self.wanted.emit("")
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the text opens the list too: it is a choice, not a text."""
        had_focus = self.hasFocus()
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not had_focus and not self.isReadOnly():
            self.selectAll()
            self.wanted.emit("")

    def focusInEvent(self, event: QFocusEvent) -> None:
        """All text is selected, so that typing begins anew."""
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.MouseFocusReason and not self.list_open:
            self.selectAll()
