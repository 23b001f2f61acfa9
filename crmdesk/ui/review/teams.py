"""Who works on records beside their owner: members with a designation, added, changed and taken away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QWidget

from crmdesk.config.errors import CrmDeskError
from crmdesk.crm.kinds import Kind
from crmdesk.planning.edit import FieldChange
from crmdesk.planning.intents import SelectedRecords
from crmdesk.ui.jobs import words
from crmdesk.ui.widgets import Button, ElidedLabel, NoteBox, SectionTitle, label
from crmdesk.ui.window.dialogs import Dialog

if TYPE_CHECKING:
    from crmdesk.changes.plan import Plan
    from crmdesk.ui.window.workspace import Desk

DESIGNATIONS = "designations"
NONE = "no designation"


async def read_team(desk: Desk, module: str, record: int) -> dict[str, Any]:
    """The members by user id, each with the id of the designation (True: not known). Raises CrmError."""
    from crmdesk.crm.relations import read_lines, relation_of

    spec = desk.session.modules.get(module)
    relation = relation_of(spec, "team:1")
    if relation is None:
        return {}
    return dict(await read_lines(desk.session.client, spec, record, relation))


class TeamDialog(Dialog):
    """`planned` carries the plan of what was changed here."""

    planned = Signal(object)

    def __init__(self, desk: Desk, what: SelectedRecords, window: QWidget | None) -> None:
        one = what.rows[0].label or f"record {what.rows[0].id}"
        many = len(what.rows) > 1
        super().__init__(window, f"Team of {words.records(len(what.rows))}" if many else f"Team of {one}", width=480)
        self._desk = desk
        self._what = what
        self._many = many
        self._had: Mapping[str, Any] = {}
        self.members: dict[str, Any] = {}
        self.says = label("Looking who is in it…" if not many else "", "muted", wrap=True)
        self.trouble = NoteBox()
        self.trouble.hide()
        self._grid = QGridLayout()
        self._grid.setColumnStretch(0, 1)
        self._grid.setHorizontalSpacing(8)
        self.user = QComboBox()
        self.user.setAccessibleName("User")
        self.designation = QComboBox()
        self.designation.setAccessibleName("Designation")
        self.designation.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.user.setMinimumContentsLength(10)
        self.add = Button("&Add", self._add)
        self.drop = Button("&Take away", self._drop_from_all)
        self._lay_out()
        desk.tasks.start(self._load(), owner=self, on_done=self._loaded, on_failed=self._not_loaded)

    def _lay_out(self) -> None:
        self.body.addWidget(self.says)
        self.body.addWidget(self.trouble)
        self.body.addLayout(self._grid)
        self.body.addSpacing(6)
        self.body.addWidget(SectionTitle("Add or take away on all of them" if self._many else "Add a member"))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.user, 2)
        row.addWidget(self.designation)
        row.addWidget(self.add)
        row.addWidget(self.drop)
        self.drop.setVisible(self._many)
        self.body.addLayout(row)
        self.add_button(Button("&Cancel", self.reject))
        self.save = self.add_button(Button("&Save the team", self._save, role="primary"))
        self._allow(False)

    # -- reading

    async def _load(self) -> dict[str, Any]:
        directory = self._desk.session.directory
        names = asyncio.gather(directory.load(("owners",)), directory.load((DESIGNATIONS,)))
        await names
        return {} if self._many else await read_team(self._desk, self._what.module, self._what.rows[0].id)

    def _loaded(self, team: dict[str, Any]) -> None:
        directory = self._desk.session.directory
        self._had, self.members = dict(team), dict(team)
        for owner in directory.owners:
            if owner.active:
                self.user.addItem(owner.name, str(owner.id))
        for item in directory.items(DESIGNATIONS):
            self.designation.addItem(
                str(item.get("name") or item.get("display_name") or item.get("id")), item.get("id")
            )
        if not self.designation.count():
            self.designation.addItem(NONE, True)
        self._allow(True)
        self._show_members()

    def _not_loaded(self, error: BaseException) -> None:
        self.says.hide()
        remedy = error.remedy if isinstance(error, CrmDeskError) else ""
        self.trouble.set(f"The team could not be read: {error}", remedy, "warning")
        self.trouble.show()

    def _allow(self, ready: bool) -> None:
        self.add.setEnabled(ready)
        self.drop.setEnabled(ready)
        self.save.setEnabled(ready and self.changed)

    # -- members

    @property
    def changed(self) -> bool:
        """Whether anything is to be saved."""
        return dict(self._had) != self.members

    def _show_members(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for at, (user, designation) in enumerate(self.members.items()):
            self._show_member(at, user, designation)
        if self._many:
            told = f"{words.changes(len(self.members))} for each of {words.records(len(self._what.rows))}."
            self.says.setText(told if self.members else "Members that you add or take away here change on all of them.")
        else:
            self.says.setText("" if self.members else "Nobody is in the team yet.")
        self.says.setVisible(bool(self.says.text()))
        self.save.setEnabled(self.changed)

    def _show_member(self, at: int, user: str, designation: Any) -> None:
        name = self._desk.session.directory.owner_name(int(user))
        gone = designation is None
        self._grid.addWidget(ElidedLabel(f"{name}, taken away" if gone else name, "muted" if gone else ""), at, 0)
        box = QComboBox()
        box.setAccessibleName(f"Designation of {name}")
        for place in range(self.designation.count()):
            box.addItem(self.designation.itemText(place), self.designation.itemData(place))
        found = box.findData(designation)
        if found < 0 and not gone:
            box.insertItem(0, NONE if designation is True else str(designation), designation)
            found = 0
        box.setCurrentIndex(found)
        box.setEnabled(not gone)
        box.activated.connect(lambda _at: self._set(user, box.currentData()))
        self._grid.addWidget(box, at, 1)
        text = "Keep" if gone else "Remove"
        self._grid.addWidget(Button(text, lambda: self._remove(user, gone), role="link", hint=f"{text} {name}"), at, 2)

    def _set(self, user: str, designation: Any) -> None:
        self.members[user] = designation
        self.save.setEnabled(self.changed)

    def _remove(self, user: str, gone: bool) -> None:
        if user not in self._had:
            self.members.pop(user, None)
        else:
            self.members[user] = self._had[user] if gone else None
        self._show_members()

    def _add(self) -> None:
        user = self.user.currentData()
        if user is not None:
            self.members[user] = self.designation.currentData()
            self._show_members()

    def _drop_from_all(self) -> None:
        user = self.user.currentData()
        if user is not None:
            self.members[user] = None
            self._show_members()

    # -- saving

    def _save(self) -> None:
        self._allow(False)
        self._desk.tasks.start(self._plan(), owner=self, on_done=self._done, on_failed=self._not_planned)

    async def _plan(self) -> Plan:
        edits, what = self._desk.session.edits, self._what
        changed = {user: value for user, value in self.members.items() if self._had.get(user) != value}
        if self._many:
            return await edits.set_fields(what, team_changes(changed), title=self.windowTitle())
        told = {f"team:{user}": (self._had.get(user), value) for user, value in changed.items()}
        row = what.rows[0]
        return await edits.relate(what.module, row.id, told, row.label, title=self.windowTitle())

    def _done(self, plan: Plan) -> None:
        self.planned.emit(plan)
        self.accept()

    def _not_planned(self, error: BaseException) -> None:
        self._allow(True)
        remedy = error.remedy if isinstance(error, CrmDeskError) else ""
        self.trouble.set(str(error), remedy, "warning")
        self.trouble.show()


def team_changes(changed: Mapping[str, Any]) -> Sequence[FieldChange]:
    """What shall happen to the same members of many records."""
    return [
        FieldChange(f"team:{user}", "clear" if value is None else "set", value, kind=Kind.LINE)
        for user, value in changed.items()
    ]
