"""From the first start to the last window: connecting, remembering, a refused key, closing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QMenu, QPushButton

from crmdesk.profiles.vault import SecretItem
from crmdesk.ui.connect.key_dialog import KeyDialog
from crmdesk.ui.connect.profile_dialog import ProfileDialog
from crmdesk.ui.connect.welcome import WelcomePage
from crmdesk.ui.opening import Options
from crmdesk.ui.window.live_status import OFFLINE, REFUSED
from crmdesk.ui.window.settings_dialog import SettingsDialog
from crmdesk.ui.window.shortcuts import ShortcutsDialog
from tests.support.sandbox_process import SandboxProcess
from tests.ui.window.conftest import Shell
from tests.ui.window.plain import PlainWorkspace

ALL = {"module": "contacts", "view_id": 1, "view_name": "All Contacts"}
MINE = {"module": "contacts", "view_id": 2, "view_name": "My Contacts"}


def welcome(shell: Shell) -> WelcomePage:
    page = shell.frame.window.findChild(WelcomePage)
    assert page is not None
    return page


def sent(sandbox: SandboxProcess) -> list[str]:
    answer = sandbox.control.get("/sandbox/requests").json()
    return [row["path"] for row in answer["requests"]]


def titles(shell: Shell) -> list[str]:
    return [tab.title for tab in shell.frame.window.tabs.tabs]


def keys_of_messages(shell: Shell) -> list[str]:
    return [message.key for message in shell.frame.window.messages.messages]


# --- the first start ---------------------------------------------------------------------------


def test_connecting_without_a_keyring_works_for_this_session_and_says_so(
    shell: Shell, sandbox: SandboxProcess, no_secret_service: None, data_home: Path
) -> None:
    shell.start()
    form = welcome(shell).form
    form.name.setText("Acme Europe")
    form.alias.setText(sandbox.url)
    form.key.setText(sandbox.api_key)
    welcome(shell).connect_button.click()
    shell.until_open()
    told = shell.frame.window.messages.messages
    assert any("for this session only" in message.text for message in told)
    assert shell.frame.desk is not None
    assert shell.frame.desk.account_name == "Acme Europe"
    views = shell.frame.window.sidebar.outline.module("contacts")
    assert views is not None
    assert views.views
    shell.close()
    files = [path for path in data_home.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if sandbox.api_key.encode() in path.read_bytes()] == []


@pytest.mark.parametrize(
    ("alias", "key", "told", "marked"),
    [
        ("", "", "API key is missing", "key"),
        ("https://example.com/crm/sales", "some-key-of-someone", "", "alias"),
        ("SANDBOX", "some-key-of-someone", "does not know this key", "key"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    shell: Shell, sandbox: SandboxProcess, alias: str, key: str, told: str, marked: str
) -> None:
    shell.start()
    page = welcome(shell)
    page.form.name.setText("Acme")
    page.form.alias.setText(sandbox.url if alias == "SANDBOX" else alias)
    page.form.key.setText(key)
    page.test_button.click()
    shell.until(lambda: page.test_button.isEnabled())
    assert page.form.result.isVisible()
    assert told in page.form.result.accessibleName()
    wrong = [name for name in ("name", "alias", "key") if getattr(page.form, name).property("wrong")]
    assert wrong == [marked]
    assert shell.application.accounts.profiles() == []


def test_an_agents_key_connects_and_is_told(shell: Shell, sandbox: SandboxProcess, no_secret_service: None) -> None:
    shell.start()
    form = welcome(shell).form
    form.name.setText("Acme")
    form.alias.setText(sandbox.url)
    form.key.setText(sandbox.agent_key)
    welcome(shell).connect_button.click()
    shell.until_open()
    assert "connect:rights" in keys_of_messages(shell)


# --- later starts ------------------------------------------------------------------------------


def test_tabs_and_sidebar_are_there_at_the_next_start_before_the_network(shell: Shell, sandbox: SandboxProcess) -> None:
    shell.save_account(sandbox)
    shell.start()
    shell.until_open()
    assert shell.frame.desk is not None
    shell.frame.desk.open("view", ALL)
    shell.frame.desk.open("view", MINE)
    outline = shell.frame.window.sidebar.outline
    shell.close()

    sandbox.control.post("/sandbox/requests/clear")
    frame = shell.start()
    assert frame.window.sidebar.outline == outline
    assert titles(shell) == ["All Contacts", "My Contacts"]
    assert frame.desk is not None
    assert not frame.desk.attached
    assert sent(sandbox) == []
    shell.until_open()
    front = frame.window.tabs.front
    assert front is not None
    assert isinstance(front.workspace, PlainWorkspace)
    assert front.title == "My Contacts"
    # The other tab is only made when it is looked at.
    assert frame.window.tabs.tabs[0].workspace is None
    assert not any("filters" in path for path in sent(sandbox))


def test_a_view_that_is_open_is_not_opened_twice(shell: Shell, sandbox: SandboxProcess) -> None:
    shell.save_account(sandbox)
    shell.start()
    shell.until_open()
    assert shell.frame.desk is not None
    first = shell.frame.desk.open("view", ALL)
    shell.frame.desk.open("view", MINE)
    assert shell.frame.desk.open("view", ALL) is first
    assert titles(shell) == ["All Contacts", "My Contacts"]


def test_a_profile_without_its_key_asks_for_it(shell: Shell, sandbox: SandboxProcess, no_secret_service: None) -> None:
    profile = shell.save_account(sandbox)
    shell.vault.release(profile.id)
    shell.start()
    shell.until(lambda: shell.application.tasks.under_way == 0)
    window = shell.frame.window
    assert "Enter the key" in [button.text() for button in window.tabs.findChildren(QPushButton)]
    shell.application.opening.enter_key(shell.frame)
    dialog = window.findChild(KeyDialog)
    assert dialog is not None
    alias = next(field for field in dialog.findChildren(QLineEdit) if field.accessibleName() == "Bundle alias")
    alias.setText(sandbox.url)
    dialog.key.setText(sandbox.api_key)
    dialog._use.click()
    shell.until_open()
    assert window.status._connection.text().startswith("127.0.0.1")


def test_the_environment_goes_before_a_profile(
    shell: Shell, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.save_account(sandbox, "Acme")
    monkeypatch.setenv("CRMDESK_BUNDLE_ALIAS", sandbox.url)
    monkeypatch.setenv("CRMDESK_API_KEY", sandbox.api_key)
    shell.start()
    shell.until_open()
    assert shell.frame.desk is not None
    assert shell.frame.desk.account_name != "Acme"
    assert shell.frame.desk.production


def test_an_unknown_profile_is_told_on_the_welcome_page(shell: Shell) -> None:
    shell.start(Options(profile="Nobody Ltd"))
    assert welcome(shell).isVisible()
    assert "Nobody Ltd" in shell.frame.window.messages.messages[0].text


# --- when something is wrong -------------------------------------------------------------------


def test_a_refused_key_is_told_once_and_a_new_one_goes_on(shell: Shell, sandbox: SandboxProcess) -> None:
    profile = shell.save_account(sandbox, key="a-key-that-was-withdrawn")
    shell.start()
    shell.until_open()
    window = shell.frame.window
    assert shell.frame.desk is not None
    shell.frame.desk.refresh_views()
    shell.until(lambda: shell.application.tasks.under_way == 0)
    assert keys_of_messages(shell) == [REFUSED]
    assert window.status._connection.text().startswith("key refused")

    # Who puts the dialog away can come back to it.
    next(button for button in window.messages.findChildren(QPushButton) if button.text() == "Enter a new key").click()
    dialog = window.findChild(KeyDialog)
    assert dialog is not None
    dialog.reject()
    assert keys_of_messages(shell) == [REFUSED]

    secret = SecretItem(sandbox.url, sandbox.api_key)
    shell.vault.hold(profile.id, secret)
    shell.run(shell.application.opening.use_key(shell.frame, secret))
    assert keys_of_messages(shell) == []
    assert window.status._connection.text().startswith("127.0.0.1")


def test_without_a_network_what_is_remembered_stays_and_a_bar_says_so(shell: Shell, sandbox: SandboxProcess) -> None:
    profile = shell.save_account(sandbox)
    shell.start()
    shell.until_open()
    shell.close()
    # Nobody listens at port 9 of this machine.
    shell.vault.hold(profile.id, SecretItem("http://127.0.0.1:9/crm/sales", sandbox.api_key))
    shell.start()
    shell.until_open()
    assert keys_of_messages(shell) == [OFFLINE]
    contacts = shell.frame.window.sidebar.outline.module("contacts")
    assert contacts is not None
    assert contacts.views


def test_a_bug_is_told_with_a_trace_to_copy_and_without_the_key(shell: Shell, sandbox: SandboxProcess) -> None:
    shell.save_account(sandbox)
    shell.start()
    shell.until_open()
    try:
        raise ValueError(f"unexpected {sandbox.api_key}")
    except ValueError as error:
        shell.application.failures.tell_bug(error)
    told = shell.frame.window.messages.messages[0]
    assert "ValueError" in told.details
    assert sandbox.api_key not in told.details


def test_a_workspace_that_cannot_be_made_takes_nothing_with_it(shell: Shell, sandbox: SandboxProcess) -> None:
    shell.save_account(sandbox)
    shell.start()
    shell.until_open()
    assert shell.frame.desk is not None
    shell.frame.desk.open("view", ALL)
    with pytest.raises(RuntimeError):
        shell.frame.desk.open("view", {"module": "contacts", "view_id": 3, "broken": True})
    assert titles(shell) == ["All Contacts"]
    assert "LookupError" in shell.frame.window.messages.messages[0].details


# --- switching and closing ---------------------------------------------------------------------


def test_switching_closes_one_account_and_opens_the_other(shell: Shell, sandbox: SandboxProcess) -> None:
    other = shell.save_account(sandbox, "Other")
    shell.save_account(sandbox, "Acme")
    shell.start()
    shell.until_open()
    assert shell.frame.desk is not None
    shell.frame.desk.open("view", ALL)
    before = shell.frame.desk.session
    shell.application.opening.open_profile(shell.frame, other)
    shell.until(lambda: shell.frame.desk is not None and shell.frame.desk.account_name == "Other")
    shell.until_open()
    assert shell.frame.desk.session is not before
    assert titles(shell) == []


def test_closing_ends_the_program_and_leaves_nothing_running(shell: Shell, sandbox: SandboxProcess) -> None:
    shell.save_account(sandbox)
    shell.start()
    shell.until_open()
    second = shell.application.new_window()
    assert len(shell.application.frames) == 2
    second.window.close()
    shell.until(lambda: len(shell.application.frames) == 1)
    shell.frame.window.close()
    shell.run(shell.application.ended())
    assert shell.application.tasks.under_way == 0
    assert shell.application.frames == []


def test_sizes_and_choices_are_remembered(shell: Shell, sandbox: SandboxProcess, data_home: Path) -> None:
    shell.save_account(sandbox)
    shell.start()
    shell.until_open()
    shell.frame.window.resize(1100, 640)
    shell.application.choose_density(True)
    shell.frame.window.fold_sidebar()
    shell.close()
    kept = json.loads((data_home / "window.json").read_text(encoding="utf-8"))
    assert kept["theme"]["dense"] is True
    shell.start()
    assert shell.frame.window.width() == 1100
    assert shell.frame.window.sidebar.isHidden()


def test_a_folder_that_cannot_be_written_is_told_and_the_window_closes(
    shell: Shell, sandbox: SandboxProcess, data_home: Path
) -> None:
    shell.save_account(sandbox)
    shell.start()
    shell.until_open()
    (data_home / "window.json").unlink(missing_ok=True)
    (data_home / "window.json").mkdir()
    shell.application.choose_density(True)
    shell.application.memory.save_now()
    assert "Remembering the window" in shell.frame.window.messages.messages[0].text
    shell.close()
    assert shell.application.frames == []


def test_a_new_share_for_others_is_saved_with_the_account(shell: Shell, sandbox: SandboxProcess) -> None:
    profile = shell.save_account(sandbox)
    shell.start()
    shell.until_open()
    shell.application.settings_dialog(shell.frame)
    dialog = shell.frame.window.findChild(SettingsDialog)
    assert dialog is not None
    dialog.kept.setValue(50)
    dialog.reject()
    before = shell.frame.desk.session if shell.frame.desk else None
    shell.until(lambda: shell.frame.desk and shell.frame.desk.attached and shell.frame.desk.session is not before)
    assert shell.frame.desk is not None
    state = shell.frame.desk.session.budget.state()
    assert state.reserved == state.limit // 2
    kept = shell.application.accounts.by_id(profile.id)
    assert kept is not None
    assert kept.reserve_percent == 50


def test_the_sample_data_open_and_end_with_the_window(shell: Shell) -> None:
    shell.start(Options(demo=True))
    shell.until_open()
    assert shell.application.opening._demo is not None
    process = shell.application.opening._demo._process
    assert process is not None
    ended: list[int] = []
    process.finished.connect(lambda code, _status: ended.append(code))
    shell.close()
    assert len(ended) == 1


def test_everything_in_the_menus_is_found_by_the_palette_with_its_shortcut(
    shell: Shell, sandbox: SandboxProcess
) -> None:
    shell.save_account(sandbox)
    shell.start()
    shell.until_open()
    assert shell.frame.desk is not None
    shell.frame.desk.open("view", ALL)
    window = shell.frame.window
    window.open_palette()
    found = {command.id: command for command in window.command_palette._model.found}
    for command in window.commands():
        if command.menu and command.id != "palette" and command.enabled():
            assert found[command.id].shortcut == command.shortcut
    in_menus = [action.text() for menu in window.top.menus.findChildren(QMenu) for action in menu.actions()]
    named = [command for command in window.commands() if command.shortcut and not command.id.startswith("tab-")]
    assert [command.id for command in named if command.title not in in_menus] == []

    window.command_palette.close_palette()
    shell.application.shortcuts(shell.frame)
    dialog = window.findChild(ShortcutsDialog)
    assert dialog is not None
    listed = [label.text() for label in dialog.findChildren(QLabel)]
    assert [command.id for command in named if command.title not in listed] == []


def test_a_dialog_grows_with_what_it_tells_and_shrinks_again(shell: Shell) -> None:
    shell.start()
    shell.application.connect_account(shell.frame)
    dialog = shell.frame.window.findChild(ProfileDialog)
    assert dialog is not None
    before = dialog.height()
    dialog._go_button.click()
    shell.until(lambda: dialog.form.result.isVisible() and dialog.height() > before)
    links = [button for button in dialog.form.findChildren(QPushButton) if button.isVisible()]
    assert all(button.height() >= button.sizeHint().height() for button in links)
    dialog.form._edited()
    shell.until(lambda: dialog.height() == before)


def test_dialogs_open_and_close_without_blocking(shell: Shell, sandbox: SandboxProcess) -> None:
    shell.save_account(sandbox)
    shell.start()
    shell.until_open()
    app, frame = shell.application, shell.frame
    for show in (app.connect_account, app.manage_accounts, app.settings_dialog, app.about, app.opening.enter_key):
        show(frame)
        dialogs = [dialog for dialog in frame.window.findChildren(QDialog) if dialog.isVisible()]
        assert len(dialogs) == 1, show
        dialogs[0].reject()
        shell.until(lambda: app.tasks.under_way == 0)
