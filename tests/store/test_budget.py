"""The request budget: counts, headers, refusals, lanes, restarts, and several processes on one file."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from crmdesk.crm.budget import Lane
from crmdesk.store.budget import RequestBudget
from tests.support.aio import run

HOUR = 3600.0


class Clock:
    """A wall clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_015.0

    def __call__(self) -> float:
        return self.now


class Untils:
    """Collects the times that waiters were told, and lets a test wait for the first."""

    def __init__(self) -> None:
        self.told: list[datetime] = []
        self.first = asyncio.Event()

    def __call__(self, until: datetime) -> None:
        self.told.append(until)
        self.first.set()


async def take_all(budget: RequestBudget, lane: Lane = Lane.JOB) -> int:
    """Takes until the budget says that it has to wait; how many it gave."""
    taken = 0
    while True:
        untils = Untils()
        taking = asyncio.ensure_future(budget.take(lane, untils))
        waiting = asyncio.ensure_future(untils.first.wait())
        await asyncio.wait({taking, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not taking.done():
            taking.cancel()
            await asyncio.gather(taking, waiting, return_exceptions=True)
            return taken
        taken += 1


def with_budget(
    path: Path,
    work: Callable[[RequestBudget, Clock], Awaitable[None]],
    *,
    limit: int = 100,
    reserve_percent: int = 20,
    minute_limit: int | None = None,
) -> None:
    async def main() -> None:
        clock = Clock()
        budget = RequestBudget(
            path / "budget.sqlite",
            limit=limit,
            reserve_percent=reserve_percent,
            minute_limit=minute_limit,
            clock=clock,
        )
        try:
            await work(budget, clock)
        finally:
            await budget.close()

    run(main())


def headers(limit: int, remaining: int, reset: float) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(int(reset)),
    }


def test_both_lanes_keep_the_reserve_back(tmp_path: Path) -> None:
    async def work(budget: RequestBudget, clock: Clock) -> None:
        assert await take_all(budget, Lane.JOB) == 80
        assert await take_all(budget, Lane.PERSON) == 0
        state = budget.state()
        assert (state.limit, state.remaining, state.reserved, state.usable) == (100, 20, 20, 0)

    with_budget(tmp_path, work)


def test_a_waiter_is_told_when_the_hour_renews_and_goes_on_by_itself(tmp_path: Path) -> None:
    async def work(budget: RequestBudget, clock: Clock) -> None:
        begun = clock.now
        await take_all(budget)
        untils = Untils()
        waiter = asyncio.create_task(budget.take(Lane.JOB, untils))
        await untils.first.wait()
        assert HOUR <= untils.told[0].timestamp() - begun <= HOUR + 30
        clock.now = untils.told[0].timestamp()
        await waiter

    with_budget(tmp_path, work)


def test_no_rolling_hour_ever_holds_more_than_the_limit(tmp_path: Path) -> None:
    """Spending in bursts over three hours, counted as a server would count them, wherever its hour begins."""

    async def work(budget: RequestBudget, clock: Clock) -> None:
        sent: list[float] = []
        for _ in range(30):
            sent += [clock.now] * await take_all(budget)
            clock.now += 400
        for start in sent:
            assert sum(start <= moment < start + HOUR for moment in sent) <= 40
        assert len(sent) >= 3 * 40

    with_budget(tmp_path, work, limit=50)


def test_it_survives_a_restart(tmp_path: Path) -> None:
    async def spend(budget: RequestBudget, clock: Clock) -> None:
        for _ in range(30):
            await budget.take(Lane.PERSON)

    async def look(budget: RequestBudget, clock: Clock) -> None:
        assert budget.state().remaining == 70
        assert await take_all(budget) == 50

    with_budget(tmp_path, spend)
    with_budget(tmp_path, look)


def test_what_was_not_used_is_given_back_at_close(tmp_path: Path) -> None:
    async def once(budget: RequestBudget, clock: Clock) -> None:
        await budget.take(Lane.PERSON)

    async def look(budget: RequestBudget, clock: Clock) -> None:
        assert budget.state().remaining == 97

    for _ in range(3):
        with_budget(tmp_path, once)
    with_budget(tmp_path, look)


def test_a_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "budget.sqlite").write_bytes(b"this was a database once " * 400)

    async def look(budget: RequestBudget, clock: Clock) -> None:
        assert budget.state().remaining == 100
        await budget.take(Lane.PERSON)

    with_budget(tmp_path, look)


