"""Tables after a job of this account has changed records: read again where they are looked at, and no more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crmdesk.planning.intents import KnownRow, SelectedRecords, Split
from crmdesk.session import RecordsChanged
from crmdesk.ui.browse.workspace import BrowseWorkspace
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk
from tests.ui.browse.pages import column, texts
from tests.ui.browse.views import Opener, pages_asked, rest

RECORDS = 1200


@pytest.fixture(scope="module")
def small_sandbox(start_sandbox: Callable[..., SandboxProcess]) -> SandboxProcess:
    return start_sandbox("--records", str(RECORDS), "--hour-limit", "0", "--job-time", "0.1")


def hand_over(desk: PlainDesk, work: BrowseWorkspace, row: int) -> str:
    """Give the record of a row to somebody else by a job of this account; gives the new owner's name."""
    record = work.model.record_at(row)
    assert record is not None
    session = desk.session
    others = [owner for owner in session.directory.owners if owner.active and owner.id != record["owner_id"]]

    async def run() -> None:
        rows = (KnownRow(record["id"], record["display_name"], record["owner_id"], record["updated_at"]),)
        plan = await session.reassign.collect(SelectedRecords("contacts", rows))
        await session.reassign.assign(plan, Split.even([others[0].id]))
        await session.jobs.start(plan.id)
        summary = await session.jobs.wait(plan.id)
        assert summary.counts["changed"] == 1

    desk.loop.run_until_complete(run())
    return others[0].name


def owner_at(work: BrowseWorkspace, row: int) -> str | None:
    return texts(work.model, "owner_id")[row]


def singles_asked(desk: PlainDesk, record_id: int | None) -> int:
    """How often a record was read by itself, by the table or the inspector."""
    return sum(url.path.endswith(f"/contacts/{record_id}") for url in desk.asked)


def test_a_changed_record_is_read_again_by_itself(open_view: Opener, sandbox: SandboxProcess, desk: PlainDesk) -> None:
    work = open_view()
    work.table.verticalScrollBar().setValue(250 * work.table.rowHeight(0))
    rest(desk, work)
    work.table.go_to(260, select=True)
    desk.until(lambda: not work.inspected.loading)
    chosen, place = set(work.table.chosen.ids), work.table.verticalScrollBar().value()
    desk.asked.clear()
    name = hand_over(desk, work, 260)
    desk.until(lambda: owner_at(work, 260) == name, "the new owner")
    desk.until(lambda: singles_asked(desk, work.model.id_at(260)) >= 1, "the record itself")
    assert pages_asked(desk) == [], "the CRM's lists lag behind: the record is read, its page is not"
    assert work.table.chosen.ids == chosen and work.table.verticalScrollBar().value() == place
    assert work.strip.text == ""
    desk.until(lambda: not work.inspected.loading and desk.tasks.under_way == 0)
    sheet = work.inspected.panel.sheet
    assert sheet is not None
    assert name in [line.text for section in sheet.sections for line in section.lines if line.key == "owner_id"]


def test_records_changed_in_numbers_are_read_with_their_pages(
    open_view: Opener, sandbox: SandboxProcess, desk: PlainDesk
) -> None:
    work = open_view()
    work.table.verticalScrollBar().setValue(250 * work.table.rowHeight(0))
    rest(desk, work)
    desk.asked.clear()
    sandbox.change("contacts", work.model.id_at(260) or 0, job_title="Seen again")
    desk.session._announce(RecordsChanged("contacts", None, "job 7"))
    desk.until(lambda: pages_asked(desk) == [3], "page 1 is out of sight: it waits until it is looked at")
    rest(desk, work)
    assert texts(work.model, "job_title")[260] == "Seen again"
    work.table.verticalScrollBar().setValue(0)
    desk.until(lambda: pages_asked(desk) == [3, 1], "the other page that was here")
    rest(desk, work)
    work.table.verticalScrollBar().setValue(work.table.verticalScrollBar().maximum() // 5)
    rest(desk, work)
    assert pages_asked(desk).count(1) == 1


def test_a_tab_out_of_sight_waits_until_it_is_shown(
    open_view: Opener, sandbox: SandboxProcess, desk: PlainDesk
) -> None:
    work = open_view()
    work.hide()
    desk.asked.clear()
    name = hand_over(desk, work, 5)
    desk.turn(0.3)
    assert singles_asked(desk, work.model.id_at(5)) == 0 and pages_asked(desk) == []
    work.show()
    desk.until(lambda: owner_at(work, 5) == name, "the new owner")
    desk.until(lambda: singles_asked(desk, work.model.id_at(5)) == 1)


def test_records_that_are_gone_are_told(open_view: Opener, desk: PlainDesk) -> None:
    work = open_view()
    gone = frozenset({work.model.id_at(2) or 0, work.model.id_at(3) or 0})
    desk.session._announce(RecordsChanged("contacts", gone, "job 9", gone))
    assert "2 of them are no longer in it" in work.strip.text
    assert "Refresh" in work.strip.actions_shown


def test_a_moved_order_is_told_instead(open_view: Opener, sandbox: SandboxProcess, desk: PlainDesk) -> None:
    work = open_view()
    work.sorter.clicked(column(work.model, "updated_at"))
    desk.until(lambda: work.sorter.now is not None and not work.feed.busy)
    before = work.model.ids_between(0, 99)
    hand_over(desk, work, 70)
    desk.until(lambda: work.strip.key == "changed", "the bar")
    assert work.model.ids_between(0, 99) == before, "nothing moves under the person's hands"
    assert "job" in work.strip.text
    work.strip.press("Refresh")
    desk.until(lambda: work.model.ids_between(0, 99) != before, "the new order")
    assert work.strip.text == ""
