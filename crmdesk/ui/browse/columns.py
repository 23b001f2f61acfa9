"""Which columns a table shows, in which order and how wide; remembered per module and profile.

Plain data, no Qt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crmdesk.crm.modules import ModuleSpec
from crmdesk.ui.browse.fields import FieldInfo, label_of_key
from crmdesk.ui.browse.values import QUIET_KINDS, RIGHT_KINDS, Kind, Value

DEFAULTS: Mapping[str, Sequence[str]] = {
    "contacts": ("email", "owner_id", "job_title", "lead_score", "open_deals_amount", "updated_at"),
    "sales_accounts": ("owner_id", "city", "country", "open_deals_amount", "last_contacted", "updated_at"),
    "deals": ("amount", "deal_stage_id", "owner_id", "expected_close", "probability", "updated_at"),
    "tasks": ("status", "owner_id", "due_date", "targetable", "updated_at"),
    "appointments": ("from_date", "end_date", "location", "creater_id", "targetable"),
    "products": ("product_code", "category", "owner_id", "is_active", "updated_at"),
    "documents": ("document_type", "stage", "amount", "owner_id", "valid_till", "updated_at"),
    "sales_activities": ("sales_activity_type_id", "owner_id", "start_date", "end_date", "updated_at"),
}
UNTOLD = 2  # label and owner are known of every module
CUSTOM_COLUMNS = 4  # of a custom module's own fields, beside name, owner and time
LETTER = 7  # pixels a letter of a title takes, about
MOST_FOR_TITLE = 150
WIDTHS = {
    Kind.LABEL: 180,
    Kind.NUMBER: 72,
    Kind.MONEY: 120,
    Kind.DATE: 110,
    Kind.MOMENT: 138,
    Kind.BOOL: 72,
    Kind.OWNER: 140,
    Kind.NAME: 130,
    Kind.TASK_STATUS: 96,
}
NARROWEST, WIDEST = 40, 1200


@dataclass(frozen=True)
class Column:
    """One column: what it shows and how wide."""

    value: Value
    title: str
    width: int

    @property
    def key(self) -> str:
        """The field's key."""
        return self.value.key

    @property
    def right(self) -> bool:
        """Numbers stand on the right."""
        return self.value.kind in RIGHT_KINDS

    @property
    def largest_first(self) -> bool:
        """Numbers and times are sorted from the largest on at the first click."""
        return self.value.kind in RIGHT_KINDS or self.value.kind in QUIET_KINDS

    @property
    def stiff(self) -> bool:
        """Numbers and times say nothing when a part of them is cut off: such a column never gets narrower."""
        return self.value.kind in RIGHT_KINDS or self.value.kind in QUIET_KINDS

    @property
    def quiet(self) -> bool:
        """Secondary text is muted."""
        return self.value.kind in QUIET_KINDS or self.key == "email"


@dataclass(frozen=True)
class ColumnState:
    """The person's choice: keys in their order, and widths by key."""

    keys: tuple[str, ...]
    widths: Mapping[str, int]

    def with_width(self, key: str, width: int) -> ColumnState:
        """The same with another width."""
        return replace(self, widths={**self.widths, key: max(NARROWEST, min(WIDEST, width))})

    def to_memory(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {"keys": list(self.keys), "widths": dict(self.widths)}


def from_memory(found: Any) -> ColumnState | None:
    """What was remembered, or None when it is damaged or empty."""
    if not isinstance(found, Mapping):
        return None
    keys, widths = found.get("keys"), found.get("widths")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
        return None
    kept = widths if isinstance(widths, Mapping) else {}
    sane = {
        str(key): max(NARROWEST, min(WIDEST, width))
        for key, width in kept.items()
        if isinstance(width, int) and not isinstance(width, bool)
    }
    return ColumnState(tuple(dict.fromkeys(keys)), sane)


def default_state(spec: ModuleSpec, fields: Mapping[str, FieldInfo]) -> ColumnState:
    """What is shown before the person has chosen."""
    if spec.key in DEFAULTS:
        told = len(fields) > UNTOLD  # before rows or schema came, the standard is believed
        keys = [key for key in DEFAULTS[spec.key] if key in fields or not told]
    else:
        own = [key for key, field in fields.items() if key.startswith("cf_") and field.visible]
        keys = ["owner_id", *own[:CUSTOM_COLUMNS], "updated_at"]
    return ColumnState(("@label", *keys), {})


def make_columns(state: ColumnState, fields: Mapping[str, FieldInfo]) -> tuple[Column, ...]:
    """The columns of a state. A remembered field that is unknown now stays, by its key's name."""
    made = []
    for key in state.keys:
        info = fields.get(key)
        value = info.value if info is not None else Value(key, Kind.TEXT)
        title = info.label if info is not None else label_of_key(key)
        made.append(Column(value, title, state.widths.get(key, standard_width(value, title))))
    return tuple(made)


def standard_width(value: Value, title: str) -> int:
    """A width by the kind of value, wide enough for a short title."""
    wanted = 180 if value.key == "email" else WIDTHS.get(value.kind, 140)
    return max(wanted, min(MOST_FOR_TITLE, len(title) * LETTER + 26))
