"""The key goes into the keyring from the form, and comes out of it at the next start."""

from __future__ import annotations

from pathlib import Path

from crmdesk.profiles.vault import KeyState, Vault
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
