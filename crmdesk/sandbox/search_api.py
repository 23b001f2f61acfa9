"""`filtered_search`, `search` and `lookup`. Results lag behind writes, as those of the CRM do."""

from __future__ import annotations

import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from crmdesk.sandbox import rules
from crmdesk.sandbox.account import Account
from crmdesk.sandbox.answers import Wrong, answer, body_of, includes_of, number, unknown
from crmdesk.sandbox.modules import BUILT_IN, Body, Module
from crmdesk.sandbox.records_api import paging
from crmdesk.sandbox.search_rules import Rule, attribute_of, like, rule_of
from crmdesk.sandbox.store import Record, Where, dumps, sort_value

_ENTITIES = {"contact": "contacts", "sales_account": "sales_accounts", "deal": "deals"}
# Where `search` looks.
_SOUGHT = {
    "contacts": ("display_name", "first_name", "last_name", "email", "mobile_number", "work_number"),
    "sales_accounts": ("name", "website", "phone"),
    "deals": ("name",),
    "products": ("name", "product_code", "sku_number"),
}


class SearchApi:
    """The handlers."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.store = account.store

    def _module(self, entity: str) -> Module:
        name = _ENTITIES.get(entity, entity if entity.startswith("cm_") else "")
        module = self.store.modules.get(name)
        if module is None:
            raise unknown()
        return module

    async def filtered(self, request: Request) -> Response:
        """POST filtered_search/<entity>: rows like those of a view, with the total."""
        module = self._module(request.path_params["entity"])
        body = await body_of(request)
        parts = body.get("filter_rule")
        if not isinstance(parts, list) or not parts:
            raise Wrong("filter_rule is mandatory")
        owners = self.account.options.owner_search
        found = [rule_of(self.store, module, part, owners=owners) for part in parts]
        limit, offset = paging(request)
        sort = request.query_params.get("sort")
        descending = request.query_params.get("sort_type", "desc") != "asc"
        records, total = self._found(module, found, request.state.user, (sort, descending), limit, offset)
        return answer(self.account.renderer.rows(module, records, includes_of(request), {"total": total}))

    def _found(
        self,
        module: Module,
        found: list[Rule],
        user: Body,
        order: tuple[str | None, bool],
        limit: int,
        offset: int,
    ) -> tuple[list[Record], int]:
        where = rules.seen_by(user, Where())
        for rule in found:
            where = where.also(rule.where.sql, *rule.where.values)
        sort, descending = order
        old = self._before(module)
        if not old:
            page = self.store.page(module.name, where, sort or "id", descending and sort is not None, limit, offset)
            return page, self.store.count(module.name, where)
        matching = {
            key: record
            for key, record in old.items()
            if record is not None
            and not record["is_deleted"]
            and rules.may_see(user, record)
            and all(rule.test(record) for rule in found)
        }
        ids = sorted([key for key in self.store.ids(module.name, where) if key not in old] + list(matching))
        if sort is not None:
            ids = self._sorted(module, ids, matching, sort, descending)
        part = ids[offset : offset + limit]
        fresh = {
            record["id"]: record for record in self.store.many(module.name, [k for k in part if k not in matching])
        }
        return [matching.get(key) or fresh[key] for key in part], len(ids)

    def _sorted(
        self, module: Module, ids: list[int], matching: dict[int, Record], sort: str, descending: bool
    ) -> list[int]:
        key = {"created_at": "created_ms", "updated_at": "updated_ms"}.get(sort, sort.removeprefix("custom_field."))
        held = {record["id"]: record for record in self.store.many(module.name, ids)} | matching

        def place(record_id: int) -> tuple[int, Any, int]:
            value = sort_value(held[record_id], key)
            kind = 0 if value is None else 1 if isinstance(value, (int, float)) else 2
            return kind, value or 0 if kind < 2 else value, record_id

        return sorted(ids, key=place, reverse=descending)

    def _before(self, module: Module) -> dict[int, Record | None]:
        """What search still sees of records that were written just now."""
        since = time.monotonic() - self.store.lag
        seen: dict[int, Record | None] = {}
        for at, name, key, record in self.store.recent:
            if at >= since and name == module.name:
                seen.setdefault(key, record)
        return seen

    # -- by text ------------------------------------------------------------------------------------------

    async def search(self, request: Request) -> Response:
        """GET search?q=&include=contact,deal&per_page=: a bare list of hits, their ids as text."""
        text = request.query_params.get("q", "").strip()
        limit = max(0, min(100, number(request.query_params.get("per_page"), 25)))
        hits: list[Body] = []
        if not text:
            return answer(hits)
        for entity in includes_of(request) or list(_ENTITIES):
            if entity == "user":
                hits += self._users(text)
                continue
            module = self.store.modules.get({**_ENTITIES, "product": "products"}.get(entity, entity))
            if module is None or (module.name in BUILT_IN and module.name not in _SOUGHT):
                continue
            rule = _text_rule(_SOUGHT.get(module.name, ("name",)), text)
            records, _total = self._found(module, [rule], request.state.user, (None, False), limit, 0)
            hits += [_hit(module, record) for record in records]
        return answer(hits[:limit])

    def _users(self, text: str) -> list[Body]:
        needle = text.casefold()
        found = [
            user
            for user in self.store.choices("users")
            if needle in user["display_name"].casefold() or needle in user["email"].casefold()
        ]
        return [
            {"id": str(user["id"]), "type": "user", "name": user["display_name"], "email": user["email"]}
            for user in found
        ]

    async def lookup(self, request: Request) -> Response:
        """GET lookup?q=&f=&entities=contact,deal: what has exactly this value, under each plural twice."""
        text = request.query_params.get("q", "").strip()
        field = request.query_params.get("f", "name")
        body: Body = {}
        for entity in (part.strip() for part in request.query_params.get("entities", "contact").split(",")):
            module = self._module(entity)
            records: list[Record] = []
            if text:
                rule = self._exact(module, field, text)
                if rule is not None:
                    records, _total = self._found(module, [rule], request.state.user, (None, False), 25, 0)
            whole = self.account.renderer
            listed = [whole.whole(module, record)[module.one] for record in records]
            body[module.many] = {module.many: listed, "meta": {"total": len(listed)}}
        return answer(body)

    def _exact(self, module: Module, field: str, text: str) -> Rule | None:
        if module.name == "contacts" and field == "name":
            field = "display_name"
        if field in ("email", "emails") and module.name == "contacts":
            return _address_rule(text)
        try:
            attribute = attribute_of(self.store, module, field)
        except Wrong:
            # Of several modules only some may have the field.
            return None
        wanted = text.casefold()
        return Rule(
            Where(f"CAST({attribute.sql} AS TEXT) LIKE ? ESCAPE '\\'", (like(text),)),
            lambda record: str(attribute.get(record) or "").casefold() == wanted,
        )


def _address_rule(text: str) -> Rule:
    wanted = text.casefold()
    linked = "id IN (SELECT a FROM links WHERE kind = 'contacts:email' AND b = ?)"

    def test(record: Record) -> bool:
        mails = [record.get("email"), *(item.get("value") for item in record.get("emails") or ())]
        return wanted in {str(mail).casefold() for mail in mails if mail}

    return Rule(Where(f"ukey = ? OR {linked}", (wanted, wanted)), test)


def _text_rule(keys: tuple[str, ...], text: str) -> Rule:
    needle = text.casefold()
    pattern = f"%{like(text)}%"
    # The whole text is looked through first: that is quick, and leaves few records to take apart.
    inside = f"%{like(dumps(text)[1:-1])}%"
    each = " OR ".join(f"json_extract(body, '$.{key}') LIKE ? ESCAPE '\\'" for key in keys)

    def test(record: Record) -> bool:
        return any(needle in str(record.get(key) or "").casefold() for key in keys)

    return Rule(Where(f"body LIKE ? ESCAPE '\\' AND ({each})", (inside, *[pattern] * len(keys))), test)


def _hit(module: Module, record: Record) -> Body:
    name = record.get(module.label) or record.get("name")
    hit: Body = {"id": str(record["id"]), "type": module.one, "name": name, "avatar": record.get("avatar")}
    if module.name == "contacts":
        hit |= {key: record.get(key) for key in ("email", "mobile_number", "work_number", "job_title")}
    if module.name == "sales_accounts":
        hit |= {"website": record.get("website")}
    if module.name == "deals":
        hit |= {key: record.get(key) for key in ("amount", "deal_stage_id")}
    if module.name not in BUILT_IN:
        hit |= {"entity_name": module.name}
    return hit
