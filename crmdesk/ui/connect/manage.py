"""All saved accounts: open, edit, remove; and where each key is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.config.errors import CrmDeskError
from crmdesk.ui.connect.profile_dialog import ProfileDialog
from crmdesk.ui.widgets import Button, ElidedLabel, Line, Mark, NoteBox, label
from crmdesk.ui.window.dialogs import Dialog, choose

if TYPE_CHECKING:
    from crmdesk.profiles.profile import Profile
    from crmdesk.ui.application import Application
    from crmdesk.ui.window.frame import Frame


class ManageDialog(Dialog):
    """One row for each account."""

    def __init__(self, app: Application, frame: Frame) -> None:
        super().__init__(frame.window, "Accounts", width=700)
        self._app = app
        self._frame = frame
        self.note = NoteBox()
        self.note.hide()
        self.body.addWidget(self.note)
        self._rows = QWidget()
        self.body.addWidget(self._rows)
        self.buttons.insertWidget(0, Button("Connect an account…", self._connect))
        self.add_button(Button("Close", self.accept, role="primary"), default=True)
        self._draw()

    def _draw(self) -> None:
        rows = QWidget()
        column = QVBoxLayout(rows)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        profiles = self._app.accounts.profiles()
        for profile in profiles:
            column.addWidget(self._row(profile))
            column.addWidget(Line())
        if not profiles:
            column.addWidget(label("No account is saved yet.", "muted"))
        self.body.replaceWidget(self._rows, rows)
        self._rows.deleteLater()
        self._rows = rows

    def _row(self, profile: Profile) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(8)
        edge = QWidget()
        edge.setFixedSize(4, 34)
        edge.setStyleSheet(f"background: {profile.color}; border-radius: 2px;")
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(ElidedLabel(profile.name, "strong"))
        state = ElidedLabel("Looking for its key…", "small")
        words.addWidget(state)
        row.addWidget(edge)
        row.addLayout(words, 1)
        row.addWidget(Mark(profile.kind.upper(), "warning" if profile.production else ""))
        here = self._frame.desk.account.profile_id if self._frame.desk is not None else ""
        for word, run in (
            ("Open", lambda: self._open(profile)),
            ("Edit…", lambda: self._edit(profile)),
            ("Remove…", lambda: self._remove(profile)),
        ):
            button = Button(word, run)
            button.setAccessibleName(f"{word.rstrip('…')} {profile.name}")
            if word == "Open" and profile.id == here:
                button.setEnabled(False)
                button.setToolTip("It is open in this window")
            row.addWidget(button)
        self._app.tasks.start(
            self._app.accounts.key_state(profile),
            owner=holder,
            on_done=lambda found: state.setText(f"{profile.hourly_limit:,} requests an hour · key: {found}"),
            on_failed=lambda error: state.setText(f"key: {error}"),
        )
        return holder

    def _open(self, profile: Profile) -> None:
        self.accept()
        self._app.opening.open_profile(self._frame, profile)

    def _edit(self, profile: Profile) -> None:
        dialog = ProfileDialog(self._app, self._frame, profile)
        dialog.accepted.connect(self._draw)
        dialog.open()

    def _connect(self) -> None:
        self.accept()
        self._app.connect_account(self._frame)

    def _remove(self, profile: Profile) -> None:
        self._app.tasks.start(
            self._removing(profile), owner=self, on_done=lambda _: self._draw(), on_failed=self._failed
        )

    async def _removing(self, profile: Profile) -> None:
        answer = await choose(
            self,
            f"Remove {profile.name}?",
            "Its key is removed from the keyring. The journal of its jobs stays on this computer; "
            "nothing changes in the CRM.",
            [("Keep it", "plain"), (f"Remove {profile.name}", "danger")],
        )
        if answer != 1:
            return
        from crmdesk.profiles.errors import KeyringError

        try:
            await self._app.accounts.remove(profile)
        except KeyringError as error:
            anyway = await choose(
                self,
                "The key could not be removed",
                f"{error} {error.remedy}",
                [("Keep the account", "plain"), ("Remove the account, leave the key", "danger")],
            )
            if anyway != 1:
                return
            await self._app.accounts.remove(profile, leave_item=True)
        self._app.opening.profile_removed(profile)

    def _failed(self, error: BaseException) -> None:
        remedy = error.remedy if isinstance(error, CrmDeskError) else ""
        self.note.set(str(error), remedy, "warning")
        self.note.show()
