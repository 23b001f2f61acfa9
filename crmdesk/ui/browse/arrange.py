"""Keeps the columns: from memory, from the schema, from the person's hands, and back into memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from crmdesk.ui.browse.columns import ColumnState, default_state, from_memory, make_columns
from crmdesk.ui.browse.columns_dialog import ColumnsDialog
from crmdesk.ui.browse.fields import FieldInfo
from crmdesk.ui.browse.known import Known
from crmdesk.ui.browse.model import RecordModel
from crmdesk.ui.browse.table import RecordTable
from crmdesk.ui.browse.values import Kind
from crmdesk.ui.window.workspace import Desk

REMEMBERED_AFTER = 400  # milliseconds: a drag of a column's edge is many changes


class ColumnKeeper(QObject):
    """Which columns the table shows; remembered per module and profile."""

    changed = Signal()  # the columns of the model are other ones now

    def __init__(
        self, desk: Desk, known: Known, model: RecordModel, table: RecordTable, never: frozenset[str] = frozenset()
    ) -> None:
        """`never`: fields that these rows never hold; such a table remembers columns of its own."""
        super().__init__(table)
        self._never = never
        self._desk = desk
        self._known = known
        self._model = model
        self._table = table
        self._memory_key = f"browse.{known.spec.key}.{'fewer_' if never else ''}columns"
        self._chosen = from_memory(desk.memory.get(self._memory_key))
        self._samples: list[Mapping[str, Any]] = []
        self.fields: dict[str, FieldInfo] = known.fields(())
        self._save = QTimer(self)
        self._save.setSingleShot(True)
        self._save.setInterval(REMEMBERED_AFTER)
        self._save.timeout.connect(self._remember)
        self._by_hand = False  # somebody has chosen widths or an order in the header
        table.columns_changed.connect(self._touched)
        table.width_changed.connect(self._fit_again)
        known.schema_arrived.connect(self.apply)

    @property
    def state(self) -> ColumnState:
        """What the person chose, else the module's standard."""
        if self._chosen is not None:
            return self._chosen
        standard = default_state(self._known.spec, self.fields)
        return replace(standard, keys=tuple(key for key in standard.keys if key not in self._never))

    def learn(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Fields that rows hold become columns to choose; a custom module's standard is made of them."""
        self._samples = list(rows)
        self.apply()

    def apply(self) -> None:
        """Show the columns of the state with what is known of their fields now."""
        self.fields = self._known.fields(self._samples)
        columns = make_columns(self.state, self.fields)
        if columns == self._model.columns and not self._values_differ(columns):
            return
        same = [column.key for column in columns] == [column.key for column in self._model.columns]
        with self._table.quiet():
            self._model.set_columns(columns)
        if not same:
            self._fit()
        self.changed.emit()

    def _fit(self) -> None:
        self._table.dress_header(fit=not self.state.widths)

    def _fit_again(self) -> None:
        if not self.state.widths:
            self._fit()

    def _values_differ(self, columns: Sequence[Any]) -> bool:
        return any(
            new.value.choices != old.value.choices for new, old in zip(columns, self._model.columns, strict=True)
        )

    def kinds_of_names(self) -> list[str]:
        """The selectors that the columns need, the owners first."""
        values = [column.value for column in self._model.columns]
        names = [value.names for value in values if value.kind is Kind.NAME]
        money = ["currencies"] if any(value.kind is Kind.MONEY for value in values) else []
        pipelines = ["deal_pipelines"] if "deal_stages" in names else []
        return list(dict.fromkeys(["owners", *names, *pipelines, *money]))

    def choose(self, keys: Sequence[str]) -> None:
        """Show these columns from now on."""
        self._chosen = replace(self._current(), keys=tuple(keys))
        self._write()
        self.apply()

    def standard(self) -> None:
        """Back to the module's standard columns."""
        self._chosen = None
        self._by_hand = False
        self._desk.memory.set(self._memory_key, None)
        self.apply()

    def open_dialog(self, parent: QWidget) -> ColumnsDialog:
        """Let the person choose."""
        dialog = ColumnsDialog(self.fields, self._current().keys, self._known.spec.plural, parent)
        dialog.chosen.connect(self.choose)
        dialog.defaults_asked.connect(self.standard)
        dialog.open()
        return dialog

    def _current(self) -> ColumnState:
        """The columns as they stand on the screen: order and widths by hand included."""
        columns = self._model.columns
        keys = tuple(columns[section].key for section in self._table.shown_columns())
        widths = {**self.state.widths, **self._table.widths()} if self._by_hand or self.state.widths else {}
        return ColumnState(keys, widths)

    def _touched(self) -> None:
        self._by_hand = True
        self._save.start()

    def _remember(self) -> None:
        if self._model.columns:
            self._chosen = self._current()
            self._write()

    def _write(self) -> None:
        if self._chosen is not None:
            self._desk.memory.set(self._memory_key, self._chosen.to_memory())
