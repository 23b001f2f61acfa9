"""Tasks, appointments and sales activities: made, shown, changed and deleted for good."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from crmdesk.sandbox import attendees, rules, times
from crmdesk.sandbox.account import Account
from crmdesk.sandbox.activity_rules import lacking
from crmdesk.sandbox.answers import Wrong, answer, body_of, denied, includes_of, number, record_id, unknown
from crmdesk.sandbox.modules import Body, Module
from crmdesk.sandbox.store import Record, Where
from crmdesk.sandbox.targets import aim, blank, envelope, gone, refuse

_PARTS = ("appointment_attendees", "users", "contacts", "sales_accounts", "deals")
_FILTERS = {"past": "due_ms < {now}", "complete": "due_ms < {now}"} | {
    "upcoming": "due_ms >= {now}",
    "open": "due_ms >= {now}",
}


class ActivitiesApi:
    """The handlers. The module is named by the route."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.store = account.store

    def _module(self, request: Request) -> Module:
        return self.store.modules[request.path_params["module"]]

    def _record(self, request: Request) -> tuple[Module, Record]:
        module = self._module(request)
        found = self.store.get(module.name, record_id(request.path_params["id"]))
        if found is None or found["is_deleted"]:
            raise unknown()
        if not rules.may_see(request.state.user, found):
            raise denied()
        return module, found

    async def create(self, request: Request) -> Response:
        """POST tasks, appointments, sales_activities: 201, but 200 for the last."""
        module, user = self._module(request), request.state.user
        data = envelope(await body_of(request), module.one)
        refuse(lacking(module.name, data))
        if not (blank(data.get("targetable_type")) and blank(data.get("targetable_id"))):
            aim(self.store, user, data)
        with self.store.transaction():
            record = self.account.writer.create(module, data, user)
        status = 200 if module.name == "sales_activities" else 201
        return answer(self.shown(module, record, includes_of(request)), status)

    async def delete(self, request: Request) -> Response:
        """DELETE of one of them: practice says that it went well, the reference prints a task as it was."""
        module, record = self._record(request)
        printed: Body = self.account.renderer.whole(module, record)[module.one]
        with self.store.transaction():
            self.store.forget(module.name, record["id"])
        return answer(gone(task=printed) if module.name == "tasks" else gone())

    def shown(self, module: Module, record: Record, includes: list[str]) -> Body:
        """One of them as it is printed; an appointment comes with its attendees."""
        if module.name != "appointments":
            return self.account.renderer.whole(module, record, includes)
        return self.appointment(record, includes)

    # -- appointments -------------------------------------------------------------------------------------

    async def view_appointment(self, request: Request) -> Response:
        """GET appointments/<id>: with its attendees and what it is about."""
        _module, record = self._record(request)
        return answer(self.appointment(record, ["targetable", *includes_of(request)]))

    async def update_appointment(self, request: Request) -> Response:
        """PUT appointments/<id>: attendees are added to those that are there."""
        module, record = self._record(request)
        data = envelope(await body_of(request), module.one)
        with self.store.transaction():
            record = self.account.writer.update(module, record, data, request.state.user)
        return answer(self.appointment(record, includes_of(request)))

    def appointment(self, record: Record, includes: list[str]) -> Body:
        """Attendees, users and contacts first, then the appointment."""
        module = self.store.modules["appointments"]
        body = self.account.renderer.whole(module, record, includes)
        shape: Body = body.pop(module.one)
        sides: dict[str, list[Body]] = {"appointment_attendees": []}
        for name in _PARTS[1:]:
            sides[name] = list(body.pop(name, ()))
        attendees.add(self.store, record, shape, sides)
        about = {name: sides[name] for name in ("sales_accounts", "deals") if sides[name]}
        first = {name: sides[name] for name in ("appointment_attendees", "users", "contacts")}
        return {**first, **about, **body, "conferences": [], "notes": [], module.one: shape}

    async def appointments(self, request: Request) -> Response:
        """GET appointments?filter=…: those of the key's own user that are past, or are still to come."""
        wanted = (request.query_params.get("filter") or "").strip().lower()
        if wanted not in _FILTERS:
            raise Wrong(f"filter is mandatory; allowed are {', '.join(_FILTERS)}")
        due = _FILTERS[wanted].format(now=times.now_ms())
        where = Where(f"deleted = 0 AND owner_id = ? AND {due}", (request.state.user["id"],))
        limit = max(0, min(100, number(request.query_params.get("per_page"), 25)))
        offset = (max(1, number(request.query_params.get("page"), 1)) - 1) * limit
        records = self.store.page("appointments", where, "id", False, limit, offset)
        # Whether one is past depends on the clock, so the store's remembered counts don't serve.
        meta: Body = {"total": len(self.store.ids("appointments", where))}
        includes = includes_of(request)
        body = self.account.renderer.rows(self.store.modules["appointments"], records, includes, meta)
        if "appointment_attendees" in includes:
            body = attendees.beside(self.store, records, body)
        return answer(body)
