"""Which account a command is for, and how it says that the account can't be used."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from crmdesk.cli.endings import end
from crmdesk.cli.main import main
from crmdesk.config.logs import register_secret
from tests.cli.program import Program
from tests.support.sandbox_process import SandboxProcess


def account(alias: str, key: str) -> dict[str, str]:
    """The variables that name an account."""
    return {"CRMDESK_BUNDLE_ALIAS": alias, "CRMDESK_API_KEY": key}


def test_the_help_names_commands_and_exit_codes(tmp_path: Path) -> None:
    ended = Program(tmp_path)("--help")
    assert "reassign" in ended.out
    assert "Exit codes" in ended.out


def test_the_console_command_without_arguments_prints_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "Usage: crmdesk" in capsys.readouterr().out


def test_a_clone_hands_over_to_the_commands() -> None:
    script = Path(__file__).parents[2] / "main.py"
    for given, code in (("--version", 0), ("nonsense", 2)):
        found = subprocess.run([sys.executable, script, given], capture_output=True, text=True, check=False)
        assert found.returncode == code, found.stderr
        assert "Traceback" not in found.stderr


def test_version_and_help_import_nothing_heavy(tmp_path: Path) -> None:
    heavy = "{'httpx', 'keyring', 'PySide6', 'starlette', 'uvicorn', 'sqlite3'}"
    code = (
        "import sys; from crmdesk.cli.main import main; main(['--help']); main(['--version']);"
        f" sys.exit(', '.join(sorted({heavy} & set(sys.modules))) or None)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize(
    ("alone", "missing"),
    [("CRMDESK_BUNDLE_ALIAS", "CRMDESK_API_KEY"), ("CRMDESK_API_KEY", "CRMDESK_BUNDLE_ALIAS")],
)
def test_one_of_alias_and_key_alone_is_wrong_use(tmp_path: Path, alone: str, missing: str) -> None:
    ended = Program(tmp_path, variables={alone: "acme-acme-acme"})("views", "deals", "--json", expect=2)
    assert missing in ended.answer["error"]["message"]
    assert ended.answer["exit"] == 2


def test_without_any_account_the_ways_to_name_one_are_told(tmp_path: Path) -> None:
    ended = Program(tmp_path)("jobs", expect=2)
    assert "profiles add" in ended.err
    assert "CRMDESK_BUNDLE_ALIAS" in ended.err


@pytest.mark.parametrize(
    "alias",
    [
        "https://acme.myfreshworks.com.evil.example/crm/sales",
        "http://acme.myfreshworks.com/crm/sales",
        "https://user@acme.myfreshworks.com",
        "https://xn--cme-5cd.myfreshworks.com",
        "not an address",
    ],
)
def test_a_bad_bundle_alias_is_wrong_use(tmp_path: Path, alias: str) -> None:
    program = Program(tmp_path, variables=account(alias, "a-key-that-goes-nowhere"))
    ended = program("views", "contacts", "--json", expect=2)
    assert ended.answer["error"]["kind"] == "bad_bundle_alias"
    assert "a-key-that-goes-nowhere" not in ended.out + ended.err


def test_a_companys_own_host_is_let_through_when_it_is_named(tmp_path: Path) -> None:
    program = Program(tmp_path, variables=account("https://crm.company.invalid", "a-key-for-a-company"))
    program("views", "contacts", expect=2)
    allowed = {"CRMDESK_ALLOW_HOST": "crm.company.invalid"}
    named = program("views", "contacts", "--json", expect=3, variables=allowed)
    assert named.answer["error"]["kind"] == "no_connection"


def test_a_wrong_key_is_told_with_a_remedy(crmdesk: Program) -> None:
    ended = crmdesk("views", "contacts", "--json", expect=3, variables={"CRMDESK_API_KEY": "no-such-key-at-all"})
    assert ended.answer["error"]["kind"] == "wrong_key"
    assert "API Settings" in ended.answer["error"]["remedy"]
    assert "no-such-key-at-all" not in ended.out + ended.err


def test_no_connection_is_told(tmp_path: Path) -> None:
    program = Program(tmp_path, variables=account("http://127.0.0.1:1/crm/sales", "any-key-here"))
    ended = program("views", "contacts", "--json", expect=3)
    assert ended.answer["error"]["kind"] == "no_connection"


class _Moved(BaseHTTPRequestHandler):
    seen: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        _Moved.seen.append(self.path)
        self.send_response(301)
        self.send_header("Location", "https://acme.freshworks.com" + self.path)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def moved() -> Iterator[str]:
    """The address of an account that has moved to another host."""
    server = HTTPServer(("127.0.0.1", 0), _Moved)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/crm/sales"
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_account_that_has_moved_is_not_followed(tmp_path: Path, moved: str) -> None:
    _Moved.seen.clear()
    program = Program(tmp_path, variables=account(moved, "a-key-for-one-host"))
    ended = program("views", "contacts", "--json", expect=3)
    assert ended.answer["error"]["kind"] == "refused_redirect"
    assert "acme.freshworks.com" in ended.answer["error"]["message"] + ended.answer["error"]["remedy"]
    assert len(_Moved.seen) == 1


def test_the_environment_goes_before_a_profile(crmdesk: Program) -> None:
    ended = crmdesk("views", "deals", "--profile", "No such profile")
    assert "Open Deals" in ended.out
    assert "go before" in ended.err


@pytest.mark.parametrize(
    "line",
    [
        ("nonsense",),
        ("views",),
        ("views", "contacts", "--nonsense"),
        ("views", "nonsense"),
        ("records", "contacts"),
        ("records", "contacts", "--view", "No such view"),
        ("records", "contacts", "--view", "1"),
        ("records", "contacts", "--view", "All Contacts", "--format", "xml"),
        ("records", "products", "--view", "1"),
        ("records", "contacts", "--view", "All Contacts", "--columns", "id,nonsense"),
        ("reassign", "contacts", "--to", "nobody"),
        ("reassign", "contacts", "--view", "All Contacts"),
        ("reassign", "contacts", "--view", "All Contacts", "--owner", "nobody", "--to", "nobody"),
        ("reassign", "contacts", "--view", "All Contacts", "--to", "nobody", "--to-table", "-"),
        ("reassign", "contacts", "--view", "All Contacts", "--to", "who@example.com", "--yes"),
        ("reassign", "contacts", "--view", "All Contacts", "--to", "999", "--yes"),
        ("reassign", "contacts", "--view", "All Contacts", "--to", "nobody=much", "--yes"),
        ("reassign", "contacts", "--view", "All Contacts", "--to", ",", "--yes"),
        ("reassign", "tasks", "--view", "open", "--to", "nobody", "--yes"),
        ("reassign", "contacts", "--ids", "no-such-file.csv", "--to", "nobody", "--yes"),
        ("handover", "--from", "nobody", "--to", "nobody"),
        ("handover", "--from", "nobody", "--to", "nobody", "--modules", "contacts,nonsense"),
        ("handover", "--from", "who@example.com", "--to", "nobody", "--modules", "contacts"),
        ("jobs", "show", "99"),
        ("jobs", "show", "x"),
        ("jobs", "resume", "99"),
        ("jobs", "undo", "99", "--yes"),
        ("jobs", "retry", "99", "--yes"),
        ("jobs", "cancel", "99"),
        ("jobs", "report", "99", "-o", "report.csv"),
        ("profiles", "test", "No such profile"),
        ("profiles", "remove", "No such profile"),
        ("sandbox", "--job-time", "soon"),
    ],
)
def test_wrong_use_ends_with_two(
    line: tuple[str, ...],
    small_sandbox: SandboxProcess,
    data_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CRMDESK_BUNDLE_ALIAS", small_sandbox.url)
    monkeypatch.setenv("CRMDESK_API_KEY", small_sandbox.api_key)
    monkeypatch.chdir(data_home.parent)
    assert main([*line, "--json"]) == 2
    told = capsys.readouterr()
    answer = json.loads(told.out.splitlines()[-1])
    assert answer["exit"] == 2
    assert answer["error"]["message"]
    assert answer["error"]["message"] in told.err
    assert "Traceback" not in told.err


def test_what_nobody_foresaw_is_told_calmly_and_kept_in_the_log(
    data_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    register_secret("a-key-in-a-traceback")
    try:
        raise ZeroDivisionError("with a-key-in-a-traceback")
    except ZeroDivisionError as error:
        assert end(error, as_json=True) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["error"]["kind"] == "bug"
    assert "Traceback" not in told.err
    log = data_home / "logs" / "crmdesk.log"
    assert str(log) in told.err
    assert "ZeroDivisionError" in log.read_text(encoding="utf-8")
    assert "a-key-in-a-traceback" not in log.read_text(encoding="utf-8") + told.out + told.err


def test_a_damaged_journal_is_told(crmdesk: Program) -> None:
    (crmdesk.home / "accounts").mkdir(parents=True, mode=0o700)
    crmdesk("jobs")
    journal = next(crmdesk.home.glob("accounts/*/journal.sqlite"))
    journal.write_bytes(b"this is no database, and long enough to be looked at as one" * 100)
    ended = crmdesk("jobs", "--json", expect=1)
    assert ended.answer["error"]["kind"] == "journal_damaged"
    assert ended.answer["exit"] == 1
