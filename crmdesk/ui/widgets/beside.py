"""A page whose right side goes below where there is no room for it."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from crmdesk.ui.theme import Theme

_ANY_WIDTH = 16777215  # QWIDGETSIZE_MAX


class BesidePage(QWidget):
    """Stands its side beside what is in the middle, or below it; widths in pixels of a font of 12."""

    _turning: tuple[Theme, QBoxLayout, QWidget, int, int] | None = None

    def stand_beside(self, theme: Theme, both: QBoxLayout, side: QWidget, *, wide: int, right: int) -> None:
        """`both` holds the middle and the side, which is `right` wide where the page is `wide` at least."""
        self._turning = (theme, both, side, wide, right)
        self._turn()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Without room the right side goes below."""
        super().resizeEvent(event)
        self._turn()

    def _turn(self) -> None:
        if self._turning is None:
            return
        theme, both, side, wide, right = self._turning
        scale = theme.base / 12
        beside = self.width() >= wide * scale
        both.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        if beside:
            side.setFixedWidth(round(right * scale))
        else:
            side.setMinimumWidth(0)
            side.setMaximumWidth(_ANY_WIDTH)
