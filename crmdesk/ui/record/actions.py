"""What can be done with one record as a whole: clone, delete, restore, forget; asked about in ui/review."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget

from crmdesk.crm.module_spec import Can, ModuleSpec
from crmdesk.planning.intents import KnownRow, SelectedRecords
from crmdesk.ui.commands import Command
from crmdesk.ui.window.workspace import Desk


class RecordActions:
    """For the record that `shown()` gives (its id and fields); what the API can't do is not offered."""

    def __init__(self, desk: Desk, spec: ModuleSpec, shown: Callable[[], tuple[int, Mapping[str, Any]] | None]) -> None:
        self._desk = desk
        self._spec = spec
        self._shown = shown

    def commands(self) -> Sequence[Command]:
        """All that the module allows, each with when it can be done."""
        spec = self._spec
        offered: list[tuple[Can, str, str, Callable[[], object], Callable[[], bool]]] = [
            (Can.CLONE, "Clone…", "copy", self.clone, self._alive),
            (Can.DELETE, "Delete…", "trash", self.delete, self._alive),
            (Can.RESTORE, "Restore", "undo", self.restore, self._deleted),
            (Can.FORGET, "Forget…", "warning", self.forget, self._any),
        ]
        return tuple(
            Command(
                f"record.{can.value}",
                text + (" (unproven)" if can in spec.unproven else ""),
                run,
                "Record",
                icon=icon,
                group=2,
                enabled=enabled,
            )
            for can, text, icon, run, enabled in offered
            if can in spec.can
        )

    def show_menu(self, below: QWidget) -> None:
        """The commands that can be done now, and what was done from here, below a button."""
        menu = QMenu(below)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for command in self.commands():
            if command.enabled():
                action = menu.addAction(self._desk.theme.icon(command.icon), command.title)
                action.triggered.connect(lambda _checked=False, run=command.run: run())
        if menu.isEmpty():
            menu.addAction("The API offers nothing more for this record").setEnabled(False)
        menu.addSeparator()
        menu.addAction(self._desk.theme.icon("jobs"), "Changed from here", self.history)
        menu.popup(below.mapToGlobal(below.rect().bottomLeft()))

    def history(self) -> None:
        """What was changed from here, beside the record in a tab of its own; from the journal, no request."""
        if (shown := self._shown()) is not None:
            args = {"module": self._spec.key, "id": shown[0], "label": self._label(), "part": "history"}
            self._desk.open("record", args)

    def clone(self) -> None:
        """A new record with this one's values, in a tab where they can be changed first."""
        if (shown := self._shown()) is not None:
            args = {"module": self._spec.key, "clone_of": shown[0], "label": self._label()}
            self._desk.open("new", args)

    def delete(self) -> None:
        """Ask, and delete."""
        if (what := self._selected()) is not None:
            from crmdesk.ui.review import ask

            ask.delete_records(self._desk, what)

    def restore(self) -> None:
        """Out of the Recycle Bin."""
        if (what := self._selected()) is not None:
            from crmdesk.ui.review import ask

            ask.restore_records(self._desk, what)

    def forget(self) -> None:
        """Ask for the name to be typed, and forget for good."""
        if (shown := self._shown()) is not None:
            from crmdesk.ui.review import ask

            ask.forget_record(self._desk, self._spec, shown[0], self._label())

    def _selected(self) -> SelectedRecords | None:
        shown = self._shown()
        if shown is None:
            return None
        record_id, record = shown
        updated = record.get("updated_at")
        row = KnownRow(
            record_id, self._label(), self._spec.owner(record), updated if isinstance(updated, str) else None
        )
        return SelectedRecords(self._spec.key, (row,))

    def _label(self) -> str:
        shown = self._shown()
        return "" if shown is None else self._spec.label(shown[1] or {"id": shown[0]})

    def _any(self) -> bool:
        return self._shown() is not None

    def _deleted(self) -> bool:
        shown = self._shown()
        return shown is not None and shown[1].get("is_deleted") is True

    def _alive(self) -> bool:
        return self._any() and not self._deleted()
