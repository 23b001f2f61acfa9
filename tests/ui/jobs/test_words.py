"""Jobs in words."""

from __future__ import annotations

import pytest

from crmdesk.changes.plan import Reason
from crmdesk.store.staged import KEPT_THEIRS
from crmdesk.store.words import Outcome
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


def test_theirs_that_was_kept_is_told_as_chosen() -> None:
    chosen = Reason("contacts", Outcome.SKIPPED, KEPT_THEIRS, 3)
    other = Reason("deals", Outcome.SKIPPED, "changed since, by someone else", 1)
    usual = words.OUTCOMES[Outcome.SKIPPED][1]
    assert words.meaning(Outcome.SKIPPED, [chosen]) == "theirs was kept, as you chose"
    assert words.meaning(Outcome.SKIPPED, [other]) == usual
    assert words.meaning(Outcome.SKIPPED, [chosen, other]) == f"3 where theirs was kept, as you chose; else {usual}"
    assert words.meaning(Outcome.CHANGED, [chosen]) == words.OUTCOMES[Outcome.CHANGED][1]
    assert words.told(KEPT_THEIRS, str) == "theirs was kept, as you chose"
