"""Listeners hear in order, leave, and break alone."""

from __future__ import annotations

import asyncio
import logging

import pytest

from crmdesk.config.listeners import BROKEN, Listeners


def test_those_who_left_hear_nothing_more() -> None:
    heard: list[str] = []
    listeners: Listeners[str] = Listeners()
    leave = listeners.subscribe(lambda event: heard.append(f"first {event}"))
    listeners.subscribe(lambda event: heard.append(f"second {event}"))
    listeners.tell("a")
    leave()
    leave()
    listeners.tell("b")
    assert heard == ["first a", "second a", "second b"]


def test_one_that_breaks_is_reported_and_keeps_nobody_from_hearing(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[str] = []
    listeners: Listeners[str] = Listeners()

    def broken(event: str) -> None:
        raise KeyError(event)

    listeners.subscribe(broken)
    listeners.subscribe(heard.append)
    with caplog.at_level(logging.ERROR, logger="crmdesk"):
        listeners.tell("without a loop")
    assert [record.message for record in caplog.records] == [BROKEN]
    told: list[dict[str, object]] = []

    async def within() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
        listeners.tell("in a loop")

    asyncio.run(within())
    assert heard == ["without a loop", "in a loop"]
    assert [(context["message"], repr(context["exception"])) for context in told] == [(BROKEN, "KeyError('in a loop')")]
