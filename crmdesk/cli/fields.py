"""Fields and values as a person writes them on a command line: `amount=1200`, `cf_region=North`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from crmdesk.config.errors import InputError
from crmdesk.config.times import local_zone

if TYPE_CHECKING:
    from datetime import tzinfo

    from crmdesk.cli.work import Work
    from crmdesk.crm.kinds import Kind
    from crmdesk.crm.modules import ModuleSpec
    from crmdesk.crm.naming import KnownNames
    from crmdesk.crm.schema import Field, Schema


@dataclass
class Fields:
    """The fields of one module, with the names that their values may be written with."""

    spec: ModuleSpec
    schema: Schema
    names: KnownNames
    zone: tzinfo

    @classmethod
    async def of(cls, work: Work, spec: ModuleSpec) -> Fields:
        """Asks for the schema where it is not known yet. Raises CrmError."""
        from crmdesk.crm.naming import KnownNames

        schema = await work.session.schema(spec.key)
        return cls(spec, schema, KnownNames(work.session.directory), local_zone() or UTC)

    def field(self, name: str) -> Field:
        """By its API name or its label. Raises InputError."""
        found = self.schema.fields.get(name)
        if found is not None:
            return found
        wanted = name.strip().casefold()
        by_label = [field for field in self.schema.fields.values() if field.label.casefold() == wanted]
        if len(by_label) == 1:
            return by_label[0]
        known = ", ".join(list(self.schema.fields)[:40])
        raise InputError(
            f"{self.spec.plural} have no field “{name}”.", subject=name, remedy=f"Some of its fields: {known}."
        )

    async def need(self, work: Work, names: Iterable[str]) -> None:
        """Loads the names that the values of these fields may be written with. Raises CrmError."""
        from crmdesk.crm.naming import selector_of

        kinds = [selector_of(self.field(name)) for name in names]
        await work.session.directory.load([kind for kind in dict.fromkeys(kinds) if kind is not None])

    def value(self, field: Field, text: str) -> Any:
        """The value that a text stands for, checked as the CRM would check it. Raises BadValue, InputError."""
        from crmdesk.crm.checks import check
        from crmdesk.crm.texts import from_text

        value = from_text(text, self.spec, field, self.names, self.zone)
        problem = check(self.spec, field, value, self.names)
        if problem is not None:
            raise InputError(problem, subject=field.name)
        return value

    def text(self, field: Field, value: Any) -> str:
        """The value as a person reads it."""
        from crmdesk.crm.texts import to_text

        return to_text(value, self.spec, field, self.names, self.zone)

    def kind(self, field: Field) -> Kind:
        """What its values are."""
        from crmdesk.crm.kinds import kind_of

        return kind_of(self.spec, field)

    def check_editable(self, field: Field) -> None:
        """Raises InputError for what the CRM itself writes."""
        from crmdesk.crm.checks import READ_ONLY

        if not field.editable or field.name in READ_ONLY:
            raise InputError(f"“{field.label}” can't be changed: the CRM itself writes it.", subject=field.name)


def pair(text: str, option: str = "FIELD=VALUE") -> tuple[str, str]:
    """The two sides of `field=value`. Raises InputError."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise InputError(f"“{text}” is no {option}.", subject=option, remedy="Write for example amount=1200.")
    return name.strip(), value


async def values_of(work: Work, fields: Fields, given: Iterable[str]) -> dict[str, Any]:
    """The values of FIELD=VALUE arguments, by API name. Raises InputError, CrmError."""
    pairs = [pair(text) for text in given]
    await fields.need(work, [name for name, _ in pairs])
    values: dict[str, Any] = {}
    for name, text in pairs:
        field = fields.field(name)
        fields.check_editable(field)
        if field.name in values:
            raise InputError(f"“{field.name}” is given twice.", subject=field.name, remedy="Give each field once.")
        values[field.name] = fields.value(field, text)
    return values


def kinds_of(fields: Fields, values: Iterable[str]) -> dict[str, Kind]:
    """The kinds of some fields, by API name."""
    return {name: fields.kind(fields.field(name)) for name in values}
