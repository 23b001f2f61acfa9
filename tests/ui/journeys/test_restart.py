"""Staged edits over the end of the program: cells, a form, a record half made; found again, and saved."""

from __future__ import annotations

from typing import TypeVar

from crmdesk.ui.browse.workspace import BrowseWorkspace
from crmdesk.ui.record.new import NewWorkspace
from crmdesk.ui.review.workspace import ReviewWorkspace
from tests.ui.journeys.traveller import Traveller

T = TypeVar("T")
COLUMNS = ("@label", "job_title", "city", "owner_id", "updated_at")


def to_tab(traveller: Traveller, kind: type[T]) -> T:
    """Go to the tab that is of this kind: tabs of the last time are made when somebody goes there."""
    for at in range(len(traveller.window.tabs.tabs)):
        traveller.window.tabs.go_to(at)
        traveller.settle()
        if isinstance(traveller.front, kind):
            return traveller.front
    raise AssertionError(f"no tab is a {kind.__name__}")


def test_what_was_staged_is_there_at_the_next_start_and_is_saved(traveller: Traveller) -> None:
    view = traveller.view("contacts", "All Contacts", *COLUMNS)
    first, second = view.model.id_at(0), view.model.id_at(3)
    assert first is not None and second is not None
    traveller.type_cell(view, 0, "job_title", "Pilot")
    traveller.type_cell(view, 3, "city", "Ulm")
    form = traveller.new("sales_accounts")
    traveller.enter(form, "name", "Half made Ltd")
    traveller.until(lambda: traveller.unsaved == 3, "all of it is staged")
    traveller.end()

    traveller.start()
    assert traveller.unsaved == 3
    offer = traveller.said("3 unsaved changes")
    again = traveller.drawn(to_tab(traveller, NewWorkspace))
    assert again.fields is not None and again.fields.values()["name"] == "Half made Ltd"
    traveller.enter(again, "city", "Bergen")
    cells = to_tab(traveller, BrowseWorkspace)
    traveller.until(lambda: cells.model.total is not None and not cells.feed.busy, "the view is read")
    traveller.settle()
    assert cells.staged_bar.isVisible() and cells.unsaved
    row = cells.model.row_of(first)
    assert row is not None
    section = [column.key for column in cells.model.columns].index("job_title")
    traveller.until(lambda: cells.model.index(row, section).data() == "Pilot", "the cell shows what is staged")

    # All of it in one plan, from the offer of the start.
    traveller.act(offer, "Review")
    work = traveller.opened(ReviewWorkspace)
    traveller.until(lambda: work.staged_page.table.lines.rowCount() == 3, "three lines")
    traveller.click(work.staged_page.review_button)
    traveller.until(lambda: work.pages.currentWidget() is work.plan_page, "the plan")
    traveller.click(work.plan_page.save_button)
    traveller.until(lambda: traveller.unsaved == 0, "all is saved")
    sandbox = traveller.sandbox
    traveller.until(lambda: sandbox.record("contacts", second)["city"] == "Ulm", "the second contact is written")
    assert sandbox.record("contacts", first)["job_title"] == "Pilot"

    def made() -> list[str]:
        rows = sandbox.records("sales_accounts", "name", "city").values()
        return [row["city"] for row in rows if row["name"] == "Half made Ltd"]

    traveller.until(lambda: made() == ["Bergen"], "the account is made, once")
    traveller.until(lambda: traveller.desk.session.jobs.running is None, "the job has ended")
    traveller.settle()

    # Nothing is offered any more.
    traveller.end()
    traveller.start()
    assert traveller.unsaved == 0
    assert not any("unsaved" in text for text in traveller.told())


def test_an_open_editor_is_staged_when_the_window_closes(traveller: Traveller) -> None:
    view = traveller.view("contacts", "All Contacts", *COLUMNS)
    record = view.model.id_at(2)
    traveller.go_to_cell(view, 2, "city")
    traveller.write("O", on=view.table)
    traveller.until(lambda: view.editing.editor is not None, "the editor opens")
    traveller.write("slo")
    traveller.end()
    traveller.start()
    staged = traveller.desk.session.drafts.get("contacts", record or 0, "city")
    assert staged is not None and staged.after == "Oslo"
