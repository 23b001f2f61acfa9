"""Leaving an account and closing a window: nothing running is lost, nothing is left behind."""

from __future__ import annotations

from collections.abc import Callable

from crmdesk.ui.window.desk import AccountDesk
from crmdesk.ui.window.frame import Frame

KEPT_TOLD = "review.kept_told"  # whether the person knows that unsaved changes outlive the window


async def leave(frame: Frame) -> bool:
    """Close the account in this window; False when the person wants to stay."""
    desk = frame.desk
    if desk is None:
        return True
    if _job_runs(desk):
        from crmdesk.ui.window.dialogs import choose

        answer = await choose(
            frame.window,
            "A job is running",
            f"It works on {desk.account_name}. It can be paused now and resumed later; nothing is applied twice.",
            [("Stay here", "plain"), ("Pause and switch", "primary")],
        )
        if answer != 1:
            return False
        await _pause(desk)
    await _let_go(frame)
    return True


async def _tell_kept(frame: Frame, desk: AccountDesk) -> bool:
    """Unsaved changes are kept: said once, the first time. False when the person wants to look at them."""
    count = desk.session.drafts.count() if desk.attached else 0
    if not count or desk.memory.get(KEPT_TOLD, False):
        return True
    from crmdesk.ui.window.dialogs import choose

    answer = await choose(
        frame.window,
        f"{count:,} unsaved change{'' if count == 1 else 's'} will be kept",
        "They are in the journal and are offered at the next start; nothing of them is sent. This is said only once.",
        [("Close", "primary"), ("Review them", "plain")],
    )
    if answer == 1:
        desk.open("review")
    if answer != -1:
        desk.memory.set(KEPT_TOLD, True)
    return answer == 0


async def close_in_order(frame: Frame, unseen: Callable[[int], None]) -> bool:
    """Close a window's account; False when the person wants to keep the window.

    `unseen` hears +1 and -1 around a job that finishes without a window.
    """
    frame.window.remember_sizes()
    desk = frame.desk
    if desk is not None and not await _tell_kept(frame, desk):
        return False
    if desk is not None and _job_runs(desk):
        answer = await _ask_about_job(frame, desk)
        if answer <= 0:
            return False
        if answer == 1:
            await _pause(desk)
        else:
            unseen(1)
            try:
                await _finish_unseen(frame, desk)
            finally:
                unseen(-1)
    await _let_go(frame)
    return True


async def _let_go(frame: Frame) -> None:
    desk, frame.desk = frame.desk, None
    frame.opening += 1
    session = desk.detach() if desk is not None else None
    if session is not None:
        await session.close()


def _job_runs(desk: AccountDesk) -> bool:
    return desk.attached and desk.session.jobs.running is not None


async def _pause(desk: AccountDesk) -> None:
    while (running := desk.session.jobs.running) is not None:
        await desk.session.jobs.pause(running)
        await desk.session.jobs.wait(running)


async def _ask_about_job(frame: Frame, desk: AccountDesk) -> int:
    from crmdesk.ui.window.dialogs import choose

    return await choose(
        frame.window,
        "A job is still running",
        f"It works on {desk.account_name}. Paused, it is offered again at the next start. "
        "Without a window it runs to its end, and then the program ends.",
        [("Keep it open", "plain"), ("Pause and close", "primary"), ("Finish without a window", "plain")],
    )


async def _finish_unseen(frame: Frame, desk: AccountDesk) -> None:
    """Hide the window and wait for the job's end; the program stays until then."""
    frame.window.hide()
    while (running := desk.session.jobs.running) is not None:
        await desk.session.jobs.wait(running)
