"""A hand on mouse and keyboard: drives the real program through the X server, and looks at what it shows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.display import why_no_xvfb

WITHIN_S = 25.0
LOOK_EVERY_S = 0.03
RESTS_S = 0.2
ROOT = Path(__file__).parent.parent.parent
State = dict[str, Any]


def why_no_hand() -> str:
    """Why the program can't be driven here; empty when it can."""
    if why_no_xvfb():
        return why_no_xvfb()
    return "" if shutil.which("xdotool") else "xdotool is not installed (python3 dev.py setup says how)"


class NeverSeen(AssertionError):
    """What was waited for did not come; the text says what is there instead."""


class Hand:
    """Starts the program in `folder`; ends with the block, if a test did not close the window."""

    def __init__(self, folder: Path, env: Mapping[str, str], *arguments: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        (folder / "state.json").unlink(missing_ok=True)  # of a program that ran before in this folder
        quiet = {"QT_LOGGING_RULES": "qt.text.font.db=false"}
        self._env = {**os.environ, **env, **quiet, "PYTHONFAULTHANDLER": "1"}  # a crash tells where
        self._holder: subprocess.Popen[str] | None = None
        self._log = (folder / "output.txt").open("w", encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.watched", str(folder), *arguments],
            cwd=ROOT,
            env=self._env,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    # --- looking ---------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """What is on the screen now."""
        path = self.folder / "state.json"
        empty: State = {"windows": [], "controls": [], "views": [], "tabs": []}
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else empty

    def until(self, seen: Callable[[State], Any], what: str, seconds: float = WITHIN_S) -> Any:
        """Look until `seen` gives something; gives it."""
        limit = time.monotonic() + seconds
        while True:
            state = self.state
            found = seen(state)
            if found:
                return found
            if self.process.poll() is not None:
                raise NeverSeen(f"{what}: the program ended with {self.process.returncode}\n{self.output()}")
            if time.monotonic() > limit:
                self.shoot("never-seen")
                raise NeverSeen(f"{what}; there is {self.words(state)}\n{self.output()}")
            time.sleep(LOOK_EVERY_S)

    def output(self) -> str:
        """What the program printed, and the end of its log when that tells of a mistake of its own."""
        printed = (self.folder / "output.txt").read_text(encoding="utf-8")[-3000:]
        log = Path(self._env.get("CRMDESK_HOME", "")) / "logs" / "crmdesk.log"
        written = log.read_text(encoding="utf-8") if log.is_file() else ""
        return printed + (written[-3000:] if "Traceback" in written else "")

    @staticmethod
    def words(state: State) -> list[str]:
        """Every text and name on the screen, for messages."""
        return [f"{one['kind']}:{one['text'] or one['name']}" for one in state["controls"]]

    def control(self, text: str, kind: str = "", *, enabled: bool = True) -> State:
        """The control whose text or name begins so; waits for it."""

        def seen(state: State) -> State | None:
            fitting = [
                one
                for one in state["controls"]
                if (one["text"].startswith(text) or one["name"].startswith(text)) and kind in ("", one["kind"])
            ]
            ready = [one for one in fitting if one["enabled"] or not enabled]
            return ready[-1] if ready else None

        found: State = self.until(seen, f"no {kind or 'control'} “{text}”")
        return found

    def shows(self, text: str) -> State:
        """Wait for a text anywhere, in full or in part."""
        found: State = self.until(
            lambda state: next((one for one in state["controls"] if text in one["text"] or text in one["name"]), None),
            f"“{text}” is not shown",
        )
        return found

    def view(self, name: str) -> State:
        """The list or table of this accessible name, once it has rows."""

        def seen(state: State) -> State | None:
            return next((one for one in state["views"] if one["name"].startswith(name) and one["rows"]), None)

        found: State = self.until(seen, f"no rows in “{name}”")
        return found

    def rows_until(self, name: str, right: Callable[[list[State]], bool], what: str) -> list[State]:
        """The rows in sight of a list, once they are as wanted."""

        def seen(state: State) -> list[State] | None:
            view = next((one for one in state["views"] if one["name"].startswith(name)), None)
            return view["rows"] if view is not None and view["rows"] and right(view["rows"]) else None

        found: list[State] = self.until(seen, what)
        return found

    def shoot(self, name: str) -> None:
        """A picture of the screen for whoever looks into a failure, and for the records."""
        wanted = self.folder / f"{name}.wanted"
        wanted.touch()
        limit = time.monotonic() + 5
        while wanted.exists() and self.process.poll() is None and time.monotonic() < limit:
            time.sleep(LOOK_EVERY_S)

    # --- mouse -----------------------------------------------------------------------------------

    def _do(self, *arguments: str) -> None:
        subprocess.run(["xdotool", *arguments], env=self._env, check=True, timeout=20, capture_output=True)

    def point(self, place: list[int]) -> None:
        """Move the pointer to the middle of a place."""
        left, top, width, height = place
        self._do("mousemove", str(left + width // 2), str(top + height // 2))

    def click_at(self, place: list[int], *, held: str = "") -> None:
        """Click there, in its middle or near its left edge, with a key held or without."""
        left, top, width, height = place
        # Near its beginning: a check box that is given more room than it needs hears of clicks on its text only.
        move = ["mousemove", str(left + min(width // 2, 32)), str(top + height // 2)]
        if held:
            self._do(*move, "keydown", held, "click", "1", "keyup", held)
        else:
            self._do(*move, "click", "1")

    def click(self, text: str, kind: str = "") -> None:
        """Click a control, once it is there, enabled, and rests in its place."""
        place, since = self.control(text, kind)["place"], time.monotonic()
        while time.monotonic() - since < RESTS_S:
            time.sleep(LOOK_EVERY_S)
            now = self.control(text, kind)["place"]
            if now != place:
                place, since = now, time.monotonic()
        self.click_at(place)

    def click_row(self, view: str, text: str) -> None:
        """Click the row whose first cell says so."""

        def there(rows: list[State]) -> bool:
            return any(row["cells"][0][0] == text for row in rows)

        rows = self.rows_until(view, there, f"no row “{text}” in “{view}”")
        row = next(row for row in rows if row["cells"][0][0] == text)
        self.click_at(row["cells"][0][1])

    def wheel(self, place: list[int], times: int) -> None:
        """Turn the wheel down over a place; up for a negative number."""
        self.point(place)
        self._do("click", "--repeat", str(abs(times)), "--delay", "5", "5" if times > 0 else "4")

    # --- keyboard --------------------------------------------------------------------------------

    def focus_window(self) -> None:
        """Give the keyboard to the window in front: without a window manager nobody else does."""
        windows = self.until(lambda state: state["windows"], "no window")
        if not any(window["active"] for window in windows):
            self._do("windowfocus", str(windows[-1]["id"]))
            self.until(lambda state: any(one["active"] for one in state["windows"]), "no window has the keyboard")

    def keys(self, *combinations: str) -> None:
        """Press keys, as `ctrl+k` or `Return`."""
        self.focus_window()
        self._do("key", "--delay", "15", *combinations)

    def write(self, text: str) -> None:
        """Type a text where the keyboard is."""
        self.focus_window()
        self._do("type", "--delay", "8", text)

    def fill(self, name: str, text: str) -> None:
        """Click a field and type into it."""
        self.click(name, "field")
        self.until(
            lambda state: any(one["focus"] and one["name"].startswith(name) for one in state["controls"]),
            f"“{name}” does not get the keyboard",
        )
        self.write(text)

    def copied(self, text: str) -> None:
        """Another program has this on the clipboard, until the next one copies or the test ends."""
        self._let_go_of_clipboard()
        command = [sys.executable, "-m", "tests.e2e.clipboard"]
        self._holder = subprocess.Popen(
            command, cwd=ROOT, env=self._env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._holder.stdin is not None and self._holder.stdout is not None
        self._holder.stdin.write(text)
        self._holder.stdin.close()
        assert self._holder.stdout.readline().strip() == "held"

    def _let_go_of_clipboard(self) -> None:
        if self._holder is not None:
            self._holder.kill()
            self._holder.wait()
            assert self._holder.stdout is not None
            self._holder.stdout.close()
            self._holder = None

    # --- end -------------------------------------------------------------------------------------

    def kill(self) -> None:
        """End the program as `kill -9` does."""
        self.process.kill()
        self.process.wait()

    def ended(self) -> int:
        """Wait until the program has ended by itself; its exit code."""
        return self.process.wait(timeout=WITHIN_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            if error is not None:
                self.shoot("failed")
            self.kill()
        self._let_go_of_clipboard()
        self._log.close()
