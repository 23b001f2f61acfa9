"""The journal: drafts, states, requests, facts; the lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmdesk.store import journal as book
from crmdesk.store.errors import AccountBusy, NoSuchJob
from crmdesk.store.journal import Journal
from crmdesk.store.locks import RunLock
from crmdesk.store.words import JobState
from tests.support.aio import run


def test_a_plan_from_draft_to_end(tmp_path: Path) -> None:
    async def main() -> None:
        journal = Journal(tmp_path / "journal.sqlite")
        job = await journal.create("reassign", "Ünïcode — 名前", {"view": 2**40})
        child = await journal.create("undo", "Undo", {}, parent=job)
        found = await journal.job(job)
        assert (found.state, found.title, found.intent, found.started_at) == (
            "draft",
            "Ünïcode — 名前",
            {"view": 2**40},
            None,
        )
        assert [row.id for row in await journal.jobs()] == [child, job]
        await journal.delete_draft(child)
        with pytest.raises(NoSuchJob):
            await journal.job(child)
        await journal.db.write(lambda c: book.set_state(c, job, JobState.RUNNING))
        started = (await journal.job(job)).started_at
        assert started is not None
        await journal.delete_draft(job)
        await journal.db.write(lambda c: book.set_state(c, job, JobState.PAUSED, note="why"))
        await journal.db.write(lambda c: book.set_state(c, job, JobState.FINISHED))
        ended = await journal.job(job)
        assert ended.started_at == started and ended.finished_at is not None and ended.note == ""
        await journal.close()

    run(main())


def test_requests_and_facts_outlast_the_process(tmp_path: Path) -> None:
    async def main() -> None:
        journal = Journal(tmp_path / "journal.sqlite")
        job = await journal.create("reassign", "x", {})
        await journal.db.write(lambda c: book.plan_requests(c, job, {"write": 3, "follow": 4}))
        await journal.db.write(lambda c: book.count_requests(c, job, {"write": 2, "settle": 1, "read": 0}))
        await journal.db.write(lambda c: book.count_requests(c, job, {"write": 2}))
        await journal.learn("thing", "yes")
        await journal.learn("thing", "no")
        await journal.close()
        again = Journal(tmp_path / "journal.sqlite")
        counts = await again.db.read(lambda c: book.requests_of(c, job))
        assert counts == {"write": (3, 4), "follow": (4, 0), "settle": (0, 1)}
        assert await again.fact("thing") == "no" and await again.fact("other") is None
        await again.close()

    run(main())


def test_one_lock_for_an_account(tmp_path: Path) -> None:
    one, two = RunLock(tmp_path), RunLock(tmp_path)
    one.acquire("Handover", 3)
    assert one.held and one.busy() is None
    busy = two.busy()
    assert busy is not None and (busy.title, busy.job) == ("Handover", 3)
    with pytest.raises(AccountBusy):
        two.acquire("Other", 4)
    one.release()
    assert two.busy() is None
    two.acquire("Other", 4)
    assert one.busy() is not None
    two.release()
    two.release()
