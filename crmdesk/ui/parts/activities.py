"""Notes, tasks and sales activities of a record; appointments and calls build on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from crmdesk.changes.drafts import Staged
from crmdesk.config.times import now
from crmdesk.crm.checks import READ_ONLY
from crmdesk.crm.kinds import Kind, kind_of, normal
from crmdesk.crm.paging import Record
from crmdesk.crm.schema import Field, Schema
from crmdesk.crm.values import NOT_LOADED, parse_time, whole
from crmdesk.ui.editors import EditContext, FieldEditor, can_edit, editor_for
from crmdesk.ui.editors.choose import ChoiceEditor
from crmdesk.ui.editors.options import Option
from crmdesk.ui.parts.entries import Act, Entry
from crmdesk.ui.parts.form import PartForm, Wanted
from crmdesk.ui.parts.page import PartView
from crmdesk.ui.record.values import loaded

TYPES, OUTCOMES = "sales_activity_types", "sales_activity_outcomes"
OUTCOME_FIELDS = ("outcome_id", "sales_activity_outcome_id")
TYPE_FIELDS = ("sales_activity_type_id", "task_type_id")
MEETING = "appointment"  # the internal name of the type whose outcomes appointments have
TARGETS = frozenset({"targetable", "targetable_type", "targetable_id"})
COORDINATES = ("latitude", "longitude")
DONE, OPEN = 1, 0


class OutcomeEditor(ChoiceEditor):
    """The outcomes of the type that is chosen beside it: each type has its own."""

    def options(self) -> list[Option] | None:
        """Those of the type; all where the type is not known."""
        self.context.known.need_names((TYPES,))
        found = super().options()
        directory = self.context.desk.session.directory
        kind = next((held for name in TYPE_FIELDS if (held := self.context.of(name)) is not NOT_LOADED), NOT_LOADED)
        if kind is NOT_LOADED and self.context.spec.key == "appointments":
            kind = next((x.get("id") for x in directory.items(TYPES) if x.get("internal_name") == MEETING), NOT_LOADED)
        if found is None or kind in (NOT_LOADED, None) or not directory.loaded(OUTCOMES):
            return found
        mine = {
            whole(item.get("id"))
            for item in directory.items(OUTCOMES)
            if whole(item.get("sales_activity_type_id")) in (None, whole(kind))
        }
        return [option for option in found if option.value in mine]


def activity_editor(field: Field, context: EditContext) -> FieldEditor:
    """The editor of an activity's field."""
    return OutcomeEditor(field, context) if field.name in OUTCOME_FIELDS else editor_for(field, context)


