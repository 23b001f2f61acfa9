"""The lists behind the selectors, as a new account has them. Facts: api-in-practice, "Selectors"."""

from __future__ import annotations

from typing import Any

from crmdesk.sandbox import times

Item = dict[str, Any]

STAGES = (
    ("New", "Open", 1, 10),
    ("Follow-up", "Open", 2, 20),
    ("Under review", "Open", 2, 40),
    ("Demo", "Open", 2, 60),
    ("Negotiation", "Open", 2, 80),
    ("Won", "Closed Won", 4, 100),
    ("Lost", "Closed Lost", 4, 0),
)
CLOSED = {"Closed Won": 1, "Closed Lost": 2}
STATUSES = (
    ("New", "Lead"),
    ("Contacted", "Lead"),
    ("Interested", "Lead"),
    ("Under review", "Lead"),
    ("Demo", "Lead"),
    ("Qualified", "Sales Qualified Lead"),
    ("Unqualified", "Sales Qualified Lead"),
    ("Won", "Customer"),
    ("Churned", "Customer"),
)
PLAIN: dict[str, tuple[str, ...]] = {
    "deal_reasons": (
        (
            "Opted our rival",
            "Price is too high",
            "Junk Contact",
            "Not interested",
            "No requirement",
            "Need only in future",
            "Product not satisfying",
            "No proper follow-up",
            "Appointment missed",
        )
    ),
    "deal_types": ("New Business", "Existing Business-Renewal", "Existing Business-Upgrade"),
    "deal_payment_statuses": ("Offline", "Online"),
    "lead_sources": (
        (
            "Web",
            "Organic Search",
            "Referral",
            "Cold Call",
            "Trade Show",
            "Email Campaign",
            "Social Media",
            "Partner",
            "Chat",
            "Phone",
            "Blog",
            "Webinar",
            "Advertisement",
            "Others",
        )
    ),
    "industry_types": (
        (
            "Aerospace",
            "Agriculture",
            "Apparel",
            "Banking",
            "Biotechnology",
            "Chemicals",
            "Construction",
            "Consulting",
            "Education",
            "Electronics",
            "Energy",
            "Engineering",
            "Entertainment",
            "Finance",
            "Food & Beverage",
            "Government",
            "Healthcare",
            "Hospitality",
            "Insurance",
            "Logistics",
            "Machinery",
            "Manufacturing",
            "Media",
            "Not For Profit",
            "Real Estate",
            "Retail",
            "Software",
            "Technology",
            "Telecommunications",
            "Transportation",
            "Utilities",
            "Other",
        )
    ),
    "business_types": (
        (
            "Analyst",
            "Competitor",
            "Customer",
            "Integrator",
            "Investor",
            "Partner",
            "Press",
            "Prospect",
            "Reseller",
            "Other",
        )
    ),
    "campaigns": ("Spring launch", "Autumn fair", "Newsletter", "Customer day", "Re-activation"),
}
ACTIVITY_TYPES = (
    ("Task", "task", ("Done", "Moved")),
    ("Meeting", "appointment", ("Interested", "Not interested", "No show")),
    ("Email", "email", ("Opened", "Bounced")),
    ("Phone", "phone", ("Left a message", "No response", "Interested", "Busy", "Wrong number")),
    ("Chat", "chat", ("Resolved",)),
    ("SMS", "sms_outgoing", ("Delivered", "Failed")),
    ("Coffee", "cf_coffee", ("Went well", "Rescheduled")),
    ("Trade show visit", "cf_trade_show_visit", ("Follow up", "No interest")),
)


def _numbered(base: int, names: tuple[str, ...], **more: Any) -> list[Item]:
    return [{"id": base + place, "name": name, "position": place, **more} for place, name in enumerate(names, 1)]


def _stage(stage_id: int, place: int, pipeline: int) -> Item:
    name, forecast, choice_type, probability = STAGES[place - 1]
    return {
        "partial": True,
        "id": stage_id,
        "name": name,
        "position": place,
        "forecast_type": forecast,
        "updated_at": times.printed(times.ANCHOR - 700 * times.DAY),
        "deal_pipeline_id": pipeline,
        "choice_type": choice_type,
        "probability": probability,
    }


