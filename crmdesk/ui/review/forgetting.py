"""Before a record is forgotten: for good, everywhere; the name must be typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QWidget

from crmdesk.ui.widgets import Button, NoteBox, label
from crmdesk.ui.window.dialogs import Dialog

if TYPE_CHECKING:
    from crmdesk.crm.modules import ModuleSpec
    from crmdesk.ui.window.workspace import Desk


def same_name(typed: str, name: str) -> bool:
    """Whether the name was typed; case and outer or doubled spaces don't matter."""
    return bool(name.split()) and typed.casefold().split() == name.casefold().split()


class ForgetDialog(Dialog):
    """Accepted only when the name was typed."""

    def __init__(self, desk: Desk, spec: ModuleSpec, record: int, name: str, window: QWidget | None) -> None:
        self._name = name.strip() or str(record)
        super().__init__(window, f"Forget “{self._name}” for good?", width=460)
        self.body.addWidget(
            label(
                f"The CRM removes this {spec.singular.lower()} and what belongs to it, for good: it does not go to the"
                " Recycle Bin, nothing brings it back, and there is no undo.",
                wrap=True,
            )
        )
        self.body.addWidget(
            label(
                "CRMDesk wipes its own copies, too: the values in the journal of what was changed, in unsaved changes"
                " and in what it remembers. The id, and the fact that it was forgotten, stay.",
                "muted",
                wrap=True,
            )
        )
        if desk.production:
            self.body.addWidget(NoteBox(f"{desk.account_name} is a production account.", "", "warning"))
        self.body.addSpacing(4)
        self.body.addWidget(label(f"Type “{self._name}” to go on."))
        self.typed = QLineEdit()
        self.typed.setAccessibleName(f"Type {self._name} to forget it for good")
        self.typed.textChanged.connect(lambda _text: self._allow())
        self.typed.returnPressed.connect(self._go)
        self.body.addWidget(self.typed)
        self.add_button(Button("&Cancel", self.reject))
        self.forget_button = self.add_button(Button("&Forget for good", self._go, role="danger"))
        self.typed.setFocus()
        self._allow()

    def _allow(self) -> None:
        self.forget_button.setEnabled(same_name(self.typed.text(), self._name))

    def _go(self) -> None:
        if self.forget_button.isEnabled():
            self.accept()
