#!/usr/bin/env python3
"""Sets CRMDesk up on a machine that has only Python, and runs what a developer needs.

    python3 dev.py setup | demo | test | check | bench | screenshots DIR | package

Standard library only. It makes `.uv/` (the uv package manager) and `.venv/` (everything else), and on
Debian and Ubuntu, as root, installs the system libraries that Qt needs; elsewhere it prints the command.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent
UV_VERSION = "0.13.8"
STAMP = "crmdesk-ready"

# Shared library → Debian package; the second name is the one of releases since the 64-bit time change.
PACKAGE_OF_LIBRARY: Mapping[str, tuple[str, ...]] = {
    "libGL.so.1": ("libgl1",),
    "libEGL.so.1": ("libegl1",),
    "libOpenGL.so.0": ("libopengl0",),
    "libGLX.so.0": ("libglx0",),
    "libgbm.so.1": ("libgbm1",),
    "libdrm.so.2": ("libdrm2",),
    "libICE.so.6": ("libice6",),
    "libSM.so.6": ("libsm6",),
    "libX11.so.6": ("libx11-6",),
    "libX11-xcb.so.1": ("libx11-xcb1",),
    "libXcomposite.so.1": ("libxcomposite1",),
    "libXcursor.so.1": ("libxcursor1",),
    "libXdamage.so.1": ("libxdamage1",),
    "libXext.so.6": ("libxext6",),
    "libXfixes.so.3": ("libxfixes3",),
    "libXi.so.6": ("libxi6",),
    "libXrandr.so.2": ("libxrandr2",),
    "libXrender.so.1": ("libxrender1",),
    "libXtst.so.6": ("libxtst6",),
    "libxkbcommon.so.0": ("libxkbcommon0",),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0",),
    "libxkbfile.so.1": ("libxkbfile1",),
    "libxshmfence.so.1": ("libxshmfence1",),
    "libxcb.so.1": ("libxcb1",),
    "libxcb-cursor.so.0": ("libxcb-cursor0",),
    "libxcb-dri3.so.0": ("libxcb-dri3-0",),
    "libxcb-glx.so.0": ("libxcb-glx0",),
    "libxcb-icccm.so.4": ("libxcb-icccm4",),
    "libxcb-image.so.0": ("libxcb-image0",),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1",),
    "libxcb-randr.so.0": ("libxcb-randr0",),
    "libxcb-render.so.0": ("libxcb-render0",),
    "libxcb-render-util.so.0": ("libxcb-render-util0",),
    "libxcb-shape.so.0": ("libxcb-shape0",),
    "libxcb-shm.so.0": ("libxcb-shm0",),
    "libxcb-sync.so.1": ("libxcb-sync1",),
    "libxcb-util.so.1": ("libxcb-util1",),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0",),
    "libxcb-xkb.so.1": ("libxcb-xkb1",),
    "libasound.so.2": ("libasound2", "libasound2t64"),
    "libdbus-1.so.3": ("libdbus-1-3",),
    "libexpat.so.1": ("libexpat1",),
    "libfontconfig.so.1": ("libfontconfig1",),
    "libfreetype.so.6": ("libfreetype6",),
    "libgio-2.0.so.0": ("libglib2.0-0", "libglib2.0-0t64"),
    "libglib-2.0.so.0": ("libglib2.0-0", "libglib2.0-0t64"),
    "libgobject-2.0.so.0": ("libglib2.0-0", "libglib2.0-0t64"),
    "libgthread-2.0.so.0": ("libglib2.0-0", "libglib2.0-0t64"),
    "libgssapi_krb5.so.2": ("libgssapi-krb5-2",),
    "libnspr4.so": ("libnspr4",),
    "libplc4.so": ("libnspr4",),
    "libplds4.so": ("libnspr4",),
    "libnss3.so": ("libnss3",),
    "libnssutil3.so": ("libnss3",),
    "libsmime3.so": ("libnss3",),
    "libssl3.so": ("libnss3",),
    "libudev.so.1": ("libudev1",),
    "libwayland-client.so.0": ("libwayland-client0",),
    "libwayland-cursor.so.0": ("libwayland-cursor0",),
    "libwayland-egl.so.1": ("libwayland-egl1",),
    "libwayland-server.so.0": ("libwayland-server0",),
    "libz.so.1": ("zlib1g",),
}
QT_BINARIES = (
    "lib/libQt6Gui.so.6",
    "lib/libQt6Widgets.so.6",
    "lib/libQt6Svg.so.6",
    "lib/libQt6WebEngineCore.so.6",
    "libexec/QtWebEngineProcess",
    "plugins/platforms/libqxcb.so",
    "plugins/platforms/libqoffscreen.so",
)
PACKAGE_OF_TEST_TOOL = {
    "Xvfb": "xvfb",
    "dbus-run-session": "dbus",
    "gnome-keyring-daemon": "gnome-keyring",
    "fc-list": "fontconfig",
    "xdotool": "xdotool",
}
# A language that only the package's font can write: sample data holds names in all of these.
FONT_OF_LANGUAGE = {
    "en": "fonts-dejavu-core",
    "he": "fonts-dejavu-core",
    "ar": "fonts-dejavu-core",
    "zh-cn": "fonts-wqy-microhei",
    "ja": "fonts-wqy-microhei",
    "ko": "fonts-wqy-microhei",
    "hi": "fonts-lohit-deva",
    "ta": "fonts-lohit-taml",
    "km": "fonts-khmeros",
    "th": "fonts-thai-tlwg-ttf",
}


class Trouble(Exception):
    """Set-up can't go on; the text says what to do."""


