"""Requests that make records and end them: create, upsert, clone, delete, restore, forget, and a record's team."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from crmdesk.sandbox import rules
from crmdesk.sandbox.account import Account
from crmdesk.sandbox.answers import Wrong, answer, body_of, denied, includes_of, record_id, unknown
from crmdesk.sandbox.bulk import MOST
from crmdesk.sandbox.lifecycle import Lifecycle
from crmdesk.sandbox.modules import BUILT_IN, Body, Module
from crmdesk.sandbox.store import Record
from crmdesk.sandbox.unique import one_unique, unique_names

MAIN = ("contacts", "sales_accounts", "deals")
# What an answer to a change embeds unasked, as the reference prints it.
_USUAL = {"create": {"deals": ["creater"]}, "update": {"deals": ["updater"]}}


class LifecycleApi:
    """The handlers, for the main modules and (below `custom_module/`) for custom ones."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.store = account.store
        self.life = Lifecycle(account.store, account.writer)

    def _module(self, request: Request) -> Module:
        name = request.path_params["module"]
        module = self.store.modules.get(name)
        custom = "/custom_module/" in request.url.path
        if module is None or (name in BUILT_IN if custom else name not in MAIN):
            raise unknown()
        return module

    def _record(self, module: Module, request: Request, *, deleted: bool = False) -> Record:
        found = self.store.get(module.name, record_id(request.path_params["id"]))
        if found is None or (found["is_deleted"] and not deleted):
            raise unknown()
        if not rules.may_see(request.state.user, found):
            raise denied()
        return found

    async def _data(self, module: Module, request: Request, *, needed: bool = True) -> Body:
        body = await body_of(request)
        data = body.get(module.one)
        if data is None and not needed:
            return {}
        if not isinstance(data, dict):
            raise Wrong(f"{module.one} is missing in the request body")
        return data

    def _whole(self, module: Module, record: Record, request: Request, act: str, status: int = 200) -> Response:
        includes = includes_of(request) or _USUAL.get(act, {}).get(module.name, [])
        return answer(self.account.renderer.whole(module, record, includes), status)

    async def create(self, request: Request) -> Response:
        """POST <module>: 200 with the record, as recorded answers have it."""
        module = self._module(request)
        data = await self._data(module, request)
        with self.store.transaction():
            record = self.account.writer.create(module, data, request.state.user)
        return self._whole(module, record, request, "create")

    async def upsert(self, request: Request) -> Response:
        """POST <module>/upsert: 200 for an update, 201 for a new record; duplicates are told with their ids."""
        module = self._module(request)
        if module.name not in MAIN:
            raise unknown()
        body = await body_of(request)
        unique, value = one_unique(body.get("unique_identifier"), unique_names(self.store, module))
        data = body.get(module.one)
        if not isinstance(data, dict):
            raise Wrong(f"{module.one} is missing in the request body")
        with self.store.transaction():
            record, made = self.life.upsert(module, unique, value, data, request.state.user)
        return self._whole(module, record, request, "create" if made else "update", 201 if made else 200)

    async def clone(self, request: Request) -> Response:
        """POST <module>/<id>/clone: all that the record has, but for what is given."""
        module = self._module(request)
        record = self._record(module, request)
        data = await self._data(module, request, needed=False)
        with self.store.transaction():
            made = self.life.clone(module, record, data, request.state.user)
        return self._whole(module, made, request, "create")

    async def delete(self, request: Request) -> Response:
        """DELETE <module>/<id>: into the recycle bin; `true`, and a message for custom modules."""
        module = self._module(request)
        record = self._record(module, request)
        along = request.query_params.get("delete_associated_contacts_deals") == "true"
        with self.store.transaction():
            self.life.delete(module, record, request.state.user, along=along)
        custom = module.name not in BUILT_IN
        return answer({"message": f"{module.name} deleted successfully."} if custom else True)

    async def restore(self, request: Request) -> Response:
        """PUT <module>/<id>/restore: practice for the main modules, unproven for custom ones."""
        module = self._module(request)
        record = self._record(module, request, deleted=True)
        with self.store.transaction():
            record = self.life.restore(module, record, request.state.user)
        return self._whole(module, record, request, "update")

    async def forget(self, request: Request) -> Response:
        """DELETE <module>/<id>/forget: gone with all that is about it, deleted before or not."""
        module = self._module(request)
        record = self._record(module, request, deleted=True)
        with self.store.transaction():
            self.life.forget(module, record)
        return answer(True)

    async def bulk_destroy(self, request: Request) -> Response:
        """POST <module>/bulk_destroy: the documented answer for each id and the message of practice."""
        module = self._module(request)
        body = await body_of(request)
        given = body.get("selected_ids")
        if not isinstance(given, list) or not given:
            raise Wrong("selected_ids must be a list of at least one id")
        if len(given) > MOST:
            raise Wrong(f"At most {MOST} records can be deleted in one request")
        ids = [record_id(key) for key in given]
        along = body.get("delete_associated_contacts_deals") in (True, "true")
        with self.store.transaction():
            told = self.life.several(module, ids, request.state.user, along=along)
        count = sum(told.values())
        if module.name not in BUILT_IN:
            return answer({"message": f"{count} {self._plural(module)} deleted."})
        named = module.many.replace("_", " ")
        each = [{str(key): done} for key, done in told.items()]
        return answer({module.many: each, "message": f"{count} {named} deleted."})

    def _plural(self, module: Module) -> str:
        known = {entity: plural for entity, _one, plural in self.store.meta("modules", [])}
        return str(known.get(module.name, module.name))

    async def team(self, request: Request) -> Response:
        """POST <module>/<id>/manage_team_members."""
        module = self._module(request)
        if module.name not in MAIN:
            raise unknown()
        record = self._record(module, request)
        body = await body_of(request)
        with self.store.transaction():
            members = self.life.team(module, record, body.get("team_users"), request.state.user)
        return answer({"team_users": members})
