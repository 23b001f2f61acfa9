"""The connection while the window is open: gone and back by itself, moved, closed by the person."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog

from crmdesk.profiles.vault import SecretItem
from crmdesk.ui.connect.profile_dialog import ProfileDialog
from crmdesk.ui.connect.welcome import WelcomePage
from crmdesk.ui.window.live_status import OFFLINE
from crmdesk.ui.window.reconnect import DELAYS_S, Reconnect
from tests.support.sandbox_process import SandboxProcess
from tests.ui.window.conftest import Shell
from tests.ui.window.test_application import ALL, keys_of_messages, titles
from tests.ui.window.test_connect_form import ELSEWHERE, server

GONE = "drop-before:1"


def retry(shell: Shell) -> Reconnect:
    assert shell.frame.desk is not None
    assert shell.frame.desk._status is not None
    return shell.frame.desk._status.retry


def shown(shell: Shell) -> str:
    return shell.frame.window.status._connection.text()


def go_offline(shell: Shell, sandbox: SandboxProcess) -> None:
    """The network goes away, and a request of the person finds that out."""
    sandbox.faults(GONE)
    assert shell.frame.desk is not None
    shell.frame.desk.refresh_views()
    shell.until(lambda: shown(shell).startswith("offline"))


def test_the_window_turns_green_by_itself_when_the_network_is_back(shell: Shell, sandbox: SandboxProcess) -> None:
    shell.save_account(sandbox)
    shell.start()
    shell.until_open()
    retry(shell).delays = (0.05, 0.05)
    assert shell.frame.desk is not None
    tab = shell.frame.desk.open("view", ALL)
    go_offline(shell, sandbox)
    shell.until(lambda: retry(shell)._tries >= 2)
    assert keys_of_messages(shell) == [OFFLINE]
    assert shell.frame.window.sidebar.outline.module("contacts").trouble  # type: ignore[union-attr]

    sandbox.faults("")
    shell.until(lambda: shown(shell) == f"127.0.0.1:{sandbox.url.split(':')[2].split('/')[0]}")
    assert keys_of_messages(shell) == []
    assert not retry(shell).waiting
    # What could not be asked is asked now: the views of the module that is unfolded, and what tabs want.
    shell.until(lambda: not shell.frame.window.sidebar.outline.module("contacts").trouble)  # type: ignore[union-attr]
    assert getattr(tab, "times_online", 0) == 1


def test_the_status_bar_says_when_it_tries_next_and_a_message_put_away_stays_away(
    shell: Shell, sandbox: SandboxProcess
) -> None:
    shell.save_account(sandbox)
    shell.start()
    shell.until_open()
    go_offline(shell, sandbox)
    shell.until(lambda: "next try in" in shown(shell))
    assert DELAYS_S[:3] == (5.0, 15.0, 60.0)
    shell.until(lambda: shell.application.tasks.under_way == 0)
    shell.frame.window.messages.clear()
    retry(shell).try_now()
    assert retry(shell).words() == "trying now"
    shell.until(lambda: retry(shell).words().startswith("next try in 15 s"))
    assert keys_of_messages(shell) == []
    assert shown(shell).startswith("offline")


def test_closing_the_account_ends_the_tries(shell: Shell, sandbox: SandboxProcess) -> None:
    shell.save_account(sandbox)
    shell.start()
    shell.until_open()
    go_offline(shell, sandbox)
    tries = retry(shell)
    shell.until(lambda: tries._timer.isActive())
    ended: list[bool] = []
    tries._timer.destroyed.connect(lambda: ended.append(True))
    shell.application.opening.disconnect(shell.frame)
    shell.until(lambda: shell.frame.window.findChild(WelcomePage))
    shell.until(lambda: ended)
    assert shell.frame.desk is None


def test_an_account_that_moves_offers_the_new_address_and_asks_for_the_key(
    shell: Shell, sandbox: SandboxProcess
) -> None:
    profile = shell.save_account(sandbox)
    with server(302, ELSEWHERE) as (url, _):
        shell.vault.hold(profile.id, SecretItem(url, sandbox.api_key))
        shell.start()
        shell.until_open()
        assert shown(shell).startswith("account moved")
        assert not retry(shell).waiting
        message = shell.frame.window.messages.messages[0]
        assert message.key == OFFLINE
        (change,) = (run for text, run in message.actions if text == "Change the address…")
        change()
        dialog = shell.frame.window.findChild(ProfileDialog)
        assert dialog is not None
        assert dialog.form.alias.text() == ELSEWHERE
        assert dialog.form.key.text() == ""
        dialog._go_button.click()
        shell.until(lambda: dialog._go_button.isEnabled())
        assert "API key is missing" in dialog.form.result.accessibleName()
        dialog.reject()
        shell.until(lambda: not any(d.isVisible() for d in shell.frame.window.findChildren(QDialog)))


def test_tabs_come_back_when_the_key_is_there_at_last(
    shell: Shell, sandbox: SandboxProcess, no_secret_service: None
) -> None:
    profile = shell.save_account(sandbox)
    shell.start()
    shell.until_open()
    assert shell.frame.desk is not None
    shell.frame.desk.open("view", ALL)
    shell.close()
    shell.vault.release(profile.id)
    shell.start()
    shell.until(lambda: shell.application.tasks.under_way == 0)
    assert titles(shell) == []
    secret = SecretItem(sandbox.url, sandbox.api_key)
    shell.run(shell.application.opening.use_key(shell.frame, secret))
    assert titles(shell) == ["All Contacts"]
