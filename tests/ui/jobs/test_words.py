"""Jobs in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crmdesk.changes.plan import Reason, Summary
from crmdesk.store.staged import KEPT_THEIRS
from crmdesk.store.words import JobState, Op, Outcome
from crmdesk.ui.jobs import words


@pytest.mark.parametrize(("count", "text"), [(0, "0 records"), (1, "1 record"), (3120, "3,120 records")])
def test_records_are_counted_in_words(count: int, text: str) -> None:
    assert words.records(count) == text


def test_every_outcome_has_a_name_and_a_meaning() -> None:
    assert set(words.OUTCOMES) == {"pending", *Outcome}
    assert all(name and meaning for name, meaning in words.OUTCOMES.values())


def test_a_message_names_the_owner_whose_id_the_journal_keeps() -> None:
    names = {2000003516: "Ann Lee", None: "nobody"}

    def name_of(owner: int | None) -> str:
        return names[owner]

    assert words.told("changed since, by someone else: now 2000003516", name_of) == (
        "changed since, by someone else: now Ann Lee"
    )
    assert words.told("changed since, by someone else: now null", name_of).endswith("now nobody")
    assert words.told("no longer exists in the CRM", name_of) == "no longer exists in the CRM"


def test_requests_are_told_by_kind_without_those_not_sent() -> None:
    assert words.request_kinds({"read": 17, "write": 0, "follow": 4}) == "17 to read, 4 to follow up"


def ended(kind: str, *ops: Op, changed: int = 10, parent: int | None = None) -> Summary:
    """A job that has ended well."""
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    return Summary(
        id=12,
        title="A job",
        kind=kind,
        state=JobState.FINISHED,
        interrupted=False,
        parent_id=parent,
        created_at=at,
        started_at=at,
        finished_at=at,
        modules=("contacts",),
        records=changed,
        counts={Outcome.CHANGED: changed},
        planned_requests=1,
        sent_requests=1,
        by_kind={"write": 1},
        seconds=1.0,
        resumable=False,
        undoable=True,
        retryable=False,
        undo_note="",
        waiting_until=None,
        note="",
        touched=changed,
        ops=ops,
    )


@pytest.mark.parametrize(
    ("job", "name", "heading"),
    [
        (ended("edit", Op.SET), "Changed", "10 changes saved"),
        (ended("edit", Op.CREATE), "Created", "10 records created"),
        (ended("edit", Op.CREATE, Op.SET), "Changed", "10 changes saved"),
        (ended("create", Op.CREATE, changed=1), "Created", "1 record created"),
        (ended("delete", Op.DELETE), "Deleted", "10 records deleted"),
        (ended("undo", Op.DELETE, parent=11), "Changed", "10 records given back"),
        (ended("import", Op.CREATE), "Imported", "10 records imported"),
    ],
)
def test_what_was_done_is_named(job: Summary, name: str, heading: str) -> None:
    assert words.named(Outcome.CHANGED, job) == name
    assert words.heading(job) == heading
    assert words.named(Outcome.FAILED, job) == "Failed"


def test_an_undo_says_of_which_job() -> None:
    assert words.kind_of(ended("undo", Op.SET, parent=11)) == "Undo of 11"
    assert words.kind_of(ended("edit", Op.SET)) == "Edit"
    assert words.kind_of(ended("edit", Op.CREATE)) == "Create"


def test_theirs_that_was_kept_is_told_as_chosen() -> None:
    edited = ended("edit", Op.SET)
    chosen = Reason("contacts", Outcome.SKIPPED, KEPT_THEIRS, 3)
    other = Reason("deals", Outcome.SKIPPED, "changed since, by someone else", 1)
    usual = words.OUTCOMES[Outcome.SKIPPED][1]
    assert words.meaning(Outcome.SKIPPED, edited, [chosen]) == "theirs was kept, as you chose"
    assert words.meaning(Outcome.SKIPPED, edited, [other]) == usual
    assert (
        words.meaning(Outcome.SKIPPED, edited, [chosen, other])
        == f"3 where theirs was kept, as you chose; else {usual}"
    )
    assert words.meaning(Outcome.CHANGED, edited, [chosen]) == words.OUTCOMES[Outcome.CHANGED][1]
    assert words.told(KEPT_THEIRS, str) == "theirs was kept, as you chose"
