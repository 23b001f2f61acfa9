"""Marketing lists: who is on them, and the calls that add, copy, move and remove contacts (Marketing Lists).

A list itself is created and renamed like any record, through `writes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crmdesk.crm.calls import Call
from crmdesk.crm.client import PERSON_READS, CrmClient, Purpose
from crmdesk.crm.module_table import BUILT_IN
from crmdesk.crm.paging import Page, parse_page

MOST_PER_PAGE = 100


async def all_lists(client: CrmClient, page: int = 1, *, why: Purpose = PERSON_READS) -> Page:
    """One page of the account's lists."""
    params = {"page": page, "per_page": MOST_PER_PAGE}
    return parse_page(BUILT_IN["lists"], page, MOST_PER_PAGE, await client.get("lists", params, why=why))


async def contacts_of(client: CrmClient, list_id: int, page: int = 1, *, why: Purpose = PERSON_READS) -> Page:
    """One page of a list's contacts, whole records with `emails`."""
    params = {"page": page, "per_page": MOST_PER_PAGE}
    answer = await client.get(f"contacts/lists/{int(list_id)}", params, why=why)
    return parse_page(BUILT_IN["contacts"], page, MOST_PER_PAGE, answer)


def add_contacts(list_id: int, contacts: Sequence[int]) -> Call:
    """Puts contacts on a list."""
    return _contacts("add_contacts", list_id, {"ids": _ids(contacts)})


def copy_contacts(list_id: int, contacts: Sequence[int]) -> Call:
    """Puts contacts of another list on this one too: the same request as adding (Copy Contacts to List)."""
    return add_contacts(list_id, contacts)


def remove_contacts(list_id: int, contacts: Sequence[int]) -> Call:
    """Takes contacts off a list."""
    return _contacts("remove_contacts", list_id, {"ids": _ids(contacts)})


def remove_all(list_id: int) -> Call:
    """Takes everybody off a list; the CRM may do it later."""
    return _contacts("remove_contacts", list_id, {"all": True})


def move_contacts(list_id: int, from_list: int, contacts: Sequence[int] | None = None) -> Call:
    """Moves contacts from a list to this one, all of them when none are named; the CRM may do it later."""
    body: dict[str, Any] = {} if contacts is None else {"ids": _ids(contacts)}
    return _contacts("move_contacts", list_id, {**body, "from_list_id": int(from_list)})


def _ids(contacts: Sequence[int]) -> list[int]:
    if not contacts:
        raise ValueError("no contacts")
    return [int(contact) for contact in contacts]


def _contacts(what: str, list_id: int, body: dict[str, Any]) -> Call:
    return Call("PUT", f"lists/{int(list_id)}/{what}", body)
