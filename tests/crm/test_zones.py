"""Time zones: every name that the program sends is one that the CRM takes, and shows the same time."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest

from crmdesk.crm.zones import RAILS, iana_name, rails_name

MOMENTS = [datetime(2026, month, 15, 12, tzinfo=UTC) for month in range(1, 13)]


@pytest.mark.parametrize(
    ("name", "rails"),
    [
        ("Asia/Kolkata", "Chennai"),
        ("Asia/Calcutta", "Chennai"),
        ("America/Phoenix", "Arizona"),
        ("Pacific/Honolulu", "Hawaii"),
        ("Europe/Berlin", "Berlin"),
        ("Europe/London", "London"),
        ("UTC", "UTC"),
        ("hawaii", "Hawaii"),
        ("Nowhere/Land", None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_rails_names(name: str, rails: str | None) -> None:
    assert rails_name(name) == rails


def test_every_rails_name_is_its_own_and_has_a_zone() -> None:
    for rails, iana in RAILS.items():
        assert rails_name(rails) == rails
        assert iana_name(rails) == iana
        assert ZoneInfo(iana)


def test_a_zone_without_a_rails_name_gets_one_with_the_same_time() -> None:
    named = 0
    for iana in sorted(available_timezones()):
        rails = rails_name(iana) if "/" in iana else None
        if rails is None:
            continue
        named += 1
        shown = ZoneInfo(RAILS[rails])
        for moment in MOMENTS:
            assert moment.astimezone(shown).utcoffset() == moment.astimezone(ZoneInfo(iana)).utcoffset(), (iana, rails)
    # Nearly all of the world: what is left has an offset that no Rails zone has.
    assert named > 400


def test_the_sandbox_takes_every_name() -> None:
    from crmdesk.sandbox.rails_zones import RAILS_ZONES

    assert set(RAILS) <= set(RAILS_ZONES)
