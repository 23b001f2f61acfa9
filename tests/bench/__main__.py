"""Runs the measurements: `python -m tests.bench [NAME…] [--json FILE]`.

Each module of this folder that has `measure()` runs in a process of its own. The exit code is 0 even where a
limit is missed: a measurement tells, and the table marks the row.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.bench.rows import Row, rows_of, shown

HERE = Path(__file__).parent
MARK = "crmdesk-bench:"
LONGEST_S = 1500


def names() -> list[str]:
    """The modules of this folder that measure, by their text: importing one may start Qt."""
    found = []
    for path in sorted(HERE.glob("[a-z]*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(part, ast.FunctionDef) and part.name == "measure" for part in tree.body):
            found.append(path.stem)
    return found


def one(name: str) -> None:
    """In the child: measure, and print the rows behind a mark on the last line."""
    import importlib

    answer = importlib.import_module(f"tests.bench.{name}").measure()
    print(MARK + json.dumps([row.as_json() for row in rows_of(answer)]), flush=True)


def _environment(home: str) -> dict[str, str]:
    """No measurement reads the developer's account, keyring or data."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("CRMDESK_")}
    return env | {
        "CRMDESK_HOME": home,
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
        "NO_PROXY": "127.0.0.1,localhost",
    }


def _child(name: str) -> tuple[list[dict[str, Any]], str]:
    """The rows of one module, or none and why."""
    with tempfile.TemporaryDirectory(prefix="crmdesk-bench-", ignore_cleanup_errors=True) as home:
        command = [sys.executable, "-m", "tests.bench", "--one", name]
        try:
            done = subprocess.run(
                command,
                cwd=HERE.parent.parent,
                env=_environment(home),
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=LONGEST_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return [], f"did not end within {LONGEST_S} s"
    for line in reversed(done.stdout.splitlines()):
        if line.startswith(MARK):
            return json.loads(line.removeprefix(MARK)), ""
    lines = (done.stderr or done.stdout).strip().splitlines()
    return [], (lines[-1] if lines else "") or f"exit code {done.returncode}"


def measured(wanted: Sequence[str]) -> Iterator[Row]:
    """Each module's rows, as they come; what fails is a row too."""
    for name in wanted:
        print(f"· {name} …", file=sys.stderr, flush=True)
        began = time.monotonic()
        found, trouble = _child(name)
        print(f"· {name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        if trouble:
            yield Row(name, None, None, note=trouble)
        for row in found:
            row.pop("over")
            yield Row(**row)


def table(rows: Sequence[Row]) -> str:
    """The rows as text in columns; those over their limit carry a mark."""
    lines = [("", "what", "ours", "baseline", "value", "limit")]
    for row in rows:
        mark = "OVER" if row.over else "ok"
        value = "failed" if row.value is None else f"{shown(row.value)} {row.unit}".rstrip()
        lines.append((mark, row.name, row.ours, row.baseline, value, shown(row.limit)))
    widths = [max(len(line[at]) for line in lines) for at in range(6)]
    out = []
    for at, line in enumerate(lines):
        cells = [line[0].ljust(widths[0]), line[1].ljust(widths[1])]
        cells += [cell.rjust(width) for cell, width in zip(line[2:], widths[2:], strict=True)]
        out.append("  ".join(cells).rstrip())
        if at and rows[at - 1].note:
            out.append(f"{' ' * (widths[0] + 2)}{rows[at - 1].note}")
    return "\n".join(out)


def machine() -> str:
    """What it was measured on."""
    from importlib.metadata import version

    return (
        f"{platform.system()} {platform.release()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"PySide6 {version('PySide6')}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for, print one table."""
    known = names()
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="one of: " + ", ".join(known))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows as JSON too")
    parser.add_argument("--one", metavar="NAME", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.one:
        one(given.one)
        return 0
    for name in given.names:
        if name not in known:
            parser.error(f"there is no measurement {name}; there are {', '.join(known)}")
    rows = list(measured(given.names or known))
    print(f"{machine()}\n\n{table(rows)}")
    if given.json is not None:
        body = {"machine": machine(), "rows": [row.as_json() for row in rows]}
        given.json.write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
