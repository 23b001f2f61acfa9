"""What a sandbox can be asked for: its dataset, its limits, where accounts differ, and its faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

ADDRESS = "/crm/sales"


class WrongOption(ValueError):
    """An option that can't be understood; the message names it and says what is expected."""


@dataclass(frozen=True)
class Faults:
    """How often what goes wrong, as shares of all requests (0 to 1); those of jobs are shares of all jobs."""

    statuses: tuple[tuple[int, float], ...] = ()
    slow: tuple[tuple[float, float], ...] = ()
    drop_before: float = 0.0
    drop_after: float = 0.0
    garbage: float = 0.0
    truncate: float = 0.0
    job_failed: float = 0.0
    job_miscount: float = 0.0
    job_late: tuple[tuple[float, float], ...] = ()


PLAIN_FAULTS = ("drop-before", "drop-after", "garbage", "truncate", "job-failed", "job-miscount")
VALUED_FAULTS = ("status", "slow", "job-late")


def parse_faults(text: str) -> Faults:
    """`status=503:0.02,drop-before:0.01,slow=3000:0.05` → Faults; raises WrongOption naming the wrong part."""
    shares: dict[str, float] = {}
    valued: dict[str, list[tuple[float, float]]] = {name: [] for name in VALUED_FAULTS}
    for part in (piece.strip() for piece in text.split(",")):
        if not part:
            continue
        name, value, share = _split(part)
        if name in PLAIN_FAULTS and value is None:
            shares[name.replace("-", "_")] = share
        elif name in VALUED_FAULTS and value is not None:
            valued[name].append((value, share))
        else:
            raise WrongOption(
                f"fault {part!r} is not understood; expected one of status=CODE:P, slow=MS:P, job-late=MS:P, "
                + ", ".join(f"{plain}:P" for plain in PLAIN_FAULTS)
            )
    statuses = tuple((int(code), share) for code, share in valued["status"])
    for code, _share in statuses:
        if not 400 <= code <= 599:
            raise WrongOption(f"fault 'status={code}': the code must lie between 400 and 599")
    return Faults(
        statuses=statuses,
        slow=tuple((ms / 1000, share) for ms, share in valued["slow"]),
        job_late=tuple((ms / 1000, share) for ms, share in valued["job-late"]),
        **shares,
    )


def _split(part: str) -> tuple[str, float | None, float]:
    head, colon, tail = part.rpartition(":")
    if not colon:
        head, equals, tail = part.partition("=")
        if not equals:
            raise WrongOption(f"fault {part!r} has no share; expected for example 'drop-after:0.01'")
        return head, None, _share(part, tail)
    name, equals, value = head.partition("=")
    if not equals:
        return name, None, _share(part, tail)
    try:
        number = float(value)
    except ValueError:
        raise WrongOption(f"fault {part!r}: {value!r} is not a number") from None
    if number < 0:
        raise WrongOption(f"fault {part!r}: {value!r} is negative")
    return name, number, _share(part, tail)


def _share(part: str, text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        raise WrongOption(f"fault {part!r}: the share {text!r} is not a number from 0 to 1") from None
    if not 0 <= share <= 1:
        raise WrongOption(f"fault {part!r}: the share {text!r} does not lie between 0 and 1")
    return share


def parse_job_time(text: str) -> tuple[float, float]:
    """`MEDIAN[,SIGMA]` in seconds → both; sigma 0.4 unless given."""
    median_text, _comma, sigma_text = text.partition(",")
    try:
        median, sigma = float(median_text), float(sigma_text or 0.4)
    except ValueError:
        raise WrongOption(f"{text!r} is not MEDIAN or MEDIAN,SIGMA in seconds") from None
    if median < 0 or sigma < 0:
        raise WrongOption(f"{text!r}: neither median nor sigma can be negative")
    return median, sigma


@dataclass(frozen=True)
class SandboxOptions:
    """All that `crmdesk sandbox` can be told. Times are seconds but `latency`, which is milliseconds."""

    port: int = 0
    dataset: str = "sample"
    records: int = 5000
    seed: int = 1
    state: Path | None = None
    hour_limit: int = 5000
    minute_limit: int = 0
    latency: float = 0.0
    job_time: tuple[float, float] = (2.0, 0.4)
    faults: str = ""
    quiet: bool = False
    legacy_validation: bool = False
    require_email: bool = False
    required_field: bool = False
    retry_after: bool = True
    owner_search: bool = True
    search_lag: float = 3.0
    all_deals: bool = True
    assign_queues: bool = False
    allow_inactive_owners: bool = False
    owner_change_keeps_updated_at: bool = False
    full_rows: bool = False
    parent: int | None = None
    until_stdin_closes: bool = False
    first_faults: Faults = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "first_faults", parse_faults(self.faults))
