"""What belongs to a record, as data: where each part is read, what it costs; and one function that reads it.

Every part is read only when somebody looks at it. Where the reference documents no request, the path is one that
records print under `links`, or follows their manner; those are marked as unproven.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crmdesk.config.errors import InputError
from crmdesk.crm import lists, relations
from crmdesk.crm.client import PERSON_READS, CrmClient, Purpose
from crmdesk.crm.module_spec import ModuleSpec
from crmdesk.crm.module_table import BUILT_IN
from crmdesk.crm.paging import Record, body_of, parse_record
from crmdesk.crm.values import whole

PER_PAGE = 100
ACTIVITIES_AT_ONCE = 30

_MAIN = ("contacts", "sales_accounts", "deals")
_CUSTOM = "cm_"


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of thing that hangs on a record. `rows` is the module of its rows (or the part's own name).

    `below`: the path behind the record's own; `include`: what is embedded in that answer, or in the record's.
    `keys`: where the rows stand. `requests`: what a look at it costs. `unproven`: not documented for all modules.
    """

    name: str
    label: str
    modules: tuple[str, ...]
    rows: str
    keys: tuple[str, ...]
    source: str
    below: str = ""
    include: str = ""
    requests: int = 1
    unproven: bool = False

    def exists_for(self, spec: ModuleSpec) -> bool:
        """Whether records of the module have it."""
        return spec.key in self.modules or (spec.custom and _CUSTOM in self.modules)


@dataclass(frozen=True, slots=True)
class PartPage:
    """Some rows of a part; `total` is None where the CRM doesn't say; `more`: another page may hold some."""

    records: tuple[Record, ...]
    module: str
    side: Mapping[str, Any] = field(default_factory=dict)
    total: int | None = None
    more: bool = False


PARTS: Mapping[str, Part] = {
    part.name: part
    for part in (
        Part(
            "notes",
            "Notes",
            (*_MAIN, _CUSTOM),
            "notes",
            ("notes",),
            "the record's links.notes",
            below="notes",
            include="creater",
        ),
        Part(
            "tasks",
            "Tasks",
            _MAIN,
            "tasks",
            ("tasks",),
            "the record's links.tasks",
            below="tasks",
            include="owner,users",
        ),
        Part(
            "appointments",
            "Appointments",
            _MAIN,
            "appointments",
            ("appointments",),
            "the record's links.appointments",
            below="appointments",
            include="creater,appointment_attendees",
        ),
        Part(
            "sales_activities",
            "Sales activities",
            _MAIN,
            "sales_activities",
            ("sales_activities",),
            "the manner of the record's links",
            below="sales_activities",
            include="owner",
            unproven=True,
        ),
        Part(
            "calls",
            "Calls",
            _MAIN,
            "phone_calls",
            ("conversations",),
            "the record's links.conversations",
            below="conversations",
            include="targetable,phone_number,phone_caller,note,user",
        ),
        Part(
            "files",
            "Files and links",
            (*_MAIN, "products", _CUSTOM),
            "files",
            ("documents", "document_links"),
            "List all Files and Links",
            below="document_associations",
        ),
        Part(
            "contacts",
            "Contacts",
            ("deals", "sales_accounts"),
            "contacts",
            ("contacts",),
            "View a Deal, View an Account: include=contacts",
            include="contacts",
        ),
        Part(
            "deals",
            "Deals",
            ("contacts", "sales_accounts"),
            "deals",
            ("deals",),
            "View a Contact, View an Account: include=deals",
            include="deals",
        ),
        Part(
            "accounts",
            "Accounts",
            ("contacts", "deals"),
            "sales_accounts",
            ("sales_accounts", "sales_account"),
            "View a Contact: include=sales_accounts; View a Deal: include=sales_account",
            include="sales_accounts",
        ),
        Part(
            "hierarchy",
            "Hierarchy",
            ("sales_accounts",),
            "sales_accounts",
            ("child_sales_accounts",),
            "View an Account: include=child_sales_accounts",
            include="child_sales_accounts",
        ),
        Part("team", "Team", _MAIN, "team", (), "include=team_users, else the record's team_user_ids", unproven=True),
        Part("lists", "Marketing lists", ("contacts",), "lists", ("lists",), "Fetch All Lists; membership is not told"),
        Part(
            "products",
            "Products",
            ("deals", "documents"),
            "products",
            ("products",),
            "View a Document, Add Products to the Deal: include=products",
            include="products",
        ),
        Part(
            "documents",
            "Documents",
            ("deals",),
            "documents",
            ("cpq_documents",),
            "include=cpq_documents",
            include="cpq_documents",
            unproven=True,
        ),
        Part(
            "activities",
            "Activities",
            _MAIN,
            "activities",
            ("activities",),
            "List all Activites",
            below="activities.json",
            include="user",
        ),
    )
}


