"""What can be shown of a module: one `FieldInfo` per field, from its schema and the rows that came.

Knows no Qt. Labels come from the schema; keys that only rows hold get a label of their own name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crmdesk.crm.modules import ModuleSpec
from crmdesk.ui.browse.values import Kind, Value

if TYPE_CHECKING:
    from crmdesk.crm.schema import Field, Schema

OWNER_KEYS = frozenset({"owner_id", "creater_id", "creator_id", "updater_id"})
MONEY_KEYS = frozenset(
    {
        "amount",
        "base_currency_amount",
        "open_deals_amount",
        "won_deals_amount",
        "expected_deal_value",
        "annual_revenue",
    }
)
DATE_KEYS = frozenset({"expected_close", "closed_date"})
MOMENT_KEYS = frozenset(
    {
        "last_contacted",
        "last_seen",
        "last_contacted_via_sales_activity",
        "stage_updated_time",
        "upcoming_activities_time",
        "due_date",
        "completed_date",
        "start_date",
        "from_date",
        "end_date",
        "conversation_time",
        "last_seen_chat",
        "first_seen_chat",
        "deal_prediction_last_updated_at",
    }
)
NUMBER_KEYS = frozenset(
    {"lead_score", "probability", "age", "customer_fit", "number_of_employees", "rotten_days", "total_sessions"}
)
LIST_KEYS = frozenset(
    {"emails", "phone_numbers", "tags", "system_tags", "sales_accounts", "subscription_types", "products", "contacts"}
)
# Machinery of the CRM's own pages: nothing a person reads.
HIDDEN_KEYS = frozenset(
    {
        "links",
        "avatar",
        "partial",
        "custom_field",
        "collaboration",
        "fc_widget_collaboration",
        "freddy_forecast_metrics",
        "is_deleted",
        "web_form_ids",
        "web_form_id",
        "team_user_ids",
        "lookup_information",
        "html_content",
        "html_content_css",
        "html_content_settings",
        "html_header",
        "html_footer",
        "pricing_table_settings",
        "collab_context",
        "user_ids",
        "targetables",
        "mcr_id",
    }
)
LABELS = {
    "id": "Id",
    "owner_id": "Owner",
    "creater_id": "Created by",
    "creator_id": "Created by",
    "updater_id": "Updated by",
    "created_at": "Created",
    "updated_at": "Updated",
    "lead_score": "Score",
    "open_deals_amount": "Open deals",
    "won_deals_amount": "Won deals",
    "open_deals_count": "Open deals",
    "won_deals_count": "Won deals",
    "deal_stage_id": "Stage",
    "deal_pipeline_id": "Pipeline",
    "expected_close": "Expected close",
    "targetable": "Related to",
    "due_date": "Due",
    "completed_date": "Completed",
    "sales_activity_type_id": "Type",
    "sales_activity_outcome_id": "Outcome",
    "contact_status_id": "Status",
    "lifecycle_stage_id": "Lifecycle stage",
}
# The reference tells these choices; fields answered without choices of their own have them (crm-api.txt, Contacts).
DOCUMENTED_CHOICES = {
    "subscription_types": {
        "1": "Non-marketing emails from our company",
        "2": "Newsletter",
        "3": "Promotional",
        "4": "Product updates",
        "5": "Conferences & events",
    }
}
SCHEMA_KINDS = {
    "number": Kind.NUMBER,
    "decimal": Kind.NUMBER,
    "checkbox": Kind.BOOL,
    "date": Kind.DATE,
    "date_time": Kind.MOMENT,
    "date_time_split": Kind.MOMENT,
    "multi_select_dropdown": Kind.LIST,
    "group_field": Kind.LIST,
}

KindOfField = Callable[[str], str | None]


@dataclass(frozen=True)
class FieldInfo:
    """A field that can be a column or a line of the inspector."""

    value: Value
    label: str
    section: str = ""
    visible: bool = True
    required: bool = False
    from_schema: bool = False

    @property
    def key(self) -> str:
        """The field's name in records."""
        return self.value.key


def in_own_words(schema: Schema) -> Schema:
    """The schema with the owner called Owner, as everywhere in this program (the CRM says Sales owner)."""
    own = LABELS["owner_id"]
    if schema.fields.get("owner_id") is None or schema.fields["owner_id"].label == own:
        return schema
    renamed = replace(schema.fields["owner_id"], label=own)

    def mine(field: Field) -> Field:
        return renamed if field.name == "owner_id" else field

    return replace(
        schema,
        sections=tuple(replace(part, fields=tuple(map(mine, part.fields))) for part in schema.sections),
        fields={name: mine(field) for name, field in schema.fields.items()},
    )


