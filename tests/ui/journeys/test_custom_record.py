"""A record of a custom module with a field of every type: made, edited, found, cloned, deleted, restored, forgotten."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt

from crmdesk.ui.find.workspace import FindWorkspace
from crmdesk.ui.record.new import NewWorkspace
from crmdesk.ui.record.workspace import RecordWorkspace
from crmdesk.ui.review.deleting import DeleteDialog
from crmdesk.ui.review.forgetting import ForgetDialog
from tests.ui.journeys.traveller import Traveller

MODULE = "cm_property"
NAME = "Villa of all types"
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def every_type(contact: int, owner: int) -> dict[str, Any]:
    """A value for each field that a person may enter."""
    return {
        "name": NAME,
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


def named(traveller: Traveller, name: str) -> list[int]:
    """The ids of the records of this name that are not deleted."""
    return [key for key, row in traveller.sandbox.records(MODULE, "name").items() if row["name"] == name]


def test_its_whole_life(traveller: Traveller) -> None:
    sandbox, desk = traveller.sandbox, traveller.desk
    contact = next(iter(sandbox.records("contacts")))
    owner = next(one.id for one in desk.session.directory.owners if one.active)
    view = next(iter(traveller.run(desk.session.views(MODULE))))
    traveller.view(MODULE, view.name)

    # Made: Ctrl+N from its view, every field, Ctrl+S.
    traveller.keys(Qt.Key.Key_N, CTRL)
    form = traveller.drawn(traveller.opened(NewWorkspace))
    assert form.fields is not None
    form.fields.unfold.click()
    wanted = every_type(contact, owner)
    assert set(form.fields.editors) == set(wanted), "every field of the module can be entered"
    for field, value in wanted.items():
        traveller.enter(form, field, value)
    assert traveller.unsaved == 1
    traveller.keys(Qt.Key.Key_S, CTRL)
    traveller.until(lambda: form.open_button.isVisible(), "it is created")
    traveller.said(f"Saved {NAME}")
    (made,) = named(traveller, NAME)
    assert traveller.unsaved == 0

    # Edited in its own tab: only that is sent, and Undo takes it back.
    traveller.click(form.open_button)
    tab = traveller.opened(RecordWorkspace)
    traveller.until(lambda: tab.inspected.panel.sheet is not None and not tab.inspected.loading, "it is read")
    traveller.change(tab, "cf_sample_radio_field", "choice 1")
    traveller.change(tab, "cf_furnished", False)
    traveller.keys(Qt.Key.Key_S, CTRL)
    told = traveller.said(f"Saved {NAME}")
    custom = sandbox.record(MODULE, made)["custom_field"]
    assert (custom["cf_sample_radio_field"], custom["cf_furnished"]) == ("choice 1", False)
    assert custom["cf_description"] == "two\nlines"
    traveller.act(told, "Undo")
    traveller.said("Undone")
    custom = sandbox.record(MODULE, made)["custom_field"]
    assert (custom["cf_sample_radio_field"], custom["cf_furnished"]) == ("choice 2", True)

    # Found from anywhere: the same tab comes to the front.
    traveller.keys(Qt.Key.Key_F, CTRL, SHIFT)
    find = traveller.opened(FindWorkspace)
    traveller.write(NAME, on=find.field)
    traveller.until(lambda: any(hit.id == made for hit in find.results.hits), "the search finds it")
    traveller.until(lambda: find.current is not None and find.current.id == made, "it is the first hit")
    traveller.keys(Qt.Key.Key_Return, on=find.field)
    assert traveller.opened(RecordWorkspace) is tab

    # Cloned with another name; the CRM copies the rest.
    traveller.command("record.clone")
    clone = traveller.drawn(traveller.opened(NewWorkspace))
    traveller.enter(clone, "name", "Its clone")
    traveller.keys(Qt.Key.Key_S, CTRL)
    traveller.until(lambda: clone.open_button.isVisible(), "the clone is made")
    (copy,) = named(traveller, "Its clone")
    assert sandbox.record(MODULE, copy)["custom_field"]["cf_sample_text_field"] == "sea view"

    # Deleted, restored, and forgotten for good.
    desk.open("record", {"module": MODULE, "id": made, "label": NAME})
    traveller.opened(RecordWorkspace)
    traveller.command("record.delete")
    traveller.click(traveller.dialog(DeleteDialog).delete_button)
    traveller.said("1 record deleted")
    assert named(traveller, NAME) == []
    traveller.settle()
    restore = next(one for one in traveller.window.commands() if one.id == "record.restore")
    traveller.until(restore.enabled, "the tab knows that the record is deleted")
    traveller.command("record.restore")
    traveller.said("1 record restored")
    assert named(traveller, NAME) == [made]
    traveller.settle()
    traveller.command("record.forget")
    dialog = traveller.dialog(ForgetDialog)
    traveller.write(NAME, on=dialog.typed)
    traveller.click(dialog.forget_button)
    traveller.said(f"{NAME} is forgotten for good")
    with sandbox.client() as client:
        assert client.get(f"/custom_module/{MODULE}/{made}").status_code == 404
    history = traveller.run(desk.session.jobs.history(MODULE, made))
    assert history and not any("sea view" in str((row.before, row.after)) for row in history)
    assert named(traveller, "Its clone") == [copy]
