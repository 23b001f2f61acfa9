"""Looking for what a create made whose answer was lost: the newest records, or those in the parent's list.

Search lags behind writes, so the module's own lists are asked first; they are read newest first and only back to
the moment before the request was sent. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from crmdesk.crm import lists, parts, requests, search
from crmdesk.crm.client import PERSON_READS, CrmClient, Purpose
from crmdesk.crm.errors import CrmError, Invalid, NotAllowed, NotFound
from crmdesk.crm.module_spec import ModuleSpec
from crmdesk.crm.module_table import BUILT_IN
from crmdesk.crm.paging import Page, Record
from crmdesk.crm.values import parse_time, whole

MOST_PAGES = 5
MOST_SINGLE = 10
PRINTED_TO = timedelta(seconds=1)  # times in records have no fractions

# What a record is known again by; a field that a row doesn't hold says nothing.
_KNOWN_BY: Mapping[str, tuple[str, ...]] = {
    "contacts": ("first_name", "last_name", "emails", "mobile_number", "work_number", "external_id"),
    "sales_accounts": ("name", "website", "phone"),
    "deals": ("name", "amount", "sales_account_id"),
    "tasks": ("title", "description", "due_date"),
    "appointments": ("title", "description", "location", "from_date"),
    "sales_activities": ("title", "notes", "sales_activity_type_id", "start_date"),
    "products": ("name", "product_code", "sku_number"),
    "documents": ("display_name", "document_type", "deal_id"),
    "notes": ("description",),
    "phone_calls": ("call_direction",),
    "lists": ("name",),
    "files": ("file_name",),
}

_PART_OF = {
    "notes": "notes",
    "tasks": "tasks",
    "appointments": "appointments",
    "sales_activities": "sales_activities",
    "phone_calls": "calls",
    "files": "files",
}
_APPOINTMENT_FILTERS = ("upcoming", "past")


async def find_created(
    client: CrmClient, spec: ModuleSpec, values: Mapping[str, Any], since: datetime, why: Purpose = PERSON_READS
) -> list[Record]:
    """The records that a lost create with these values (normal form) may have made since then, newest first.

    `since` is the CRM's clock: who only has this computer's gives some minutes. An empty list is no proof where
    search had to be asked. Raises CrmError.
    """
    after = since.astimezone(UTC) - PRINTED_TO
    parent = _parent_of(values)
    if spec.key in _PART_OF and parent is not None:
        found = await _in_parent(client, spec, *parent, why)
    elif spec.key == "lists":
        found = await _in_lists(client, why)
    elif spec.key == "documents":
        found = await _documents_of(client, whole(values.get("deal_id")), why)
    elif spec.key == "products":
        found = await _products_named(client, str(values.get("name") or ""), why)
    elif spec.key == "phone_calls":
        found = await _calls_of_somebody_new(client, values, since, why)
    elif spec.key == "appointments":
        found = await _appointments(client, why)
    elif spec.key == "tasks":
        found = _records(await requests.tasks_page(client, "open", 1, why))
    elif spec.key == "sales_activities":
        found = await _listed(client, spec, why)
    elif spec.view_path is not None:
        found = await _newest(client, spec, values, after, why)
    else:
        found = []
    matching = [record for record in found if _alike(spec, values, record.fields) and _made_after(record.fields, after)]
    return sorted(_once(matching), key=lambda record: whole(record.fields.get("id")) or 0, reverse=True)


def _once(records: list[Record]) -> list[Record]:
    return list({whole(record.fields.get("id")): record for record in records}.values())


def _parent_of(values: Mapping[str, Any]) -> tuple[ModuleSpec, int] | None:
    """The record that the values hang on: a built-in module's by its type, a custom one's by its entity's name."""
    kind, number = str(values.get("targetable_type") or ""), whole(values.get("targetable_id"))
    if number is None or not kind:
        return None
    from crmdesk.crm.modules import Modules, custom_module

    spec = custom_module({"entity_name": kind}) if kind.startswith("cm_") else Modules().of_target_type(kind)
    return None if spec is None else (spec, number)


async def _in_parent(
    client: CrmClient, spec: ModuleSpec, parent: ModuleSpec, record_id: int, why: Purpose
) -> list[Record]:
    name = _PART_OF[spec.key]
    if not parts.PARTS[name].exists_for(parent):
        return []
    found: list[Record] = []
    for number in range(1, MOST_PAGES + 1):
        page = await parts.read_part(client, parent, record_id, name, number, why)
        found += page.records
        if not page.more:
            break
    return found


async def _in_lists(client: CrmClient, why: Purpose) -> list[Record]:
    found: list[Record] = []
    for number in range(1, MOST_PAGES + 1):
        page = await lists.all_lists(client, number, why=why)
        found += _records(page)
        if len(page.ids) < page.per_page:
            break
    return found


