"""A new key for the account in a window, after the old one was refused or is not at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit

from crmdesk.config.errors import CrmDeskError, InputError
from crmdesk.ui.connect.connecting import tell_key_place
from crmdesk.ui.connect.profile_form import KEY_HELP, KeyField
from crmdesk.ui.widgets import Button, NoteBox, label
from crmdesk.ui.window.dialogs import Dialog

if TYPE_CHECKING:
    from crmdesk.profiles.connection_test import ConnectionResult
    from crmdesk.profiles.vault import SecretItem
    from crmdesk.ui.application import Application
    from crmdesk.ui.window.desk import AccountDesk
    from crmdesk.ui.window.frame import Frame


class KeyDialog(Dialog):
    """Asks for a key (and the bundle alias, when it is not known), tests it, and goes on with it."""

    def __init__(self, app: Application, frame: Frame, desk: AccountDesk) -> None:
        super().__init__(frame.window, f"A new key for {desk.account_name}")
        self._app = app
        self._frame = frame
        self._desk = desk
        self._alias = QLineEdit()
        self._alias.setAccessibleName("Bundle alias")
        self._alias.setPlaceholderText("acme.myfreshworks.com/crm/sales")
        self.key = KeyField(app.theme)
        if desk.attached:
            self.body.addWidget(label(f"It is sent to {desk.account.host} only.", "muted", wrap=True))
        else:
            # Not the remembered address: it lies in a file, and a key must not follow an edited file.
            name = label("&Bundle alias", "muted")
            name.setBuddy(self._alias)
            self.body.addWidget(name)
            self.body.addWidget(self._alias)
        name = label("API &key", "muted")
        name.setBuddy(self.key)
        self.body.addWidget(name)
        self.body.addWidget(self.key)
        self.body.addWidget(label(KEY_HELP, "small", wrap=True))
        self.note = NoteBox()
        self.note.hide()
        self.body.addWidget(self.note)
        self.add_button(Button("Cancel", self.reject))
        self._use = self.add_button(Button("Test and use", self._go, role="primary"), default=True)
        (self.key if desk.attached else self._alias).setFocus()

    def _go(self) -> None:
        self._use.setEnabled(False)
        self.note.set("", "Asking the account…")
        self.note.show()
        self._app.tasks.start(self._test(), owner=self, on_done=self._tested, on_failed=self._failed)

    async def _test(self) -> tuple[SecretItem, ConnectionResult, CrmDeskError | None]:
        from crmdesk.crm.address import parse_bundle_alias
        from crmdesk.profiles.connection_test import check_connection
        from crmdesk.profiles.vault import SecretItem

        key = self.key.text().strip()
        if not key:
            raise InputError("The API key is missing.")
        profile = self._app.accounts.by_id(self._desk.account.profile_id)
        allowed = self._app.accounts.allowed_hosts(profile)
        alias = self._desk.session.address.url if self._desk.attached else self._alias.text()
        address = parse_bundle_alias(alias, allowed)
        secret = SecretItem(address.url, key)
        found = await check_connection(address, key)
        trouble = None
        if found.ok and profile is not None:
            trouble = await self._app.accounts.keep(profile.id, secret)
        return secret, found, trouble

    def _tested(self, result: tuple[SecretItem, ConnectionResult, CrmDeskError | None]) -> None:
        secret, found, trouble = result
        self._use.setEnabled(True)
        if not found.ok:
            self.note.set(found.message, found.remedy, "warning")
            return
        self.accept()
        tell_key_place(self._frame, self._desk.account_name, trouble)
        self._app.tasks.start(
            self._app.opening.use_key(self._frame, secret), owner=self._frame.window, title="Using the new key"
        )

    def _failed(self, error: BaseException) -> None:
        self._use.setEnabled(True)
        self.note.set(str(error), getattr(error, "remedy", ""), "warning")
