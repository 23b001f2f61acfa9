"""The screens beside editing: what belongs to a record, the places of lists and products, files in and out."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.planning.intents import WholeView
from crmdesk.ui.parts.page import FAILED, THERE, PartView
from tests.e2e.edit_scenes import EditScenes

if TYPE_CHECKING:
    from crmdesk.ui.record.workspace import RecordWorkspace
    from crmdesk.ui.transfer.export_workspace import ExportWorkspace
    from crmdesk.ui.transfer.import_workspace import ImportWorkspace

HEADING = "Name,Amount,Expected close,Sales owner,Account name,Remarks"
FAIR = 2  # the sample's list of those who were met at a fair


class MoreScenes(EditScenes):
    """Scenes that open a record's parts, lists, products, and files."""

    # --- what belongs to a record ------------------------------------------------------------------

    def part(self, work: RecordWorkspace, name: str) -> Any:
        """A part of the record in front, read."""
        work.parts.go(name)
        page = work.parts.page
        if isinstance(page, PartView):
            self.stage.until(lambda: page.state in (THERE, FAILED), f"{name} is read")
        self.stage.settle()
        return page

    def parts(self) -> None:
        """A contact's, a deal's and an account's, with forms open; one that can't be read."""
        stage = self.stage
        called = self.sandbox.records("phone_calls", "targetable_id", "targetable_type").values()
        contact = next(row["targetable_id"] for row in called if row["targetable_type"] == "Contact")
        work = self.record("contacts", contact, "parts-nothing-chosen")
        for name in ("notes", "tasks", "appointments", "calls", "files", "lists", "activities", "history"):
            page = self.part(work, name)
            stage.shoot(f"parts-contact-{name}")
            if name in ("tasks", "appointments"):
                page.add()
                stage.settle()
                stage.shoot(f"parts-contact-{name}-new")
        page = self.part(work, "files")
        with TemporaryDirectory() as folder:
            path = Path(folder) / "Offer 2027.pdf"
            path.write_bytes(b"%PDF-1.4" + bytes(40_000))
            page.uploads.offer([path])
            stage.shoot("parts-upload")
        self.sandbox.faults("status=503:1")
        work.parts.go("team")
        stage.until(lambda: work.parts.page.state == FAILED, "the team can't be read")  # type: ignore[union-attr]
        stage.settle()
        stage.shoot("parts-failed")
        self.sandbox.faults("")
        self.products_of_a_deal()
        account = next(row["sales_account_id"] for row in self.sandbox.records("deals", "sales_account_id").values())
        work = self.record("sales_accounts", account, "record-account")
        for name in ("deals", "contacts", "hierarchy", "team"):
            self.part(work, name)
            stage.shoot(f"parts-account-{name}")

    def products_of_a_deal(self, *, pictures: bool = True) -> None:
        """Three products on a deal, one of them being changed."""
        stage = self.stage
        deal = next(iter(self.sandbox.records("deals")))
        lines = [
            {"id": key, "quantity": place, "discount": 5 * place, "unit_price": 190 + 45.5 * place}
            for place, key in enumerate(list(self.sandbox.records("products"))[:3], 1)
        ]
        with self.sandbox.client() as client:
            answer = client.put(f"deals/{deal}", json={"deal": {"products": lines}})
            answer.raise_for_status()
        work = self.record("deals", deal, "record-with-parts")
        page = self.part(work, "products")
        page.list.rows[1].entry.act("edit").run()
        stage.settle()
        stage.shoot("parts-products")
        if pictures:
            page = self.part(work, "contacts")
            page.add()
            stage.settle()
            stage.shoot("parts-deal-contacts-add")

    # --- places -----------------------------------------------------------------------------------

    def place(self, args: dict[str, Any], name: str) -> Any:
        """A place of the sidebar, read."""
        made = self.stage.desk.open("view", args)
        self.stage.settle()
        self.stage.shoot(name)
        return made

    def places(self) -> None:
        """Lists, products, documents, appointments, tasks, sales activities."""
        stage = self.stage
        lists = self.place({"module": "lists", "list": FAIR}, "lists-opening")
        stage.until(lambda: lists.work is not None and lists.work.model.store.pages, "the list's contacts are there")
        lists.work.table.go_to(2, select=True)
        stage.settle()
        stage.shoot("lists")
        lists.asking.copy()
        self.close_dialog("lists-choose")
        lists.asking.new()
        self.close_dialog("lists-new")
        for module in ("products", "documents"):
            self.place({"module": module, "view_id": "", "view_name": ""}, f"place-{module}")
        for module, view_id in (("appointments", "upcoming"), ("tasks", "open"), ("sales_activities", "all")):
            self.place({"module": module, "view_id": view_id, "view_name": view_id.capitalize()}, f"place-{module}")

    # --- files ------------------------------------------------------------------------------------

    def exporting(self) -> None:
        """What it costs, the columns chosen, and the file that was written."""
        stage = self.stage
        view = next(view for view in stage.run(stage.desk.session.views("contacts")) if view.name == "All Contacts")
        made: Any = stage.desk.open("export", {"what": WholeView("contacts", view.id, view.name)})
        work: ExportWorkspace = made
        stage.until(work.form.start_button.isEnabled, "the price is known")
        stage.settle()
        stage.shoot("export")
        work.form.columns.way.setCurrentIndex(work.form.columns.way.count() - 1)
        stage.shoot("export-columns")
        with TemporaryDirectory() as folder:
            work.write(Path(folder) / "contacts.csv")
            stage.shoot("export-writing")
            self.shown(work, work.result_page, "the file is written")
            stage.shoot("export-done")

    def importing(self) -> None:
        """File, columns, check with bad cells, trial, result."""
        stage = self.stage
        owner = next(owner.name for owner in stage.desk.session.directory.owners if owner.active)
        account = next(iter(self.sandbox.records("sales_accounts", "name").values()))["name"]
        rows = [f"Fair lead {n},{n * 90}.50,2027-01-{n % 28 + 1:02d},{owner},{account},met" for n in range(1, 61)]
        rows[7] = rows[7].replace("720.50", "many")
        rows[21] = rows[21].replace(owner, "Nobody Known")
        rows[40] = rows[40].replace("2027-01-14", "2027-02-30")
        made: Any = stage.desk.open("import", {"module": "deals"})
        work: ImportWorkspace = made
        stage.settle()
        stage.shoot("import-empty")
        with TemporaryDirectory() as folder:
            path = Path(folder) / "leads of the fair.csv"
            path.write_text("\n".join([HEADING, *rows]), encoding="utf-8")
            work.asked({"module": "deals", "path": str(path)})
            stage.until(lambda: work.file_page.opened is not None, "the file is read")
            stage.settle()
            stage.shoot("import-file")
            work.file_page.next.click()
            self.shown(work, work.match_page, "the columns")
            work.match_page.options.choose_way("create")
            stage.settle()
            stage.shoot("import-columns")
            work.match_page.next.click()
            check, go = work.check_page, work.work_page.go_button
            stage.until(lambda: go.isVisible() or work.pages.currentWidget() is check, "the price is known")
            stage.shoot("import-price")
            if work.pages.currentWidget() is not check:
                go.click()
            self.shown(work, check, "the cells are checked")
            stage.shoot("import-check")
            check.next.click()
            self.shown(work, work.plan_page, "the trial is planned")
            stage.shoot("import-plan")
            work.plan_page.before.number.setText(str(work.plan_page.to_save))
            work.plan_page.save_button.click()
            stage.until(lambda: work.result_page.rest_button.isVisible(), "the trial is done")
            stage.settle()
            stage.shoot("import-trial")

    def shown(self, work: Any, page: QWidget, what: str) -> None:
        """Wait until a page of steps is in front."""
        self.stage.until(lambda: work.pages.currentWidget() is page, what)
        self.stage.settle()
