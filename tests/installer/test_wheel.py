"""The wheel holds the resources and the two programs, and finds its resources when it is installed."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from installer.build import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.xdist_group("frozen")]


def uv() -> str:
    """The uv that dev.py made, or the one of the person."""
    own = ROOT / ".uv" / ("Scripts/uv.exe" if os.name == "nt" else "bin/uv")
    found = str(own) if own.exists() else shutil.which("uv")
    if found is None:
        pytest.skip("uv is not there (python3 dev.py setup brings it)")
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built into a temporary place."""
    out = tmp_path_factory.mktemp("wheel")
    command = [
        uv(),
        "build",
        "--wheel",
        "--quiet",
        "--no-build-isolation",
        "--python",
        sys.executable,
        "--out-dir",
        str(out),
        str(ROOT),
    ]
    subprocess.run(command, check=True)
    (built,) = out.glob("*.whl")
    return built


def test_it_holds_every_resource_and_no_test(wheel: Path) -> None:
    source = ROOT / "resources"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        for path in source.rglob("*"):
            if path.is_file():
                inside = f"crmdesk/_resources/{path.relative_to(source).as_posix()}"
                assert archive.read(inside) == path.read_bytes()
    assert not any(name.startswith(("tests/", "installer/", "dev.py")) for name in names)


def test_it_names_its_programs_and_its_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (entry_points,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        programs = configparser.ConfigParser()
        programs.read_string(archive.read(entry_points).decode())
        assert any(name.endswith("licenses/LICENSE") for name in archive.namelist())
    assert programs["console_scripts"]["crmdesk"] == "crmdesk.cli.main:main"
    assert programs["gui_scripts"]["crmdesk-gui"] == "crmdesk.ui.main:main"


def test_installed_it_finds_its_resources(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "installed"
    command = [uv(), "pip", "install", "--quiet", "--no-deps", "--offline", "--target", str(target), str(wheel)]
    subprocess.run([*command, "--python", sys.executable], check=True)
    code = "from crmdesk.config.paths import resources_dir; print(resources_dir())"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env=os.environ | {"PYTHONPATH": str(target)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    found = Path(done.stdout.strip())
    assert found == target / "crmdesk" / "_resources"
    assert (found / "README.md").is_file()
