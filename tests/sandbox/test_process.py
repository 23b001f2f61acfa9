"""The process: its ready line, all the ways in which it ends, and what its file keeps over a restart."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
import psutil
import pytest

from tests.sandbox.support import finished, rows, until, upsert, users, view_id
from tests.support.sandbox_process import SandboxProcess

SMALL = ("--records", "30")


def run(*flags: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end, which it reaches by itself because its standard input is empty."""
    return subprocess.run(
        [sys.executable, "-m", "crmdesk.sandbox", *SMALL, "--until-stdin-closes", *flags],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_standard_output_is_one_json_line(flags: tuple[str, ...]) -> None:
    ended = run(*flags)
    assert ended.returncode == 0
    (line,) = ended.stdout.splitlines()
    ready = json.loads(line)
    assert list(ready) == ["url", "api_key", "agent_key", "pid"]
    assert ready["url"].startswith("http://127.0.0.1:") and ready["url"].endswith("/crm/sales")
    assert (ended.stderr == "") == bool(flags)


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (("--faults", "nonsense:1"), "nonsense:1"),
        (("--faults", "status=503:2"), "status=503:2"),
        (("--job-time", "soon"), "soon"),
        (("--dataset", "other"), "other"),
        (("--port", "70000"), "70000"),
        (("--records", "-1"), "-1"),
    ],
)
def test_wrong_use_is_told_and_ends_with_2(flags: tuple[str, ...], named: str) -> None:
    ended = run(*flags)
    assert ended.returncode == 2 and named in ended.stderr and ended.stdout == ""
    assert "Traceback" not in ended.stderr


def test_a_port_in_use_is_told(small_sandbox: SandboxProcess) -> None:
    port = str(httpx.URL(small_sandbox.url).port)
    ended = run("--port", port)
    assert ended.returncode == 2 and port in ended.stderr and "Traceback" not in ended.stderr


def test_a_file_that_is_no_state_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear all,\n" * 200)
    ended = run("--state", str(path))
    assert ended.returncode == 2 and "letter.txt" in ended.stderr and "Traceback" not in ended.stderr
    assert path.read_text().startswith("Dear all")


def gone(sandbox: SandboxProcess) -> bool:
    return not psutil.pid_exists(sandbox.pid)


def test_it_ends_when_its_standard_input_closes() -> None:
    sandbox = SandboxProcess(*SMALL)
    assert sandbox.stop() == 0 and gone(sandbox)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to catch: the process is ended at once there")
def test_sigterm_ends_it_with_0() -> None:
    assert SandboxProcess(*SMALL).terminate() == 0


def test_ctrl_c_ends_it_with_0() -> None:
    assert SandboxProcess(*SMALL).interrupt() == 0


def test_it_ends_while_a_request_is_under_way() -> None:
    sandbox = SandboxProcess(*SMALL, "--latency", "30000")
    with sandbox.client() as client, pytest.raises(httpx.TransportError):
        client.get("selector/owners", timeout=0.2)
    assert sandbox.interrupt() == 0


def test_it_ends_with_the_process_that_it_was_told_to_watch() -> None:
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with SandboxProcess(*SMALL, "--parent", str(parent.pid)) as sandbox:
        assert sandbox.requests() == []
        assert parent.stdin is not None
        parent.stdin.close()
        parent.wait(timeout=20)
        assert sandbox.wait() == 0


STARTER = """
import subprocess, sys
sandbox = subprocess.Popen(
    [sys.executable, "-m", "crmdesk.sandbox", "--records", "30", "--until-stdin-closes"],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
sys.stdout.buffer.write(sandbox.stdout.readline())
sys.stdout.flush()
input()
"""


