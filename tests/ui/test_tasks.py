"""Background work: kept alive, told when it fails, ended with its owner, changes one after the other."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from crmdesk.ui.tasks import TaskRunner
from tests.ui.loops import TestLoop


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[TestLoop]:
    loop = TestLoop(qapp)
    asyncio.set_event_loop(loop)
    with loop:
        yield loop
    asyncio.set_event_loop(None)


@pytest.fixture
def tasks(loop: TestLoop) -> TaskRunner:
    return TaskRunner(loop)


def test_a_result_reaches_its_callback(tasks: TaskRunner, loop: TestLoop) -> None:
    done: list[int] = []

    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    loop.run_until_complete(tasks.start(work(), on_done=done.append))
    assert done == [7]
    assert tasks.under_way == 0


def test_a_task_nobody_holds_is_not_collected(tasks: TaskRunner, loop: TestLoop) -> None:
    gate = loop.create_future()
    done = loop.create_future()

    async def work() -> str:
        await asyncio.shield(gate)
        return "still there"

    tasks.start(work(), on_done=done.set_result)

    async def let_go() -> None:
        await asyncio.sleep(0)
        gc.collect()
        gate.set_result(None)
        assert await done == "still there"

    loop.run_until_complete(let_go())


def test_a_failure_is_announced_with_what_was_being_done(tasks: TaskRunner, loop: TestLoop) -> None:
    told: list[tuple[str, str]] = []
    tasks.failed.connect(lambda error, title, again: told.append((str(error), title)))

    async def work() -> None:
        raise ValueError("no such view")

    task = tasks.start(work(), title="Listing")
    loop.run_until_complete(asyncio.wait({task}))
    assert told == [("no such view", "Listing")]


def test_an_owner_that_is_gone_ends_its_work_and_hears_nothing(tasks: TaskRunner, loop: TestLoop) -> None:
    owner = QObject()
    heard: list[object] = []
    tasks.failed.connect(lambda *told: heard.append(told))

    async def work() -> None:
        await asyncio.Event().wait()

    task = tasks.start(work(), owner=owner, on_done=heard.append)

    async def delete() -> None:
        await asyncio.sleep(0)
        shiboken6.delete(owner)
        await asyncio.wait({task})

    loop.run_until_complete(delete())
    assert task.cancelled()
    assert heard == []


def test_changes_run_one_after_the_other_and_reads_side_by_side(tasks: TaskRunner, loop: TestLoop) -> None:
    at_once = {True: 0, False: 0}
    most = {True: 0, False: 0}

    async def work(changes: bool) -> None:
        at_once[changes] += 1
        most[changes] = max(most[changes], at_once[changes])
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        at_once[changes] -= 1

    started = [tasks.start(work(changes), changes=changes) for changes in (True, False) * 3]
    loop.run_until_complete(asyncio.wait(started))
    assert most == {True: 1, False: 3}


def test_a_change_cancelled_before_its_turn_never_begins(tasks: TaskRunner, loop: TestLoop) -> None:
    began: list[str] = []
    gate = loop.create_future()

    async def first() -> None:
        await asyncio.shield(gate)

    async def second() -> None:
        began.append("second")

    async def play() -> None:
        one = tasks.start(first(), changes=True)
        two = tasks.start(second(), changes=True)
        await asyncio.sleep(0)
        two.cancel()
        await asyncio.wait({two})
        gate.set_result(None)
        await one

    loop.run_until_complete(play())
    assert began == []


def test_stop_ends_everything(tasks: TaskRunner, loop: TestLoop) -> None:
    async def forever() -> None:
        await asyncio.Event().wait()

    started = [tasks.start(forever()) for _ in range(3)]

    async def stop() -> None:
        await asyncio.sleep(0)
        await tasks.stop()

    loop.run_until_complete(stop())
    assert all(task.cancelled() for task in started)


def test_work_before_there_is_a_loop_is_refused(qapp: QApplication) -> None:
    async def work() -> None:
        return None

    with pytest.raises(RuntimeError):
        TaskRunner().start(work())


def test_a_task_goes_on_while_only_qt_turns_events(loop: TestLoop, qapp: QApplication) -> None:
    async def work() -> str:
        await asyncio.sleep(0.001)
        return "done"

    task = loop.create_task(work())
    qapp.processEvents()  # as pytest-qt does after each phase of a test
    qapp.processEvents()
    assert loop.run_until_complete(task) == "done"
