"""Unsaved changes: counted in the status bar, kept at the close (said once), offered calmly at the next start."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from crmdesk.changes.drafts import Drafts, Staged
from crmdesk.ui.closing import KEPT_TOLD
from crmdesk.ui.review.kind import KINDS
from crmdesk.ui.review.workspace import ReviewWorkspace
from tests.support.sandbox_process import SandboxProcess
from tests.ui.window.conftest import Shell
from tests.ui.window.test_running_job import press, question


def begin(shell: Shell) -> Drafts:
    shell.start()
    shell.until_open()
    assert shell.frame.desk is not None
    for kind in KINDS:
        shell.frame.desk._kinds.add(kind)
    return shell.frame.desk.session.drafts


def edit(drafts: Drafts, sandbox: SandboxProcess, count: int) -> None:
    records = list(sandbox.records("contacts"))[:count]
    drafts.stage(Staged("contacts", record, "job_title", "Pilot", "Baker") for record in records)


def close_window(shell: Shell) -> None:
    shell.frame.window.close()
    shell.until(lambda: not shell.application.frames)


def test_the_status_bar_counts_them_and_goes_there(shell: Shell, sandbox: SandboxProcess) -> None:
    shell.save_account(sandbox)
    drafts = begin(shell)
    status = shell.frame.window.status
    assert status._staged.isHidden()
    edit(drafts, sandbox, 2)
    assert status._staged.text() == "2 unsaved changes"
    assert status._staged.isVisible()
    status._staged.click()
    front = shell.frame.window.tabs.front
    assert front is not None
    assert isinstance(front.workspace, ReviewWorkspace)
    assert front.workspace.unsaved
    drafts.revert_all()
    assert status._staged.isHidden()
    shell.run(drafts.saved())


def test_they_outlive_the_window_and_are_offered_at_the_next_start(shell: Shell, sandbox: SandboxProcess) -> None:
    shell.save_account(sandbox)
    edit(begin(shell), sandbox, 2)
    shell.frame.window.close()
    asked = question(shell)
    assert "2 unsaved changes" in asked.windowTitle()
    press(asked, "Close")
    shell.until(lambda: not shell.application.frames)
    drafts = begin(shell)
    assert drafts.count() == 2
    messages = shell.frame.window.messages
    (offer,) = (message for message in messages.messages if message.text.startswith("2 unsaved changes"))
    assert [text for text, _ in offer.actions] == ["Review", "Discard"]
    close_window(shell)  # said only once
    drafts = begin(shell)
    (discard,) = (b for b in shell.frame.window.messages.findChildren(QPushButton) if b.text() == "Discard")
    discard.click()
    assert drafts.count() == 0
    assert not any("from last time" in message.text for message in shell.frame.window.messages.messages)
    shell.run(drafts.saved())


def test_the_offer_is_about_what_was_kept_and_nothing_else(shell: Shell, sandbox: SandboxProcess) -> None:
    shell.save_account(sandbox)
    edit(begin(shell), sandbox, 2)
    shell.frame.window.close()
    press(question(shell), "Close")
    shell.until(lambda: not shell.application.frames)
    drafts = begin(shell)

    def offered() -> bool:
        return any("from last time" in message.text for message in shell.frame.window.messages.messages)

    shell.until(offered)
    edit(drafts, sandbox, 3)
    assert not offered(), "Discard would take the new one, too"
    assert drafts.count() == 3
    drafts.revert_all()
    shell.run(drafts.saved())


def test_who_wants_to_look_at_them_stays(shell: Shell, sandbox: SandboxProcess) -> None:
    shell.save_account(sandbox)
    drafts = begin(shell)
    edit(drafts, sandbox, 1)
    shell.frame.window.close()
    press(question(shell), "Review them")
    shell.until(lambda: shell.frame.window.tabs.front is not None)
    front = shell.frame.window.tabs.front
    assert front is not None
    assert isinstance(front.workspace, ReviewWorkspace)
    assert shell.application.frames
    drafts.revert_all()
    shell.run(drafts.saved())


def test_a_plan_that_was_looked_at_is_not_left_behind_by_closing(shell: Shell, sandbox: SandboxProcess) -> None:
    shell.save_account(sandbox)
    drafts = begin(shell)
    desk = shell.frame.desk
    assert desk is not None
    desk.memory.set(KEPT_TOLD, True)
    edit(drafts, sandbox, 1)
    work = desk.open("review", {})
    assert isinstance(work, ReviewWorkspace)
    work.review()
    shell.until(lambda: work.pages.currentWidget() is work.plan_page)
    close_window(shell)
    drafts = begin(shell)
    assert shell.frame.desk is not None
    assert shell.run(shell.frame.desk.session.jobs.list()) == []
    assert drafts.count() == 1
    drafts.revert_all()
    shell.run(drafts.saved())
