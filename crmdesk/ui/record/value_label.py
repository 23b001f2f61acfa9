"""A value of a record: plain text that wraps even inside words wider than the label, and is copied as it is."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import (
    QClipboard,
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel, QMenu, QSizePolicy

BREAK = "\u200b"  # zero width: a label wraps at it; it is taken out again of what is copied
JOINER = "\u200d"
BREAKS_AFTER = "@/._-?&=+,;:|"
LEAST_WIDTH = 40  # pixels; a narrower label is one that is not laid out yet
SPARE = 2  # pixels: a label rounds


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
        self.value = self._shown = ""

    def show_value(self, text: str) -> None:
        """Show `text` as it is."""
        self.value = self._shown = text
        self._break()

    def _break(self) -> None:
        room = self.contentsRect().width() - SPARE
        metrics = self.fontMetrics()
        text = self._shown
        if room >= LEAST_WIDTH:
            text = breakable(text, lambda part: metrics.horizontalAdvance(part) <= room)
        if text != self.text():
            self.setText(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words break where the label ends now."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._break()

    def changeEvent(self, event: QEvent) -> None:
        """Another font has other widths."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._break()

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


def breakable(text: str, fits: Callable[[str], bool]) -> str:
    """The text with places to break inside words that don't fit on a line."""
    if all(fits(word) for word in text.split()):
        return text
    return "\n".join(
        " ".join(word if fits(word) else BREAK.join(_pieces(word, fits)) for word in line.split(" "))
        for line in text.split("\n")
    )


def _pieces(word: str, fits: Callable[[str], bool]) -> list[str]:
    """The word in parts that fit, cut behind a sign of an address where there is one in a part's second half."""
    ends = _ends(word)
    pieces, start, at = [], 0, 0
    while start < len(word):
        end = ends[at]
        while at + 1 < len(ends) and fits(word[start : ends[at + 1]]):
            at += 1
            end = ends[at]
        if end < len(word):
            signs = [place for place in ends if (start + end) // 2 < place <= end and word[place - 1] in BREAKS_AFTER]
            end = signs[-1] if signs else end
        pieces.append(word[start:end])
        start, at = end, ends.index(end) + 1
    return pieces


def _ends(word: str) -> list[int]:
    """Where the characters that a person sees end: marks stay with their letter, joined emoji with each other."""
    inner = (at for at in range(1, len(word)) if not (_joins(word[at]) or word[at - 1] == JOINER))
    return [*inner, len(word)]


def _joins(char: str) -> bool:
    return char == JOINER or unicodedata.category(char) in ("Mn", "Mc", "Me", "Sk")