class ActivityView(PartView):
    """Rows that are records of a module of their own, made and changed in a form above them."""

    _edited: Record | None = None  # what the form changes
    fields: tuple[str, ...] = ()  # in the form, in this order; none named: all that can be edited
    one = ""

    def fields_of(self, schema: Schema) -> list[Field]:
        """The fields of the form."""
        if self.fields:
            return [schema.fields[name] for name in self.fields if name in schema.fields]
        context = self.context()
        return [
            field
            for field in schema.fields.values()
            if field.visible and field.name not in TARGETS and can_edit(field, context)
        ]

    def defaults(self) -> dict[str, Any]:
        """What stands in the form of a new one."""
        return {}

    @property
    def new_title(self) -> str:
        """Over the form of a new one."""
        return f"New {self.one}"

    @property
    def save_text(self) -> str:
        """On the button that makes it."""
        return f"Add {self.one}"

    @property
    def made_text(self) -> str:
        """What is said when it is made."""
        return f"Added {self.one}"

    def given(self) -> dict[str, Any]:
        """What a new one gets unseen."""
        return self.place.target

    def add(self) -> None:
        """Open the form of a new one."""
        self.with_schema(self._new)

    def _new(self, schema: Schema) -> None:
        wanted = Wanted(self.new_title, self.save_text, self.fields_of(schema), self.defaults(), self.given())
        self.show_form(self.make_form(wanted, self.context(creating=True)), self._create)

    def make_form(self, wanted: Wanted, context: EditContext) -> PartForm:
        """The form, for parts that need more than editors."""
        return PartForm(context, wanted, activity_editor)

    def _create(self, values: dict[str, Any]) -> None:
        form = self.form
        if not isinstance(form, PartForm):
            return
        everything = {**form.wanted.given, **{name: value for name, value in values.items() if value is not None}}
        kinds = {name: self._kind(name) for name in everything}
        title = self.label_of(everything)
        self.doer.create(self.rows_module, everything, kinds, title, self.made_text, self.changed)

    def keep(self) -> None:
        """What stands in the form is staged, like any other edit that is not saved."""
        form = self.form
        if not isinstance(form, PartForm) or form.busy:
            return
        values = {name: value for name, value in form.values().items() if value is not None or not form.wanted.creating}
        if all(value == form.wanted.values.get(name) for name, value in values.items()):
            return
        if form.wanted.creating:
            everything = {**form.wanted.given, **values}
            kinds = {name: self._kind(name) for name in everything}
            label_text = self.label_of(everything) or f"New {self.one}"
            self.desk.session.drafts.stage_new(self.rows_module, everything, kinds=kinds, label=label_text)
        elif self._edited is not None:
            self._stage(self._edited, form, values)

    def _stage(self, record: Record, form: PartForm, values: Mapping[str, Any]) -> None:
        self.desk.session.drafts.stage(
            Staged(
                self.rows_module,
                record.id,
                name,
                value,
                (form.wanted.current or {}).get(name),
                self._kind(name),
                self.label_of(record.fields),
            )
            for name, value in values.items()
        )

    def _kind(self, name: str) -> Kind:
        schema = self.known.schema
        field = schema.fields.get(name) if schema is not None else None
        if field is None:
            return Kind.LOOKUP if name == "targetable_id" else Kind.RAW
        return kind_of(self.known.spec, field)

    def label_of(self, values: Mapping[str, Any]) -> str:
        """What one is called in plans and messages."""
        text = " ".join(self.known.spec.label(dict(values)).split())
        return f"{text[:60].rstrip()}…" if len(text) > 60 else text

    def edit(self, record: Record) -> None:
        """Open the form of one that is there."""
        self.with_schema(partial(self._edit, record))

    def _edit(self, record: Record, schema: Schema) -> None:
        fields = [
            field for field in self.fields_of(schema) if loaded(self.known.spec, record.fields, field) is not NOT_LOADED
        ]
        values = {field.name: loaded(self.known.spec, record.fields, field) for field in fields}
        self._edited = record
        wanted = Wanted(f"Change {self.one}", "Save", fields, values, {}, creating=False, current=values)
        form = self.make_form(wanted, self.context(record.fields))
        self.show_form(form, partial(self._change, record, values))

    def _change(self, record: Record, before: dict[str, Any], values: dict[str, Any]) -> None:
        edits = {name: (before.get(name), value) for name, value in values.items()}
        self.save(record, edits, f"Saved {self.one}")

    def save(self, record: Record, edits: Mapping[str, tuple[Any, Any]], done: str) -> None:
        """Change fields of one."""
        kinds = {name: self._kind(name) for name in edits}
        updated = record.fields.get("updated_at")
        self.doer.change(
            self.rows_module,
            record.id,
            edits,
            kinds,
            self.label_of(record.fields),
            done,
            self.changed,
            updated_at=updated if isinstance(updated, str) else None,
        )

    def delete(self, record: Record) -> None:
        """Ask, then delete."""
        self.doer.delete(self.rows_module, record.id, self.label_of(record.fields))

    def acts(self, record: Record) -> tuple[Act, ...]:
        """What can be done with a row."""
        return (
            Act("Edit", lambda: self.edit(record), "edit"),
            Act("Delete…", lambda: self.delete(record), "delete"),
        )


class NotesView(ActivityView):
    """Who wrote what, and when."""

    name = rows_module = "notes"
    one = "note"
    add_text = "Add note"
    fields = ("description",)
    empty = ("No notes yet", "Add one: it is plain text, and everyone who sees the record can read it.")

    def entry(self, record: Record) -> Entry:
        """The author, the day, the text."""
        held = record.fields
        author = self.user(held.get("creater_id")) or "Note"
        text = str(held.get("description") or "")
        return Entry(record.id, author, self.when(held.get("created_at")), "", text, acts=self.acts(record))


