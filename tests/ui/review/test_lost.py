"""A creation whose answer was lost is never sent again: the person says what became of it."""

from __future__ import annotations

from crmdesk.crm.kinds import Kind
from crmdesk.store.words import Outcome
from crmdesk.ui.jobs.workspace import JobsWorkspace
from crmdesk.ui.review.unsure import NOT_MADE, UnsureDialog
from crmdesk.ui.review.workspace import ReviewWorkspace
from tests.support.sandbox_process import SandboxProcess
from tests.ui.review.bench import Bench

NAME = {"first_name": "Zelda", "last_name": "Quill", "mobile_number": "1-926-555-0101"}
KINDS = {"first_name": Kind.TEXT, "last_name": Kind.TEXT, "mobile_number": Kind.PHONE}


def zeldas(sandbox: SandboxProcess) -> list[int]:
    return [key for key, row in sandbox.records("contacts", "first_name").items() if row["first_name"] == "Zelda"]


def lost(bench: Bench, sandbox: SandboxProcess) -> ReviewWorkspace:
    """Somebody else makes a contact; ours of the same name is made, too, and its answer is lost."""
    with sandbox.client() as other:
        assert other.post("/contacts", json={"contact": NAME}).status_code in (200, 201)
    bench.session.drafts.stage_new("contacts", NAME, kinds=KINDS, label="Zelda Quill")
    work = bench.review()
    bench.to_plan(work)
    sandbox.faults("drop-after:1")
    sandbox.clear_requests()
    work.plan_page.save_button.click()
    bench.until(lambda: any(request["method"] == "POST" for request in sandbox.requests()), "the request")
    sandbox.faults("")
    bench.until(lambda: work.job_page.facts is not None and work.job_page.facts.summary.state.ended, "the end", 60)
    bench.until(lambda: work.result_page.wrong.isVisible(), "the question")
    return work


def test_the_person_says_which_record_it_became(bench: Bench, sandbox: SandboxProcess) -> None:
    work = lost(bench, sandbox)
    assert len(zeldas(sandbox)) == 2, "it was sent once"
    assert work.result_page.ask_button.isVisible()
    work.result_page.ask_button.click()
    dialog = bench.dialog()
    assert isinstance(dialog, UnsureDialog)
    row = dialog.row
    assert row is not None
    assert sorted(row.candidates) == sorted(zeldas(sandbox))
    assert not dialog.go.isEnabled()
    bench.until(lambda: "Zelda Quill" in dialog.answers.button(0).text(), "the candidate's name")
    dialog.answers.button(0).click()
    dialog.go.click()
    assert work.plan is not None
    plan = work.plan
    bench.until(lambda: work.job_page.facts and work.job_page.facts.summary.counts[Outcome.CHANGED] == 1, "the answer")
    settled = bench.loop.run_until_complete(plan.rows(0, 5))
    assert [(found.outcome, found.result_id) for found in settled] == [(Outcome.CHANGED, row.candidates[0])]
    assert len(zeldas(sandbox)) == 2


def test_jobs_ask_the_same_and_none_is_an_answer(bench: Bench, sandbox: SandboxProcess) -> None:
    work = lost(bench, sandbox)
    assert work.plan is not None
    listed = bench.show(JobsWorkspace(bench, {"job": work.plan.id}))
    bench.until(lambda: listed.pane.ask.isVisible(), "the question in the job")
    listed.pane.ask.click()
    dialog = bench.dialog()
    assert isinstance(dialog, UnsureDialog)
    dialog.answers.button(NOT_MADE).click()
    dialog.go.click()
    bench.until(lambda: listed.pane.facts and listed.pane.facts.summary.counts[Outcome.FAILED] == 1, "the answer")
    assert not listed.pane.ask.isVisible()
    bench.said("Zelda Quill is unsaved again")
    assert bench.session.drafts.count() == 1
