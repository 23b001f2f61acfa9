"""What the documented examples say, as values that the client is given; made.py puts them into calls."""

from __future__ import annotations

from typing import Any

SECTION = "076f9e4e-1618-49f2-bfb0-9c37889ecf92"

JAMES = {"first_name": "James", "last_name": "Sampleton (sample)"}
JAMES_MOBILE = {**JAMES, "mobile_number": "1-926-555-9503"}
WIDGETZ = {"name": "Widgetz.io (sample)"}
DEAL = {"name": "Sample deal", "amount": 23456}
TEAM = {"18813": 33, "18814": 34}


TASK = {
    "title": "Sample Task",
    "description": "This is just a sample task.",
    "due_date": "Tue Jun 21 2016 11:00:00 GMT+0000",
    "owner_id": "1",
    "targetable_id": "1",
    "targetable_type": "Contact",
    "task_users_attributes": [{"user_id": "1"}],
}
APPOINTMENT = {
    "title": "Sample Appointment",
    "description": "This is just a sample Appointment.",
    "from_date": "Mon Jun 20 2016 10:30:00 GMT+0530 (IST)",
    "end_date": "Mon Jun 20 2016 11:30:00 GMT+0530 (IST)",
    "time_zone": "Chennai",
    "location": "Chennai, TN, India",
    "targetable_id": "115765",
    "targetable_type": "Contact",
}
MOVED_APPOINTMENT = {
    **APPOINTMENT,
    "title": "Updated Appointment",
    "description": "This is just an updated version of sample Appointment.",
    "from_date": "Tue Jun 21 2016 08:00:00 GMT+0530 (IST)",
    "end_date": "Tue Jun 21 2016 08:30:00 GMT+0530 (IST)",
    "time_zone": "Hawaii",
    "location": "Hawaii",
}
ACTIVITY = {
    "title": "ticket",
    "notes": "sample",
    "targetable_id": "1",
    "targetable_type": "Contact",
    "start_date": "2017-12-04T17:00:00+05:30",
    "end_date": "2017-12-04T17:30:00+05:30",
    "owner_id": "1",
    "sales_activity_type_id": "2",
    "sales_activity_outcome_id": "1",
}
CHANGED_ACTIVITY = {
    **{key: value for key, value in ACTIVITY.items() if key not in ("start_date", "end_date")},
    "title": "sample test",
    "owner_id": "2",
}
JANE = {
    "call_direction": True,
    "targetable_type": "Contact",
    "first_name": "Jane",
    "last_name": "Sampleton (sample)",
    "work_number": "5304915427",
}
JANE_KNOWN = {**JANE, "targetable_id": 1, "mobile_number": "11919457004 ", "note": "Sample note"}
PRODUCT = {
    "name": "Sample Product",
    "description": "This is a sample product",
    "category": "Software",
    "is_active": True,
    "parent_product": 1,
    "product_code": "sample_product",
    "sku_number": "sample_sku",
    "valid_till": "Sat Nov 06 2021 00:00:00 GMT+0500",
    "owner_id": 3,
}
PLACE = {"city": "Glendale", "state": "Arizona", "zipcode": "100652", "country": "USA"}
DOCUMENT = {
    "deal_id": 1,
    "sales_account_id": 1,
    "contact_id": 1,
    "document_type": "Quote",
    "stage": "Draft",
    "valid_till": "Thu Oct 21 2021 00:00:00 GMT+0500",
    **{f"{kind}_{key}": value for kind in ("shipping", "billing") for key, value in PLACE.items()},
    "shipping_address": "604-5854 Beckford St.",
    "billing_address": "604-5854 Beckford St.",
    "amount": 100,
    "display_name": "Sample Document",
    "currency_code": "USD",
    "owner_id": 1,
    "territory_id": 1,
    "cpq_document_template_name": "Sample Template",
}

# Lines in normal form, as the program holds them: amounts are text.
FIRST_LINE = {"quantity": 1, "discount": "0", "billing_cycle": 6, "unit_price": "2000", "setup_fee": "200"}
SECOND_LINE = {"quantity": 2, "discount": "10"}
BOTH_LINES = {"1": FIRST_LINE, "2": SECOND_LINE}
DEALS_EDITED = {"quantity": 2, "discount": "100", "billing_cycle": 6, "unit_price": "4000", "setup_fee": "400"}
DOCUMENTS_EDITED = {**DEALS_EDITED, "discount": "10"}
USD = {"unit_price": "100", "setup_fee": "10", "billing_cycle": 6, "billing_type": 1}
INR = {"unit_price": "7400", "setup_fee": "740", "billing_cycle": 6, "billing_type": 1}
KNOWN_PRICES = {"USD": {"id": 18, **USD}, "INR": {"id": 19, **INR}}
QUARTERLY = {"billing_cycle": 2, "billing_type": 2}

VILLA = {
    "name": "Villa 1",
    "owner_id": 3000034021,
    "cf_sample_text_field": "sample value 1",
    "cf_sample_number_field": 12345,
    "cf_sample_sales_team_field": "India team",
    "cf_sample_radio_field": "choice 1",
    "cf_lookup_to_contact": "3007551456",
    "cf_sample_multiselect_field": "choice 2",
}
EMPTY_VILLA = {
    **{key: None for key in VILLA if key.startswith("cf_")},
    "name": "Villa 1 - phase 2",
    "owner_id": 3000034021,
}
MODULE = {
    "singular_name": "Property",
    "plural_name": "Properties",
    "entity_name": "cm_property",
    "description": "This module holds property details",
    "icon": "icon-cm-property",
    "show_in_navigation_menu": False,
    "status": None,
}
CHANGED_MODULE = {
    "singular_name": "Phase1 Property",
    "plural_name": "Phase1 Properties",
    "description": "This module holds phase 1 property details",
    "icon": "icon-cm-schools",
    "show_in_navigation_menu": False,
    "status": 1,
}

CHOICES = [{"value": "choice 1", "position": 1}, {"value": "choice 2", "position": 2}]


def note(kind: str, text: str) -> dict[str, Any]:
    return {"description": text, "targetable_type": kind, "targetable_id": 1}
