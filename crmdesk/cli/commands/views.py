"""`crmdesk views MODULE`: the CRM's saved filters of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crmdesk.cli.given import Given, with_account
from crmdesk.cli.output import table
from crmdesk.cli.work import Work, run

if TYPE_CHECKING:
    from crmdesk.cli.lists import Listed


@click.command()
@click.argument("module")
@with_account
def views(given: Given, module: str) -> int:
    """List the views of MODULE (contacts, accounts, deals, tasks, cm_…), with the ids for --view."""

    async def work(work: Work) -> int:
        from crmdesk.cli.lists import views_of

        spec = await work.module(module)
        found = await views_of(work.session, spec)
        if work.out.as_json:
            work.out.done({"module": spec.key, "views": [_entry(view) for view in found]})
        elif found:
            lines = [(str(view.id), view.name, view.group, view.owner_name or "") for view in found]
            work.out.show(table(("ID", "NAME", "GROUP", "OWNER"), lines))
        else:
            work.out.say(f"The API has no views of {spec.plural.lower()}.")
        return 0

    return run(given, work)


def _entry(view: Listed) -> dict[str, object]:
    return {
        "id": view.id,
        "name": view.name,
        "group": view.group,
        "owner": view.owner_name,
        "updated_at": view.updated_at,
    }
