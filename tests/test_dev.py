"""dev.py: exit codes pass through, other Pythons are found, and what can't be done is said exactly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import dev


def test_exit_codes_pass_through() -> None:
    assert dev.run([sys.executable, "-c", "raise SystemExit(7)"]) == 7


def test_wrong_use_is_refused() -> None:
    for arguments in (["nonsense"], [], ["setup", "--unknown"], ["screenshots"]):
        with pytest.raises(SystemExit) as ended:
            dev.main(arguments)
        assert ended.value.code == 2


def test_this_version_of_python_is_found_and_another_is_left_to_uv() -> None:
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert own in dev.output([dev.find_python(own), "--version"])
    assert dev.find_python("3.99") == "3.99"


def test_an_environment_tells_its_version() -> None:
    venv = Path(sys.prefix)
    if not (venv / "pyvenv.cfg").exists():
        pytest.skip("the tests run outside a virtual environment")
    assert dev.version_in(venv) == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert dev.version_in(venv / "nothing") == ""


def test_a_changed_lock_file_or_python_asks_for_a_new_set_up() -> None:
    assert dev.fingerprint("3.11") == dev.fingerprint("3.11") != dev.fingerprint("3.12")


def test_where_it_may_not_install_it_prints_the_exact_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert dev.install([("xvfb",), ("dbus",), ("xvfb",)], "the tests") is False
    assert "sudo apt-get install --no-install-recommends dbus xvfb\n" in capsys.readouterr().out
    assert dev.install([], "nothing") is True


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_a_demo_without_a_display_says_so() -> None:
    venv = dev.venv_of(None)
    version = dev.version_in(venv)
    if not (venv / dev.STAMP).exists() or (venv / dev.STAMP).read_text() != dev.fingerprint(version):
        pytest.skip("python3 dev.py setup has not been run since the packages changed")
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    env = {name: value for name, value in os.environ.items() if name not in hidden}
    command: list[str | Path] = [dev.program(venv, "python"), dev.ROOT / "dev.py", "demo"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no display" in done.stdout
