"""`/sandbox/…`: what a test or a demo does with the sandbox itself. Free of keys, limits and faults."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from crmdesk.sandbox import times
from crmdesk.sandbox.account import Account
from crmdesk.sandbox.answers import Refused, Wrong, answer, body_of, record_id, unknown
from crmdesk.sandbox.choices import CLOSED
from crmdesk.sandbox.modules import Module
from crmdesk.sandbox.options import WrongOption
from crmdesk.sandbox.store import Record, Where

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class ControlApi:
    """The handlers."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.store = account.store

    def _local(self, request: Request) -> None:
        """Only for this machine, and not for a web page that was given our address under another name."""
        host = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
        if host not in _LOOPBACK:
            raise Refused(403, "Only for this machine")

    async def reset(self, request: Request) -> Response:
        """POST /sandbox/reset."""
        self._local(request)
        self.account.reset()
        return answer({"reset": True})

    async def requests(self, request: Request) -> Response:
        """GET /sandbox/requests."""
        self._local(request)
        return answer({"requests": list(self.account.log)})

    async def clear(self, request: Request) -> Response:
        """POST /sandbox/requests/clear."""
        self._local(request)
        self.account.log.clear()
        return answer({"requests": []})

    async def faults(self, request: Request) -> Response:
        """PUT /sandbox/faults with {"faults": "…"}."""
        self._local(request)
        spec = (await body_of(request)).get("faults", "")
        try:
            self.account.set_faults(str(spec or ""))
        except WrongOption as error:
            raise Wrong(str(error)) from None
        return answer({"faults": spec})

    async def jobs(self, request: Request) -> Response:
        """GET /sandbox/jobs."""
        self._local(request)
        return answer({"jobs": self.account.jobs.listed()})

    def _module(self, request: Request) -> Module:
        self._local(request)
        module = self.account.module(request.path_params["module"])
        if module is None:
            raise unknown()
        return module

    def _record(self, module: Module, request: Request) -> Record:
        found = self.store.get(module.name, record_id(request.path_params["id"]))
        if found is None:
            raise unknown()
        return found

    async def get(self, request: Request) -> Response:
        """GET /sandbox/records/<module>/<id>: all that is stored."""
        module = self._module(request)
        return answer(_printed(self._record(module, request)))

    async def put(self, request: Request) -> Response:
        """PUT /sandbox/records/<module>/<id>: fields as somebody else would change them, unchecked."""
        module = self._module(request)
        record = self._record(module, request)
        fields = await body_of(request)
        if list(fields) == [module.one] and isinstance(fields[module.one], dict):
            fields = fields[module.one]
        own = fields.pop("custom_field", None)
        changed = {**record, **fields, "updated_ms": self.store.stamp(), "id": record["id"]}
        if isinstance(own, dict):
            changed["custom_field"] = {**(record.get("custom_field") or {}), **own}
        stage = self.store.choice("deal_stages", fields.get("deal_stage_id"))
        if stage is not None:
            changed["_state"] = CLOSED.get(stage["forecast_type"], 0)
            changed["deal_pipeline_id"] = stage["deal_pipeline_id"]
        self.store.save(module.name, changed)
        return answer(_printed(changed))

    async def delete(self, request: Request) -> Response:
        """DELETE /sandbox/records/<module>/<id>: into the recycle bin."""
        module = self._module(request)
        record = self._record(module, request)
        self.store.save(module.name, {**record, "is_deleted": True, "updated_ms": self.store.stamp()})
        return answer({"deleted": True})

    async def all(self, request: Request) -> Response:
        """GET /sandbox/records/<module>?fields=a,b: every record that is not deleted."""
        module = self._module(request)
        fields = [part for part in request.query_params.get("fields", "owner_id").split(",") if part]
        if fields == ["owner_id"]:
            rows = self.store.db.execute(f'SELECT id, owner_id FROM "r_{module.name}" WHERE deleted = 0 ORDER BY id')
            return answer({"records": {str(key): {"owner_id": owner} for key, owner in rows}})
        records = (_printed(record) for record in self.store.each(module.name, Where()))
        return answer({"records": {str(item["id"]): {key: item.get(key) for key in fields} for item in records}})


def _printed(record: Record) -> dict[str, Any]:
    shown = {key: value for key, value in record.items() if not key.startswith("_")}
    shown["created_at"] = times.printed(record["created_ms"])
    shown["updated_at"] = times.printed(record["updated_ms"])
    return shown
