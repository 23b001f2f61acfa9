"""A request under way, which may be called back as long as it has not gone out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from crmdesk.crm.client import Purpose

T = TypeVar("T")


async def together(*work: Coroutine[Any, Any, None]) -> None:
    """Runs all at once; the first that fails ends the others, and its error is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            for one in work:
                group.create_task(one)
    except BaseExceptionGroup as errors:
        raise _first(errors) from None


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


class CalledBack(Exception):
    """The request was not sent: it waited for the budget when it was called back."""


class Flights:
    """The requests of a job that are under way."""

    def __init__(self) -> None:
        self._flights: set[_Flight] = set()

    async def fly(self, why: Purpose, request: Callable[[Purpose], Awaitable[T]]) -> T:
        """Sends; raises CalledBack if `call_back` came before it went out, else what the request raises."""
        flight = _Flight(why)
        self._flights.add(flight)
        try:
            return await flight.run(request)
        finally:
            self._flights.discard(flight)

    def call_back(self) -> None:
        """Ends those that only wait; those on the wire come to their end."""
        for flight in tuple(self._flights):
            flight.call_back()


class _Flight:
    def __init__(self, why: Purpose) -> None:
        self._why = why
        self._on_wire = False
        self._called_back = False
        self._task: asyncio.Task[Any] | None = None

    async def run(self, request: Callable[[Purpose], Awaitable[T]]) -> T:
        why = replace(self._why, sent=self._sent, waiting=self._waiting)
        task: asyncio.Task[T] = asyncio.ensure_future(request(why))
        self._task = task
        try:
            return await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if self._called_back and not (current and current.cancelling()):
                raise CalledBack from None
            raise

    def call_back(self) -> None:
        if self._task is not None and not self._on_wire:
            self._called_back = True
            self._task.cancel()

    def _sent(self, kind: str) -> None:
        self._on_wire = True
        if self._why.sent is not None:
            self._why.sent(kind)

    def _waiting(self, until: datetime) -> None:
        self._on_wire = False  # an attempt before this one was turned away
        if self._why.waiting is not None:
            self._why.waiting(until)
