"""A screen for tests with windows: Xvfb where it is there, Qt's offscreen platform elsewhere."""

from __future__ import annotations

import ctypes.util
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

START_WITHIN = 20.0
_FLAGS = ("-nolisten", "tcp", "-noreset")
# The shell reads its standard input, so Xvfb ends with the tests even if those crash or are killed.
_SCRIPT = 'Xvfb "$@" & server=$!; read -r _; kill $server; wait $server'


def _number(reader: int) -> str:
    """The display's number, which Xvfb writes once it answers; empty if it never does."""
    told = b""
    while not told.endswith(b"\n"):
        ready, _, _ = select.select([reader], [], [], START_WITHIN)
        part = os.read(reader, 16) if ready else b""
        if not part:
            return ""
        told += part
    return told.decode().strip()


def why_no_xvfb() -> str:
    """Why windows can't be drawn on an X server here; empty when they can."""
    if not sys.platform.startswith("linux"):
        return "Xvfb is used on Linux only"
    if shutil.which("Xvfb") is None:
        return "Xvfb is not installed (python3 dev.py setup says how)"
    if ctypes.util.find_library("xcb-cursor") is None:
        return "libxcb-cursor0 is not installed (python3 dev.py setup says how)"
    return ""


@contextmanager
def screen(size: str = "1600x1000") -> Iterator[dict[str, str]]:
    """Environment variables of a screen of its own, which is there while the block runs."""
    if why_no_xvfb():
        # Windows and macOS draw on the real screen, where the system's own widgets are.
        yield {"QT_QPA_PLATFORM": "offscreen"} if sys.platform.startswith("linux") else {}
        return
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["sh", "-c", _SCRIPT, "Xvfb", "-displayfd", str(writer), "-screen", "0", f"{size}x24", *_FLAGS],
        pass_fds=(writer,),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        number = _number(reader)
        if not number:
            raise RuntimeError("Xvfb did not start")
        yield {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    finally:
        os.close(reader)
        assert server.stdin is not None
        server.stdin.close()
        server.wait()
