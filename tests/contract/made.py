"""How the client makes each documented request: example's id → a public function of crmdesk.crm and its arguments.

Functions that read are given a client before these arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from crmdesk.crm import lists, parts, relations, requests, settings_writes, writes
from crmdesk.crm.modules import BUILT_IN, custom_module
from crmdesk.crm.relation_table import Relation
from tests.contract.bodies import (
    ACTIVITY,
    APPOINTMENT,
    BOTH_LINES,
    CHANGED_ACTIVITY,
    CHANGED_MODULE,
    CHOICES,
    DEAL,
    DEALS_EDITED,
    DOCUMENT,
    DOCUMENTS_EDITED,
    EMPTY_VILLA,
    INR,
    JAMES,
    JAMES_MOBILE,
    JANE,
    JANE_KNOWN,
    KNOWN_PRICES,
    MODULE,
    MOVED_APPOINTMENT,
    PRODUCT,
    QUARTERLY,
    SECTION,
    TASK,
    TEAM,
    USD,
    VILLA,
    WIDGETZ,
    note,
)

CONTACTS, ACCOUNTS, DEALS = BUILT_IN["contacts"], BUILT_IN["sales_accounts"], BUILT_IN["deals"]
TASKS, APPOINTMENTS, ACTIVITIES = BUILT_IN["tasks"], BUILT_IN["appointments"], BUILT_IN["sales_activities"]
NOTES, CALLS, FILES, LISTS = BUILT_IN["notes"], BUILT_IN["phone_calls"], BUILT_IN["files"], BUILT_IN["lists"]
PRODUCTS, DOCUMENTS = BUILT_IN["products"], BUILT_IN["documents"]
PROPERTIES = custom_module({"entity_name": "cm_property"})
LOANS = custom_module({"entity_name": "cm_loan"})

FILE = Path(__file__)


def relation(prefix: str) -> Relation:
    return next(item for item in relations.RELATIONS if item.prefix == prefix)


def lines(spec: Any, record_id: int, prefix: str, current: Any, wanted: Any, **along: Any) -> partial[Any]:
    return partial(relations.write_lines, spec, record_id, relation(prefix), current, wanted, along=along or None)


def field(kind: str, words: str, hint: str, **more: Any) -> partial[Any]:
    told = {
        "hint": hint,
        "internal_name": words.replace(" ", "_"),
        "label": words,
        "type": kind,
        "editable": True,
        "visible": True,
        "required": False,
        "parent_id": SECTION,
        **more,
    }
    return partial(settings_writes.create_field, "cm_property", 1, told)


def read(function: Callable[..., Any], *arguments: Any, **named: Any) -> partial[Any]:
    """A read, still without its client."""
    return partial(function, *arguments, **named)


WRITES: dict[int, partial[Any]] = {
    3: partial(writes.create, CONTACTS, JAMES_MOBILE),
    4: partial(writes.create, CONTACTS, {**JAMES_MOBILE, "cf_is_active": True}),
    5: partial(
        writes.create,
        CONTACTS,
        {**JAMES_MOBILE, "cf_is_active": True, "sales_accounts:1": {"is_primary": True}, "sales_accounts:2": {}},
    ),
    6: partial(
        writes.create, CONTACTS, {**JAMES_MOBILE, "cf_is_active": True, "sales_account": {"name": "Sample Account"}}
    ),
    10: partial(writes.update, CONTACTS, 1, {"mobile_number": "5-626-852-0503", "cf_is_active": False}),
    11: lines(CONTACTS, 10, "team", {}, TEAM),
    12: lines(CONTACTS, 10, "team", {"18814": 34}, {"18813": 33, "18814": None}),
    13: partial(writes.upsert, CONTACTS, {"emails": "jamessampleton@gmail.com"}, JAMES),
    14: partial(
        writes.bulk_upsert,
        CONTACTS,
        [({"emails": "jamessampleton@gmail.com"}, JAMES), ({"id": 123}, {"first_name": "Steve"})],
    ),
    15: partial(writes.bulk_assign_owner, CONTACTS, [1, 2], 1),
    16: partial(writes.clone, CONTACTS, 1),
    17: partial(writes.clone, CONTACTS, 1, JAMES_MOBILE),
    18: partial(writes.delete, CONTACTS, 1),
    19: partial(writes.forget, CONTACTS, 1),
    20: partial(writes.bulk_delete, CONTACTS, [1, 2]),
    23: partial(writes.create, LISTS, {"name": "sample list"}),
    25: partial(writes.update, LISTS, 1, {"name": "updated list_name"}),
    27: partial(lists.copy_contacts, 1, [1, 2]),
    28: partial(lists.add_contacts, 1, [1, 2]),
    29: partial(lists.remove_contacts, 1, [1, 2]),
    30: partial(lists.remove_all, 1),
    31: partial(lists.move_contacts, 2, 1, [1, 2]),
    32: partial(lists.move_contacts, 2, 1),
    33: partial(writes.create, ACCOUNTS, WIDGETZ),
    34: partial(writes.create, ACCOUNTS, {**WIDGETZ, "cf_domain_name": "sampledomain.yourcompany.com"}),
    35: partial(writes.create, ACCOUNTS, {**WIDGETZ, "parent_sales_account": {"name": "Parent"}}),
    39: partial(writes.update, ACCOUNTS, 1, {"cf_domain_name": "samplewebsite.yourcompany.com"}),
    40: lines(ACCOUNTS, 10, "team", {}, TEAM),
    41: lines(ACCOUNTS, 10, "team", {"18814": 34}, {"18813": 33, "18814": None}),
    42: partial(writes.upsert, ACCOUNTS, {"name": "Widgetz.io"}, {"city": "Sample city"}),
    43: partial(
        writes.bulk_upsert,
        ACCOUNTS,
        [({"name": "Account Name"}, {"city": "City_1"}), ({"id": 123}, {"city": "City_2"})],
    ),
    44: partial(writes.clone, ACCOUNTS, 1),
    45: partial(writes.clone, ACCOUNTS, 1, WIDGETZ),
    46: partial(writes.delete, ACCOUNTS, 1),
    47: partial(writes.delete, ACCOUNTS, 1, with_contacts_and_deals=True),
    48: partial(writes.forget, ACCOUNTS, 1),
    49: partial(writes.bulk_delete, ACCOUNTS, [1, 2]),
    50: partial(writes.bulk_delete, ACCOUNTS, [1, 2], with_contacts_and_deals=True),
    52: partial(writes.create, DEALS, {**DEAL, "sales_account_id": 1}),
    53: partial(writes.create, DEALS, {**DEAL, "sales_account_id": 1, "cf_number_of_agents": 45}),
    54: partial(writes.create, DEALS, {**DEAL, "sales_account": {"name": "Sample Account"}, "cf_number_of_agents": 45}),
    55: partial(
        writes.create,
        DEALS,
        {
            **DEAL,
            "sales_account": {"name": "Sample Account"},
            "cf_number_of_agents": 45,
            "contacts:1": True,
            "contacts:2": True,
        },
    ),
    59: lines(DEALS, 1, "contacts", {"2": True}, {"2": None}, probability=30, cf_number_of_agents=56),
    60: lines(DEALS, 10, "team", {}, TEAM),
    61: lines(DEALS, 10, "team", {"18814": 34}, {"18813": 33, "18814": None}),
    62: partial(writes.upsert, DEALS, {"name": "Sample deal"}, {"amount": "23456.0"}),
    63: partial(
        writes.bulk_upsert, DEALS, [({"name": "Account Name"}, {"amount": "1000"}), ({"id": 123}, {"amount": "2000"})]
    ),
    64: partial(writes.clone, DEALS, 1),
    65: partial(writes.clone, DEALS, 1, {**DEAL, "sales_account_id": 1}),
    66: partial(writes.delete, DEALS, 1),
    67: partial(writes.forget, DEALS, 1),
    68: partial(writes.bulk_delete, DEALS, [1, 2]),
    70: partial(writes.create, NOTES, note("Contact", "Sample note for contact create")),
    71: partial(writes.create, NOTES, note("Contact", "Sample note for contact create")),
    72: partial(writes.create, NOTES, note("SalesAccount", "Create Sample note for an account")),
    73: partial(writes.create, NOTES, note("Deal", "Create Sample note for a deal")),
    74: partial(writes.update, NOTES, 1, note("Contact", "Sample note for contact update")),
    75: partial(writes.update, NOTES, 2, note("Contact", "Sample note for contact update")),
    76: partial(writes.update, NOTES, 3, note("SalesAccount", "Update the Sample note for an account")),
    77: partial(writes.delete, NOTES, 1),
    78: partial(writes.create, TASKS, TASK),
    81: partial(
        writes.update,
        TASKS,
        1,
        {
            **TASK,
            "title": "Updated Sample Task",
            "description": "This is just an edited version of sample Task.",
            "task_users_attributes": [{"user_id": "2"}],
        },
    ),
    82: partial(writes.update, TASKS, 1, {"status": 1}),
    83: partial(writes.delete, TASKS, 1),
    84: partial(
        writes.create,
        APPOINTMENTS,
        {
            **APPOINTMENT,
            "attendees:user:223": True,
            "attendees:user:222": True,
            "attendees:contact:115773": True,
        },
    ),
    87: lines(APPOINTMENTS, 1, "attendees", {}, {"user:222": True, "user:223": True}, **MOVED_APPOINTMENT),
    88: partial(writes.delete, APPOINTMENTS, 1),
    89: partial(writes.create, ACTIVITIES, ACTIVITY),
    90: partial(writes.create, ACTIVITIES, {**ACTIVITY, "cf_customer_option": True}),
    96: partial(writes.update, ACTIVITIES, 1, CHANGED_ACTIVITY),
    97: partial(writes.delete, ACTIVITIES, 1),
    98: partial(writes.create, CALLS, JANE_KNOWN),
    99: partial(
        writes.create,
        CALLS,
        {**JANE, "mobile_number": "11919457004", "company": {"name": "api"}, "note": "Sample note"},
    ),
    100: partial(writes.create, CALLS, JANE_KNOWN),
    101: partial(writes.create, CALLS, {**JANE, "mobile_number": "11919457004", "note": "Sample note "}),
    102: partial(
        writes.create,
        CALLS,
        {
            "call_direction": True,
            "targetable_type": "SalesAccount",
            "targetable_id": 82,
            "name": "test",
            "phone": "5304915427",
            "note": "Sample contact notes ",
        },
    ),
    103: partial(writes.create, PRODUCTS, PRODUCT),
    104: partial(
        writes.create,
        PRODUCTS,
        {**PRODUCT, "valid_till": "2021-11-06T13:47:13+05:00", "cf_rating": "Excellent", "cf_quantity": 10},
    ),
    106: partial(writes.update, PRODUCTS, 1, {"category": "Hardware", "is_active": False, "cf_rating": "4"}),
    107: partial(writes.bulk_update, PRODUCTS, [1, 2], {"owner_id": 3, "description": "Sample description"}),
    108: partial(writes.bulk_assign_owner, PRODUCTS, [1, 2], 1),
    109: partial(writes.delete, PRODUCTS, 1),
    110: partial(writes.restore, PRODUCTS, 1),
    111: partial(writes.bulk_delete, PRODUCTS, [1, 2]),
    112: partial(writes.bulk_restore, PRODUCTS, [1, 2]),
    113: lines(
        PRODUCTS,
        1,
        "product_pricings",
        {},
        {"USD": {"unit_price": "1000"}, "INR": {"unit_price": "74000"}},
        pricing_type=1,
    ),
    114: lines(PRODUCTS, 1, "product_pricings", {}, {"USD": USD, "INR": INR}, pricing_type=2),
    115: lines(
        PRODUCTS,
        1,
        "product_pricings",
        KNOWN_PRICES,
        {"USD": {**KNOWN_PRICES["USD"], **QUARTERLY}, "INR": {**KNOWN_PRICES["INR"], **QUARTERLY}},
    ),
    116: lines(PRODUCTS, 1, "product_pricings", {"INR": KNOWN_PRICES["INR"]}, {"INR": None}),
    117: lines(DEALS, 1, "products", {}, BOTH_LINES),
    118: lines(DEALS, 1, "products", BOTH_LINES, {"1": DEALS_EDITED, "2": None}),
    119: lines(DEALS, 1, "products", BOTH_LINES, {"1": None, "2": None}),
    120: partial(writes.create, DOCUMENTS, DOCUMENT),
    121: partial(
        writes.create,
        DOCUMENTS,
        {
            **DOCUMENT,
            "valid_till": "Thu Oct 29 2021 00:00:00 GMT+0500",
            "display_name": "Sample Document 1",
            "cf_custom_status": "Pending",
            "cf_rating": "Excellent",
        },
    ),
    123: partial(writes.update, DOCUMENTS, 1, {"stage": "Sent to customer", "cf_custom_status": "Completed"}),
    124: partial(writes.bulk_update, DOCUMENTS, [1, 2], {"owner_id": 3, "amount": 300}),
    125: partial(writes.bulk_assign_owner, DOCUMENTS, [1, 2], 1),
    126: partial(writes.delete, DOCUMENTS, 1),
    127: partial(writes.restore, DOCUMENTS, 1),
    128: partial(writes.bulk_delete, DOCUMENTS, [1, 2]),
    129: partial(writes.bulk_restore, DOCUMENTS, [1, 2]),
    130: partial(writes.forget, DOCUMENTS, 1),
    131: lines(DOCUMENTS, 1, "products", {}, BOTH_LINES),
    132: lines(DOCUMENTS, 1, "products", BOTH_LINES, {"1": DOCUMENTS_EDITED, "2": None}),
    133: lines(DOCUMENTS, 1, "products", BOTH_LINES, {"1": None, "2": None}),
    134: partial(
        writes.create,
        FILES,
        {
            "path": str(FILE),
            "file_name": "nameForFile",
            "is_shared": True,
            "targetable_id": 1,
            "targetable_type": "Contact",
        },
    ),
    137: partial(settings_writes.create_module, MODULE),
    139: partial(settings_writes.update_module, 3000000034, CHANGED_MODULE),
    140: partial(settings_writes.delete_module, 3000000034),
    141: field("text", "sample text field", "sample text field holds text value"),
    142: field("decimal", "sample number field", "holds sample number field value", field_options={"locale": "en-IN"}),
    143: field("radio", "sample radio field", "holds sample radio field", choices=CHOICES),
    144: field(
        "auto_complete", "lookup to contact", "lookup to contact record", field_options={"lookup_type": "contact"}
    ),
    145: field("multi_select_dropdown", "sample multiselect field", "Holds sample multi select value", choices=CHOICES),
    147: partial(writes.create, PROPERTIES, VILLA),
    150: partial(
        writes.update,
        PROPERTIES,
        3000000001,
        {**VILLA, "name": "Villa 1 - phase 1", "cf_lookup_to_contact": 3007551456},
    ),
    151: partial(writes.delete, PROPERTIES, 3000000001),
    152: partial(writes.forget, PROPERTIES, 3000000002),
    153: partial(writes.clone, PROPERTIES, 3000000003, EMPTY_VILLA),
    154: partial(writes.bulk_delete, PROPERTIES, [3000000004, 3000000003]),
}

READS: dict[int, partial[Any]] = {
    1: read(requests.one, CONTACTS, 1),
    2: read(requests.one, CONTACTS, 1, include="owner"),
    7: read(requests.one, CONTACTS, 1, include="sales_accounts"),
    8: read(requests.views, CONTACTS),
    9: read(requests.view_page, CONTACTS, 3, 1, include=None),
    21: read(requests.fields, CONTACTS, groups=False),
    22: read(parts.read_part, CONTACTS, 1, "activities", per_page=3),
    24: read(lists.all_lists),
    26: read(lists.contacts_of, 1),
    36: read(requests.one, ACCOUNTS, 1, include="owner"),
    37: read(requests.views, ACCOUNTS),
    38: read(requests.view_page, ACCOUNTS, 2, 1, include=None),
    51: read(requests.fields, ACCOUNTS, groups=False),
    56: read(requests.one, DEALS, 1, include="owner"),
    57: read(requests.views, DEALS),
    58: read(requests.view_page, DEALS, 4, 1, include=None),
    69: read(requests.fields, DEALS, groups=False),
    79: read(requests.one, TASKS, 1, include="users,targetable"),
    80: read(requests.tasks_page, "open", 1),
    85: read(requests.one, APPOINTMENTS, 1),
    86: read(requests.appointments_page, "open", 1),
    91: read(requests.one, ACTIVITIES, 1),
    92: read(requests.listing_page, ACTIVITIES, 1),
    93: read(requests.listing_page, ACTIVITIES, 1),
    94: read(requests.listing_page, ACTIVITIES, 1, per_page=10),
    95: read(requests.fields, ACTIVITIES, groups=False),
    105: read(requests.one, PRODUCTS, 1, include="product_pricings"),
    122: read(requests.one, DOCUMENTS, 1, include="products"),
    135: read(parts.read_part, CONTACTS, 1, "files"),
    136: read(requests.job_status, "b7b68d8f629336346f884006"),
    138: read(settings_writes.module_of, 3000000034),
    146: read(requests.forms, PROPERTIES),
    148: read(requests.views, LOANS),
    149: read(requests.view_page, LOANS, 1, 1, include=None),
}


def selector(path: str) -> partial[Any]:
    """How a selector is read, by its path in the reference with an id in it."""
    return read(requests.selector, path.removeprefix("/api/selector/"))


def place(made: partial[Any]) -> str:
    """The function by the name that docs/requests.md gives it, such as `writes.create`."""
    return f"{made.func.__module__.rpartition('.')[2]}.{made.func.__name__}"
