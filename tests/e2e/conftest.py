"""A screen of one's own for each test here, so that pointer and keyboard belong to it alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.hand import Hand, why_no_hand
from tests.support.display import screen


@pytest.fixture
def pictures(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Where a test leaves pictures: CRMDESK_TEST_PICTURES, else its own folder."""
    kept = os.environ.get("CRMDESK_TEST_PICTURES")
    return Path(kept) / request.node.name if kept else tmp_path / "pictures"


@pytest.fixture
def start_program(data_home: Path, pictures: Path, no_secret_service: None) -> Iterator[Callable[..., Hand]]:
    """`start_program(*arguments, **variables)` starts the program; it ends with the test."""
    if why_no_hand():
        pytest.skip(why_no_hand())
    started: list[Hand] = []
    with screen("1440x900") as display:

        def start(*arguments: str, **variables: str) -> Hand:
            hand = Hand(pictures, {**display, **variables}, *arguments)
            started.append(hand)
            return hand

        yield start
        for hand in started:
            hand.__exit__(None, None, None)
