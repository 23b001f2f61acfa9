"""What a profile is, without its address and key. Touches nothing."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

from crmdesk.config.errors import InputError

Kind = Literal["production", "sandbox"]
KINDS: tuple[Kind, ...] = ("production", "sandbox")
# Requests an hour by plan: Free and Growth, Pro, Enterprise.
PLAN_LIMITS = (1000, 2000, 5000)
DEFAULT_COLOR = "#2f6fde"
LONGEST_NAME = 80
MOST_PER_HOUR = 1_000_000
MOST_RESERVED = 90
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Profile:
    """A saved connection. `reserve_percent` of `hourly_limit` is kept back for other integrations.

    `allow_hosts` are a company's own domains for the CRM. Raises InputError for what can't be.
    """

    id: str
    name: str
    color: str = DEFAULT_COLOR
    kind: Kind = "production"
    hourly_limit: int = PLAN_LIMITS[0]
    reserve_percent: int = 20
    allow_hosts: tuple[str, ...] = ()

    @classmethod
    def new(cls, name: str, **others: Any) -> Self:
        """A profile with an id of its own; the name is taken without spaces around it."""
        return cls(id=str(uuid.uuid4()), name=name.strip(), **others)

    def __post_init__(self) -> None:
        _check(_is_uuid(self.id), "id", "A profile's id is a UUID.")
        _check(_is_name(self.name), "name", f"A name has 1 to {LONGEST_NAME} characters on one line.")
        _check(
            isinstance(self.color, str) and bool(_COLOR.fullmatch(self.color)),
            "color",
            "A colour is written like #2f6fde.",
        )
        _check(self.kind in KINDS, "kind", "A profile is of kind production or sandbox.")
        _check(
            _is_number(self.hourly_limit, 1, MOST_PER_HOUR),
            "hourly limit",
            f"The hourly limit is a whole number from 1 to {MOST_PER_HOUR:,}.",
        )
        _check(
            _is_number(self.reserve_percent, 0, MOST_RESERVED),
            "reserve",
            f"The share kept back is 0 to {MOST_RESERVED} percent.",
        )
        hosts = self.allow_hosts
        good = isinstance(hosts, tuple) and all(isinstance(one, str) and _HOST.fullmatch(one) for one in hosts)
        _check(good, "allowed hosts", "An allowed host is a bare name such as crm.example.com.")

    @property
    def production(self) -> bool:
        """Whether what is changed here is real."""
        return self.kind == "production"

    def to_json(self) -> dict[str, Any]:
        """As the file keeps it."""
        kept = {one.name: getattr(self, one.name) for one in fields(self)}
        return kept | {"allow_hosts": list(self.allow_hosts)}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """From what the file holds; keys that are unknown are left to the store. Raises InputError."""
        known = {one.name: raw[one.name] for one in fields(cls) if one.name in raw}
        if "id" not in known or "name" not in known:
            raise InputError("A profile needs an id and a name.", subject="profile")
        hosts = known.get("allow_hosts", ())
        known["allow_hosts"] = tuple(hosts) if isinstance(hosts, list) else hosts
        return cls(**known)


def _check(good: bool, subject: str, message: str) -> None:
    if not good:
        raise InputError(message, subject=subject, remedy=f"Correct the {subject}.")


def _is_uuid(value: object) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value
    except ValueError:
        return False


def _is_name(value: object) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value) <= LONGEST_NAME
        and value == value.strip()
        and not any(ord(mark) < 32 or ord(mark) == 127 for mark in value)
    )


def _is_number(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
