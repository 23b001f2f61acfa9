"""Time zones by the names that the CRM takes for appointments (those of Rails), and by IANA's names. Pure data.

The CRM refuses IANA names ("Asia/Kolkata") and wants Rails' ("Chennai"). Rails has several names for one zone and
none for many: a zone without a name of its own gets one that keeps the same time.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Facts of ActiveSupport::TimeZone. The first of several names for one zone is the one that is sent.
RAILS: Final[Mapping[str, str]] = {
    "International Date Line West": "Etc/GMT+12",
    "American Samoa": "Pacific/Pago_Pago",
    "Midway Island": "Pacific/Midway",
    "Hawaii": "Pacific/Honolulu",
    "Alaska": "America/Juneau",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Tijuana": "America/Tijuana",
    "Mountain Time (US & Canada)": "America/Denver",
    "Arizona": "America/Phoenix",
    "Chihuahua": "America/Chihuahua",
    "Mazatlan": "America/Mazatlan",
    "Central Time (US & Canada)": "America/Chicago",
    "Saskatchewan": "America/Regina",
    "Mexico City": "America/Mexico_City",
    "Guadalajara": "America/Mexico_City",
    "Monterrey": "America/Monterrey",
    "Central America": "America/Guatemala",
    "Eastern Time (US & Canada)": "America/New_York",
    "Indiana (East)": "America/Indiana/Indianapolis",
    "Bogota": "America/Bogota",
    "Lima": "America/Lima",
    "Quito": "America/Guayaquil",
    "Atlantic Time (Canada)": "America/Halifax",
    "Caracas": "America/Caracas",
    "La Paz": "America/La_Paz",
    "Santiago": "America/Santiago",
    "Asuncion": "America/Asuncion",
    "Newfoundland": "America/St_Johns",
    "Brasilia": "America/Sao_Paulo",
    "Buenos Aires": "America/Argentina/Buenos_Aires",
    "Montevideo": "America/Montevideo",
    "Georgetown": "America/Guyana",
    "Puerto Rico": "America/Puerto_Rico",
    "Greenland": "America/Nuuk",
    "Mid-Atlantic": "Atlantic/South_Georgia",
    "Azores": "Atlantic/Azores",
    "Cape Verde Is.": "Atlantic/Cape_Verde",
    "Dublin": "Europe/Dublin",
    "London": "Europe/London",
    "Edinburgh": "Europe/London",
    "Lisbon": "Europe/Lisbon",
    "Casablanca": "Africa/Casablanca",
    "Monrovia": "Africa/Monrovia",
    "UTC": "Etc/UTC",
    "Belgrade": "Europe/Belgrade",
    "Bratislava": "Europe/Bratislava",
    "Budapest": "Europe/Budapest",
    "Ljubljana": "Europe/Ljubljana",
    "Prague": "Europe/Prague",
    "Sarajevo": "Europe/Sarajevo",
    "Skopje": "Europe/Skopje",
    "Warsaw": "Europe/Warsaw",
    "Zagreb": "Europe/Zagreb",
    "Brussels": "Europe/Brussels",
    "Copenhagen": "Europe/Copenhagen",
    "Madrid": "Europe/Madrid",
    "Paris": "Europe/Paris",
    "Amsterdam": "Europe/Amsterdam",
    "Berlin": "Europe/Berlin",
    "Zurich": "Europe/Zurich",
    "Bern": "Europe/Zurich",
    "Rome": "Europe/Rome",
    "Stockholm": "Europe/Stockholm",
    "Vienna": "Europe/Vienna",
    "West Central Africa": "Africa/Algiers",
    "Bucharest": "Europe/Bucharest",
    "Cairo": "Africa/Cairo",
    "Helsinki": "Europe/Helsinki",
    "Kyiv": "Europe/Kiev",
    "Riga": "Europe/Riga",
    "Sofia": "Europe/Sofia",
    "Tallinn": "Europe/Tallinn",
    "Vilnius": "Europe/Vilnius",
    "Athens": "Europe/Athens",
    "Istanbul": "Europe/Istanbul",
    "Minsk": "Europe/Minsk",
    "Jerusalem": "Asia/Jerusalem",
    "Harare": "Africa/Harare",
    "Pretoria": "Africa/Johannesburg",
    "Kaliningrad": "Europe/Kaliningrad",
    "Moscow": "Europe/Moscow",
    "St. Petersburg": "Europe/Moscow",
    "Volgograd": "Europe/Volgograd",
    "Samara": "Europe/Samara",
    "Kuwait": "Asia/Kuwait",
    "Riyadh": "Asia/Riyadh",
    "Nairobi": "Africa/Nairobi",
    "Baghdad": "Asia/Baghdad",
    "Tehran": "Asia/Tehran",
    "Abu Dhabi": "Asia/Muscat",
    "Muscat": "Asia/Muscat",
    "Baku": "Asia/Baku",
    "Tbilisi": "Asia/Tbilisi",
    "Yerevan": "Asia/Yerevan",
    "Kabul": "Asia/Kabul",
    "Ekaterinburg": "Asia/Yekaterinburg",
    "Karachi": "Asia/Karachi",
    "Islamabad": "Asia/Karachi",
    "Tashkent": "Asia/Tashkent",
    "Chennai": "Asia/Kolkata",
    "Kolkata": "Asia/Kolkata",
    "Mumbai": "Asia/Kolkata",
    "New Delhi": "Asia/Kolkata",
    "Kathmandu": "Asia/Kathmandu",
    "Dhaka": "Asia/Dhaka",
    "Astana": "Asia/Dhaka",
    "Sri Jayawardenepura": "Asia/Colombo",
    "Almaty": "Asia/Almaty",
    "Novosibirsk": "Asia/Novosibirsk",
    "Rangoon": "Asia/Rangoon",
    "Bangkok": "Asia/Bangkok",
    "Hanoi": "Asia/Bangkok",
    "Jakarta": "Asia/Jakarta",
    "Krasnoyarsk": "Asia/Krasnoyarsk",
    "Beijing": "Asia/Shanghai",
    "Chongqing": "Asia/Chongqing",
    "Hong Kong": "Asia/Hong_Kong",
    "Urumqi": "Asia/Urumqi",
    "Kuala Lumpur": "Asia/Kuala_Lumpur",
    "Singapore": "Asia/Singapore",
    "Taipei": "Asia/Taipei",
    "Perth": "Australia/Perth",
    "Irkutsk": "Asia/Irkutsk",
    "Ulaanbaatar": "Asia/Ulaanbaatar",
    "Seoul": "Asia/Seoul",
    "Tokyo": "Asia/Tokyo",
    "Osaka": "Asia/Tokyo",
    "Sapporo": "Asia/Tokyo",
    "Yakutsk": "Asia/Yakutsk",
    "Darwin": "Australia/Darwin",
    "Adelaide": "Australia/Adelaide",
    "Canberra": "Australia/Canberra",
    "Melbourne": "Australia/Melbourne",
    "Sydney": "Australia/Sydney",
    "Brisbane": "Australia/Brisbane",
    "Hobart": "Australia/Hobart",
    "Vladivostok": "Asia/Vladivostok",
    "Guam": "Pacific/Guam",
    "Port Moresby": "Pacific/Port_Moresby",
    "Magadan": "Asia/Magadan",
    "Srednekolymsk": "Asia/Srednekolymsk",
    "Solomon Is.": "Pacific/Guadalcanal",
    "New Caledonia": "Pacific/Noumea",
    "Fiji": "Pacific/Fiji",
    "Kamchatka": "Asia/Kamchatka",
    "Marshall Is.": "Pacific/Majuro",
    "Auckland": "Pacific/Auckland",
    "Wellington": "Pacific/Auckland",
    "Nuku'alofa": "Pacific/Tongatapu",
    "Tokelau Is.": "Pacific/Fakaofo",
    "Chatham Is.": "Pacific/Chatham",
    "Samoa": "Pacific/Apia",
}
# Names that operating systems still give for a zone above.
_OTHER_NAMES: Final[Mapping[str, str]] = {
    "Asia/Calcutta": "Chennai",
    "Asia/Saigon": "Hanoi",
    "Asia/Ho_Chi_Minh": "Hanoi",
    "Asia/Katmandu": "Kathmandu",
    "Asia/Yangon": "Rangoon",
    "America/Godthab": "Greenland",
    "America/Indianapolis": "Indiana (East)",
    "America/Buenos_Aires": "Buenos Aires",
    "America/Anchorage": "Alaska",
    "Europe/Kyiv": "Kyiv",
    "Etc/GMT": "UTC",
    "GMT": "UTC",
    "UTC": "UTC",
    "Etc/Universal": "UTC",
}


@functools.cache
def _first_names() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for rails, iana in RAILS.items():
        found.setdefault(iana, rails)
    return {name.casefold(): rails for name, rails in {**found, **_OTHER_NAMES}.items()}


@functools.cache
def _rails_by_fold() -> Mapping[str, str]:
    return {name.casefold(): name for name in RAILS}


def rails_name(name: str) -> str | None:
    """The Rails name of a zone named by IANA's or, in any case, by Rails' own name; None for no zone."""
    wanted = name.strip().casefold()
    found = _rails_by_fold().get(wanted) or _first_names().get(wanted)
    return found or (_same_time(name.strip()) if "/" in name else None)


def iana_name(name: str) -> str | None:
    """The IANA name of a zone by its Rails name, or by IANA's own; None for no zone."""
    rails = _rails_by_fold().get(name.strip().casefold())
    if rails is not None:
        return RAILS[rails]
    return name.strip() if _zone(name.strip()) is not None else None


@functools.cache
def _same_time(iana: str) -> str | None:
    """A Rails zone that shows the same time all through a year, for IANA zones that Rails has no name for."""
    told = _offsets(iana)
    if not told:
        return None
    region = iana.split("/")[0]
    same = [rails for rails, name in RAILS.items() if _offsets(name) == told]
    return next((rails for rails in same if RAILS[rails].startswith(region)), same[0] if same else None)


@functools.cache
def _offsets(iana: str) -> tuple[timedelta | None, ...]:
    """A zone's offsets week by week through a year; none for no zone."""
    zone = _zone(iana)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    weeks = range(53) if zone is not None else ()
    return tuple((start + timedelta(days=7 * week)).astimezone(zone).utcoffset() for week in weeks)


@functools.cache
def _zone(iana: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(iana)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
