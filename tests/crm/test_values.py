"""Times, money, numbers, and the value that was not sent."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from crmdesk.crm.values import NOT_LOADED, money, parse_time, whole


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2016-02-13T23:27:49Z", datetime(2016, 2, 13, 23, 27, 49, tzinfo=UTC)),
        ("2023-03-09T07:44:40+01:00", datetime(2023, 3, 9, 6, 44, 40, tzinfo=UTC)),
        ("2012-12-24T12:56:15+0530", datetime(2012, 12, 24, 7, 26, 15, tzinfo=UTC)),
        ("2016-02-11T02:36:06-08", datetime(2016, 2, 11, 10, 36, 6, tzinfo=UTC)),
        ("2010-03-23T12:00", datetime(2010, 3, 23, 12, 0, tzinfo=UTC)),
        ("2021-10-01", datetime(2021, 10, 1, tzinfo=UTC)),
        ("", None),
        (None, None),
        (17, None),
        ("yesterday", None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_times(text: object, moment: datetime | None) -> None:
    assert parse_time(text) == moment


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("23456.0", Decimal("23456.0")),
        ("9007199254740993.01", Decimal("9007199254740993.01")),
        (1.1, Decimal("1.1")),
        (0, Decimal(0)),
        (None, None),
        ("", None),
        ("much", None),
        ("NaN", None),
        (True, None),
    ],
)
def test_money(value: object, amount: Decimal | None) -> None:
    assert money(value) == amount


@pytest.mark.parametrize(
    ("value", "number"),
    [(5, 5), ("5", 5), (" -1 ", -1), (5.0, 5), (2**70, 2**70), (5.5, None), (True, None), ("٥", None), ("", None)],
)
def test_whole_numbers(value: object, number: int | None) -> None:
    assert whole(value) == number


def test_not_loaded_is_one_value_and_not_blank() -> None:
    assert not NOT_LOADED
    assert NOT_LOADED is not None
    assert copy.deepcopy(NOT_LOADED) is NOT_LOADED
    assert pickle.loads(pickle.dumps(NOT_LOADED)) is NOT_LOADED
    assert repr(NOT_LOADED) == "not loaded"
