"""The panel at the right: shows what the tab in front has to tell about its selection."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from crmdesk.ui.theme import Theme
from crmdesk.ui.window.workspace import Workspace


class InspectorPanel(QWidget):
    """Holds one inspector widget for each workspace that has one; hidden when the front tab has none."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Inspector")
        self._theme = theme
        self._stack = QStackedWidget()
        self._folded = False
        self._narrow = False
        self._wanted = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.setMinimumWidth(220)
        self.hide()

    def sizeHint(self) -> QSize:
        """The width of the mockups."""
        return QSize(self._theme.sizes.inspector, 400)

    @property
    def folded(self) -> bool:
        """Whether the person folded it away."""
        return self._folded

    def fold(self, folded: bool) -> None:
        """Fold or unfold; it stays hidden while there is nothing to show."""
        self._folded = folded
        # Who unfolds it in a narrow window wants it all the same.
        self._narrow = self._narrow and folded
        self._show()

    def make_room(self, narrow: bool) -> None:
        """Step aside in a narrow window."""
        if narrow != self._narrow:
            self._narrow = narrow
            self._show()

    def _show(self) -> None:
        self.setVisible(self._wanted and not self._folded and not self._narrow)

    def show_for(self, workspace: Workspace | None) -> None:
        """Show the workspace's inspector, or nothing."""
        content = workspace.inspector() if workspace is not None else None
        self._wanted = content is not None
        if content is None:
            self._show()
            return
        if self._stack.indexOf(content) < 0:
            self._stack.addWidget(content)
            # A workspace's inspector lives in this stack, yet must end with its workspace.
            assert workspace is not None
            workspace.destroyed.connect(content.deleteLater)
        self._stack.setCurrentWidget(content)
        self._show()
