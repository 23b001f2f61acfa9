"""A profile is checked when it is made, and comes back from its JSON as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crmdesk.config.errors import InputError
from crmdesk.profiles.profile import Profile


def test_a_profile_comes_back_from_json() -> None:
    profile = Profile.new(
        " Müller GmbH ", color="#AA00ff", kind="sandbox", hourly_limit=750, allow_hosts=("crm.mueller.example",)
    )
    assert profile.name == "Müller GmbH"
    assert not profile.production
    assert Profile.from_json(json.loads(json.dumps(profile.to_json()))) == profile
    assert Profile.new("a").id != Profile.new("a").id


def test_what_the_file_leaves_out_is_the_default() -> None:
    profile = Profile.from_json({"id": Profile.new("x").id, "name": "Acme", "new_in_2030": 1})
    assert (profile.kind, profile.hourly_limit, profile.reserve_percent) == ("production", 1000, 20)


@pytest.mark.parametrize(
    ("field", "value", "subject"),
    [
        ("name", "", "name"),
        ("name", "two\nlines", "name"),
        ("name", "x" * 81, "name"),
        ("color", "red", "color"),
        ("kind", "staging", "kind"),
        ("hourly_limit", 0, "hourly limit"),
        ("hourly_limit", True, "hourly limit"),
        ("hourly_limit", "1000", "hourly limit"),
        ("reserve_percent", 91, "reserve"),
        ("allow_hosts", ["https://crm.example.com/x"], "allowed hosts"),
        ("allow_hosts", "crm.example.com", "allowed hosts"),
        ("id", "1", "id"),
        ("id", 7, "id"),
    ],
)
def test_what_can_not_be_is_refused_by_name(field: str, value: Any, subject: str) -> None:
    raw = Profile.new("Acme").to_json() | {field: value}
    with pytest.raises(InputError) as told:
        Profile.from_json(raw)
    assert told.value.subject == subject
    assert told.value.remedy
