"""Export in one tab: what it costs and how it is written → writing, with cancel → the file, and what is not in it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from crmdesk.crm.errors import NotAllowed
from crmdesk.planning.export import Exported, ExportOptions
from crmdesk.planning.intents import SelectedRecords, WholeView
from crmdesk.ui.jobs import words
from crmdesk.ui.jobs.flow import FlowPages
from crmdesk.ui.transfer import places
from crmdesk.ui.transfer.export_form import ExportForm
from crmdesk.ui.transfer.export_result import ExportResultPage
from crmdesk.ui.transfer.working import WorkPage
from crmdesk.ui.widgets import EmptyState, Message
from crmdesk.ui.window.workspace import Desk, Workspace

if TYPE_CHECKING:
    from crmdesk.crm.modules import Modules
    from crmdesk.planning.export import ExportCost, Exporting, ExportResult

STOPPED = "The export was stopped"
_FILTERS = {"csv": "CSV (*.csv)", "xlsx": "Excel workbook (*.xlsx)", "jsonl": "JSON lines (*.jsonl)"}


def describe(what: Exported, modules: Modules) -> str:
    """What it is, in a few words: "All Contacts", "312 selected contacts"."""
    spec = modules.get(what.module)
    if isinstance(what, SelectedRecords):
        count = len(what.rows)
        return f"{count:,} selected {(spec.plural if count != 1 else spec.singular).lower()}"
    name = what.view_name if isinstance(what, WholeView) else what.name
    without = f" without {len(what.minus):,} taken out" if what.minus else ""
    return f"{name or spec.plural}{without}"


class ExportWorkspace(Workspace):
    """`args`: what (WholeView | SelectedRecords | FilteredRecords), columns (fields of the table), loaded (by id)."""

    def __init__(self, desk: Desk, args: Mapping[str, Any]) -> None:
        super().__init__(desk)
        self.what: Exported | None = args.get("what")
        self._loaded = args.get("loaded") or (lambda _id: None)
        self._work: asyncio.Task[Any] | None = None
        self._writing = False
        self._path: Path | None = None
        self.frame = FlowPages(self, "Export")
        self.heading, self.pages = self.frame.heading, self.frame.pages
        self.form = ExportForm(desk, tuple(args.get("columns") or ()))
        self.work_page = WorkPage(desk)
        self.result_page = ExportResultPage(desk)
        self.empty = EmptyState(
            "Nothing is chosen to export",
            "Open a view, and press Ctrl+E: what is selected is exported, or the whole view.",
            icon=desk.theme.icon("view"),
        )
        self.frame.add(self.form, self.work_page, self.result_page, self.empty)
        self.form.start.connect(self.ask_where)
        self.form.again.connect(self.ask_price)
        self.work_page.stop.connect(self.stop)
        self.result_page.again.connect(lambda: self.frame.show(self.form))
        if self.what is None:
            self.frame.show(self.empty)
            return
        places.use_zone(desk)
        self.heading.setText(f"Export {self._named}")
        self.frame.show(self.form)
        self.ask_price()

    @property
    def title(self) -> str:
        """The text of the tab."""
        return f"Export · {self._named}" if self.what is not None else "Export"

    @property
    def _named(self) -> str:
        return "" if self.what is None else describe(self.what, self.desk.session.modules)

    @property
    def writing(self) -> bool:
        """Whether a file is being written."""
        return self._writing

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape stops the writing."""
        if event.key() == Qt.Key.Key_Escape and self.work_page.stop_button.isEnabled() and self._writing:
            self.stop()
        else:
            super().keyPressEvent(event)

    def asked(self, args: Mapping[str, Any]) -> None:
        """The same is to be exported again: the price may be another one by now."""
        if self.what is None or self._writing:
            return
        self._loaded = args.get("loaded") or self._loaded
        self.form.columns.show_table(tuple(args.get("columns") or ()))
        self.form.trouble.hide()
        self.frame.show(self.form)
        if self._work is None:
            self.ask_price()

    def closed(self) -> None:
        """With its tab an export ends."""
        if self._writing:
            self.desk.say(Message(STOPPED, "Its tab was closed; no file was written.", key="export"))

    def back_online(self) -> None:
        """The price could not be asked for while the network was gone."""
        if self.what is not None and self._work is None and self.form.ask_again.isVisibleTo(self.form):
            self.ask_price()

    # -- the price

    def ask_price(self) -> None:
        """Ask what it will take: one small request at most."""
        if self.what is None:
            return
        self.form.asking()
        self._work = self.desk.tasks.start(
            self._estimate(self.what),
            owner=self,
            on_done=self._priced,
            on_failed=self._not_priced,
        )

    async def _estimate(self, what: Exported) -> ExportCost:
        """The fields first: estimating needs them, too, and nothing is asked for twice."""
        with suppress(NotAllowed):  # an agent's key: the rows tell the fields
            self.form.offer(await self.desk.session.schema(what.module))
        return await self.desk.session.exporter.estimate(what, loaded=self._loaded)

    def _priced(self, cost: ExportCost) -> None:
        self._work = None
        self.desk.session.heard(None)
        self.form.show_cost(cost)

    def _not_priced(self, error: BaseException) -> None:
        self._work = None
        self.form.asking()
        self.form.tell("What it takes is not known", str(error), again=True)
        self.desk.say_error(error, "Asking what the export takes", self.ask_price)

    # -- writing

    def ask_where(self) -> None:
        """Ask for the file's place."""
        format = self.form.format.currentData()
        name = f"{places.file_name(self._named)}.{format}"
        places.ask_where(self.desk, self, "Export to", name, _FILTERS[format], self.write)

    def write(self, path: Path) -> None:
        """Write the file."""
        if self.what is None or self._writing:
            return
        self.form.remember()
        self._path, self._writing = path, True
        self.work_page.begin(f"Writing {self._named} to {path.name}", "The file stands in its place when it is whole.")
        self.frame.show(self.work_page)
        self.work_page.stop_button.setFocus()
        self._work = self.desk.tasks.start(
            self._export(self.what, path, self.form.format.currentData(), self.form.options()),
            owner=self,
            on_done=self._written,
            on_failed=partial(self._not_written, path),
        )

    async def _export(self, what: Exported, path: Path, format: str, options: ExportOptions) -> ExportResult:
        return await self.desk.session.exporter.export(
            what, path, format=format, options=options, progress=self._tell, loaded=self._loaded
        )

    def _tell(self, told: Exporting) -> None:
        if not shiboken6.isValid(self):
            return
        of = f" of {told.total:,}" if told.total is not None else ""
        text = f"{told.rows:,}{of} rows · {words.requests(told.requests)}"
        if told.finishing:
            self.work_page.finishing(f"{text} · putting the file in its place…")
        else:
            self.work_page.tell(told.rows, told.total, text, waiting_until=told.waiting_until)

    def stop(self) -> None:
        """No file after all."""
        if self._work is not None and self._writing:
            self._work.cancel()
            self._rest()
            self.form.tell(STOPPED, "No file was written; a file that was there before is as it was.", tone="staged")

    def _rest(self) -> None:
        self._work, self._writing = None, False
        self.frame.show(self.form)

    def _written(self, result: ExportResult) -> None:
        self._work, self._writing = None, False
        self.desk.session.heard(None)
        self.form.trouble.hide()
        self.result_page.show_result(result, self.form.columns)
        self.frame.show(self.result_page)

    def _not_written(self, path: Path, error: BaseException) -> None:
        self._rest()
        self.form.tell("No file was written", str(error))
        self.desk.say_error(error, "Exporting", lambda: self.write(path))