class TasksView(ActivityView):
    """What is to be done; a tick says that it is done."""

    name = rows_module = "tasks"
    one = "task"
    add_text = "Add task"
    fields = ("title", "due_date", "owner_id", "task_type_id", "outcome_id", "description")
    empty = ("No tasks", "Add one: it belongs to this record and has an owner and a day.")

    def needs(self) -> Sequence[str]:
        """Types and outcomes, where some are shown."""
        wanted = {"task_type_id": TYPES, "outcome_id": OUTCOMES}
        return tuple(kind for name, kind in wanted.items() if any(row.fields.get(name) for row in self.records))

    def entry(self, record: Record) -> Entry:
        """Title and day; whose, of which type, with which outcome."""
        held, names = record.fields, self.known.names
        done = whole(held.get("status")) == DONE
        due = parse_time(held.get("due_date"))
        late = not done and due is not None and due < now()
        told = [self.user(held.get("owner_id"))]
        if held.get("task_type_id"):
            told.append(names.name(TYPES, held["task_type_id"]))
        if held.get("outcome_id"):
            told.append(names.name(OUTCOMES, held["outcome_id"]))
        side = f"done {self.when(held.get('completed_date'))}".strip() if done else self.when(held.get("due_date"))
        return Entry(
            record.id,
            str(held.get("title") or "Task"),
            side,
            " · ".join(part for part in told if part),
            warning="Overdue" if late else "",
            checked=done,
            check=lambda on: self.mark(record, done=on),
            acts=self.acts(record),
        )

    def mark(self, record: Record, *, done: bool) -> None:
        """Done, or open again."""
        after, before = (DONE, OPEN) if done else (OPEN, DONE)
        self.save(record, {"status": (before, after)}, "Task done" if done else "Task is open again")

    def _kind(self, name: str) -> Kind:
        return Kind.CHOICE_ID if name == "status" else super()._kind(name)


class SalesActivitiesView(ActivityView):
    """Visits, demos and what else the account calls an activity, with fields of its own."""

    name = rows_module = "sales_activities"
    one = "sales activity"
    add_text = "Add activity"
    empty = ("No sales activities", "Add one: a visit, a demo, or another type that the account has.")

    def needs(self) -> Sequence[str]:
        """Types, and outcomes where some are shown."""
        outcomes = any(row.fields.get("sales_activity_outcome_id") for row in self.records)
        return ((TYPES, OUTCOMES) if outcomes else (TYPES,)) if self.records else ()

    def fields_of(self, schema: Schema) -> list[Field]:
        """What is required first, then the type's outcome, then the account's own fields."""
        found = super().fields_of(schema)
        first = ("title", "sales_activity_type_id", "sales_activity_outcome_id", "start_date", "end_date", "owner_id")
        rank = {name: place for place, name in enumerate(first)}

        def place(field: Field) -> int:
            if field.name in rank:
                return rank[field.name]
            told_by_a_phone = field.name.startswith(("checkedin", "checkedout")) or field.name in COORDINATES
            return len(rank) + (2 if told_by_a_phone else 0 if field.custom or field.name == "notes" else 1)

        return sorted((field for field in found if field.name not in READ_ONLY), key=place)

    def entry(self, record: Record) -> Entry:
        """Title and time; type, outcome, whose; the notes."""
        held, names = record.fields, self.known.names
        kind, outcome = held.get("sales_activity_type_id"), held.get("sales_activity_outcome_id")
        told = [names.name(TYPES, kind) if kind else "", self.user(held.get("owner_id")), _place(held)]
        return Entry(
            record.id,
            str(held.get("title") or "Sales activity"),
            self.when(held.get("start_date") or held.get("conversation_time")),
            " · ".join(part for part in told if part),
            str(held.get("notes") or ""),
            chips=(names.name(OUTCOMES, outcome),) if outcome else (),
            acts=self.acts(record),
        )


def _place(held: Mapping[str, Any]) -> str:
    seen = held.get("checkedin_at")
    return "checked in" if seen else ""


def instant(value: object) -> datetime | None:
    """A moment of a record, in UTC; a plain date is its midnight."""
    held = normal(Kind.TIME, value)
    found = parse_time(held) if isinstance(held, str) else None
    return None if found is None else found.astimezone(UTC)
