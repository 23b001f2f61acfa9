"""Which account a window shows: remembered, chosen, sample data; and how it is opened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crmdesk.config.errors import CrmDeskError
from crmdesk.ui.closing import leave
from crmdesk.ui.widgets import Button, EmptyState, Message
from crmdesk.ui.window.account import Account
from crmdesk.ui.window.desk import AccountDesk
from crmdesk.ui.window.frame import Frame
from crmdesk.ui.window.kinds import Kinds

if TYPE_CHECKING:
    from crmdesk.profiles.profile import Profile
    from crmdesk.profiles.vault import SecretItem
    from crmdesk.session import Session
    from crmdesk.ui.application import Application
    from crmdesk.ui.connect.demo import DemoSandbox

SAMPLE = Account("demo", "Sample data", "#17723D", False, "", "SAMPLE")
SecretSource = Callable[[], Awaitable["SecretItem"]]


@dataclass(frozen=True)
class Options:
    """What the command line asked for."""

    demo: bool = False
    profile: str = ""
    theme: str = ""


class Opening:
    """Opens accounts in windows. What is slow or may fail happens after the window shows what is remembered."""

    def __init__(self, app: Application, kinds: Kinds) -> None:
        self._app = app
        self._kinds = kinds
        self._demo: DemoSandbox | None = None

    async def stop_sample(self) -> None:
        """End the sandbox of the sample data, if one was started."""
        if self._demo is not None:
            await self._demo.stop()

    def first_account(self, frame: Frame, options: Options) -> Callable[[], None]:
        """Show what can be shown without waiting; answers what is to be done after the first paint."""
        if options.demo:
            self._new_desk(frame, SAMPLE)
            return lambda: self._open_later(frame, SAMPLE, self._demo_secret, None)
        given = self._app.accounts.from_environment()
        if given is not None:
            self._new_desk(frame, given)
            return lambda: self._open_later(frame, given, self._app.accounts.environment_secret, None)
        if options.profile:
            return self._named_account(frame, options.profile)
        account = self._remembered_account()
        if account is not None:
            self._new_desk(frame, account)
            return lambda: self._open_remembered(frame, account.profile_id)
        profile = self._app.accounts.last_used()
        if profile is not None:
            return self._named_account(frame, profile.name)
        self._app.show_welcome(frame)
        return lambda: None

    def _named_account(self, frame: Frame, name: str) -> Callable[[], None]:
        profile = self._app.accounts.find(name)
        if profile is None:
            self._app.show_welcome(frame)
            missing = Message(f"There is no profile named “{name}”.", tone="warning")
            return lambda: frame.window.say(missing)
        account = self.account_of(profile)
        self._new_desk(frame, account)
        return lambda: self._open_later(frame, account, lambda: self._app.accounts.secret(profile), profile)

    def _remembered_account(self) -> Account | None:
        """The account of the last time, from the window's own memory: the profiles are read later."""
        known = self._app.memory.get("last_account")
        if not isinstance(known, dict) or not known.get("id"):
            return None
        profile_id = str(known["id"])
        return Account(
            profile_id,
            str(known.get("name", "")),
            str(known.get("color", "")),
            bool(known.get("production", True)),
            str(self._app.memory.get(f"accounts.{profile_id}.address", "")),
            profile_id=profile_id,
        )

    def _open_remembered(self, frame: Frame, profile_id: str) -> None:
        profile = self._app.accounts.by_id(profile_id)
        if profile is None:
            self._app.memory.set("last_account", None)
            self._app.tasks.start(self._to_welcome(frame), owner=frame.window, title="Closing the account")
        elif frame.desk is not None:
            frame.desk.set_account(self.account_of(profile))
            self._open_later(frame, frame.desk.account, lambda: self._app.accounts.secret(profile), profile)

    def account_of(self, profile: Profile) -> Account:
        """The account as the window shows it; the address is the one it had the last time."""
        address = str(self._app.memory.get(f"accounts.{profile.id}.address", ""))
        return Account(profile.id, profile.name, profile.color, profile.production, address, profile_id=profile.id)

    def open_profile(self, frame: Frame, profile: Profile) -> None:
        """Show another account in this window; one that is open in another window is brought to the front."""
        for other in self._app.frames:
            if other.desk is not None and other.desk.account.profile_id == profile.id:
                other.window.raise_()
                other.window.activateWindow()
                if other is not frame or other.desk.attached:
                    return
        account = self.account_of(profile)
        self._switch_later(frame, account, lambda: self._app.accounts.secret(profile), profile)

    def open_connected(self, frame: Frame, profile: Profile, secret: SecretItem) -> None:
        """Show an account whose key the person has just typed."""
        self._switch_later(frame, self.account_of(profile), _known(secret), profile)

    def open_sample(self, frame: Frame) -> None:
        """Start a sandbox of our own in the background and open it."""
        self._switch_later(frame, SAMPLE, self._demo_secret, None)

    async def _demo_secret(self) -> SecretItem:
        from crmdesk.ui.connect.demo import DemoSandbox

        if self._demo is None:
            self._demo = DemoSandbox(self._app)
        return await self._demo.secret()

    def _new_desk(self, frame: Frame, account: Account) -> AccountDesk:
        corner = self._app.memory.part(f"accounts.{account.id}")
        frame.desk = AccountDesk(frame.window, account, corner, self._kinds)
        frame.desk.on_key_wanted(lambda: self.enter_key(frame))
        frame.desk.on_address_wanted(lambda address: self.enter_address(frame, address))
        frame.window.show_page(None)
        frame.window.sidebar.focus_list()
        frame.window.draw_commands()
        return frame.desk

    def _switch_later(self, frame: Frame, account: Account, source: SecretSource, profile: Profile | None) -> None:
        self._app.tasks.start(
            self._switch(frame, account, source, profile), owner=frame.window, title=f"Opening {account.name}"
        )

    async def _switch(self, frame: Frame, account: Account, source: SecretSource, profile: Profile | None) -> None:
        if not await leave(frame):
            return
        self._new_desk(frame, account)
        await self._open(frame, account, source, profile)

    def _open_later(self, frame: Frame, account: Account, source: SecretSource, profile: Profile | None) -> None:
        self._app.tasks.start(
            self._open(frame, account, source, profile), owner=frame.window, title=f"Opening {account.name}"
        )

    async def _open(self, frame: Frame, account: Account, source: SecretSource, profile: Profile | None) -> None:
        """Get the key, open the session, hand it to the desk; what fails is shown in the window's middle."""
        frame.opening += 1
        mine = frame.opening
        try:
            session = await self._session(source, profile)
        except CrmDeskError as error:
            if frame.opening == mine:
                self._show_not_open(frame, account, profile, error, source)
            return
        desk = frame.desk
        if frame.opening != mine or desk is None or desk.attached or desk.account.id != account.id:
            await session.close()
            return
        desk.set_address(session.address.url)
        if profile is not None:
            self._remember_account(profile)
        desk.attach(session)

    def _remember_account(self, profile: Profile) -> None:
        self._app.memory.set(
            "last_account",
            {
                "id": profile.id,
                "name": profile.name,
                "color": profile.color,
                "production": profile.production,
            },
        )
        self._app.tasks.start(self._app.accounts.used(profile), title="Remembering the account")

    async def _session(self, source: SecretSource, profile: Profile | None) -> Session:
        secret = await source()
        from crmdesk.crm.address import parse_bundle_alias
        from crmdesk.session import Session

        allowed = self._app.accounts.allowed_hosts(profile)
        address = parse_bundle_alias(secret.bundle_alias, allowed)
        return await Session.open(address, secret.api_key, profile=profile)

    def _show_not_open(
        self,
        frame: Frame,
        account: Account,
        profile: Profile | None,
        error: CrmDeskError,
        source: SecretSource,
    ) -> None:
        """The account could not be opened: say why in place, with what can be done."""
        again = Button("Try again", lambda: self._open_later(frame, account, source, profile), role="primary")
        buttons = [again]
        if profile is not None:
            buttons.append(Button("Enter the key", lambda: self.enter_key(frame)))
        frame.window.tabs.close_all()
        frame.window.tabs.set_blank(EmptyState(str(error), error.remedy, *buttons, icon=self._app.theme.icon("key")))
        frame.window.status.show_connection("offline", "not connected")

    def enter_key(self, frame: Frame) -> None:
        """Ask for a new key of the account in this window, and go on with it."""
        if frame.desk is not None:
            from crmdesk.ui.connect.key_dialog import KeyDialog

            KeyDialog(self._app, frame, frame.desk).open()

    def enter_address(self, frame: Frame, address: str) -> None:
        """Offer the address that the account has moved to; the key is typed anew, it goes nowhere by itself."""
        profile = self._app.accounts.by_id(frame.desk.account.profile_id) if frame.desk is not None else None
        if profile is not None:
            from crmdesk.ui.connect.profile_dialog import ProfileDialog

            dialog = ProfileDialog(self._app, frame, profile)
            dialog.form.offer_address(address)
            dialog.open()

    def disconnect(self, frame: Frame) -> None:
        """Close the account in this window and go back to the welcome page."""
        self._app.tasks.start(self._to_welcome(frame), owner=frame.window, title="Closing the account")

    async def use_key(self, frame: Frame, secret: SecretItem) -> None:
        """Go on with a new key: in the open session, or by opening the account with it."""
        desk = frame.desk
        if desk is None:
            return
        if desk.attached:
            desk.key_replaced()
            await desk.session.use_key(secret.api_key)
            await desk.session.connect()
        else:
            profile = self._app.accounts.by_id(desk.account.profile_id)
            await self._open(frame, desk.account, _known(secret), profile)

    async def profile_changed(self, profile: Profile, secret: SecretItem | None) -> None:
        """A profile was edited: show its new name and colour; a new key or limit needs a new session."""
        for frame in self._app.frames:
            desk = frame.desk
            if desk is None or desk.account.profile_id != profile.id:
                continue
            desk.set_account(replace(self.account_of(profile), address=desk.account.address))
            if not desk.attached:
                self._open_later(frame, desk.account, lambda: self._app.accounts.secret(profile), profile)
            elif secret is not None and secret.bundle_alias == desk.session.address.url:
                await self.use_key(frame, secret)
            else:
                self._reopen_later(frame, profile)

    def _reopen_later(self, frame: Frame, profile: Profile) -> None:
        account = self.account_of(profile)
        self._switch_later(frame, account, lambda: self._app.accounts.secret(profile), profile)

    def profile_removed(self, profile: Profile) -> None:
        """A profile is gone: its window goes back to the welcome page."""
        for frame in self._app.frames:
            if frame.desk is not None and frame.desk.account.profile_id == profile.id:
                self._app.tasks.start(self._to_welcome(frame), owner=frame.window, title="Closing the account")

    async def _to_welcome(self, frame: Frame) -> None:
        if await leave(frame):
            self._app.show_welcome(frame)


def _known(secret: SecretItem) -> SecretSource:
    async def source() -> SecretItem:
        return secret

    return source
