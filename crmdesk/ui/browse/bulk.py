"""What is planned for the selected records: set a field, delete, restore, export, team. Each opens its own plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from crmdesk.planning.edit import FieldChange
from crmdesk.planning.intents import WholeView
from crmdesk.ui.browse.hands import What
from crmdesk.ui.browse.set_field import SetField

if TYPE_CHECKING:
    from crmdesk.changes.plan import Plan
    from crmdesk.ui.browse.workspace import BrowseWorkspace


class Bulk(QObject):
    """The plans that begin in one table; part of its workspace."""

    def __init__(self, work: BrowseWorkspace) -> None:
        super().__init__(work)
        self._work = work
        self._module = work.source.spec.key

    # -- one field of many records --------------------------------------------------------------------

    def set_field(self) -> None:
        """Ask for a field and what it gets; the plan opens for review."""
        self._work.hands.with_selected(self.ask_field)

    def ask_field(self, what: What) -> SetField | None:
        """The dialog for these records."""
        work = self._work
        if work.known.schema is None:
            work.tell_status(work.editing.editable.refusal("id"))
            return None
        count = work.table.chosen_count()
        dialog = SetField(work.desk, work.known, work.editing.editable, count, work)
        dialog.chosen.connect(lambda changes: self.plan_fields(what, changes))
        dialog.open()
        return dialog

    def plan_fields(self, what: What, changes: Sequence[FieldChange]) -> None:
        """Lay out what these changes come to, and open it."""
        work = self._work
        work.strip.tell("planning", "Laying out the plan…", dismiss=False)

        def planned(plan: Plan) -> None:
            work.strip.take_back("planning")
            work.desk.open("review", {"plan": plan.id})

        def failed(error: BaseException) -> None:
            work.strip.take_back("planning")
            work.desk.say_error(error, "Laying out the plan")

        work.desk.tasks.start(
            work.desk.session.edits.set_fields(what, changes), owner=self, on_done=planned, on_failed=failed
        )

    # -- the others -----------------------------------------------------------------------------------------

    def delete(self) -> None:
        """Delete: blank for framed cells, else the selected records go to the Recycle Bin, after a look at the plan."""
        if self._work.cells.block() is not None:
            self._work.cells.clear()
            return
        from crmdesk.ui.review.ask import delete_records

        self._work.hands.with_selected(lambda what: delete_records(self._work.desk, what))

    def restore(self) -> None:
        """Bring the selected records back from the Recycle Bin."""
        from crmdesk.ui.review.ask import restore_records

        self._work.hands.with_selected(lambda what: restore_records(self._work.desk, what))

    def team(self) -> None:
        """Who works with the selected records."""
        self._work.hands.with_selected(self._team)

    def _team(self, what: What) -> None:
        if isinstance(what, WholeView):
            self._work.tell_status("The team of a whole view can't be planned at once: select its rows.")
            return
        from crmdesk.ui.review.ask import manage_team

        manage_team(self._work.desk, what)

    def export(self) -> None:
        """The selected records into a file; all that the table shows where none is selected."""
        from crmdesk.ui.transfer.from_table import export_shown

        export_shown(self._work)

    def new(self) -> None:
        """A new record of this module."""
        self._work.desk.open("new", {"module": self._module})

    def save(self) -> None:
        """One record is saved at once when nobody changed it meanwhile; more are looked at first."""
        work = self._work
        records = list(work.layers.staged)
        if work.editing.editor is not None and not work.editing.editor.commit():
            return
        records = list(work.layers.staged)
        if len(records) == 1:
            from crmdesk.ui.review.ask import save_now

            save_now(work.desk, self._module, records[0])
        elif records:
            work.review()
        else:
            work.tell_status("Nothing is staged.")
