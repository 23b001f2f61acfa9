"""Lookups: asked when typing rests, once for a text, never for one letter, and dropped when typing goes on."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt

from crmdesk.ui.editors.lookup import LookupEditor
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk
from tests.ui.editors.conftest import Maker, field_of

LOOKUP = field_of("cf_lookup", "auto_complete", lookup="contact")


def searches(desk: PlainDesk) -> list[str]:
    """The texts that were searched for."""
    return [url.params["q"] for url in desk.asked if url.path.endswith("/search")]


def known_name(sandbox: SandboxProcess) -> tuple[int, str]:
    """A contact whose name is plain letters."""
    for record_id, row in sandbox.records("contacts", "display_name").items():
        name = row["display_name"]
        if name.isascii() and len(name) > 6:
            return int(record_id), name
    raise AssertionError("no such contact")


def test_typing_searches_once_it_rests_and_enter_picks(
    desk: PlainDesk, make: Maker, sandbox: SandboxProcess, qtbot: Any
) -> None:
    record_id, name = known_name(sandbox)
    editor = make(LOOKUP, module="deals")
    assert isinstance(editor, LookupEditor)
    editor.begin()
    desk.asked.clear()
    for letter in name:
        qtbot.keyClick(editor.picker, letter)
    desk.until(lambda: any(o.value == record_id for o in editor.picker.model.options), "the contact")
    assert searches(desk) == [name], "one request for the whole text"
    row = [option.value for option in editor.picker.model.options].index(record_id)
    editor.picker.view.setCurrentIndex(editor.picker.view.model().index(row, 0))
    qtbot.keyClick(editor.picker.view, Qt.Key.Key_Return)
    desk.until(lambda: editor.value() == record_id, "the pick")
    assert editor.picker.text() == name and str(record_id) in editor.id_label.text()
    editor.clear()
    assert editor.value() is None


def test_answers_are_kept_and_one_letter_is_not_asked_for(
    desk: PlainDesk, make: Maker, sandbox: SandboxProcess, qtbot: Any
) -> None:
    _, name = known_name(sandbox)
    editor = make(LOOKUP, module="deals")
    assert isinstance(editor, LookupEditor)
    editor.begin()
    desk.asked.clear()
    qtbot.keyClick(editor.picker, name[0])
    assert not editor.finder.busy
    qtbot.keyClicks(editor.picker, name[1:5])
    desk.until(lambda: searches(desk) and not editor.finder.busy)
    qtbot.keyClick(editor.picker, Qt.Key.Key_Backspace)
    qtbot.keyClicks(editor.picker, name[4])
    assert not editor.finder.busy, "the answer is known"
    assert searches(desk) == [name[:5]]


def test_typing_on_drops_the_question_before(desk: PlainDesk, make: Maker, qtbot: Any) -> None:
    editor = make(LOOKUP, module="deals")
    assert isinstance(editor, LookupEditor)
    editor.begin()
    desk.asked.clear()
    qtbot.keyClicks(editor.picker, "ab")
    desk.until(lambda: editor.finder._task is not None, "the first question")
    first = editor.finder._task
    qtbot.keyClicks(editor.picker, "c")
    desk.until(lambda: first is not None and first.done())
    assert first is not None and first.cancelled()
    desk.until(lambda: not editor.finder.busy)
    assert searches(desk)[-1] == "abc"


def test_the_name_of_a_value_is_asked_for_once(desk: PlainDesk, make: Maker, sandbox: SandboxProcess) -> None:
    record_id, name = known_name(sandbox)
    desk.asked.clear()
    editor = make(LOOKUP, record_id, module="deals")
    assert isinstance(editor, LookupEditor)
    assert editor.picker.text() == str(record_id)
    desk.until(lambda: editor.picker.text() == name, "the name")
    editor.set_value(record_id)
    assert editor.picker.text() == name and editor.value() == record_id
    assert len([url for url in desk.asked if url.path.endswith(f"/contacts/{record_id}")]) == 1


def test_a_text_that_was_not_picked_is_refused_and_an_id_is_taken(make: Maker) -> None:
    editor = make(LOOKUP, module="deals")
    assert isinstance(editor, LookupEditor)
    editor.picker.setText("somebody")
    editor.touch()
    assert not editor.commit() and "somebody" in editor.problem()
    editor.picker.setText("2000003516")
    editor.touch()
    assert editor.commit() and editor.value() == 2000003516


def test_a_search_that_fails_is_told_and_the_text_stays(
    desk: PlainDesk, make: Maker, sandbox: SandboxProcess, qtbot: Any
) -> None:
    editor = make(LOOKUP, module="deals")
    assert isinstance(editor, LookupEditor)
    sandbox.faults("status=403:1")
    editor.begin()
    qtbot.keyClicks(editor.picker, "jan")
    desk.until(editor.problem, "the problem")
    assert editor.picker.text() == "jan"
