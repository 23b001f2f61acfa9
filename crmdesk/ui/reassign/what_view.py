"""What: every record of one of the CRM's views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from crmdesk.planning.intents import What, WholeView
from crmdesk.ui.widgets import label

if TYPE_CHECKING:
    from crmdesk.crm.requests import View
    from crmdesk.ui.window.workspace import Desk


class ViewPanel(QWidget):
    """A module, and its views."""

    changed = Signal()
    picked = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.module = QComboBox()
        self.module.setAccessibleName("Module")
        self.module.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a view")
        self.search.setAccessibleName("Find a view")
        self.search.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName("Views")
        self.list.setStyleSheet("QListWidget::item { padding: 4px 6px; }")
        self.says = label("", "muted", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.module)
        row.addWidget(self.search, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.says)
        column.addWidget(self.list, 1)
        self.module.currentIndexChanged.connect(lambda _at: self._load())
        self.search.textChanged.connect(self._narrow)
        self.list.currentItemChanged.connect(lambda _new, _old: self.changed.emit())
        self.list.itemActivated.connect(lambda _item: self.picked.emit())
        self._asked = ""

    def refresh(self) -> None:
        """Offer the modules that have views; the views of the one chosen are asked for."""
        chosen = self.module.currentData()
        self.module.blockSignals(True)
        self.module.clear()
        for spec in self._desk.session.modules.owned():
            if spec.view_path is not None:
                self.module.addItem(spec.plural, spec.key)
        self.module.setCurrentIndex(max(0, self.module.findData(chosen)))
        self.module.blockSignals(False)
        if self._asked != self.module.currentData():
            self._load()

    def what(self) -> What | None:
        """What is chosen."""
        item = self.list.currentItem()
        if item is None or item.isHidden():
            return None
        view: View = item.data(Qt.ItemDataRole.UserRole)
        return WholeView(self.module.currentData(), view.id, view.name)

    def _load(self) -> None:
        module = self.module.currentData()
        self._asked = module
        self.list.clear()
        self.says.setText("Asking for the views…")
        self.says.show()
        self._desk.tasks.start(
            self._desk.session.views(module),
            owner=self,
            on_done=lambda views: self._listed(module, views),
            on_failed=lambda error: self._failed(module, error),
        )

    def _failed(self, module: str, error: BaseException) -> None:
        if module == self._asked:
            self._asked = ""
            self.says.setText("The views could not be asked for.")
        self._desk.say_error(error, "Asking for the views", self._load)

    def _listed(self, module: str, views: list[View]) -> None:
        if module != self._asked:
            return
        self.says.setText("" if views else "This module has no views.")
        self.says.setVisible(not views)
        for view in views:
            item = QListWidgetItem(view.name)
            item.setData(Qt.ItemDataRole.UserRole, view)
            item.setToolTip("")
            self.list.addItem(item)
        self._narrow(self.search.text())

    def _narrow(self, query: str) -> None:
        words = query.casefold().split()
        for row in range(self.list.count()):
            item = self.list.item(row)
            item.setHidden(not all(word in item.text().casefold() for word in words))
        self.changed.emit()
