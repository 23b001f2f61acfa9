"""The fields of every module, printed in both documented shapes: flat `fields`, and `forms` with sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crmdesk.sandbox.modules import Module
from crmdesk.sandbox.store import Store

Shape = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """A field of a module. `source` names the selector its choices come from; `choices` are its own."""

    name: str
    label: str
    kind: str = "text"
    source: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False
    group: str = "Basic information"
    unique: bool = False
    hint: str = ""
    editable: bool = True
    visible: bool = True
    locale: str = "en-IN"
    lookup: str = "contact"

    @property
    def custom(self) -> bool:
        """Whether it is one of the account's own."""
        return self.name.startswith("cf_")


def _texts(*pairs: tuple[str, str], group: str = "Basic information") -> tuple[Field, ...]:
    return tuple(Field(name, label, group=group) for name, label in pairs)


_ADDRESS = (("address", "Address"), ("city", "City"), ("state", "State"), ("zipcode", "Zipcode"))
_OWNER = Field("owner_id", "Sales owner", "dropdown", "users")
_TERRITORY = Field("territory_id", "Territory", "dropdown", "territories")
_RATINGS = ("Gold", "Silver", "Bronze")

FIELDS: dict[str, tuple[Field, ...]] = {
    "contacts": (
        Field("first_name", "First name"),
        Field("last_name", "Last name", required=True),
        Field("job_title", "Job title"),
        Field("emails", "Emails", "group_field", unique=True),
        Field("email", "Email"),
        *_texts(("work_number", "Work"), ("mobile_number", "Mobile")),
        Field("phone_numbers", "Other phone numbers", "group_field"),
        Field("sales_accounts", "Accounts", "auto_complete"),
        _OWNER,
        _TERRITORY,
        Field("contact_status_id", "Status", "dropdown", "contact_statuses"),
        Field("lifecycle_stage_id", "Lifecycle stage", "dropdown", "lifecycle_stages"),
        Field("lead_source_id", "Source", "dropdown", "lead_sources", group="Source"),
        Field("campaign_id", "Campaign", "dropdown", "campaigns", group="Source"),
        *_texts(("medium", "Medium"), ("keyword", "Keyword"), group="Source"),
        *_texts(*_ADDRESS, ("country", "Country"), group="Address"),
        Field("time_zone", "Time zone", "dropdown"),
        *_texts(("facebook", "Facebook"), ("twitter", "Twitter"), ("linkedin", "LinkedIn"), group="Social"),
        Field("external_id", "External ID", unique=True),
        Field("subscription_status", "Subscription status", "dropdown"),
        Field("subscription_types", "Subscription types", "multi_select_dropdown"),
        Field("lead_score", "Score", "number"),
        Field("recent_note", "Recent note", "textarea"),
        Field("created_at", "Created at", "date_time_split"),
        Field("updated_at", "Updated at", "date_time_split"),
        Field("cf_is_active", "Is active", "checkbox", group="More"),
        Field("cf_segment", "Segment", "dropdown", choices=("Enterprise", "Mid-market", "Small"), group="More"),
        Field(
            "cf_languages", "Languages", "multi_select_dropdown", choices=("English", "Deutsch", "日本語", "العربية")
        ),
        Field("cf_birthday", "Birthday", "date", group="More"),
        Field("cf_background", "Background", "textarea", group="More"),
    ),
    "sales_accounts": (
        Field("name", "Name", required=True, unique=True),
        *_texts(*_ADDRESS, ("country", "Country"), group="Address"),
        _OWNER,
        _TERRITORY,
        Field("number_of_employees", "Number of employees", "dropdown"),
        Field("annual_revenue", "Annual revenue", "number"),
        *_texts(("website", "Website"), ("phone", "Phone")),
        Field("industry_type_id", "Industry type", "dropdown", "industry_types"),
        Field("business_type_id", "Business type", "dropdown", "business_types"),
        Field("parent_sales_account_id", "Parent account", "auto_complete"),
        *_texts(("facebook", "Facebook"), ("twitter", "Twitter"), ("linkedin", "LinkedIn"), group="Social"),
        Field("created_at", "Created at", "date_time_split"),
        Field("updated_at", "Updated at", "date_time_split"),
        Field("cf_is_vip", "VIP", "checkbox", group="More"),
        Field("cf_domain_name", "Domain name", group="More"),
        Field("cf_tier", "Tier", "dropdown", choices=_RATINGS, group="More"),
        Field("cf_contract_end", "Contract ends", "date", group="More"),
    ),
    "deals": (
        Field("name", "Name", required=True),
        Field("amount", "Deal value", "number", required=True),
        Field("deal_stage_id", "Deal stage", "dropdown", "deal_stages"),
        Field("deal_reason_id", "Lost reason", "dropdown", "deal_reasons"),
        Field("deal_type_id", "Type", "dropdown", "deal_types"),
        Field("deal_pipeline_id", "Deal pipeline", "dropdown", "deal_pipelines"),
        Field("currency_id", "Currency", "dropdown", "currencies"),
        Field("sales_account_id", "Account name", "auto_complete"),
        Field("contacts", "Related contacts", "auto_complete"),
        _OWNER,
        _TERRITORY,
        Field("expected_close", "Expected close date", "date"),
        Field("closed_date", "Closed date", "date"),
        Field("probability", "Probability (%)", "number"),
        Field("lead_source_id", "Source", "dropdown", "lead_sources", group="Source"),
        Field("campaign_id", "Campaign", "dropdown", "campaigns", group="Source"),
        Field("deal_product_id", "Product", "dropdown", "deal_products"),
        Field("deal_payment_status_id", "Payment status", "dropdown", "deal_payment_statuses"),
        Field("created_at", "Created at", "date_time_split"),
        Field("updated_at", "Updated at", "date_time_split"),
        Field("cf_number_of_agents", "Number of agents", "number", group="More"),
        Field("cf_region", "Region", "dropdown", choices=("Americas", "EMEA", "APAC"), group="More"),
        Field("cf_contract_number", "Contract number", group="More"),
        Field("cf_summary", "Summary", "textarea", group="More"),
    ),
    "sales_activities": (
        Field("title", "Title", required=True),
        Field("start_date", "Start date", "date_time_split", required=True),
        Field("end_date", "End date", "date_time_split", required=True),
        Field("targetable", "Related to", "auto_complete", required=True),
        Field("owner_id", "Owner", "dropdown", "users"),
        Field("notes", "Notes", "textarea"),
        Field("sales_activity_type_id", "Sales activity type", "dropdown", "sales_activity_types", required=True),
        Field("sales_activity_outcome_id", "Outcome", "dropdown", "sales_activity_outcomes"),
        Field("location", "Location"),
        Field("checkedin_at", "Checked in time", "date"),
        Field("checkedout_location", "Checked out location"),
        Field("checkedout_at", "Checked out time", "date"),
        Field("checkedin_duration", "Check-in duration", "number"),
        Field("status", "Mark as completed", "checkbox", choices=("true", "false")),
        Field("completed_date", "Completed date", "date_time_split"),
        Field("cf_customer_option", "Customer option", "checkbox", group="More"),
        Field("cf_tf3", "Reference", group="More"),
        Field("cf_ta1", "Minutes", "textarea", group="More"),
        Field("cf_num1", "People met", "number", group="More"),
        Field("cf_dd1", "Mood", "dropdown", choices=("Good", "Neutral", "Bad"), group="More"),
        Field("cf_chk1", "Follow up", "checkbox", group="More"),
        Field("cf_rad1", "Place", "radio", choices=("Here", "There"), group="More"),
        Field("cf_dat1", "Next visit", "date", group="More"),
        Field("cf_lu1", "Met with", "auto_complete", group="More"),
        Field("cf_mu1", "Topics", "multi_select_dropdown", choices=("Price", "Support"), group="More"),
    ),
    "products": (
        Field("name", "Name", required=True, unique=True),
        Field("description", "Description", "textarea"),
        Field("category", "Category", "dropdown", choices=("Software", "Hardware", "Service")),
        _OWNER,
        Field("is_active", "Active", "checkbox"),
        Field("cf_rating", "Rating", group="More"),
        Field("cf_quantity", "Quantity", "number", group="More"),
    ),
    "cm_property": (
        Field("name", "Name", required=True),
        Field("owner_id", "Sales owner", "auto_complete"),
        Field("cf_sample_text_field", "sample text field"),
        Field("cf_sample_number_field", "sample number field", "decimal"),
        Field("cf_sample_sales_team_field", "sample sales team field", "dropdown", choices=("USA team", "India team")),
        Field("cf_sample_radio_field", "sample radio field", "radio", choices=("choice 1", "choice 2")),
        Field("cf_lookup_to_contact", "lookup to contact", "auto_complete"),
        Field(
            "cf_sample_multiselect_field",
            "sample multiselect field",
            "multi_select_dropdown",
            choices=("choice 1", "choice 2"),
        ),
        Field("cf_floors", "Floors", "number"),
        Field("cf_furnished", "Furnished", "checkbox"),
        Field("cf_built_on", "Built on", "date"),
        Field("cf_viewing_at", "Next viewing", "date_time"),
        Field("cf_description", "Description", "paragraph"),
    ),
    "cm_loan": (
        Field("name", "Name", required=True),
        Field("owner_id", "Sales owner", "auto_complete"),
        Field("cf_dob", "Date of birth", "date"),
        Field("cf_email", "Email"),
        Field("cf_amount", "Amount", "decimal"),
    ),
    "cm_subscription": (
        Field("name", "Name", required=True),
        Field("owner_id", "Sales owner", "auto_complete"),
        Field("cf_plan", "Plan", "dropdown", choices=("Basic", "Team", "Company")),
        Field("cf_seats", "Seats", "number"),
        Field("cf_renews_on", "Renews on", "date"),
        Field("cf_auto_renew", "Renews by itself", "checkbox"),
    ),
}
FIRST_ID = {"contacts": 2000001198, "sales_accounts": 2000000743, "deals": 2000000522, "sales_activities": 1}

