"""The kinds of records as the reference and recorded answers show them: keys, their order, what rows hold.

A template lists every key of a single record in the order of the recorded answers, with the value of a blank
one; a stored record holds only what differs from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crmdesk.sandbox.templates import APPOINTMENT, DOCUMENT, FILE, LIST, NOTE, PHONE_CALL, PRODUCT

Body = dict[str, Any]


@dataclass(frozen=True)
class Include:
    """What one value of `include=` adds: a key of the record, and records of that kind at the top level."""

    key: str
    side: str
    source: str


USERS_BY = {
    "owner": Include("owner_id", "users", "users"),
    "creater": Include("creater_id", "users", "users"),
    "updater": Include("updater_id", "users", "users"),
}


@dataclass(frozen=True)
class Module:
    """One kind of record. `path` is where single records lie, `sideloads` what include= can add."""

    name: str
    one: str
    many: str
    path: str
    model: str
    template: Mapping[str, Any]
    row_keys: tuple[str, ...] = ()
    includes: Mapping[str, Include] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    zulu: bool = False
    unique: tuple[str, ...] = ()
    bare_list: bool = False
    label: str = "name"
    avatar_data: bool = False


def _blank(*names: str) -> Body:
    return dict.fromkeys(names)


CONTACT: Body = {
    "id": None,
    **_blank("first_name", "last_name", "display_name", "avatar", "job_title", "city", "state", "zipcode"),
    **_blank("country", "email"),
    "emails": [],
    **_blank("time_zone", "work_number", "mobile_number", "address", "last_seen"),
    "lead_score": 0,
    "last_contacted": None,
    "open_deals_amount": "0.0",
    "won_deals_amount": "0.0",
    "links": {},
    "last_contacted_sales_activity_mode": None,
    "custom_field": {},
    **_blank("created_at", "updated_at", "stage_updated_time", "keyword", "medium", "last_contacted_mode"),
    "recent_note": None,
    "won_deals_count": 0,
    **_blank("last_contacted_via_sales_activity", "completed_sales_sequences", "active_sales_sequences"),
    "web_form_ids": None,
    "open_deals_count": 0,
    **_blank("last_assigned_at", "facebook", "twitter", "linkedin"),
    "is_deleted": False,
    **_blank("team_user_ids", "external_id", "work_email"),
    "subscription_status": 1,
    "subscription_types": "2;3;4;5;1",
    **_blank("unsubscription_reason", "other_unsubscription_reason"),
    "customer_fit": 0,
    "whatsapp_subscription_status": 2,
    "sms_subscription_status": 2,
    **_blank("last_seen_chat", "first_seen_chat", "locale", "total_sessions"),
    "system_tags": [],
    **_blank("first_campaign", "first_medium", "first_source", "last_campaign", "last_medium", "last_source"),
    **_blank("latest_campaign", "latest_medium", "latest_source", "mcr_id"),
    "phone_numbers": [],
    "tags": [],
}
CONTACT_ROW = (
    "partial",
    "id",
    "job_title",
    "lead_score",
    "email",
    "work_number",
    "mobile_number",
    "open_deals_amount",
    "display_name",
    "avatar",
    "last_contacted_mode",
    "last_contacted",
    "first_name",
    "last_name",
    "city",
    "country",
    "created_at",
    "updated_at",
)

ACCOUNT: Body = {
    "id": None,
    **_blank("name", "address", "city", "state", "zipcode", "country", "number_of_employees"),
    **_blank("annual_revenue", "website", "owner_id", "phone"),
    "open_deals_amount": "0.0",
    "open_deals_count": 0,
    "won_deals_amount": "0.0",
    "won_deals_count": 0,
    **_blank("last_contacted", "last_contacted_mode", "facebook", "twitter", "linkedin"),
    "links": {},
    "custom_field": {},
    **_blank("created_at", "updated_at", "avatar", "parent_sales_account_id", "recent_note"),
    **_blank("last_contacted_via_sales_activity", "last_contacted_sales_activity_mode"),
    **_blank("completed_sales_sequences", "active_sales_sequences", "last_assigned_at"),
    "is_deleted": False,
    **_blank("team_user_ids", "web_form_ids"),
    "tags": [],
}
ACCOUNT_ROW = (
    "id",
    "name",
    "last_contacted",
    "last_contacted_mode",
    "city",
    "state",
    "country",
    "open_deals_amount",
    "owner_id",
    "avatar",
    "created_at",
    "updated_at",
)

DEAL: Body = {
    **_blank("id", "name"),
    "amount": "0.0",
    "base_currency_amount": "0.0",
    **_blank("expected_close", "closed_date", "stage_updated_time"),
    "custom_field": {},
    **_blank("probability", "updated_at", "created_at", "deal_pipeline_id", "deal_stage_id", "age"),
    "links": {},
    **_blank("recent_note", "completed_sales_sequences", "active_sales_sequences", "web_form_id"),
    "upcoming_activities_time": None,
    "collaboration": {},
    **_blank("last_assigned_at", "last_contacted_sales_activity_mode", "last_contacted_via_sales_activity"),
    "expected_deal_value": "0.0",
    "is_deleted": False,
    **_blank("team_user_ids", "avatar"),
    "fc_widget_collaboration": {},
    "forecast_category": 1,
    "deal_prediction": 0,
    **_blank("deal_prediction_last_updated_at", "freddy_forecast_metrics", "last_deal_prediction"),
    **_blank("record_type_id"),
    "has_products": False,
    "rotten_days": None,
    "tags": [],
}
DEAL_ROW = (
    "id",
    "name",
    "amount",
    "base_currency_amount",
    "expected_close",
    "closed_date",
    "stage_updated_time",
    "custom_field",
    "probability",
    "updated_at",
    "created_at",
    "deal_pipeline_id",
    "deal_stage_id",
    "age",
)

TASK: Body = {
    "id": None,
    "status": 0,
    **_blank("title", "description", "created_at", "updated_at", "owner_id", "due_date", "completed_date"),
    **_blank("creater_id", "updater_id", "outcome_id", "task_type_id"),
    "targetables": [],
}
ACTIVITY: Body = {
    **_blank("id", "title", "start_date", "end_date", "sales_activity_type_id", "created_at", "updated_at"),
    **_blank("notes", "owner_id", "sales_activity_outcome_id", "remote_id", "import_id", "creater_id"),
    **_blank("updater_id", "conversation_time", "targetable_id", "targetable_type", "latitude", "longitude"),
    **_blank("location", "checkedin_at", "conversation_id", "checkedout_latitude", "checkedout_longitude"),
    **_blank("checkedout_location", "checkedout_at", "checkedin_duration"),
    "custom_field": {},
    "completed_date": None,
    "status": False,
    "targetables": [],
}
CUSTOM: Body = {
    **_blank("id", "name", "owner_id"),
    "custom_field": {},
    **_blank("created_at", "creator_id", "updated_at", "updater_id", "avatar", "recent_note"),
    "links": {},
    "record_type_id": "2042965312",
}


def _link_set(path: str, conversation: str, *more: str) -> dict[str, str]:
    include = "creater,owner,updater,targetable,users,task_type"
    links = {
        "conversations": f"{path}/conversations{conversation}",
        "document_associations": f"{path}/document_associations",
        "notes": f"{path}/notes?include=creater",
        "tasks": f"{path}/tasks?include={include}",
        "appointments": f"{path}/appointments?include=creater,owner,updater,targetable,appointment_attendees",
    }
    return links | {name: f"{path}/{name}" for name in more}


_TALKS = "?include=email_conversation_recipients%2Ctargetable%2Cphone_number%2Cphone_caller%2Cnote%2Cuser&per_page=3"

CONTACTS = Module(
    "contacts",
    "contact",
    "contacts",
    "contacts",
    "Contact",
    CONTACT,
    CONTACT_ROW,
    USERS_BY
    | {
        "territory": Include("territory_id", "territories", "territories"),
        "source": Include("lead_source_id", "lead_sources", "lead_sources"),
        "campaign": Include("campaign_id", "campaigns", "campaigns"),
        "contact_status": Include("contact_status_id", "contact_statuses", "contact_statuses"),
        "lifecycle_stage": Include("lifecycle_stage_id", "lifecycle_stages", "lifecycle_stages"),
        "sales_account": Include("sales_account_id", "sales_accounts", "sales_accounts"),
    },
    _link_set(
        "/crm/sales/contacts/{id}", _TALKS, "activities", "timeline_feeds", "reminders", "duplicates", "connections"
    ),
    unique=("id", "emails", "mobile_number", "external_id"),
    label="display_name",
)
ACCOUNTS = Module(
    "sales_accounts",
    "sales_account",
    "sales_accounts",
    "sales_accounts",
    "SalesAccount",
    ACCOUNT,
    ACCOUNT_ROW,
    USERS_BY
    | {
        "territory": Include("territory_id", "territories", "territories"),
        "industry_type": Include("industry_type_id", "industry_types", "industry_types"),
        "business_type": Include("business_type_id", "business_types", "business_types"),
    },
    _link_set("/crm/sales/sales_accounts/{id}", _TALKS),
    unique=("id", "name"),
)
DEALS = Module(
    "deals",
    "deal",
    "deals",
    "deals",
    "Deal",
    DEAL,
    DEAL_ROW,
    USERS_BY
    | {
        "source": Include("lead_source_id", "lead_sources", "lead_sources"),
        "campaign": Include("campaign_id", "campaigns", "campaigns"),
        "deal_stage": Include("deal_stage_id", "deal_stages", "deal_stages"),
        "deal_type": Include("deal_type_id", "deal_types", "deal_types"),
        "deal_reason": Include("deal_reason_id", "deal_reasons", "deal_reasons"),
        "deal_payment_status": Include("deal_payment_status_id", "deal_payment_statuses", "deal_payment_statuses"),
        "deal_product": Include("deal_product_id", "deal_products", "deal_products"),
        "currency": Include("currency_id", "currencies", "currencies"),
        "territory": Include("territory_id", "territories", "territories"),
        "sales_account": Include("sales_account_id", "sales_accounts", "sales_accounts"),
    },
    _link_set("/crm/sales/deals/{id}", "/all" + _TALKS),
    unique=("id", "name"),
)
TASKS = Module("tasks", "task", "tasks", "tasks", "Task", TASK, tuple(TASK), USERS_BY, zulu=True, label="title")
ACTIVITIES = Module(
    "sales_activities",
    "sales_activity",
    "sales_activities",
    "sales_activities",
    "SalesActivity",
    ACTIVITY,
    tuple(ACTIVITY),
    USERS_BY,
    bare_list=True,
    label="title",
)
APPOINTMENTS = Module(
    "appointments",
    "appointment",
    "appointments",
    "appointments",
    "Appointment",
    APPOINTMENT,
    tuple(APPOINTMENT),
    USERS_BY,
    zulu=True,
    label="title",
)
PRODUCTS = Module(
    "products", "product", "products", "cpq/products", "Product", PRODUCT, tuple(PRODUCT), USERS_BY, avatar_data=True
)
DOCUMENTS = Module(
    "cpq_documents",
    "cpq_document",
    "cpq_documents",
    "cpq/cpq_documents",
    "CpqDocument",
    DOCUMENT,
    tuple(DOCUMENT),
    USERS_BY,
    label="display_name",
)

_CREATER = {"creater": USERS_BY["creater"]}
NOTES = Module("notes", "note", "notes", "notes", "Note", NOTE, tuple(NOTE), _CREATER, label="description")
PHONE_CALLS = Module(
    "phone_calls", "phone_call", "phone_calls", "phone_calls", "PhoneCall", PHONE_CALL, tuple(PHONE_CALL), zulu=True
)
LISTS = Module("lists", "list", "lists", "lists", "List", LIST, tuple(LIST))
FILES = Module("files", "document", "documents", "documents", "Document", FILE, tuple(FILE), _CREATER)

BUILT_IN = {
    module.name: module
    for module in (
        *(CONTACTS, ACCOUNTS, DEALS, TASKS, ACTIVITIES, APPOINTMENTS, PRODUCTS, DOCUMENTS),
        *(NOTES, PHONE_CALLS, LISTS, FILES),
    )
}
TARGET_TYPES = {"contact": "contacts", "salesaccount": "sales_accounts", "sales_account": "sales_accounts"} | {
    "deal": "deals"
}


def custom_module(entity: str, number: int) -> Module:
    """The module that an entity name such as cm_loan stands for; `number` is its place among them, from 1."""
    path = f"custom_module/{entity}"
    return Module(
        entity,
        entity,
        entity,
        path,
        f"CustomModule{number}",
        CUSTOM,
        tuple(CUSTOM),
        {
            "owner": USERS_BY["owner"],
            "creator": Include("creator_id", "users", "users"),
            "updater": USERS_BY["updater"],
        },
        {
            "document_associations": f"/{path}/{{id}}/document_associations",
            "notes": f"/{path}/{{id}}/notes?include=creater",
        },
        zulu=True,
        unique=("id",),
        avatar_data=True,
    )
