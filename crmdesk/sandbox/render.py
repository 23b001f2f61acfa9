"""Stored records as the API prints them: whole, as rows of a list, and what `include=` adds beside them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from crmdesk.sandbox import times
from crmdesk.sandbox.modules import TARGET_TYPES, Body, Include, Module
from crmdesk.sandbox.rules import target_of
from crmdesk.sandbox.schema import custom_names
from crmdesk.sandbox.store import Record, Store, Where

_COMPANY = (
    "id",
    "name",
    "address",
    "city",
    "state",
    "zipcode",
    "country",
    "number_of_employees",
    "annual_revenue",
    "website",
    "phone",
    "industry_type_id",
    "business_type_id",
)

_NEIGHBOURS = ("tasks", "appointments", "sales_activities", "notes", "contacts", "deals", "cpq_documents")
# What single records embed beside themselves, by module.
_DOCUMENTED = {
    "contacts": ("tasks", "appointments", "sales_activities", "notes", "deals"),
    "sales_accounts": ("tasks", "appointments", "contacts", "deals"),
    # Documents have no list of their own: that they come with their deal is practice, not documented.
    "deals": ("sales_activities", "contacts", "cpq_documents"),
}


def user_shape(user: Body) -> Body:
    """A user as side-loads print it."""
    return {
        "id": user["id"],
        "display_name": user["display_name"],
        "avatar": None,
        "type": "FdMultitenant::User",
        "is_active": user["is_active"],
        "work_number": user["work_number"],
        "mobile_number": user["mobile_number"],
        "email": user["email"],
        "uuid": hashlib.md5(str(user["id"]).encode(), usedforsecurity=False).hexdigest(),
    }


def _tokens(record: Record) -> Body:
    """Tokens that look like those of the CRM: a client must drop them as they arrive."""
    text = base64.urlsafe_b64encode(hashlib.sha256(f"collaboration {record['id']}".encode()).digest()).decode()
    head = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    return {name: f"{head}.{name}-{text}" for name in ("convo_token", "auth_token", "encoded_jwt_token")}


class Renderer:
    """Prints records of one account. `full_rows`: rows hold all that a single record does."""

    def __init__(self, store: Store, *, full_rows: bool) -> None:
        self.store = store
        self.full_rows = full_rows

    def whole(self, module: Module, record: Record, includes: Sequence[str] = ()) -> Body:
        """The body of a single record's answer: side-loads first, then the record under its key."""
        shape = self._shape(module, record, self._single_keys(module, includes))
        if module.name == "contacts":
            self._add_company(shape, record)
        sides = self._sides(module, [(record, shape)], includes)
        self._add_nested(module, record, shape, includes)
        for name in _NEIGHBOURS:
            if name in includes and name not in sides:
                self._add_neighbours(module, record, shape, sides, name)
        if "team_users" in includes and "team_user_ids" in module.template:
            # Undocumented: without it nobody could tell the designation that `_destroy` has to bring.
            sides["team_users"] = [dict(item) for item in record.get("_team") or ()]
        return {**sides, module.one: shape}

    def rows(self, module: Module, records: Sequence[Record], includes: Sequence[str], meta: Body) -> Body:
        """The body of a list's answer."""
        keys = self._single_keys(module, includes) if self.full_rows else module.row_keys
        pairs = [(record, self._shape(module, record, keys)) for record in records]
        sides = self._sides(module, pairs, includes)
        if module.avatar_data:
            meta = {**meta, "avatar_data": {module.model: {str(record["id"]): None for record in records}}}
        return {**sides, module.many: [shape for _record, shape in pairs], "meta": meta}

    def _single_keys(self, module: Module, includes: Sequence[str]) -> Iterable[str]:
        if module.name == "cpq_documents":
            return [key for key in module.template if key != "products" or "products" in includes]
        if module.name == "products":
            return [key for key in module.template if key != "product_pricings" or key in includes]
        return module.template

    def _shape(self, module: Module, record: Record, keys: Iterable[str]) -> Body:
        template = module.template
        shape: Body = {key: record.get(key, template.get(key)) for key in keys}
        if "created_at" in shape:
            shape["created_at"] = times.printed(record["created_ms"], module.zulu)
        if "updated_at" in shape:
            shape["updated_at"] = times.printed(record["updated_ms"], module.zulu)
        if "partial" in shape:
            shape["partial"] = True
        if "custom_field" in shape:
            shape["custom_field"] = dict.fromkeys(custom_names(self.store, module.name)) | (
                record.get("custom_field") or {}
            )
        if record.get("is_deleted"):
            shape["is_deleted"] = True
        if "links" in shape:
            shape["links"] = {name: path.format(id=record["id"]) for name, path in module.links.items()}
        if "fc_widget_collaboration" in shape:
            shape["fc_widget_collaboration"] = _tokens(record)
        if "targetables" in shape:
            target = target_of(record)
            shape["targetables"] = (
                [{"id": record["targetable_id"], "type": record["targetable_type"]}] if target else []
            )
        return shape

    # -- include ------------------------------------------------------------------------------------------

    def _sides(
        self, module: Module, pairs: Sequence[tuple[Record, Body]], includes: Sequence[str]
    ) -> dict[str, list[Body]]:
        sides: dict[str, list[Body]] = {}
        for name in includes:
            include = module.includes.get(name)
            if include is None:
                continue
            for record, shape in pairs:
                shape[include.key] = record.get(include.key)
            wanted = dict.fromkeys(record.get(include.key) for record, _shape in pairs)
            listed = sides.setdefault(include.side, [])
            have = {item["id"] for item in listed}
            listed += [item for item in self._side_items(include, list(wanted)) if item["id"] not in have]
        if "targetable" in includes:
            self._add_targets(pairs, sides)
        if "users" in includes and module.name == "tasks":
            self._add_collaborators(pairs, sides)
        return sides

    def _side_items(self, include: Include, wanted: list[Any]) -> list[Body]:
        ids = [key for key in wanted if key is not None]
        if include.source == "users":
            found = (self.store.choice("users", key) for key in ids)
            return [user_shape(user) for user in found if user is not None]
        source = "products" if include.source == "deal_products" else include.source
        if source == "products":
            return [{"partial": True, "id": item["id"], "name": item["name"]} for item in self.store.many(source, ids)]
        if source in self.store.modules:
            accounts = self.store.many(source, ids)
            return [_partial(item, "name", website=item.get("website")) for item in accounts]
        chosen = (self.store.choice(include.source, key) for key in ids)
        return [item for item in chosen if item is not None]

    def _add_targets(self, pairs: Sequence[tuple[Record, Body]], sides: dict[str, list[Body]]) -> None:
        for record, shape in pairs:
            kind = TARGET_TYPES.get(str(record.get("targetable_type") or "").lower())
            if kind is None:
                shape["targetable"] = None
                continue
            shape["targetable"] = {"type": self.store.modules[kind].one, "id": record["targetable_id"]}
            listed = sides.setdefault(kind, [])
            if any(item["id"] == record["targetable_id"] for item in listed):
                continue
            found = self.store.get(kind, record["targetable_id"])
            if found is not None:
                listed.append(_target_shape(kind, found))

    def _add_collaborators(self, pairs: Sequence[tuple[Record, Body]], sides: dict[str, list[Body]]) -> None:
        listed = sides.setdefault("users", [])
        have = {item["id"] for item in listed}
        for record, shape in pairs:
            shape["user_ids"] = record.get("user_ids") or []
            for key in dict.fromkeys([record.get("owner_id"), *shape["user_ids"]]):
                user = self.store.choice("users", key)
                if user is not None and key not in have:
                    have.add(key)
                    listed.append(user_shape(user))

    def _add_company(self, shape: Body, record: Record) -> None:
        account = record.get("sales_account_id")
        found = self.store.get("sales_accounts", account) if account else None
        shape["company"] = {key: found.get(key) for key in _COMPANY} if found and not found["is_deleted"] else None
        shape["deal"] = None

    def _add_nested(self, module: Module, record: Record, shape: Body, includes: Sequence[str]) -> None:
        if module.name == "contacts" and "sales_accounts" in includes:
            primary = record.get("sales_account_id")
            ids = dict.fromkeys([*([primary] if primary else ()), *(record.get("_account_ids") or ())])
            accounts = [item for item in self.store.many("sales_accounts", list(ids)) if not item["is_deleted"]]
            shape["sales_accounts"] = [
                _partial(item, "name", website=item.get("website"), is_primary=item["id"] == primary)
                for item in accounts
            ]
        if module.name == "deals" and "products" in includes:
            shape["products"] = record.get("products") or []
        if module.name == "sales_accounts" and "child_sales_accounts" in includes:
            where = Where("deleted = 0 AND parent = ?", (f"sales_accounts:{record['id']}",))
            shape["child_sales_accounts"] = [_partial(item, "name") for item in self.store.each(module.name, where)]

    def _add_neighbours(
        self, module: Module, record: Record, shape: Body, sides: dict[str, list[Body]], name: str
    ) -> None:
        if name not in _DOCUMENTED.get(module.name, ()):
            return
        found = self.neighbours(module, record, name)
        other = self.store.modules[name]
        sides[name] = [self._shape(other, item, other.row_keys) for item in found]
        shape[f"{other.one}_ids"] = [item["id"] for item in found]

    def neighbours(self, module: Module, record: Record, name: str) -> list[Record]:
        """The records of another module that belong to this one, at most 100."""
        where = Where("deleted = 0 AND parent = ?", (f"{module.name}:{record['id']}",))
        if name == "contacts":
            ids = record.get("_contact_ids") or []
            if module.name == "deals":
                return [item for item in self.store.many("contacts", ids) if not item["is_deleted"]][:100]
            further = self.store.linked("contacts:account", record["id"])
            listed = ",".join(str(key) for key in further)
            where = Where(f"deleted = 0 AND (parent = ? OR id IN ({listed}))", where.values)
        if module.name == "contacts" and name == "deals":
            listed = ",".join(str(key) for key in self.store.linked("deals:contact", record["id"]))
            where = Where(f"deleted = 0 AND id IN ({listed})")
        return self.store.page(name, where, "id", False, 100, 0)


def _partial(record: Record, label: str, **more: Any) -> Body:
    return {"partial": True, "id": record["id"], label: record.get(label), "avatar": None, **more}


def _target_shape(kind: str, record: Record) -> Body:
    shape: Body = {"id": record["id"], "avatar": None}
    keys: tuple[str, ...]
    if kind == "contacts":
        keys = ("display_name", "first_name", "last_name", "email", "work_number", "mobile_number")
    else:
        keys = ("name", "deal_pipeline_id") if kind == "deals" else ("name",)
    return shape | {key: record.get(key) for key in keys}
