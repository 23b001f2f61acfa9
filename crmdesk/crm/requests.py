"""The requests of the API that are used, each written once over a ModuleSpec."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from crmdesk.config.errors import InputError
from crmdesk.crm import search, writes
from crmdesk.crm.answers import texts_in
from crmdesk.crm.calls import perform
from crmdesk.crm.client import PERSON_READS, CrmClient, Purpose
from crmdesk.crm.modules import BUILT_IN, ModuleSpec
from crmdesk.crm.paging import Page, Record, View, body_of, parse_page, parse_record, parse_views, unexpected
from crmdesk.crm.values import parse_time, whole
from crmdesk.crm.writes import MOST_IN_BULK, BulkAnswer
from crmdesk.crm.written import JOB_ID

MOST_PER_PAGE = 100
APPOINTMENT_FILTERS = ("upcoming", "past", "open", "complete")
TASK_FILTERS = ("open", "due today", "due tomorrow", "overdue", "completed")

_SPECS_INCLUDE: Final = "\0"

__all__ = [
    "MOST_IN_BULK",
    "BulkAnswer",
    "BulkFailure",
    "JobStatus",
    "Page",
    "Record",
    "View",
    "appointments_page",
    "bulk_assign_owner",
    "bulk_upsert",
    "covering_views",
    "customizations",
    "fields",
    "forms",
    "job_status",
    "listing_page",
    "one",
    "owned_by",
    "put",
    "selector",
    "tasks_of",
    "tasks_page",
    "view_page",
    "views",
]


@dataclass(frozen=True, slots=True)
class BulkFailure:
    """A record that a background job refused, named by its unique field and value."""

    field: str
    value: str
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A background job of the CRM; SUCCESS may hold failures."""

    state: Literal["IN_PROGRESS", "SUCCESS", "FAILED"]
    created_at: datetime | None
    updated_at: datetime | None
    succeeded: int | None
    failed: int | None
    failures: tuple[BulkFailure, ...]
    server_time: datetime | None = None


async def views(client: CrmClient, spec: ModuleSpec, why: Purpose = PERSON_READS) -> list[View]:
    """The module's views; none for a module that has none."""
    if spec.filters_path is None:
        return []
    return parse_views(await client.get(spec.filters_path, why=why))


def covering_views(spec: ModuleSpec, known: Iterable[View]) -> list[View] | None:
    """The views that together hold every record of the module, or None; only the system's own count."""
    by_name = {view.name.strip().lower(): view for view in known if view.group == "default"}
    for alternative in spec.all_views:
        found = [by_name.get(name.lower()) for name in alternative]
        if all(view is not None for view in found):
            return [view for view in found if view is not None]
    return None


async def view_page(
    client: CrmClient,
    spec: ModuleSpec,
    view_id: int,
    page: int,
    *,
    per_page: int = MOST_PER_PAGE,
    sort: str | None = None,
    descending: bool = False,
    include: str | None = _SPECS_INCLUDE,
    why: Purpose = PERSON_READS,
) -> Page:
    """One page of a view, pages counted from 1; asks for `include=owner` where the module's rows need it."""
    if spec.view_path is None:
        raise InputError(f"{spec.plural} have no views.", subject="view")
    params: dict[str, Any] = {"page": page, "per_page": per_page}
    if sort:
        params["sort"] = sort
        params["sort_type"] = "desc" if descending else "asc"
    wanted = spec.list_include if include == _SPECS_INCLUDE else include
    if wanted:
        params["include"] = wanted
    return parse_page(spec, page, per_page, await client.get(f"{spec.view_path}/{view_id}", params, why=why))


async def one(
    client: CrmClient,
    spec: ModuleSpec,
    record_id: int,
    *,
    include: str | None = None,
    why: Purpose = PERSON_READS,
) -> Record:
    """One record by its id."""
    params = {"include": include} if include else None
    return parse_record(spec, await client.get(f"{spec.path}/{int(record_id)}", params, why=why))


async def put(client: CrmClient, spec: ModuleSpec, record_id: int, fields: Mapping[str, Any], why: Purpose) -> Record:
    """Changes the given fields of a record; the answer's fields may be empty."""
    return writes.record_of(spec, await perform(client, writes.update(spec, record_id, fields), why=why))


async def bulk_assign_owner(
    client: CrmClient, spec: ModuleSpec, ids: Sequence[int], owner_id: int | None, why: Purpose
) -> BulkAnswer:
    """Gives up to 100 records to an owner in one request (contacts, products, documents)."""
    return writes.per_id(spec, await perform(client, writes.bulk_assign_owner(spec, ids, owner_id), why=why))


async def bulk_upsert(
    client: CrmClient,
    spec: ModuleSpec,
    items: Sequence[tuple[int | Mapping[str, Any], Mapping[str, Any]]],
    why: Purpose,
) -> str:
    """Starts a background job over up to 100 records, each named by its id or by a unique field and value.

    Returns the job's id; TooMany.bulk_jobs when ten are running.
    """
    rows = [(key if isinstance(key, Mapping) else {"id": key}, values) for key, values in items]
    return writes.job_id(await perform(client, writes.bulk_upsert(spec, rows), why=why))


