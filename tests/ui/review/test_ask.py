"""What other screens call: saving at once, deleting, restoring, forgetting, discarding, teams, history."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from crmdesk.crm.kinds import Kind
from crmdesk.ui.review import ask
from crmdesk.ui.review.deleting import DeleteDialog
from crmdesk.ui.review.forgetting import ForgetDialog, same_name
from crmdesk.ui.review.history import HistoryList
from crmdesk.ui.review.teams import TeamDialog
from tests.support.sandbox_process import SandboxProcess
from tests.ui.review.bench import Bench, selected


def contact(sandbox: SandboxProcess) -> int:
    return min(sandbox.records("contacts"))


def test_one_record_saves_at_once_and_undo_takes_it_back(bench: Bench, sandbox: SandboxProcess) -> None:
    record = contact(sandbox)
    old = sandbox.record("contacts", record)["job_title"]
    bench.stage("contacts", record, "job_title", "Pilot")
    ask.save_now(bench, "contacts", record)
    told = bench.said("Saved ")
    assert sandbox.record("contacts", record)["job_title"] == "Pilot"
    assert bench.session.drafts.count() == 0
    bench.act(told, "Undo")
    bench.said("Undone")
    assert sandbox.record("contacts", record)["job_title"] == old
    assert bench.opened == []


def test_a_collision_opens_the_plan_instead(bench: Bench, sandbox: SandboxProcess) -> None:
    record = contact(sandbox)
    bench.stage("contacts", record, "job_title", "Mine")
    sandbox.change("contacts", record, job_title="Theirs")
    ask.save_now(bench, "contacts", record)
    bench.until(lambda: bench.opened, "the plan")
    assert bench.opened[0][0] == "review"
    assert sandbox.record("contacts", record)["job_title"] == "Theirs"
    assert bench.session.drafts.count() == 1


def test_what_fails_is_told_with_the_crms_words_and_stays_staged(bench: Bench, sandbox: SandboxProcess) -> None:
    first, second = list(sandbox.records("contacts"))[:2]
    bench.stage("contacts", second, "email", sandbox.record("contacts", first)["emails"][0]["value"])
    ask.save_now(bench, "contacts", second)
    told = bench.said("1 change not saved")
    assert told.remedy
    bench.until(lambda: bench.session.drafts.count() == 1, "it came back")
    bench.act(told, "Edit")
    assert bench.opened[-1] == ("record", {"module": "contacts", "id": second, "label": bench.opened[-1][1]["label"]})


def test_nothing_staged_is_told_calmly(bench: Bench, sandbox: SandboxProcess) -> None:
    ask.save_now(bench, "contacts", contact(sandbox))
    bench.said("Nothing is unsaved")
    assert bench.errors == []


def test_a_contact_is_deleted_after_a_question_and_restored_by_undo(bench: Bench, sandbox: SandboxProcess) -> None:
    record = contact(sandbox)
    dialog = ask.delete_records(bench, selected(bench, "contacts", record))
    assert isinstance(dialog, DeleteDialog)
    assert "Recycle Bin" in dialog._returns()
    dialog.delete_button.click()
    told = bench.said("1 record deleted")
    assert record not in sandbox.records("contacts")
    bench.act(told, "Undo")
    bench.said("Undone")
    assert record in sandbox.records("contacts")


def test_an_account_names_what_would_go_along(bench: Bench, sandbox: SandboxProcess) -> None:
    accounts = sandbox.records("sales_accounts")
    deals = sandbox.records("deals", "sales_account_id", "deal_stage_id")
    account = next(deal["sales_account_id"] for deal in deals.values() if deal["sales_account_id"] in accounts)
    dialog = ask.delete_records(bench, selected(bench, "sales_accounts", account))
    assert isinstance(dialog, DeleteDialog)
    bench.until(lambda: dialog.along_list.text() and "Looking" not in dialog.along_list.text(), "what goes along")
    assert dialog.with_along.isEnabled()
    dialog.with_along.setChecked(True)
    dialog.delete_button.click()
    bench.said("1 record deleted")
    assert account not in sandbox.records("sales_accounts")
    contacts = [
        r["id"]
        for r in (sandbox.record("contacts", i) for i in sandbox.records("contacts"))
        if account in [a["id"] for a in r.get("sales_accounts") or []]
    ]
    assert contacts == []


def test_forgetting_wants_the_name_and_wipes_the_journal(bench: Bench, sandbox: SandboxProcess) -> None:
    record = contact(sandbox)
    bench.stage("contacts", record, "job_title", "A secret title")
    ask.save_now(bench, "contacts", record)
    bench.said("Saved ")
    spec = bench.session.modules.get("contacts")
    name = spec.label(sandbox.record("contacts", record))
    dialog = ask.forget_record(bench, spec, record, name)
    assert isinstance(dialog, ForgetDialog)
    assert not dialog.forget_button.isEnabled()
    QTest.keyClicks(dialog.typed, name[:-1])
    assert not dialog.forget_button.isEnabled()
    QTest.keyClicks(dialog.typed, name[-1])
    QTest.keyClick(dialog.typed, Qt.Key.Key_Return)
    bench.said(f"{name} is forgotten")
    assert record not in sandbox.records("contacts")
    history = bench.loop.run_until_complete(bench.session.jobs.history("contacts", record))
    assert all("secret" not in str((row.before, row.after, row.title)) for row in history)


def test_a_name_is_the_same_whatever_its_spaces_and_case() -> None:
    assert same_name(" ann  LEE ", "Ann Lee")
    assert not same_name("", "")
    assert not same_name("Ann", "Ann Lee")


def test_discarding_much_is_asked_and_can_be_brought_back(bench: Bench, sandbox: SandboxProcess) -> None:
    records = list(sandbox.records("contacts"))[:6]
    for record in records:
        bench.stage("contacts", record, "job_title", "Pilot")
    ask.discard(bench, "contacts")
    dialog = bench.dialog()
    assert bench.session.drafts.count() == 6
    dialog.done(2)
    told = bench.said("6 changes taken back")
    assert bench.session.drafts.count() == 0
    bench.act(told, "Bring back")
    assert bench.session.drafts.count() == 6
    ask.discard(bench, "contacts", [records[0]])
    bench.said("1 change taken back")
    assert bench.session.drafts.count() == 5


def test_a_member_is_added_to_the_team(bench: Bench, sandbox: SandboxProcess) -> None:
    record = contact(sandbox)
    dialog = ask.manage_team(bench, selected(bench, "contacts", record))
    assert isinstance(dialog, TeamDialog)
    bench.until(lambda: dialog.add.isEnabled(), "the team")
    before = set(dialog.members)
    dialog.add.click()
    assert dialog.save.isEnabled()
    added = (set(dialog.members) - before).pop()
    dialog.save.click()
    bench.said("The team is saved")
    again = ask.manage_team(bench, selected(bench, "contacts", record))
    assert isinstance(again, TeamDialog)
    bench.until(lambda: again.add.isEnabled(), "the team again")
    assert added in again.members
    again._remove(added, gone=False)
    bench.messages.clear()
    again.save.click()
    bench.said("The team is saved")
    last = ask.manage_team(bench, selected(bench, "contacts", record))
    assert isinstance(last, TeamDialog)
    bench.until(lambda: last.add.isEnabled(), "the team without the member")
    assert set(last.members) == before
    last.reject()


def test_the_history_of_a_record_undoes_just_one_field(bench: Bench, sandbox: SandboxProcess) -> None:
    record = contact(sandbox)
    was = sandbox.record("contacts", record)
    bench.stage("contacts", record, "job_title", "Pilot")
    bench.stage("contacts", record, "city", "Oslo")
    history = bench.show(HistoryList(bench, "contacts", record))
    bench.until(lambda: not history.texts, "nothing yet")
    ask.save_now(bench, "contacts", record)
    bench.said("Saved ")
    bench.until(lambda: any(text.startswith("Job title: ") for text in history.texts), "the change")
    row = next(row for row in history._rows if row.field == "job_title")
    history._undo([row])
    bench.said("Undone")
    now = sandbox.record("contacts", record)
    assert (now["job_title"], now["city"]) == (was["job_title"], "Oslo")


def test_many_are_deleted_after_a_look_at_the_plan_and_restored(bench: Bench, sandbox: SandboxProcess) -> None:
    records = list(sandbox.records("contacts"))[:25]
    assert ask.delete_records(bench, selected(bench, "contacts", *records)) is None
    bench.until(lambda: bench.opened, "the plan")
    work = bench.review(bench.opened[-1][1])
    bench.until(lambda: work.pages.currentWidget() is work.plan_page, "its page")
    assert work.plan_page.save_button.text() == "&Delete 25 records"
    assert work.plan_page.undo.accessibleName().startswith("Can be undone: Partly")
    bench.run(work)
    assert not set(records) & set(sandbox.records("contacts"))
    bench.opened.clear()
    ask.restore_records(bench, selected(bench, "contacts", *records[:3]))
    bench.said("3 records restored")
    assert set(records[:3]) <= set(sandbox.records("contacts"))
    assert bench.opened == []


def test_a_record_of_a_custom_module_is_edited_copied_and_deleted(bench: Bench, sandbox: SandboxProcess) -> None:
    bench.loop.run_until_complete(bench.session.load_modules())
    spec = next(spec for spec in bench.session.modules.all() if spec.custom)
    record = min(sandbox.records(spec.key))
    bench.stage(spec.key, record, "name", "Villa Nowhere")
    ask.save_now(bench, spec.key, record)
    bench.said("Saved ")
    assert sandbox.record(spec.key, record)["name"] == "Villa Nowhere"
    ask.clone_record(bench, spec, record, "Villa Nowhere")
    assert bench.opened[-1] == ("new", {"module": spec.key, "clone_of": record, "label": "Villa Nowhere"})
    dialog = ask.delete_records(bench, selected(bench, spec.key, record))
    assert isinstance(dialog, DeleteDialog)
    dialog.delete_button.click()
    bench.said("1 record deleted")
    assert record not in sandbox.records(spec.key)


def test_saving_twice_in_a_row_creates_once(bench: Bench, sandbox: SandboxProcess) -> None:
    local = bench.session.drafts.stage_new("sales_accounts", {"name": "Once Ltd"}, kinds={"name": Kind.TEXT})
    ask.save_now(bench, "sales_accounts", local)
    ask.save_now(bench, "sales_accounts", local)
    bench.said("Nothing is unsaved")
    bench.until(lambda: bench.session.jobs.running is None, "the end")
    names = [row["name"] for row in sandbox.records("sales_accounts", "name").values()]
    assert names.count("Once Ltd") == 1


def test_a_plan_is_not_saved_after_its_edits_were_saved_elsewhere(bench: Bench, sandbox: SandboxProcess) -> None:
    local = bench.session.drafts.stage_new("sales_accounts", {"name": "Once Ltd"}, kinds={"name": Kind.TEXT})
    work = bench.review()
    bench.to_plan(work)
    ask.save_now(bench, "sales_accounts", local)
    bench.said("Saved ")
    assert not work.plan_page.save_button.isEnabled()
    assert work.plan_page.trouble.isVisible()
    work.plan_page.back_button.click()
    assert work.staged_page.stack.currentWidget() is work.staged_page.empty
