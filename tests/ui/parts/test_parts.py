"""What belongs to a record: shown where it exists, read when it is looked at, changed through plans."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt

from crmdesk.crm.parts import parts_of
from crmdesk.ui.parts.activities import NotesView, TasksView
from crmdesk.ui.parts.bar import PRICES, VIEWS, names_of
from crmdesk.ui.parts.calls import CallForm
from crmdesk.ui.parts.form import PartForm
from crmdesk.ui.parts.meetings import MeetingForm
from crmdesk.ui.parts.page import FAILED, NEW, THERE, PartView
from crmdesk.ui.review.unsure import UnsureDialog
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk
from tests.ui.parts.conftest import OpenPart, good, read
from tests.ui.record.conftest import settled

MODULES = ("contacts", "sales_accounts", "deals", "products", "documents", "cm_property")


def fill(form: Any, **values: Any) -> None:
    """Enter values as the person does: set, and noted as touched."""
    for name, value in values.items():
        editor = form.editors[name]
        editor.set_value(value)
        editor._set = None  # what was there before is blank
        editor.touched = True


def asked_paths(sandbox: SandboxProcess) -> list[str]:
    return [f"{row['method']} {row['path'].rpartition('/api/')[2]}" for row in sandbox.requests()]


def test_every_part_of_every_module_has_a_view(desk: PlainDesk) -> None:
    for module in MODULES[:-1]:
        spec = desk.session.modules.get(module)
        shown = [name for name, _ in names_of(spec)]
        assert shown[-1] == "history"
        assert {part.name for part in parts_of(spec)} == set(shown) - {"history", PRICES}
        assert (PRICES in shown) == (module == "products")
    assert "team" in VIEWS and "team" not in [name for name, _ in names_of(desk.session.modules.get("products"))]


@pytest.mark.parametrize("module", MODULES)
def test_each_part_is_shown_and_costs_what_it_says(desk: PlainDesk, open_record: Any, module: str) -> None:
    work = open_record(module)
    for name, _ in names_of(work.parts.place.spec):
        if name == "history":
            continue
        work.parts.go(name)
        view = work.parts.page
        assert isinstance(view, PartView)
        read(desk, view)
        assert view.hint.text().startswith("1 request")
        assert view.list.rows or view.nothing.isVisible()
        assert view.bars.isHidden() and view.trouble_box.isHidden()


def test_nothing_is_asked_before_it_is_looked_at(desk: PlainDesk, sandbox: SandboxProcess, open_record: Any) -> None:
    work = open_record("contacts")
    settled(desk)
    sandbox.clear_requests()
    work.parts.hide()
    work.parts.go("notes")
    assert isinstance(work.parts.page, NotesView) and work.parts.page.state == NEW
    settled(desk)
    assert sandbox.requests() == []
    work.parts.show()
    read(desk, work.parts.page)
    path = f"contacts/{work.parts.place.record_id}/notes"
    assert [row for row in asked_paths(sandbox) if "selector" not in row] == [f"GET {path}"]
    work.parts.go("history")
    work.parts.go("notes")
    settled(desk)
    assert len(asked_paths(sandbox)) == 1, "what was read is kept"


def test_the_last_part_is_remembered_by_module(desk: PlainDesk, open_record: Any) -> None:
    work = open_record("contacts")
    assert work.parts.current == "" and work.parts.nothing.isVisible()
    work.parts.go("files")
    read(desk, work.parts.page)
    other = open_record("contacts")
    assert other.parts.current == "files"
    assert open_record("deals").parts.current == ""
    other.asked({"part": "team"})
    assert other.parts.current == "team"


def test_what_fails_is_said_and_tried_again(desk: PlainDesk, sandbox: SandboxProcess, open_record: Any) -> None:
    work = open_record("contacts")
    sandbox.faults("status=403:1.0")
    work.parts.go("notes")
    view = work.parts.page
    desk.until(lambda: view.state == FAILED)
    assert view.trouble_box.isVisible() and view.trouble.accessibleName()
    assert not view.list.isVisible() and not view.nothing.isVisible()
    sandbox.faults("")
    view.refresh_button.click()
    read(desk, view)
    assert view.trouble_box.isHidden()


# -- activities --------------------------------------------------------------------------------


def test_a_note_is_added_changed_and_deleted(desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart) -> None:
    view = open_part("contacts", "notes")
    before = len(view.records)
    view.add_button.click()
    settled(desk)
    form = view.form
    assert (
        isinstance(form, PartForm)
        and form.isVisible()
        and form.editors["description"].isAncestorOf(form.window().focusWidget())
    )
    form.submit()
    assert form.editors["description"].problem(), "a note needs a text"
    fill(form, description="<b>not bold</b>\nsecond line")
    form.submit()
    desk.until(lambda: len(view.records) == before + 1)
    assert good(desk) == "Added note" and view.form is None
    made = next(row for row in view.records if "not bold" in row.fields["description"])
    row = view.list.row(made.id)
    assert row is not None and row.body.text() == "<b>not bold</b>\nsecond line"
    assert row.body.textFormat() == Qt.TextFormat.PlainText
    assert sandbox.record("notes", made.id)["targetable_id"] == view.place.record_id
    view.edit(made)
    settled(desk)
    editing: Any = view.form
    fill(editing, description="changed")
    editing.submit()
    desk.until(lambda: any(row.fields["description"] == "changed" for row in view.records))
    assert good(desk) == "Saved note"
    desk.tasks.start(delete_now(desk, "notes", made.id))
    desk.until(lambda: len(view.records) == before and view.state == THERE)


async def delete_now(desk: PlainDesk, module: str, record: int) -> None:
    """What the dialog does when it is accepted."""
    from crmdesk.planning.intents import KnownRow, SelectedRecords

    plan = await desk.session.edits.delete(SelectedRecords(module, (KnownRow(record),)))
    await desk.session.edits.save(plan)
    await desk.session.jobs.wait(plan.id)


def test_a_task_is_ticked_and_opened_again(
    desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart, qtbot: Any
) -> None:
    task, held = next(
        (key, row)
        for key, row in sandbox.records("tasks", "status", "targetable_type", "targetable_id").items()
        if row["targetable_type"] == "Deal" and row["status"] == 0
    )
    view = open_part("deals", "tasks", held["targetable_id"])
    assert isinstance(view, TasksView)
    row = view.list.row(int(task))
    assert row is not None
    row.setFocus()
    qtbot.keyClick(row, Qt.Key.Key_Space)
    desk.until(lambda: sandbox.record("tasks", task)["status"] == 1)
    assert good(desk) == "Task done"
    desk.until(lambda: view.state == THERE and any(row.entry.checked for row in view.list.rows))
    row = view.list.row(int(task))
    assert row is not None and row.box is not None and row.entry.checked
    row.box.click()
    desk.until(lambda: sandbox.record("tasks", task)["status"] == 0)
    assert good(desk) == "Task is open again"


def test_a_task_is_added(desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart) -> None:
    view = open_part("sales_accounts", "tasks")
    view.add()
    settled(desk)
    fill(view.form, title="Call back", due_date="2026-12-24T10:00:00Z", owner_id=active(desk))
    view.form.submit()
    desk.until(lambda: any(row.fields["title"] == "Call back" for row in view.records))
    assert good(desk) == "Added task"


def active(desk: PlainDesk) -> int:
    """A user who may be given something."""
    desk.loop.run_until_complete(desk.session.directory.load(("owners",)))
    return next(owner.id for owner in desk.session.directory.owners if owner.active)


def test_an_appointment_of_whole_days_and_one_of_an_hour(
    desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart
) -> None:
    view = open_part("contacts", "appointments")
    view.add()
    settled(desk)
    form = view.form
    assert isinstance(form, MeetingForm)
    fill(form, title="Fair", is_allday=True, **{"from_date@day": "2026-12-07", "end_date@day": "2026-12-08"})
    form.editors["is_allday"].changed.emit()
    assert form.editors["from_date"].isHidden() and not form.editors["from_date@day"].isHidden()
    form.submit()
    desk.until(lambda: any(row.fields["title"] == "Fair" for row in view.records))
    fair = next(row for row in view.records if row.fields["title"] == "Fair")
    assert (fair.fields["is_allday"], fair.fields["from_date"], fair.fields["end_date"]) == (
        True,
        "2026-12-07",
        "2026-12-08",
    )
    assert view.list.row(fair.id).entry.side == "07 Dec 2026 – 08 Dec 2026 · all day"
    view.add()
    settled(desk)
    fill(view.form, title="Call")
    view.form.submit()
    desk.until(lambda: any(row.fields["title"] == "Call" for row in view.records))
    call = next(row for row in view.records if row.fields["title"] == "Call")
    assert not call.fields["is_allday"] and call.fields["from_date"].endswith(":00:00Z")
    owner = active(desk)
    view._add_attendee(call, ("user", owner), "Somebody", None)
    desk.until(lambda: desk.messages[-1].text == "Added Somebody")
    desk.until(lambda: view.attendees(next(row for row in view.records if row.id == call.id)))


def test_a_sales_activity_with_the_outcomes_of_its_type(
    desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart
) -> None:
    view = open_part("deals", "sales_activities")
    view.add()
    settled(desk)
    form = view.form
    outcome = form.editors["sales_activity_outcome_id"]
    desk.loop.run_until_complete(desk.session.directory.load(("sales_activity_types", "sales_activity_outcomes")))
    outcomes = desk.session.directory.items("sales_activity_outcomes")
    kind = outcomes[0]["sales_activity_type_id"]
    fill(form, sales_activity_type_id=kind)
    mine = {item["id"] for item in outcomes if item["sales_activity_type_id"] == kind}
    assert {option.value for option in outcome.options()} == mine and len(mine) < len(outcomes)
    custom = next(name for name in form.editors if name.startswith("cf_tf"))
    fill(
        form,
        title="Demo",
        start_date="2026-12-01T10:00:00Z",
        end_date="2026-12-01T11:00:00Z",
        owner_id=active(desk),
        **{custom: "hello"},
    )
    form.submit()
    desk.until(lambda: any(row.fields["title"] == "Demo" for row in view.records), str(form.note.accessibleName()))
    made = next(row for row in view.records if row.fields["title"] == "Demo")
    assert made.fields["custom_field"][custom] == "hello" and made.fields["targetable_type"] == "Deal"


def test_a_call_with_the_contact_and_with_a_new_one(
    desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart
) -> None:
    called = {row["targetable_id"] for row in sandbox.records("phone_calls", "targetable_id").values()}
    contact = next(int(key) for key in sandbox.records("contacts") if int(key) not in called)
    view = open_part("contacts", "calls", contact)
    view.add()
    settled(desk)
    assert isinstance(view.form, CallForm) and view.form.editors["first_name"].isHidden()
    fill(view.form, call_direction=True, note="Wants an offer")
    view.form.submit()
    desk.until(lambda: len(view.records) == 1)
    assert view.list.rows[0].entry.title == "Incoming call" and view.list.rows[0].entry.body == "Wants an offer"
    people = len(sandbox.records("contacts"))
    view.add()
    settled(desk)
    assert view.form.who is not None
    view.form.who.setCurrentIndex(1)
    assert not view.form.editors["first_name"].isHidden()
    fill(view.form, first_name="Nova", last_name="Neu", mobile_number="+49 30 1234", note="First call")
    view.form.submit()
    desk.until(lambda: len(sandbox.records("contacts")) == people + 1)
    assert good(desk) == "Logged the call"


def test_deals_have_no_button_to_log_a_call(open_part: OpenPart) -> None:
    assert open_part("deals", "calls").add_button.isHidden()


def test_esc_gives_a_form_up_and_the_keyboard_goes_back(desk: PlainDesk, open_part: OpenPart, qtbot: Any) -> None:
    view = open_part("deals", "notes")
    view.add()
    settled(desk)
    qtbot.keyClick(view.form, Qt.Key.Key_Escape)
    assert view.form is None
    desk.until(view.add_button.hasFocus)


def test_a_note_whose_answer_was_lost_is_asked_about_and_sent_once(
    desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart, qapp: Any
) -> None:
    view = open_part("contacts", "notes")
    with sandbox.client() as other:
        body = {"description": "Twice?", "targetable_type": "Contact", "targetable_id": view.place.record_id}
        assert other.post("notes", json={"note": body}).status_code == 200
    view.add()
    settled(desk)
    fill(view.form, description="Twice?")
    sandbox.clear_requests()
    sandbox.faults("drop-after:1")
    view.form.submit()
    desk.until(lambda: any(row["method"] == "POST" for row in sandbox.requests()), "the request")
    sandbox.faults("")
    dialogs: list[UnsureDialog] = []

    def asked() -> bool:
        dialogs[:] = [found for found in qapp.topLevelWidgets() if isinstance(found, UnsureDialog)]
        return bool(dialogs)

    desk.until(asked, "the question", 60)
    row = dialogs[0].row
    assert row is not None and len(row.candidates) == 2
    dialogs[0].reject()
    desk.until(lambda: view.form is None and view.state == THERE)
    settled(desk)
    assert sum(row["method"] == "POST" for row in sandbox.requests()) == 1
    assert sum(record.fields["description"] == "Twice?" for record in view.records) == 2


def test_what_is_refused_stays_in_the_form(desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart) -> None:
    view = open_part("contacts", "notes")
    view.add()
    settled(desk)
    fill(view.form, description="Not now")
    sandbox.faults("status=422:1")
    view.form.submit()
    desk.until(lambda: view.form is not None and not view.form.busy)
    sandbox.faults("")
    settled(desk)
    assert view.form.editors["description"].value() == "Not now" and view.form.note.isVisible()
    view.form.submit()
    desk.until(lambda: any(row.fields["description"] == "Not now" for row in view.records))
    assert view.form is None


def test_another_form_is_not_closed_by_what_is_done_beside_it(
    desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart
) -> None:
    view = open_part("deals", "tasks", first_with_an_open_task(sandbox))
    view.add()
    settled(desk)
    fill(view.form, title="Half a thought")
    row = next(row for row in view.list.rows if not row.entry.checked)
    assert row.box is not None
    sandbox.clear_requests()
    row.box.click()
    desk.until(lambda: desk.messages and desk.messages[-1].text == "Task done")
    settled(desk)
    assert view.form is not None and view.form.editors["title"].value() == "Half a thought"
    reads = [path for path in asked_paths(sandbox) if path.endswith("/tasks")]
    assert len(reads) == 1, "the page is read once for one change"


def first_with_an_open_task(sandbox: SandboxProcess) -> int:
    """A deal that has something to do."""
    tasks = sandbox.records("tasks", "status", "targetable_type", "targetable_id").values()
    return next(int(row["targetable_id"]) for row in tasks if row["targetable_type"] == "Deal" and row["status"] == 0)


def test_what_was_typed_is_kept_when_the_tab_is_closed(desk: PlainDesk, open_record: Any) -> None:
    work = open_record("contacts")
    work.parts.go("notes")
    view = work.parts.page
    read(desk, view)
    view.add()
    settled(desk)
    work.parts.keep()
    assert desk.session.drafts.count() == 0, "an empty form is nothing"
    fill(view.form, description="Do not lose this")
    work.closed()
    (staged,) = desk.session.drafts.staged("notes").values()
    values = next(iter(staged.values())).after
    assert values["description"] == "Do not lose this" and values["targetable_id"] == work.parts.place.record_id
    desk.session.drafts.revert_all()


def test_many_rows_are_shown_some_at_a_time(desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart) -> None:
    contact = int(next(iter(sandbox.records("contacts"))))
    with sandbox.client() as client:
        for number in range(45):
            note = {"description": f"Note {number}", "targetable_type": "Contact", "targetable_id": contact}
            client.post("notes", json={"note": note}).raise_for_status()
    view = open_part("contacts", "notes", contact)
    assert len(view.list.rows) == 40 and view.more_button.isVisible() and int(view.count.text()) >= 45
    sandbox.clear_requests()
    view.more_button.click()
    assert len(view.list.rows) >= 45 and not view.more_box.isVisible()
    assert sandbox.requests() == [], "they were read already"
