"""The first step: which records shall change hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.planning.intents import OwnerHoldings, SelectedRecords, What, WholeView
from crmdesk.ui.jobs import words
from crmdesk.ui.jobs.flow import stand_on_foot
from crmdesk.ui.reassign.what_file import FilePanel
from crmdesk.ui.reassign.what_owner import OwnerPanel
from crmdesk.ui.reassign.what_view import ViewPanel
from crmdesk.ui.widgets import Button, Line, label

if TYPE_CHECKING:
    from crmdesk.crm.directory import Directory
    from crmdesk.crm.modules import Modules
    from crmdesk.ui.window.workspace import Desk

_OWNER, _VIEW, _FILE, _HANDED = range(4)


def describe(what: What, modules: Modules, directory: Directory) -> str:
    """What it is, in a few words: "312 Contacts that were selected"."""
    if isinstance(what, OwnerHoldings):
        return f"Everything that {directory.owner_name(what.owner_id)} has"
    spec = modules.get(what.module)
    if isinstance(what, WholeView):
        without = f" without {len(what.minus):,} taken out" if what.minus else ""
        return f"The whole view {spec.plural} · {what.view_name or what.view_id}{without}"
    count = len(what.rows)
    return f"{count:,} selected {spec.plural if count != 1 else spec.singular}"


def ask_for(what: What, modules: Modules, directory: Directory) -> str:
    """The heading over it: "Hand over everything that M. Agrawal has"."""
    text = describe(what, modules, directory)
    verb = "Hand over" if isinstance(what, OwnerHoldings) else "Reassign"
    return f"{verb} {text[0].lower()}{text[1:]}"


class WhatPage(QWidget):
    """Four ways to say what; `chosen` carries the intent."""

    chosen = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._handed: What | None = None
        self.owner = OwnerPanel(desk)
        self.view = ViewPanel(desk)
        self.file = FilePanel(desk)
        self._handed_text = label("", wrap=True)
        self.ways = QButtonGroup(self)
        self._lay_out()
        for panel in (self.owner, self.view, self.file):
            panel.changed.connect(self._allow)
        self.owner.picked.connect(self._go)
        self.view.picked.connect(self._go)
        self.ways.idClicked.connect(self._show_way)
        self.refresh()
        self._show_way(_OWNER)

    def _lay_out(self) -> None:
        texts = (
            (_HANDED, "The records that you selecte&d"),
            (_OWNER, "Ever&ything an owner has (handover)"),
            (_VIEW, "A who&le view"),
            (_FILE, "Records from a file of &ids"),
        )
        ways = QVBoxLayout()
        ways.setSpacing(2)
        for way, text in texts:
            radio = QRadioButton(text)
            radio.setMinimumHeight(28)
            self.ways.addButton(radio, way)
            ways.addWidget(radio)
        handed = QWidget()
        inside = QVBoxLayout(handed)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self._handed_text)
        inside.addStretch(1)
        self.panels = QStackedWidget()
        for panel in (self.owner, self.view, self.file, handed):
            self.panels.addWidget(panel)
        self.next = Button("&Continue", self._go, role="primary")
        body = QVBoxLayout()
        body.setContentsMargins(22, 18, 22, 14)
        body.setSpacing(14)
        body.addWidget(label("Which records shall change hands?", "heading"))
        body.addLayout(ways)
        body.addWidget(Line())
        body.addWidget(self.panels, 1)
        middle = QWidget()
        middle.setMaximumWidth(860)
        middle.setLayout(body)
        foot = QHBoxLayout()
        foot.setContentsMargins(22, 10, 22, 10)
        self.says = label("Nothing is read or changed yet.", "muted")
        foot.addWidget(self.says, 1)
        foot.addWidget(self.next)
        stand_on_foot(self, middle, foot)

    def refresh(self) -> None:
        """Offer what is known now of owners, modules and views."""
        self.owner.refresh()
        self.file.refresh()
        self.ways.button(_HANDED).setVisible(self._handed is not None)
        self._allow()

    def preset(self, what: What | None) -> None:
        """Show what was chosen, or handed in, before."""
        if what is None:
            return
        if isinstance(what, OwnerHoldings):
            self._show_way(_OWNER)
            self.owner.preset(what)
            return
        self._handed = what
        text = describe(what, self._desk.session.modules, self._desk.session.directory)
        name = text if isinstance(what, SelectedRecords) else "The view you came from"
        self.ways.button(_HANDED).setText(name.replace("&", "&&"))
        self._handed_text.setText("" if isinstance(what, SelectedRecords) else f"{text}.")
        self.refresh()
        self._show_way(_HANDED)

    def _show_way(self, way: int) -> None:
        self.ways.button(way).setChecked(True)
        self.panels.setCurrentIndex(way)
        if way == _VIEW:
            self.view.refresh()
        self._allow()

    def what(self) -> What | None:
        """What is chosen now."""
        way = self.ways.checkedId()
        if way == _HANDED:
            return self._handed
        return (self.owner, self.view, self.file)[way].what() if way >= 0 else None

    def _allow(self) -> None:
        what = self.what() if self.ways.checkedId() >= 0 else None
        self.next.setEnabled(what is not None)
        if isinstance(what, OwnerHoldings):
            name = self._desk.session.directory.owner_name(what.owner_id)
            self.says.setText(
                f"{name}, {len(what.modules)} module{'' if len(what.modules) == 1 else 's'}. Nothing is read yet."
            )
        elif isinstance(what, SelectedRecords):
            self.says.setText(f"{words.records(len(what.rows))}. Nothing is read yet.")
        else:
            self.says.setText("Nothing is read or changed yet.")

    def _go(self) -> None:
        what = self.what()
        if what is not None:
            self.chosen.emit(what)