def parts_of(spec: ModuleSpec) -> tuple[Part, ...]:
    """The parts that records of a module have, in the order they are shown."""
    return tuple(part for part in PARTS.values() if part.exists_for(spec))


async def read_part(
    client: CrmClient,
    spec: ModuleSpec,
    record_id: int,
    part: str,
    page: int = 1,
    why: Purpose = PERSON_READS,
    *,
    per_page: int | None = None,
) -> PartPage:
    """One page of a part, pages counted from 1; `Part.requests` requests. Raises InputError for a part it hasn't.

    `per_page`: 100 rows, and 30 of the timeline, unless given.
    """
    wanted = PARTS.get(part)
    if wanted is None or not wanted.exists_for(spec):
        raise InputError(f"{spec.plural} have no “{part}”.", subject=part)
    if wanted.name == "team":
        return await _team(client, spec, record_id, why)
    if wanted.name == "lists":
        found = await lists.all_lists(client, page, why=why)
        return _page(wanted, BUILT_IN["lists"], found.records(), {}, found.total, page, PER_PAGE)
    path = f"{spec.path}/{int(record_id)}"
    if wanted.name == "activities":
        return await _activities(client, spec, path, page, per_page or ACTIVITIES_AT_ONCE, why)
    if wanted.below:
        params: dict[str, Any] = {"page": page, "per_page": per_page or PER_PAGE}
        if wanted.include:
            params["include"] = wanted.include
        body = body_of(await client.get(f"{path}/{wanted.below}", params, why=why))
        meta = body.get("meta")
        total = whole(meta.get("total")) if isinstance(meta, dict) else None
        return _page(wanted, _spec_of(wanted, spec), _rows(wanted, body), body, total, page, params["per_page"])
    return await _embedded(client, spec, path, wanted, why)


async def _embedded(client: CrmClient, spec: ModuleSpec, path: str, part: Part, why: Purpose) -> PartPage:
    """Rows that come along with the record itself: all of them at once."""
    include = "sales_account" if part.name == "accounts" and spec.key == "deals" else part.include
    answer = await client.get(path, {"include": include}, why=why)
    record = parse_record(spec, answer)
    # Practice has side-loads at the top level, the reference has some inside the record.
    inside, beside = _rows(part, record.fields), _rows(part, body_of(answer))
    rows = list({str(row.get("id")): row for row in beside + inside}.values())
    side = {**record.side, "record": [record.fields]}
    return _page(part, _spec_of(part, spec), rows, side, len(rows), 1, PER_PAGE)


async def _activities(
    client: CrmClient, spec: ModuleSpec, path: str, page: int, per_page: int, why: Purpose
) -> PartPage:
    """The timeline, newest first. It knows a limit but no pages, so a later page asks for all before it again."""
    part = PARTS["activities"]
    limit = page * per_page
    params = {"include": part.include, "limit": limit}
    body = body_of(await client.get(f"{path}/{part.below}", params, why=why))
    rows = _rows(part, body)
    shown = rows[limit - per_page : limit]
    return PartPage(_records(spec, shown), part.rows, _side(part, body), None, len(rows) >= limit)


async def _team(client: CrmClient, spec: ModuleSpec, record_id: int, why: Purpose) -> PartPage:
    relation = relations.relation_of(spec, "team:0")
    assert relation is not None  # PARTS names the modules that have a team
    lines = await relations.read_lines(client, spec, record_id, relation, why)
    rows = [
        {"id": whole(user), "user_id": whole(user), "designation_id": None if line is True else line}
        for user, line in lines.items()
    ]
    return PartPage(_records(spec, rows), "team", {}, len(rows))


def _rows(part: Part, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for key in part.keys:
        value = body.get(key)
        items = value if isinstance(value, list) else [value]
        rows = [dict(item) for item in items if isinstance(item, dict)]
        if key == "document_links":
            rows = [{**row, "is_link": True} for row in rows]
        found += rows
    if part.name == "calls":
        found = [row for row in found if str(row.get("type", "phone_call")) == "phone_call"]
    return found


def _page(
    part: Part,
    spec: ModuleSpec,
    rows: list[dict[str, Any]],
    body: Mapping[str, Any],
    total: int | None,
    page: int,
    per_page: int,
) -> PartPage:
    if part.name == "calls":
        total = None  # the CRM's counts the e-mails among the conversations too
    full = len(rows) >= per_page if total is None else page * per_page < total
    paged = bool(part.below) or part.name == "lists"
    return PartPage(_records(spec, rows), part.rows, _side(part, body), total, paged and full)


def _records(spec: ModuleSpec, rows: list[dict[str, Any]]) -> tuple[Record, ...]:
    return tuple(Record(spec, row, {}) for row in rows)


def _side(part: Part, body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if isinstance(value, list) and key not in part.keys}


def _spec_of(part: Part, owner: ModuleSpec) -> ModuleSpec:
    return BUILT_IN.get(part.rows, owner)
