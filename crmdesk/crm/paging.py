"""What list and record answers hold, as objects: views, pages, records. Touches no network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from crmdesk.crm.answers import Answer
from crmdesk.crm.errors import Arrived, Unreadable
from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.values import parse_time, whole

Group = Literal["mine", "shared", "default"]


@dataclass(frozen=True, slots=True)
class View:
    """One of the CRM's saved filters for a module."""

    id: int
    name: str
    group: Group
    owner_name: str | None
    updated_at: datetime | None


@dataclass(slots=True)
class Page:
    """One page of records. Its bytes are kept; records are decoded when asked for (memory, pauses)."""

    spec: ModuleSpec
    number: int
    per_page: int
    total: int | None
    total_pages: int | None
    ids: tuple[int, ...]
    content: bytes = field(repr=False)
    server_time: datetime | None = None
    _fresh: dict[str, Any] | None = field(default=None, repr=False)  # until records() first takes it

    def records(self) -> list[dict[str, Any]]:
        """The records as dicts; decoded anew at every call but the first."""
        body, self._fresh = self._fresh, None
        return rows_of(self.spec, body if body is not None else json.loads(self.content))

    @property
    def side(self) -> Mapping[str, list[dict[str, Any]]]:
        """The side-loads by name, such as `users`."""
        return _side_loads(self._fresh if self._fresh is not None else json.loads(self.content), self.spec.many_key)


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `fields` as the CRM sent them, and what was side-loaded with it."""

    spec: ModuleSpec
    fields: dict[str, Any]
    side: Mapping[str, list[dict[str, Any]]]
    server_time: datetime | None = None

    @property
    def id(self) -> int:
        """The record's id; 0 where the answer does not hold it."""
        return whole(self.fields.get("id")) or 0


def parse_views(answer: Answer) -> list[View]:
    """The views of a `filters` answer, in its order; both the reference's shape and today's."""
    items = body_of(answer).get("filters")
    if not isinstance(items, list):
        raise unexpected(answer, "no list of views")
    return [view for item in items if isinstance(item, dict) and (view := _view(item)) is not None]


def _view(item: Mapping[str, Any]) -> View | None:
    view_id = whole(item.get("id"))
    if view_id is None:
        return None
    owner = item.get("user_name")
    return View(
        view_id,
        str(item.get("name") or view_id),
        _group(item),
        owner if isinstance(owner, str) and owner else None,
        parse_time(item.get("updated_at")),
    )


def _group(item: Mapping[str, Any]) -> Group:
    """The system's views have user_id 0 today, -1 in the reference, where not all are is_default."""
    if item.get("is_default") or whole(item.get("user_id")) in (0, -1, None):
        return "default"
    # The API does not say whose key it is: a view that its asker may change is the asker's own.
    permissions = item.get("current_user_permissions")
    if isinstance(permissions, list) and any(_may_change(entry) for entry in permissions):
        return "mine"
    return "shared" if item.get("user_name") or item.get("is_public") else "mine"


def _may_change(permission: Any) -> bool:
    return isinstance(permission, str) and permission.lower() in (
        "edit",
        "update",
        "delete",
        "destroy",
        "owner",
    )


def parse_page(spec: ModuleSpec, number: int, per_page: int, answer: Answer) -> Page:
    """A page of records; raises Unreadable when the answer holds no list of them."""
    body = body_of(answer)
    meta = body.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    total = whole(meta.get("total"))
    pages = whole(meta.get("total_pages"))
    if pages is None and total is not None and per_page > 0:
        pages = -(-total // per_page)
    try:
        ids = tuple([record["id"] if type(record["id"]) is int else _id(record) for record in rows_of(spec, body)])
    except (KeyError, TypeError, ValueError):
        raise unexpected(answer, f"no list of {spec.plural.lower()} with ids") from None
    return Page(spec, number, per_page, total, pages, ids, answer.content, answer.server_time, body)


def _id(record: Mapping[str, Any]) -> int:
    record_id = whole(record["id"])
    if record_id is None:
        raise ValueError(record["id"])
    return record_id


def rows_of(spec: ModuleSpec, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The list of records in an answer; KeyError if there is none."""
    rows = body[spec.many_key]
    if not isinstance(rows, list):
        raise TypeError(spec.many_key)
    return rows


def _side_loads(body: Mapping[str, Any], own: str) -> dict[str, list[dict[str, Any]]]:
    return {key: value for key, value in body.items() if key != own and isinstance(value, list)}


def parse_record(spec: ModuleSpec, answer: Answer, *, written: bool = False) -> Record:
    """One record from its envelope; after a write any good answer will do, so `fields` may be empty then."""
    try:
        body = answer.json()
    except Unreadable:
        if not written:
            raise
        body = None
    fields = body.get(spec.one_key) if isinstance(body, dict) else None
    if not isinstance(fields, dict):
        if not written:
            raise unexpected(answer, f"no {spec.singular.lower()}")
        fields = {}
    side = _side_loads(body, spec.one_key) if isinstance(body, dict) else {}
    return Record(spec, fields, side, answer.server_time)


def body_of(answer: Answer) -> dict[str, Any]:
    """The answer's JSON object; raises Unreadable for anything else."""
    body = answer.json()
    if not isinstance(body, dict):
        raise unexpected(answer, "no object")
    return body


def unexpected(answer: Answer, missing: str, *, arrived: Arrived = Arrived.YES) -> Unreadable:
    """The error for good JSON of another shape than documented."""
    return Unreadable(
        f"The CRM's answer to {answer.request} holds {missing}.",
        remedy="The CRM may have changed its API, or another program answers there; look for an update.",
        arrived=arrived,
        status=answer.status,
        request=answer.request,
    )