def test_headers_replace_the_plans_limit_and_show_what_others_spend(tmp_path: Path) -> None:
    async def work(budget: RequestBudget, clock: Clock) -> None:
        await budget.take(Lane.JOB)
        budget.told(200, headers(1000, 250, clock.now + 1800))
        await budget.refresh()
        state = budget.state()
        assert (state.limit, state.remaining, state.reserved) == (1000, 250, 200)
        assert state.renews_at == datetime.fromtimestamp(clock.now + 1800, UTC)
        assert await take_all(budget) == 50

    with_budget(tmp_path, work, limit=5000)


def test_what_headers_tell_is_shown_before_the_ledger_has_it(tmp_path: Path) -> None:
    async def work(budget: RequestBudget, clock: Clock) -> None:
        await take_all(budget)
        await budget.refresh()
        budget.told(200, headers(5000, 4960, clock.now + 600))
        state = budget.state()
        # The CRM counted 40; 80 were taken here, and 79 of them are still under way.
        assert (state.limit, state.remaining, state.reserved, state.usable) == (5000, 4920, 1000, 3920)
        assert state.renews_at == datetime.fromtimestamp(clock.now + 600, UTC)
        budget.told(200, headers(5000, 4300, clock.now + 600))
        shown = budget.state()
        assert shown.remaining == 4300
        assert await budget.refresh() == shown

    with_budget(tmp_path, work)


def test_headers_of_an_hour_that_has_ended_are_not_shown(tmp_path: Path) -> None:
    async def work(budget: RequestBudget, clock: Clock) -> None:
        await budget.take(Lane.JOB)
        budget.told(200, headers(5000, 3, clock.now + 10))
        assert budget.state().remaining == 3
        clock.now += 60
        assert budget.state().remaining > 3

    with_budget(tmp_path, work)


def test_headers_of_requests_under_way_never_count_them_twice(tmp_path: Path) -> None:
    """A server that counts only us: every answer lags behind what was granted, and the limit is still used up."""

    async def work(budget: RequestBudget, clock: Clock) -> None:
        under_way: list[int] = []
        counted = 0
        while True:
            untils = Untils()
            taking = asyncio.ensure_future(budget.take(Lane.JOB, untils))
            await asyncio.wait(
                {taking, waiting := asyncio.ensure_future(untils.first.wait())},
                return_when=asyncio.FIRST_COMPLETED,
            )
            waiting.cancel()
            if not taking.done():
                taking.cancel()
                break
            counted += 1
            under_way.append(100 - counted)
            if len(under_way) == 6:
                for remaining in under_way:
                    budget.told(200, headers(100, remaining, clock.now + 900))
                under_way.clear()
                await budget.refresh()
        assert counted == 80

    with_budget(tmp_path, work)


def test_the_crms_own_new_hour_is_found_by_one_request(tmp_path: Path) -> None:
    """Its hour may begin before ours ends: one request asks, and its answer frees the rest."""

    async def work(budget: RequestBudget, clock: Clock) -> None:
        reset = clock.now + 600
        taken = await take_all(budget)
        for _ in range(taken):
            budget.told(200, headers(100, 20, reset))
        await budget.refresh()
        assert await take_all(budget) == 0
        clock.now = reset + 1
        assert await take_all(budget) == 1
        budget.told(200, headers(100, 99, reset + HOUR))
        await budget.refresh()
        # The one that asked may be counted twice for some seconds: never too many, at most one too few.
        assert await take_all(budget) in (78, 79)

    with_budget(tmp_path, work)


