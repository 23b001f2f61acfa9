"""The screens of editing, one after the other, over a real sandbox: staged, reviewed, saved, found, made, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QItemSelectionModel
from PySide6.QtGui import QGuiApplication

from crmdesk.crm.kinds import Kind
from crmdesk.planning.intents import KnownRow, SelectedRecords
from tests.e2e.scenes import Scenes

if TYPE_CHECKING:
    from crmdesk.ui.browse.workspace import BrowseWorkspace
    from crmdesk.ui.find.workspace import FindWorkspace
    from crmdesk.ui.record.new import NewWorkspace
    from crmdesk.ui.record.workspace import RecordWorkspace
    from crmdesk.ui.review.workspace import ReviewWorkspace

DEALS = ("@label", "amount", "deal_stage_id", "owner_id", "expected_close", "cf_contract_number")
CONTACTS = ("@label", "job_title", "city", "owner_id", "emails", "updated_at")
TITLES = ("Buyer", "Head of purchasing", "CFO", "Buyer") * 3
TOWNS = ("Ulm", "Bergen", "Utrecht", "Graz") * 3


class EditScenes(Scenes):
    """Scenes that change records, and what is asked before they do."""

    # --- in the table ----------------------------------------------------------------------------

    def columns(self, module: str, keys: tuple[str, ...]) -> None:
        """Which columns the next view of a module has."""
        self.stage.desk.memory.set(f"browse.{module}.columns", {"keys": list(keys), "widths": {}})

    @staticmethod
    def section(view: BrowseWorkspace, key: str) -> int:
        """A column by its field."""
        return [column.key for column in view.model.columns].index(key)

    def open_editor(self, view: BrowseWorkspace, row: int, key: str) -> Any:
        """The editor over a cell."""
        view.table.go_to_cell(row, self.section(view, key))
        view.editing.begin()
        self.stage.until(lambda: view.editing.editor is not None, "the editor opens")
        return view.editing.editor

    def type_cell(self, view: BrowseWorkspace, row: int, key: str, value: Any) -> None:
        """A value into a cell, as typing and Enter do."""
        editor = self.open_editor(view, row, key)
        editor.show_value(value)
        editor.touch()
        assert editor.commit(), editor.problem()
        self.stage.settle()

    def other_stage(self, view: BrowseWorkspace, row: int) -> Any:
        """Another stage of the deal's pipeline."""
        record = view.model.record_of(view.model.id_at(row) or 0) or {}
        directory = self.stage.desk.session.directory
        self.stage.run(directory.load(("deal_stages",)))
        now = next(item for item in directory.items("deal_stages") if item["id"] == record["deal_stage_id"])
        return next(
            item["id"]
            for item in directory.items("deal_stages")
            if item.get("deal_pipeline_id") == now.get("deal_pipeline_id") and item["id"] != now["id"]
        )

    def table(self, *, pictures: bool = True) -> BrowseWorkspace:
        """Cells of deals that are staged, with an editor open; the inspector marks the same."""
        self.columns("deals", DEALS)
        view = self.open_view("deals", "Open Deals")
        self.type_cell(view, 1, "amount", "48000")
        self.type_cell(view, 1, "deal_stage_id", self.other_stage(view, 1))
        self.type_cell(view, 3, "expected_close", "2027-01-15")
        self.type_cell(view, 4, "cf_contract_number", "CN-2027-118")
        view.table.go_to_cell(1, self.section(view, "amount"))
        self.stage.until(lambda: not view.inspected.loading, "the inspector has the record")
        self.stage.settle()
        self.stage.shoot("edit-table")
        if pictures:
            self.open_editor(view, 6, "deal_stage_id")
            self.stage.shoot("edit-choosing")
            view.editing.give_up()
        return view

    def paste(self) -> None:
        """A block with cells that can't be: some of them say why."""
        stage = self.stage
        self.columns("contacts", CONTACTS)
        view = self.open_view("contacts", "All Contacts")
        view.table.go_to_cell(2, self.section(view, "job_title"))
        lines = [f"{title}\t{town}" for title, town in zip(TITLES, TOWNS, strict=True)]
        lines[2] += "\tNobody Such"
        QGuiApplication.clipboard().setText("\n".join(lines))
        view.cells.paste()
        stage.until(lambda: view.staging.records == len(lines) and not view.cells.busy, "the block is pasted")
        stage.settle()
        stage.shoot("edit-pasted")
        view.cells.show_bad()
        self.close_dialog("edit-pasted-bad")

    def close_dialog(self, name: str) -> None:
        """A picture of the dialog in front; it is cancelled."""
        stage = self.stage
        dialog: Any = stage.dialog()
        stage.settle()
        stage.shoot(name)
        dialog.reject()
        stage.until(lambda: not stage.dialogs(), "the dialog closes")

    def set_field(self) -> None:
        """One field on many records."""
        view = self.open_view("contacts", "All Contacts")
        view.table.go_to(20, select=True)
        model = view.table.selectionModel()
        for row in (21, 22, 23):
            index = view.table.model().index(row, 0)
            model.select(index, QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows)
        self.stage.settle()
        view.bulk.set_field()
        self.close_dialog("edit-set-field")

    # --- review & save ---------------------------------------------------------------------------

    def review(self, args: dict[str, Any] | None = None, *, name: str = "review-staged") -> ReviewWorkspace:
        """What is staged."""
        made: Any = self.stage.desk.open("review", args or {})
        self.stage.settle()
        self.stage.shoot(name)
        work: ReviewWorkspace = made
        return work

    def to_plan(self, work: ReviewWorkspace, name: str) -> None:
        """The plan of what is staged."""
        work.staged_page.review_button.click()
        self.stage.until(lambda: work.pages.currentWidget() is work.plan_page, "the plan is laid out")
        self.stage.settle()
        self.stage.shoot(name)

    def collide(self, view: BrowseWorkspace) -> None:
        """Somebody else changed two of them meanwhile."""
        first, second = view.model.id_at(1), view.model.id_at(4)
        assert first is not None and second is not None
        self.sandbox.change("deals", first, amount="51250.0")
        custom = self.sandbox.record("deals", second)["custom_field"]
        self.sandbox.change("deals", second, custom_field={**custom, "cf_contract_number": "CN-2026-044"})

    def save(self, view: BrowseWorkspace) -> None:
        """What is staged, the plan with its collisions, and the result with what failed."""
        stage = self.stage
        self.collide(view)
        taken = self.sandbox.records("contacts", "emails")
        address = next(entry["value"] for row in taken.values() for entry in row["emails"] or ())
        victim = list(taken)[-1]
        fields = self.sandbox.record("contacts", victim)
        from crmdesk.changes.drafts import Staged

        label = stage.desk.session.modules.get("contacts").label(fields)
        before = [{"value": entry["value"], "is_primary": entry["is_primary"]} for entry in fields["emails"]]
        wanted = [{"value": address, "is_primary": True}]
        stage.desk.session.drafts.stage([Staged("contacts", victim, "emails", wanted, before, Kind.EMAILS, label)])
        work = self.review()
        self.to_plan(work, "review-plan")
        table = work.plan_page.collisions.table
        table.selectRow(0)
        table.keep("mine")
        stage.shoot("review-choosing")
        table.keep("theirs")
        for part in ("Changes", "Requests"):
            work.plan_page.parts.choose(part)
            stage.shoot(f"review-{part.lower()}")
        work.plan_page.save_button.click()
        stage.until(lambda: work.pages.currentWidget() is work.result_page, "the job is shown")
        stage.until(lambda: work.result_page.wrong.isVisible(), "what failed is shown")
        stage.settle()
        stage.shoot("review-result")

    # --- a record ---------------------------------------------------------------------------------

    def record(self, module: str, record_id: int, name: str) -> RecordWorkspace:
        """A record in a tab of its own."""
        stage = self.stage
        label = stage.desk.session.modules.get(module).label(self.sandbox.record(module, record_id))
        made: Any = stage.desk.open("record", {"module": module, "id": record_id, "label": label})
        work: RecordWorkspace = made
        stage.until(lambda: work.inspected.panel.sheet is not None and not work.inspected.loading, "the record is read")
        stage.settle()
        stage.shoot(name)
        return work

    def form(self) -> None:
        """A form with marks and a problem, for a deal and for a record with a field of every type."""
        stage = self.stage
        deal = list(self.sandbox.records("deals"))[5]
        work = self.record("deals", deal, "record-deal")
        for key, value in (("amount", "125000"), ("expected_close", "2027-03-01")):
            work.inspected.form.edit(key)
            row = work.inspected.panel.editing
            assert row is not None and row.editor is not None
            row.editor.show_value(value)
            row.editor.touch()
            assert row.editor.commit()
            stage.settle()
        work.inspected.form.edit("probability")
        row = work.inspected.panel.editing
        assert row is not None and row.editor is not None
        row.editor.show_value("140")
        row.editor.touch()
        row.editor.check()
        stage.settle()
        stage.shoot("record-staged")
        row.editor.restore()
        self.record("cm_property", next(iter(self.sandbox.records("cm_property"))), "record-custom")

    def new(self) -> None:
        """Forms of new records: a deal with what is missing, a contact, a custom module's, a clone."""
        stage = self.stage
        for module in ("deals", "contacts", "cm_property"):
            made: Any = stage.desk.open("new", {"module": module})
            work: NewWorkspace = made
            stage.until(lambda work=work: work.fields is not None, "the form is drawn")  # type: ignore[misc]
            stage.settle()
            stage.shoot(f"new-{module}")
            if module == "deals":
                work.create_record()
                stage.settle()
                stage.shoot("new-missing")
            else:
                assert work.fields is not None
                if work.fields.rest.isHidden():
                    work.fields.unfold.click()
                stage.settle()
                stage.shoot(f"new-{module}-all")
            stage.window.tabs.close_front()
        account = next(iter(self.sandbox.records("sales_accounts")))
        made = stage.desk.open("new", {"module": "sales_accounts", "clone_of": account})
        stage.until(lambda: made.fields is not None, "the clone is drawn")
        stage.settle()
        stage.shoot("new-clone")
        stage.window.tabs.close_front()

    # --- dialogs ----------------------------------------------------------------------------------

    def removing(self) -> None:
        """Delete a contact, an account with what would go along, and forget one."""
        from crmdesk.ui.review import ask

        stage = self.stage
        desk = stage.desk
        deals = self.sandbox.records("deals", "sales_account_id")
        account = next(row["sales_account_id"] for row in deals.values() if row["sales_account_id"])
        spec = desk.session.modules.get("sales_accounts")
        label = spec.label(self.sandbox.record("sales_accounts", account))
        ask.delete_records(desk, SelectedRecords("sales_accounts", (KnownRow(account, label),)))
        self.close_dialog("delete-account")
        contact = next(iter(self.sandbox.records("contacts")))
        spec = desk.session.modules.get("contacts")
        name = spec.label(self.sandbox.record("contacts", contact))
        dialog: Any = ask.forget_record(desk, spec, contact, name)
        dialog.typed.setText(name[:4])
        self.close_dialog("forget")
        ask.manage_team(desk, SelectedRecords("contacts", (KnownRow(contact, name),)))
        self.close_dialog("team")

    # --- finding ----------------------------------------------------------------------------------

    def find(self) -> None:
        """Nothing typed, some records, nothing found."""
        stage = self.stage
        made: Any = stage.desk.open("find")
        work: FindWorkspace = made
        stage.shoot("find-empty")
        for words, name in (("ann", "find"), ("zzqqxx", "find-nothing")):
            work.field.setText(words)
            stage.until(lambda words=words: work.searching.words == words and not work.searching.busy, "searched")  # type: ignore[misc]
            stage.settle()
            stage.until(lambda: "Searching" not in work._note.text(), "the answer is shown")
            stage.shoot(name)

    def filter(self) -> None:
        """The filter builder with two rules, and the view of them."""
        from crmdesk.ui.browse.filters import Rule

        view = self.open_view("contacts", "All Contacts")
        view.filter()
        dialog: Any = self.stage.dialog()
        people = [owner.id for owner in self.stage.desk.session.directory.owners if owner.active][:2]
        dialog.rows[0].show_rule(Rule("owner_id", "is_in", people, Kind.USER))
        dialog.add().show_rule(Rule("city", "contains", "a", Kind.TEXT))
        dialog.add()
        dialog.rows[-1].removed.emit(dialog.rows[-1])
        self.stage.until(lambda: "request" in dialog.found, "the records are counted")
        dialog.name.setText("Two owners")
        self.close_dialog("filter")

    # --- the end ----------------------------------------------------------------------------------

    def close_window(self) -> None:
        """Closing with something unsaved: said once that it is kept."""
        stage = self.stage
        stage.application.quit()
        dialog: Any = stage.dialog()
        stage.shoot("close-kept")
        dialog.done(1)