def say(text: str) -> None:
    """One line of progress."""
    print(f"· {text}", flush=True)


def run(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, quiet: bool = False) -> int:
    """Run to the end and give the exit code. Ctrl+C and SIGTERM reach the child, which then tidies up."""
    child = subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env=dict(env) if env is not None else None,
        stdout=subprocess.DEVNULL if quiet else None,
    )

    def pass_on(number: int, frame: FrameType | None) -> None:
        child.terminate()

    before = signal.signal(signal.SIGTERM, pass_on)
    try:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                # The terminal has told the child as well.
                continue
    finally:
        signal.signal(signal.SIGTERM, before)


def output(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> str:
    """What a command prints; empty if it is not there or fails."""
    try:
        done = subprocess.run(
            [str(part) for part in command], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""


def base_python() -> str:
    """The Python that runs this, from outside a virtual environment if it is in one."""
    return str(getattr(sys, "_base_executable", "") or sys.executable)


def program(venv: Path, name: str) -> Path:
    """The path of a program inside a virtual environment on this system."""
    return venv / ("Scripts" if os.name == "nt" else "bin") / (f"{name}.exe" if os.name == "nt" else name)


# System packages --------------------------------------------------------------------------------------


def can_install() -> bool:
    """Whether this is Debian or Ubuntu, and we are root."""
    return os.name == "posix" and shutil.which("apt-get") is not None and os.geteuid() == 0


def available(names: tuple[str, ...]) -> str:
    """The one of the alternative package names that this release knows."""
    for name in names[1:]:
        candidate = re.search(r"Candidate: (\S+)", output(["apt-cache", "policy", name]))
        if candidate and candidate.group(1) != "(none)":
            return name
    return names[0]


def install(wanted: Iterable[tuple[str, ...]], purpose: str) -> bool:
    """Install system packages, or print the exact command; True if they were installed."""
    choices = sorted(set(wanted))
    if not choices:
        return True
    if not can_install():
        packages = " ".join(available(names) for names in choices)
        say(f"{purpose} needs more of the system. Run this, then try again:")
        print(f"    sudo apt-get install --no-install-recommends {packages}", flush=True)
        return False
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "-q", "update"], env=env, quiet=True)
    packages = " ".join(available(names) for names in choices)
    say(f"{purpose}: installing {packages}")
    command = ["apt-get", "-q", "-y", "install", "--no-install-recommends", *packages.split()]
    if run(command, env=env, quiet=True) == 0:
        return True
    say("that failed; this is the command: sudo " + " ".join(command))
    return False


