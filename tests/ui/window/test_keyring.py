"""The key goes into the keyring from the form, and comes out of it at the next start."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from PySide6.QtWidgets import QLabel, QPushButton

from crmdesk.profiles.vault import KeyState, SecretItem, Vault
from crmdesk.ui.connect.key_dialog import KeyDialog
from crmdesk.ui.connect.manage import ManageDialog
from crmdesk.ui.connect.welcome import WelcomePage
from tests.support.sandbox_process import SandboxProcess
from tests.ui.window.conftest import Shell


def test_a_connected_account_opens_by_itself_at_the_next_start(
    secret_service: None, shell: Shell, sandbox: SandboxProcess, data_home: Path
) -> None:
    shell.start()
    page = shell.frame.window.findChild(WelcomePage)
    assert page is not None
    page.form.name.setText("Acme Europe")
    page.form.alias.setText(sandbox.url)
    page.form.key.setText(sandbox.api_key)
    page.connect_button.click()
    shell.until_open()
    assert shell.frame.window.messages.messages == []
    shell.close()

    # Another vault, as another process has it: what it knows comes from the keyring.
    shell.vault = Vault()
    shell.start()
    shell.until_open()
    assert shell.frame.desk is not None
    assert shell.frame.desk.account_name == "Acme Europe"
    profile = shell.application.accounts.profiles()[0]
    assert shell.run(shell.application.accounts.key_state(profile)) is KeyState.STORED

    shell.run(shell.application.accounts.remove(profile))
    shell.application.opening.profile_removed(profile)
    shell.until(lambda: shell.frame.window.findChild(WelcomePage))
    assert shell.frame.desk is None
    assert shell.run(shell.vault.state(profile.id)) is KeyState.ABSENT


def lock_keyring() -> None:
    """As the desktop does when the person leaves; nobody is there to answer a prompt."""
    import secretstorage

    with closing(secretstorage.dbus_init()) as connection:
        collection = secretstorage.get_default_collection(connection)
        collection.lock()
        assert collection.is_locked()


def test_a_locked_keyring_is_told_in_place_and_a_typed_key_opens_for_this_session(
    secret_service: None, shell: Shell, sandbox: SandboxProcess
) -> None:
    profile = shell.save_account(sandbox)
    shell.run(shell.vault.write(profile.id, SecretItem(sandbox.url, sandbox.api_key)))
    lock_keyring()
    shell.vault = Vault(seconds=10)
    shell.start()
    shell.until(lambda: shell.application.tasks.under_way == 0)
    window = shell.frame.window
    told = [label.text() for label in window.tabs.findChildren(QLabel)]
    assert any("keyring is locked" in text for text in told)
    assert any("Unlock the keyring and try again" in text for text in told)
    assert window.status._connection.text() == "not connected"

    shell.application.manage_accounts(shell.frame)
    accounts = window.findChild(ManageDialog)
    assert accounts is not None
    shell.until(lambda: any("keyring locked" in label.text() for label in accounts.findChildren(QLabel)))
    accounts.reject()

    next(button for button in window.tabs.findChildren(QPushButton) if button.text() == "Enter the key").click()
    dialog = window.findChild(KeyDialog)
    assert dialog is not None
    dialog._alias.setText(sandbox.url)
    dialog.key.setText(sandbox.api_key)
    dialog._use.click()
    shell.until_open()
    (message,) = window.messages.messages
    assert "for this session only" in message.text
    assert "locked" in message.text
    assert shell.run(shell.application.accounts.key_state(profile)) is KeyState.SESSION_ONLY
