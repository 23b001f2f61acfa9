"""A dialog for one account: a new one, or one that is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmdesk.config.errors import CrmDeskError
from crmdesk.ui.connect.connecting import connect_form, tell_key_place, test_form
from crmdesk.ui.connect.profile_form import ProfileForm
from crmdesk.ui.widgets import Button
from crmdesk.ui.window.dialogs import Dialog

if TYPE_CHECKING:
    from crmdesk.profiles.profile import Profile
    from crmdesk.ui.application import Application
    from crmdesk.ui.window.frame import Frame


class ProfileDialog(Dialog):
    """Connect a new account (tests, saves, opens), or edit one (saves; the key only if one is typed)."""

    def __init__(self, app: Application, frame: Frame, profile: Profile | None = None) -> None:
        title = "Connect an account" if profile is None else f"Edit {profile.name}"
        super().__init__(frame.window, title, width=500)
        self._app = app
        self._frame = frame
        self._profile = profile
        self.form = ProfileForm(app.theme, profile)
        self.body.addWidget(self.form)
        self._test_button = Button("Test connection", self._test)
        self.buttons.insertWidget(0, self._test_button)
        self.add_button(Button("Cancel", self.reject))
        word = "Connect" if profile is None else "Save"
        self._go_button = self.add_button(Button(word, self._go, role="primary"), default=True)
        self.form.name.setFocus()

    def _busy(self, busy: bool) -> None:
        self.form.hold(busy, self._go_button, self._test_button)

    def _test(self) -> None:
        self._busy(True)
        self._app.tasks.start(
            test_form(self._app, self.form),
            owner=self,
            on_done=lambda _ok: self._busy(False),
            on_failed=self._failed,
        )

    def _go(self) -> None:
        self._busy(True)
        work = connect_form(self._app, self._frame, self.form) if self._profile is None else self._save()
        self._app.tasks.start(work, owner=self, on_done=self._gone, on_failed=self._failed)

    async def _save(self) -> bool:
        try:
            entered = self.form.entered()
            trouble = await self._app.accounts.save(entered.profile, entered.secret)
        except CrmDeskError as error:
            self.form.show_error(error)
            return False
        tell_key_place(self._frame, entered.profile.name, trouble)
        await self._app.opening.profile_changed(entered.profile, entered.secret)
        return True

    def _gone(self, went_well: bool) -> None:
        self._busy(False)
        if went_well:
            self.accept()

    def _failed(self, error: BaseException) -> None:
        self._busy(False)
        self.form.show_error(error)
