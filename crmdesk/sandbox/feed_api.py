"""What happened to a record, and the records of the main modules that belong to it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from crmdesk.sandbox import feed
from crmdesk.sandbox.account import Account
from crmdesk.sandbox.answers import answer, includes_of, number, unknown
from crmdesk.sandbox.modules import BUILT_IN
from crmdesk.sandbox.records_api import RecordsApi
from crmdesk.sandbox.render import user_shape

_RELATED = {"sales_accounts": ("contacts", "deals"), "deals": ("contacts",), "contacts": ("deals",)}


class FeedApi:
    """The handlers."""

    def __init__(self, account: Account, records: RecordsApi) -> None:
        self.account = account
        self.store = account.store
        self.records = records

    async def activities(self, request: Request) -> Response:
        """GET <module>/<id>/activities, with or without `.json`: newest first; `limit`, or pages; include=user."""
        custom = "/custom_module/" in request.url.path
        module = self.records.custom(request) if custom else self.records.module(request, tuple(_RELATED))
        record = self.records.record(module, request, deleted=True)
        limit = max(0, min(100, number(request.query_params.get("limit") or request.query_params.get("per_page"), 25)))
        page = max(1, number(request.query_params.get("page"), 1))
        entries, total = feed.listed(self.store, module, record, limit, (page - 1) * limit)
        body = {"activities": entries, "meta": {"total": total}}
        if {"user", "users"} & set(includes_of(request)):
            ids = dict.fromkeys(item["user_id"] for item in entries)
            users = [user for user in self.store.choices("users") if user["id"] in ids]
            body = {"users": [user_shape(user) for user in users], **body}
        return answer(body)

    async def related(self, request: Request) -> Response:
        """GET <module>/<id>/contacts and /deals."""
        module = self.records.module(request, tuple(_RELATED))
        other = self.store.modules.get(request.path_params["other"])
        if other is None or other.name not in _RELATED[module.name] or other.name not in BUILT_IN:
            raise unknown()
        record = self.records.record(module, request)
        found = self.account.renderer.neighbours(module, record, other.name)
        return answer(self.account.renderer.rows(other, found, includes_of(request), {"total": len(found)}))
