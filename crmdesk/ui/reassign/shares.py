"""One owner's part of a split: name, percents, and about how many records that is."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QWidget

from crmdesk.ui.reassign.owners import OwnerEntry
from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import Button, ElidedLabel, label


class ShareRow(QWidget):
    """A line of the split; `changed` when its percents were edited, `removed` when it shall go."""

    changed = Signal()
    removed = Signal(object)

    def __init__(self, theme: Theme, entry: OwnerEntry, percent: int) -> None:
        super().__init__()
        self.entry = entry
        self.name = ElidedLabel(entry.name)
        self.name.setFixedHeight(theme.row_height)
        self.name.setMinimumWidth(80)
        self.percent = QSpinBox()
        self.percent.setRange(1, 100)
        self.percent.setSuffix(" %")
        self.percent.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.percent.setAccessibleName(f"Part of {entry.name} in percent")
        self.percent.setValue(percent)
        self.percent.setFixedWidth(round(68 * theme.base / 12))
        self.count = label("", "muted")
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.count.setMinimumWidth(round(52 * theme.base / 12))
        self.remove = Button(
            "",
            lambda: self.removed.emit(self),
            role="quiet",
            icon=theme.icon("close"),
            hint=f"Take {entry.name} out",
        )
        self.remove.setProperty("small", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.name, 1)
        row.addWidget(self.percent)
        row.addWidget(self.count)
        row.addWidget(self.remove)
        self._theme = theme
        theme.changed.connect(self._dress)
        self.percent.valueChanged.connect(lambda _value: self.changed.emit())

    def set_percent(self, value: int) -> None:
        """Set without telling."""
        self.percent.blockSignals(True)
        self.percent.setValue(value)
        self.percent.blockSignals(False)

    def _dress(self) -> None:
        self.remove.setIcon(self._theme.icon("close"))

    def show_alone(self, alone: bool) -> None:
        """A single owner gets everything: there is nothing to divide."""
        self.percent.setVisible(not alone)
