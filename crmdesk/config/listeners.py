"""Those who hear of something. Whoever tells goes on with its work, whatever happens to those who listen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

Event = TypeVar("Event")
BROKEN = "a listener broke"  # the message under which the loop's exception handler is told


class Listeners(Generic[Event]):
    """Told in the order in which they came."""

    def __init__(self) -> None:
        self._all: list[Callable[[Event], None]] = []

    def __bool__(self) -> bool:
        """Whether anybody listens."""
        return bool(self._all)

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Hears of every event until the returned function is called."""
        self._all.append(listener)

        def leave() -> None:
            if listener in self._all:
                self._all.remove(listener)

        return leave

    def tell(self, event: Event) -> None:
        """One that breaks is reported as the bug it is; the others hear of it all the same."""
        for listener in tuple(self._all):
            try:
                listener(event)
            except Exception as error:
                _report(error)


def _report(error: Exception) -> None:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        import logging

        logging.getLogger("crmdesk").error(BROKEN, exc_info=error)
    else:
        loop.call_exception_handler({"message": BROKEN, "exception": error})
