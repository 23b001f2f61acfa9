"""The line below a list's contacts: how many are selected, and what can be done with them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from crmdesk.ui.lists.doings import contacts
from crmdesk.ui.widgets import Button, ElidedLabel


class Foot(QFrame):
    """Buttons for the list as long as nothing is selected, for the selected contacts otherwise."""

    add = Signal()
    copy = Signal()
    move_on = Signal()
    remove = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "footer")
        self._told = ElidedLabel("", "muted")
        self.add_button = Button("Add contacts…", self.add.emit, hint="Find contacts and put them on this list")
        self.copy_button = Button("Copy to…", self.copy.emit, hint="Put the selected contacts on another list, too")
        self.move_button = Button("Move to…", self.move_on.emit)
        self.remove_button = Button("Remove", self.remove.emit)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(8)
        row.addWidget(self._told, 1)
        for button in (self.add_button, self.copy_button, self.move_button, self.remove_button):
            row.addWidget(button)
        self.show_chosen(0, None)

    def show_chosen(self, chosen: int, total: int | None) -> None:
        """So many of so many contacts are selected."""
        self.copy_button.setEnabled(chosen > 0)
        self.move_button.setEnabled(chosen > 0 or bool(total))
        self.remove_button.setEnabled(chosen > 0 or bool(total))
        self.copy_button.setText(f"Copy {chosen:,} to…" if chosen else "Copy to…")
        self.move_button.setText(f"Move {chosen:,} to…" if chosen else "Move all to…")
        self.remove_button.setText(f"Remove {chosen:,}" if chosen else "Remove all…")
        took = "Taken off the list, not deleted; this can be undone" if chosen else "Takes everybody off the list"
        self.remove_button.setToolTip(took)
        if chosen:
            self._told.setText(f"{contacts(chosen)} selected")
        elif total:
            self._told.setText("Select contacts to copy, move or remove some")
        else:
            self._told.setText("Nobody is on this list" if total == 0 else "")
