"""Drawing faults from a seed: what happens to a request before and after it is handled."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from crmdesk.sandbox.options import Faults


@dataclass(frozen=True)
class Fate:
    """What befalls one request. `status`: an error before the change; `cut`: how a truncated body ends."""

    delay: float = 0.0
    status: int = 0
    drop_before: bool = False
    drop_after: bool = False
    garbage: bool = False
    truncate: bool = False
    cut_whole: bool = False


class FaultDraws:
    """The fates of the requests, one after the other: the same seed and order give the same fates."""

    def __init__(self, faults: Faults, seed: int) -> None:
        self.faults = faults
        self._random = Random(f"faults {seed}")

    def next(self) -> Fate:
        """The fate of the next request. Every draw is made every time, so that shares don't depend on others."""
        draw = self._random.random
        faults = self.faults
        delay = sum(seconds for seconds, share in faults.slow if draw() < share)
        statuses = [code for code, share in faults.statuses if draw() < share]
        before, after = draw() < faults.drop_before, draw() < faults.drop_after
        garbage, truncate, cut = draw() < faults.garbage, draw() < faults.truncate, draw() < 0.5
        return Fate(delay, statuses[0] if statuses else 0, before, after, garbage, truncate, cut)
