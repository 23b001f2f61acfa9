"""What is known of one kind of record: what it is called in each place, and what the API can do with it.

Everything else is written once over a ModuleSpec; the built-in ones stand in module_table.py.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmdesk.crm.values import NOT_LOADED, NotLoaded, whole


class OwnerWay(enum.StrEnum):
    """How the owner of many records is changed (design: "owner in bulk")."""

    BULK_ASSIGN = "bulk_assign"  # contacts: answers for each id, or queues
    BULK_UPSERT = "bulk_upsert"  # accounts, deals: a background job of 100
    QUEUED_ASSIGN = "queued_assign"  # products, documents: queued, read back
    PUT = "put"  # custom modules, tasks, sales activities: one request a record


class Can(enum.StrEnum):
    """What the API can do with records of a module."""

    CREATE = "create"
    EDIT = "edit"
    CLONE = "clone"
    DELETE = "delete"
    RESTORE = "restore"
    FORGET = "forget"
    UPSERT = "upsert"
    BULK_UPSERT = "bulk_upsert"
    BULK_DELETE = "bulk_delete"
    BULK_RESTORE = "bulk_restore"
    BULK_UPDATE = "bulk_update"
    TEAM = "team"
    LOOKUP = "lookup"  # can be searched


@dataclass(frozen=True, slots=True)
class ModuleSpec:
    """One kind of record. Paths are below the API; `all_views`: alternative sets of views that hold all.

    `unproven` is the part of `can` that the reference does not document for this module. `target_type` is what
    `targetable_type` says for its records. `owned`: its records have an owner that can be changed. `part`: a
    record of a record, without a place of its own. `flat`: a write is not wrapped in `one_key`.
    """

    key: str
    singular: str
    plural: str
    path: str
    one_key: str
    many_key: str
    filters_path: str | None = None
    view_path: str | None = None
    settings_key: str | None = None
    label_fields: tuple[str, ...] = ("name",)
    owner_way: OwnerWay = OwnerWay.PUT
    bulk_assign_path: str | None = None
    bulk_upsert_path: str | None = None
    owner_in_list: bool = True
    list_include: str | None = "owner"
    sortable: tuple[str, ...] = ("created_at", "updated_at")
    all_views: tuple[tuple[str, ...], ...] = ()
    search_entity: str | None = None
    web_path: str | None = None
    custom: bool = False
    can: frozenset[Can] = frozenset()
    unproven: frozenset[Can] = frozenset()
    bulk_delete_path: str | None = None
    bulk_restore_path: str | None = None
    bulk_update_path: str | None = None
    target_type: str | None = None
    unique: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    owned: bool = True
    part: bool = False
    flat: bool = False
    answer_key: str | None = None  # where a write's answer has the record, if not under one_key
    aliases: tuple[str, ...] = ()

    def label(self, record: Mapping[str, Any]) -> str:
        """What a person calls the record; its id when it has no name."""
        for name in self.label_fields:
            value = record.get(name)
            if isinstance(value, str) and value.strip():
                return value.strip()
        whole_name = " ".join(str(record[part]) for part in ("first_name", "last_name") if record.get(part))
        return whole_name or f"{self.singular} {record.get('id', '')}".strip()

    def owner(self, record: Mapping[str, Any]) -> int | NotLoaded | None:
        """The owner's id, None for nobody, NOT_LOADED when the row doesn't say."""
        if "owner_id" not in record:
            return NOT_LOADED
        value = record["owner_id"]
        if value is None or value == "":
            return None
        owner_id = whole(value)
        return NOT_LOADED if owner_id is None else owner_id

    def answers_to(self) -> frozenset[str]:
        """Every name a person may write for it, lower case."""
        names = {
            self.key,
            self.singular,
            self.plural,
            self.one_key,
            self.many_key,
            *self.aliases,
        }
        return frozenset(name.lower().replace(" ", "_") for name in names)
