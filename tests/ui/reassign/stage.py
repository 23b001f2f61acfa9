"""A desk on a real session, with what the reassigning screens ask of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from crmdesk.crm.address import parse_bundle_alias
from crmdesk.planning.intents import KnownRow, SelectedRecords
from crmdesk.session import Session
from crmdesk.ui.jobs.workspace import JobsWorkspace
from crmdesk.ui.reassign.workspace import ReassignWorkspace
from crmdesk.ui.window.workspace import Workspace
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk


class Stage(PlainDesk):
    """Makes workspaces, and turns the loop until something is so."""

    asked_for_key = 0

    def ask_key(self) -> None:
        """Count how often a key was asked for."""
        self.asked_for_key += 1

    def reassign(self, args: Mapping[str, Any] | None = None) -> ReassignWorkspace:
        """The flow, shown."""
        made = ReassignWorkspace(self, args or {})
        self._show(made)
        return made

    def jobs(self, args: Mapping[str, Any] | None = None) -> JobsWorkspace:
        """The list of jobs, shown."""
        made = JobsWorkspace(self, args or {})
        self._show(made)
        return made

    def _show(self, workspace: Workspace) -> None:
        workspace.resize(1200, 800)
        workspace.show()
        self._kept = [*getattr(self, "_kept", []), workspace]

    def close_all(self) -> None:
        """Delete the workspaces that were shown."""
        for workspace in getattr(self, "_kept", []):
            workspace.closed()
            workspace.deleteLater()
        self._kept = []

    def plan(self, workspace: ReassignWorkspace, *receivers: int) -> None:
        """From the second step on: name these owners and wait for the plan."""
        self.until(lambda: workspace.pages.currentWidget() is workspace.whom_page, "the second step")
        panel = workspace.whom_page.panel
        for entry in panel.choices():
            if entry.owner_id in receivers:
                panel.add_owner(entry)
        workspace.whom_page.next.click()
        self.until(lambda: workspace.pages.currentWidget() is workspace.plan_page, "the plan")

    def run(self, workspace: ReassignWorkspace) -> None:
        """Start the plan and wait for its end."""
        workspace.plan_page.before.number.setText(str(self.records(workspace)))
        workspace.plan_page.start_button.click()
        plan = workspace.plan
        assert plan is not None

        def ended() -> bool:
            facts = workspace.job_page.facts
            return facts is not None and facts.plan.id == plan.id and facts.summary.state.ended

        self.until(ended, "the end", 60)

    @staticmethod
    def records(workspace: ReassignWorkspace) -> int:
        """How many records the plan on the screen would send."""
        return int(workspace.plan_page.records.accessibleName().split(": ")[1].replace(",", ""))


@contextmanager
def desk_on(loop: asyncio.AbstractEventLoop, sandbox: SandboxProcess) -> Iterator[Stage]:
    """A desk on a sandbox, with the owners known; everything is closed after the block."""
    session = loop.run_until_complete(Session.open(parse_bundle_alias(sandbox.url), sandbox.api_key))
    loop.run_until_complete(session.connect())
    made = Stage(session, loop)
    try:
        yield made
    finally:
        made.close_all()
        loop.run_until_complete(made.tasks.stop())
        loop.run_until_complete(session.close())


def owners_by_records(sandbox: SandboxProcess, module: str = "contacts") -> list[int]:
    """Ids of owners, those with the most records first."""
    counted = Counter(record["owner_id"] for record in sandbox.records(module).values())
    return [owner for owner, _ in counted.most_common() if owner is not None]


def some_contacts(sandbox: SandboxProcess, owner: int, count: int) -> SelectedRecords:
    """Contacts of an owner as a table would hand them over."""
    found = [record for record, fields in sandbox.records("contacts").items() if fields["owner_id"] == owner]
    assert len(found) >= count
    return SelectedRecords("contacts", tuple(KnownRow(record, f"Contact {record}", owner) for record in found[:count]))


def contacts_of_others(sandbox: SandboxProcess, owner: int, count: int) -> SelectedRecords:
    """Contacts that anybody but this owner has."""
    found = [(record, fields["owner_id"]) for record, fields in sandbox.records("contacts").items()]
    others = [KnownRow(record, f"Contact {record}", has) for record, has in found if has not in (owner, None)]
    return SelectedRecords("contacts", tuple(others[:count]))