async def _documents_of(client: CrmClient, deal_id: int | None, why: Purpose) -> list[Record]:
    if deal_id is None:
        return []
    return list((await parts.read_part(client, BUILT_IN["deals"], deal_id, "documents", why=why)).records)


async def _products_named(client: CrmClient, name: str, why: Purpose) -> list[Record]:
    """Products have no list: the selector tells names and ids, each is then read for the time it was made."""
    items = await requests.selector(client, "deal_products", why)
    ids = [whole(item.get("id")) for item in items if str(item.get("name", "")).strip().lower() == name.strip().lower()]
    found = []
    for number in sorted((item for item in ids if item is not None), reverse=True)[:MOST_SINGLE]:
        try:
            found.append(await requests.one(client, BUILT_IN["products"], number, why=why))
        except NotFound:
            continue
    return found


async def _calls_of_somebody_new(
    client: CrmClient, values: Mapping[str, Any], since: datetime, why: Purpose
) -> list[Record]:
    """The calls of contacts that were made since with what the call told of the caller."""
    contacts = BUILT_IN["contacts"]
    found: list[Record] = []
    for contact in (await find_created(client, contacts, values, since, why))[:MOST_SINGLE]:
        found += (await parts.read_part(client, contacts, contact.id, "calls", why=why)).records
    return found


async def _appointments(client: CrmClient, why: Purpose) -> list[Record]:
    found: list[Record] = []
    for name in _APPOINTMENT_FILTERS:
        page = await requests.appointments_page(client, name, 1, why)
        found += _records(page)
    return found


async def _listed(client: CrmClient, spec: ModuleSpec, why: Purpose) -> list[Record]:
    first = await requests.listing_page(client, spec, 1, why)
    last = first.total_pages or 1
    found = _records(first)
    if last > 1:
        # Whether the newest stand first or last is not documented.
        found += _records(await requests.listing_page(client, spec, last, why))
    return found


async def _newest(
    client: CrmClient, spec: ModuleSpec, values: Mapping[str, Any], after: datetime, why: Purpose
) -> list[Record]:
    covering = requests.covering_views(spec, await requests.views(client, spec, why))
    if covering is None:
        return await _looked_up(client, spec, values, why)
    found: list[Record] = []
    for view in covering:
        for number in range(1, MOST_PAGES + 1):
            page = await requests.view_page(client, spec, view.id, number, sort="created_at", descending=True, why=why)
            rows = _records(page)
            found += rows
            if len(rows) < page.per_page or not _made_after(rows[-1].fields, after):
                break
    return found


async def _looked_up(client: CrmClient, spec: ModuleSpec, values: Mapping[str, Any], why: Purpose) -> list[Record]:
    """By the first unique field that has a value; the records are read for what search leaves out."""
    found: list[Record] = []
    for name in spec.unique or ("name",):
        text = next(iter(_texts(values.get(name))), "")
        if not text:
            continue
        try:
            hits = await search.lookup(client, text, name, [spec], why)
        except (Invalid, NotAllowed, NotFound):
            continue
        for hit in hits[:MOST_SINGLE]:
            try:
                found.append(await requests.one(client, spec, hit.id, why=why))
            except CrmError as error:
                if not isinstance(error, (NotFound, NotAllowed)):
                    raise
        break
    return found


def _records(page: Page) -> list[Record]:
    return [Record(page.spec, row, {}, page.server_time) for row in page.records()]


def _made_after(row: Mapping[str, Any], after: datetime) -> bool:
    """Whether the record may have been made since; a row that doesn't say may."""
    made = parse_time(row.get("created_at"))
    return made is None or made >= after


def _alike(spec: ModuleSpec, values: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether nothing that the record is known by differs; a file's name falls back on the path's."""
    for name in _KNOWN_BY.get(spec.key, ("name",)):
        wanted = set(_texts(values.get(name)))
        if spec.key == "files" and not wanted:
            wanted = set(_texts(str(values.get("path", "")).replace("\\", "/").rpartition("/")[2]))
        held = _held(row, "name" if spec.key == "files" else name)
        if wanted and held is not None and not wanted & held:
            return False
    return True


def _held(row: Mapping[str, Any], name: str) -> set[str] | None:
    """What a row holds under a name, as comparable texts; None where it doesn't tell."""
    if name == "emails" and "emails" not in row:
        name = "email"
    if name not in row:
        return None
    return set(_texts(row[name])) or {""}


def _texts(value: Any) -> list[str]:
    """A value as comparable texts: addresses of a group, a number without its zeros, an instant in UTC."""
    if value is None or value == "":
        return []
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    if isinstance(value, Mapping):
        return _texts(value.get("email", value.get("value")))
    moment = parse_time(value)
    if moment is not None and not str(value).strip().isdigit():
        return [moment.isoformat()]
    text = str(value).strip().lower()
    try:
        return [repr(float(text))]
    except ValueError:
        return [text]
