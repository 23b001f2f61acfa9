"""Notes and manual calls: records of a record; and the lists that a record's printed links lead to."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from crmdesk.sandbox import attendees, feed, rules, times
from crmdesk.sandbox.account import Account
from crmdesk.sandbox.answers import Wrong, answer, body_of, denied, includes_of, number, record_id, unknown
from crmdesk.sandbox.modules import Body, Module
from crmdesk.sandbox.render import user_shape
from crmdesk.sandbox.store import Record
from crmdesk.sandbox.targets import about, aim, aimed, blank, envelope, gone, missing, refuse, type_name

PARTS_OF = ("notes", "tasks", "appointments", "sales_activities")
_NOTED = {"description": "Description", "targetable_type": "Targetable type", "targetable_id": "Targetable"}
_TALKED_ABOUT = ("contacts", "sales_accounts")


def _page(request: Request) -> tuple[int, int]:
    """(limit, offset): what belongs to a record comes whole, up to 100, unless pages are asked for."""
    limit = max(0, min(100, number(request.query_params.get("per_page"), 100)))
    return limit, (max(1, number(request.query_params.get("page"), 1)) - 1) * limit


def unblank(value: Any) -> Any:
    """The same with blanks cut off its keys: the reference prints such keys, and the CRM takes them."""
    if isinstance(value, dict):
        return {str(key).strip(): unblank(item) for key, item in value.items()}
    return value


class PartsApi:
    """The handlers."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.store = account.store

    def owner_record(self, request: Request, name: str) -> tuple[Module, Record]:
        """The record whose parts are asked for: 404 for an unknown one, 403 for one that can't be seen."""
        module = self.store.modules.get(name)
        if module is None:
            raise unknown()
        record = self.store.get(module.name, record_id(request.path_params["id"]))
        if record is None:
            raise unknown()
        if not rules.may_see(request.state.user, record):
            raise denied()
        return module, record

    # -- notes --------------------------------------------------------------------------------------------

    async def create_note(self, request: Request) -> Response:
        """POST notes."""
        data = envelope(await body_of(request), "note")
        refuse(missing(data, _NOTED))
        with self.store.transaction():
            note = self.noted(data, request.state.user)
        return answer({"note": self.note_shape(note)})

    def noted(self, data: Body, user: Body) -> Record:
        """A new note, saved; the record that it is about shows it as its recent note."""
        module, target = aim(self.store, user, data)
        now = self.store.stamp()
        note: Record = {
            "id": self.store.next_id("notes"),
            "owner_id": target.get("owner_id"),
            "is_deleted": False,
            "created_ms": now,
            "updated_ms": now,
            "description": str(data["description"]),
            "creater_id": user["id"],
            "targetable_type": type_name(module),
            "targetable_id": target["id"],
        }
        self.store.save("notes", note)
        self.store.save(module.name, {**target, "recent_note": note["description"]})
        feed.created(self.store, self.store.modules["notes"], note, user)
        return note

    def _note(self, request: Request) -> Record:
        note = self.store.get("notes", record_id(request.path_params["id"]))
        if note is None:
            raise unknown()
        aim(self.store, request.state.user, note)
        return note

    async def update_note(self, request: Request) -> Response:
        """PUT notes/<id>."""
        data = envelope(await body_of(request), "note")
        note = self._note(request)
        if "description" in data and blank(data["description"]):
            raise Wrong("Description can't be blank")
        fresh: Body = {key: data[key] for key in ("description", "targetable_type", "targetable_id") if key in data}
        changed = aimed(self.store, request.state.user, {**note, **fresh})
        with self.store.transaction():
            changed["updated_ms"] = self.store.stamp()
            self.store.save("notes", changed)
        return answer({"note": self.note_shape(changed)})

    async def delete_note(self, request: Request) -> Response:
        """DELETE notes/<id>: gone for good."""
        note = self._note(request)
        with self.store.transaction():
            self.store.forget("notes", note["id"])
        return answer(gone(note=self.note_shape(note)))

    def note_shape(self, note: Record) -> Body:
        """A note as it is printed."""
        shape: Body = self.account.renderer.whole(self.store.modules["notes"], note)["note"]
        shape["targetables"] = [{"id": note["targetable_id"], "type": note["targetable_type"]}]
        return shape

    # -- calls --------------------------------------------------------------------------------------------

    async def create_call(self, request: Request) -> Response:
        """POST phone_calls: the log of a call that was made by hand, with a record known or new."""
        data = envelope(unblank(await body_of(request)), "phone_call")
        user = request.state.user
        problems = []
        if not isinstance(data.get("call_direction"), bool):
            problems.append("Call direction can't be blank")
        note = data.get("note")
        if note is not None and (not isinstance(note, dict) or blank(note.get("description"))):
            problems.append("Note description can't be blank")
        module = self._talked_about(data)
        if not isinstance(data.get("targetable"), dict):
            problems.append("Targetable can't be blank")
        outcome = data.get("outcome_id")
        if not blank(outcome) and not self._phone_outcome(outcome):
            problems.append("Outcome is invalid")
        refuse(problems)
        with self.store.transaction():
            target = self._caller(module, data["targetable"], user)
            aim_at: Body = {"targetable_type": type_name(module), "targetable_id": target["id"]}
            written = self.noted({**aim_at, "description": note["description"]}, user) if note else None
            call = self._called(data, aim_at, written, user)
        return answer(self._call_answer(module, self.store.many(module.name, [target["id"]])[0], call, written), 201)

    def _phone_outcome(self, outcome: Any) -> bool:
        phone = {item["id"] for item in self.store.choices("sales_activity_types") if item["internal_name"] == "phone"}
        found = self.store.choices("sales_activity_outcomes")
        return any(str(item["id"]) == str(outcome) and item["sales_activity_type_id"] in phone for item in found)

    def _talked_about(self, data: Body) -> Module:
        said = str(data.get("targetable_type") or "").replace("_", "").lower()
        name = {"contact": "contacts", "salesaccount": "sales_accounts"}.get(said)
        if name is None:
            raise Wrong("Targetable type is invalid")
        return self.store.modules[name]

    def _caller(self, module: Module, given: Body, user: Body) -> Record:
        if not blank(given.get("id")):
            _module, known = aim(self.store, user, {"targetable_type": module.model, "targetable_id": given["id"]})
            return known
        fresh = {key: value for key, value in given.items() if key != "company"}
        company = given.get("company")
        if module.name == "contacts" and isinstance(company, dict) and not blank(company.get("name")):
            accounts = self.store.modules["sales_accounts"]
            account = self.account.writer.create(accounts, {"name": company["name"]}, user)
            fresh["sales_accounts"] = [{"id": account["id"], "is_primary": True}]
        return self.account.writer.create(module, fresh, user)

    def _called(self, data: Body, aim_at: Body, note: Record | None, user: Body) -> Record:
        now = self.store.stamp()
        call: Record = {
            "id": self.store.next_id("phone_calls"),
            "owner_id": user["id"],
            "is_deleted": False,
            "created_ms": now,
            "updated_ms": now,
            "call_direction": data["call_direction"],
            "status": "incoming" if data["call_direction"] else "outgoing",
            "conversation_time": times.printed(now, True),
            "note_id": note["id"] if note else None,
            "outcome_id": None if blank(data.get("outcome_id")) else int(data["outcome_id"]),
            "creater_id": user["id"],
            **aim_at,
        }
        self.store.save("phone_calls", call)
        feed.created(self.store, self.store.modules["phone_calls"], call, user)
        return call

    def call_shape(self, call: Record) -> Body:
        """A call as it is printed."""
        shape: Body = self.account.renderer.whole(self.store.modules["phone_calls"], call)["phone_call"]
        module = self.store.modules["contacts" if call["targetable_type"] == "Contact" else "sales_accounts"]
        shape["targetable"] = {"type": module.one, "id": call["targetable_id"]}
        return shape

    def _call_answer(self, module: Module, target: Record, call: Record, note: Record | None) -> Body:
        user = self.store.choice("users", call["creater_id"])
        notes = [{**self.note_shape(note), "targetable_id": target["id"]}] if note else []
        label = target.get("display_name") or target.get("name")
        return {
            module.many: [{"partial": True, "id": target["id"]}],
            "phone_numbers": [],
            "phone_callers": [],
            "notes": notes,
            "user": [user_shape(user)] if user else [],
            "targetables": [{"id": target["id"], "display_name": label, "email": target.get("email") or ""}],
            "phone_calls": self.call_shape(call),
        }

    # -- what belongs to a record -------------------------------------------------------------------------

    async def parts(self, request: Request) -> Response:
        """GET <module>/<id>/notes, tasks, appointments and sales_activities."""
        names = request.path_params
        module, record = self.owner_record(request, names["module"])
        return self._listed(module, record, names["part"], request)

    def _listed(self, module: Module, record: Record, part: str, request: Request) -> Response:
        other = self.store.modules[part]
        belonging = about(self.store, module, record, part)
        limit, offset = _page(request)
        found = belonging[offset : offset + limit]
        body = self.account.renderer.rows(other, found, includes_of(request), {"total": len(belonging)})
        if part == "appointments" and "appointment_attendees" in includes_of(request):
            body = attendees.beside(self.store, found, body)
        if part == "notes":
            body["notes"] = [
                {**shape, "targetables": [{"id": note["targetable_id"], "type": note["targetable_type"]}]}
                for shape, note in zip(body["notes"], found, strict=True)
            ]
        return answer(body)

    async def conversations(self, request: Request) -> Response:
        """GET <module>/<id>/conversations: its calls, since mails and chats are not made through the API."""
        module, record = self.owner_record(request, request.path_params["module"])
        calls = about(self.store, module, record, "phone_calls")
        notes = self.store.many("notes", [call["note_id"] for call in calls if call.get("note_id")])
        callers = dict.fromkeys(call["creater_id"] for call in calls)
        users = [user for user in (self.store.choice("users", key) for key in callers) if user is not None]
        limit, offset = _page(request)
        shapes = [{"type": "phone_call", **self.call_shape(call)} for call in calls[offset : offset + limit]]
        return answer(
            {
                "users": [user_shape(user) for user in users],
                "notes": [self.note_shape(note) for note in notes],
                "conversations": shapes,
                "meta": {"total": len(calls)},
            }
        )
