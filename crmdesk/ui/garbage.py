"""Collects Python's garbage on the window's own thread, and on no other.

WORKAROUND: Python's collector runs on whatever thread allocates, and would delete widgets that are part of a
reference cycle there; Qt objects may only be deleted by the thread that owns them
(https://doc.qt.io/qt-6/threads-qobject.html#per-thread-event-loop).
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

LOOK_EVERY_MS = 100  # what a pasted block or a page leaves behind is looked through in small portions
WHOLE_AFTER = 1200  # young collections between two of everything, which takes longest: two minutes at least


class GarbageCollector(QObject):
    """Takes over from the automatic collector until it is stopped."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        self._young = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        gc.disable()
        gc.freeze()  # what was imported until now stays: it need not be looked through each time
        self._timer.start(LOOK_EVERY_MS)

    def look(self) -> None:
        """Collects the generations that have grown past Python's own thresholds."""
        if gc.get_count()[0] < self._thresholds[0]:
            return
        self._young += 1
        if self._young % WHOLE_AFTER == 0:
            gc.collect()
        else:
            gc.collect(1)

    def stop(self) -> None:
        """Gives the work back to Python: nothing of Qt is left to other threads by now."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