def _pipelines(base: int, names: tuple[str, ...]) -> tuple[list[Item], list[Item]]:
    pipelines, stages = [], []
    for number, name in enumerate(names):
        pipeline_id = base + number
        own = [_stage(base + 249 + number * 20 + place - 1, place, pipeline_id) for place in range(1, 8)]
        stages += own
        pipelines.append(
            {
                "partial": True,
                "id": pipeline_id,
                "name": name,
                "position": number + 1,
                "is_default": number == 0,
                "rotting_days": 30,
                "configs": [{"name": "deal_rotting", "enabled": True}],
                "aggregated_field": "amount",
                "deal_stages": own,
            }
        )
    return pipelines, stages


def _statuses(base: int) -> tuple[list[Item], list[Item]]:
    stage_names = tuple(dict.fromkeys(stage for _name, stage in STATUSES))
    stage_ids = {name: base + 70 + place for place, name in enumerate(stage_names, 1)}
    statuses = [
        {
            "id": base + 50 + place,
            "name": name,
            "position": place,
            "partial": True,
            "forecast_type": "Open",
            "lifecycle_stage_id": stage_ids[stage],
        }
        for place, (name, stage) in enumerate(STATUSES, 1)
    ]
    stages = [
        {
            "id": stage_ids[name],
            "name": name,
            "position": place,
            "disabled": False,
            "default": place == 1,
            "type": name.replace(" ", ""),
            "contact_status_ids": [s["id"] for s in statuses if s["lifecycle_stage_id"] == stage_ids[name]],
        }
        for place, name in enumerate(stage_names, 1)
    ]
    return statuses, stages


def _activities(first: int, base: int) -> tuple[list[Item], list[Item], list[Item]]:
    types: list[Item] = []
    outcomes: list[Item] = []
    for place, (name, internal, results) in enumerate(ACTIVITY_TYPES, 1):
        type_id = first + place - 1
        types.append(
            {
                "partial": True,
                "id": type_id,
                "name": name,
                "internal_name": internal,
                "show_in_conversation": True,
                "position": place,
                "is_default": not internal.startswith("cf_"),
                "is_checkedin": False,
                "is_checkedin_mandatory": False,
                "is_outcome_mandatory": False,
            }
        )
        for result in results:
            outcomes.append(
                {
                    "partial": True,
                    "id": base + len(outcomes) + 1,
                    "name": result,
                    "sales_activity_type_id": type_id,
                    "position": results.index(result) + 1,
                }
            )
    entities = [
        {
            "partial": True,
            "id": base + 500 + place,
            "name": name,
            "sales_activity_type_id": types[place]["id"],
            "position": place + 1,
            "sales_activity_type_name": types[place]["name"],
        }
        for place, name in enumerate(("Contact", "SalesAccount", "Deal"))
    ]
    return types, outcomes, entities


def all_choices(base: int, pipelines: tuple[str, ...], *, activity_base: tuple[int, int]) -> dict[str, list[Item]]:
    """Every list but owners, territories and deal_products. Ids count up from `base`."""
    found: dict[str, list[Item]] = {}
    for number, (kind, names) in enumerate(PLAIN.items()):
        found[kind] = _numbered(base + 1000 + number * 100, names, partial=True)
    found["deal_reasons"] = _numbered(base + 315, PLAIN["deal_reasons"], partial=True)
    found["deal_types"] = _numbered(base + 104, PLAIN["deal_types"], partial=True)
    found["deal_pipelines"], found["deal_stages"] = _pipelines(base, pipelines)
    found["contact_statuses"], found["lifecycle_stages"] = _statuses(base)
    types, outcomes, entities = _activities(*activity_base)
    found["sales_activity_types"] = types
    found["sales_activity_outcomes"] = outcomes
    found["sales_activity_entity_types"] = entities
    found["currencies"] = [
        {
            "partial": True,
            "id": base + 900 + place,
            "is_active": True,
            "currency_code": code,
            "exchange_rate": rate,
            "currency_type": 1 if place == 0 else 2,
            "schedule_info": None,
        }
        for place, (code, rate) in enumerate((("USD", "1.0"), ("EUR", "0.92"), ("INR", "83.1"), ("JPY", "151.4")))
    ]
    found["designations"] = [
        {"id": 33 + place, "name": name} for place, name in enumerate(("Account manager", "Sales engineer", "Legal"))
    ]
    return found
