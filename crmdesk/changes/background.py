"""How long the CRM's background jobs take, and how many are thought to be under way. Times in seconds.

The length is learned from the answers' own times (`status_updated_at` − `created_at`, whole seconds), never from when
we asked. Sending goes by what is likely under way, so a slot needs no question to be known as free.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from statistics import NormalDist
from time import monotonic

AT_ONCE = 10  # reference, "Bulk Upsert": 10 jobs in progress for an account
_ROUNDING = 1 / 6  # variance that two times cut to whole seconds add to their difference
_NORMAL = NormalDist()


class JobLength:
    """A log-normal guess of a background job's length, from those that ended."""

    def __init__(self) -> None:
        self._seen: deque[float] = deque(maxlen=60)
        self.longest = 0.0

    @property
    def known(self) -> bool:
        """At least one job has ended."""
        return bool(self._seen)

    def learn(self, seconds: float) -> None:
        """A job took this long, by the CRM's clock."""
        self._seen.append(max(seconds, 0.0))
        self.longest = max(self.longest, seconds)

    def quantile(self, share: float) -> float:
        """The time after which `share` of the jobs have ended."""
        median, sigma = self._shape()
        return median * math.exp(sigma * _NORMAL.inv_cdf(share))

    def running(self, elapsed: float, seen_running: float = 0.0) -> float:
        """The chance that a job accepted `elapsed` ago still runs, when it was seen to run after `seen_running`."""
        if elapsed <= seen_running:
            return 1.0
        return self._surviving(elapsed) / max(self._surviving(seen_running), 1e-9)

    def _surviving(self, elapsed: float) -> float:
        if elapsed <= 0:
            return 1.0
        median, sigma = self._shape()
        return 1.0 - _NORMAL.cdf(math.log(elapsed / median) / sigma)

    def _shape(self) -> tuple[float, float]:
        """Median and sigma; the fewer jobs have ended, the wider the guess."""
        count = len(self._seen)
        if not count:
            return 2.0, 0.6
        mean = max((sum(self._seen) + 0.5) / count, 0.05)  # half a second: the first times are cut, and few
        sigma = 0.4 + 0.25 / count
        if count >= 20:
            spread = sum((s - mean) ** 2 for s in self._seen) / (count - 1) - _ROUNDING
            sigma = min(max(math.sqrt(math.log1p(max(spread, 0.0) / mean**2)), 0.25), 0.9)
        return mean * math.exp(-(sigma**2) / 2), sigma


class Slots:
    """Lets a bulk job go when one of the ten places is likely free; a refusal makes it more careful."""

    def __init__(self, length: JobLength, clock: Callable[[], float] = monotonic) -> None:
        self._length = length
        self._clock = clock
        self._accepted: dict[int, tuple[float, float]] = {}  # by step: accepted at, seen to run after
        self._sending = 0
        self._care = 1.3
        self._ended = asyncio.Event()

    async def enter(self, given_up: Callable[[], bool]) -> bool:
        """Waits until a place is likely free, and takes it for a request that is about to be sent; or gives up."""
        while not given_up():
            if self._free():
                self._sending += 1
                return True
            self._ended.clear()
            pause = max(0.02, min(0.5, self._length.quantile(0.5) / 20))
            try:
                await asyncio.wait_for(self._ended.wait(), pause)
            except TimeoutError:
                continue
        return False

    def accepted(self, step: int) -> None:
        """The request was answered: the job is under way."""
        self._sending -= 1
        self.under_way(step)

    def under_way(self, step: int, ago: float = 0.0) -> None:
        """A job that was accepted so many seconds ago may still run."""
        self._accepted[step] = (self._clock() - ago, 0.0)

    def still_running(self, step: int) -> None:
        """It was asked for, and has not ended."""
        if step in self._accepted:
            since, _ = self._accepted[step]
            self._accepted[step] = (since, self._clock() - since)

    def not_sent(self) -> None:
        """The request came to nothing."""
        self._sending -= 1

    async def refused(self) -> None:
        """All ten places were taken: waits a little, and leaves more room from here on."""
        self._sending -= 1
        self._care = min(self._care + 0.3, 3.0)
        self._ended.clear()
        try:
            await asyncio.wait_for(self._ended.wait(), max(0.1, self._length.quantile(0.5) / 4))
        except TimeoutError:
            return

    def ended(self, step: int) -> None:
        """The job is known to have ended."""
        self._accepted.pop(step, None)
        self._ended.set()

    def _free(self) -> bool:
        if not self._length.known:
            return len(self._accepted) + self._sending < AT_ONCE
        now = self._clock()
        chances = [self._length.running(now - since, seen) for since, seen in self._accepted.values()]
        likely = sum(chances) + self._sending
        spread = math.sqrt(sum(chance * (1 - chance) for chance in chances))
        return likely + self._care * spread < AT_ONCE - 0.5


class Appointments:
    """When to ask for each background job: first when most would have ended, then less and less often."""

    def __init__(self, length: JobLength, clock: Callable[[], float] = monotonic) -> None:
        self._length = length
        self._clock = clock
        self._jobs: dict[int, tuple[float, int, float]] = {}  # by step: accepted at, questions asked, the last one at
        self._asking: set[int] = set()
        self._scout: int | None = None

    def __len__(self) -> int:
        return len(self._jobs)

    def add(self, step: int, ago: float = 0.0) -> None:
        """A job was accepted so many seconds ago."""
        self._jobs[step] = (self._clock() - ago, 0, 0.0)

    def asked(self, step: int) -> None:
        """It was asked for and still runs."""
        since, questions, _ = self._jobs[step]
        self._jobs[step] = (since, questions + 1, self._clock())
        self._asking.discard(step)

    def not_asked(self, step: int) -> None:
        """The question came to nothing."""
        self._asking.discard(step)

    def drop(self, step: int) -> None:
        """It has ended."""
        self._jobs.pop(step, None)
        self._asking.discard(step)
        if self._scout == step:
            self._scout = None

    def due(self, *, last: bool) -> tuple[int | None, float]:
        """The job to ask for now, claimed for the caller; or None and the seconds until one is due.

        `last`: nothing is left to send, so the sooner the answer the better. Until one job has ended, only
        the oldest is asked for: it tells how long the others take.
        """
        if not self._length.known and self._jobs:
            if self._scout not in self._jobs:
                self._scout = min(self._jobs, key=lambda step: self._jobs[step][0])
            open_jobs = {self._scout} - self._asking
        else:
            open_jobs = self._jobs.keys() - self._asking
        moments = {step: self._moment(step, last=last) for step in open_jobs}
        if not moments:
            return None, 0.2
        step = min(moments, key=lambda s: moments[s])
        wait = moments[step] - self._clock()
        if wait > 0:
            return None, wait
        self._asking.add(step)
        return step, 0.0

    def _moment(self, step: int, *, last: bool) -> float:
        since, questions, last_asked = self._jobs[step]
        first = self._length.quantile(0.85 if last else 0.96)
        if not self._length.known:
            first = 1.0
        step_back = self._length.quantile(0.5) * 0.4
        if not questions:
            return since + first
        # a job that was asked for late is not asked again at once
        return max(since + first + step_back * (1.6**questions - 1) / 0.6, last_asked + step_back)
