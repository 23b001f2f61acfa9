"""The paths of whole records: made, ended, and what belongs to them. They stand behind those of named modules."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from crmdesk.sandbox.account import Account
from crmdesk.sandbox.feed_api import FeedApi
from crmdesk.sandbox.lifecycle_api import LifecycleApi
from crmdesk.sandbox.records_api import RecordsApi

Handler = Callable[[Request], Awaitable[Response]]


def record_routes(account: Account, records: RecordsApi) -> list[tuple[str, str, Handler]]:
    """Method, path and handler, the more exact first."""
    life, feed = LifecycleApi(account), FeedApi(account, records)
    table: list[tuple[str, str, Handler]] = []
    for path in ("custom_module/{module}", "{module}"):
        table += [
            ("POST", path, life.create),
            ("POST", f"{path}/bulk_destroy", life.bulk_destroy),
            ("POST", f"{path}/upsert", life.upsert),
            ("POST", f"{path}/{{id:int}}/clone", life.clone),
            ("POST", f"{path}/{{id:int}}/manage_team_members", life.team),
            ("PUT", f"{path}/{{id:int}}/restore", life.restore),
            ("DELETE", f"{path}/{{id:int}}/forget", life.forget),
            ("DELETE", f"{path}/{{id:int}}", life.delete),
            ("GET", f"{path}/{{id:int}}/activities", feed.activities),
            ("GET", f"{path}/{{id:int}}/activities.json", feed.activities),
        ]
    table.append(("GET", "{module}/{id:int}/{other}", feed.related))
    return table