def label_of_key(key: str) -> str:
    """A readable label for a key that no schema names."""
    if key in LABELS:
        return LABELS[key]
    bare = key.removeprefix("cf_")
    for ending in ("_id", "_at"):
        bare = bare.removesuffix(ending)
    return bare.replace("_", " ").strip().capitalize() or key


def kind_of_key(key: str, sample: Any = None) -> Kind:
    """The kind of a value by its key's meaning, else by what it looks like."""
    for keys, kind in (
        (OWNER_KEYS, Kind.OWNER),
        (MONEY_KEYS, Kind.MONEY),
        (DATE_KEYS, Kind.DATE),
        (MOMENT_KEYS, Kind.MOMENT),
        (NUMBER_KEYS, Kind.NUMBER),
        (LIST_KEYS, Kind.LIST),
    ):
        if key in keys:
            return kind
    if key == "targetable":
        return Kind.TARGET
    if key.endswith("_at"):
        return Kind.MOMENT
    if key.endswith("_count"):
        return Kind.NUMBER
    return _kind_of_sample(sample)


def _kind_of_sample(sample: Any) -> Kind:
    if isinstance(sample, bool):
        return Kind.BOOL
    if isinstance(sample, float):
        return Kind.NUMBER
    if isinstance(sample, (list, tuple)):
        return Kind.LIST
    return Kind.TEXT


def from_schema(spec: ModuleSpec, field: Field, kind_of_field: KindOfField) -> FieldInfo:
    """A field of the schema. Ids with a selector become names; choices are shown by their value."""
    told = {str(choice.id): choice.value for choice in field.choices}
    choices = told or DOCUMENTED_CHOICES.get(field.name, {})
    selector = kind_of_field(field.name) or ""
    kind = kind_of_key(field.name)
    if spec.key == "tasks" and field.name == "status":
        kind = Kind.TASK_STATUS
    elif kind is Kind.TEXT:
        kind = SCHEMA_KINDS.get(field.type, Kind.TEXT)
        if selector:
            kind = Kind.NAME
        elif choices and kind is Kind.TEXT:
            kind = Kind.CHOICE
    section = field.section if isinstance(field.section, str) else getattr(field.section, "label", "")
    return FieldInfo(
        Value(field.name, kind, selector, choices),
        field.label,
        section or "",
        visible=field.visible,
        required=field.required,
        from_schema=True,
    )


def from_key(spec: ModuleSpec, key: str, sample: Any, kind_of_field: KindOfField) -> FieldInfo:
    """A field that rows hold and no schema names."""
    selector = kind_of_field(key) or ""
    kind = kind_of_key(key, sample)
    if spec.key == "tasks" and key == "status":
        kind = Kind.TASK_STATUS
    elif selector and kind is Kind.TEXT:
        kind = Kind.NAME
    return FieldInfo(Value(key, kind, selector), label_of_key(key))


def label_field(spec: ModuleSpec) -> FieldInfo:
    """The column that names the record."""
    title = "Title" if spec.key in ("tasks", "appointments", "sales_activities") else "Name"
    return FieldInfo(Value("@label", Kind.LABEL, label_of=spec.label), title)


def known_fields(
    spec: ModuleSpec,
    schema: Schema | None,
    rows: Sequence[Mapping[str, Any]],
    kind_of_field: KindOfField,
) -> dict[str, FieldInfo]:
    """Every field that can be shown: the label, the schema's, then what only rows hold."""
    found = {"@label": label_field(spec)}
    for field in schema.fields.values() if schema is not None else ():
        if field.name not in HIDDEN_KEYS:
            found[field.name] = from_schema(spec, field, kind_of_field)
    for key, sample in row_keys(rows):
        if key not in found and key not in HIDDEN_KEYS:
            found[key] = from_key(spec, key, sample, kind_of_field)
    if "owner_id" not in found:
        found["owner_id"] = from_key(spec, "owner_id", None, kind_of_field)
    return found


def row_keys(rows: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, Any]]:
    """Keys that rows hold, custom ones too, each with its first value that is not blank."""
    samples: dict[str, Any] = {}
    for row in rows:
        custom = row.get("custom_field")
        for part in (row, custom if isinstance(custom, Mapping) else {}):
            for key, value in part.items():
                if samples.get(key) is None:
                    samples[key] = value
    return samples.items()
