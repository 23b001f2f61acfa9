"""A sales activity of its own place: what it belongs to is chosen in two steps, as the API takes it."""

from __future__ import annotations

from typing import Any

from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk
from tests.ui.record.conftest import OpenNew, settled


def test_a_sales_activity_is_made_in_the_form_of_a_new_one(
    desk: PlainDesk, open_new: OpenNew, sandbox: SandboxProcess, qtbot: Any
) -> None:
    contact = int(next(iter(sandbox.records("contacts"))))
    like = sandbox.records("sales_activities", "sales_activity_type_id", "owner_id")
    kind, owner = next(
        (item["sales_activity_type_id"], item["owner_id"])
        for item in like.values()
        if item["sales_activity_type_id"] and item["owner_id"]
    )
    work = open_new("sales_activities")
    assert work.fields is not None
    names = list(work.fields.editors)
    assert "targetable" not in names and names.index("targetable_type") < names.index("targetable_id")
    values = {
        "title": "Visit with samples",
        "sales_activity_type_id": kind,
        "owner_id": owner,
        "start_date": "2027-03-01T09:00:00Z",
        "end_date": "2027-03-01T10:00:00Z",
        "targetable_type": "Contact",
        "targetable_id": contact,
    }
    for name, value in values.items():
        editor = work.fields.editors[name]
        editor.show_value(value)
        editor.touch()
        assert editor.commit(), (name, editor.problem())
    work.create_record()
    desk.until(lambda: work.open_button.isVisible(), "created")
    settled(desk)
    made = sandbox.records("sales_activities", "title", "targetable_type", "targetable_id").values()
    (one,) = [item for item in made if item["title"] == values["title"]]
    assert (one["targetable_type"], one["targetable_id"]) == ("Contact", contact)
