"""A desk on a real session that makes the workspaces of export and import, and goes through their steps."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtWidgets import QWidget

from crmdesk.changes.plan import Summary
from crmdesk.crm.address import parse_bundle_alias
from crmdesk.planning.intents import WholeView
from crmdesk.session import Session
from crmdesk.ui.transfer.export_workspace import ExportWorkspace
from crmdesk.ui.transfer.import_workspace import ImportWorkspace
from crmdesk.ui.window.workspace import Workspace
from tests.support.account import QUICK
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk

Shown = TypeVar("Shown", bound=QWidget)


class Counter(PlainDesk):
    """Where files are handed in and out."""

    def __init__(
        self, session: Session, loop: asyncio.AbstractEventLoop, sandbox: SandboxProcess, scheme: str = "light"
    ) -> None:
        super().__init__(session, loop, scheme)
        self.sandbox = sandbox
        self._kept: list[QWidget] = []

    def show(self, widget: Shown) -> Shown:
        """Show a widget until the test ends."""
        widget.resize(1160, 760)
        widget.show()
        self._kept.append(widget)
        return widget

    def close_all(self) -> None:
        """Delete what was shown."""
        for widget in self._kept:
            if isinstance(widget, Workspace):
                widget.closed()
            widget.hide()
            widget.deleteLater()
        self._kept = []

    # -- export

    def view(self, name: str = "All Contacts", module: str = "contacts") -> WholeView:
        """A view of the CRM by its name."""
        views = self.loop.run_until_complete(self.session.views(module))
        return WholeView(module, next(view.id for view in views if view.name == name), name)

    def export(self, args: Mapping[str, Any], *, wait: bool = True) -> ExportWorkspace:
        """The workspace, shown, with the price known."""
        work = self.show(ExportWorkspace(self, args))
        if wait:
            self.until(work.form.start_button.isEnabled, "the price")
        return work

    # -- import

    def import_(self, path: Path | None = None, module: str = "deals") -> ImportWorkspace:
        """The workspace, shown, with the file read."""
        args = {"module": module} if path is None else {"module": module, "path": str(path)}
        work = self.show(ImportWorkspace(self, args))
        if path is not None:
            self.until(lambda: work.file_page.opened is not None, "the file")
        return work

    def at(self, work: ImportWorkspace, page: QWidget, what: str) -> None:
        """Wait until this page is in front."""
        self.until(lambda: work.pages.currentWidget() is page, what, 40)

    def to_columns(self, work: ImportWorkspace) -> None:
        """From the file to its columns."""
        work.file_page.next.click()
        self.at(work, work.match_page, "the columns")

    def to_check(self, work: ImportWorkspace) -> None:
        """From the columns to the check; a price is agreed to."""
        work.match_page.next.click()
        self.until(
            lambda: work.work_page.go_button.isVisible() or work.pages.currentWidget() is work.check_page, "the price"
        )
        if work.pages.currentWidget() is not work.check_page:
            work.work_page.go_button.click()
        self.at(work, work.check_page, "the check")

    def run(self, work: ImportWorkspace) -> Summary:
        """From the plan's page: start it, and wait for its end."""
        self.at(work, work.plan_page, "the plan")
        plan = work.plan
        assert plan is not None
        before = work.plan_page.before
        before.number.setText(str(work.plan_page.to_save))
        work.plan_page.save_button.click()

        def ended() -> bool:
            facts = work.result_page.job.facts
            return facts is not None and facts.plan.id == plan.id and facts.summary.state.ended

        self.until(ended, "the end", 60)
        assert work.result_page.job.facts is not None
        return work.result_page.job.facts.summary


@contextmanager
def counter_on(loop: asyncio.AbstractEventLoop, sandbox: SandboxProcess, scheme: str = "light") -> Iterator[Counter]:
    """A desk on a sandbox, with the owners and custom modules known; everything is closed after the block."""
    address = parse_bundle_alias(sandbox.url)
    session = loop.run_until_complete(Session.open(address, sandbox.api_key, patience=QUICK))
    loop.run_until_complete(session.connect())
    loop.run_until_complete(session.load_modules())
    made = Counter(session, loop, sandbox, scheme)
    try:
        yield made
    finally:
        made.close_all()
        loop.run_until_complete(made.tasks.stop())
        loop.run_until_complete(session.close())


def write_csv(path: Path, rows: Iterable[Sequence[str]]) -> Path:
    """A CSV as people's programs write it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV by heading."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
