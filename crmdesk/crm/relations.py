"""The sets that hang on a record: reading their lines, and the calls that change some of them.

Where the API replaces the whole set, the whole set is sent, so that lines nobody touched survive. Lines are in
normal form here and are put into wire form in the calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from crmdesk.crm import lists
from crmdesk.crm.calls import Call
from crmdesk.crm.client import PERSON_READS, CrmClient, Purpose
from crmdesk.crm.errors import Invalid
from crmdesk.crm.kinds import Kind, normal, wire
from crmdesk.crm.module_spec import ModuleSpec
from crmdesk.crm.paging import Record, parse_record, unexpected
from crmdesk.crm.relation_table import (
    PRICE_LINE,
    PRODUCT_LINE,
    RELATIONS,
    BadLine,
    Relation,
    account_lines,
    attendee,
    line_id,
    relation_of,
    split_field,
)
from crmdesk.crm.values import whole
from crmdesk.crm.writes import update

__all__ = ["RELATIONS", "BadLine", "Relation", "read_lines", "relation_of", "split_field", "write_lines"]

MOST_MEMBER_PAGES = 1000
MOST_IDS = 100

# What a record is asked to bring along, so that its lines are in the answer; an appointment's attendees always are.
_INCLUDES = {
    "products": "products",
    "product_pricings": "product_pricings",
    "contacts": "contacts",
    "sales_accounts": "sales_accounts",
    "team": "team_users",  # undocumented; without it the record's `team_user_ids` tell who, not as what
}


async def read_lines(
    client: CrmClient, spec: ModuleSpec, record_id: int, relation: Relation, why: Purpose = PERSON_READS
) -> dict[str, Any]:
    """The lines by key, in normal form: one request, for a list's members one for each 100 of them.

    Raises Unreadable where the set is not in the answer and writing would replace it.
    """
    if relation.prefix == "members":
        return await _members(client, record_id, why)
    path = f"{spec.path}/{int(record_id)}"
    include = _INCLUDES.get(relation.prefix)
    try:
        answer = await client.get(path, {"include": include} if include else None, why=why)
    except Invalid:
        if relation.prefix != "team":
            raise
        answer = await client.get(path, why=why)
    record = parse_record(spec, answer)
    if relation.replaces_all and _found(record, relation.prefix) is None and not _says_none(record, relation):
        raise unexpected(answer, f"no {relation.label.lower()}")
    return _READERS[relation.prefix](record)


async def _members(client: CrmClient, list_id: int, why: Purpose) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number in range(1, MOST_MEMBER_PAGES + 1):
        page = await lists.contacts_of(client, list_id, number, why=why)
        found.update((str(contact), True) for contact in page.ids)
        if not page.ids or (page.total_pages is not None and number >= page.total_pages):
            break
        if page.total_pages is None and len(page.ids) < page.per_page:
            break
    return found


def _found(record: Record, name: str) -> list[dict[str, Any]] | None:
    """A list inside the record or beside it: practice has both."""
    inside = record.fields.get(name)
    items = inside if isinstance(inside, list) else record.side.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else None


def _says_none(record: Record, relation: Relation) -> bool:
    """Whether the record tells by another key that the set is empty."""
    if relation.prefix == "products":
        return record.fields.get("has_products") is False
    return (
        relation.prefix == "product_pricings" and "pricing_type" in record.fields and not record.fields["pricing_type"]
    )


def _products(record: Record) -> dict[str, Any]:
    lines = {}
    for item in _found(record, "products") or ():
        key = whole(item.get("product_id", item.get("id")))
        if key is not None:
            lines[str(key)] = normal(Kind.LINE, {name: item.get(name) for name in PRODUCT_LINE})
    return lines


def _prices(record: Record) -> dict[str, Any]:
    return {
        str(item["currency_code"]): normal(Kind.LINE, {name: item.get(name) for name in PRICE_LINE})
        for item in _found(record, "product_pricings") or ()
        if item.get("currency_code") and not item.get("_destroy")
    }


def _contacts(record: Record) -> dict[str, Any]:
    found = [whole(item.get("id")) for item in _found(record, "contacts") or ()]
    if not found and isinstance(record.fields.get("contact_ids"), list):
        found = [whole(item) for item in record.fields["contact_ids"]]
    return {str(item): True for item in found if item is not None}


def _accounts(record: Record) -> dict[str, Any]:
    return {
        str(item["id"]): {"is_primary": item.get("is_primary") is True}
        for item in _found(record, "sales_accounts") or ()
        if whole(item.get("id")) is not None
    }


def _team(record: Record) -> dict[str, Any]:
    users = _found(record, "team_users")
    if users is not None:
        return {str(item["user_id"]): whole(item.get("designation_id")) for item in users if "user_id" in item}
    told = record.fields.get("team_user_ids")
    known = [whole(item) for item in told] if isinstance(told, list) else []
    return {str(item): True for item in known if item is not None}


def _attendees(record: Record) -> dict[str, Any]:
    lines = {}
    for item in _found(record, "appointment_attendees") or ():
        who = item.get("attendee")
        if isinstance(who, dict) and whole(who.get("id")) is not None:
            kind = "user" if "user" in str(who.get("type")).lower() else "contact"
            lines[f"{kind}:{who['id']}"] = True
    return lines


_READERS: Mapping[str, Callable[[Record], dict[str, Any]]] = {
    "products": _products,
    "product_pricings": _prices,
    "contacts": _contacts,
    "sales_accounts": _accounts,
    "team": _team,
    "attendees": _attendees,
}


def write_lines(
    spec: ModuleSpec,
    record_id: int,
    relation: Relation,
    current: Mapping[str, Any],
    wanted: Mapping[str, Any],
    *,
    along: Mapping[str, Any] | None = None,
) -> list[Call]:
    """The calls that turn the current lines into the wanted ones; lines that `wanted` doesn't name survive.

    A wanted None takes a line away. `along` are fields (wire form) of the record to be sent in the same request.
    Raises BadLine for a line that can't be taken away and for more lines than the API takes.
    """
    changed = {key: _blank_is_none(line) for key, line in wanted.items() if _blank_is_none(line) != current.get(key)}
    if not changed and not along:
        return []
    if relation.prefix in ("team", "members"):
        return _TO_CALLS[relation.prefix](record_id, spec, current, changed)
    body, include = _body(spec, relation, current, changed)
    call = update(spec, record_id, {**body, **(along or {})}, include)
    if relation.prefix == "attendees" and body:
        # Attendees are added: what a second sending would add again is not known.
        call = Call(call.method, call.path, call.body, call.params, repeatable=False)
    return [call]


def _blank_is_none(line: Any) -> Any:
    return None if line is False else line


def _body(
    spec: ModuleSpec, relation: Relation, current: Mapping[str, Any], changed: Mapping[str, Any]
) -> tuple[dict[str, Any], str | None]:
    """The record's fields that write the set, and what the answer is asked to include."""
    if relation.prefix == "contacts":
        added = [line_id(relation, key) for key, line in changed.items() if line is not None]
        removed = [line_id(relation, key) for key, line in changed.items() if line is None and key in current]
        lists_of_ids = {"contacts_added_list": added, "contacts_removed_list": removed}
        return {name: ids for name, ids in lists_of_ids.items() if ids}, None
    if relation.prefix == "attendees":
        return _attendees_added(relation, changed), None
    whole_set = {key: line for key, line in {**current, **changed}.items() if line is not None}
    if relation.most is not None and len(whole_set) > relation.most:
        raise BadLine(
            f"A {spec.singular.lower()} takes at most {relation.most} {relation.label.lower()}, not {len(whole_set)}.",
            subject=relation.prefix,
        )
    if relation.prefix == "sales_accounts":
        return {"sales_accounts": account_lines(relation, _one_primary(whole_set, changed))}, None
    if relation.prefix == "products":
        rows = [{"id": line_id(relation, key), **_line(line, PRODUCT_LINE)} for key, line in whole_set.items()]
        return {"products": rows}, "products"
    return {"product_pricings": _price_rows(current, whole_set, changed)}, "product_pricings"


