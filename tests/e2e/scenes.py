"""The main screens, one after the other, over a real sandbox: each scene leaves a picture or several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtWidgets import QWidget

from tests.e2e.stage import Stage
from tests.support.sandbox_process import SandboxProcess

if TYPE_CHECKING:
    from crmdesk.crm.directory import Owner
    from crmdesk.ui.browse.workspace import BrowseWorkspace
    from crmdesk.ui.reassign.workspace import ReassignWorkspace

W = TypeVar("W", bound=QWidget)
ACCOUNT = "Acme Europe"
LEFT_BEHIND = ("contacts", "sales_accounts", "deals", "tasks")


class Scenes:
    """What all scenes know: the stage, the sandbox, and who is who in it."""

    def __init__(self, stage: Stage, sandbox: SandboxProcess) -> None:
        self.stage = stage
        self.sandbox = sandbox

    # --- connecting ------------------------------------------------------------------------------

    def connect(self, *, pictures: bool = True) -> None:
        """Welcome, a key that is refused, then the account."""
        from crmdesk.ui.connect.welcome import WelcomePage

        stage = self.stage
        page = _child(stage.window, WelcomePage)
        if pictures:
            stage.shoot("welcome")
        page.form.name.setText(ACCOUNT)
        page.form.alias.setText(self.sandbox.url)
        if pictures:
            page.form.key.setText("a-key-that-was-withdrawn")
            page.test_button.click()
            stage.until(page.test_button.isEnabled, "the connection is tested")
            stage.shoot("connect-refused")
        page.form.key.setText(self.sandbox.api_key)
        page.connect_button.click()
        stage.until(lambda: stage.frame.desk is not None and stage.frame.desk.attached, "the account opens")
        stage.settle()
        if pictures:
            stage.shoot("connected")
        stage.window.messages.clear()

    # --- browsing --------------------------------------------------------------------------------

    def open_view(self, module: str, name: str) -> BrowseWorkspace:
        """A view in a tab, its first page there."""
        stage = self.stage
        views = stage.run(stage.desk.session.views(module))
        view = next(view for view in views if view.name == name)
        made: Any = stage.desk.open("view", {"module": module, "view_id": view.id, "view_name": view.name})
        workspace: BrowseWorkspace = made
        stage.until(lambda: not workspace.feed.busy and workspace.model.total is not None, f"{name} is read")
        stage.settle()
        return workspace

    def browse(self) -> None:
        """Rows, three of them selected, one of them in the inspector."""
        stage = self.stage
        self.open_view("deals", "Open Deals")
        view = self.open_view("contacts", "All Contacts")
        model = view.table.selectionModel()
        view.table.go_to(6, select=True)
        for row in (7, 8):
            model.select(view.table.model().index(row, 0), model.SelectionFlag.Select | model.SelectionFlag.Rows)
        stage.settle()
        stage.until(lambda: view.table.chosen_count() == 3, "three rows are selected")
        stage.until(lambda: not view.inspected.loading, "the inspector has the whole record")
        stage.settle()
        stage.shoot("browse")

    def half_loaded(self) -> None:
        """Scrolled faster than pages come."""
        stage = self.stage
        view = self.open_view("contacts", "All Contacts")
        self.sandbox.faults("slow=1500:1")
        bar = view.table.verticalScrollBar()
        edge = next(row for row in range(view.model.rowCount()) if view.model.id_at(row) is None)
        bar.setValue((edge - 12) * stage.window.theme.row_height)
        stage.until(lambda: edge <= view.table.sight()[1], "rows that are not loaded come into sight")
        stage.shoot("browse-half")
        self.sandbox.faults("")
        stage.until(lambda: view.model.id_at(edge) is not None, "the page lands")
        bar.setValue(0)

    def other_modules(self) -> None:
        """Money and stages, a custom module, and a view that holds nothing."""
        stage = self.stage
        self.open_view("deals", "Open Deals")
        stage.shoot("browse-deals")
        spec = next(spec for spec in stage.desk.session.modules.all() if spec.custom)
        views = stage.run(stage.desk.session.views(spec.key))
        self.open_view(spec.key, views[0].name)
        stage.shoot("browse-custom")
        name, ids = self._smallest_view()
        for record_id in ids:
            self.sandbox.delete("contacts", record_id)
        self.open_view("contacts", name)
        stage.shoot("browse-empty")
        stage.window.tabs.close_front()

    def _smallest_view(self) -> tuple[str, tuple[int, ...]]:
        """The view of contacts that holds fewest, and what it holds (a page at most)."""
        from crmdesk.crm.requests import view_page

        async def smallest() -> tuple[str, tuple[int, ...]]:
            session = self.stage.desk.session
            spec = session.modules.get("contacts")
            views = await session.views("contacts")
            pages = [(view.name, await view_page(session.client, spec, view.id, 1)) for view in views]
            name, page = min(pages, key=lambda pair: pair[1].total or 0)
            return name, page.ids

        return self.stage.run(smallest())

    def errors(self) -> None:
        """What a server that answers nothing but errors looks like, with rows on the screen and without."""
        stage = self.stage
        view = self.open_view("contacts", "All Contacts")
        self.sandbox.faults("status=503:1")
        view.refresh()
        stage.until(lambda: not view.feed.busy, "the refresh gives up")
        stage.settle()
        stage.shoot("error-bar")
        self.sandbox.faults("")
        stage.window.messages.clear()
        view.refresh()
        stage.until(lambda: not view.feed.busy, "the refresh goes well")
        stage.settle()

    def palette(self) -> None:
        """The command palette with something typed."""
        stage = self.stage
        stage.window.open_palette()
        stage.window.command_palette.field.setText("con")
        stage.shoot("palette")
        stage.window.command_palette.hide()

    # --- reassigning -----------------------------------------------------------------------------

    def leaver(self) -> Owner:
        """The inactive user who owns most."""
        owned: dict[int, int] = {}
        for module in LEFT_BEHIND:
            for record in self.sandbox.records(module).values():
                owner_id = record["owner_id"]
                owned[owner_id] = owned.get(owner_id, 0) + 1
        owners = [owner for owner in self.stage.desk.session.directory.owners if not owner.active]
        return max(owners, key=lambda owner: owned.get(owner.id, 0))

    def reassign(self, *, pictures: bool = True) -> ReassignWorkspace:
        """What, the price of reading, to whom, the plan."""
        stage = self.stage
        made: Any = stage.desk.open("reassign")
        flow: ReassignWorkspace = made
        stage.settle()
        leaver = self.leaver()
        flow.what_page.owner.picker.mark(leaver.id)
        for key, box in flow.what_page.owner.boxes.items():
            box.setChecked(key in LEFT_BEHIND)
        self._shoot("reassign-what", pictures)
        flow.what_page.next.click()
        stage.until(flow.reading_page.read.isVisible, "the price of reading is known")
        self._shoot("reassign-price", pictures)
        flow.reading_page.read.click()
        stage.until(lambda: flow.pages.currentWidget() is flow.whom_page, "the records are read")
        active = [entry for entry in flow.whom_page.panel.choices() if not entry.why_not and entry.owner_id]
        for entry in active[:3]:
            flow.whom_page.panel.add_owner(entry)
        for row, percent in zip(flow.whom_page.panel.rows, (40, 30, 30), strict=True):
            row.percent.setValue(percent)
        self._shoot("reassign-whom", pictures)
        if pictures:
            dialog = flow.whom_page.panel.ask_owner()
            stage.shoot("reassign-owners")
            dialog.reject()
        flow.whom_page.next.click()
        stage.until(lambda: flow.pages.currentWidget() is flow.plan_page, "the plan is laid out")
        stage.settle()
        stage.shoot("reassign-plan")
        return flow

    def _shoot(self, name: str, pictures: bool) -> None:
        if pictures:
            self.stage.shoot(name)

    def run(self, flow: ReassignWorkspace) -> None:
        """Some records disappear meanwhile; the job half way, and done with failures."""
        stage = self.stage
        leaver = self.leaver()
        mine = [key for key, record in self.sandbox.records("contacts").items() if record["owner_id"] == leaver.id]
        for record_id in mine[:4]:
            self.sandbox.delete("contacts", record_id)
        self.sandbox.faults("slow=400:1")
        before = flow.plan_page.before
        before.number.setText(before.number.placeholderText())
        stage.shoot("reassign-typed")
        flow.plan_page.start_button.click()
        jobs = stage.desk.session.jobs

        def part_way() -> bool:
            progress = jobs.progress(jobs.running) if jobs.running is not None else None
            return progress is not None and progress.done >= progress.records // 4

        stage.until(part_way, "the job is part way")
        stage.shoot("reassign-running")
        self.sandbox.faults("")
        stage.until(lambda: jobs.running is None, "the job ends")
        stage.until(lambda: flow.job_page.figures.isVisible(), "the end is shown")
        stage.settle()
        stage.shoot("reassign-done")

    def jobs(self) -> None:
        """All jobs, the last one in full; and the rows of it."""
        stage = self.stage
        stage.desk.open("jobs")
        stage.settle()
        stage.shoot("jobs")

    # --- dialogs ---------------------------------------------------------------------------------

    def dialogs(self) -> None:
        """Accounts, one account, settings."""
        stage = self.stage
        for name, show in (
            ("profiles", stage.application.manage_accounts),
            ("profile", stage.application.connect_account),
            ("settings", stage.application.settings_dialog),
        ):
            show(stage.frame)
            dialog: Any = stage.dialog()
            stage.settle()
            stage.shoot(name)
            dialog.reject()
            stage.until(lambda: not stage.dialogs(), "the dialog closes")


def _child(top: QWidget, kind: type[W]) -> W:
    found: W | None = top.findChild(kind)
    assert found is not None, f"no {kind.__name__}"
    return found
