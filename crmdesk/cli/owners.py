"""Owners as they are written on a command line: one, several with weights, or a table in a file."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

from crmdesk.cli.output import Output, counted, shortened
from crmdesk.config.errors import InputError
from crmdesk.crm.directory import Directory
from crmdesk.planning.files import BadLine, read_ids, read_owner_table
from crmdesk.planning.intents import OwnerTable, SelectedRecords, Share, Split, ToWhom


def shares(text: str, directory: Directory) -> Split:
    """`a@x.com,b@x.com` evenly, `a@x.com=40,b@x.com=60` by weight. Raises InputError."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return Split(tuple(_share(part, directory) for part in parts))


def _share(part: str, directory: Directory) -> Share:
    name, equals, weight = part.rpartition("=")
    if not equals:
        return Share(directory.find_owner(part))
    try:
        number = Decimal(weight.strip().removesuffix("%"))
        if not number.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        raise InputError(
            f"“{weight}” is no part.", subject="--to", remedy="Write parts as numbers: a@example.com=40."
        ) from None
    return Share(directory.find_owner(name), number)


def check_can_own(to_whom: ToWhom, directory: Directory) -> None:
    """Before anything is read: nobody inactive is given records. Raises InputError."""
    for owner_id in to_whom.owners():
        owner = directory.owner(owner_id)
        if owner is not None and not owner.active:
            raise InputError(
                f"{owner.name} is inactive and can't be given records.", subject="--to", remedy="Name an active user."
            )


def ids_from(path: Path, module: str) -> tuple[SelectedRecords, tuple[BadLine, ...]]:
    """The records whose ids a file (`-`: standard input) holds, and its bad lines. Raises InputError."""
    with _readable(path) as file:
        found = read_ids(file)
    if not found.ids:
        raise InputError(f"{_named(path)} holds no record id.", subject="--ids", remedy="Put one id on each line.")
    return SelectedRecords.of_ids(module, found.ids), found.bad


def table_from(path: Path, directory: Directory) -> tuple[OwnerTable, tuple[BadLine, ...]]:
    """The table of id and owner in a file (`-`: standard input), and its bad lines. Raises InputError."""
    with _readable(path) as file:
        table, bad = read_owner_table(file, directory.find_owner)
    if not table.owner_of:
        tell_bad_lines(Output(as_json=False), bad)
        raise InputError(
            f"{_named(path)} holds no line of id and owner.",
            subject="--to-table",
            remedy="Write id,owner on each line.",
        )
    return table, bad


def tell_bad_lines(out: Output, bad: Sequence[BadLine]) -> None:
    """What was passed over in a file, and why."""
    if not bad:
        return
    out.say(f"{counted(len(bad), 'line')} can't be used:")
    first, more = shortened(bad)
    for line in first:
        out.say(f"  line {line.line}: “{line.text}”: {line.why}")
    if more:
        out.say(f"  … and {more:,} more")


def _named(path: Path) -> str:
    return "standard input" if str(path) == "-" else str(path)


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[Path]:
    """The file itself; standard input is put into a file that goes away."""
    if str(path) != "-":
        yield path
        return
    handle, name = tempfile.mkstemp(prefix="crmdesk-", suffix=".csv")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(sys.stdin.buffer.read() if sys.stdin else b"")
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
