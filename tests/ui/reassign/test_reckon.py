"""When a number must be typed, when a plan will be done, and how parts add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from crmdesk.crm.budget import BudgetState
from crmdesk.ui.reassign.reckon import done_about, even_percents, must_be_typed, parts_of, typed_number

NOW = datetime(2026, 3, 9, 13, 0, tzinfo=UTC)


def budget(usable: int, *, minute: int | None = None) -> BudgetState:
    return BudgetState(1000, usable + 200, 200, usable, NOW + timedelta(minutes=20), minute, minute, None)


@pytest.mark.parametrize(
    ("records", "production", "asked"),
    [(500, False, False), (501, False, True), (50, True, False), (51, True, True), (0, True, False)],
)
def test_large_plans_ask_for_their_number(records: int, production: bool, asked: bool) -> None:
    assert must_be_typed(records, production=production) is asked


@pytest.mark.parametrize(
    ("text", "number"),
    [("3120", 3120), ("3,120", 3120), (" 3 120 ", 3120), ("3.120", 3120), ("", None), ("all", None), ("-5", None)],
)
def test_a_number_is_taken_with_or_without_separators(text: str, number: int | None) -> None:
    assert typed_number(text) == number


def test_a_plan_within_the_budget_is_done_after_its_seconds() -> None:
    about = done_about(NOW, 209, 90, budget(542))
    assert about.waits_until is None
    assert about.at == NOW + timedelta(seconds=90)


def test_a_plan_above_the_budget_waits_for_the_hour_to_renew() -> None:
    about = done_about(NOW, 600, 60, budget(542))
    assert about.waits_until == NOW + timedelta(minutes=20)
    assert about.at > about.waits_until
    assert about.at < about.waits_until + timedelta(minutes=1)


def test_ten_thousand_requests_take_over_twelve_hours() -> None:
    about = done_about(NOW, 10_000, 3000, budget(0))
    assert timedelta(hours=12) < about.at - NOW < timedelta(hours=13)


def test_the_minute_limit_makes_it_longer() -> None:
    assert done_about(NOW, 500, 10, budget(800, minute=100)).at == NOW + timedelta(seconds=240)


@given(some.integers(1, 100))
def test_even_percents_add_up(count: int) -> None:
    percents = even_percents(count)
    assert sum(percents) == 100
    assert max(percents) - min(percents) <= 1


@given(some.integers(0, 100_000), some.lists(some.integers(1, 100), min_size=1, max_size=30))
def test_parts_add_up_to_the_records(records: int, weights: list[int]) -> None:
    parts = parts_of(records, weights)
    assert sum(parts) == records
    assert all(abs(part - records * weight / sum(weights)) <= 1 for part, weight in zip(parts, weights, strict=True))
