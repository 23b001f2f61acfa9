"""A job that runs: shown in the status bar, asked about when the window closes, offered at the next start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QDialog, QPushButton

from crmdesk.planning.intents import Share, Split, WholeView
from crmdesk.store.words import JobState
from crmdesk.ui.window.dialogs import Dialog
from tests.support.sandbox_process import SandboxProcess
from tests.ui.window.conftest import Shell


@pytest.fixture(scope="module")
def slow_sandbox(start_sandbox: Callable[..., SandboxProcess]) -> SandboxProcess:
    """Every request takes a while, so that a job is still running when the test looks."""
    return start_sandbox("--records", "6000", "--hour-limit", "0", "--latency", "150")


async def start_handover(shell: Shell) -> int:
    """A job of one request a record: a custom module given to one owner."""
    assert shell.frame.desk is not None
    session = shell.frame.desk.session
    module = next(spec for spec in session.modules.all() if spec.custom)
    view = next(view for view in await session.views(module.key) if view.name.startswith("All"))
    plan = await session.reassign.collect(WholeView(module.key, view.id, view.name))
    owner = next(owner for owner in session.directory.owners if owner.active)
    await session.reassign.assign(plan, Split((Share(owner.id),)))
    await session.jobs.start(plan.id)
    return plan.id


def begin(shell: Shell, sandbox: SandboxProcess) -> int:
    shell.save_account(sandbox)
    shell.start()
    shell.until_open()
    return shell.run(start_handover(shell))


def question(shell: Shell) -> Dialog:
    shell.until(lambda: [d for d in shell.frame.window.findChildren(QDialog) if d.isVisible()])
    (dialog,) = (d for d in shell.frame.window.findChildren(Dialog) if d.isVisible())
    return dialog


def press(dialog: Dialog, text: str) -> None:
    next(button for button in dialog.findChildren(QPushButton) if button.text() == text).click()


def test_the_status_bar_names_the_job_and_pauses_it(shell: Shell, slow_sandbox: SandboxProcess) -> None:
    job = begin(shell, slow_sandbox)
    status = shell.frame.window.status
    session = shell.frame.desk.session if shell.frame.desk else None
    assert session is not None
    title = shell.run(_title(shell, job))
    shell.until(lambda: title in status._job.text() and "%" in status._job.text())
    assert status._pause.text() == "Pause"
    status._pause.click()
    shell.until(lambda: session.jobs.running is None)
    shell.until(lambda: status._job.isHidden())


def test_cancelling_is_asked_first_and_is_for_good(shell: Shell, slow_sandbox: SandboxProcess) -> None:
    job = begin(shell, slow_sandbox)
    assert shell.frame.desk is not None
    jobs = shell.frame.desk.session.jobs
    shell.frame.window.status._cancel.click()
    press(question(shell), "Let it run")
    shell.until(lambda: not any(d.isVisible() for d in shell.frame.window.findChildren(Dialog)))
    assert jobs.running == job
    shell.frame.window.status._cancel.click()
    press(question(shell), "Cancel the job")
    shell.until(lambda: jobs.running is None)
    assert shell.run(_state(shell, job)) is JobState.CANCELLED


async def _state(shell: Shell, job: int) -> JobState:
    assert shell.frame.desk is not None
    return (await (await shell.frame.desk.session.jobs.get(job)).summary()).state


async def _title(shell: Shell, job: int) -> str:
    assert shell.frame.desk is not None
    return (await (await shell.frame.desk.session.jobs.get(job)).summary()).title


def test_pause_and_close_is_offered_again_at_the_next_start(shell: Shell, slow_sandbox: SandboxProcess) -> None:
    begin(shell, slow_sandbox)
    shell.frame.window.close()
    dialog = question(shell)
    press(dialog, "Keep it open")
    shell.until(lambda: not shell.frame.closing)
    assert shell.frame.window.isVisible()

    shell.frame.window.close()
    press(question(shell), "Pause and close")
    shell.run(shell.application.ended())

    shell.start()
    shell.until_open()
    offered = [m for m in shell.frame.window.messages.messages if m.key == "jobs:interrupted"]
    assert len(offered) == 1
    assert [text for text, _ in offered[0].actions] == ["Resume", "Show jobs"]
    assert shell.frame.desk is not None
    session = shell.frame.desk.session
    offered[0].actions[0][1]()
    shell.until(lambda: session.jobs.running is not None)
    shell.frame.window.close()
    press(question(shell), "Pause and close")
    shell.run(shell.application.ended())


def test_finishing_without_a_window_ends_the_program_when_the_job_is_done(
    shell: Shell, slow_sandbox: SandboxProcess
) -> None:
    job = begin(shell, slow_sandbox)
    assert shell.frame.desk is not None
    states: list[JobState] = []
    jobs = shell.frame.desk.session.jobs

    async def watch() -> None:
        states.append((await jobs.wait(job)).state)

    watching = asyncio.ensure_future(watch(), loop=shell.loop)
    shell.frame.window.close()
    press(question(shell), "Finish without a window")
    shell.until(lambda: not shell.frame.window.isVisible())
    assert jobs.running == job
    shell.run(shell.application.ended())
    shell.run(asyncio.wait_for(watching, 1))
    assert states == [JobState.FINISHED]
