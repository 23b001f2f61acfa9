"""The row of modules below the search field: how many of each were found, and narrowing to one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from crmdesk.crm.module_spec import ModuleSpec
from crmdesk.ui.editors.flow import FlowLayout
from crmdesk.ui.widgets import Button

EVERYTHING = "Everything"


class ModuleChips(QWidget):
    """One button for everything and one a module; `chosen` carries a module's key, None for everything."""

    chosen = Signal(object)

    def __init__(self, modules: Sequence[ModuleSpec]) -> None:
        super().__init__()
        self.setAccessibleName("Where to search")
        self._row = FlowLayout(self)
        self._group = QButtonGroup(self)
        self._specs: tuple[ModuleSpec, ...] = ()
        self.buttons: dict[str | None, Button] = {}
        self.set_modules(modules)

    def set_modules(self, modules: Sequence[ModuleSpec]) -> None:
        """The modules that are searched."""
        if self.buttons and tuple(modules) == self._specs:
            return
        self._specs = tuple(modules)
        for old in self.buttons.values():
            self._row.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.buttons = {}
        for key, text in ((None, EVERYTHING), *((spec.key, spec.plural) for spec in modules)):
            button = Button(text.replace("&", "&&"), partial(self.chosen.emit, key), role="chip")
            button.setCheckable(True)
            self._group.addButton(button)
            self._row.addWidget(button)
            self.buttons[key] = button
        self.check(None)

    def check(self, key: str | None) -> None:
        """Which one is chosen."""
        self.buttons.get(key, self.buttons[None]).setChecked(True)

    def show_counts(self, counts: Mapping[str, int], *, cut: bool) -> None:
        """How many of each module the search of everything found; `cut`: there are more than it told."""
        for spec in self._specs:
            count = counts.get(spec.key, 0)
            told = f"{count:,}{'+' if cut else ''}" if count or not cut else ""
            button = self.buttons[spec.key]
            button.setText(f"{spec.plural} {told}".strip().replace("&", "&&"))
            button.setEnabled(bool(count) or cut)
            button.setToolTip("Searches there alone: one request" if cut else "")

    def clear_counts(self) -> None:
        """Nothing is known."""
        for spec in self._specs:
            button = self.buttons[spec.key]
            button.setText(spec.plural.replace("&", "&&"))
            button.setEnabled(True)
            button.setToolTip("")