@pytest.mark.parametrize("form", ["seconds", "date", "too long"])
def test_retry_after_outranks_every_count(tmp_path: Path, form: str) -> None:
    async def work(budget: RequestBudget, clock: Clock) -> None:
        await budget.take(Lane.JOB)
        sent = datetime.fromtimestamp(clock.now, UTC)
        told = {"seconds": "90", "date": format_datetime(sent.replace(second=45), usegmt=True), "too long": "86400"}
        wait = {"seconds": 90, "date": (sent.replace(second=45) - sent).total_seconds(), "too long": 3600}
        budget.told(429, {"retry-after": told[form], "date": format_datetime(sent, usegmt=True)})
        blocked = budget.state()
        assert blocked.usable == 0
        assert blocked.blocked_until is not None
        untils = Untils()
        waiter = asyncio.create_task(budget.take(Lane.PERSON, untils))
        await untils.first.wait()
        assert untils.told[-1].timestamp() == pytest.approx(clock.now + wait[form], abs=1)
        clock.now += wait[form] + 1
        await waiter

    with_budget(tmp_path, work)


async def until_blocked_for(budget: RequestBudget) -> float:
    """The time until which a refusal blocks, once the ledger has said it."""
    untils = Untils()
    waiter = asyncio.create_task(budget.take(Lane.JOB, untils))
    await untils.first.wait()
    waiter.cancel()
    await asyncio.gather(waiter, return_exceptions=True)
    return untils.told[-1].timestamp()


def test_a_429_that_tells_nothing_backs_off_longer_each_time(tmp_path: Path) -> None:
    async def work(budget: RequestBudget, clock: Clock) -> None:
        for minutes in (1, 2, 4, 8):
            await budget.take(Lane.JOB)
            await budget.take(Lane.JOB)
            budget.told(429, {})
            budget.told(429, {})  # two that were under way together are one refusal
            until = await until_blocked_for(budget)
            assert until == pytest.approx(clock.now + minutes * 60, abs=1)
            clock.now = until + 1
        await budget.take(Lane.JOB)
        budget.told(200, {})
        await budget.refresh()
        await budget.take(Lane.JOB)
        budget.told(429, {})
        assert await until_blocked_for(budget) == pytest.approx(clock.now + 60, abs=1)

    with_budget(tmp_path, work)


def test_a_429_with_an_hour_that_shows_plenty_waits_for_the_minutes_end(tmp_path: Path) -> None:
    async def work(budget: RequestBudget, clock: Clock) -> None:
        await budget.take(Lane.JOB)
        budget.told(429, headers(1000, 600, clock.now + 1800))
        until = await until_blocked_for(budget)
        assert until % 60 == 0
        assert 0 < until - clock.now <= 60

    with_budget(tmp_path, work, limit=1000)


def test_a_429_with_an_hour_that_is_used_up_waits_for_its_renewal(tmp_path: Path) -> None:
    async def work(budget: RequestBudget, clock: Clock) -> None:
        await budget.take(Lane.JOB)
        budget.told(429, headers(1000, 0, clock.now + 1800))
        assert await until_blocked_for(budget) == pytest.approx(clock.now + 1800, abs=1)

    with_budget(tmp_path, work, limit=1000)


def test_a_429_that_says_at_once_still_blocks_for_a_moment(tmp_path: Path) -> None:
    async def work(budget: RequestBudget, clock: Clock) -> None:
        await budget.take(Lane.JOB)
        budget.told(429, {"retry-after": "0"})
        assert budget.state().blocked_until is not None
        clock.now += 1.5
        await budget.take(Lane.JOB)

    with_budget(tmp_path, work)


def test_a_refused_bulk_job_blocks_nothing(tmp_path: Path) -> None:
    async def work(budget: RequestBudget, clock: Clock) -> None:
        await budget.take(Lane.JOB)
        budget.told(429, {"retry-after": "90"}, bulk_jobs=True)
        assert budget.state().blocked_until is None
        await budget.take(Lane.JOB)

    with_budget(tmp_path, work)


def test_the_minute_has_its_own_limit(tmp_path: Path) -> None:
    async def work(budget: RequestBudget, clock: Clock) -> None:
        assert await take_all(budget) == 10
        assert budget.state().minute_remaining == 0
        until = await until_blocked_for(budget)
        assert 60 <= until - clock.now <= 90
        clock.now = until
        assert await take_all(budget) == 10

    with_budget(tmp_path, work, limit=1000, minute_limit=10)


