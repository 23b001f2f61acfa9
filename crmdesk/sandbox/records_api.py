"""Records: views, one record, its update, owners in bulk, bulk upserts and their jobs."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from crmdesk.sandbox import rules, times
from crmdesk.sandbox.account import Account
from crmdesk.sandbox.answers import Refused, Wrong, answer, body_of, denied, includes_of, number, record_id, unknown
from crmdesk.sandbox.bulk import MOST
from crmdesk.sandbox.modules import BUILT_IN, Body, Module
from crmdesk.sandbox.store import Record, Where

_VIEWED = ("contacts", "sales_accounts", "deals")
_UPSERTED = _VIEWED
_QUEUED = "Sales owner assignment added to queue, you will be notified on success."
_JOB_HOST = "http://sandbox.myfreshworks.io"


def paging(request: Request) -> tuple[int, int]:
    """(limit, offset) from page and per_page: 25 unless given, at most 100."""
    per_page = max(0, min(100, number(request.query_params.get("per_page"), 25)))
    page = max(1, number(request.query_params.get("page"), 1))
    return per_page, (page - 1) * per_page


class RecordsApi:
    """The handlers. Each gets the user of the key from `request.state.user`."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.store = account.store

    # -- finding ------------------------------------------------------------------------------------------

    def module(self, request: Request, allowed: Sequence[str] | None = None) -> Module:
        """The module that the path names; 404 for one that has no such request."""
        name = request.path_params["module"]
        module = self.store.modules.get(name)
        if module is None or (name not in allowed if allowed is not None else False):
            raise unknown()
        return module

    def custom(self, request: Request) -> Module:
        """The custom module that the path names."""
        module = self.store.modules.get(request.path_params["module"])
        if module is None or module.name in BUILT_IN:
            raise unknown()
        return module

    def record(self, module: Module, request: Request, *, deleted: bool = False) -> Record:
        """The record that the path names: 404 for one unknown, 403 for one that can't be seen.

        One in the recycle bin is unknown, too, unless `deleted` ones are asked for.
        """
        found = self.store.get(module.name, record_id(request.path_params["id"]))
        if found is None or (found["is_deleted"] and not deleted):
            raise unknown()
        if not rules.may_see(request.state.user, found):
            raise denied()
        return found

    # -- views --------------------------------------------------------------------------------------------

    async def filters(self, request: Request) -> Response:
        """GET <module>/filters."""
        name = request.path_params["module"]
        if name in BUILT_IN and name not in _VIEWED:
            raise unknown()
        module = self.module(request)
        found = [body for body, _rule in self._views(module, request.state.user)]
        return answer({"filters": found, "meta": {}})

    def _views(self, module: Module, user: Body) -> list[tuple[Body, str]]:
        rows = self.store.db.execute("SELECT body, rule FROM views WHERE module = ? ORDER BY position", (module.name,))
        found = [(json.loads(body), rule) for body, rule in rows]
        return [item for item in found if item[0]["is_public"] or item[0]["user_id"] == user["id"]]

    async def view(self, request: Request) -> Response:
        """GET <module>/view/<id>."""
        return self._view(self.module(request, _VIEWED), request.path_params["id"], request)

    async def custom_view(self, request: Request) -> Response:
        """GET custom_module/<cm>/view/<id>."""
        return self._view(self.custom(request), request.path_params["id"], request)

    def _view(self, module: Module, view_id: str, request: Request) -> Response:
        user = request.state.user
        wanted = record_id(view_id)
        rule = next((rule for body, rule in self._views(module, user) if body["id"] == wanted), None)
        if rule is None:
            raise unknown()
        where = rules.seen_by(user, rules.view_where(rule, user, self.account.new_status()))
        return self.listed(module, where, request)

    def listed(self, module: Module, where: Where, request: Request) -> Response:
        """One page of what meets a condition, sorted as the query asks."""
        limit, offset = paging(request)
        sort = request.query_params.get("sort") or "created_at"
        descending = request.query_params.get("sort_type", "desc") != "asc"
        records = self.store.page(module.name, where, sort, descending, limit, offset)
        total = self.store.count(module.name, where)
        meta = {"total_pages": math.ceil(total / limit) if limit else 0, "total": total}
        return answer(self.account.renderer.rows(module, records, includes_of(request), meta))

    async def plain_list(self, request: Request) -> Response:
        """GET <module>: a view by segment_id, 403 without one; sales activities list plainly."""
        if request.path_params["module"] == "sales_activities":
            module = self.store.modules["sales_activities"]
            return self.listed(module, rules.seen_by(request.state.user, Where()), request)
        module = self.module(request, _VIEWED)
        segment = request.query_params.get("segment_id")
        if segment is None:
            raise denied()
        return self._view(module, segment, request)

    async def plain_custom(self, request: Request) -> Response:
        """GET custom_module/<cm>: as the main modules."""
        module = self.custom(request)
        segment = request.query_params.get("segment_id")
        if segment is None:
            raise denied()
        return self._view(module, segment, request)

    # -- one record ---------------------------------------------------------------------------------------

    async def get(self, request: Request) -> Response:
        """GET of one record of a module that lies at the top."""
        return self._get(self.module(request, (*_VIEWED, "tasks", "sales_activities", "appointments")), request)

    async def get_custom(self, request: Request) -> Response:
        """GET custom_module/<cm>/<id>."""
        return self._get(self.custom(request), request)

    async def get_cpq(self, request: Request) -> Response:
        """GET cpq/products/<id> and cpq/cpq_documents/<id>."""
        return self._get(self.module(request, ("products", "cpq_documents")), request)

    def _get(self, module: Module, request: Request) -> Response:
        # What lies in the recycle bin can be read, and says so.
        record = self.record(module, request, deleted=True)
        return answer(self.account.renderer.whole(module, record, includes_of(request)))

    async def put(self, request: Request) -> Response:
        """PUT of one record of a module that lies at the top."""
        module = self.module(request, (*_VIEWED, "tasks", "sales_activities", "appointments"))
        return await self._put(module, request)

    async def put_custom(self, request: Request) -> Response:
        """PUT custom_module/<cm>/<id>."""
        return await self._put(self.custom(request), request)

    async def put_cpq(self, request: Request) -> Response:
        """PUT cpq/products/<id> and cpq/cpq_documents/<id>."""
        return await self._put(self.module(request, ("products", "cpq_documents")), request)

    async def _put(self, module: Module, request: Request) -> Response:
        body = await body_of(request)
        data = body.get(module.one)
        record = self.record(module, request)
        if not isinstance(data, dict):
            raise Wrong(f"{module.one} is missing in the request body")
        with self.store.transaction():
            record = self.account.writer.update(module, record, data, request.state.user)
        includes = includes_of(request)
        # Documented: a deal's update answers who updated it; a task's answers its collaborators.
        usual = {"deals": ["updater"], "tasks": ["users"]}.get(module.name, [])
        return answer(self.account.renderer.whole(module, record, includes or usual))

    # -- in bulk ------------------------------------------------------------------------------------------

    async def bulk_upsert(self, request: Request) -> Response:
        """POST <module>/bulk_upsert."""
        module = self.module(request, _UPSERTED)
        job = self.account.jobs.start_upsert(module, await body_of(request), request.state.user)
        message = f"Batch job {job} initiated. Please track progress in the job_status_url"
        return answer({"message": message, "job_status_url": f"{_JOB_HOST}/api/job_statuses/{job}"})

    async def job_status(self, request: Request) -> Response:
        """GET job_statuses/<id>."""
        status = self.account.jobs.status(request.path_params["id"])
        if status is None:
            raise unknown()
        return answer(status)

    async def bulk_assign_owner(self, request: Request) -> Response:
        """POST contacts/bulk_assign_owner: an answer for each id, or a message where the account queues."""
        module = self.store.modules["contacts"]
        ids, owner = await self._assignment(request)
        if self.account.options.assign_queues:
            self.account.jobs.start_assign(module, ids, owner, request.state.user)
            return answer({"message": _QUEUED})
        with self.store.transaction():
            told = [{str(key): self.account.jobs.assign(module, key, owner, request.state.user)} for key in ids]
        return answer({"contacts": told})

    async def queued_assign(self, request: Request) -> Response:
        """POST cpq/products/products_bulk_assign and cpq/cpq_documents/cpq_documents_bulk_assign."""
        module = self.module(request, ("products", "cpq_documents"))
        if request.path_params["call"] != f"{module.name}_bulk_assign":
            raise unknown()
        ids, owner = await self._assignment(request)
        self.account.jobs.start_assign(module, ids, owner, request.state.user)
        return answer({"message": _QUEUED})

    async def _assignment(self, request: Request) -> tuple[list[int], int | None]:
        body = await body_of(request)
        given, owner = body.get("selected_ids"), body.get("owner_id")
        if not isinstance(given, list) or not given:
            raise Wrong("selected_ids must be a list of at least one id")
        if len(given) > MOST:
            raise Wrong(f"At most {MOST} records can be assigned in one request")
        try:
            ids = [int(key) for key in given]
            owner_id = None if owner in (None, "") else int(owner)
        except (TypeError, ValueError):
            raise Wrong("selected_ids and owner_id must be ids") from None
        if owner_id is not None:
            user = self.store.choice("users", owner_id)
            if user is None:
                raise Wrong("Owner is invalid")
            if not user["is_active"] and not self.account.options.allow_inactive_owners:
                raise Wrong("Owner is inactive")
        return ids, owner_id

    # -- tasks and appointments ---------------------------------------------------------------------------

    async def tasks(self, request: Request) -> Response:
        """GET tasks?filter=…: only those of the key's own user."""
        if request.query_params.get("page") == "0":
            raise Refused(500, "Internal server error")
        now = times.now_ms()
        today = now - now % times.DAY
        conditions = {
            "open": "state = 0",
            "due today": f"state = 0 AND due_ms >= {today} AND due_ms < {today + times.DAY}",
            "due tomorrow": f"state = 0 AND due_ms >= {today + times.DAY} AND due_ms < {today + 2 * times.DAY}",
            "overdue": f"state = 0 AND due_ms < {now}",
            "completed": "state = 1",
        }
        return self._filtered(self.store.modules["tasks"], conditions, request)

    async def appointments(self, request: Request) -> Response:
        """GET appointments?filter=…: only those of the key's own user."""
        now = times.now_ms()
        past, upcoming = f"due_ms < {now}", f"due_ms >= {now}"
        conditions = {"past": past, "complete": past, "upcoming": upcoming, "open": upcoming}
        return self._filtered(self.store.modules["appointments"], conditions, request)

    def _filtered(self, module: Module, conditions: dict[str, str], request: Request) -> Response:
        wanted = (request.query_params.get("filter") or "").replace("_", " ")
        if wanted not in conditions:
            raise Wrong(f"filter is mandatory; allowed are {', '.join(conditions)}")
        where = Where(f"deleted = 0 AND owner_id = ? AND {conditions[wanted]}", (request.state.user["id"],))
        limit, offset = paging(request)
        records = self.store.page(module.name, where, "id", False, limit, offset)
        meta = {"total": self.store.count(module.name, where)}
        return answer(self.account.renderer.rows(module, records, includes_of(request), meta))
