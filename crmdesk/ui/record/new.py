"""A record that is yet to be made, or a clone of one: a form whose values are staged as they are entered.

Creating sends nothing from here: the staged record is saved by Review & save like any other change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from crmdesk.changes.drafts import WHOLE, DraftEvent
from crmdesk.crm import checks
from crmdesk.crm.embeds import embeds
from crmdesk.crm.kinds import kind_of, normal
from crmdesk.crm.paging import Record
from crmdesk.crm.schema import Schema
from crmdesk.crm.values import NOT_LOADED
from crmdesk.session import Announcement, RecordsChanged
from crmdesk.ui.browse.known import Known
from crmdesk.ui.commands import Command
from crmdesk.ui.editors import EditContext
from crmdesk.ui.record.entry import EntryFields
from crmdesk.ui.record.values import loaded
from crmdesk.ui.widgets import Button, EmptyState, NoteBox, label
from crmdesk.ui.widgets.basics import restyle
from crmdesk.ui.window.workspace import Desk, Workspace

WIDEST = 720
REST = 400  # milliseconds after the last key before what is typed is staged
NO_SCHEMA = "The CRM tells its fields to an administrator's key only, so there is no form to fill in."


class NewWorkspace(Workspace):
    """`args`: module, values (normal form) or clone_of (with label), local: one that is staged already."""

    def __init__(self, desk: Desk, args: Mapping[str, Any]) -> None:
        super().__init__(desk)
        self.spec = desk.session.modules.get(str(args["module"]))
        self.known = Known(desk, self.spec, self)
        self.local: str | None = str(args["local"]) if args.get("local") else None
        self.clone_of: int | None = int(args["clone_of"]) if args.get("clone_of") else None
        self._source_label = str(args.get("label") or "")
        self._given = dict(args.get("values") or {})
        self._source: Mapping[str, Any] | None = None
        self.fields: EntryFields | None = None
        self._defaults: dict[str, Any] = {}  # what stands in the form before anything is entered
        self._asked_to_save = False
        self._sent = False  # it left the draft to be saved
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._stager = QTimer(self)
        self._stager.setSingleShot(True)
        self._stager.setInterval(REST)
        self._stager.timeout.connect(self._stage)
        self._make()
        self._leave = desk.session.drafts.subscribe(self._draft_changed)
        self._leave_session = desk.session.subscribe(self._announced)
        self.known.schema_arrived.connect(self._build)
        self._recall()
        self._start()

    def _recall(self) -> None:
        """What was staged of this record before the tab was closed, or the program ended."""
        if self.local is None:
            return
        staged = self.desk.session.drafts.get(self.spec.key, self.local, WHOLE)
        if staged is None:
            self.local = None
            return
        self._given = dict(staged.after)
        self.clone_of = staged.clone_of
        self._source_label = self._source_label or staged.label

    def _start(self) -> None:
        self.known.need_schema()
        if self.clone_of is not None:
            self.desk.tasks.start(
                self._read_source(self.clone_of),
                owner=self,
                title="Reading the record to be cloned",
                on_done=self._source_here,
                again=self._start,
            )
        self._build()

    async def _read_source(self, record_id: int) -> Record:
        from crmdesk.crm import requests

        return await requests.one(self.desk.session.client, self.spec, record_id, include=embeds(self.spec))

    def _source_here(self, record: Record) -> None:
        self.known.names.learn(record.side)
        self._source = record.fields
        self._source_label = self.spec.label(record.fields)
        self._build()

    # -- the page -------------------------------------------------------------------------------------------

    def _make(self) -> None:
        self.heading = label("", "title", wrap=True)
        self.says = label("", "muted", wrap=True)
        self.note = NoteBox("", "", "warning")
        self.note.hide()
        self.open_button = Button("Open it", role="link")
        self.open_button.clicked.connect(lambda _checked=False: self._open_made())
        self.note.body.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.open_button.hide()
        self._made: tuple[int, str] | None = None
        inside = QWidget()
        inside.setProperty("ground", "surface")
        inside.setMaximumWidth(WIDEST)
        column = QVBoxLayout(inside)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(8)
        for part in (self.heading, self.says, self.note):
            column.addWidget(part)
        column.addSpacing(4)
        self.waiting = EmptyState("Reading the fields", "The form is drawn when the CRM has told them.")
        column.addWidget(self.waiting)
        column.addStretch(1)
        self._column = column
        around = QWidget()
        around.setProperty("ground", "surface")
        beside = QHBoxLayout(around)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(inside, 1)
        beside.setAlignment(Qt.AlignmentFlag.AlignLeft)
        area = QScrollArea()
        area.setWidget(around)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setAccessibleName("The new record")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(area, 1)
        outer.addWidget(self._footer())
        self._head()

    def _footer(self) -> QWidget:
        bar = QFrame()
        bar.setProperty("role", "footer")
        self._bar = bar
        row = QHBoxLayout(bar)
        row.setContentsMargins(24, 7, 24, 7)
        row.setSpacing(8)
        self.state = label("", "muted")
        self.create_button = Button("Create", self.create_record, role="primary", hint="Create the record (Ctrl+S)")
        self.discard_button = Button("Discard", self.discard)
        row.addWidget(self.create_button)
        row.addWidget(self.discard_button)
        row.addWidget(self.state, 1)
        return bar

    def _head(self) -> None:
        singular = self.spec.singular.lower()
        if self.clone_of is not None:
            name = self._source_label or f"{singular} {self.clone_of}"
            self.heading.setText(f"Clone of {name}")
            self.says.setText("Change what shall differ; only that is sent, the CRM copies the rest.")
            self.create_button.setText("Clone")
        else:
            self.heading.setText(f"New {singular}")
            self.says.setText("What is entered is kept until it is created or discarded.")

    def _build(self) -> None:
        """The form, as soon as the fields are known, and the source of a clone."""
        schema = self.known.schema
        if self.fields is not None:
            return
        if schema is None:
            if self.known.schema_missing:
                self.waiting.set("No form", NO_SCHEMA)
            return
        if self.clone_of is not None and self._source is None:
            self.waiting.set("Reading the record", "Its values are the beginning of the new one's.")
            return
        context = EditContext(
            self.desk, self.spec, self.known, creating=True, record=self._source if self._source is not None else {}
        )
        self.fields = EntryFields(context, schema, all_shown=self.clone_of is not None)
        self.fields.set_source(self._source_values(schema))
        self._defaults = {} if self.clone_of is not None else _defaults(self.fields, schema)
        self.fields.fill({**self._defaults, **self._given})
        self.fields.changed.connect(self._changed)
        self.fields.settled.connect(self._stage)
        self.waiting.hide()
        self._column.insertWidget(self._column.indexOf(self.waiting), self.fields)
        self._head()
        self._show_state()
        first = next(iter(self.fields.editors.values()), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)
        if self._given and self.local is None:
            self._stage()

    def _source_values(self, schema: Schema) -> dict[str, Any]:
        if self._source is None:
            return {}
        found = {}
        for field in schema.fields.values():
            value = loaded(self.spec, self._source, field)
            if value is not NOT_LOADED and value is not None:
                found[field.name] = value
        return found

    # -- staging ----------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        self._asked_to_save = False
        if self._made is not None:
            self._made = None
            self.note.hide()
        self._stager.start()

    def _stage(self) -> None:
        """What is entered goes into the draft, so that a crash takes nothing."""
        self._stager.stop()
        if self.fields is None or self._asked_to_save:
            return
        values = self.fields.values()
        drafts = self.desk.session.drafts
        if values == self._defaults and self.clone_of is None:
            if self.local is not None:
                local, self.local = self.local, None
                drafts.revert(self.spec.key, local)
        elif values != self._defaults or self.local is not None:
            self.local = drafts.stage_new(
                self.spec.key,
                values,
                kinds=self.fields.kinds(),
                label=self._label(values),
                local=self.local,
                clone_of=self.clone_of,
            )
        self._show_state()

    def _label(self, values: Mapping[str, Any]) -> str:
        own = self.spec.label({**(self._source or {}), **values}) if values or self._source else ""
        return own or f"New {self.spec.singular.lower()}"

    def _show_state(self) -> None:
        self.state.setText("Kept as a draft on this machine" if self.local is not None else "")
        role = "staged" if self.local is not None else "footer"
        if self._bar.property("role") != role:
            self._bar.setProperty("role", role)
            restyle(self._bar)
        self.title_changed.emit()

    def create_record(self) -> None:
        """Check everything, and have the staged record saved."""
        if self.fields is None or not self.fields.check():
            return
        schema, values = self.fields.schema, self.fields.values()
        current = {} if self._source is None else self._source_values(schema)
        problems = checks.check_record(
            self.spec,
            schema,
            values,
            creating=self.clone_of is None,
            current=current,
            names=self.fields.context.names,
        )
        rest = self.fields.show_problems({problem.field: problem.message for problem in problems})
        self.note.set("This can't be created yet" if problems else "", " ".join(rest), "warning")
        self.note.setVisible(bool(rest))
        if problems:
            return
        self._stage()
        if self.local is None:
            # A clone without a difference is a draft, too.
            self.local = self.desk.session.drafts.stage_new(
                self.spec.key, values, kinds=self.fields.kinds(), label=self._label(values), clone_of=self.clone_of
            )
        from crmdesk.ui.review import ask

        self._asked_to_save = True
        ask.save_now(self.desk, self.spec.key, self.local)

    def discard(self) -> None:
        """Take the draft back and begin anew."""
        self._stager.stop()
        local, self.local = self.local, None
        if local is not None:
            self.desk.session.drafts.revert(self.spec.key, local)
        self._anew()
        self._show_state()

    def _anew(self) -> None:
        self._given, self._asked_to_save, self._sent = {}, False, False
        if self.fields is not None:
            self.fields.hide()
            self._column.removeWidget(self.fields)
            self.fields.deleteLater()
            self.fields = None
        self.note.hide()
        self.open_button.hide()
        self._made = None
        self._enable(True)
        self._build()

    def _enable(self, on: bool) -> None:
        self.create_button.setEnabled(on)
        self.discard_button.setEnabled(on)
        if self.fields is not None:
            self.fields.setEnabled(on)

    def _draft_changed(self, event: DraftEvent) -> None:
        """Saving takes it out of the draft; what failed comes back with its reason."""
        if event.module != self.spec.key or self.local not in event.records:
            return
        staged = self.desk.session.drafts.get(self.spec.key, self.local or "", WHOLE)
        if staged is None and self._asked_to_save:
            self._sent = True
            self._enable(False)
            self.state.setText("Being created…")
        elif staged is None:
            self.local = None
            self._anew()
        elif staged.message:
            self._asked_to_save = self._sent = False
            self._enable(True)
            self.note.set("It was not created", staged.message, "warning")
            self.note.show()
            self._show_state()
        self.title_changed.emit()

    def _announced(self, announcement: Announcement) -> None:
        """The job that was to make it has rested."""
        if not isinstance(announcement, RecordsChanged) or announcement.module != self.spec.key or not self._sent:
            return
        if self.unsaved:
            return  # it came back into the draft, which told why
        name = self._label(self.fields.values()) if self.fields is not None else self.spec.singular
        self.local = None
        ids = announcement.ids or frozenset()
        self._anew()
        self._show_state()
        if len(ids) == 1:
            self._made = (next(iter(ids)), name)
            self.note.set(f"Created {name}", "The form is empty again for another one.", "good")
            self.open_button.show()
        else:
            self.note.set("It is not certain yet whether it was created", "Jobs tells what is known.", "staged")
        self.note.show()

    def _open_made(self) -> None:
        if self._made is not None:
            self.desk.open("record", {"module": self.spec.key, "id": self._made[0], "label": self._made[1]})

    # -- the tab --------------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """What is made."""
        return f"Clone of {self._source_label}" if self.clone_of is not None else f"New {self.spec.singular.lower()}"

    @property
    def unsaved(self) -> bool:
        """Whether a draft is kept."""
        return self.local is not None and bool(self.desk.session.drafts.of(self.spec.key, self.local))

    def commands(self) -> Sequence[Command]:
        """Create, and discard."""
        text = "Clone the record" if self.clone_of is not None else f"Create the {self.spec.singular.lower()}"
        return (
            Command("new.create", text, self.create_record, "Record", "Ctrl+S", "save"),
            Command("new.discard", "Discard the new record", self.discard, "Record", icon="trash"),
        )

    def asked(self, args: Mapping[str, Any]) -> None:
        """Asked for again: the form is there, empty again if its record was created."""
        if self.fields is not None and not args.get("local"):
            first = next(iter(self.fields.editors.values()), None)
            if first is not None:
                first.setFocus(Qt.FocusReason.OtherFocusReason)

    def memory(self) -> Mapping[str, Any] | None:
        """The module, and the draft if there is one."""
        found: dict[str, Any] = {"module": self.spec.key}
        if self.local is not None and self.unsaved:
            found["local"] = self.local
        if self.clone_of is not None:
            found |= {"clone_of": self.clone_of, "label": self._source_label}
        return found

    def back_online(self) -> None:
        """What could not be read is asked for again."""
        if self.fields is None and self.clone_of is not None and self._source is None:
            self._start()

    def closed(self) -> None:
        """What is typed stays in the draft."""
        if self._stager.isActive():
            self._stage()
        self._leave()
        self._leave_session()


def _defaults(fields: EntryFields, schema: Schema) -> dict[str, Any]:
    """The defaults that the account gives fields of new records."""

    found = {}
    for name in fields.editors:
        field = schema.fields[name]
        if field.default not in (None, "", [], {}):
            found[name] = normal(kind_of(fields.context.spec, field), field.default)
    return found
