"""Views in tests: opened, settled, and the requests they made."""

from __future__ import annotations

from collections.abc import Callable

from crmdesk.ui.browse.workspace import BrowseWorkspace
from tests.ui.browse.desks import PlainDesk

Opener = Callable[..., BrowseWorkspace]


def settle(desk: PlainDesk, work: BrowseWorkspace) -> None:
    """First page, names and schema are here."""
    desk.until(lambda: work.model.store.pages and not work.feed.busy, "the first page")
    desk.until(lambda: not work.known.names.pending and desk.tasks.under_way == 0, "names and schema")


def views_asked(desk: PlainDesk) -> list[dict[str, str]]:
    """The queries of the requests for views' pages, in order."""
    return [dict(url.params) for url in desk.asked if "/view/" in url.path]


def pages_asked(desk: PlainDesk) -> list[int]:
    """The pages of views that were asked for, in order."""
    return [int(query["page"]) for query in views_asked(desk)]


def rest(desk: PlainDesk, work: BrowseWorkspace) -> None:
    """Scrolling has rested and what it asked for is here."""
    desk.until(lambda: work.feed._pager.idle, "pages in sight")
