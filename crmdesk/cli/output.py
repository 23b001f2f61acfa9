"""What a command writes: answers on standard output, talk and progress on standard error, JSON as the last line."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from crmdesk.config.errors import CrmDeskError

MOST_OF_A_LIST = 20


class Output:
    """With `as_json`, people are talked to on standard error only, and `done` or `failed` writes the one object."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._bar = ""

    @property
    def shows_progress(self) -> bool:
        """Whether somebody watches standard error."""
        return is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb"

    def say(self, text: str) -> None:
        """A line for the person, beside the answer."""
        self.progress("")
        _write(plain(text), err=True)

    def show(self, text: str) -> None:
        """Part of the answer for a person; with JSON it is talk."""
        self.progress("")
        _write(plain(text, keep="\n"), err=self.as_json)

    def progress(self, text: str) -> None:
        """Replaces the line of progress; nothing where nobody watches."""
        if not self.shows_progress or (not text and not self._bar):
            return
        width = shutil.get_terminal_size().columns - 1
        text = plain(text)[:width]
        _write("\r" + text + " " * max(0, len(self._bar) - len(text)) + ("" if text else "\r"), end="", err=True)
        self._bar = text

    def done(self, answer: Mapping[str, Any]) -> None:
        """The one object, with --json."""
        self.progress("")
        if self.as_json:
            _write(json.dumps(answer, ensure_ascii=False, default=_value), err=False)

    def failed(self, message: str, remedy: str, kind: str, code: int) -> None:
        """What went wrong: for people on standard error, and with --json as the object too."""
        self.progress("")
        _write(plain(f"Error: {message}"), err=True)
        if remedy:
            _write(plain(remedy, keep="\n"), err=True)
        if self.as_json:
            error = {"message": message, "remedy": remedy, "kind": kind}
            with contextlib.suppress(Unwritable):
                _write(json.dumps({"error": error, "exit": int(code)}, ensure_ascii=False), err=False)


class Unwritable(CrmDeskError):
    """Standard output takes nothing more: the disk is full, for example."""

    def __init__(self, error: OSError) -> None:
        super().__init__(
            f"The output can't be written: {error.strerror or error}.",
            remedy="Send it elsewhere; what was done is done.",
        )


def reader_gone(error: OSError) -> bool:
    """Whether who read our output has gone (`… | head`), which is no fault; Windows says EINVAL for it."""
    return error.errno == errno.EPIPE or (os.name == "nt" and error.errno == errno.EINVAL)


def _write(text: str, *, err: bool, end: str = "\n") -> None:
    """Whoever read it may have gone; what was done stays done, and so does the exit code. Raises Unwritable."""
    try:
        click.echo(text + end, nl=False, err=err)
    except OSError as error:
        if not err and not reader_gone(error):
            raise Unwritable(error) from error


def is_terminal(stream: Any) -> bool:
    """Whether a person is at the other end; a stream that was closed before we began is None."""
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False


def plain(text: str, keep: str = "") -> str:
    """Text of the CRM can't move the cursor or change colours: control characters become blanks."""
    return "".join(ch if ch in keep or unicodedata.category(ch) != "Cc" else " " for ch in text)


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], *, numbers: Iterable[int] = ()) -> str:
    """Columns side by side; those in `numbers` (counted from 0) stand right."""
    lines = [list(heads), *([plain(_shown(cell)) for cell in row] for row in rows)]
    right = frozenset(numbers)
    widths = [max(_width(line[i]) for line in lines) for i in range(len(heads))]
    return "\n".join(
        "  ".join(_padded(cell, widths[i], i in right) for i, cell in enumerate(line)).rstrip() for line in lines
    )


def shortened(items: Sequence[Any], most: int = MOST_OF_A_LIST) -> tuple[Sequence[Any], int]:
    """The first of a long list, and how many are left out."""
    return (items, 0) if len(items) <= most else (items[:most], len(items) - most)


def counted(number: int, one: str, many: str = "") -> str:
    """`1 record`, `2,000 records`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _padded(cell: str, width: int, right: bool) -> str:
    blank = " " * (width - _width(cell))
    return blank + cell if right else cell + blank


def _width(text: str) -> int:
    """In columns of a terminal: East Asian wide characters take two, marks none."""
    return sum(0 if unicodedata.combining(ch) else 2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text)


def _shown(cell: Any) -> str:
    if isinstance(cell, int) and not isinstance(cell, bool):
        return f"{cell:,}"
    return "" if cell is None else str(cell)


def _value(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