_KEYS = frozenset(Field.__dataclass_fields__)
_OF_NEW_MODULES = (Field("name", "Name", required=True), Field("owner_id", "Sales owner", "auto_complete"))


def fields_of(store: Store, module: str) -> tuple[Field, ...]:
    """The fields of a module: its own, and those that were added."""
    key = ("fields", module)
    if key not in store.cache:
        added = [{k: v for k, v in item.items() if k in _KEYS} for item in store.added_fields(module)]
        made = tuple(Field(**{**item, "choices": tuple(item.get("choices", ()))}) for item in added)
        usual = _OF_NEW_MODULES if module.startswith("cm_") else ()
        store.cache[key] = (*FIELDS.get(module, usual), *made)
    found: tuple[Field, ...] = store.cache[key]
    return found


def custom_names(store: Store, module: str) -> tuple[str, ...]:
    """The names of a module's custom fields."""
    return tuple(item.name for item in fields_of(store, module) if item.custom)


def choices_of(store: Store, item: Field, base: int) -> list[Shape]:
    if item.source:
        listed = []
        for place, choice in enumerate(store.choices(item.source), 1):
            name = choice.get("name") or choice.get("display_name") or choice.get("currency_code")
            shape: Shape = {"id": choice["id"], "value": name, "position": choice.get("position", place)}
            shape |= {key: choice[key] for key in ("choice_type", "is_active", "deal_pipeline_id") if key in choice}
            if item.source == "users":
                shape["deal_pipeline_id"] = store.choices("deal_pipelines")[0]["id"]
            if item.source.startswith("sales_activity"):
                shape["choice_type"] = 2
            listed.append(shape)
        return listed
    # The ids of a check box's choices are text, those of a list are numbers.
    text_ids = item.kind == "checkbox"
    return [
        {"id": str(base + place) if text_ids else base + place, "value": value, "position": place}
        for place, value in enumerate(item.choices, 1)
    ]