def missing_libraries(venv: Path) -> set[str]:
    """The shared libraries that Qt asks for and this system lacks."""
    found = sorted(venv.glob("lib/python*/site-packages/PySide6/Qt"))
    missing: set[str] = set()
    for name in QT_BINARIES:
        if found and (found[0] / name).exists():
            missing |= set(re.findall(r"^\s*(\S+) => not found", output(["ldd", found[0] / name]), re.M))
    return {name for name in missing if not name.startswith("libQt6")}


def system_libraries(venv: Path) -> None:
    """See that Qt can start on Linux."""
    if not sys.platform.startswith("linux"):
        return
    missing = missing_libraries(venv)
    unknown = sorted(missing - PACKAGE_OF_LIBRARY.keys())
    if unknown:
        say("Qt also asks for these libraries; install the packages that hold them: " + ", ".join(unknown))
    install((PACKAGE_OF_LIBRARY[name] for name in missing - set(unknown)), "Qt")


def test_tools() -> None:
    """See that the tests have a screen, a keyring and fonts on Linux."""
    if not sys.platform.startswith("linux"):
        return
    wanted = [(name,) for tool, name in PACKAGE_OF_TEST_TOOL.items() if shutil.which(tool) is None]
    for language, name in FONT_OF_LANGUAGE.items():
        if not output(["fc-list", f":lang={language}", "family"]).strip():
            wanted.append((name,))
    if not install(wanted, "the tests"):
        say("tests that need them will say so and be skipped")


# Python packages --------------------------------------------------------------------------------------


