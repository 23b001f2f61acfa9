"""Files that are either the old ones or the new ones, never half of each, private from their first byte."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from crmdesk.config.errors import CrmDeskError

# A virus scanner or an indexer on Windows holds a new file for some milliseconds.
_REPLACE_TRIES = 20
_REPLACE_PAUSE = 0.025


def _sync_folder(folder: Path) -> None:
    """Make the new name durable; Windows can't open a folder, and needs not."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        # Some network file systems refuse to sync a folder.
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def _replace(new: Path, old: Path) -> None:
    for attempt in range(_REPLACE_TRIES):
        try:
            new.replace(old)
            return
        except PermissionError:
            if sys.platform != "win32" or attempt == _REPLACE_TRIES - 1:
                raise
            time.sleep(_REPLACE_PAUSE)


@contextlib.contextmanager
def in_place_when_whole(path: Path) -> Iterator[Path]:
    """Gives an empty file beside `path` to write in; it becomes `path` at the end, on the disk, or is gone on failure.

    Blocks. Raises OSError when the disk refuses; an old `path` is then still whole.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield part
        # Windows syncs only what is open for writing.
        with part.open("r+b") as stream:
            os.fsync(stream.fileno())
        _replace(part, path)
        _sync_folder(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, data: bytes | str) -> None:
    """Replace `path` by `data` (text as UTF-8, line ends as given), on the disk when this returns.

    Blocks. Raises CrmDeskError when the disk refuses; the old file is then still whole.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    try:
        with in_place_when_whole(path) as part:
            part.write_bytes(content)
    except OSError as error:
        raise CrmDeskError(
            f"{path.name} could not be saved.",
            remedy="Check that the disk has space and that the folder can be written.",
            details=f"{path}: {error}",
        ) from error


def set_aside(path: Path) -> Path:
    """Move a damaged file out of the way as `NAME.damaged-TIME`, and give its new path."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    count = 1
    while aside.exists():
        count += 1
        aside = path.with_name(f"{path.name}.damaged-{stamp}-{count}")
    _replace(path, aside)
    return aside
