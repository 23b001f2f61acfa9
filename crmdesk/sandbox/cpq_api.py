"""Products and documents: made, deleted, restored, forgotten, and their calls for many at once, which are queued."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from crmdesk.sandbox import rules
from crmdesk.sandbox.account import Account
from crmdesk.sandbox.answers import Wrong, answer, body_of, denied, includes_of, record_id, unknown
from crmdesk.sandbox.bulk import MOST
from crmdesk.sandbox.lifecycle import Lifecycle
from crmdesk.sandbox.modules import Body, Module
from crmdesk.sandbox.store import Record
from crmdesk.sandbox.targets import envelope, whole
from crmdesk.sandbox.templates import DOCUMENT_PAGE

_UPDATING = "Field update added to queue, you will be notified on success."
_DELETING = "Bulk deletion added to queue, you will be notified on success."


class CpqApi:
    """The handlers. The module is named by the route."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.store = account.store
        self.life = Lifecycle(account.store, account.writer)
        account.jobs.works["update"] = self._update
        account.jobs.works["delete"] = self._delete
        account.jobs.works["restore"] = self._restore

    def _module(self, request: Request) -> Module:
        return self.store.modules[request.path_params["module"]]

    def _record(self, request: Request) -> tuple[Module, Record]:
        """The record that the path names, deleted ones too."""
        module = self._module(request)
        found = self.store.get(module.name, record_id(request.path_params["id"]))
        if found is None:
            raise unknown()
        if not rules.may_see(request.state.user, found):
            raise denied()
        return module, found

    # -- one ----------------------------------------------------------------------------------------------

    async def create(self, request: Request) -> Response:
        """POST cpq/products and cpq/cpq_documents: the answer holds more than any later one."""
        module = self._module(request)
        data = envelope(await body_of(request), module.one)
        with self.store.transaction():
            record = self.account.writer.create(module, data, request.state.user)
            if module.name == "cpq_documents" and not record.get("document_number"):
                record["document_number"] = f"DOC-{record['id']}"
                self.store.save(module.name, record)
        includes = ["products", "product_pricings", *includes_of(request)]
        body = self.account.renderer.whole(module, record, includes)
        body[module.one] |= DOCUMENT_PAGE if module.name == "cpq_documents" else {"lookup_information": {}}
        return answer(body)

    async def delete(self, request: Request) -> Response:
        """DELETE of one: into the recycle bin."""
        module, record = self._record(request)
        if record["is_deleted"]:
            raise unknown()
        with self.store.transaction():
            self.life.delete(module, record, request.state.user)
        return answer(_success(record))

    async def restore(self, request: Request) -> Response:
        """PUT …/restore."""
        module, record = self._record(request)
        with self.store.transaction():
            record = self.life.restore(module, record, request.state.user)
        return answer(self.account.renderer.whole(module, record, includes_of(request)))

    async def forget(self, request: Request) -> Response:
        """DELETE …/forget: for good."""
        module, record = self._record(request)
        with self.store.transaction():
            self.life.forget(module, record)
        return answer(_success(record))

    # -- many ---------------------------------------------------------------------------------------------

    async def bulk_update(self, request: Request) -> Response:
        """PUT …_bulk_update: the same fields for all; what can't be changed stays as it is, and nobody is told."""
        module = self._module(request)
        body = await body_of(request)
        data = envelope(body, module.one)
        self._queue("update", module, _ids(body, "ids"), {"data": data}, request)
        return answer({"message": _UPDATING})

    async def bulk_delete(self, request: Request) -> Response:
        """POST …_bulk_delete."""
        module = self._module(request)
        self._queue("delete", module, _ids(await body_of(request), "selected_ids"), {}, request)
        return answer({"message": _DELETING})

    async def bulk_restore(self, request: Request) -> Response:
        """PUT …_bulk_restore; the reference declares it as POST, so both are taken."""
        module = self._module(request)
        self._queue("restore", module, _ids(await body_of(request), "selected_ids"), {}, request)
        kind = "products" if module.name == "products" else "documents"
        return answer({"message": f"Restoring your {kind}, you'll get a notification when this is complete."})

    def _queue(self, kind: str, module: Module, ids: list[int], more: Body, request: Request) -> None:
        self.account.jobs.queue(kind, {"module": module.name, "ids": ids, **more}, request.state.user)

    def _each(self, payload: Body, user: Body) -> list[tuple[Module, Record]]:
        module = self.store.modules[payload["module"]]
        found = self.store.many(module.name, payload["ids"])
        return [(module, record) for record in found if rules.may_see(user, record)]

    def _update(self, payload: Body, user: Body) -> None:
        for module, record in self._each(payload, user):
            if record["is_deleted"]:
                continue
            try:
                self.account.writer.update(module, record, payload["data"], user)
            except Wrong:
                continue

    def _delete(self, payload: Body, user: Body) -> None:
        for module, record in self._each(payload, user):
            if not record["is_deleted"]:
                self.life.delete(module, record, user)

    def _restore(self, payload: Body, user: Body) -> None:
        for module, record in self._each(payload, user):
            self.life.restore(module, record, user)


def _success(record: Record) -> Body:
    return {"msg": {"id": record["id"], "code": "success"}}


def _ids(body: Body, key: str) -> list[int]:
    given = body.get(key)
    found = [whole(item) for item in given] if isinstance(given, list) else []
    ids = [item for item in found if item is not None and item > 0]
    if not ids or len(ids) != len(found):
        raise Wrong(f"{key} must be a list of at least one id")
    if len(ids) > MOST:
        raise Wrong(f"At most {MOST} records can be changed in one request")
    return list(dict.fromkeys(ids))
