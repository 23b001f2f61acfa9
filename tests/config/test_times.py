"""Times are shown in the person's zone, lengths are rounded up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from crmdesk.config.errors import InputError
from crmdesk.config.times import local_zone, shown, shown_clock, shown_length, zone_named

BERLIN = zone_named("Europe/Berlin")


def test_summer_and_winter_are_told_apart() -> None:
    assert shown(datetime(2026, 1, 9, 12, 0, tzinfo=UTC), BERLIN) == "2026-01-09 13:00"
    assert shown(datetime(2026, 7, 9, 12, 0, 5, tzinfo=UTC), BERLIN, seconds=True) == "2026-07-09 14:00:05"


def test_the_tenants_offset_is_taken_into_account() -> None:
    moment = datetime(2023, 3, 9, 7, 44, 40, tzinfo=timezone(timedelta(hours=1)))
    assert shown(moment, UTC) == "2023-03-09 06:44"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(InputError):
        shown(datetime(2026, 1, 1), BERLIN)


def test_the_setting_goes_before_the_environment_and_that_before_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert str(local_zone("Europe/Berlin")) == "Europe/Berlin"
    assert str(local_zone()) == "Asia/Tokyo"
    monkeypatch.setenv("TZ", "Moon/Crater")
    assert local_zone() is None
    with pytest.raises(InputError):
        local_zone("Moon/Crater")


@pytest.mark.parametrize("name", ["Moon/Crater", "../etc/passwd", "/etc/passwd", ""])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        zone_named(name)


def test_a_clock_says_the_day_where_it_matters() -> None:
    today = datetime(2026, 3, 9, 22, 30, tzinfo=UTC)
    assert shown_clock(datetime(2026, 3, 9, 22, 45, tzinfo=UTC), BERLIN, today=today) == "23:45"
    assert shown_clock(datetime(2026, 3, 10, 9, 0, tzinfo=UTC), BERLIN, today=today) == "tomorrow 10:00"
    assert shown_clock(datetime(2026, 3, 20, 9, 0, tzinfo=UTC), BERLIN, today=today) == "2026-03-20 10:00"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.2, "1 s"), (59.5, "1 min"), (61, "2 min"), (3600, "1 h"), (45_000, "12 h 30 min")],
)
def test_lengths(seconds: float, text: str) -> None:
    assert shown_length(seconds) == text
