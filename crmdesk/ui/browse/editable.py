"""Which columns can be edited in place, what their values are, and why the others can't. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from crmdesk.crm.checks import READ_ONLY
from crmdesk.crm.kinds import Kind, kind_of, normal
from crmdesk.crm.module_spec import Can, ModuleSpec
from crmdesk.crm.values import NOT_LOADED
from crmdesk.ui.browse.fields import label_of_key
from crmdesk.ui.browse.values import look_up

if TYPE_CHECKING:
    from crmdesk.crm.schema import Field, Schema

NO_SCHEMA = (
    "The CRM has not told which fields there are (it tells an administrator's key), so cells can't be edited here."
)
SCHEMA_COMES = "The fields are still being read; try again in a moment."


class KnownSchema(Protocol):
    """What of `Known` is used here."""

    spec: ModuleSpec
    schema: Schema | None
    schema_missing: bool


class Editable:
    """The fields of one module as cells edit them, once `known` has its schema."""

    def __init__(self, known: KnownSchema) -> None:
        self._known = known
        self.spec = known.spec

    @property
    def schema(self) -> Schema | None:
        """The module's fields."""
        return self._known.schema

    def field(self, key: str) -> Field | None:
        """The field that a column edits: for the column of names the one field it shows, if there is one."""
        if self.schema is None:
            return None
        if key != "@label":
            return self.schema.fields.get(key)
        names = [name for name in self.spec.label_fields if name in self.schema.fields]
        return self.schema.fields[names[0]] if names else None

    def kind(self, field: Field) -> Kind:
        """What kind of value it holds."""
        return kind_of(self.spec, field)

    @property
    def coming(self) -> bool:
        """Whether the fields are still being read, so that a cell has to wait for them."""
        return Can.EDIT in self.spec.can and self.schema is None and not self._known.schema_missing

    def refusal(self, key: str) -> str:
        """Why a column can't be edited in place; empty when it can."""
        if Can.EDIT not in self.spec.can:
            return f"The CRM's API can't change {self.spec.plural.lower()}."
        if self.schema is None:
            return NO_SCHEMA if self._known.schema_missing else SCHEMA_COMES
        field = self.field(key)
        if field is None and key == "@label":
            return "The CRM makes this name of others: add the columns First name and Last name to edit it."
        label = field.label if field is not None else label_of_key(key)
        if field is None or key in READ_ONLY:
            return f"{label} is kept by the CRM itself and can't be edited."
        if not field.editable:
            return f"{label} is read-only in this account."
        if self.kind(field) in (Kind.RAW, Kind.LINE):
            return f"{label} ties records together: open the record to edit it."
        return ""

    def value(self, record: Mapping[str, Any] | None, field: Field) -> Any:
        """A field's value in normal form; NOT_LOADED if the record does not hold it."""
        found = NOT_LOADED if record is None else look_up(record, field.name)
        return NOT_LOADED if found is NOT_LOADED else normal(self.kind(field), found)
