"""How a plan's rows are laid out in steps, and what becomes of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmdesk.changes import layout
from crmdesk.crm.modules import BUILT_IN, custom_module
from crmdesk.store import journal as book
from crmdesk.store import rows, steps, sweeps
from crmdesk.store.database import Database
from crmdesk.store.journal_schema import MIGRATIONS
from crmdesk.store.rows import NewRow
from crmdesk.store.words import Outcome, StepState, Way


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    found = Database(Path(tmp_path_factory.mktemp("steps")) / "journal.sqlite", MIGRATIONS, durable=False)
    yield found
    found.close_now()


def planned(c: sqlite3.Connection, module: str, targets: list[int | None]) -> int:
    """A planned job that gives record 1, 2, … to these owners."""
    job = book.create_job(c, "reassign", "test", {}, None)
    new = [
        NewRow(module, i, f"record {i}", "owner_id", "1", "null" if target is None else str(target))
        for i, target in enumerate(targets, 1)
    ]
    assert rows.add(c, job, new) == len(new)
    assert rows.add(c, job, new) == 0, "a record is in a plan once"
    custom = custom_module({"entity_name": "cm_x", "plural_name": "X", "custom": True})
    layout.lay_out(c, job, {**BUILT_IN, "cm_x": custom}.__getitem__)
    return job


def steps_of(c: sqlite3.Connection, job: int) -> list[tuple[str, object, list[int | None]]]:
    """Each step's way, target, and its rows' owners."""
    found = []
    for step in steps.in_state(c, job, StepState.PENDING):
        found.append((str(step.way), step.target, [change.after for change in rows.of_step(c, job, step.no)]))
    return found


@given(st.lists(st.sampled_from([2, 3, 4, None]), min_size=1, max_size=350), st.sampled_from(sorted(BUILT_IN)))
@settings(max_examples=60, deadline=None)
def test_every_row_has_one_step_and_no_step_is_too_large(
    database: Database, targets: list[int | None], module: str
) -> None:
    def check(c: sqlite3.Connection) -> None:
        job = planned(c, module, targets)
        found = steps_of(c, job)
        assert sorted(repr(after) for step in found for after in step[2]) == sorted(map(repr, targets))
        for way, target, afters in found:
            assert 0 < len(afters) <= (1 if way == Way.PUT else 100)
            if way in (Way.BULK_ASSIGN, Way.QUEUED_ASSIGN):
                assert target is not None and set(afters) == {target}
        cost = c.execute("SELECT records, write FROM costs WHERE job=?", (job,)).fetchone()
        assert tuple(cost) == (len(targets), len(found))
        c.execute("DELETE FROM jobs WHERE id=?", (job,))

    database.write_now(check)


def test_targets_are_mixed_where_the_request_allows_it(database: Database) -> None:
    def check(c: sqlite3.Connection) -> None:
        many: list[int | None] = [[2, 3, None][i % 3] for i in range(300)]
        assert [len(afters) for _, _, afters in steps_of(c, planned(c, "deals", many))] == [100, 100, 100]
        by_target = steps_of(c, planned(c, "contacts", many))
        assert [(way, target) for way, target, _ in by_target] == [
            ("bulk_assign", 2),
            ("bulk_assign", 3),
            ("bulk_upsert", None),
        ]
        products = steps_of(c, planned(c, "products", [2, None]))
        assert [way for way, _, _ in products] == ["queued_assign", "put"]
        assert len(steps_of(c, planned(c, "cm_x", many))) == 300

    database.write_now(check)


def test_a_step_from_pending_to_settled(database: Database) -> None:
    def check(c: sqlite3.Connection) -> None:
        job = planned(c, "deals", [2] * 150)
        first, second = steps.pending(c, job, [Way.BULK_UPSERT], 10, {})
        assert [s.no for s in steps.pending(c, job, [Way.BULK_UPSERT], 10, {"deals": second.no})] == [first.no]
        steps.intend(c, job, first.no)
        assert [s.no for s in steps.in_state(c, job, StepState.SENT)] == [first.no]
        steps.accept(c, job, first.no, "abc")
        assert steps.in_state(c, job, StepState.ACCEPTED)[0].background == "abc"
        changes = rows.of_step(c, job, first.no)
        rows.settle(c, job, [change.seq for change in changes[:-1]], Outcome.CHANGED)
        steps.close_if_settled(c, job, first.no)
        assert steps.count(c, job, StepState.SETTLED) == 0
        steps.move(c, job, first, [[changes[-1].seq]], Way.PUT)
        assert steps.count(c, job, StepState.SETTLED) == 1
        assert steps.in_state(c, job, StepState.PENDING)[-1].way is Way.PUT
        rows.settle(c, job, [changes[0].seq], Outcome.FAILED, "too late")
        assert rows.outcomes(c, job) == {"changed": 99, None: 51}

    database.write_now(check)


def test_settling_compares_by_record(database: Database) -> None:
    def check(c: sqlite3.Connection) -> None:
        job = planned(c, "deals", [2] * 6)
        c.execute("UPDATE changes SET ever_sent=1 WHERE job=? AND record IN (1, 3, 5)", (job,))
        sweeps.want(c, job)
        assert sweeps.wanted_by_module(c, job) == {"deals": 6}
        seen = {1: "2", 2: "2", 3: "1", 4: "7"}
        assert sweeps.see(c, job, "deals", {key: {"owner_id": text} for key, text in seen.items()}) == 4
        sweeps.see_missing(c, job, "deals", 5)
        assert sweeps.wanted_records(c, job, "deals", 10) == [6]
        assert sweeps.settle_seen(c, job, Outcome.CHANGED, Outcome.SKIPPED) == 0
        told = {row.record_id: (row.outcome, row.message) for row in rows.page(c, job, 0, 10, None, None)}
        assert [told[key][0] for key in range(1, 7)] == ["changed", "already_so", None, "skipped", "failed", None]
        assert "now 7" in told[4][1] and "no longer exists" in told[5][1]

    database.write_now(check)
