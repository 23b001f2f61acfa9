"""The filter builder of a module: rules that all must hold, what they find, a name to keep them by."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from crmdesk.config.errors import CrmDeskError
from crmdesk.crm import search
from crmdesk.crm.kinds import Kind, kind_of
from crmdesk.crm.schema import Field
from crmdesk.ui.browse.filter_row import FilterContext, FilterRow
from crmdesk.ui.browse.filters import Rule, SavedFilters, key_of, rules_to_json
from crmdesk.ui.browse.known import Known
from crmdesk.ui.widgets import Button, label
from crmdesk.ui.window.workspace import Desk

COUNT_AFTER = 700  # milliseconds without a change
PER_PAGE = 100
NOT_OFFERED = "All rules must hold: the CRM's API does not offer “or”. Choices and owners take several values at once."
_NOT_COMPARED = frozenset((Kind.RAW, Kind.LINE))


class FilterDialog(QDialog):
    """Opened, never executed. `wanted` carries (rules, name): open these; `saved`: the list of filters changed."""

    wanted = Signal(object, str)
    saved = Signal()

    def __init__(
        self, desk: Desk, known: Known, rules: Sequence[Rule] = (), name: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._known = known
        self._filters = SavedFilters(desk.memory)
        self._context = FilterContext(desk, known.spec, known)
        self._counts: dict[str, int | None] = {}
        self._task: asyncio.Task[Any] | None = None
        self.rows: list[FilterRow] = []
        self.setWindowTitle(f"Filter {known.spec.plural.lower()}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(680, 380)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(COUNT_AFTER)
        self._soon.timeout.connect(self.count)
        self._lay_out(name)
        for rule in rules:
            self.add().show_rule(rule)
        if not rules:
            self.add()
        self._changed()

    def _lay_out(self, name: str) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(label(f"Filter {self._known.spec.plural.lower()}", "title"))
        column.addWidget(label(NOT_OFFERED, "muted", wrap=True))
        inside = QWidget()
        inside.setProperty("ground", "surface")
        self._lines = QVBoxLayout(inside)
        self._lines.setContentsMargins(0, 4, 0, 4)
        self._lines.setSpacing(6)
        self.add_button = Button("Add a rule", self.add, role="link")
        self._lines.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        self._lines.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(inside)
        column.addWidget(scroll, 1)
        self._found = label("", "strong", wrap=True)
        column.addWidget(self._found)
        column.addLayout(self._foot(name))

    def _foot(self, name: str) -> QHBoxLayout:
        self.name = QLineEdit(name)
        self.name.setPlaceholderText("Name, to keep it in the sidebar")
        self.name.setAccessibleName("Name of the filter")
        self.name.textChanged.connect(lambda _text: self._changed_name())
        self.save_button = Button("Save", self.save)
        self.remove_button = Button("Delete", self.remove, hint="Take the saved filter out of the sidebar")
        self.open_button = Button("Open", self.open_it, role="primary")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.name, 1)
        row.addWidget(self.save_button)
        row.addWidget(self.remove_button)
        row.addStretch(1)
        row.addWidget(Button("Cancel", self.reject))
        row.addWidget(self.open_button)
        return row

    def _fields(self) -> list[Field]:
        schema = self._known.schema
        fields = schema.fields.values() if schema is not None else ()
        spec = self._known.spec
        return sorted(
            (field for field in fields if kind_of(spec, field) not in _NOT_COMPARED),
            key=lambda field: field.label.lower(),
        )

    # -- rules ------------------------------------------------------------------------------------------

    def add(self) -> FilterRow:
        """One more line."""
        row = FilterRow(self._context, self._fields())
        row.changed.connect(self._changed)
        row.removed.connect(self._removed)
        self.rows.append(row)
        self._lines.insertWidget(len(self.rows) - 1, row)
        row.field.setFocus()
        self._changed()
        return row

    def _removed(self, row: FilterRow) -> None:
        self.rows.remove(row)
        self._lines.removeWidget(row)
        row.hide()
        row.deleteLater()
        self._changed()

    def rules(self) -> tuple[Rule, ...] | None:
        """What is asked for; None while a line is not complete."""
        found = [row.rule() for row in self.rows]
        return tuple(rule for rule in found if rule is not None) if found and None not in found else None

    def _changed(self) -> None:
        self._soon.stop()
        if self._task is not None:
            self._task.cancel()
        rules = self.rules()
        self.open_button.setEnabled(rules is not None)
        self._changed_name()
        if rules is None:
            self._found.setText("Add a rule." if not self.rows else "Each rule needs a value.")
        elif key_of(rules_to_json(rules)) in self._counts:
            self._show_count(self._counts[key_of(rules_to_json(rules))])
        else:
            self._found.setText("Counting…")
            self._soon.start()

    def _changed_name(self) -> None:
        name = self.name.text().strip()
        self.save_button.setEnabled(bool(name) and self.rules() is not None)
        self.remove_button.setVisible(name in self._filters.all().get(self._known.spec.key, []))

    # -- what it finds -------------------------------------------------------------------------------------

    def count(self) -> None:
        """Ask the CRM how many there are, one request; asked once for the same rules."""
        rules = self.rules()
        if rules is None:
            return
        key = key_of(rules_to_json(rules))

        def here(total: int | None) -> None:
            self._counts[key] = total
            self._show_count(total)

        def failed(error: BaseException) -> None:
            remedy = error.remedy if isinstance(error, CrmDeskError) else ""
            self._found.setText(f"The CRM does not answer this filter: {error} {remedy}".strip())

        self._task = self._desk.tasks.start(self._total(rules), owner=self, on_done=here, on_failed=failed)

    async def _total(self, rules: Sequence[Rule]) -> int | None:
        spec = self._known.spec
        asked = [rule.asked(spec) for rule in rules]
        page = await search.filtered(self._desk.session.client, spec, asked, per_page=1, include=None)
        return page.total

    @property
    def found(self) -> str:
        """What is told of the count."""
        return self._found.text()

    def _show_count(self, total: int | None) -> None:
        if total is None:
            self._found.setText("The CRM does not tell how many there are.")
            return
        pages = max(1, -(-total // PER_PAGE))
        records = f"{total:,} records" if total != 1 else "1 record"
        requests = f"{pages:,} requests" if pages != 1 else "1 request"
        self._found.setText(f"{records}, {requests}" + (f"; the first {PER_PAGE} come with one" if pages > 1 else ""))

    # -- keeping and opening ---------------------------------------------------------------------------------

    def save(self) -> None:
        """Keep the filter in the sidebar, and open it."""
        rules, name = self.rules(), self.name.text().strip()
        if rules is not None and name:
            self._filters.save(self._known.spec.key, name, rules)
            self.saved.emit()
            self.wanted.emit(rules, name)
            self.accept()

    def remove(self) -> None:
        """Keep the filter no longer."""
        self._filters.remove(self._known.spec.key, self.name.text().strip())
        self.saved.emit()
        self._changed_name()

    def open_it(self) -> None:
        """Open what it finds, without keeping the filter."""
        rules = self.rules()
        if rules is not None:
            name = self.name.text().strip()
            kept = name in self._filters.all().get(self._known.spec.key, [])
            same = kept and self._filters.rules(self._known.spec.key, name) == rules
            self.wanted.emit(rules, name if same else "")
            self.accept()
