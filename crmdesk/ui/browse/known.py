"""What is known of a module beside its rows, shared by table and inspector: schema and names.

Rows come first; these arrive when they arrive and are announced.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from crmdesk.crm.errors import CrmError, NotAllowed
from crmdesk.crm.modules import ModuleSpec
from crmdesk.ui.browse.fields import FieldInfo, in_own_words, known_fields
from crmdesk.ui.browse.names import LiveNames
from crmdesk.ui.browse.values import Texts
from crmdesk.ui.window.workspace import Desk

if TYPE_CHECKING:
    from crmdesk.crm.schema import Schema


class Known(QObject):
    """Schema, names and the texts made of them, for one module of one account."""

    names_arrived = Signal()
    schema_arrived = Signal()
    schema_failed = Signal()
    names_failed = Signal(object)

    def __init__(self, desk: Desk, spec: ModuleSpec, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.spec = spec
        self.names = LiveNames(desk.session.directory, desk.session.labels)
        self.texts = Texts(self.names)
        self.schema: Schema | None = None
        self._asked: set[str] = set()
        self._schema_asked = False
        self.schema_missing = False  # it was asked for and can't be had

    def fields(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, FieldInfo]:
        """Every field that can be shown, from the schema and these rows."""
        return known_fields(self.spec, self.schema, rows, self._desk.session.directory.kind_of_field)

    def need_names(self, kinds: Iterable[str]) -> None:
        """Have these selectors loaded unless they were asked for; `names_arrived` follows."""
        wanted = [kind for kind in kinds if kind and kind not in self._asked]
        if not wanted:
            self.names.pending = self.names.pending and bool(self._asked)
            return
        self._asked.update(wanted)
        self.names.pending = True
        self._desk.tasks.start(
            self._load_names(wanted), owner=self, on_done=self._names_here, on_failed=self._names_here
        )

    def ask_names_again(self, kinds: Iterable[str]) -> None:
        """Try once more what failed."""
        self._asked.difference_update(kinds)
        self.need_names(kinds)

    async def _load_names(self, kinds: Sequence[str]) -> BaseException | None:
        """Each selector by itself: an agent's key may be refused one and given another."""
        directory = self._desk.session.directory
        found = await asyncio.gather(*(directory.load((kind,)) for kind in kinds), return_exceptions=True)
        wrong = [error for error in found if isinstance(error, BaseException)]
        worse = [error for error in wrong if not isinstance(error, NotAllowed)]
        return worse[0] if worse else None

    def _names_here(self, error: BaseException | None) -> None:
        self.names.pending = False
        self.names.forget()
        self.names_arrived.emit()
        if error is not None:
            self.names_failed.emit(error)

    def need_schema(self) -> None:
        """Have the schema loaded unless it was asked for; `schema_arrived` or `schema_failed` follows."""
        if self._schema_asked:
            return
        self._schema_asked = True
        self._desk.tasks.start(
            self._desk.session.schema(self.spec.key),
            owner=self,
            on_done=self._schema_here,
            on_failed=self._no_schema,
        )

    def _schema_here(self, schema: Schema) -> None:
        self.schema = in_own_words(schema)
        self.schema_arrived.emit()

    def _no_schema(self, error: BaseException) -> None:
        """Settings need an admin's key: without them labels are made of the keys, and nothing is said."""
        self.schema_missing = True
        if not isinstance(error, CrmError):
            self._desk.say_error(error, "Reading the fields")
        self.schema_failed.emit()