def _line(line: Any, names: tuple[str, ...]) -> dict[str, Any]:
    held = line if isinstance(line, Mapping) else {}
    sent: dict[str, Any] = wire(
        Kind.LINE, {name: held[name] for name in names if held.get(name) is not None}, custom=False
    )
    return sent


def _price_rows(
    current: Mapping[str, Any], whole_set: Mapping[str, Any], changed: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Every price with all its keys, since a price is overwritten whole; those taken away by `_destroy`."""
    rows = []
    for currency, line in whole_set.items():
        known = _price_id(current.get(currency))
        rest = _line(line, PRICE_LINE[1:])
        rows.append({**({"id": known} if known else {}), "currency_code": currency, **rest})
    for currency, line in changed.items():
        known = _price_id(current.get(currency))
        if line is None and known:
            rows.append({"id": known, "_destroy": True})
    return rows


def _price_id(line: Any) -> str:
    """A price's id as text, as the reference sends it (Edit Prices of the Product)."""
    held = whole(line.get("id")) if isinstance(line, Mapping) else None
    return "" if held is None else str(held)


def _attendees_added(relation: Relation, changed: Mapping[str, Any]) -> dict[str, Any]:
    gone = next((key for key, line in changed.items() if line is None), None)
    if gone is not None:
        raise BadLine("The API only adds attendees; it has no request to take one away.", subject=relation.prefix)
    added = [attendee(relation, key) for key in changed]
    return {"appointment_attendees_attributes": added} if added else {}


def _one_primary(whole_set: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """The accounts with one primary: a newly chosen one takes it from the old one."""
    chosen = [key for key, line in changed.items() if isinstance(line, Mapping) and line.get("is_primary")]
    if not chosen:
        return dict(whole_set)
    return {key: {"is_primary": key == chosen[-1]} for key in whole_set}


def _team_calls(record_id: int, spec: ModuleSpec, current: Mapping[str, Any], changed: Mapping[str, Any]) -> list[Call]:
    """Members are added or given another designation; they leave by `_destroy`, with the designation they had."""
    team = next(item for item in RELATIONS if item.prefix == "team")
    rows: list[dict[str, Any]] = []
    for key, line in changed.items():
        designation = whole(current.get(key) if line is None else line)
        row: dict[str, Any] = {"user_id": line_id(team, key)}
        if designation is not None:
            row["designation_id"] = designation
        if line is None:
            row["_destroy"] = True
        rows.append(row)
    if not rows:
        return []
    return [Call("POST", f"{spec.path}/{int(record_id)}/manage_team_members", {"team_users": rows})]


def _member_calls(list_id: int, spec: ModuleSpec, current: Mapping[str, Any], changed: Mapping[str, Any]) -> list[Call]:
    members = next(item for item in RELATIONS if item.prefix == "members")
    added = [line_id(members, key) for key, line in changed.items() if line is not None]
    removed = [line_id(members, key) for key, line in changed.items() if line is None]
    calls = [lists.add_contacts(list_id, added[at : at + MOST_IDS]) for at in range(0, len(added), MOST_IDS)]
    return calls + [
        lists.remove_contacts(list_id, removed[at : at + MOST_IDS]) for at in range(0, len(removed), MOST_IDS)
    ]


_TO_CALLS: Mapping[str, Callable[[int, ModuleSpec, Mapping[str, Any], Mapping[str, Any]], list[Call]]] = {
    "team": _team_calls,
    "members": _member_calls,
}
