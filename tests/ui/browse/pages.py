"""Pages made by hand, for models without a CRM."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from crmdesk.crm.modules import BUILT_IN
from crmdesk.crm.paging import Page
from crmdesk.ui.browse.columns import default_state, make_columns
from crmdesk.ui.browse.fields import known_fields
from crmdesk.ui.browse.model import RecordModel
from crmdesk.ui.browse.names import LiveNames
from crmdesk.ui.browse.values import Texts

CONTACTS = BUILT_IN["contacts"]


class NoDirectory:
    """A directory that has loaded nothing."""

    currency = ""

    def loaded(self, kind: str) -> bool:
        return False

    def items(self, kind: str) -> list[dict[str, Any]]:
        return []

    def owner_name(self, owner_id: int | None) -> str:
        return str(owner_id)

    def name(self, kind: str, value: Any) -> str | None:
        return None


def contact(record_id: int, **more: Any) -> dict[str, Any]:
    """A contact's row as lists hold it."""
    return {
        "id": record_id,
        "display_name": f"Person {record_id}",
        "email": f"person{record_id}@example.com",
        "owner_id": 4,
        "lead_score": record_id % 100,
        "open_deals_amount": "12.5",
        "updated_at": "2026-11-20T10:00:00+01:00",
        **more,
    }


def page_of(number: int, ids: Sequence[int], total: int | None, per_page: int = 10, **more: Any) -> Page:
    """A page of contacts with these ids."""
    body = {"users": [{"id": 4, "display_name": "Dev Patel"}], "contacts": [contact(i, **more) for i in ids]}
    pages = None if total is None else -(-total // per_page)
    return Page(CONTACTS, number, per_page, total, pages, tuple(ids), json.dumps(body).encode())


def contact_model() -> RecordModel:
    """A model with the standard columns of contacts, without rows."""
    model = RecordModel(Texts(LiveNames(NoDirectory())))
    fields = known_fields(CONTACTS, None, [contact(1, job_title="CEO")], lambda _key: None)
    model.set_columns(make_columns(default_state(CONTACTS, fields), fields))
    return model


def column(model: RecordModel, key: str) -> int:
    """Where a column is."""
    return [made.key for made in model.columns].index(key)


def texts(model: RecordModel, key: str) -> list[str | None]:
    """The texts of a column from the first row to the last."""
    section = column(model, key)
    return [model.data(model.index(row, section)) for row in range(model.rowCount())]
