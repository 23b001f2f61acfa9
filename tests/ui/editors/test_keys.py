"""Editors by keyboard and mouse: commit, restore, problems, lists, and the wheel that changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from crmdesk.ui.editors import FieldEditor
from crmdesk.ui.editors.chips import ChipsEditor
from crmdesk.ui.editors.choose import CheckboxEditor, ChoiceEditor, RadioEditor
from crmdesk.ui.editors.groups import GroupEditor
from crmdesk.ui.editors.text import LineEditor, LongTextEditor, NumberEditor, grouped_digits
from crmdesk.ui.editors.times import DateEditor, TimeEditor
from tests.ui.browse.desks import PlainDesk
from tests.ui.editors.conftest import CHOICES, Maker, field_of


class Heard:
    """What an editor announced."""

    def __init__(self, editor: FieldEditor) -> None:
        self.committed: list[Any] = []
        self.restored = 0
        editor.committed.connect(lambda: self.committed.append(editor.value()))
        editor.restored.connect(self._back)

    def _back(self) -> None:
        self.restored += 1


def test_enter_commits_and_escape_restores(make: Maker, qtbot: Any) -> None:
    editor = make(field_of("cf_text"), "before")
    assert isinstance(editor, LineEditor)
    heard = Heard(editor)
    editor.begin()
    qtbot.keyClicks(editor.line, "after")
    qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    assert heard.committed == ["after"]
    qtbot.keyClicks(editor.line, "!")
    qtbot.keyClick(editor.line, Qt.Key.Key_Escape)
    assert heard.restored == 1 and editor.value() == "before" and heard.committed == ["after"]


def test_leaving_commits_once(desk: PlainDesk, make: Maker, qtbot: Any) -> None:
    editor = make(field_of("cf_number", "number"), 1)
    assert isinstance(editor, NumberEditor)
    heard = Heard(editor)
    editor.begin()
    qtbot.keyClicks(editor.line, "25")
    other = editor.window().findChild(QWidget, "other")
    assert other is not None
    other.setFocus()
    desk.until(lambda: heard.committed, "the commit on leaving")
    assert heard.committed == [25]


def test_thousands_are_set_apart_until_one_types(make: Maker, desk: PlainDesk, qtbot: Any) -> None:
    editor = make(field_of("amount", "number"), "75000000.5", module="deals")
    assert isinstance(editor, NumberEditor)
    other = editor.window().findChild(QWidget, "other")
    assert other is not None
    other.setFocus()
    assert editor.line.text() == "75,000,000.5" and editor.value() == "75000000.5"
    assert editor.line.alignment() & Qt.AlignmentFlag.AlignLeft
    editor.begin()
    assert editor.line.text() == "75000000.5" == editor.line.selectedText()
    other.setFocus()
    assert editor.line.text() == "75,000,000.5"
    editor.begin()
    qtbot.keyClicks(editor.line, "1234567")
    other.setFocus()
    assert editor.value() == "1234567"
    assert grouped_digits("-1234") == "-1,234" and grouped_digits("12a") == "12a" and grouped_digits("0012") == "0012"
    cell = make(field_of("amount", "number"), "5", module="deals", cell=True)
    assert isinstance(cell, NumberEditor) and cell.line.alignment() & Qt.AlignmentFlag.AlignRight


def test_a_wrong_value_is_told_below_and_not_committed(make: Maker, qtbot: Any) -> None:
    editor = make(field_of("cf_number", "number", label="Floors"), 3)
    assert isinstance(editor, NumberEditor)
    heard = Heard(editor)
    editor.begin()
    qtbot.keyClicks(editor.line, "many")
    qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    assert not heard.committed and "Floors" in editor.problem() and editor.value() == 3
    assert editor.accessibleDescription() == editor.problem() and editor.line.property("wrong")
    qtbot.keyClicks(editor.line, "\b\b\b\b4")
    editor.line.setText("4")
    editor.touch()
    assert editor.problem() == ""
    qtbot.keyClick(editor.line, Qt.Key.Key_Enter)
    assert heard.committed == [4]


def test_a_required_field_can_not_be_blank(make: Maker, qtbot: Any) -> None:
    editor = make(field_of("cf_text", required=True, label="Name"), "x")
    assert isinstance(editor, LineEditor)
    heard = Heard(editor)
    editor.begin()
    editor.line.clear()
    editor.touch()
    qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    assert not heard.committed and "blank" in editor.problem()
    assert "required" in editor.accessibleName() and "required" in editor.line.accessibleName()


def test_lines_of_a_text_and_ctrl_enter(make: Maker, qtbot: Any) -> None:
    editor = make(field_of("cf_area", "textarea"), "one")
    assert isinstance(editor, LongTextEditor)
    heard = Heard(editor)
    editor.begin()
    qtbot.keyClick(editor.area, Qt.Key.Key_Return)
    qtbot.keyClicks(editor.area, "two")
    assert not heard.committed
    qtbot.keyClick(editor.area, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert heard.committed == ["one\ntwo"]


def test_a_dropdown_is_narrowed_by_typing_and_picked_by_enter(desk: PlainDesk, make: Maker, qtbot: Any) -> None:
    editor = make(field_of("cf_choice", "dropdown", choices=CHOICES), "Red")
    assert isinstance(editor, ChoiceEditor)
    heard = Heard(editor)
    editor.begin()
    assert editor.open_list()
    assert [option.label for option in editor.picker.model.options] == ["–", "Red", "Reddish", "Blue; pale"]
    qtbot.keyClicks(editor.picker, "pal")
    assert [option.label for option in editor.picker.model.options] == ["Blue; pale"]
    qtbot.keyClick(editor.picker.view, Qt.Key.Key_Return)
    desk.until(lambda: heard.committed, "the pick")
    assert heard.committed == ["Blue; pale"] and not editor.open_list()


def test_a_dropdown_refuses_what_is_none_of_its_choices(make: Maker, qtbot: Any) -> None:
    editor = make(field_of("cf_choice", "dropdown", choices=CHOICES), "Red")
    assert isinstance(editor, ChoiceEditor)
    editor.begin()
    qtbot.keyClicks(editor.picker, "green")
    assert not editor.open_list()
    qtbot.keyClick(editor.picker, Qt.Key.Key_Return)
    assert "green" in editor.problem() and editor.value() == "Red"
    editor.picker.setText("")
    editor.touch()
    assert editor.commit() and editor.value() is None


def test_owners_are_the_active_ones(desk: PlainDesk, make: Maker) -> None:
    editor = make(field_of("owner_id", "dropdown"), None)
    assert isinstance(editor, ChoiceEditor)
    editor.begin()
    desk.until(lambda: editor.picker.model.options, "the owners")
    active = {owner.id for owner in desk.session.directory.owners if owner.active}
    assert {option.value for option in editor.picker.model.options} == active | {None}
    assert len(active) < len(desk.session.directory.owners)


def test_stages_are_those_of_the_deals_pipeline(desk: PlainDesk, make: Maker) -> None:
    desk.loop.run_until_complete(desk.session.directory.load(("deal_pipelines", "deal_stages")))
    pipelines = desk.session.directory.items("deal_pipelines")
    assert len(pipelines) > 1
    for pipeline in pipelines:
        editor = make(
            field_of("deal_stage_id", "dropdown"), module="deals", of=lambda _name, found=pipeline["id"]: found
        )
        assert isinstance(editor, ChoiceEditor)
        options = editor.options()
        assert options is not None
        assert {option.value for option in options} == {stage["id"] for stage in pipeline["deal_stages"]}


def test_employees_are_ranges(make: Maker) -> None:
    editor = make(field_of("number_of_employees", "dropdown"), 51, module="sales_accounts")
    assert isinstance(editor, ChoiceEditor)
    assert editor.picker.text() == "51-200"
    options = editor.options()
    assert options is not None and [option.value for option in options][-1] == 10001


def test_a_check_box_is_three_valued_where_it_may_be_blank(make: Maker, qtbot: Any) -> None:
    editor = make(field_of("cf_check", "checkbox"), None)
    assert isinstance(editor, CheckboxEditor)
    seen = []
    for _ in range(3):
        qtbot.keyClick(editor.box, Qt.Key.Key_Space)
        seen.append(editor.value())
    assert set(seen) == {True, False, None}
    required = make(field_of("cf_check", "checkbox", required=True), False)
    assert isinstance(required, CheckboxEditor)
    qtbot.keyClick(required.box, Qt.Key.Key_Space)
    qtbot.keyClick(required.box, Qt.Key.Key_Space)
    assert required.value() is False


def test_radio_buttons(make: Maker, qtbot: Any) -> None:
    editor = make(field_of("cf_radio", "radio", choices=CHOICES), "Red")
    assert isinstance(editor, RadioEditor)
    editor.begin()
    qtbot.keyClick(editor.buttons[0], Qt.Key.Key_Down)
    qtbot.keyClick(editor.buttons[1], Qt.Key.Key_Space)
    assert editor.value() == "Reddish"
    qtbot.keyClick(editor.buttons[1], Qt.Key.Key_Delete)
    assert editor.value() is None


def test_chips_are_added_and_taken_away(make: Maker, qtbot: Any) -> None:
    editor = make(field_of("cf_multi", "multi_select_dropdown", choices=CHOICES), ["Red"])
    assert isinstance(editor, ChipsEditor)
    heard = Heard(editor)
    editor.begin()
    qtbot.keyClicks(editor.picker, "blue; pale")
    assert [option.value for option in editor.picker.model.options] == ["Blue; pale"]
    qtbot.keyClick(editor.picker.view, Qt.Key.Key_Return)
    assert editor.value() == ["Red", "Blue; pale"] and len(editor.chips) == 2
    editor.picker.close_list()
    qtbot.keyClick(editor.picker, Qt.Key.Key_Backspace)
    assert editor.value() == ["Red"]
    editor.chips[0].click()
    assert editor.value() is None and not heard.committed
    qtbot.keyClick(editor.picker, Qt.Key.Key_Return)
    assert heard.committed == [None]


def test_tags_are_typed(make: Maker, qtbot: Any) -> None:
    editor = make(field_of("tags"), ["old"])
    assert isinstance(editor, ChipsEditor)
    heard = Heard(editor)
    editor.begin()
    qtbot.keyClicks(editor.picker, "new one,two")
    assert editor.value() == ["old", "new one", "two"]
    qtbot.keyClick(editor.picker, Qt.Key.Key_Return)
    qtbot.keyClick(editor.picker, Qt.Key.Key_Return)
    assert heard.committed == [["old", "new one", "two"]]


def test_addresses_are_added_removed_and_made_primary(make: Maker, qtbot: Any) -> None:
    editor = make(field_of("emails", "group_field", label="E-mails"), [{"value": "a@example.com", "is_primary": True}])
    assert isinstance(editor, GroupEditor)
    heard = Heard(editor)
    qtbot.keyClick(editor.add_button, Qt.Key.Key_Return)
    assert len(editor.entries) == 2 and not heard.committed
    qtbot.keyClicks(editor.entries[1].line, "b@example")
    editor.entries[1].primary.click()
    assert not editor.commit() and "b@example" in editor.problem()
    qtbot.keyClicks(editor.entries[1].line, ".com")
    assert editor.commit()
    assert heard.committed == [
        [{"value": "a@example.com", "is_primary": False}, {"value": "b@example.com", "is_primary": True}]
    ]
    editor.entries[1].remove.click()
    assert editor.value() == [{"value": "a@example.com", "is_primary": True}]


def test_a_day_is_typed_or_picked(make: Maker, qtbot: Any) -> None:
    editor = make(field_of("cf_date", "date"), "2026-11-20")
    assert isinstance(editor, DateEditor)
    heard = Heard(editor)
    qtbot.keyClick(editor.line, Qt.Key.Key_F4)
    assert editor.open_list() and editor.calendar is not None
    day = editor.calendar.days.selectedDate()
    assert (day.year(), day.month(), day.day()) == (2026, 11, 20)
    editor.calendar.days.clicked.emit(day.addDays(3))
    assert editor.value() == "2026-11-23" and not editor.open_list()
    qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    assert heard.committed == ["2026-11-23"]


def test_a_moment_is_in_the_persons_zone(make: Maker, qtbot: Any) -> None:
    from zoneinfo import ZoneInfo

    editor = make(field_of("cf_time", "date_time"), "2026-07-01T10:00:00Z", zone=ZoneInfo("Europe/Berlin"))
    assert isinstance(editor, TimeEditor)
    assert editor.line.text() == "2026-07-01 12:00"
    editor.begin()
    qtbot.keyClicks(editor.line, "2026-12-01 12:00")
    assert editor.value() == "2026-12-01T11:00:00Z"


@pytest.mark.parametrize(
    ("name", "type_", "value"),
    [
        ("cf_number", "number", 5),
        ("cf_date", "date", "2026-11-20"),
        ("cf_choice", "dropdown", "Red"),
        ("cf_radio", "radio", "Red"),
        ("cf_check", "checkbox", True),
        ("cf_area", "textarea", "one\ntwo"),
        ("emails", "group_field", [{"value": "a@example.com", "is_primary": True}]),
    ],
)
def test_the_wheel_changes_nothing(make: Maker, name: str, type_: str, value: Any) -> None:
    editor = make(field_of(name, type_, choices=CHOICES if type_ in ("dropdown", "radio") else ()), value)
    for part in (editor, *editor.findChildren(QWidget)):
        event = QWheelEvent(
            QPointF(5, 5),
            QPointF(part.mapToGlobal(QPoint(5, 5))),
            QPoint(0, 0),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(part, event)
    assert editor.value() == value and not editor.touched
