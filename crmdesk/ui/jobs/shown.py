"""Changes as people read them: names of fields, values with their names and units; asked for once, never waited for.

Values are in normal form, as the journal keeps them. What isn't known yet is shown as it is and told by `changed`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from crmdesk.config.errors import InputError
from crmdesk.crm.directory import NOBODY
from crmdesk.crm.values import NOT_LOADED
from crmdesk.store.words import FORGOTTEN, IS_DELETED, Op
from crmdesk.ui.browse.fields import FieldInfo, from_key, label_of_key
from crmdesk.ui.browse.known import Known
from crmdesk.ui.browse.values import Kind, one_line, plain_text

if TYPE_CHECKING:
    from crmdesk.crm.modules import ModuleSpec
    from crmdesk.store.rows import PlanRow
    from crmdesk.ui.window.workspace import Desk

NOT_LOADED_WORDS = "not loaded"
BLANK = "blank"
OWNER = "owner_id"
TEAM, DESIGNATIONS = "team", "designations"
_OPS: Mapping[str, str] = {
    Op.CREATE: "New",
    Op.CLONE: "Copy",
    Op.DELETE: "Delete",
    Op.RESTORE: "Restore",
    Op.FORGET: "Forget",
    Op.CALL: "Call",
}
_STATES: Mapping[str, tuple[str, str]] = {
    IS_DELETED: ("there", "in the Recycle Bin"),
    FORGOTTEN: ("there", "forgotten for good"),
}
# The lines of a relation: what one of them is called, and the selector that names its key.
_LINES: Mapping[str, tuple[str, str]] = {
    TEAM: ("Team", "owners"),
    "products": ("Product", ""),
    "product_pricings": ("Price", "currencies"),
    "contacts": ("Contact", ""),
    "sales_accounts": ("Account", ""),
    "attendees": ("Attendee", ""),
    "members": ("Member", ""),
}
# Lines whose key is a record, which is named where it was seen.
_RECORDS: Mapping[str, str] = {
    "products": "products",
    "contacts": "contacts",
    "sales_accounts": "sales_accounts",
    "members": "contacts",
}
PRODUCT_NAMES = "deal_products"
SUMMARY_FIELDS = 4  # of a creation, as many are named in one line


class Shown(QObject):
    """Texts of fields and values of one account; `changed` when more names are known."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._known: dict[str, Known | None] = {}
        self._infos: dict[tuple[str, str], FieldInfo] = {}

    # -- modules and fields --------------------------------------------------------------------

    def spec(self, module: str) -> ModuleSpec | None:
        """The module, if the account is known to have it."""
        try:
            return self._desk.session.modules.get(module)
        except InputError:
            return None

    def module(self, module: str) -> str:
        """A module's name, for many."""
        spec = self.spec(module)
        return module if spec is None else spec.plural

    def one(self, module: str) -> str:
        """A module's name, for one record: "contact"."""
        spec = self.spec(module)
        return module if spec is None else spec.singular.lower()

    def record(self, module: str, record: int | str | None, label: str) -> str:
        """A record by its label, else by what it is and its id."""
        if label:
            return label
        spec = self.spec(module)
        name = module if spec is None else spec.singular
        return f"New {name.lower()}" if record is None or isinstance(record, str) else f"{name} {record}"

    def field(self, module: str, field: str) -> str:
        """A field's label; a line of a relation is named by what it stands for."""
        prefix, _, key = field.partition(":")
        if key:
            title, names = _LINES.get(prefix, (label_of_key(prefix), ""))
            return f"{title} · {self._keyed(module, prefix, names, key)}"
        if field == IS_DELETED:
            return "Deleted"
        return "Forgotten" if field == FORGOTTEN else self._info(module, field).label

    def change(self, row: PlanRow) -> str:
        """What a row changes: the field's label, or the kind of a whole record's change."""
        named = _OPS.get(row.op)
        return named if named is not None else self.field(row.module, row.field)

    # -- values --------------------------------------------------------------------------------

    def text(self, module: str, field: str, value: Any) -> str:
        """A value; empty where it is blank, "not loaded" where it isn't known."""
        if value is NOT_LOADED:
            return NOT_LOADED_WORDS
        if field in _STATES:
            return _STATES[field][bool(value)]
        if value is None and field == OWNER:
            return NOBODY
        if value is None or value == "" or value == []:
            return ""
        prefix, _, key = field.partition(":")
        if key:
            return self._line(module, prefix, value)
        if isinstance(value, Mapping) and "$local" in value:
            return f"the new record {value['$local']}"
        known = self._of(module)
        info = self._info(module, field)
        if known is None:
            return one_line(plain_text(value))
        if info.value.kind is Kind.NAME:
            known.need_names((info.value.names,))
        elif info.value.kind is Kind.OWNER:
            known.need_names(("owners",))
        elif info.value.kind is Kind.MONEY:
            known.need_names(("currencies",))
        return one_line(known.texts.text(info.value, {info.key: value}))

    def before(self, row: PlanRow) -> str:
        """What a row's record has."""
        if row.op in (Op.CREATE, Op.CLONE, Op.CALL):
            return ""
        return self.text(row.module, row.field, row.before) if row.before_known else NOT_LOADED_WORDS

    def after(self, row: PlanRow) -> str:
        """What a row's record shall have; a creation tells some of its fields."""
        if isinstance(row.after, Mapping) and row.op in (Op.CREATE, Op.CLONE, Op.CALL):
            return self.summary(row.module, row.after)
        return self.text(row.module, row.field, row.after)

    def summary(self, module: str, values: Mapping[str, Any]) -> str:
        """Some of a new record's fields in one line."""
        told = [f"{self.field(module, key)} {text}" for key in values if (text := self.text(module, key, values[key]))]
        more = len(told) - SUMMARY_FIELDS
        return ", ".join(told[:SUMMARY_FIELDS]) + (f" and {more} more" if more > 0 else "")

    def _line(self, module: str, prefix: str, value: Any) -> str:
        if prefix == TEAM:
            return self._named(module, DESIGNATIONS, value)
        if value is True:
            return "yes"
        if isinstance(value, Mapping):
            parts = (f"{label_of_key(str(key)).lower()} {plain_text(part)}" for key, part in value.items() if part)
            return ", ".join(parts) or "yes"
        return one_line(plain_text(value))

    def _keyed(self, module: str, prefix: str, names: str, key: str) -> str:
        """What a line's key stands for: a user, a currency, or a record by its label; asks for no record."""
        kind, _, number = key.partition(":")
        if prefix == "attendees" and number:
            return self._named(module, "owners", number) if kind == "user" else self._label("contacts", number)
        return self._label(_RECORDS[prefix], key) if prefix in _RECORDS else self._named(module, names, key)

    def _label(self, module: str, key: str) -> str:
        """A record as the session has seen it, a product as deals know it; the id otherwise."""
        if not key.isdigit():
            return key
        session = self._desk.session
        found = session.labels.get(module, int(key))
        if found is None and module == "products":
            found = session.directory.name(PRODUCT_NAMES, int(key))
        return one_line(found) if found else key

    def _named(self, module: str, names: str, key: Any) -> str:
        """The name of an id that a selector knows, the id otherwise."""
        known = self._of(module)
        text = str(key)
        if not names or known is None or not text.isdigit():
            return text
        known.need_names((names,))
        return known.names.owner(int(text)) if names == "owners" else known.names.name(names, int(text))

    # -- what is known -------------------------------------------------------------------------

    def need(self, modules: Iterable[str]) -> None:
        """Have the fields of these modules asked for, unless they are known."""
        for module in modules:
            self._of(module)

    def _of(self, module: str) -> Known | None:
        if module not in self._known:
            spec = self.spec(module)
            known = None if spec is None else Known(self._desk, spec, self)
            self._known[module] = known
            if known is not None:
                known.names_arrived.connect(self.changed)
                known.schema_arrived.connect(self._schema_arrived)
                known.need_schema()
        return self._known[module]

    def _schema_arrived(self) -> None:
        self._infos.clear()
        self.changed.emit()

    def _info(self, module: str, field: str) -> FieldInfo:
        found = self._infos.get((module, field))
        if found is None:
            found = self._find_info(module, field)
            self._infos[(module, field)] = found
        return found

    def _find_info(self, module: str, field: str) -> FieldInfo:
        known = self._of(module)
        kind_of_field = self._desk.session.directory.kind_of_field
        if known is None:
            from crmdesk.ui.browse.values import Value

            return FieldInfo(Value(field, Kind.TEXT), label_of_key(field))
        return known.fields(()).get(field) or from_key(known.spec, field, None, kind_of_field)
