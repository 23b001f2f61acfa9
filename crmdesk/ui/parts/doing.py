"""Changes of what belongs to a record, as plans: laid out, run, told with an Undo; what is not certain is asked."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtWidgets import QWidget

from crmdesk.changes.drafts import Staged
from crmdesk.config.errors import CrmDeskError
from crmdesk.crm.kinds import Kind
from crmdesk.planning.intents import KnownRow, SelectedRecords
from crmdesk.store.words import Outcome
from crmdesk.ui.review import ask
from crmdesk.ui.review.running import open_plan, run_plan, wrong_of

if TYPE_CHECKING:
    from crmdesk.changes.plan import Plan
    from crmdesk.ui.window.workspace import Desk

Then = Callable[[bool], object]
# The API has no request that reads one of these alone, so an edit is not compared before it is sent.
UNREADABLE = frozenset({"notes"})


class Doer:
    """Runs the plans of one page. `then(good)` is called when all is done, unless the page is gone by then."""

    def __init__(self, desk: Desk, page: QWidget) -> None:
        self._desk = desk
        self._page = page
        self.reason = ""  # why the last one came to nothing

    def create(
        self,
        module: str,
        values: Mapping[str, Any],
        kinds: Mapping[str, Kind],
        label: str,
        done: str,
        then: Then,
        *,
        started: Callable[[int], object] | None = None,
    ) -> None:
        """Make a record; `started(job id)` as soon as it is being sent."""
        planning = self._desk.session.edits.create(module, values, kinds=kinds, label=label)
        self._start(self._run(planning, done, started), done, then, in_turn=started is None)

    def relate(
        self, module: str, record: int, edits: Mapping[str, tuple[Any, Any]], label: str, done: str, then: Then
    ) -> None:
        """Change lines that hang on a record; None stands for *not there*."""
        planning = self._desk.session.edits.relate(module, record, edits, label)
        self._start(self._run(planning, done), done, then)

    def change(
        self,
        module: str,
        record: int,
        edits: Mapping[str, tuple[Any, Any]],
        kinds: Mapping[str, Kind],
        label: str,
        done: str,
        then: Then,
        *,
        updated_at: str | None = None,
    ) -> None:
        """Change fields (before, after) of one record; what cannot be saved now stays staged."""
        if module in UNREADABLE:
            self.relate(module, record, edits, label, done, then)
            return
        self._desk.session.drafts.stage(
            Staged(module, record, field, after, before, kinds.get(field, Kind.RAW), label, updated_at)
            for field, (before, after) in edits.items()
        )
        self._start(self._save(module, record, done), done, then)

    def delete(self, module: str, record: int, label: str) -> None:
        """Ask, then delete; the page hears of it like everybody else."""
        what = SelectedRecords(module, (KnownRow(record, label),))
        ask.delete_records(self._desk, what, self._page)

    # -- how -----------------------------------------------------------------------------------

    def _start(self, work: Coroutine[Any, Any, bool], title: str, then: Then, *, in_turn: bool = True) -> None:
        page = self._page

        def told(good: bool) -> None:
            if shiboken6.isValid(page):
                then(good)

        def failed(error: BaseException) -> None:
            self.reason = " ".join(filter(None, words_of(error)))
            self._desk.say_error(error, title)
            told(False)

        # Without an owner: closing the tab must not leave a plan half laid out.
        self._desk.tasks.start(work, title=title, on_done=told, on_failed=failed, changes=in_turn)

    async def _run(
        self, planning: Coroutine[Any, Any, Plan], done: str, started: Callable[[int], object] | None = None
    ) -> bool:
        plan = await planning
        if started is not None:
            started(plan.id)
        return await self._follow(plan, done)

    async def _save(self, module: str, record: int, done: str) -> bool:
        plan = await self._desk.session.edits.review(module, [record])
        if (await plan.summary()).collisions:
            open_plan(self._desk, plan)
            return False
        return await self._follow(plan, done)

    async def _follow(self, plan: Plan, done: str) -> bool:
        summary = await run_plan(self._desk, plan, done)
        wrong = await wrong_of(plan)
        unsure = [row for row in wrong if row.outcome is Outcome.UNSETTLED]
        if unsure:
            window = self._page if shiboken6.isValid(self._page) else None
            ask.unsettled(self._desk, plan.id, unsure, window)
        failed = [row for row in wrong if row.outcome is not Outcome.UNSETTLED]
        self.reason = " ".join(dict.fromkeys(row.message for row in failed if row.message))
        # A job that rests, or whose answer was lost, holds what was entered: it must not be sent from here again.
        return not summary.state.ended or not failed


def words_of(error: BaseException) -> tuple[str, str]:
    """What is said of an error: the message and the remedy."""
    if isinstance(error, CrmDeskError):
        return error.message, error.remedy
    return str(error) or type(error).__name__, ""
