"""One JSON object in a file: read with care, kept when damaged, written whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from crmdesk.config.atomic import set_aside, write_atomically
from crmdesk.config.errors import CrmDeskError, DamagedFile


def read_object(path: Path) -> tuple[dict[str, Any], DamagedFile | None]:
    """The object in the file, and what is to be told of it.

    A missing file is an empty object. One that holds anything else is set aside. Raises CrmDeskError
    when the file can't be read at all: then it must not be written either.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return {}, None
    except OSError as error:
        raise CrmDeskError(
            f"{path.name} can't be read.", remedy=f"Check who may read {path}.", details=str(error)
        ) from error
    try:
        found = json.loads(text.decode("utf-8"))
        if not isinstance(found, dict):
            raise ValueError(f"it holds a {type(found).__name__}, not an object")
    except (ValueError, RecursionError) as error:
        return {}, damaged(path, str(error))
    return found, None


def damaged(path: Path, why: str) -> DamagedFile:
    """Set the file aside and give what is to be told."""
    try:
        aside = set_aside(path)
    except OSError as error:
        raise CrmDeskError(
            f"{path.name} is damaged and can't be moved away.",
            remedy=f"Move {path} away by hand, and start again.",
            details=f"{why}; {error}",
        ) from error
    return DamagedFile(
        f"{path.name} was damaged; CRMDesk starts with a new one.",
        set_aside=str(aside),
        remedy=f"The damaged file was kept as {aside.name}.",
        details=why,
    )


def write_object(path: Path, content: dict[str, Any]) -> None:
    """Write the object, readable by people, atomically."""
    write_atomically(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
