"""A value of a record: plain text that wraps even inside long words, and is copied as it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QClipboard, QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QLabel, QMenu, QSizePolicy

LONGEST_WORD = 24
BREAK = "\u200b"  # zero width: a label wraps at it; it is taken out again of what is copied


class ValueLabel(QLabel):
    """Shows one value; mouse and keyboard can select and copy it."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.value = ""

    def show_value(self, text: str) -> None:
        """Show `text` as it is."""
        self.value = text
        self.setText(breakable(text))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the selected part."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_selected()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Where selecting copies for the middle button, it copies the value as it is."""
        super().mouseReleaseEvent(event)
        clipboard = QGuiApplication.clipboard()
        if clipboard.supportsSelection() and self.hasSelectedText():
            clipboard.setText(self.selectedText().replace(BREAK, ""), QClipboard.Mode.Selection)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Copy the selection or the whole value."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.hasSelectedText():
            menu.addAction("Copy", self.copy_selected)
        menu.addAction("Copy value", self.copy_value)
        menu.popup(event.globalPos())

    def copy_selected(self) -> None:
        """The selected part to the clipboard."""
        text = self.selectedText().replace(BREAK, "").replace("\u2029", "\n")
        QGuiApplication.clipboard().setText(text)

    def copy_value(self) -> None:
        """The whole value to the clipboard."""
        QGuiApplication.clipboard().setText(self.value)


def breakable(text: str) -> str:
    """The text with places to break inside words that are too long for the column."""
    if all(len(word) <= LONGEST_WORD for word in text.split()):
        return text
    return "\n".join(" ".join(_pieces(word) for word in line.split(" ")) for line in text.split("\n"))


def _pieces(word: str) -> str:
    return BREAK.join(word[start : start + LONGEST_WORD] for start in range(0, len(word), LONGEST_WORD))
