"""The frozen program, built once: its commands, its sandbox, its window and its resources."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

import crmdesk
from installer.build import ROOT, build, program

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("frozen")]


@pytest.fixture(scope="session")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the program, built into a temporary place; once, whatever runs between its tests."""
    return build(tmp_path_factory.mktemp("frozen"), log_level="ERROR")


@pytest.fixture
def bare(data_home: Path, tmp_path: Path) -> dict[str, str]:
    """An environment in which the source tree and its packages can't be found."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return env | {"CRMDESK_HOME": str(data_home)}


@contextmanager
def started(command: list[str], env: dict[str, str], cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """A program of ours with pipes; whatever happens, it and its children are gone afterwards."""
    with subprocess.Popen(
        command, env=env, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
                for one in family:
                    one.kill()


def test_it_says_its_version(frozen: Path, bare: dict[str, str], tmp_path: Path) -> None:
    command = [str(program(frozen, "crmdesk")), "--version"]
    done = subprocess.run(command, env=bare, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert crmdesk.__version__ in done.stdout


def test_its_sandbox_answers_over_http_and_ends_with_its_input(
    frozen: Path, bare: dict[str, str], tmp_path: Path
) -> None:
    command = [str(program(frozen, "crmdesk")), "sandbox", "--records", "50", "--json", "--until-stdin-closes"]
    with started(command, bare, tmp_path) as process:
        assert process.stdout is not None and process.stdin is not None
        ready = json.loads(process.stdout.readline())
        headers = {"Authorization": f"Token token={ready['api_key']}", "Accept": "application/json"}
        answer = httpx.get(f"{ready['url']}/api/contacts/filters", headers=headers, trust_env=False)
        assert answer.status_code == 200 and answer.json()["filters"]
        process.stdin.close()
        assert process.wait(60) == 0


def test_it_holds_every_resource(frozen: Path) -> None:
    source = ROOT / "resources"
    (inside,) = frozen.rglob("_resources")
    for path in source.rglob("*"):
        if path.is_file():
            assert (inside / path.relative_to(source)).read_bytes() == path.read_bytes()


def test_its_window_finds_its_resources_and_starts_the_sample(
    frozen: Path, bare: dict[str, str], display: dict[str, str], tmp_path: Path
) -> None:
    """The theme reads the resources before anything else; the sample's sandbox is started after the paint."""
    with started([str(program(frozen, "crmdesk-gui")), "--demo"], bare | display, tmp_path) as process:
        window = psutil.Process(process.pid)
        children: list[psutil.Process] = []
        while not children and process.poll() is None:
            children = [one for one in window.children() if "sandbox" in " ".join(one.cmdline())]
        told = process.stdout.read() if process.poll() is not None and process.stdout else ""
        assert children, told
        process.terminate()
        process.wait(60)
        gone, alive = psutil.wait_procs(children, timeout=60)
        assert gone and not alive


@pytest.mark.skipif(sys.platform == "win32", reason="the names of libraries differ")
def test_it_leaves_out_what_it_does_not_use(frozen: Path) -> None:
    names = {path.name for path in frozen.rglob("*")}
    assert not any("WebEngine" in name or "Qt6Quick" in name for name in names)
    assert not {"pytest", "mypy", "hypothesis"} & names
