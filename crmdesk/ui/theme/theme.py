"""The theme in force: follows the system or the person's choice, and announces changes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFontInfo, QIcon
from PySide6.QtWidgets import QApplication

from crmdesk.ui.theme.icons import IconFamily
from crmdesk.ui.theme.palette import make_palette
from crmdesk.ui.theme.sheet import style_sheet
from crmdesk.ui.theme.tokens import COMFORTABLE, DARK, DENSE, LIGHT, Sizes, Tokens

SCHEMES = ("system", "light", "dark")


class Theme(QObject):
    """Tokens and sizes in force; `changed` follows every switch, after palette and sheet are set."""

    changed = Signal()

    def __init__(self, app: QApplication, resources: Path, scheme: str = "system", dense: bool = False) -> None:
        super().__init__()
        self._app = app
        self._icons = IconFamily(resources / "icons")
        self._folder = resources / "icons"
        self._scheme = scheme if scheme in SCHEMES else "system"
        self._dense = dense
        self._system_dark = app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        app.setStyle("Fusion")
        self.base = min(16, max(12, QFontInfo(app.font()).pixelSize()))
        font = app.font()
        font.setPixelSize(self.base)
        app.setFont(font)
        self.tokens: Tokens = LIGHT
        self.sizes: Sizes = COMFORTABLE
        self._apply()
        app.styleHints().colorSchemeChanged.connect(self._system_changed)

    @property
    def scheme(self) -> str:
        """`system`, `light` or `dark`, as the person chose."""
        return self._scheme

    @property
    def dense(self) -> bool:
        """Whether rows are 24 pixels high instead of 28."""
        return self._dense

    @property
    def row_height(self) -> int:
        """Height of a table row in pixels; grows with a large system font."""
        return max(self.sizes.row, round(self.base * (1.7 if self._dense else 2.1)))

    def choose(self, scheme: str | None = None, dense: bool | None = None) -> None:
        """Set the person's choice; what is None stays."""
        self._scheme = scheme if scheme in SCHEMES else self._scheme
        self._dense = self._dense if dense is None else dense
        self._apply()
        self.changed.emit()

    def color(self, token: str) -> QColor:
        """The colour of a token by its name, such as `accent`."""
        return QColor(getattr(self.tokens, token))

    def icon(self, name: str, token: str = "muted") -> QIcon:
        """An icon of the family in the colour of `token`; ask again after `changed`."""
        return self._icons.icon(name, getattr(self.tokens, token))

    def _system_changed(self, scheme: Qt.ColorScheme) -> None:
        self._system_dark = scheme == Qt.ColorScheme.Dark
        if self._scheme == "system":
            self._apply()
            self.changed.emit()

    def _apply(self) -> None:
        dark = self._scheme == "dark" or (self._scheme == "system" and self._system_dark)
        self.tokens = DARK if dark else LIGHT
        self.sizes = DENSE if self._dense else COMFORTABLE
        self._app.setPalette(make_palette(self.tokens))
        self._app.setStyleSheet(style_sheet(self.tokens, self.sizes, self.base, self._folder.as_posix()))
