"""`crmdesk set`, `create` and `clone`: records get values, through a plan like everything that writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crmdesk.cli.given import Given, with_account
from crmdesk.cli.picking import Picked, picking, running
from crmdesk.cli.work import Work, run
from crmdesk.config.errors import InputError

if TYPE_CHECKING:
    from crmdesk.cli.fields import Fields
    from crmdesk.planning.edit import FieldChange

_VALUES = "Values are written as people write them: choices and owners by name, dates as 2026-11-30."


@click.command("set", epilog=_VALUES)
@click.argument("module")
@click.argument("ids_and_values", nargs=-1, metavar="[ID…] [FIELD=VALUE…]")
@picking
@click.option("--append", multiple=True, metavar="FIELD=TEXT", help="Put TEXT behind what stands there.")
@click.option("--replace", multiple=True, metavar="FIELD=OLD=>NEW", help="Replace a part of a text.")
@click.option("--clear", multiple=True, metavar="FIELD", help="Leave the field blank.")
@running
@with_account
def set_fields(
    given: Given,
    module: str,
    ids_and_values: tuple[str, ...],
    view: str | None,
    file: Path | None,
    append: tuple[str, ...],
    replace: tuple[str, ...],
    clear: tuple[str, ...],
    dry_run: bool,
    yes: bool,
) -> int:
    """Set fields of records: of those named by id, in a file, or of a whole view."""
    ids = tuple(text for text in ids_and_values if text.isascii() and text.isdecimal())
    values = tuple(text for text in ids_and_values if text not in ids)
    if any(not int(text) for text in ids):
        raise click.UsageError("0 is no id of a record.")
    picked = Picked(tuple(map(int, ids)), view, file)
    picked.check()
    if not (values or append or replace or clear):
        raise click.UsageError("Say what to set: FIELD=VALUE, --append, --replace or --clear.")

    async def work(work: Work) -> int:
        from crmdesk.cli.fields import Fields
        from crmdesk.cli.planning import refuse_if_busy
        from crmdesk.cli.running import offer

        await refuse_if_busy(work, dry_run=dry_run)
        spec = await work.module(module)
        changes = await _changes(work, await Fields.of(work, spec), values, append, replace, clear)
        what, bad = await picked.records(work, spec)
        plan = await work.session.edits.set_fields(what, changes)
        return await offer(work, plan, dry_run=dry_run, yes=yes, bad=bad)

    return run(given, work)


async def _changes(
    work: Work,
    fields: Fields,
    values: Sequence[str],
    append: Sequence[str],
    replace: Sequence[str],
    clear: Sequence[str],
) -> list[FieldChange]:
    from crmdesk.cli.fields import pair, values_of
    from crmdesk.planning.edit import FieldChange

    set_to = await values_of(work, fields, values)
    changes = [FieldChange(name, "set", value, kind=fields.kind(fields.field(name))) for name, value in set_to.items()]
    for text in append:
        name, added = pair(text, "FIELD=TEXT")
        changes.append(_text_change(fields, name, "append", added))
    for text in replace:
        name, parts = pair(text, "FIELD=OLD=>NEW")
        old, arrow, new = parts.partition("=>")
        if not arrow or not old:
            raise InputError(f"“{text}” is no FIELD=OLD=>NEW.", subject="--replace")
        changes.append(_text_change(fields, name, "replace", new, find=old))
    for name in clear:
        field = fields.field(name)
        fields.check_editable(field)
        changes.append(FieldChange(field.name, "clear", kind=fields.kind(field)))
    names = [change.field for change in changes]
    if len(set(names)) != len(names):
        raise InputError("A field is named twice.", subject="FIELD", remedy="Name each field once.")
    return changes


def _text_change(fields: Fields, name: str, how: Any, value: str, *, find: str = "") -> FieldChange:
    """Raises InputError for a field that holds no text."""
    from crmdesk.crm.kinds import TEXT_KINDS
    from crmdesk.planning.edit import FieldChange

    field = fields.field(name)
    fields.check_editable(field)
    if fields.kind(field) not in TEXT_KINDS:
        raise InputError(f"“{field.label}” holds no text that could be changed in part.", subject=field.name)
    return FieldChange(field.name, how, value, find, fields.kind(field))


@click.command(epilog=_VALUES)
@click.argument("module")
@click.argument("values", nargs=-1, required=True, metavar="FIELD=VALUE…")
@running
@with_account
def create(given: Given, module: str, values: tuple[str, ...], dry_run: bool, yes: bool) -> int:
    """Create one record of MODULE. The answer names its id."""
    return run(given, lambda work: _make(work, module, None, values, dry_run, yes))


@click.command(epilog=_VALUES)
@click.argument("module")
@click.argument("record", type=click.IntRange(min=1), metavar="ID")
@click.argument("values", nargs=-1, metavar="[FIELD=VALUE…]")
@running
@with_account
def clone(given: Given, module: str, record: int, values: tuple[str, ...], dry_run: bool, yes: bool) -> int:
    """Make a copy of record ID, with some fields changed. The answer names its id."""
    return run(given, lambda work: _make(work, module, record, values, dry_run, yes))


async def _make(work: Work, module: str, clone_of: int | None, given: Sequence[str], dry_run: bool, yes: bool) -> int:
    from crmdesk.cli.fields import Fields, kinds_of, values_of
    from crmdesk.cli.planning import refuse_if_busy
    from crmdesk.cli.running import offer
    from crmdesk.crm.checks import check_record

    await refuse_if_busy(work, dry_run=dry_run)
    spec = await work.module(module)
    fields = await Fields.of(work, spec)
    values = await values_of(work, fields, given)
    kinds, label = kinds_of(fields, values), spec.label(values)
    if clone_of is not None:
        plan = await work.session.edits.clone(spec.key, clone_of, values, kinds=kinds, label=label if values else "")
    else:
        problems = check_record(spec, fields.schema, values, creating=True, names=fields.names)
        if problems:
            raise InputError("; ".join(problem.message for problem in problems), subject=problems[0].field)
        plan = await work.session.edits.create(spec.key, values, kinds=kinds, label=label)
    return await offer(work, plan, dry_run=dry_run, yes=yes)
