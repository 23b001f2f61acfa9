"""What stands in the place of rows, or beside them, when there are none or they can't be read."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QStackedWidget

from crmdesk.config.errors import CrmDeskError
from crmdesk.crm.errors import CrmError
from crmdesk.ui.widgets import Button, EmptyState

if TYPE_CHECKING:
    from crmdesk.ui.browse.workspace import BrowseWorkspace


class States(QObject):
    """The states of one table; part of its workspace."""

    def __init__(self, work: BrowseWorkspace, stack: QStackedWidget) -> None:
        super().__init__(work)
        self._work = work
        self._stack = stack
        self.failure: EmptyState | None = None
        self._nothing: EmptyState | None = None

    def nothing(self) -> EmptyState:
        """The view is empty."""
        if self._nothing is None:
            work, spec = self._work, self._work.source.spec
            rows = spec.plural.lower()
            buttons = [Button("Refresh", work.refresh)]
            if work.source.rules:
                buttons.insert(0, Button("Change the filter…", work.filter, role="primary"))
                title, text = f"No {rows} fit this filter", "The CRM's search lags some seconds behind what is written."
            else:
                title, text = "Nothing in this view", f"The CRM finds no {rows} for “{work.source.name}” now."
            buttons[-1:] = [*self._ways_on(), buttons[-1]]
            icon = work.desk.theme.icon("custom" if spec.custom else spec.key)
            self._nothing = EmptyState(title, text, *buttons, icon=icon)
            self._stack.addWidget(self._nothing)
        return self._nothing

    def _ways_on(self) -> list[Button]:
        """What else can be done where nothing is: make one, look at the other appointments."""
        work, source = self._work, self._work.source
        found = []
        if work.makes and not source.rules:
            found.append(Button(f"New {work.makes}", work.bulk.new, role="primary"))
        other = {"upcoming": "past", "past": "upcoming"}.get(str(source.view_id))
        if source.spec.key == "appointments" and other is not None:
            args = {"module": source.spec.key, "view_id": other, "view_name": other.capitalize()}
            text = f"{other.capitalize()} {source.spec.plural.lower()}"
            found.append(Button(text, lambda: work.desk.open("view", args)))
        return found

    def failed(self, error: BaseException) -> None:
        """Rows could not be read: in their place if there are none, else in the strip."""
        work = self._work
        work.opening.failed()
        if isinstance(error, CrmError):
            work.desk.session.heard(error)
        remedy = error.remedy if isinstance(error, CrmDeskError) else ""
        if work.model.rowCount() == 0:
            if self.failure is None:
                again = Button("Try again", work.refresh)
                self.failure = EmptyState("", "", again, icon=work.desk.theme.icon("warning"))
                self._stack.addWidget(self.failure)
            self.failure.set(f"{work.source.name} could not be read", f"{error}\n{remedy}".strip())
            self._stack.setCurrentWidget(self.failure)
        else:
            text = f"Not all rows could be read: {error} {remedy}".strip()
            work.strip.tell("failed", text, ("Try again", self.try_again), tone="warning")
        if not isinstance(error, CrmDeskError):
            work.desk.say_error(error, f"Reading {work.source.name}")
        work.counts()

    def try_again(self) -> None:
        """Ask again for pages that failed."""
        self._work.strip.take_back("failed")
        self._work.feed.again()

    def waiting(self, until: datetime) -> None:
        """The budget is used up until then."""
        local = until.astimezone().strftime("%H:%M")
        self._work.strip.tell("waiting", f"The hour's requests are used up. Rows go on loading at {local}.")
