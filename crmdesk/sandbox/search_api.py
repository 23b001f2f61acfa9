"""`filtered_search`: rules over attributes. Results lag behind writes, as those of the CRM do."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from crmdesk.sandbox import rules, times
from crmdesk.sandbox.account import Account
from crmdesk.sandbox.answers import Wrong, answer, body_of, includes_of, unknown
from crmdesk.sandbox.modules import Body, Module
from crmdesk.sandbox.records_api import paging
from crmdesk.sandbox.store import Record, Where

_ENTITIES = {"contact": "contacts", "sales_account": "sales_accounts", "deal": "deals"}
_COLUMNS = ("owner_id", "territory_id")
_MOMENTS = {"created_at": "created_ms", "updated_at": "updated_ms"}
_BODY_KEYS = (
    "contact_status_id",
    "lifecycle_stage_id",
    "lead_source_id",
    "sales_account_id",
    "deal_stage_id",
    "deal_pipeline_id",
    "name",
    "first_name",
    "last_name",
    "job_title",
    "city",
    "country",
    "website",
    "email",
    "mobile_number",
    "work_number",
    "phone",
    "amount",
    "display_name",
)
_CUSTOM = re.compile(r"cf_[a-z0-9_]+\Z")


@dataclass(frozen=True)
class Rule:
    """One rule, twice: as a condition in SQL and as a test of a record, for records that changed just now."""

    where: Where
    test: Callable[[Record], bool]


def _rule(part: Any, *, owners: bool) -> Rule:
    if not isinstance(part, dict):
        raise Wrong("filter_rule must be a list of rules")
    attribute, operator, value = str(part.get("attribute")), part.get("operator"), part.get("value")
    attribute = "email" if attribute == "contact_email.email" else attribute
    if attribute == "owner_id" and not owners:
        raise Wrong("Invalid attribute owner_id in filter_rule")
    if attribute in _MOMENTS:
        return _moment_rule(attribute, operator, value)
    if attribute in _COLUMNS:
        sql, get = attribute, lambda record: record.get(attribute)
    elif attribute in _BODY_KEYS:
        sql, get = f"json_extract(body, '$.{attribute}')", lambda record: record.get(attribute)
    elif _CUSTOM.match(attribute):
        sql = f"json_extract(body, '$.custom_field.{attribute}')"
        get = lambda record: (record.get("custom_field") or {}).get(attribute)  # noqa: E731
    else:
        raise Wrong(f"Invalid attribute {attribute} in filter_rule")
    return _value_rule(sql, get, operator, value)


def _value_rule(sql: str, get: Callable[[Record], Any], operator: object, value: Any) -> Rule:
    if operator in ("is_in", "is"):
        listed = value if isinstance(value, list) else [value]
        wanted = {_plain(item) for item in listed}
        marks = ",".join("?" * len(wanted))
        where = Where(f"CAST({sql} AS TEXT) IN ({marks})" if "json" in sql else f"{sql} IN ({marks})")
        values = (
            tuple(wanted)
            if "json" in sql
            else tuple(int(item) if item.lstrip("-").isdigit() else item for item in wanted)
        )
        return Rule(Where(where.sql, values), lambda record: _plain(get(record)) in wanted)
    if operator == "contains":
        needle = str(value).casefold()
        escaped = needle.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return Rule(
            Where(f"{sql} LIKE ? ESCAPE '\\'", (f"%{escaped}%",)),
            lambda record: needle in str(get(record) or "").casefold(),
        )
    raise Wrong(f"Invalid operator {operator} in filter_rule")


def _moment_rule(attribute: str, operator: object, value: Any) -> Rule:
    moment = times.read(value)
    column = _MOMENTS[attribute]
    if moment is None or operator not in ("is_after", "is_before"):
        raise Wrong(f"Invalid rule for {attribute} in filter_rule")
    if operator == "is_after":
        return Rule(Where(f"{column} > ?", (moment,)), lambda record: record[column] > moment)
    return Rule(Where(f"{column} < ?", (moment,)), lambda record: record[column] < moment)


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


class SearchApi:
    """The handler."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.store = account.store

    async def filtered(self, request: Request) -> Response:
        """POST filtered_search/<entity>: rows like those of a view, with the total."""
        entity = request.path_params["entity"]
        module = self.store.modules.get(_ENTITIES.get(entity, entity if entity.startswith("cm_") else ""))
        if module is None:
            raise unknown()
        body = await body_of(request)
        parts = body.get("filter_rule")
        if not isinstance(parts, list) or not parts:
            raise Wrong("filter_rule is mandatory")
        found = [_rule(part, owners=self.account.options.owner_search) for part in parts]
        records, total = self._found(module, found, request)
        return answer(self.account.renderer.rows(module, records, includes_of(request), {"total": total}))

    def _found(self, module: Module, found: list[Rule], request: Request) -> tuple[list[Record], int]:
        user: Body = request.state.user
        where = rules.seen_by(user, Where())
        for rule in found:
            where = where.also(rule.where.sql, *rule.where.values)
        limit, offset = paging(request)
        old = self._before(module)
        if not old:
            return self.store.page(module.name, where, "id", False, limit, offset), self.store.count(module.name, where)
        matching = {
            key: record
            for key, record in old.items()
            if record is not None
            and not record["is_deleted"]
            and rules.may_see(user, record)
            and all(rule.test(record) for rule in found)
        }
        ids = sorted([key for key in self.store.ids(module.name, where) if key not in old] + list(matching))
        part = ids[offset : offset + limit]
        fresh = {
            record["id"]: record for record in self.store.many(module.name, [k for k in part if k not in matching])
        }
        return [matching.get(key) or fresh[key] for key in part], len(ids)

    def _before(self, module: Module) -> dict[int, Record | None]:
        """What search still sees of records that were written just now."""
        since = time.monotonic() - self.store.lag
        seen: dict[int, Record | None] = {}
        for at, name, key, record in self.store.recent:
            if at >= since and name == module.name:
                seen.setdefault(key, record)
        return seen