def test_a_person_goes_before_a_job(tmp_path: Path) -> None:
    async def work(budget: RequestBudget, clock: Clock) -> None:
        until = datetime.fromtimestamp(clock.now + 30, UTC)
        await budget.take(Lane.JOB)
        budget.told(429, {"retry-after": "30"})
        order: list[Lane] = []

        async def one(lane: Lane) -> None:
            await budget.take(lane)
            order.append(lane)

        tasks = [asyncio.create_task(one(Lane.JOB)) for _ in range(5)]
        untils = Untils()
        tasks.append(asyncio.create_task(budget.take(Lane.JOB, untils)))
        await untils.first.wait()
        tasks += [asyncio.create_task(one(Lane.PERSON)) for _ in range(3)]
        clock.now = until.timestamp() + 1
        await asyncio.gather(*tasks)
        assert order[:3] == [Lane.PERSON] * 3

    with_budget(tmp_path, work)


def test_a_person_in_another_process_goes_before_a_job_here(tmp_path: Path) -> None:
    async def work(mine: RequestBudget, clock: Clock) -> None:
        theirs = RequestBudget(tmp_path / "budget.sqlite", limit=100, clock=clock)
        try:
            await take_all(mine)
            untils = Untils()
            person = asyncio.create_task(theirs.take(Lane.PERSON, untils))
            await untils.first.wait()
            clock.now += 2  # within the seconds for which a waiting person is known
            mine.change(limit=101, reserve_percent=20)
            theirs.change(limit=101, reserve_percent=20)
            assert await take_all(mine) == 0
            await person
        finally:
            await theirs.close()

    with_budget(tmp_path, work)


def test_a_waiter_that_gives_up_leaves_no_hole(tmp_path: Path) -> None:
    async def work(budget: RequestBudget, clock: Clock) -> None:
        tasks = [asyncio.create_task(budget.take(Lane.JOB)) for _ in range(40)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert await take_all(budget) == 60

    with_budget(tmp_path, work)


def test_listeners_hear_of_a_change(tmp_path: Path) -> None:
    async def work(budget: RequestBudget, clock: Clock) -> None:
        heard: list[int] = []
        end = budget.subscribe(lambda state: heard.append(state.remaining))
        await budget.take(Lane.PERSON)
        assert heard[-1] == 100 or heard[-1] == 99
        end()
        count = len(heard)
        await budget.refresh()
        assert len(heard) == count

    with_budget(tmp_path, work)


def test_a_grant_costs_the_loop_next_to_nothing(tmp_path: Path) -> None:
    """Under 20 µs, as the median of blocks of 100 (a busy machine disturbs single ones)."""

    async def work(budget: RequestBudget, clock: Clock) -> None:
        for _ in range(8):
            await budget.take(Lane.JOB)
        costs = []
        for _ in range(60):
            while budget.state().usable and not budget._stock:
                await budget.take(Lane.JOB)
            begun = time.perf_counter()
            await budget.take(Lane.JOB)
            costs.append(time.perf_counter() - begun)
            budget.told(200, {})
        assert sorted(costs)[len(costs) // 2] < 20e-6

    with_budget(tmp_path, work, limit=100_000)


HAMMER = """
import asyncio, json, sys
from pathlib import Path
from crmdesk.crm.budget import Lane
from crmdesk.store.budget import RequestBudget

async def main():
    budget = RequestBudget(Path(sys.argv[1]), limit=300)
    stop = asyncio.Event()
    taken = 0
    async def worker():
        nonlocal taken
        while not stop.is_set():
            taking = asyncio.ensure_future(budget.take(Lane.JOB, lambda until: stop.set()))
            waiting = asyncio.ensure_future(stop.wait())
            await asyncio.wait({taking, waiting}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if taking.done():
                taken += 1
                budget.told(200, {})
            else:
                taking.cancel()
    print("ready", flush=True)
    sys.stdin.readline()
    await asyncio.gather(*(worker() for _ in range(12)))
    await budget.close()
    print(json.dumps(taken))

asyncio.run(main())
"""


def test_three_processes_never_spend_more_than_the_limit_together(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", HAMMER, str(tmp_path / "budget.sqlite")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        taken = [json.loads(process.communicate(timeout=60)[0]) for process in processes]
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
            process.communicate()
    assert sum(taken) <= 240
    assert sum(taken) >= 240 - 3 * 12
    assert all(taken)
