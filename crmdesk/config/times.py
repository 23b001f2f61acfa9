"""The person's time zone, and times as that person reads them. Times inside are aware and UTC."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmdesk.config.errors import InputError


def zone_named(name: str) -> tzinfo:
    """A zone by its IANA name (`Europe/Berlin`); InputError for one that nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            f"“{name}” is no time zone.",
            subject="time zone",
            remedy="Name it like Europe/Berlin or America/New_York, or leave it to the system.",
        ) from error


def local_zone(setting: str = "") -> tzinfo | None:
    """The zone of the setting, else of TZ, else the system's.

    None stands for the system's: `astimezone(None)` then asks it for each moment, so that a date in
    July gets summer time even in January.
    """
    for name in (setting, os.environ.get("TZ", "").lstrip(":")):
        if not name:
            continue
        try:
            return zone_named(name)
        except InputError:
            if name == setting:
                raise
    return None


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def shown(moment: datetime, zone: tzinfo | None = None, *, seconds: bool = False) -> str:
    """`2026-03-09 07:44` in the person's zone."""
    if moment.tzinfo is None:
        raise InputError("A time without a zone can't be shown.", subject="time")
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def shown_clock(moment: datetime, zone: tzinfo | None = None, *, today: datetime | None = None) -> str:
    """`14:05` for a moment of today, `tomorrow 14:05`, otherwise with its date."""
    local = moment.astimezone(zone)
    day = (today or now()).astimezone(zone).date()
    if local.date() == day:
        return local.strftime("%H:%M")
    if local.date() == day + timedelta(days=1):
        return local.strftime("tomorrow %H:%M")
    return local.strftime("%Y-%m-%d %H:%M")


def shown_length(seconds: float) -> str:
    """`40 s`, `12 min`, `3 h 20 min`: rounded up, since waiting longer than told is worse."""
    whole = max(0, int(seconds) + (seconds > int(seconds)))
    if whole < 60:
        return f"{whole} s"
    minutes = -(-whole // 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"
