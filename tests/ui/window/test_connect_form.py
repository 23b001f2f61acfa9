"""What *Test connection* finds, as the form tells it: the answers that need another server than the sandbox."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from crmdesk.ui.connect.profile_form import ProfileForm
from crmdesk.ui.connect.welcome import WelcomePage
from tests.support.sandbox_process import SandboxProcess
from tests.ui.window.conftest import Shell

KEY = "a-key-that-looks-right"
ELSEWHERE = "https://other.freshworks.com/crm/sales"


@contextmanager
def server(status: int, location: str = "") -> Iterator[tuple[str, list[str]]]:
    """A server of this machine that gives one answer to everything; its address, and the paths asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            if location:
                self.send_header("Location", location + self.path.removeprefix("/crm/sales"))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}/crm/sales", asked
        finally:
            running.shutdown()
            thread.join()


def form_after_test(shell: Shell, url: str, key: str = KEY) -> ProfileForm:
    """The form after a test of this address."""
    shell.start()
    page = shell.frame.window.findChild(WelcomePage)
    assert page is not None
    page.form.name.setText("Acme")
    page.form.alias.setText(url)
    page.form.key.setText(key)
    page.test_button.setFocus()
    QTest.keyClick(page.test_button, Qt.Key.Key_Return)
    assert not page.test_button.isEnabled()
    shell.until(lambda: page.test_button.isEnabled())
    assert shell.application.accounts.profiles() == []
    return page.form


def test_an_account_that_has_moved_offers_its_new_address_and_the_key_stays(shell: Shell) -> None:
    with server(302, ELSEWHERE) as (url, asked):
        form = form_after_test(shell, url)
        assert asked
        assert f"moved to {ELSEWHERE}" in form.result.accessibleName()
        assert form.moved.isVisible()
        before = len(asked)
        form.moved.click()
        assert form.alias.text() == ELSEWHERE
        assert form.key.text() == KEY
        assert not form.moved.isVisible()
        assert len(asked) == before


def test_an_address_without_an_account_marks_the_alias_and_has_the_keyboard(shell: Shell) -> None:
    with server(404) as (url, _):
        form = form_after_test(shell, url)
    assert "There is no CRM account" in form.result.accessibleName()
    assert form.alias.property("wrong")
    assert shell.frame.window.focusWidget() is form.alias


def test_no_network_marks_no_field(shell: Shell) -> None:
    # Nobody listens at port 9 of this machine.
    form = form_after_test(shell, "http://127.0.0.1:9/crm/sales")
    assert "can't be reached" in form.result.accessibleName()
    assert "Check the network" in form.result.accessibleName()
    assert not any(field.property("wrong") for field in (form.name, form.alias, form.key))


def test_after_a_test_the_keyboard_is_where_it_was_and_not_on_the_next_button(
    shell: Shell, sandbox: SandboxProcess
) -> None:
    form = form_after_test(shell, sandbox.url, sandbox.api_key)
    assert "administrator" in form.result.accessibleName()
    page = shell.frame.window.findChild(WelcomePage)
    assert page is not None
    assert shell.frame.window.focusWidget() is page.test_button


def test_what_a_test_found_is_gone_after_an_edit(shell: Shell) -> None:
    form = form_after_test(shell, "http://127.0.0.1:9/crm/sales")
    QTest.keyClicks(form.alias, "x")
    assert not form.result.isVisible()
