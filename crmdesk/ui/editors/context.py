"""What an editor needs beside its field: the account's names and choices, the record around the field, the zone.

Nothing here waits: what is not known yet is asked for, and announced by `Known.names_arrived` when it is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import UTC, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimeZone

from crmdesk.config.errors import InputError
from crmdesk.config.times import local_zone, now, zone_named
from crmdesk.crm import checks, naming, texts
from crmdesk.crm.kinds import Kind, kind_of
from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.schema import Field, Schema
from crmdesk.crm.values import NOT_LOADED
from crmdesk.ui.browse.known import Known
from crmdesk.ui.window.workspace import Desk

if TYPE_CHECKING:
    from crmdesk.crm.naming import Names


def person_zone() -> tzinfo:
    """The person's zone by its name, so that summer and winter are told apart; a fixed offset where it has none."""
    zone = local_zone()
    if zone is not None:
        return zone
    try:
        return zone_named(bytes(QTimeZone.systemTimeZoneId().data()).decode("ascii", "replace"))
    except InputError:
        return now().astimezone().tzinfo or UTC


def _nothing(_field: str) -> Any:
    return NOT_LOADED


@dataclass
class EditContext:
    """`of(field)`: the record's value in normal form as it stands now (staged over loaded), NOT_LOADED if unknown."""

    desk: Desk
    spec: ModuleSpec
    known: Known
    of: Callable[[str], Any] = _nothing
    zone: tzinfo = dataclass_field(default_factory=lambda: person_zone())
    creating: bool = False
    cell: bool = False  # the editor stands in a table's cell, not in a form
    record: Mapping[str, Any] = dataclass_field(default_factory=dict)  # as the CRM sent it, for side-loaded names

    @property
    def schema(self) -> Schema | None:
        """The module's fields, once they are there."""
        return self.known.schema

    @cached_property
    def names(self) -> Names:
        """Names for ids, as far as the directory and the schema know them now."""
        return naming.KnownNames(self.desk.session.directory)

    def kind(self, field: Field) -> Kind:
        """What kind of value the field holds."""
        return kind_of(self.spec, field)

    def parse(self, field: Field, text: str) -> Any:
        """A typed text as a value in normal form; raises BadValue (an InputError)."""
        return texts.from_text(text, self.spec, field, self.names, self.zone)

    def text(self, field: Field, value: Any) -> str:
        """A value as `parse` reads it back."""
        return texts.to_text(value, self.spec, field, self.names, self.zone)

    def check(self, field: Field, value: Any) -> str | None:
        """What the API would have against the value; None when nothing."""
        return checks.check(self.spec, field, value, self.names)

    def currency(self) -> str:
        """The code of the record's currency, else the account's; empty while unknown."""
        self.known.need_names(("currencies",))
        chosen = self.of("currency_id")
        return self.known.names.currency({"currency_id": None if chosen is NOT_LOADED else chosen})