def test_it_ends_with_the_program_that_started_it_even_if_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", STARTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        pid = json.loads(starter.stdout.readline())["pid"]
        assert psutil.pid_exists(pid)
        starter.kill()
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_a_temporary_file_is_removed_at_the_end() -> None:
    sandbox = SandboxProcess(*SMALL)
    (folder,) = Path(tempfile.gettempdir()).glob(f"crmdesk-sandbox-{sandbox.pid}-*")
    sandbox.stop()
    assert not folder.exists()


def test_a_state_file_is_continued(tmp_path: Path) -> None:
    flags = (*SMALL, "--state", str(tmp_path / "state.db"))
    with SandboxProcess(*flags) as first:
        keys = (first.api_key, first.agent_key)
        with first.client() as client:
            deal, other = rows(client, "deals", "All Deals", include="owner")[:2]
            owner = next(user for user in users(client) if user != deal["owner_id"])
            client.put(f"deals/{deal['id']}", json={"deal": {"owner_id": owner}})
        first.delete("deals", other["id"])
    with SandboxProcess(*flags, "--records", "50") as second:
        assert (second.api_key, second.agent_key) == keys
        assert second.record("deals", deal["id"])["owner_id"] == owner
        assert other["id"] not in second.records("deals")
        before = second.record("deals", deal["id"])["updated_ms"]
        assert second.change("deals", deal["id"], probability=1)["updated_ms"] > before
        second.reset()
        assert second.record("deals", deal["id"])["owner_id"] == deal["owner_id"]
        assert second.api_key == keys[0]
        with second.client() as client:
            assert client.get("selector/owners").status_code == 200


def test_a_killed_sandbox_loses_nothing_and_goes_on_with_its_jobs(tmp_path: Path) -> None:
    flags = (*SMALL, "--state", str(tmp_path / "state.db"), "--job-time", "1,0")
    first = SandboxProcess(*flags)
    with first.client() as client:
        one, two = rows(client, "deals", "All Deals")[:2]
        client.put(f"deals/{one['id']}", json={"deal": {"probability": 77}})
        job = upsert(client, "deals", [{"id": two["id"], "data": {"probability": 78}}])
    first.kill()
    with SandboxProcess(*flags) as second, second.client() as client:
        assert second.record("deals", one["id"])["probability"] == 77
        assert finished(client, job)["data"]["record_status"] == {"succeeded": 1, "failed": 0}
        assert second.record("deals", two["id"])["probability"] == 78


def test_latency_delays_every_answer_of_the_api() -> None:
    with SandboxProcess(*SMALL, "--latency", "150") as sandbox, sandbox.client() as client:
        assert client.get("selector/owners").elapsed.total_seconds() >= 0.15


def test_a_port_can_be_chosen(small_sandbox: SandboxProcess) -> None:
    with SandboxProcess(*SMALL) as first:
        port = httpx.URL(first.url).port
    with SandboxProcess(*SMALL, "--port", str(port)) as second:
        assert httpx.URL(second.url).port == port


def test_ready_means_that_all_data_is_there(small_sandbox: SandboxProcess) -> None:
    with SandboxProcess("--records", "2000") as sandbox, sandbox.client() as client:
        view = view_id(client, "contacts", "All Contacts")
        assert client.get(f"contacts/view/{view}").json()["meta"]["total"] == 2000


def test_an_own_key_for_every_start() -> None:
    with SandboxProcess(*SMALL) as first, SandboxProcess(*SMALL) as second:
        assert len({first.api_key, first.agent_key, second.api_key, second.agent_key}) == 4


@pytest.mark.skipif(not hasattr(signal, "SIGTERM") or os.name == "nt", reason="needs POSIX signals")
def test_it_can_be_ended_before_it_is_ready() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "crmdesk.sandbox", "--records", "100000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: any(Path(tempfile.gettempdir()).glob(f"crmdesk-sandbox-{process.pid}-*")))
    process.terminate()
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "") and "Traceback" not in err
    assert not any(Path(tempfile.gettempdir()).glob(f"crmdesk-sandbox-{process.pid}-*"))
