"""Files and links of a record: uploaded by a click or dropped there, downloaded without the key, opened.

The CRM keeps files on another host. The API has no request to delete a file or to make a link.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from crmdesk.crm.downloads import download, safe_name
from crmdesk.crm.kinds import Kind
from crmdesk.crm.paging import Record
from crmdesk.crm.values import whole
from crmdesk.ui.parts.entries import Act, Entry
from crmdesk.ui.parts.page import PartView, Place
from crmdesk.ui.widgets import Button, ElidedLabel, Message, label

LOOK_MS = 100
SHARED_KEY = "parts.files.shared"
# What a double click would run rather than show: saved, never opened from here.
RUNS = frozenset(
    (
        *("exe", "com", "bat", "cmd", "msi", "scr", "ps1", "vbs", "vbe", "js", "jse", "wsf", "wsh", "hta", "jar"),
        *("lnk", "reg", "cpl", "msc", "pif", "sh", "command", "app", "dmg", "pkg", "desktop"),
    )
)


def size_text(size: int) -> str:
    """`2.3 MB`; thousands, as file managers show them."""
    if size < 1000:
        return "1 byte" if size == 1 else f"{size} bytes"
    for unit in ("kB", "MB", "GB"):
        shown = size / 1000 ** (("kB", "MB", "GB").index(unit) + 1)
        if shown < 1000 or unit == "GB":
            break
    return f"{shown:.1f} {unit}"


@dataclass
class Waiting:
    """A file that is to be uploaded. `job` while it is being sent."""

    path: Path
    size: int
    job: int | None = None
    begun: bool = False
    widgets: dict[str, QWidget] = field(default_factory=dict)


class Uploads(QWidget):
    """Files that were chosen and are not sent yet, and those that are on their way."""

    def __init__(self, view: FilesView) -> None:
        super().__init__()
        self._view = view
        self._desk = view.desk
        self.files: list[Waiting] = []
        self.setAccessibleName("Files to upload")
        self.setProperty("ground", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 10, 16, 10)
        self._column.setSpacing(6)
        self.rows = QVBoxLayout()
        self.rows.setSpacing(6)
        self.shared = QCheckBox("Shared: others can open it by its link")
        self.shared.setChecked(bool(self._desk.memory.get(SHARED_KEY, False)))
        self.shared.clicked.connect(lambda on: self._desk.memory.set(SHARED_KEY, bool(on)))
        self.go = Button("Upload", self.start, role="primary")
        self.drop_all = Button("Cancel", self._give_up)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.go)
        line.addWidget(self.drop_all)
        line.addStretch(1)
        self._column.addLayout(self.rows)
        self._column.addWidget(self.shared)
        self._column.addLayout(line)
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._show_progress)
        self.hide()

    def offer(self, paths: Sequence[Path]) -> None:
        """Put files into the list; folders and what can't be read are told and left out."""
        for path in paths:
            try:
                if path.is_dir():
                    self._desk.say(Message(f"“{path.name}” is a folder", "Folders can’t be uploaded.", tone="warning"))
                    continue
                size = path.stat().st_size
            except OSError as error:
                self._desk.say(Message(f"“{path.name}” can’t be read", str(error), tone="warning"))
                continue
            if any(file.path == path for file in self.files):
                continue
            self._add(Waiting(path, size))
        self._show()

    def _add(self, file: Waiting) -> None:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(ElidedLabel(file.path.name), 1)
        size = label(size_text(file.size), "small")
        line.addWidget(size)
        bar = QProgressBar()
        bar.setTextVisible(False)
        bar.setRange(0, 0)
        bar.setFixedWidth(96)
        bar.setAccessibleName(f"Uploading {file.path.name}")
        bar.hide()
        line.addWidget(bar)
        cancel = Button("Remove", partial(self.cancel, file), role="link", hint="It is not uploaded")
        cancel.setAccessibleName(f"Don’t upload {file.path.name}")
        line.addWidget(cancel)
        file.widgets = {"row": row, "size": size, "bar": bar, "cancel": cancel}
        self.files.append(file)
        self.rows.addWidget(row)

    def cancel(self, file: Waiting) -> None:
        """Take a file out again that is not being sent."""
        if file.begun or file not in self.files:
            return
        self._drop(file)

    def _drop(self, file: Waiting) -> None:
        self.files.remove(file)
        row = file.widgets["row"]
        row.hide()
        self.rows.removeWidget(row)
        row.deleteLater()
        self._show()

    def _give_up(self) -> None:
        for file in [file for file in self.files if not file.begun]:
            self._drop(file)

    def _show(self) -> None:
        self.setVisible(bool(self.files))
        resting = [file for file in self.files if not file.begun]
        self.go.setText("Upload" if len(resting) <= 1 else f"Upload {len(resting)} files")
        for part in (self.go, self.drop_all, self.shared):
            part.setVisible(bool(resting))
        if not self.files:
            self._look.stop()
        self._view.draw()

    def start(self) -> None:
        """Send the first that rests; the others follow one by one."""
        file = next((file for file in self.files if not file.begun), None)
        if file is None or any(other.begun for other in self.files):
            return
        file.begun = True
        file.widgets["cancel"].hide()
        file.widgets["bar"].show()
        self._show()
        self._look.start()
        self._view.upload(file, shared=self.shared.isChecked(), ended=partial(self._ended, file))

    def _ended(self, file: Waiting, good: bool) -> None:
        if good:
            self._drop(file)
            self.start()
            return
        # Whether it arrived may not be known: it is not offered to be sent again by itself.
        self._drop(file)

    def _show_progress(self) -> None:
        for file in self.files:
            if file.job is None:
                continue
            told = getattr(self._desk.session.jobs.progress(file.job), "uploaded", None)
            bar = file.widgets["bar"]
            if isinstance(bar, QProgressBar) and told is not None and told[1]:
                bar.setRange(0, 1000)
                bar.setValue(round(1000 * told[0] / told[1]))


