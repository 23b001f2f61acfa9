"""The few settings: colours, density, and the share of the hour that is kept for others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QSpinBox

from crmdesk.ui.theme.theme import SCHEMES
from crmdesk.ui.widgets import Button, NoteBox, label
from crmdesk.ui.window.dialogs import Dialog

if TYPE_CHECKING:
    from crmdesk.profiles.profile import Profile
    from crmdesk.ui.application import Application
    from crmdesk.ui.window.frame import Frame


class SettingsDialog(Dialog):
    """Colours and density act at once; the budget's share is saved with the account."""

    def __init__(self, app: Application, frame: Frame) -> None:
        super().__init__(frame.window, "Settings")
        self._app = app
        self._profile: Profile | None = None
        if frame.desk is not None:
            self._profile = app.accounts.by_id(frame.desk.account.profile_id)
        self.scheme = QComboBox()
        self.scheme.addItems(["As the system", "Light", "Dark"])
        self.scheme.setAccessibleName("Colours")
        self.scheme.setCurrentIndex(SCHEMES.index(app.theme.scheme))
        self.scheme.currentIndexChanged.connect(lambda at: app.choose_theme(SCHEMES[at]))
        self.dense = QCheckBox("Dense rows")
        self.dense.setChecked(app.theme.dense)
        self.dense.toggled.connect(app.choose_density)
        self.kept = QSpinBox()
        self.kept.setRange(0, 90)
        self.kept.setSuffix(" % of the hour")
        self.kept.setAccessibleName("Requests kept for others")
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        form.addRow(label("Colours", "muted"), self.scheme)
        form.addRow(label("Tables", "muted"), self.dense)
        self.note = NoteBox()
        if self._profile is not None:
            self.kept.setValue(self._profile.reserve_percent)
            form.addRow(label("Kept for others", "muted"), self.kept)
            self.note.set(
                "",
                f"{self._profile.name} allows {self._profile.hourly_limit:,} requests an hour for everything "
                "that uses it. This share is left to other integrations; CRMDesk does not touch it.",
            )
            self.body.addLayout(form)
            self.body.addWidget(self.note)
        else:
            self.body.addLayout(form)
        self.add_button(Button("Close", self.accept, role="primary"), default=True)
        self.finished.connect(self._save_share)

    def _save_share(self, _code: int) -> None:
        profile = self._profile
        if profile is not None and profile.reserve_percent != self.kept.value():
            changed = replace(profile, reserve_percent=self.kept.value())
            self._app.tasks.start(self._save(changed), title="Saving the settings")

    async def _save(self, profile: Profile) -> None:
        await self._app.accounts.save(profile, None)
        await self._app.opening.profile_changed(profile, None)
