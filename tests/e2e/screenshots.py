"""`python -m tests.e2e.screenshots DIR`: every main screen, light and dark, as PNG; two of them larger too.

Each theme and each scale is a process of its own, on a screen and a sandbox of its own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.stage import SIZE, Stage
from tests.support.display import screen
from tests.support.sandbox_process import SandboxProcess

ROOT = Path(__file__).parent.parent.parent
RECORDS = "5000"
# Set, scheme, scale, end of the names.
SERIES = (
    ("editing", "light", 1.0, "light"),
    ("editing", "dark", 1.0, "dark"),
    ("belongings", "light", 1.0, "light"),
    ("belongings", "dark", 1.0, "dark"),
    ("everything", "light", 1.0, "light"),
    ("everything", "dark", 1.0, "dark"),
    ("main", "light", 1.25, "light-125"),
    ("main", "dark", 1.25, "dark-125"),
    ("main", "light", 2.0, "light-200"),
    ("main", "dark", 2.0, "dark-200"),
)


def take(folder: Path, which: str, scheme: str, suffix: str) -> None:
    """In the child: one series of pictures."""
    from tests.e2e.series import SETS

    scenes, play = SETS[which]
    sandbox = SandboxProcess("--records", RECORDS, "--job-time", "1,0.3")
    with sandbox, Stage(folder, scheme=scheme, suffix=suffix) as stage:
        play(scenes(stage, sandbox))


def series(folder: Path, which: str, scheme: str, scale: float, suffix: str) -> int:
    """Start the child on a screen that is large enough; its exit code."""
    width, height = (round(side * scale) + 40 for side in SIZE)
    with screen(f"{width}x{height}") as display, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        env = {key: value for key, value in os.environ.items() if not key.startswith("CRMDESK_")}
        env |= {
            **display,
            "CRMDESK_HOME": home,
            # The person's own keyring is none of the pictures' business.
            "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
            "NO_PROXY": "127.0.0.1,localhost",
            "QT_SCALE_FACTOR": str(scale),
            # Sample names are in scripts that some font of the machine may lack; that is to be seen, not said.
            "QT_LOGGING_RULES": "qt.text.font.db=false",
        }
        command = [sys.executable, "-m", "tests.e2e.screenshots", str(folder), "--take", which, scheme, suffix]
        return subprocess.run(command, cwd=ROOT, env=env, timeout=600, check=False).returncode


def main(arguments: Sequence[str] | None = None) -> int:
    """Take all series, or those whose names end as asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.screenshots", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, metavar="DIR")
    names = ", ".join(f"{which}-{end}" for which, *_, end in SERIES)
    parser.add_argument("--only", metavar="NAME", action="append", help=f"this series, or several: {names}")
    parser.add_argument("--take", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    folder = given.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    if given.take:
        take(folder, *given.take)
        return 0
    failed = [
        f"{which}-{end}"
        for which, scheme, scale, end in SERIES
        if f"{which}-{end}" in (given.only or [f"{which}-{end}"]) and series(folder, which, scheme, scale, end)
    ]
    for path in sorted(folder.glob("*.png")):
        print(path)
    if failed:
        print("not complete: " + ", ".join(failed), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
