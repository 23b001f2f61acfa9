"""Files of a record: dropped, sent once, fetched without the key, the same bytes."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk
from tests.ui.parts.conftest import OpenPart, good, read
from tests.ui.record.conftest import settled


def drop(view: object, *paths: Path) -> None:
    """Files of this machine are dropped on the list."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(20, 20), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    view.dropEvent(event)  # type: ignore[attr-defined]


def test_what_is_dropped_waits_can_be_cancelled_is_sent_and_comes_back_the_same(
    desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart, tmp_path: Path
) -> None:
    body = os.urandom(700_000)
    first, second = tmp_path / "Größe & Preis.bin", tmp_path / "not this.txt"
    first.write_bytes(body)
    second.write_text("no")
    view = open_part("contacts", "files")
    there = len(view.records)
    sandbox.clear_requests()
    drop(view, first, second, tmp_path)
    assert [file.path for file in view.uploads.files] == [first, second], "a folder is left out"
    assert view.uploads.isVisible() and "folder" in desk.messages[-1].text
    view.uploads.cancel(view.uploads.files[1])
    assert not sandbox.requests(), "nothing is sent before it is wanted"
    view.uploads.shared.click()
    view.uploads.go.click()
    desk.until(lambda: len(view.records) == there + 1)
    assert good(desk) == f"Uploaded {first.name}" and not view.uploads.files and view.uploads.isHidden()
    sent = [row for row in sandbox.requests() if row["method"] == "POST"]
    assert len(sent) == 1
    made = next(row for row in view.records if row.fields["name"] == first.name)
    assert view.list.row(made.id).entry.chips == ("Shared",)
    target = tmp_path / "back.bin"
    sandbox.clear_requests()
    view.fetch(made, target)
    desk.until(target.exists)
    settled(desk)
    assert target.read_bytes() == body
    assert not sandbox.requests(), "a file costs no request of the CRM"
    assert desk.messages[-1].text == "Saved back.bin"


def test_products_have_files_too(desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart, tmp_path: Path) -> None:
    path = tmp_path / "sheet.pdf"
    path.write_bytes(b"%PDF-1.4")
    view = open_part("products", "files")
    drop(view, path)
    view.uploads.go.click()
    desk.until(lambda: any(row.fields["name"] == "sheet.pdf" for row in view.records))
    read(desk, view)
    assert view.list.rows[0].entry.title == "sheet.pdf"


def test_an_upload_that_fails_is_told_and_not_sent_again(
    desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("a")
    view = open_part("deals", "files")
    there = len(view.records)
    drop(view, path)
    path.unlink()
    view.uploads.go.click()
    desk.until(lambda: not view.uploads.files)
    settled(desk)
    assert desk.messages[-1].tone != "good"
    assert len(view.records) == there


def test_what_would_run_is_saved_and_not_opened(desk: PlainDesk, open_part: OpenPart) -> None:
    view = open_part("contacts", "files")
    record = type(view.records[0])(view.records[0].spec, {**view.records[0].fields, "name": "gift.exe"}, {})
    asked: list[object] = []
    view.save_as = asked.append
    view.open_file(record)
    assert asked == [record] and "would run" in desk.messages[-1].text


def test_a_link_opens_only_as_a_page_of_the_web(desk: PlainDesk, open_part: OpenPart) -> None:
    view = open_part("contacts", "files")
    record = type(view.records[0])(view.records[0].spec, {"id": 1, "is_link": True, "url": "file:///etc/passwd"}, {})
    view.open_link(record)
    assert desk.messages[-1].tone == "warning"
