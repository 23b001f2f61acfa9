"""Who gets what: the shares of a split."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmdesk.config.errors import InputError
from crmdesk.planning.intents import Share, Split

weights = st.lists(
    st.one_of(
        st.integers(1, 1000).map(Decimal),
        st.decimals("0.01", "100", places=2, allow_nan=False, allow_infinity=False),
    ),
    min_size=1,
    max_size=8,
)


@given(weights, st.integers(1, 400))
@settings(max_examples=120, deadline=None)
def test_at_every_point_nobody_is_a_whole_record_away_from_the_share(parts: list[Decimal], length: int) -> None:
    split = Split(tuple(Share(owner, weight) for owner, weight in enumerate(parts, 1)))
    whole = sum(parts)
    had: Counter[int | None] = Counter()
    for count, owner in enumerate(islice(split.turns(), length), 1):
        had[owner] += 1
        for name, weight in enumerate(parts, 1):
            assert abs(had[name] - count * weight / whole) < 1
    assert sum(had.values()) == length


@given(weights)
@settings(max_examples=60, deadline=None)
def test_after_a_whole_round_the_shares_are_exact(parts: list[Decimal]) -> None:
    scaled = [int(weight * 100) for weight in parts]
    split = Split(tuple(Share(owner, Decimal(weight)) for owner, weight in enumerate(scaled)))
    length = sum(scaled)
    if length > 20_000:
        return
    had = Counter(islice(split.turns(), length))
    assert [had[owner] for owner in range(len(scaled))] == scaled


def test_the_same_each_time() -> None:
    split = Split.even([7, 8, None])
    assert list(islice(split.turns(), 7)) == list(islice(split.turns(), 7)) == [7, 8, None, 7, 8, None, 7]


@pytest.mark.parametrize(
    "shares", [(), (Share(1, Decimal(0)),), (Share(1, Decimal(-1)),), (Share(1), Share(1, Decimal(2)))]
)
def test_what_is_no_split(shares: tuple[Share, ...]) -> None:
    with pytest.raises(InputError):
        Split(shares)