def flat_fields(store: Store, module: Module, *, grouped: bool) -> Shape:
    """`{"fields": [...]}` as `settings/<module>/fields` answers; with the groups when asked for."""
    items = fields_of(store, module.name)
    first = FIRST_ID.get(module.name, 3000)
    groups = list(dict.fromkeys(item.group for item in items))
    fields = [_flat(store, module, item, first + place, place + 1) for place, item in enumerate(items)]
    if not grouped:
        return {"fields": fields}
    for shape, item in zip(fields, items, strict=True):
        shape["field_group_id"] = first + 5000 + groups.index(item.group)
    named = [
        {"id": first + 5000 + place, "label": group, "name": group.lower().replace(" ", "_"), "position": place + 1}
        for place, group in enumerate(groups)
    ]
    return {"field_groups": named, "fields": fields}


def _flat(store: Store, module: Module, item: Field, field_id: int, position: int) -> Shape:
    shape: Shape = {
        "id": field_id,
        "label": item.label,
        "name": item.name,
        "type": item.kind,
        "default": not item.custom,
        "actionable": True,
        "position": position,
        "choices": choices_of(store, item, field_id * 10),
        "base_model": module.model,
        "required": item.required,
        "quick_add_position": position,
        "visible": True,
    }
    if item.kind == "auto_complete":
        shape["auto_suggest_url"] = "/search?per_page=5&include=contact,sales_account,deal&q="
    return shape
