"""Marketing lists and the contacts that are in them. Moving and emptying is queued, adding and removing is not."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from crmdesk.sandbox import rules
from crmdesk.sandbox.account import Account
from crmdesk.sandbox.answers import Wrong, answer, body_of, number, record_id, unknown
from crmdesk.sandbox.members import MEMBER, members, put_in, take_out
from crmdesk.sandbox.modules import Body
from crmdesk.sandbox.store import Record, Where
from crmdesk.sandbox.targets import blank, whole

_QUEUED = "Updating now... we'll let you know once this is done."


class ListsApi:
    """The handlers."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.store = account.store
        account.jobs.works["list"] = self._work

    def _found(self, list_id: Any) -> Record:
        found = self.store.get("lists", record_id(list_id))
        if found is None:
            raise unknown()
        return found

    # -- the lists ----------------------------------------------------------------------------------------

    async def create(self, request: Request) -> Response:
        """POST lists."""
        name = self._name(await body_of(request), None)
        now = self.store.stamp()
        record: Record = {"id": self.store.next_id("lists"), "is_deleted": False, "created_ms": now, "updated_ms": now}
        self.store.save("lists", {**record, "name": name})
        return answer(_printed({**record, "name": name}))

    async def update(self, request: Request) -> Response:
        """PUT lists/<id>: another name."""
        found = self._found(request.path_params["id"])
        found["name"] = self._name(await body_of(request), found["id"])
        found["updated_ms"] = self.store.stamp()
        self.store.save("lists", found)
        return answer(_printed(found))

    def _name(self, body: Body, own_id: int | None) -> str:
        # The reference sends the name bare; envelopes are taken as every other request has them.
        data = body["list"] if isinstance(body.get("list"), dict) else body
        name = data.get("name")
        if blank(name) or not isinstance(name, str):
            raise Wrong("Name can't be blank")
        taken = self.store.ids("lists", Where("ukey = ?", (name.strip().casefold(),)))
        if any(key != own_id for key in taken):
            raise Wrong("Name has already been taken")
        return name.strip()

    async def lists(self, request: Request) -> Response:
        """GET lists, in the order in which they were made."""
        limit, offset = _page(request)
        found = self.store.page("lists", Where(), "id", False, limit, offset)
        total = self.store.count("lists", Where())
        shapes = [{"id": item["id"], "name": item["name"]} for item in found]
        return answer({"lists": shapes, "meta": _meta(total, limit)})

    # -- their contacts -----------------------------------------------------------------------------------

    async def contacts(self, request: Request) -> Response:
        """GET contacts/lists/<id>: whole contacts, unlike the rows of a view."""
        found = self._found(request.path_params["id"])
        inside = f"id IN (SELECT b FROM links WHERE kind = '{MEMBER}' AND a = {found['id']})"
        where = rules.seen_by(request.state.user, Where(f"deleted = 0 AND {inside}"))
        limit, offset = _page(request)
        records = self.store.page("contacts", where, "id", False, limit, offset)
        # The list's rows change without a contact being written, so the store's remembered counts don't serve.
        total = len(self.store.ids("contacts", where))
        module = self.store.modules["contacts"]
        whole_rows = replace(module, row_keys=(*module.template, "record_type_id"), avatar_data=True)
        body = self.account.renderer.rows(whole_rows, records, (), _meta(total, limit))
        for shape in body["contacts"]:
            shape["record_type_id"] = shape["record_type_id"] or "1000000074"
        return answer(body)

    async def add(self, request: Request) -> Response:
        """PUT lists/<id>/add_contacts: also how contacts are copied from another list."""
        found = self._found(request.path_params["id"])
        body = await body_of(request)
        ids = self._visible(_ids(body), request.state.user)
        with self.store.transaction():
            put_in(self.store, found["id"], ids)
        return answer({"message": f"{len(ids)} contacts updated."})

    async def remove(self, request: Request) -> Response:
        """PUT lists/<id>/remove_contacts: those named, or all of them."""
        found = self._found(request.path_params["id"])
        body = await body_of(request)
        if body.get("all") is True:
            self._queue({"from": found["id"], "to": None, "ids": None}, request)
            return answer({"message": _QUEUED})
        ids = self._visible(_ids(body), request.state.user)
        inside = set(members(self.store, found["id"]))
        with self.store.transaction():
            take_out(self.store, found["id"], ids)
        return answer({"message": f"{len(inside.intersection(ids))} contacts updated."})

    async def move(self, request: Request) -> Response:
        """PUT lists/<id>/move_contacts: those named, or all of the list that they come from."""
        found = self._found(request.path_params["id"])
        body = await body_of(request)
        source = whole(body.get("from_list_id"))
        if source is None or self.store.get("lists", source) is None:
            raise Wrong("from_list_id is invalid")
        ids = self._visible(_ids(body), request.state.user) if "ids" in body else None
        self._queue({"from": source, "to": found["id"], "ids": ids}, request)
        return answer({"message": _QUEUED})

    def _visible(self, ids: list[int], user: Body) -> list[int]:
        records = self.store.many("contacts", list(dict.fromkeys(ids)))
        return [item["id"] for item in records if not item["is_deleted"] and rules.may_see(user, item)]

    def _queue(self, payload: Body, request: Request) -> None:
        self.account.jobs.queue("list", {"module": "contacts", **payload}, request.state.user)

    def _work(self, payload: Body, _user: Body) -> None:
        inside = members(self.store, payload["from"])
        wanted = inside if payload["ids"] is None else [key for key in payload["ids"] if key in set(inside)]
        take_out(self.store, payload["from"], wanted)
        if payload["to"] is not None:
            put_in(self.store, payload["to"], wanted)


def _printed(record: Record) -> Body:
    """Practice prints `name`, the reference `list_name`: both are there."""
    return {"list": {"id": record["id"], "name": record["name"], "list_name": record["name"]}}


def _ids(body: Body) -> list[int]:
    given = body.get("ids")
    found = [whole(key) for key in given] if isinstance(given, list) else []
    ids = [key for key in found if key is not None and key > 0]
    if not ids or len(ids) != len(found):
        raise Wrong("ids must be a list of at least one id")
    return ids


def _page(request: Request) -> tuple[int, int]:
    limit = max(0, min(100, number(request.query_params.get("per_page"), 25)))
    return limit, (max(1, number(request.query_params.get("page"), 1)) - 1) * limit


def _meta(total: int, limit: int) -> Body:
    return {"total_pages": math.ceil(total / limit) if limit else 0, "total": total}
