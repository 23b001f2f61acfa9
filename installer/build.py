"""Builds the frozen program with PyInstaller: `python -m installer.build [--out DIR]`."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def build(out: Path, *, log_level: str = "WARN") -> Path:
    """Build into `out` and give the program's folder. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory(prefix="crmdesk-build-") as work:
        command = [
            sys.executable, "-m", "PyInstaller", str(ROOT / "installer" / "crmdesk.spec"),
            "--noconfirm", "--log-level", log_level, "--distpath", str(out), "--workpath", work,
        ]  # fmt: skip
        subprocess.run(command, cwd=ROOT, check=True)
    return out / "crmdesk"


def program(folder: Path, name: str) -> Path:
    """The path of a program in the built folder, on this system."""
    return folder / (f"{name}.exe" if sys.platform == "win32" else name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, and say where it is and how large."""
    parser = argparse.ArgumentParser(prog="installer.build", description="Builds the frozen program.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="DIR")
    options = parser.parse_args(arguments)
    try:
        folder = build(options.out.absolute())
    except subprocess.CalledProcessError as error:
        print("PyInstaller failed; see above")
        return error.returncode or 1
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 1e6:,.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
