"""A record as a form: read first, edited in place, staged, marked, taken back, saved."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from crmdesk.changes.drafts import Staged
from crmdesk.crm.kinds import Kind
from crmdesk.crm.values import NOT_LOADED
from crmdesk.ui.browse.known import Known
from crmdesk.ui.editors.text import LineEditor, NumberEditor
from crmdesk.ui.record.inspect import Inspector
from crmdesk.ui.record.workspace import RecordWorkspace
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk
from tests.ui.record.conftest import OpenRecord, editor_of, settled


def typed(work: RecordWorkspace, key: str, text: str, qtbot: Any) -> None:
    """Type a text into a field and press Enter."""
    editor = editor_of(work, key)
    assert isinstance(editor, LineEditor)
    qtbot.keyClicks(editor.line, text)
    qtbot.keyClick(editor.line, Qt.Key.Key_Return)


def test_a_click_edits_and_enter_stages(desk: PlainDesk, open_record: OpenRecord, qtbot: Any) -> None:
    work = open_record("deals")
    record_id = work.inspected.record_id or 0
    panel = work.inspected.panel
    row = panel.row("amount")
    assert row is not None and row.line is not None
    before = row.line.text
    qtbot.mouseClick(row.box, Qt.MouseButton.LeftButton)
    assert isinstance(row.editor, NumberEditor) and row.editor.line.hasFocus() and row.box.isHidden()
    was = row.editor.value()
    qtbot.keyClicks(row.editor.line, "77000")
    qtbot.keyClick(row.editor.line, Qt.Key.Key_Return)
    staged = desk.session.drafts.get("deals", record_id, "amount")
    assert staged is not None
    assert (staged.after, staged.before, staged.kind) == ("77000", was, Kind.MONEY)
    assert staged.label and staged.updated_at
    assert row.editor is None and row.box.hasFocus(), "the keyboard stays where it was"
    assert row.line.staged and row.line.was == before and "77,000" in row.line.text
    assert panel.footer is not None and panel.footer.isVisible() and panel.footer.says.text() == "1 change"
    assert any(part.text() == f"was: {before}" for part in row.box.findChildren(QLabel))
    assert work.unsaved


def test_the_keyboard_alone(desk: PlainDesk, open_record: OpenRecord, qtbot: Any) -> None:
    work = open_record("cm_property")
    row = work.inspected.panel.row("cf_sample_text_field")
    assert row is not None
    row.box.setFocus()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_F2, Qt.Key.Key_Space):
        qtbot.keyClick(row.box, key)
        assert isinstance(row.editor, LineEditor)
        qtbot.keyClick(row.editor.line, Qt.Key.Key_Escape)
        assert row.editor is None and row.box.hasFocus()
    assert desk.session.drafts.count() == 0
    assert row.line is not None
    qtbot.keyClick(row.box, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == row.line.text
    qtbot.keyClick(row.box, Qt.Key.Key_Tab)
    follows = work.inspected.panel.row("cf_sample_number_field")
    assert follows is not None and follows.box.hasFocus()


def test_a_change_is_taken_back_alone_and_all_together(desk: PlainDesk, open_record: OpenRecord, qtbot: Any) -> None:
    work = open_record("deals")
    record_id = work.inspected.record_id or 0
    typed(work, "name", "Another name", qtbot)
    typed(work, "amount", "5", qtbot)
    typed(work, "cf_contract_number", "CN-9", qtbot)
    drafts = desk.session.drafts
    assert set(drafts.of("deals", record_id)) == {"name", "amount", "cf_contract_number"}
    row = work.inspected.panel.row("amount")
    assert row is not None
    row.box.reverted.emit()
    assert set(drafts.of("deals", record_id)) == {"name", "cf_contract_number"}
    assert row.line is not None and not row.line.staged
    work.inspected.form.discard()
    assert drafts.count() == 0 and not work.unsaved
    footer = work.inspected.panel.footer
    assert footer is not None and footer.isHidden()


def test_the_value_that_was_there_is_no_change(desk: PlainDesk, open_record: OpenRecord, qtbot: Any) -> None:
    work = open_record("deals")
    editor = editor_of(work, "name")
    assert isinstance(editor, LineEditor)
    name = editor.line.text()
    qtbot.keyClicks(editor.line, name)
    qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    assert desk.session.drafts.count() == 0
    typed(work, "name", "Other", qtbot)
    typed(work, "name", name, qtbot)
    assert desk.session.drafts.count() == 0, "back to what was loaded"


def test_what_does_not_hold_is_not_staged(desk: PlainDesk, open_record: OpenRecord, qtbot: Any) -> None:
    work = open_record("deals")
    editor = editor_of(work, "amount")
    assert isinstance(editor, NumberEditor)
    qtbot.keyClicks(editor.line, "a lot")
    qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    assert editor.problem() and desk.session.drafts.count() == 0
    work.inspected.form.edit("name")
    row = work.inspected.panel.row("amount")
    assert row is not None and row.editor is editor, "the wrong value is not lost by going on"
    qtbot.keyClick(editor.line, Qt.Key.Key_Escape)
    assert row.editor is None


def test_edits_made_elsewhere_show_at_once(desk: PlainDesk, open_record: OpenRecord) -> None:
    work = open_record("deals")
    record_id = work.inspected.record_id or 0
    drafts = desk.session.drafts
    drafts.stage([Staged("deals", record_id, "probability", 90, 10, Kind.NUMBER, message="Someone said no")])
    row = work.inspected.panel.row("probability")
    assert row is not None and row.line is not None
    assert row.line.staged and row.line.text == "90" and row.line.message == "Not saved: Someone said no"
    drafts.revert("deals", record_id)
    assert row.line is not None and not row.line.staged


def test_rules_across_fields_are_told_beside_them(
    desk: PlainDesk, open_record: OpenRecord, sandbox: SandboxProcess
) -> None:
    desk.loop.run_until_complete(desk.session.directory.load(("deal_stages", "deal_pipelines", "deal_reasons")))
    stages = desk.session.directory.items("deal_stages")
    won = next(stage["id"] for stage in stages if stage.get("forecast_type") == "Closed Won" or stage["name"] == "Won")
    found = sandbox.records("deals", "deal_stage_id")
    deal = next(int(key) for key, row in found.items() if row["deal_stage_id"] == won)
    reason = desk.session.directory.items("deal_reasons")[0]["id"]
    work = open_record("deals", deal)
    desk.session.drafts.stage([Staged("deals", deal, "deal_reason_id", reason, None, Kind.CHOICE_ID)])
    row = work.inspected.panel.row("deal_reason_id")
    assert row is not None and row.line is not None and "Lost" in row.line.message


def test_leaving_a_record_stages_what_was_being_typed(
    desk: PlainDesk, sandbox: SandboxProcess, open_record: OpenRecord, qtbot: Any
) -> None:
    first, second, *_ = (int(key) for key in sandbox.records("deals"))
    work = open_record("deals", first)
    editor = editor_of(work, "name")
    assert isinstance(editor, LineEditor)
    qtbot.keyClicks(editor.line, "In the middle")
    work.inspected.show(second, None)
    staged = desk.session.drafts.get("deals", first, "name")
    assert staged is not None and staged.after == "In the middle"
    assert not desk.session.drafts.of("deals", second)
    settled(desk)


def test_a_field_that_is_not_loaded_is_read_before_it_is_edited(
    desk: PlainDesk, sandbox: SandboxProcess, qtbot: Any
) -> None:
    spec = desk.session.modules.get("contacts")
    known = Known(desk, spec, desk.tasks)
    desk.loop.run_until_complete(desk.session.schema("contacts"))
    known.need_schema()
    desk.until(lambda: known.schema is not None)
    contact = int(next(iter(sandbox.records("contacts"))))
    inspector = Inspector(desk, known, own_tab=False, parent=desk.tasks)
    qtbot.addWidget(inspector.panel)
    inspector.panel.resize(340, 700)
    inspector.panel.show()
    inspector.panel.activateWindow()
    desk.until(inspector.panel.isActiveWindow)
    desk.asked.clear()
    inspector.show(contact, {"id": contact, "display_name": "Somebody", "job_title": "Boss"})
    inspector.form.edit("medium")
    assert inspector.panel.editing is None and inspector.form.value("medium") is NOT_LOADED
    desk.until(lambda: inspector.panel.editing is not None, "the editor, once the value is there")
    row = inspector.panel.editing
    assert row is not None and row.line is not None and row.line.key == "medium"
    assert inspector.form.value("medium") is not NOT_LOADED
    reads = [url for url in desk.asked if url.path.endswith(f"/contacts/{contact}")]
    assert len(reads) == 1, "one request, with all that it can bring along"
    assert inspector.form.value("territory_id") is not NOT_LOADED
    settled(desk)


def test_saving_changes_the_record(
    desk: PlainDesk, open_record: OpenRecord, sandbox: SandboxProcess, qtbot: Any
) -> None:
    work = open_record("deals")
    record_id = work.inspected.record_id or 0
    typed(work, "name", "Saved from the form", qtbot)
    assert work.inspected.panel.footer is not None
    work.inspected.panel.footer.save.click()
    desk.until(lambda: sandbox.record("deals", record_id)["name"] == "Saved from the form", "the record")
    desk.until(lambda: desk.session.drafts.count() == 0, "nothing is staged any more")
    row = work.inspected.panel.row("name")
    assert row is not None
    desk.until(
        lambda: row.line is not None and row.line.text == "Saved from the form" and not row.line.staged,
        "the record is read again",
    )
    settled(desk)


def test_a_lookup_is_named_in_a_tab_of_its_own(
    desk: PlainDesk, open_record: OpenRecord, sandbox: SandboxProcess
) -> None:
    property_id = int(next(iter(sandbox.records("cm_property"))))
    contact = sandbox.record("cm_property", property_id)["custom_field"]["cf_lookup_to_contact"]
    name = sandbox.record("contacts", contact)["display_name"]
    work = open_record("cm_property", property_id)
    row = work.inspected.panel.row("cf_lookup_to_contact")
    assert row is not None
    desk.until(lambda: row.line is not None and row.line.text == name, "the name")
    assert row.box.toolTip() == f"Id {contact}", "the id tells namesakes apart"


def test_a_lookup_is_named_without_a_request_once_its_record_was_seen(
    desk: PlainDesk, open_record: OpenRecord, sandbox: SandboxProcess, qtbot: Any
) -> None:
    property_id = int(next(iter(sandbox.records("cm_property"))))
    contact = sandbox.record("cm_property", property_id)["custom_field"]["cf_lookup_to_contact"]
    open_record("contacts", contact)
    spec = desk.session.modules.get("cm_property")
    known = Known(desk, spec, desk.tasks)
    known.need_schema()
    inspector = Inspector(desk, known, own_tab=False, parent=desk.tasks)
    qtbot.addWidget(inspector.panel)
    sandbox.clear_requests()
    inspector.show(property_id, None)
    desk.until(lambda: inspector.panel.row("cf_lookup_to_contact") is not None, "the record")
    settled(desk)
    row = inspector.panel.row("cf_lookup_to_contact")
    assert row is not None and row.line is not None
    assert row.line.text == sandbox.record("contacts", contact)["display_name"]
    assert not [asked for asked in sandbox.requests() if "contacts" in asked["path"]]


def test_the_amount_of_a_document_follows_from_its_products(
    desk: PlainDesk, open_record: OpenRecord, sandbox: SandboxProcess
) -> None:
    document = int(next(iter(sandbox.records("documents"))))
    work = open_record("documents", document)
    desk.session.drafts.stage([Staged("documents", document, "products:7", {"quantity": 1}, None, Kind.LINE)])
    row = work.inspected.panel.row("amount")
    assert row is not None and row.line is not None
    assert not row.line.editable and "follows from the products" in row.line.hint
    desk.session.drafts.revert_all()


def test_lines_of_a_record_say_where_they_are_changed(open_record: OpenRecord) -> None:
    work = open_record("contacts")
    row = work.inspected.panel.row("sales_accounts")
    assert row is not None and row.line is not None and not row.line.editable
    assert "beside the form" in row.line.hint


def test_what_was_changed_from_here_is_one_step_away(desk: PlainDesk, open_record: OpenRecord) -> None:
    work = open_record("deals")
    work.inspected.actions.history()
    assert desk.opened[-1][0] == "record" and desk.opened[-1][1]["part"] == "history"


def test_a_record_in_the_recycle_bin_can_only_be_restored(
    desk: PlainDesk, sandbox: SandboxProcess, open_record: OpenRecord
) -> None:
    contact = int(next(iter(sandbox.records("contacts"))))
    alive = open_record("contacts", contact)
    offered = {command.id: command.enabled() for command in alive.inspected.actions.commands()}
    assert offered == {"record.clone": True, "record.delete": True, "record.restore": False, "record.forget": True}
    sandbox.delete("contacts", contact)
    work = open_record("contacts", contact)
    assert work.inspected.panel.sheet is not None
    assert not any(line.editable for line in work.inspected.panel.sheet.lines)
    offered = {command.id: command.enabled() for command in work.inspected.actions.commands()}
    assert offered["record.restore"] and not offered["record.delete"]
    row = work.inspected.panel.row("last_name")
    assert row is not None and "Recycle Bin" in row.box.toolTip()


def test_what_the_crm_keeps_is_text_that_can_be_selected(open_record: OpenRecord) -> None:
    work = open_record("contacts")
    for key in ("lead_score", "recent_note"):
        row = work.inspected.panel.row(key)
        assert row is not None and row.line is not None and not row.line.editable
        assert row.box.value.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse
        assert row.box.focusPolicy() is Qt.FocusPolicy.NoFocus


def test_required_and_unique_fields_are_marked(open_record: OpenRecord) -> None:
    work = open_record("contacts")
    texts = {}
    for key in ("last_name", "emails", "first_name", "cf_segment"):
        row = work.inspected.panel.row(key)
        assert row is not None
        texts[key] = row.name.text()
    assert texts["last_name"].endswith("*") and "unique" in texts["emails"]
    assert not any(mark in texts[key] for key in ("first_name", "cf_segment") for mark in ("*", "unique"))


def test_what_can_not_be_staged_on_leaving_is_told(
    desk: PlainDesk, sandbox: SandboxProcess, open_record: OpenRecord, qtbot: Any
) -> None:
    first, second, *_ = (int(key) for key in sandbox.records("deals"))
    work = open_record("deals", first)
    editor = editor_of(work, "amount")
    assert isinstance(editor, NumberEditor)
    qtbot.keyClicks(editor.line, "a lot")
    work.inspected.show(second, None)
    assert desk.session.drafts.count() == 0 and "a lot" in desk.messages[-1].text
    settled(desk)


def test_what_belongs_to_the_record_stands_beside_the_form(open_record: OpenRecord) -> None:
    work = open_record("deals")
    assert work.parts.isVisible() and work.inspected.panel.mapTo(work, QPoint(0, 0)).x() < 20
    first, second = QLabel("one"), QLabel("two")
    work.set_parts(first)
    work.set_parts(second)
    assert second.isVisible() and first.isHidden()
    work.resize(1400, 800)
    assert work.inspected.panel.width() <= 720
