"""The life of a record: cloned, deleted, restored, forgotten; upserted; its team."""

from __future__ import annotations

from typing import Any

from crmdesk.sandbox import rules, times, values
from crmdesk.sandbox.answers import Wrong, denied, unknown
from crmdesk.sandbox.members import MEMBER
from crmdesk.sandbox.modules import Body, Module
from crmdesk.sandbox.store import Record, Store, Where
from crmdesk.sandbox.unique import duplicates, found
from crmdesk.sandbox.write import Writer

# What a clone does not take over: what is its own, what has to be unique, and what came from its history.
_OWN = frozenset(("id", "created_ms", "updated_ms", "updater_id", "is_deleted", "email", "emails", "external_id")) | {
    *("recent_note", "last_contacted", "last_contacted_mode", "last_seen", "lead_score", "last_assigned_at"),
    *("open_deals_amount", "won_deals_amount", "open_deals_count", "won_deals_count"),
}
_TEAM = ("_team", "team_user_ids")
_ABOUT = ("tasks", "appointments", "sales_activities", "notes", "phone_calls", "files")


class Lifecycle:
    """What can be done with whole records."""

    def __init__(self, store: Store, writer: Writer) -> None:
        self.store = store
        self.writer = writer

    def clone(self, module: Module, record: Record, data: Body, user: Body) -> Record:
        """A new record with all that the other has, but for what has to be unique, and with what is given instead."""
        like = {key: value for key, value in record.items() if key not in _OWN and key not in _TEAM}
        made = self.writer.create(module, data, user, like=like)
        if made.get("products"):
            tied = [{**line, "deal_id": made["id"], "_id": f"{made['id']}-{line['id']}"} for line in made["products"]]
            made = {**made, "products": tied}
            self.store.save(module.name, made)
        return made

    def delete(self, module: Module, record: Record, user: Body, *, along: bool = False) -> None:
        """Into the recycle bin; `along` takes an account's contacts and open deals with it."""
        if along and module.name == "sales_accounts":
            for kind, found in self.going_along(record).items():
                for item in found:
                    self._bin(kind, item, user)
        self._bin(module.name, record, user)

    def _bin(self, module: str, record: Record, user: Body) -> None:
        now = self.store.stamp()
        self.store.save(module, {**record, "is_deleted": True, "updated_ms": now, "updater_id": user["id"]})

    def going_along(self, account: Record) -> dict[str, list[Record]]:
        """The contacts and the open deals of an account."""
        here = Where("deleted = 0 AND parent = ?", (f"sales_accounts:{account['id']}",))
        return {
            "contacts": list(self.store.each("contacts", here)),
            "deals": list(self.store.each("deals", here.also("state = 0"))),
        }

    def restore(self, module: Module, record: Record, user: Body) -> Record:
        """Out of the recycle bin; Wrong where its address or name was taken meanwhile. Not deleted: as it is."""
        if not record["is_deleted"]:
            return record
        if module.name == "contacts":
            for item in record.get("emails") or ():
                if self.writer.taken("contacts", record["id"], item["value"]):
                    raise Wrong("Email has already been taken")
        if module.name == "sales_accounts" and self.writer.taken(module.name, record["id"], record.get("name")):
            raise Wrong("Name has already been taken")
        changed = {**record, "is_deleted": False, "updated_ms": self.store.stamp(), "updater_id": user["id"]}
        self.store.save(module.name, changed)
        return changed

    def forget(self, module: Module, record: Record) -> None:
        """Remove a record and all that is about it, for good."""
        target = f"{module.name}:{record['id']}"
        for kind in _ABOUT:
            if kind in self.store.modules:
                for key in self.store.ids(kind, Where("parent = ?", (target,))):
                    self.store.forget(kind, key)
        if module.name == "contacts":
            for key in self.store.linked("deals:contact", record["id"]):
                deal = self.store.get("deals", key)
                if deal is not None:
                    left = [other for other in deal.get("_contact_ids") or () if other != record["id"]]
                    self.store.save("deals", {**deal, "_contact_ids": left})
            self.store.db.execute("DELETE FROM links WHERE kind = ? AND b = ?", (MEMBER, record["id"]))
        self.store.db.execute("DELETE FROM feed WHERE target = ?", (target,))
        self.store.forget(module.name, record["id"])

    def several(self, module: Module, ids: list[int], user: Body, *, along: bool) -> dict[int, bool]:
        """Delete many; False for each that isn't there or can't be seen."""
        told = {}
        for key in ids:
            record = self.store.get(module.name, key)
            told[key] = record is not None and not record["is_deleted"] and rules.may_see(user, record)
            if told[key] and record is not None:
                self.delete(module, record, user, along=along)
        return told

    # -- upsert -------------------------------------------------------------------------------------------

    def upsert(self, module: Module, unique: str, value: Any, data: Body, user: Body) -> tuple[Record, bool]:
        """Change the record that has a value in a unique field, or make it; and whether it was made."""
        ids = found(self.writer, module, unique, value)
        if len(ids) > 1:
            raise Wrong(duplicates(module, unique, ids))
        if not ids:
            if unique == "id":
                raise unknown()
            return self.writer.create(module, {unique: value, **data}, user, upsert=True), True
        record = self.store.get(module.name, ids[0])
        assert record is not None
        if not rules.may_see(user, record):
            raise denied()
        return self.writer.update(module, record, data, user), False

    # -- the team -----------------------------------------------------------------------------------------

    def team(self, module: Module, record: Record, given: Any, user: Body) -> list[Body]:
        """Add, change and remove members of a record's team; the members that are left."""
        if not isinstance(given, list) or not given or not all(isinstance(item, dict) for item in given):
            raise Wrong("team_users must be a list of members")
        members = {item["user_id"]: item for item in record.get("_team") or ()}
        now = times.printed(times.now_ms(), True)
        for item in given:
            who, role = values.whole(item.get("user_id")), values.whole(item.get("designation_id"))
            if who is None or self.store.choice("users", who) is None:
                raise Wrong("User is invalid")
            if role is None or self.store.choice("designations", role) is None:
                raise Wrong("Designation is invalid")
            if item.get("_destroy") in (True, "true", 1):
                members.pop(who, None)
                continue
            made = members.get(who, {}).get("created_at", now)
            members[who] = {"entity_id": record["id"], "user_id": who, "designation_id": role, "created_at": made}
            members[who]["updated_at"] = now
        team = list(members.values())
        changed = {**record, "_team": team, "team_user_ids": [item["user_id"] for item in team] or None}
        self.store.save(module.name, {**changed, "updated_ms": self.store.stamp(), "updater_id": user["id"]})
        return team
