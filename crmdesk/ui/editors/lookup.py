"""The editor of a lookup: another record, found by typing; its name and id are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from crmdesk.config.errors import CrmDeskError, InputError
from crmdesk.crm.schema import Field
from crmdesk.crm.values import whole
from crmdesk.ui.browse.values import folded
from crmdesk.ui.editors.base import FieldEditor
from crmdesk.ui.editors.context import EditContext
from crmdesk.ui.editors.finding import LEAST, Finder, modules_of
from crmdesk.ui.editors.options import Option
from crmdesk.ui.editors.picker import Picker
from crmdesk.ui.widgets import Button, label

SEARCHING = Option(None, "Searching…")
NOTHING = Option(None, "Nothing found")


class LookupEditor(FieldEditor):
    """Typing searches; picking takes a record; the cross, or an empty line, makes it blank."""

    def __init__(self, field: Field, context: EditContext, parent: QWidget | None = None) -> None:
        super().__init__(field, context, parent)
        self.finder = Finder(context.desk, modules_of(context.desk, context.spec, field, context.of), self)
        self._picked: Any = None
        theme = context.desk.theme
        self.picker = Picker(theme, "search")
        what = " or ".join(spec.singular.lower() for spec in self.finder.modules) or "record"
        self.picker.setPlaceholderText(f"Find {'an' if what[0] in 'aeiou' else 'a'} {what}")
        self.id_label = label("", "small", selectable=True)
        self.clear_button = Button("", self.clear, role="quiet", icon=theme.icon("close"), hint="Make it blank")
        self.clear_button.setProperty("small", True)
        self.clear_button.setFixedWidth(26)
        self.picker.wanted.connect(self._find)
        self.picker.picked.connect(self._take_option)
        self.picker.typed.connect(self.touch)
        self.finder.found.connect(self._found)
        self.finder.failed.connect(self._failed)
        self.finder.named.connect(self._named)
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.picker, 1)
        row.addWidget(self.clear_button)
        self.take(self.picker, self.clear_button)
        self.clear_button.setAccessibleName(f"Make {field.label} blank")
        self.place(line, self.id_label)

    def show_value(self, value: Any) -> None:
        """Name and id; the name is asked for when it isn't known."""
        self._picked = value
        name = name_of_lookup(self.context, self.field, value) or self.finder.names.get(value)
        if name is None and isinstance(value, int):
            self.finder.name(value)
        self._show(value, name)

    def _show(self, value: Any, name: str | None) -> None:
        self.picker.show_label("" if value is None else name or str(value))
        self.id_label.setText(f"Id {value}" if value is not None and name else "")
        self.id_label.setVisible(bool(self.id_label.text()))
        self.clear_button.setVisible(value is not None and not self.field.required)

    def read(self) -> Any:
        """The picked record's id; an id that is typed is taken too. Raises InputError for other text."""
        text = self.picker.text().strip()
        if not text:
            return None
        if text in (str(self._picked), self._name_shown()):
            return self._picked
        typed = whole(text)
        if typed is not None and typed > 0:
            return typed
        raise InputError(f"Pick a record for “{text}” from the list.", subject=self.field.label)

    def _name_shown(self) -> str | None:
        return name_of_lookup(self.context, self.field, self._picked) or self.finder.names.get(self._picked)

    def open_list(self) -> bool:
        """Whether the list is open."""
        return self.picker.list_open

    def clear(self) -> None:
        """Blank."""
        self._picked = None
        self._show(None, None)
        self.touch()
        self.picker.setFocus(Qt.FocusReason.OtherFocusReason)

    def begin(self) -> None:
        """Ready to type."""
        self.picker.setFocus(Qt.FocusReason.OtherFocusReason)
        self.picker.selectAll()

    def _find(self, text: str) -> None:
        if folded(text) == folded(self._name_shown() or ""):
            text = ""
        self.finder.want(text)
        if self.finder.busy:
            self.picker.offer([SEARCHING], light=-1)
        elif len(text.strip()) < LEAST:
            self.picker.close_list()

    def _found(self, _text: str, options: list[Option]) -> None:
        if self.picker.hasFocus():
            self.picker.offer(options or [NOTHING], light=0 if options else -1)

    def _failed(self, _text: str, error: BaseException) -> None:
        self.picker.close_list()
        if isinstance(error, CrmDeskError):
            self.set_problem(f"Not searched: {error.message}")
        else:
            self.context.desk.say_error(error, f"Searching for {self.field.label}")

    def _take_option(self, option: Option) -> None:
        if option.value is None:
            return
        self.finder.stop()
        if len(self.finder.modules) == 1:
            beside = {self.finder.modules[0].many_key: [{"id": option.value, "name": option.label}]}
            self.context.known.names.learn(beside)
        self._picked = option.value
        self._show(option.value, option.label)
        self.touch()
        self.commit()

    def _named(self, record_id: int, name: str) -> None:
        if record_id == self._picked and not self.picker.isModified():
            self._show(record_id, name)


def name_of_lookup(context: EditContext, field: Field, value: Any) -> str | None:
    """What the record that a lookup points to is called, as far as it came along; None where it is not known."""
    if value is None:
        return None
    beside = context.record.get(field.name.removesuffix("_id"))
    if isinstance(beside, Mapping) and whole(beside.get("id")) == value:
        name = beside.get("name") or beside.get("display_name")
        if isinstance(name, str) and name:
            return name
    for spec in modules_of(context.desk, context.spec, field, context.of):
        if context.known.names.knows(spec.many_key, value):
            return context.known.names.name(spec.many_key, value)
    return None
