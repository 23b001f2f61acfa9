"""Appointments of a record: of an hour or of whole days, in a zone, with attendees and what the check-in told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from crmdesk.config.times import now
from crmdesk.crm.paging import Record
from crmdesk.crm.values import parse_time, whole
from crmdesk.crm.zones import rails_name
from crmdesk.ui.editors import EditContext
from crmdesk.ui.editors.options import Option, fitting
from crmdesk.ui.parts.activities import OUTCOMES, ActivityView, activity_editor, instant
from crmdesk.ui.parts.entries import Act, Entry
from crmdesk.ui.parts.form import PartForm, Wanted
from crmdesk.ui.parts.pick import PickForm

MIDNIGHT = "T00:00:00Z"
DAYS = {"from_date": "from_date@day", "end_date": "end_date@day"}
USER, CONTACT = "user", "contact"


class MeetingForm(PartForm):
    """Times, or days alone where it takes whole days: the API wants one or the other."""

    def __init__(self, context: EditContext, wanted: Wanted) -> None:
        fields = []
        for field in wanted.fields:
            fields.append(field)
            if field.name in DAYS:
                fields.append(replace(field, name=DAYS[field.name], type="date"))
        all_day = wanted.values.get("is_allday") is True
        days = {DAYS[name]: _day(wanted.values.get(name), context) for name in DAYS}
        times: dict[str, Any] = dict.fromkeys(DAYS) if all_day else {}
        self._before = dict(wanted.values)
        shown = replace(wanted, fields=fields, values={**wanted.values, **days, **times})
        super().__init__(context, shown, activity_editor)
        self.editors["is_allday"].changed.connect(self._show)
        self._show()

    @property
    def all_day(self) -> bool:
        """Whether it takes whole days."""
        return self.editors["is_allday"].value() is True

    def _show(self) -> None:
        for name, day in DAYS.items():
            self.show_field(name, not self.all_day)
            self.show_field(day, self.all_day)
        if "time_zone" in self.editors:
            self.show_field("time_zone", not self.all_day)

    def values(self) -> dict[str, Any]:
        """Days as their midnight in UTC, as the CRM's plain dates read in normal form."""
        found = {name: value for name, value in super().values().items() if "@" not in name and name not in DAYS}
        for name, day in DAYS.items():
            held = self.editors[day if self.all_day else name].value()
            value = f"{str(held)[:10]}{MIDNIGHT}" if self.all_day and held else held
            if value != (None if self.wanted.creating else self._before.get(name)) or "is_allday" in found:
                found[name] = value
        return found


def _day(value: object, context: EditContext) -> str | None:
    """The day of a moment: an all-day one's own, else the person's."""
    moment = parse_time(value)
    if moment is None:
        return None
    if isinstance(value, str) and value.endswith(MIDNIGHT):
        return value[:10]
    return moment.astimezone(context.zone).date().isoformat()


