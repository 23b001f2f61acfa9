"""Start to first paint of the main window ÷ a bare PySide6 table window, both as processes of their own."""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.bench.rows import Row, shown
from tests.support.display import screen

RUNS = 9
LIMIT = 2.5
ROOT = Path(__file__).parent.parent.parent
# As `python -m crmdesk.ui`, with a word after the first paint.
OURS = """
import os, sys
from crmdesk.ui.main import main

def painted():
    sys.stdout.write("painted\\n")
    sys.stdout.flush()
    os._exit(0)

main([], painted)
"""
PROFILE = {
    "last_account": {
        "id": "0b5f2f3e-9a53-4f5b-9a3c-000000000001",
        "name": "Acme Europe",
        "color": "#C0301E",
        "production": True,
    }
}


def _seconds(arguments: list[str], env: Mapping[str, str]) -> float:
    """Wall time from starting the process to the line that follows its first paint."""
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=env, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        took = time.perf_counter() - began
    if line.strip() != b"painted":
        raise RuntimeError(f"{arguments[0]} ended without a paint")
    return took


def costly(env: Mapping[str, str], most: int = 4) -> str:
    """Which imports of ours cost most until the first paint, in ms of their own (`-X importtime`)."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", OURS], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    spent: dict[str, float] = {}
    for alone, name in re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", done.stderr):
        room = ".".join(name.split(".")[:3]) if name.startswith("crmdesk.") else name.split(".")[0]
        spent[room] = spent.get(room, 0.0) + int(alone) / 1000
    first = sorted(spent, key=lambda room: -spent[room])[:most]
    return ", ".join(f"{room} {spent[room]:.0f} ms" for room in first)


def _home(folder: str) -> str:
    """A data folder as a later start finds it: an account is remembered, so the whole window is painted."""
    (Path(folder) / "window.json").write_text(json.dumps(PROFILE), encoding="utf-8")
    return folder


def measure() -> Row:
    """The row of the start: medians of alternating runs, after one of each that warms the caches."""
    with screen() as display, tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, **display, "CRMDESK_HOME": _home(folder)}
        bare, window = ["-m", "tests.bench.bare_table"], ["-c", OURS]
        for warm in (bare, window):
            _seconds(warm, env)
        pairs = [(_seconds(bare, env), _seconds(window, env)) for _ in range(RUNS)]
        note = costly(env)
    baseline = statistics.median(pair[0] for pair in pairs)
    ours = statistics.median(pair[1] for pair in pairs)
    return Row(
        name="start to first paint",
        value=ours / baseline,
        limit=LIMIT,
        ours=f"{shown(ours * 1000)} ms",
        baseline=f"{shown(baseline * 1000)} ms",
        note=f"the main window with its account; imports: {note}",
    )


if __name__ == "__main__":
    print(json.dumps(measure().as_json()))