class FilesView(PartView):
    """What is kept beside the record."""

    name = rows_module = "files"
    add_text = "Upload…"
    empty = ("No files yet", "Drop a file here, or choose one to upload.")

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.uploads = Uploads(self)
        self.inside.insertWidget(0, self.uploads)
        self.setAcceptDrops(True)
        self._over = False
        self.moving: dict[object, QProgressBar] = {}
        self.downloads = QWidget()
        self._moving_column = QVBoxLayout(self.downloads)
        self._moving_column.setContentsMargins(16, 8, 16, 8)
        self.downloads.hide()
        self.inside.insertWidget(1, self.downloads)

    def entry(self, record: Record) -> Entry:
        """Name and size; who added it, when; shared or not."""
        held = record.fields
        added = self.when(held.get("created_at"))
        told = (f"added {added}" if added else "", self.user(whole(held.get("creater_id"))))
        meta = " · ".join(part for part in told if part)
        if held.get("is_link"):
            act = Act("Open", partial(self.open_link, record), "open", "Opens in the browser")
            return Entry(("link", record.id), self.label_of(record), "", meta, chips=("Link",), acts=(act,))
        size = whole(held.get("content_file_size"))
        return Entry(
            record.id,
            self.label_of(record),
            str(held.get("content_file_size_readable") or (size_text(size) if size is not None else "")),
            meta,
            chips=("Shared",) if held.get("is_shared") else (),
            acts=(
                Act("Open", partial(self.open_file, record), "open"),
                Act("Save as…", partial(self.save_as, record), "edit"),
            ),
        )

    def label_of(self, record: Record) -> str:
        """The name as it is shown; it may hold anything."""
        held = record.fields
        return str(held.get("name") or held.get("file_name") or held.get("url") or f"File {record.id}")

    # -- up ------------------------------------------------------------------------------------

    def add(self) -> None:
        """Choose files."""
        dialog = QFileDialog(self, "Upload files")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(lambda names: self.uploads.offer([Path(name) for name in names]))
        dialog.open()

    def upload(self, file: Waiting, *, shared: bool, ended: Any) -> None:
        """Send a file: a plan of one creation, which is never sent twice."""
        values = {
            "path": str(file.path),
            "file_name": file.path.name,
            "content_type": mimetypes.guess_type(file.path.name)[0] or "application/octet-stream",
            "is_shared": shared,
            **self.place.target,
        }
        kinds = {"is_shared": Kind.CHECKBOX, "targetable_id": Kind.LOOKUP}

        def started(job: int) -> None:
            file.job = job

        def then(good: bool) -> None:
            ended(good)
            self.changed(good)

        self.doer.create("files", values, kinds, file.path.name, f"Uploaded {file.path.name}", then, started=started)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files of this machine can be dropped."""
        if _files_of(event):
            event.acceptProposedAction()
            self.hint.setText("Drop to upload")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """They went away again."""
        super().dragLeaveEvent(event)
        self.hint.setText(self.cost)

    def dropEvent(self, event: QDropEvent) -> None:
        """They wait for a click: an upload can't be taken back."""
        self.hint.setText(self.cost)
        paths = _files_of(event)
        if paths:
            event.acceptProposedAction()
            self.uploads.offer(paths)

    # -- down ----------------------------------------------------------------------------------

    def save_as(self, record: Record) -> None:
        """Ask where, then fetch it to there."""
        name = safe_name(self.label_of(record))
        dialog = QFileDialog(self, "Save the file", name)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.fetch(record, Path(path)))
        dialog.open()

    def open_file(self, record: Record) -> None:
        """Fetch it into a folder of its own and open it; what would run is only saved."""
        name = safe_name(self.label_of(record))
        if Path(name).suffix.lstrip(".").lower() in RUNS:
            self.desk.say(Message(f"“{name}” would run on this computer", "It can be saved, not opened from here."))
            self.save_as(record)
            return
        path = Path(mkdtemp(prefix="crmdesk-")) / name
        self.fetch(record, path, then=lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))))

    def fetch(self, record: Record, path: Path, then: Any = None) -> None:
        """Fetch a file; no request of the CRM is spent, and no key goes along."""
        name = self.label_of(record)
        bar = QProgressBar()
        bar.setTextVisible(False)
        bar.setRange(0, 0)
        bar.setAccessibleName(f"Fetching {name}")
        self._moving_column.addWidget(bar)
        self.downloads.show()

        def progress(got: int, total: int) -> None:
            if total:
                bar.setRange(0, 1000)
                bar.setValue(round(1000 * got / total))

        def ended() -> None:
            bar.hide()
            self._moving_column.removeWidget(bar)
            bar.deleteLater()
            self.downloads.setVisible(self._moving_column.count() > 0)

        def done(saved: Path) -> None:
            ended()
            if then is not None:
                then()
            else:
                folder = QUrl.fromLocalFile(str(saved.parent))
                show = ("Show in folder", lambda: QDesktopServices.openUrl(folder))
                self.desk.say(Message(f"Saved {saved.name}", tone="good", actions=(show,), key="parts:saved"))

        def failed(error: BaseException) -> None:
            ended()
            self.desk.say_error(error, f"Fetching {name}", lambda: self.fetch(record, path, then))

        address = self.desk.session.client.address
        work = download(str(record.fields.get("url") or ""), path, progress, loopback=address.loopback)
        self.desk.tasks.start(work, owner=self, on_done=done, on_failed=failed)

    def open_link(self, record: Record) -> None:
        """Only pages of the web: a link of another kind could start a program."""
        url = str(record.fields.get("url") or "")
        if urlsplit(url).scheme in ("http", "https"):
            QDesktopServices.openUrl(QUrl(url))
        else:
            self.desk.say(Message("This link is no page of the web", url[:200], tone="warning"))


def _files_of(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
