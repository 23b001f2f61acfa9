"""A record's sheet, its value labels, and a record in a tab of its own."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from crmdesk.ui.browse.fields import known_fields
from crmdesk.ui.browse.kind import make_record
from crmdesk.ui.browse.names import LiveNames
from crmdesk.ui.browse.values import Texts
from crmdesk.ui.record.sheet import State, make_sheet
from crmdesk.ui.record.value_label import BREAK, ValueLabel, breakable
from crmdesk.ui.record.workspace import RecordWorkspace
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk
from tests.ui.browse.pages import CONTACTS, NoDirectory, contact


def test_blank_and_not_loaded_are_told_apart() -> None:
    fields = known_fields(CONTACTS, None, [contact(1, cf_note="x", cf_plan="y")], lambda _key: None)
    row = contact(1, custom_field={"cf_note": None})
    texts = Texts(LiveNames(NoDirectory()))
    lines = {
        line.key: line
        for section in make_sheet(CONTACTS, row, fields, texts, complete=False).sections
        for line in section.lines
    }
    assert lines["cf_note"].state is State.BLANK and lines["cf_plan"].state is State.ABSENT
    complete = make_sheet(CONTACTS, row, fields, texts, complete=True)
    assert complete.absent == ("Plan",)
    assert "cf_plan" not in [line.key for section in complete.sections for line in section.lines]


def test_values_wrap_anywhere_and_are_copied_as_they_are(qtbot: Any) -> None:
    address = "https://example.com/" + "a" * 80
    label = ValueLabel()
    qtbot.addWidget(label)
    label.show_value(address)
    assert label.textFormat() == Qt.TextFormat.PlainText
    label.resize(150, 200)
    label.show()
    assert BREAK in label.text()
    widths = [label.fontMetrics().horizontalAdvance(part) for part in label.text().split(BREAK)]
    assert max(widths) <= label.contentsRect().width()
    label.resize(2000, 200)
    assert BREAK not in label.text(), "it fits on one line now"
    label.resize(150, 200)
    label.setSelection(0, len(label.text()))
    label.copy_selected()
    assert QGuiApplication.clipboard().text() == address


def test_words_break_behind_the_signs_of_addresses_and_never_inside_a_letter() -> None:
    def ten(part: str) -> bool:
        return len(part) <= 10

    assert breakable("short words stay", ten) == "short words stay"
    assert breakable("person4@example.co", ten).split(BREAK) == ["person4@", "example.co"]
    assert breakable("a line\nabcdefghijklm", ten) == f"a line\nabcdefghij{BREAK}klm"
    marked = "e\u0301" * 8
    assert all(piece.startswith("e") for piece in breakable(marked, lambda part: len(part) <= 5).split(BREAK))
    assert breakable("\U0001f469\u200d\U0001f4bb" * 3, lambda part: len(part) <= 4).count(BREAK) == 2


def test_a_record_in_its_own_tab_is_read_once(desk: PlainDesk, sandbox: SandboxProcess, qtbot: Any) -> None:
    record_id = next(iter(sandbox.records("contacts")))
    sandbox.clear_requests()
    work = make_record(desk, {"module": "contacts", "id": record_id, "label": "Somebody"})
    assert isinstance(work, RecordWorkspace)
    qtbot.addWidget(work)
    desk.until(lambda: work.inspected.panel.sheet is not None, "the record")
    desk.until(lambda: desk.tasks.under_way == 0)
    read = [r for r in sandbox.requests() if r["path"].endswith(f"/contacts/{record_id}")]
    assert len(read) == 1
    stored = sandbox.record("contacts", record_id)
    assert work.inspected.panel.sheet is not None
    assert work.inspected.panel.sheet.title == stored["display_name"]


def test_a_record_that_is_gone_says_so(desk: PlainDesk, sandbox: SandboxProcess, qtbot: Any) -> None:
    work = make_record(desk, {"module": "contacts", "id": 99, "label": "Gone"})
    assert isinstance(work, RecordWorkspace)
    qtbot.addWidget(work)
    desk.until(lambda: not work.inspected.loading)
    assert work.inspected.panel.sheet is None and work.inspected.panel.note.isVisibleTo(work)
