"""Where the person's data and the program's resources lie. Makes private folders, reads nothing."""

from __future__ import annotations

import functools
import os
import re
import sys
from pathlib import Path

from crmdesk.config.errors import CrmDeskError, InputError

APP_NAME = "CRMDesk"
HOME_VARIABLE = "CRMDESK_HOME"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
# Names that Windows keeps for devices, with or without a suffix.
_RESERVED = re.compile(r"^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)


def private_dir(path: Path) -> Path:
    """Make `path` and its missing parents readable by the person alone from their first moment."""
    missing: list[Path] = []
    probe = path
    while not probe.exists():
        missing.append(probe)
        probe = probe.parent
    try:
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
        if not path.is_dir():
            raise NotADirectoryError(f"{path} is not a folder")
        # A folder that was there before us may be open to others.
        if os.name == "posix" and path.stat().st_mode & 0o077:
            path.chmod(0o700)
    except OSError as error:
        raise CrmDeskError(
            f"The data folder {path} can't be used.",
            remedy=f"Check that it can be written, or point {HOME_VARIABLE} to another folder.",
            details=str(error),
        ) from error
    return path


def data_dir() -> Path:
    """The person's data folder, made if missing; CRMDESK_HOME moves it."""
    chosen = os.environ.get(HOME_VARIABLE, "").strip()
    if chosen:
        return private_dir(Path(chosen).expanduser().absolute())
    import platformdirs

    return private_dir(Path(platformdirs.user_data_dir(APP_NAME, appauthor=False, roaming=False)))


def account_dir(account_key: str) -> Path:
    """The folder of one account's files, by the key of its canonical address (`acme.myfreshworks.com`)."""
    name = _UNSAFE.sub("-", account_key.strip()).strip(".-").lower()
    if not name:
        raise InputError("An account needs a name for its folder.", subject="account")
    if _RESERVED.match(name):
        name = f"_{name}"
    accounts = private_dir(data_dir() / "accounts")
    return private_dir(accounts / name)


@functools.cache
def resources_dir() -> Path:
    """The folder of icons, styles and templates: frozen program, installed wheel or source tree."""
    package = Path(__file__).resolve().parent.parent
    candidates = [package / "_resources", package.parent / "resources"]
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle:
        candidates.insert(0, Path(bundle) / "crmdesk" / "_resources")
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise CrmDeskError(
        "The program's own resources are missing.",
        remedy="Install CRMDesk again.",
        details="looked in " + ", ".join(str(folder) for folder in candidates),
    )
