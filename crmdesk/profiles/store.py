"""The profiles of this person in one JSON file, without a key or an address. Several processes may write."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import filelock

from crmdesk.config.errors import CrmDeskError, DamagedFile, InputError
from crmdesk.config.jsonfile import damaged, read_object, write_object
from crmdesk.config.paths import data_dir, private_dir
from crmdesk.profiles.profile import Profile

__all__ = ["FILE_NAME", "Profile", "ProfileStore"]

FILE_NAME = "profiles.json"
LOCK_SECONDS = 10.0
# Named here, since inside the class `list` is the method.
_Profiles = list[Profile]
_Pairs = list[tuple[Profile, dict[str, Any]]]


class ProfileStore:
    """List, add, change and remove profiles. Every call reads the file, so other processes are seen.

    `notices` holds what is to be told of a damaged file or entry, once each. Entries that can't be read,
    and keys that are unknown, stay in the file.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or data_dir() / FILE_NAME
        private_dir(self.path.parent)
        self.notices: list[CrmDeskError] = []
        self._told: set[str] = set()

    def list(self) -> _Profiles:
        """The profiles in the order in which they were added."""
        return [profile for profile, _ in self._profiles(self._read())]

    def get(self, profile_id: str) -> Profile:
        """One profile by its id; InputError if there is none."""
        return self._one(self.list(), profile_id)

    def named(self, name: str) -> Profile:
        """One profile by its name, whatever its capitals, or by its id."""
        known = self.list()
        for profile in known:
            if profile.id == name or profile.name.casefold() == name.strip().casefold():
                return profile
        names = ", ".join(f"“{profile.name}”" for profile in known) or "none yet"
        raise InputError(f"There is no profile “{name}”.", subject="profile", remedy=f"The profiles are: {names}.")

    def add(self, profile: Profile) -> None:
        """Add a profile; InputError if its id or name is taken."""
        with self._changing() as content:
            self._check_name(content, profile)
            if any(one.id == profile.id for one, _ in self._profiles(content)):
                raise InputError("This profile is there already.", subject="id")
            content["profiles"].append(profile.to_json())

    def update(self, profile: Profile) -> None:
        """Replace the profile that has this id; keys of it that are unknown are kept."""
        with self._changing() as content:
            self._check_name(content, profile)
            for known, raw in self._profiles(content):
                if known.id == profile.id:
                    raw.update(profile.to_json())
                    return
            raise self._missing(profile.id)

    def remove(self, profile_id: str) -> None:
        """Take a profile out of the file. Its item in the keyring is removed before: see `remove_profile`."""
        with self._changing() as content:
            for known, raw in self._profiles(content):
                if known.id == profile_id:
                    content["profiles"].remove(raw)
                    if content.get("last_used") == profile_id:
                        del content["last_used"]
                    return
            raise self._missing(profile_id)

    @property
    def last_used(self) -> Profile | None:
        """The profile that was used last, if it is still there."""
        content = self._read()
        for profile, _ in self._profiles(content):
            if profile.id == content.get("last_used"):
                return profile
        return None

    def use(self, profile_id: str) -> None:
        """Remember the profile as the last one that was used."""
        with self._changing() as content:
            self._one([one for one, _ in self._profiles(content)], profile_id)
            content["last_used"] = profile_id

    def _read(self) -> dict[str, Any]:
        content, notice = read_object(self.path)
        if notice is None and not isinstance(content.get("profiles", []), list):
            notice, content = damaged(self.path, "“profiles” is no list"), {}
        if notice is not None:
            self.notices.append(notice)
        content.setdefault("profiles", [])
        return content

    @contextlib.contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        lock = filelock.FileLock(f"{self.path}.lock", timeout=LOCK_SECONDS, mode=0o600)
        try:
            lock.acquire()
        except (filelock.Timeout, OSError) as error:
            raise CrmDeskError(
                "The profiles can't be changed at the moment.",
                remedy="Another CRMDesk may be saving them; try again.",
                details=str(error),
            ) from error
        try:
            content = self._read()
            yield content
            write_object(self.path, {"version": 1} | content)
        finally:
            lock.release()

    def _profiles(self, content: dict[str, Any]) -> _Pairs:
        found: _Pairs = []
        seen: set[str] = set()
        for place, raw in enumerate(content["profiles"], start=1):
            try:
                if not isinstance(raw, dict):
                    raise InputError("It is no object.", subject="profile")
                profile = Profile.from_json(raw)
                if profile.id in seen:
                    raise InputError("Its id is there twice.", subject="id")
            except InputError as error:
                self._tell(place, raw, error)
                continue
            seen.add(profile.id)
            found.append((profile, raw))
        return found

    def _tell(self, place: int, raw: object, error: InputError) -> None:
        if repr(raw) in self._told:
            return
        self._told.add(repr(raw))
        self.notices.append(
            DamagedFile(
                f"Profile {place} in {self.path.name} can't be read and is left out.",
                remedy=f"Correct it in {self.path}, or add the profile again.",
                details=error.message,
            )
        )

    def _check_name(self, content: dict[str, Any], profile: Profile) -> None:
        for known, _ in self._profiles(content):
            if known.id != profile.id and known.name.casefold() == profile.name.casefold():
                raise InputError(
                    f"There is a profile “{known.name}” already.",
                    subject="name",
                    remedy="Choose another name.",
                )

    def _one(self, known: _Profiles, profile_id: str) -> Profile:
        for profile in known:
            if profile.id == profile_id:
                return profile
        raise self._missing(profile_id)

    def _missing(self, profile_id: str) -> InputError:
        return InputError(
            "This profile is not there any more.",
            subject="profile",
            remedy="Another window may have removed it; look at the list again.",
            details=profile_id,
        )
