"""Every key of products, documents, appointments, notes, calls, lists and files, in the order of recorded answers."""

from __future__ import annotations

from typing import Any

Body = dict[str, Any]


def blanks(*names: str) -> Body:
    """Keys that are null in a blank record."""
    return dict.fromkeys(names)


NOTE: Body = {
    **blanks("id", "description", "created_at", "updated_at", "url", "duration", "creater_id"),
    "has_access": True,
    "collab_context": {"hasSlackViewAccess": False, "messageId": ""},
    "targetables": [],
}
PHONE_CALL: Body = {
    **blanks("id", "call_duration", "call_direction", "recording_duration"),
    "status": "incoming",
    **blanks("recording", "conversation_time"),
    "cost": 0,
    "is_manual": True,
    "targetable": None,
    **blanks("phone_number_id", "phone_caller_id", "note_id", "outcome_id"),
}
LIST: Body = {"id": None, "name": None}
FILE: Body = {
    **blanks("id", "url", "name"),
    "is_shared": False,
    **blanks("content_file_size", "content_content_type", "content_updated_at", "content_file_size_readable"),
    "created_at": None,
    "is_attached": False,
    "creater_id": None,
}
LINK_KEYS = ("id", "url", "name", "is_shared", "created_at", "is_attached", "creater_id")
# What only the answer to a document's creation prints.
DOCUMENT_PAGE: Body = {
    "html_content": None,
    "html_content_css": None,
    "html_content_settings": {},
    "html_header": None,
    "html_footer": None,
}
PRODUCT: Body = {
    **blanks("id", "name", "category"),
    "custom_field": {},
    **blanks("product_code", "sku_number", "parent_product", "territory_id", "valid_till"),
    "is_active": True,
    "owner_id": None,
    "is_deleted": False,
    **blanks("created_at", "updated_at"),
    "pricing_type": 1,
    "product_pricings": [],
    **blanks("avatar", "base_currency_amount", "creater_id", "updater_id", "description"),
}
DOCUMENT: Body = {
    **blanks("id", "deal_id", "contact_id", "sales_account_id", "document_type", "stage", "valid_till"),
    **blanks(*(f"shipping_{part}" for part in ("address", "city", "state", "zipcode", "country"))),
    **blanks(*(f"billing_{part}" for part in ("address", "city", "state", "zipcode", "country"))),
    **blanks("owner_id", "amount", "currency_code", "base_currency_amount", "creater_id", "updater_id"),
    "custom_field": {},
    **blanks("created_at", "updated_at"),
    "is_deleted": False,
    **blanks("document_number", "territory_id"),
    "is_deal_primary": False,
    "products": [],
    **blanks("display_name", "email_template_id", "cpq_document_template_name"),
    "has_products": False,
    "pricing_table_settings": "",
    "signatures": [],
    "signed_url": None,
    "has_signatures": False,
    "signing_order_modified": None,
}
APPOINTMENT: Body = {
    **blanks("id", "time_zone", "title", "description", "location"),
    "is_allday": False,
    **blanks("outcome_id", "from_date", "end_date", "created_at", "updated_at"),
    "provider": "freshsales",
    **blanks("creater_id", "latitude", "longitude", "checkedin_at"),
    "can_checkin_checkout": True,
    **blanks("checkedout_latitude", "checkedout_longitude", "checkedout_location", "checkedout_at"),
    "checkedin_duration": None,
    "can_checkin": True,
    "conference_id": None,
    "targetables": [],
    "appointment_attendee_ids": [],
    "note_id": None,
}