class AppointmentsView(ActivityView):
    """When and where, with whom, and whether somebody checked in."""

    name = rows_module = "appointments"
    one = "appointment"
    add_text = "Add appointment"
    fields = ("title", "is_allday", "from_date", "end_date", "time_zone", "location", "outcome_id", "description")
    empty = ("No appointments", "Add one: of an hour, or of whole days.")

    def needs(self) -> Sequence[str]:
        """Outcomes, where some are shown."""
        return (OUTCOMES,) if any(row.fields.get("outcome_id") for row in self.records) else ()

    def defaults(self) -> dict[str, Any]:
        """The next full hour, in the person's zone."""
        begin = (now() + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
        end = begin + timedelta(hours=1)
        found: dict[str, Any] = {
            "is_allday": False,
            "from_date": begin.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "end_date": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        zone = rails_name(str(getattr(self.zone, "key", "") or ""))
        return {**found, "time_zone": zone} if zone else found

    def make_form(self, wanted: Wanted, context: EditContext) -> PartForm:
        """Times or days."""
        return MeetingForm(context, wanted)

    def entry(self, record: Record) -> Entry:
        """Title and time; where, with whom; what the check-in told."""
        held = record.fields
        who = self.attendees(record)
        told = [str(held.get("location") or ""), ", ".join(who[:3]) + (f" and {len(who) - 3} more" if who[3:] else "")]
        outcome = held.get("outcome_id")
        chips = [self.known.names.name(OUTCOMES, outcome)] if outcome else []
        if held.get("checkedin_at"):
            chips.append("Checked in")
            told.append(self._check_in(held))
        return Entry(
            record.id,
            str(held.get("title") or "Appointment"),
            self._time(held),
            " · ".join(part for part in told if part),
            str(held.get("description") or ""),
            chips=tuple(chips),
            acts=(
                Act("Edit", partial(self.edit, record), "edit"),
                Act("Add attendee", partial(self.add_attendee, record)),
                Act("Delete…", partial(self.delete, record), "delete"),
            ),
        )

    def _time(self, held: Mapping[str, Any]) -> str:
        begin, end = str(held.get("from_date") or ""), str(held.get("end_date") or "")
        if held.get("is_allday"):
            first, last = self.when(begin[:10]), self.when(end[:10])
            return f"{first} – {last} · all day" if last and last != first else f"{first} · all day"
        starts, ends = instant(begin), instant(end)
        if starts is None or ends is None:
            return self.when(begin)
        local = ends.astimezone(self.zone)
        if starts.astimezone(self.zone).date() == local.date():
            return f"{self.when(begin)} – {local:%H:%M}"
        return f"{self.when(begin)} – {self.when(end)}"

    def _check_in(self, held: Mapping[str, Any]) -> str:
        place = held.get("checkedin_location") or ", ".join(
            str(held[name]) for name in ("latitude", "longitude") if held.get(name) not in (None, "")
        )
        return f"checked in {self.when(held['checkedin_at'])}{f' at {place}' if place else ''}"

    def attendees(self, record: Record) -> list[str]:
        """The names of who takes part, as far as they came along."""
        told = record.fields.get("appointment_attendee_ids")
        mine = {whole(item) for item in told} if isinstance(told, list) else None
        inside = record.fields.get("appointment_attendees") or ()
        found = []
        for item in [*inside, *self.side.get("appointment_attendees", ())]:
            who = item.get("attendee") if isinstance(item, dict) else None
            if not isinstance(who, dict) or (mine is not None and whole(item.get("id")) not in mine):
                continue
            name = who.get("display_name") or who.get("name") or self._name(who)
            if name not in found:
                found.append(str(name))
        return found

    def _name(self, who: Mapping[str, Any]) -> str:
        number = whole(who.get("id"))
        if USER in str(who.get("type")).lower():
            return self.user(number)
        return self.known.names.target("contact", number)

    # -- attendees -----------------------------------------------------------------------------

    def add_attendee(self, record: Record) -> None:
        """Pick a user or a contact; the API adds attendees and takes none away."""
        modules = self.desk.session.modules
        self.desk.tasks.start(
            self.desk.session.directory.load(("owners",)),
            owner=self,
            title="Reading the users",
            on_done=lambda _none: self._pick(record, modules.get("contacts")),
        )

    def _pick(self, record: Record, contacts: Any) -> None:
        users = [
            Option((USER, owner.id), owner.name, owner.email)
            for owner in self.desk.session.directory.owners
            if owner.active
        ]
        title = f"Add an attendee to {record.fields.get('title') or 'the appointment'}"
        form = AttendeeForm(self.desk, title, users, contacts)
        form.submitted.connect(partial(self._add_attendee, record))
        self.show_other(form)

    def _add_attendee(self, record: Record, who: tuple[str, int], name: str, _second: object) -> None:
        kind, number = who
        edits = {f"attendees:{kind}:{number}": (None, True)}
        if kind == "contact" and name:
            self.desk.session.labels.learn("contacts", number, name)
        self.doer.relate("appointments", record.id, edits, self.label_of(record.fields), f"Added {name}", self.changed)


class AttendeeForm(PickForm):
    """Users are listed at once; contacts are found as one types."""

    def __init__(self, desk: Any, title: str, users: Sequence[Option], contacts: Any) -> None:
        super().__init__(desk, title, "Add attendee", modules=(contacts,))
        self._users = list(users)
        self.picker.setPlaceholderText("A user, or find a contact")

    def _want(self, text: str) -> None:
        super()._want(text)
        self.picker.offer(fitting(self._users, text))

    def _found(self, text: str, options: list[Option]) -> None:
        people = [Option((CONTACT, option.value), option.label, option.detail) for option in options]
        super()._found(text, [*fitting(self._users, text), *people])
