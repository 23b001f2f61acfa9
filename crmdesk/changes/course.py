"""Whether a job goes on: it may be asked to stop, or have to wait for the hour to renew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from crmdesk.changes.flight import Flights
from crmdesk.changes.patience import Patience
from crmdesk.crm.errors import CrmError, NotAllowed, WrongKey

FAILED_IN_A_ROW = 5


class Course:
    """What all parts of a running job look at before they send the next request."""

    def __init__(self, patience: Patience, told: Callable[[], None]) -> None:
        """`told` is called whenever something about the job may look different."""
        self.patience = patience
        self.flights = Flights()
        self.stop = asyncio.Event()
        self.cancelled = False
        self.halted = False  # nothing is asked for any more, either
        self.note = ""
        self.wants_key = False
        self.settle_soon = False  # a lost answer is to be settled before anything else is sent
        self.wait_until: datetime | None = None  # the whole job sits this out
        self.waits = asyncio.Event()
        self.waiting_until: datetime | None = None  # some request waits for the budget
        self._told = told

    def pause(self, note: str = "paused") -> None:
        """Sends nothing more; what is on the wire comes to its end."""
        self.note = self.note or note
        self.halted = True
        self._stop_sending()

    def cancel(self) -> None:
        """The same, for good: what was not sent is not attempted, and what was accepted is followed to its end."""
        self.cancelled, self.halted = True, False
        self._stop_sending()

    def refused_for_good(self, error: CrmError) -> None:
        """The account says no to whatever comes: pauses, and says whether another key would help."""
        self.wants_key = isinstance(error, WrongKey | NotAllowed)
        self.note = f"{error.message} {error.remedy}".strip()
        self.pause()

    def pause_at_five(self, in_a_row: int, error: CrmError) -> None:
        """Five failures in a row are no accident."""
        if in_a_row >= FAILED_IN_A_ROW:
            self.note = f"{FAILED_IN_A_ROW} requests failed in a row, the last one: {error.message}"
            self.pause()

    def end_of_cancelling(self) -> None:
        """From here on only what was sent is seen to its end."""
        self.stop = asyncio.Event()
        self.no_wait()

    @property
    def held_up(self) -> bool:
        """Whether nothing may be sent now."""
        return self.stop.is_set() or self.settle_soon or self.wait_until is not None

    @property
    def may_ask(self) -> bool:
        """Whether what was accepted may be asked for."""
        sending = self.cancelled or not self.stop.is_set()
        return sending and not self.halted and self.wait_until is None

    def on_waiting(self, until: datetime) -> None:
        """A request has to wait for the budget; a long wait is the whole job's."""
        self.waiting_until = until
        if until - datetime.now(UTC) >= self.patience.long_wait and self.wait_until is None:
            self.wait_until = until
            self.waits.set()
        if self.wait_until is not None:  # also what was on the wire when the wait began, and was turned away
            self.flights.call_back()
        self._told()

    def waited(self) -> None:
        """A request went out; what is agreed to be sat out is still to come."""
        self.waiting_until = self.wait_until

    def no_wait(self) -> None:
        """The wait is over."""
        self.wait_until = None
        self.waits.clear()
        self.waited()

    async def rest(self, seconds: float) -> None:
        """Waits, unless the job is stopped."""
        if seconds > 0:
            try:
                await asyncio.wait_for(self.stop.wait(), seconds)
            except TimeoutError:
                return

    def _stop_sending(self) -> None:
        self.stop.set()
        self.flights.call_back()