async def job_status(client: CrmClient, job_id: str, why: Purpose = PERSON_READS) -> JobStatus:
    """How a background job stands, asked for at our own address."""
    if not JOB_ID.fullmatch(job_id):
        raise ValueError("no job id")
    answer = await client.get(f"job_statuses/{job_id}", why=why)
    body = body_of(answer)
    told = str(body.get("status", "")).upper()
    data = body.get("data")
    data = data if isinstance(data, dict) else {}
    counts = data.get("record_status")
    counts = counts if isinstance(counts, dict) else {}
    report = data.get("detailed_failure_report")
    state: Literal["IN_PROGRESS", "SUCCESS", "FAILED"] = "IN_PROGRESS"
    if told == "SUCCESS":
        state = "SUCCESS"
    elif told == "FAILED":
        state = "FAILED"
    return JobStatus(
        state,
        parse_time(body.get("created_at")),
        parse_time(body.get("status_updated_at")),
        whole(counts.get("succeeded")),
        whole(counts.get("failed")),
        tuple(_failure(item) for item in report if isinstance(item, dict)) if isinstance(report, list) else (),
        answer.server_time,
    )


def _failure(item: Mapping[str, Any]) -> BulkFailure:
    name = next((key for key in item if key != "error_message"), "")
    value = item.get(name)
    return BulkFailure(name, "" if value is None else str(value), tuple(texts_in(item.get("error_message"))))


async def owned_by(client: CrmClient, spec: ModuleSpec, owner_id: int, page: int, why: Purpose = PERSON_READS) -> Page:
    """What an owner has, by `filtered_search`; undocumented, so the rows must be checked."""
    return await search.filtered(client, spec, [search.FilterRule("owner_id", "is_in", owner_id)], page, why=why)


async def tasks_page(client: CrmClient, filter: str, page: int, why: Purpose = PERSON_READS) -> Page:
    """One page of tasks by filter ("open", "overdue", …); may hold only those of the key's own user."""
    if filter not in TASK_FILTERS:
        raise InputError(f"Tasks can't be filtered by “{filter}”.", remedy=f"Use one of {', '.join(TASK_FILTERS)}.")
    params = {"filter": filter, "include": "owner", "page": page, "per_page": MOST_PER_PAGE}
    return parse_page(BUILT_IN["tasks"], page, MOST_PER_PAGE, await client.get("tasks", params, why=why))


async def appointments_page(client: CrmClient, filter: str, page: int, why: Purpose = PERSON_READS) -> Page:
    """One page of appointments by filter ("upcoming", "past"; the reference also says "open", "complete")."""
    if filter not in APPOINTMENT_FILTERS:
        known = ", ".join(APPOINTMENT_FILTERS)
        raise InputError(f"Appointments can't be filtered by “{filter}”.", remedy=f"Use one of {known}.")
    params = {"filter": filter, "include": "creater", "page": page, "per_page": MOST_PER_PAGE}
    answer = await client.get("appointments", params, why=why)
    return parse_page(BUILT_IN["appointments"], page, MOST_PER_PAGE, answer)


async def tasks_of(
    client: CrmClient, spec: ModuleSpec, record_id: int, why: Purpose = PERSON_READS
) -> list[dict[str, Any]]:
    """The tasks of a contact, account or deal, whoever owns them; a deal's come by the link that it prints."""
    if spec.key == "deals":
        found: Any = body_of(await client.get(f"{spec.path}/{record_id}/tasks", {"include": "owner"}, why=why))
    else:
        found = (await one(client, spec, record_id, include="tasks", why=why)).side
    tasks = found.get("tasks")
    return [task for task in tasks if isinstance(task, dict)] if isinstance(tasks, list) else []


async def listing_page(
    client: CrmClient, spec: ModuleSpec, page: int, why: Purpose = PERSON_READS, *, per_page: int = MOST_PER_PAGE
) -> Page:
    """One page of a module that lists plainly (sales activities, marketing lists)."""
    params = {"page": page, "per_page": per_page}
    return parse_page(spec, page, per_page, await client.get(spec.path, params, why=why))


async def selector(client: CrmClient, name: str, why: Purpose = PERSON_READS) -> list[dict[str, Any]]:
    """A selector's items; its key is its name, but owners come as `users`."""
    answer = await client.get(f"selector/{name}", why=why)
    body = body_of(answer)
    keys = ("users", name) if name == "owners" else (name.rpartition("/")[2],)
    items = next((body[key] for key in keys if isinstance(body.get(key), list)), None)
    if items is None:
        raise unexpected(answer, f"no {name}")
    return [item for item in items if isinstance(item, dict)]


async def fields(
    client: CrmClient, spec: ModuleSpec, why: Purpose = PERSON_READS, *, groups: bool = True
) -> dict[str, Any]:
    """The `fields` answer of a built-in module, with its groups; an admin's key is needed."""
    path = f"settings/{_settings_key(spec)}/fields"
    return body_of(await client.get(path, {"include": "field_group"} if groups else None, why=why))


async def forms(client: CrmClient, spec: ModuleSpec, why: Purpose = PERSON_READS) -> dict[str, Any]:
    """The `forms` answer of a module, documented for custom ones."""
    return body_of(await client.get(f"settings/{_settings_key(spec)}/forms", why=why))


def _settings_key(spec: ModuleSpec) -> str:
    if spec.settings_key is None:
        raise InputError(f"The API has no settings for {spec.plural.lower()}.", subject=spec.key)
    return spec.settings_key


async def customizations(client: CrmClient, why: Purpose = PERSON_READS) -> list[dict[str, Any]]:
    """The modules of the account as its settings tell of them, built-in ones included."""
    answer = await client.get("settings/module_customizations", why=why)
    body = answer.json()
    items: Any = body
    if isinstance(body, dict):
        single = body.get("module_customization")
        items = body.get("module_customizations", single if isinstance(single, list) else [single] if single else None)
    if not isinstance(items, list):
        raise unexpected(answer, "no modules")
    return [item for item in items if isinstance(item, dict)]
