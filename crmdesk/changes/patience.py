"""How long a job waits for what, and from when on it looks again before it writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Patience:
    """Times of the runner; tests shorten them."""

    stale: timedelta = timedelta(minutes=10)  # an older plan is read again before its first write
    long_wait: timedelta = timedelta(seconds=60)  # shorter ones only pace; nothing can have gone stale in between
    looks: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)  # seconds between looks at what is queued without an id
    late_job: float = 10.0  # seconds at least in which a background job whose answer was lost may still land
    portion: int = 200  # records that are read one by one ahead of their writes


USUAL = Patience()
