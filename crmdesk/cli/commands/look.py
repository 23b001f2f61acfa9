"""`crmdesk get` and `search`: records by id, and what a text finds in the whole CRM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from crmdesk.cli.given import Given, with_account
from crmdesk.cli.output import counted, table
from crmdesk.cli.work import Work, run

if TYPE_CHECKING:
    from crmdesk.cli.fields import Fields


@click.command()
@click.argument("module")
@click.argument("ids", nargs=-1, required=True, type=click.IntRange(min=1), metavar="ID…")
@click.option("--fields", "wanted", default="", metavar="A,B", help="Only these, by API name.")
@with_account
def get(given: Given, module: str, ids: tuple[int, ...], wanted: str) -> int:
    """Show records with all their fields; one request each."""
    names = [name.strip() for name in wanted.split(",") if name.strip()]

    async def work(work: Work) -> int:
        from crmdesk.cli.columns import flat
        from crmdesk.cli.fields import Fields
        from crmdesk.crm import requests
        from crmdesk.crm.embeds import embeds

        spec = await work.module(module)
        fields = await Fields.of(work, spec)
        include = embeds(spec)
        found = [flat((await requests.one(work.session.client, spec, i, include=include)).fields) for i in ids]
        for name in names:
            if not any(name in row for row in found):
                fields.field(name)
        kept = [{name: row[name] for name in (names or row) if name in row} for row in found]
        await fields.need(work, [name for row in kept for name in row if name in fields.schema.fields])
        for record_id, row in zip(ids, kept, strict=True):
            work.out.show(f"{spec.singular} {record_id}")
            work.out.show(table(("FIELD", "VALUE"), [(name, _told(fields, name, row[name])) for name in row]))
        work.out.done({"module": spec.key, "records": kept})
        return 0

    return run(given, work)


def _told(fields: Fields, name: str, value: Any) -> str:
    """As people read it; what the schema does not know as it came."""
    from crmdesk.crm.kinds import normal

    field = fields.schema.fields.get(name)
    if field is None:
        return "" if value is None else str(value)
    return fields.text(field, normal(fields.kind(field), value))


@click.command()
@click.argument("text")
@click.option("--modules", default="", metavar="A,B", help="Only in these; without it in all that can be searched.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 100), metavar="N")
@with_account
def search(given: Given, text: str, modules: str, limit: int) -> int:
    """Find contacts, accounts, deals and custom records by a text. What was written seconds ago may be missing."""
    names = [name.strip() for name in modules.split(",") if name.strip()]

    async def work(work: Work) -> int:
        from crmdesk.crm import search as searching

        if not names:
            await work.session.load_modules()
        specs = [await work.module(name) for name in names] or searching.searchable(work.session.modules.all())
        hits = await searching.search(work.session.client, text, specs, limit=limit)
        work.out.show(
            table(("MODULE", "ID", "NAME", ""), [(hit.module, str(hit.id), hit.label, hit.detail) for hit in hits])
        )
        work.out.say(f"{counted(len(hits), 'record')} found.")
        work.out.done(
            {
                "text": text,
                "hits": [{"module": hit.module, "id": hit.id, "name": hit.label, "detail": hit.detail} for hit in hits],
            }
        )
        return 0

    return run(given, work)
