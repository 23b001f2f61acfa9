"""What: everything that an owner has in chosen modules, as when someone leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.planning.intents import OwnerHoldings, What
from crmdesk.ui.reassign.owners import OwnerPicker, givers
from crmdesk.ui.widgets import Button, label

if TYPE_CHECKING:
    from crmdesk.crm.modules import ModuleSpec
    from crmdesk.ui.window.workspace import Desk

MEMORY = "reassign.modules"
_DEFAULT_OFF = ("products", "documents", "sales_activities")
_HINTS = {
    "tasks": "open ones",
    "products": "one request each to look",
    "documents": "the API can't list them; use a file of ids",
    "sales_activities": "the whole list is read",
}


class OwnerPanel(QWidget):
    """An owner at the left, modules at the right."""

    changed = Signal()
    picked = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._known: tuple[str, ...] = ()
        self.boxes: dict[str, QCheckBox] = {}
        self.picker = OwnerPicker(desk.theme, gone=True, name="Whose records")
        self.picker.setMinimumWidth(220)
        self.picker.moved.connect(self.changed)
        self.picker.picked.connect(lambda _entry: self.picked.emit())
        self.closed = QCheckBox("Closed deals too")
        self.closed.setToolTip("Without them, past results stay with who earned them")
        self.closed.toggled.connect(lambda _on: self.changed.emit())
        self._modules = QVBoxLayout()
        self._modules.setSpacing(4)
        side = QVBoxLayout()
        side.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(label("In these modules", "strong"))
        head.addStretch(1)
        head.addWidget(Button("All", lambda: self._check_all(True), role="link"))
        head.addWidget(Button("None", lambda: self._check_all(False), role="link"))
        side.addLayout(head)
        side.addLayout(self._modules)
        side.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(label("Whose records", "strong"))
        left.addWidget(self.picker, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(24)
        row.addLayout(left, 3)
        row.addLayout(side, 2)

    def refresh(self) -> None:
        """Offer the owners and modules that are known now."""
        directory = self._desk.session.directory
        self.picker.set_entries(givers(directory))
        specs = self._desk.session.modules.owned()
        known = tuple(spec.key for spec in specs)
        if known != self._known:
            self._known = known
            self._offer(specs)

    def _offer(self, specs: tuple[ModuleSpec, ...]) -> None:
        remembered = self._desk.memory.get(MEMORY)
        was = {key: box.isChecked() for key, box in self.boxes.items()}
        self._modules.removeWidget(self.closed)
        for box in self.boxes.values():
            self._modules.removeWidget(box)
            box.deleteLater()
        self.boxes = {}
        for spec in specs:
            box = QCheckBox(spec.plural.replace("&", "&&"))
            hint = _HINTS.get(spec.key)
            if hint:
                box.setText(f"{box.text()} ({hint})")
            usual = spec.key in remembered if isinstance(remembered, list) else spec.key not in _DEFAULT_OFF
            box.setChecked(was.get(spec.key, usual) and spec.key != "documents")
            box.setEnabled(spec.key != "documents")
            box.toggled.connect(lambda _on: self._toggled())
            self.boxes[spec.key] = box
            self._modules.addWidget(box)
            if spec.key == "deals":
                self._modules.addWidget(self.closed)
                self.closed.setStyleSheet("QCheckBox { margin-left: 20px; }")
        self._toggled(remember=False)

    def _toggled(self, *, remember: bool = True) -> None:
        deals = self.boxes.get("deals")
        self.closed.setEnabled(deals is not None and deals.isChecked())
        if remember:
            self._desk.memory.set(MEMORY, list(self.chosen_modules()))
        self.changed.emit()

    def _check_all(self, on: bool) -> None:
        for box in self.boxes.values():
            if box.isEnabled():
                box.setChecked(on)

    def chosen_modules(self) -> tuple[str, ...]:
        """The modules that are ticked."""
        return tuple(key for key, box in self.boxes.items() if box.isChecked())

    def preset(self, what: OwnerHoldings) -> None:
        """Show what was chosen before."""
        self.picker.mark(what.owner_id)
        for key, box in self.boxes.items():
            box.blockSignals(True)  # shown, not chosen anew: what is remembered stays
            box.setChecked(key in what.modules)
            box.blockSignals(False)
        self.closed.setChecked(what.closed_deals)
        self._toggled(remember=False)

    def what(self) -> What | None:
        """What is chosen."""
        entry, modules = self.picker.current, self.chosen_modules()
        if entry is None or not modules:
            return None
        return OwnerHoldings(entry.owner_id, modules, self.closed.isChecked() and "deals" in modules)
