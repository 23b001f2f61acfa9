"""A desk on a real session, with what the screens of review & save ask of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from PySide6.QtWidgets import QApplication, QWidget

from crmdesk.changes.drafts import Staged
from crmdesk.changes.plan import Summary
from crmdesk.crm.address import parse_bundle_alias
from crmdesk.crm.kinds import Kind
from crmdesk.crm.values import NOT_LOADED
from crmdesk.planning.intents import KnownRow, SelectedRecords
from crmdesk.profiles.profile import Profile
from crmdesk.session import Session
from crmdesk.ui.review.workspace import ReviewWorkspace
from crmdesk.ui.widgets import Message
from crmdesk.ui.window.dialogs import Dialog
from crmdesk.ui.window.workspace import Workspace
from tests.support.account import QUICK
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk

Shown = TypeVar("Shown", bound=QWidget)


class Bench(PlainDesk):
    """Makes workspaces, stages edits, and finds dialogs."""

    def __init__(self, session: Session, loop: asyncio.AbstractEventLoop, sandbox: SandboxProcess) -> None:
        super().__init__(session, loop)
        self.sandbox = sandbox
        self.window_ = QWidget()
        self.window_.resize(900, 600)
        self._kept: list[QWidget] = [self.window_]

    def stage(self, module: str, record: int, field: str, after: Any, *, kind: Kind = Kind.TEXT) -> None:
        """Stage an edit of a field whose value was loaded."""
        fields = self.sandbox.record(module, record)
        before = fields.get(field, fields.get("custom_field", {}).get(field, NOT_LOADED))
        label = self.session.modules.get(module).label(fields)
        self.session.drafts.stage([Staged(module, record, field, after, before, kind, label)])

    def review(self, args: Mapping[str, Any] | None = None) -> ReviewWorkspace:
        """The workspace, shown."""
        return self.show(ReviewWorkspace(self, args or {}))

    def show(self, widget: Shown) -> Shown:
        """Show a widget until the test ends."""
        widget.resize(1200, 800)
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

    # -- going on

    def to_plan(self, work: ReviewWorkspace) -> None:
        """From what is staged to the plan."""
        work.staged_page.review_button.click()
        self.until(lambda: work.pages.currentWidget() is work.plan_page, "the plan")

    def run(self, work: ReviewWorkspace) -> Summary:
        """Press the button and wait for the end."""
        work.plan_page.save_button.click()

        def ended() -> bool:
            facts = work.job_page.facts
            return (
                facts is not None
                and work.plan is not None
                and facts.plan.id == work.plan.id
                and (facts.summary.state.ended)
            )

        self.until(ended, "the end", 60)
        assert work.job_page.facts is not None
        return work.job_page.facts.summary

    def said(self, start: str) -> Message:
        """Wait for a message that begins so."""
        self.until(lambda: any(message.text.startswith(start) for message in self.messages), f"“{start}”")
        return next(message for message in reversed(self.messages) if message.text.startswith(start))

    def act(self, message: Message, name: str) -> None:
        """Press a button of a message."""
        dict(message.actions)[name]()

    def dialog(self) -> Dialog:
        """Wait for the dialog that is open."""
        found: list[Dialog] = []

        def there() -> bool:
            found[:] = [w for w in QApplication.topLevelWidgets() if isinstance(w, Dialog) and w.isVisible()]
            return bool(found)

        self.until(there, "a dialog")
        return found[0]


@contextmanager
def bench_on(loop: asyncio.AbstractEventLoop, sandbox: SandboxProcess) -> Iterator[Bench]:
    """A desk on a sandbox, with the owners and custom modules known; everything is closed after the block."""
    profile = replace(Profile.new("Test"), hourly_limit=1_000_000, reserve_percent=0)
    session = loop.run_until_complete(
        Session.open(parse_bundle_alias(sandbox.url), sandbox.api_key, profile=profile, patience=QUICK)
    )
    loop.run_until_complete(session.connect())
    made = Bench(session, loop, sandbox)
    try:
        yield made
    finally:
        made.close_all()
        loop.run_until_complete(made.tasks.stop())
        loop.run_until_complete(session.close())


def selected(bench: Bench, module: str, *ids: int) -> SelectedRecords:
    """Records as a table hands them over."""
    spec = bench.session.modules.get(module)
    return SelectedRecords(module, tuple(KnownRow(i, spec.label(bench.sandbox.record(module, i))) for i in ids))