def ensure_uv() -> Path:
    """The pinned uv, in a virtual environment of its own."""
    home = ROOT / ".uv"
    uv = program(home, "uv")
    if UV_VERSION in output([uv, "--version"]):
        return uv
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        if not install([(version,)], "Python's venv module"):
            raise Trouble(f"this Python ({sys.executable}) has no venv module")
    say(f"uv {UV_VERSION}")
    if run([base_python(), "-m", "venv", "--clear", home]) != 0:
        raise Trouble(f"{home} could not be made")
    pip: list[str | Path] = [
        program(home, "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    if run([*pip, f"uv=={UV_VERSION}"]) != 0:
        raise Trouble("uv could not be installed; is the network there?")
    return uv


def venv_of(python: str | None) -> Path:
    """`.venv`, or `.venv-3.12` when that version is asked for."""
    return ROOT / (f".venv-{python}" if python else ".venv")


def find_python(version: str) -> str:
    """A Python of this version on this machine; else the version, and uv looks for it or downloads it."""
    name = "python.exe" if os.name == "nt" else "bin/python3"
    found = [Path(path) for path in [shutil.which(f"python{version}")] if path]
    # pyenv and CI runners keep the versions side by side; a shim of pyenv runs the chosen ones only.
    homes = [Path(sys.base_prefix).parent, *(shim.parents[1] / "versions" for shim in found)]
    found += [path for home in homes for path in sorted(home.glob(f"{version}.*/{name}"), reverse=True)]
    for path in found:
        if output([path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]).strip() == version:
            return str(path)
    return version


def fingerprint(version: str) -> str:
    """Changes when the packages to install do."""
    text = (ROOT / "uv.lock").read_bytes() + (ROOT / "pyproject.toml").read_bytes() + version.encode()
    return hashlib.sha256(text).hexdigest()


def version_in(venv: Path) -> str:
    """`3.11` for an environment that was made with it; empty if there is none."""
    try:
        text = (venv / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return ""
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+)", text, re.M)
    return found.group(1) if found and program(venv, "python").exists() else ""


def sync(python: str | None) -> Path:
    """Bring the environment to what uv.lock says; does nothing, and asks nobody, when it is there."""
    venv = venv_of(python)
    wanted = python or f"{sys.version_info.major}.{sys.version_info.minor}"
    stamp = venv / STAMP
    if version_in(venv) == wanted and stamp.exists() and stamp.read_text() == fingerprint(wanted):
        return venv
    uv = ensure_uv()
    say(f"packages for Python {wanted} in {venv.name}")
    env = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    env["UV_PROJECT_ENVIRONMENT"] = str(venv)
    command: list[str | Path] = [uv, "sync", "--frozen", "--quiet"]
    if version_in(venv) != wanted:
        command += ["--python", find_python(python) if python else base_python()]
    if run(command, env=env) != 0:
        raise Trouble(f"the packages for Python {wanted} could not be installed")
    stamp.write_text(fingerprint(wanted))
    return venv


def setup(python: str | None = None, *, for_tests: bool = False) -> Path:
    """Everything that the other commands need; gives the environment's folder."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what an older Python meets first
        raise Trouble(f"CRMDesk needs Python 3.11 or newer; this is {sys.version.split()[0]}")
    venv = sync(python)
    system_libraries(venv)
    if for_tests:
        test_tools()
    return venv


# Commands ---------------------------------------------------------------------------------------------


def do_setup(options: argparse.Namespace) -> int:
    """Set up only."""
    venv = setup(options.python)
    say(f"ready: {program(venv, 'crmdesk').relative_to(ROOT)}")
    return 0


def do_demo(options: argparse.Namespace) -> int:
    """The window on a sandbox with sample data."""
    venv = setup()
    shown = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in shown):
        say("there is no display here (DISPLAY and WAYLAND_DISPLAY are empty), so no window can be shown")
        return 1
    return run([program(venv, "python"), "-m", "crmdesk.ui", "--demo"])


def check(venv: Path) -> int:
    """Lint, format, types and layers; runs all of them and gives the first exit code that is not 0."""
    python = program(venv, "python")
    checks: tuple[tuple[str | Path, ...], ...] = (
        (python, "-m", "ruff", "check", "--quiet", "."),
        (python, "-m", "ruff", "format", "--check", "--quiet", "."),
        (python, "-m", "mypy", "--no-error-summary"),
        (program(venv, "lint-imports"), "--no-logo"),
    )
    first = 0
    for command in checks:
        say(" ".join(Path(part).name for part in command if part not in (python, "-m")))
        first = run(command) or first
    say("check: all well" if first == 0 else "check: see above")
    return first


def do_check(options: argparse.Namespace) -> int:
    """ruff, mypy and import-linter."""
    return check(setup())


def do_test(options: argparse.Namespace) -> int:
    """The suite; without arguments for pytest, after `check` and with two workers."""
    venv = setup(options.python, for_tests=True)
    arguments = list(options.rest)
    checked = 0
    if not arguments:
        arguments = ["-n", "2", "--dist", "loadgroup"]
        checked = check(venv)
    # The suite ends what is printed, whatever the checks said: its last line is the result.
    tested = run([program(venv, "python"), "-m", "pytest", *arguments])
    return tested or checked


def do_bench(options: argparse.Namespace) -> int:
    """The measurements, each as a ratio to a baseline of the same run."""
    venv = setup(for_tests=True)
    return run([program(venv, "python"), "-m", "tests.bench", *options.rest])


def do_screenshots(options: argparse.Namespace) -> int:
    """Every main screen, light and dark, as PNG."""
    venv = setup(for_tests=True)
    folder = Path(options.folder).absolute()
    return run([program(venv, "python"), "-m", "tests.e2e.screenshots", folder])


def do_package(options: argparse.Namespace) -> int:
    """The program for this system, frozen, in `dist/`."""
    venv = setup()
    return run([program(venv, "python"), "-m", "installer.build", *options.rest])


def parser() -> argparse.ArgumentParser:
    """The command line."""
    whole = argparse.ArgumentParser(prog="dev.py", description=(__doc__ or "").split("\n", 1)[0])
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    table = {
        "setup": do_setup,
        "demo": do_demo,
        "test": do_test,
        "check": do_check,
        "bench": do_bench,
        "screenshots": do_screenshots,
        "package": do_package,
    }
    for name, function in table.items():
        one = commands.add_parser(name, help=(function.__doc__ or "").strip())
        one.set_defaults(function=function)
        if name in ("setup", "test"):
            one.add_argument("--python", metavar="X.Y", help="the Python to use, such as 3.12")
        if name == "screenshots":
            one.add_argument("folder", metavar="DIR")
    return whole


def main(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code."""
    whole = parser()
    options, rest = whole.parse_known_args(arguments)
    if rest and options.command not in ("test", "bench", "package"):
        whole.error("unknown: " + " ".join(rest))
    options.rest = rest
    try:
        return int(options.function(options))
    except Trouble as trouble:
        say(str(trouble))
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
