"""New records and clones: required first, kept as drafts, checked, created once."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from crmdesk.ui.editors.text import LineEditor
from crmdesk.ui.record.entry import ONE_OF
from crmdesk.ui.record.new import NewWorkspace
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk
from tests.ui.record.conftest import OpenNew, settled


def enter(work: NewWorkspace, key: str, text: str, qtbot: Any) -> None:
    """Type into a field of the form and leave it with Enter."""
    assert work.fields is not None
    editor = work.fields.editors[key]
    assert isinstance(editor, LineEditor)
    editor.begin()
    qtbot.keyClicks(editor.line, text)
    qtbot.keyClick(editor.line, Qt.Key.Key_Return)


def test_required_fields_stand_first_and_the_rest_is_folded(open_new: OpenNew, qtbot: Any) -> None:
    work = open_new("deals")
    assert work.fields is not None
    names = list(work.fields.editors)
    assert {"name", "amount", "sales_account_id"} == set(names[:3]) and work.fields.rest.isHidden()
    assert work.fields.editors[names[0]].focusProxy() is not None
    account = work.fields.editors["sales_account_id"]
    assert account.accessibleName().endswith(", required"), "refused without one, whatever the settings say"
    work.fields.unfold.click()
    assert work.fields.rest.isVisible()
    assert "created_at" not in names and "id" not in names


def test_a_contact_is_asked_for_one_way_to_reach_it(open_new: OpenNew) -> None:
    work = open_new("contacts")
    assert work.fields is not None
    shown = [name for name, editor in work.fields.editors.items() if editor.isVisible()]
    assert shown[0] == "last_name" and {"emails", "mobile_number"} <= set(shown[1:]) <= {
        "emails",
        "mobile_number",
        "twitter",
    }
    labels = [found.text() for found in work.fields.findChildren(QLabel)]
    assert ONE_OF.upper() in labels
    assert "Owner" in labels and "Sales owner" not in labels


def test_what_is_entered_survives_and_is_created_once(
    desk: PlainDesk, open_new: OpenNew, sandbox: SandboxProcess, qtbot: Any
) -> None:
    work = open_new("sales_accounts")
    assert not work.unsaved
    enter(work, "name", "Brand new account", qtbot)
    assert work.unsaved and work.local is not None
    enter(work, "city", "Utrecht", qtbot)
    memory = work.memory()
    assert memory is not None and memory["local"] == work.local
    again = open_new("sales_accounts", local=work.local)
    assert again.fields is not None
    assert again.fields.values() == {"name": "Brand new account", "city": "Utrecht"}
    again.create_record()
    settled(desk)

    def made() -> list[Any]:
        rows = sandbox.records("sales_accounts", "name", "city").values()
        return [row for row in rows if row["name"] == "Brand new account"]

    desk.until(made, "the account")
    desk.until(lambda: desk.session.drafts.count() == 0)
    assert len(made()) == 1 and made()[0]["city"] == "Utrecht"
    desk.until(lambda: again.open_button.isVisible(), "the way to the new record")
    assert not again.unsaved and again.fields is not None and again.fields.values() == {}
    again.open_button.click()
    kind, args = desk.opened[-1]
    assert kind == "record" and sandbox.record("sales_accounts", args["id"])["name"] == "Brand new account"


def test_a_record_with_a_field_of_every_type(
    desk: PlainDesk, open_new: OpenNew, sandbox: SandboxProcess, qtbot: Any
) -> None:
    contact = int(next(iter(sandbox.records("contacts"))))
    owner = 402000120003
    values = {
        "name": "Villa of all types",
        "owner_id": owner,
        "cf_sample_text_field": "sea view",
        "cf_sample_number_field": "1234.5",
        "cf_sample_sales_team_field": "USA team",
        "cf_sample_radio_field": "choice 2",
        "cf_lookup_to_contact": contact,
        "cf_sample_multiselect_field": ["choice 1", "choice 2"],
        "cf_floors": 3,
        "cf_furnished": True,
        "cf_built_on": "1999-12-31",
        "cf_viewing_at": "2027-01-02T03:04:00Z",
        "cf_description": "two\nlines",
    }
    work = open_new("cm_property")
    assert work.fields is not None and set(work.fields.editors) == set(values), "all of them can be entered"
    work.fields.unfold.click()
    for name, value in values.items():
        editor = work.fields.editors[name]
        editor.show_value(value)
        editor.touch()
        assert editor.commit(), editor.problem()
    assert work.fields.values() == values
    work.create_record()
    desk.until(lambda: work.open_button.isVisible(), "created")
    settled(desk)
    work.open_button.click()
    stored = sandbox.record("cm_property", desk.opened[-1][1]["id"])
    assert stored["name"] == values["name"] and stored["owner_id"] == owner
    custom = stored["custom_field"]
    assert float(custom["cf_sample_number_field"]) == 1234.5 and int(custom["cf_lookup_to_contact"]) == contact
    assert custom["cf_sample_multiselect_field"] in ("choice 1;choice 2", ["choice 1", "choice 2"])
    for name in ("cf_sample_radio_field", "cf_furnished", "cf_built_on", "cf_description", "cf_floors"):
        assert custom[name] == values[name]


def test_a_refusal_brings_the_form_back_with_its_reason(
    desk: PlainDesk, open_new: OpenNew, sandbox: SandboxProcess, qtbot: Any
) -> None:
    taken = next(iter(sandbox.records("sales_accounts", "name").values()))["name"]
    work = open_new("sales_accounts")
    assert work.fields is not None
    work.fields.editors["name"].set_value(None)
    editor = work.fields.editors["name"]
    assert isinstance(editor, LineEditor)
    editor.line.setText(taken)
    editor.touch()
    assert editor.commit()
    work.create_record()
    desk.until(lambda: work.note.isVisible(), "why it was refused")
    settled(desk)
    assert work.unsaved and work.fields.values()["name"] == taken and work.fields.isEnabled()


def test_what_is_missing_is_told_before_anything_is_sent(
    desk: PlainDesk, open_new: OpenNew, sandbox: SandboxProcess, qtbot: Any
) -> None:
    work = open_new("contacts")
    assert work.fields is not None
    sandbox.clear_requests()
    work.create_record()
    assert "blank" in work.fields.editors["last_name"].problem()
    enter(work, "last_name", "Nobody", qtbot)
    work.create_record()
    assert "e-mail" in work.fields.editors["emails"].problem() and work.fields.rest.isHidden()
    settled(desk)
    assert not [request for request in sandbox.requests() if request["method"] == "POST"]


def test_a_clone_sends_only_what_differs(
    desk: PlainDesk, open_new: OpenNew, sandbox: SandboxProcess, qtbot: Any
) -> None:
    source = int(next(iter(sandbox.records("cm_property"))))
    work = open_new("cm_property", clone_of=source)
    assert work.fields is not None and work.fields.values() == {}, "no default stands over the source's values"
    stored = sandbox.record("cm_property", source)
    assert work.fields.editors["name"].value() == stored["name"]
    enter(work, "name", "The other villa", qtbot)
    assert work.local is not None
    staged = desk.session.drafts.of("cm_property", work.local)
    assert next(iter(staged.values())).after == {"name": "The other villa"}
    assert next(iter(staged.values())).clone_of == source
    before = len(sandbox.records("cm_property"))
    work.create_record()
    desk.until(lambda: len(sandbox.records("cm_property")) == before + 1, "the clone")
    settled(desk)


def test_emptying_the_form_keeps_no_draft(desk: PlainDesk, open_new: OpenNew, qtbot: Any) -> None:
    work = open_new("sales_accounts")
    enter(work, "name", "x", qtbot)
    assert desk.session.drafts.count() == 1
    assert work.fields is not None
    editor = work.fields.editors["name"]
    assert isinstance(editor, LineEditor)
    editor.begin()
    qtbot.keyClick(editor.line, Qt.Key.Key_Delete)
    work.closed()
    desk.until(lambda: desk.session.drafts.count() == 0, "no draft")


def test_discarding_empties_the_form(desk: PlainDesk, open_new: OpenNew, qtbot: Any) -> None:
    work = open_new("sales_accounts", values={"city": "Bergen"})
    assert desk.session.drafts.count() == 1
    work.discard()
    assert desk.session.drafts.count() == 0
    assert work.fields is not None and work.fields.values() == {}
