"""Testing and saving what a form holds: used by the welcome page and the dialogs alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmdesk.config.errors import CrmDeskError
from crmdesk.ui.connect.profile_form import Entered, ProfileForm
from crmdesk.ui.widgets import Message

if TYPE_CHECKING:
    from crmdesk.profiles.connection_test import ConnectionResult
    from crmdesk.profiles.vault import SecretItem
    from crmdesk.ui.application import Application
    from crmdesk.ui.window.frame import Frame


async def test_secret(app: Application, entered: Entered) -> tuple[SecretItem, ConnectionResult]:
    """Ask the account whether address and key are right; two requests at most."""
    from crmdesk.crm.address import parse_bundle_alias
    from crmdesk.profiles.connection_test import check_connection

    secret = entered.secret or await app.accounts.secret(entered.profile)
    address = parse_bundle_alias(secret.bundle_alias, app.accounts.allowed_hosts(entered.profile))
    return secret, await check_connection(address, secret.api_key)


async def test_form(app: Application, form: ProfileForm) -> bool:
    """Test what the form holds and say in the form what was found; answers whether one can go on."""
    try:
        entered = form.entered()
        form.show_busy("Asking the account…")
        _, found = await test_secret(app, entered)
    except CrmDeskError as error:
        form.show_error(error)
        return False
    form.show_result(found)
    return found.ok


async def connect_form(app: Application, frame: Frame, form: ProfileForm) -> bool:
    """Test, save, and open what the form holds; answers whether it went well."""
    try:
        entered = form.entered()
        form.show_busy("Asking the account…")
        secret, found = await test_secret(app, entered)
        form.show_result(found)
        if not found.ok:
            return False
        trouble = await app.accounts.save(entered.profile, secret if entered.secret else None)
    except CrmDeskError as error:
        form.show_error(error)
        return False
    app.opening.open_connected(frame, entered.profile, secret)
    tell_key_place(frame, entered.profile.name, trouble)
    if found.remedy:
        frame.window.say(Message(found.message, found.remedy, tone="staged", key="connect:rights"))
    return True


def tell_key_place(frame: Frame, name: str, trouble: CrmDeskError | None) -> None:
    """Say plainly when a key could not be stored and is held for this session only."""
    if trouble is not None:
        frame.window.say(
            Message(
                f"The key of {name} is kept for this session only. {trouble}",
                trouble.remedy,
                trouble.details,
                "staged",
                key="connect:session-only",
            )
        )
