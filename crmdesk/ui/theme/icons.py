"""One family of monochrome line icons (resources/icons/*.svg, 16 × 16), tinted by the theme."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap


class _TintedEngine(QIconEngine):
    """Draws one SVG in one colour at whatever size and pixel ratio is asked for."""

    def __init__(self, svg: bytes) -> None:
        super().__init__()
        self._svg = svg

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Paint into `rect`; a disabled icon is fainter."""
        from PySide6.QtSvg import QSvgRenderer  # 8 ms that the first window should not wait for

        painter.save()
        if mode == QIcon.Mode.Disabled:
            painter.setOpacity(0.4)
        area = QRectF(rect)
        side = min(area.width(), area.height())
        square = QRectF(0, 0, side, side)
        square.moveCenter(area.center())
        QSvgRenderer(QByteArray(self._svg)).render(painter, square)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """The icon as pixels; `size` is in device pixels already."""
        pixels = QPixmap(size)
        pixels.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixels)
        self.paint(painter, pixels.rect(), mode, state)
        painter.end()
        return pixels

    def clone(self) -> QIconEngine:
        """A copy, as QIcon asks for when it detaches."""
        return _TintedEngine(self._svg)


class IconFamily:
    """The icons of one folder by name; an unknown name is a KeyError, since it is our own mistake."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sources: dict[str, str] = {}
        self._made: dict[tuple[str, str], QIcon] = {}

    def icon(self, name: str, color: str) -> QIcon:
        """The icon `name` in `color` (`#RRGGBB`)."""
        made = self._made.get((name, color))
        if made is None:
            made = QIcon(_TintedEngine(self.svg(name, color)))
            self._made[(name, color)] = made
        return made

    def svg(self, name: str, color: str) -> bytes:
        """The SVG text of `name` with its strokes in `color`."""
        if name not in self._sources:
            path = self._folder / f"{name}.svg"
            if not path.is_file():
                raise KeyError(name)
            self._sources[name] = path.read_text(encoding="utf-8")
        return self._sources[name].replace("currentColor", color).encode()
