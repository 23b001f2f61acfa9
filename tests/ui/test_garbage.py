"""Garbage is collected on the window's thread only."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from crmdesk.ui.garbage import LOOK_EVERY_MS, GarbageCollector


class Cycle(QObject):
    """A Qt object that only the collector can end."""

    def __init__(self, ended_on: list[int]) -> None:
        super().__init__()
        self.itself = self
        weakref.finalize(self, lambda: ended_on.append(threading.get_ident()))


@pytest.fixture
def collector(qapp: object) -> Iterator[GarbageCollector]:
    """The collector at work."""
    collector = GarbageCollector()
    yield collector
    collector.stop()


def test_a_cycle_ends_on_the_windows_thread(qtbot: QtBot, collector: GarbageCollector) -> None:
    ended_on: list[int] = []
    gc.collect()
    for _ in range(20):
        Cycle(ended_on)
    hoard: list[list[int]] = []
    busy = threading.Thread(target=lambda: hoard.extend([i] for i in range(200_000)))
    busy.start()
    busy.join()
    assert not ended_on, "the other thread allocated enough to collect, and must not have"
    qtbot.waitUntil(lambda: len(ended_on) == 20, timeout=100 * LOOK_EVERY_MS)
    assert set(ended_on) == {threading.get_ident()}


def test_python_collects_by_itself_afterwards(qapp: object) -> None:
    collector = GarbageCollector()
    assert not gc.isenabled()
    collector.stop()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
