"""What can be listed of a module: its views, the filters that stand in for them, and their pages."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from crmdesk.config.errors import InputError
from crmdesk.crm import requests
from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.requests import Page
from crmdesk.planning.pages import in_order
from crmdesk.session import Session

ALL = "all"
AHEAD = 2  # pages that are asked for while one is written; few are in memory at a time


@dataclass(frozen=True)
class Listed:
    """A view of the CRM, or a filter that stands in for one (tasks, sales activities): then `id` is its word."""

    id: int | str
    name: str
    group: str
    owner_name: str | None = None
    updated_at: datetime | None = None


async def views_of(session: Session, spec: ModuleSpec) -> list[Listed]:
    """Raises CrmError."""
    if spec.key == "tasks":
        return [Listed(name, f"{name.capitalize()} tasks", "default") for name in requests.TASK_FILTERS]
    if spec.key == "sales_activities":
        return [Listed(ALL, "All sales activities", "default")]
    found = await session.views(spec.key)
    return [Listed(view.id, view.name, view.group, view.owner_name, view.updated_at) for view in found]


async def view_named(session: Session, spec: ModuleSpec, text: str) -> Listed:
    """A view by its id or its exact name. Raises InputError, CrmError."""
    known, wanted = await views_of(session, spec), text.strip()
    if not known:
        raise InputError(f"The API has no views of {spec.plural.lower()}.", subject="--view")
    by_id = [view for view in known if str(view.id) == wanted]
    found = by_id or [view for view in known if view.name.casefold() == wanted.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(str(view.id) for view in found)
        raise InputError(f"“{wanted}” names {len(found)} views.", subject="--view", remedy=f"Name one by id: {ids}.")
    raise InputError(
        f"{spec.plural} have no view “{wanted}”.",
        subject="--view",
        remedy=f"“crmdesk views {spec.key}” lists them.",
    )


async def pages_of(session: Session, spec: ModuleSpec, view: Listed, seen: set[int]) -> AsyncGenerator[Page, None]:
    """All pages in order; where records moved meanwhile and some are missing, once more from the other end.

    Who takes the pages adds their ids to `seen`, and passes over what is there already.
    """
    client = session.client
    if spec.key == "tasks":
        async with aclosing(in_order(lambda number: requests.tasks_page(client, str(view.id), number), AHEAD)) as pages:
            async for page in pages:
                yield page
        return
    if isinstance(view.id, str):
        async with aclosing(in_order(lambda number: requests.listing_page(client, spec, number), AHEAD)) as pages:
            async for page in pages:
                yield page
        return
    for descending in (False, True):
        total: int | None = None
        async with aclosing(in_order(_view_page(session, spec, view.id, descending), AHEAD)) as pages:
            async for page in pages:
                total = page.total
                yield page
        if total is None or len(seen) >= total:
            return


def _view_page(session: Session, spec: ModuleSpec, view_id: int, descending: bool) -> Callable[[int], Awaitable[Page]]:
    async def fetch(number: int) -> Page:
        return await requests.view_page(session.client, spec, view_id, number, sort="created_at", descending=descending)

    return fetch
