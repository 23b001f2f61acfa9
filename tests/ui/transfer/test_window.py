"""In the whole window: a file that is dropped opens its import, which is there again at the next start."""

from __future__ import annotations

from pathlib import Path

from crmdesk.config.paths import data_dir, resources_dir
from crmdesk.config.settings import Settings
from crmdesk.ui.application import Application
from crmdesk.ui.connect.accounts import Accounts
from crmdesk.ui.opening import Options
from crmdesk.ui.theme import Theme
from crmdesk.ui.transfer.import_workspace import ImportWorkspace
from crmdesk.ui.window.kinds import Kinds
from crmdesk.ui.window.memory import WindowMemory
from tests.support.sandbox_process import SandboxProcess
from tests.ui.transfer.counter import write_csv
from tests.ui.window.conftest import Shell, shell

__all__ = ["shell"]


def start(shell: Shell) -> None:
    """A start with the workspaces that the program has."""
    theme = Theme(shell._app, resources_dir(), "light")
    memory = WindowMemory(Settings(data_dir() / "window.json"))
    shell.application = Application(theme, memory, Accounts(data_dir(), shell.vault), Kinds())
    shell.application.bind(shell.loop)
    shell.frame = shell.application.show_first(Options())
    shell.application.begin()
    shell.until_open()


def front(shell: Shell) -> ImportWorkspace:
    tab = shell.frame.window.tabs.front
    assert tab is not None and isinstance(tab.workspace, ImportWorkspace)
    return tab.workspace


def test_a_dropped_file_opens_its_import_and_is_there_again(
    shell: Shell, sandbox: SandboxProcess, no_secret_service: None, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "accounts.csv", [["Name", "City"], ["Acme", "Ulm"]])
    shell.save_account(sandbox)
    start(shell)
    shell.frame.window.table_dropped.emit(path)
    work = front(shell)
    shell.until(lambda: work.file_page.opened is not None)
    work.file_page.choose_module("sales_accounts")
    assert "accounts.csv into Accounts" in work.heading.text()
    command = next(command for command in shell.frame.window.commands() if command.id == "import")
    assert command.menu == "File" and command.enabled()
    shell.frame.window.run(command)
    assert front(shell) is not work and front(shell).file_page.empty.isVisible()
    shell.frame.window.table_dropped.emit(path)
    assert front(shell) is work, "the same file has the same tab"
    shell.close()
    start(shell)
    again = front(shell)
    shell.until(lambda: again.file_page.opened is not None)
    assert again.file_page.module.currentData() == "sales_accounts"
