"""The first page: connect an account, or try it with sample data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from crmdesk.ui.connect.connecting import connect_form, test_form
from crmdesk.ui.connect.profile_form import ProfileForm
from crmdesk.ui.widgets import Button, Line, SectionTitle, label

if TYPE_CHECKING:
    from crmdesk.profiles.profile import Profile
    from crmdesk.ui.application import Application
    from crmdesk.ui.window.frame import Frame


class WelcomePage(QScrollArea):
    """Two ways on, side by side; saved accounts too, when there are some."""

    def __init__(self, app: Application, frame: Frame) -> None:
        super().__init__()
        self._app = app
        self._frame = frame
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Welcome")
        self.form = ProfileForm(app.theme)
        self.connect_button = Button("Connect", self._connect, role="primary")
        self.test_button = Button("Test connection", self._test)
        self.sample_button = Button(
            "Try it with sample data", lambda: app.opening.open_sample(frame), icon=app.theme.icon("sample")
        )
        body = QWidget()
        body.setObjectName("page")
        page = QVBoxLayout(body)
        page.setContentsMargins(24, 64, 24, 24)
        row = QHBoxLayout()
        row.setSpacing(32)
        row.addStretch(1)
        row.addWidget(self._account_side(), 43)
        row.addWidget(Line(vertical=True))
        row.addWidget(self._sample_side(), 33)
        row.addStretch(1)
        # The line between the two sides ends with the longer one.
        page.addLayout(row)
        page.addStretch(1)
        self.setWidget(body)
        for field in (self.form.name, self.form.alias, self.form.key):
            field.returnPressed.connect(self._connect)

    def focus_first(self) -> None:
        """Put the keyboard into the first field."""
        self.form.name.setFocus()

    def _account_side(self) -> QWidget:
        side = QWidget()
        side.setMinimumWidth(330)
        side.setMaximumWidth(430)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(label("Connect an account", "title"))
        column.addWidget(
            label(
                "CRMDesk works through the CRM's own interface, with an API key of yours. The key is kept in "
                "this computer's keyring and is sent to the account's address only.",
                "muted",
                wrap=True,
            )
        )
        column.addSpacing(4)
        column.addWidget(self.form)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.connect_button)
        buttons.addWidget(self.test_button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        column.addStretch(1)
        return side

    def _sample_side(self) -> QWidget:
        side = QWidget()
        side.setMinimumWidth(210)
        side.setMaximumWidth(330)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(label("Or look around first", "title"))
        column.addWidget(
            label(
                "A small CRM starts on this computer, with some thousand invented contacts, accounts and "
                "deals. Nothing leaves the computer, and everything can be tried: browsing, handing records "
                "over, undo.",
                "muted",
                wrap=True,
            )
        )
        column.addWidget(self.sample_button)
        profiles = self._app.accounts.profiles()
        if profiles:
            column.addSpacing(16)
            column.addWidget(SectionTitle("Saved accounts"))
            for profile in profiles:
                column.addWidget(self._saved(profile))
        column.addStretch(1)
        return side

    def _saved(self, profile: Profile) -> Button:
        return Button(
            profile.name,
            lambda: self._app.opening.open_profile(self._frame, profile),
            role="link",
            icon=self._app.theme.icon("profile", "accent"),
        )

    def _busy(self, busy: bool) -> None:
        self.form.hold(busy, self.connect_button, self.test_button)

    def _connect(self) -> None:
        if self.connect_button.isEnabled():
            self._busy(True)
            self._app.tasks.start(
                connect_form(self._app, self._frame, self.form),
                owner=self,
                title="Connecting",
                on_done=lambda _ok: self._busy(False),
                on_failed=self._failed,
            )

    def _test(self) -> None:
        self._busy(True)
        self._app.tasks.start(
            test_form(self._app, self.form),
            owner=self,
            title="Testing the connection",
            on_done=lambda _ok: self._busy(False),
            on_failed=self._failed,
        )

    def _failed(self, error: BaseException) -> None:
        self._busy(False)
        self.form.show_error(error)
        self._app.failures.tell_bug(error)
