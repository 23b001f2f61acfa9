"""What the window remembers: sizes, tabs, columns. One settings file, written a moment after a change."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from crmdesk.config.errors import CrmDeskError
from crmdesk.config.settings import Settings


class WindowMemory(QObject):
    """All remembered values; `part` gives a workspace or profile its own corner."""

    SAVE_AFTER_MS = 800
    failed = Signal(object)

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(self.SAVE_AFTER_MS)
        self._timer.timeout.connect(self.save_now)

    def get(self, key: str, default: Any = None) -> Any:
        """The remembered value, or `default`."""
        return self._settings.get(key, default)

    def set(self, key: str, value: Any) -> None:
        """Remember `value`."""
        if self._settings.get(key) != value:
            self._settings.set(key, value)
            self._timer.start()

    def part(self, prefix: str) -> MemoryPart:
        """The corner of one profile."""
        return MemoryPart(self, prefix)

    def save_now(self) -> None:
        """Write what changed since the last time; a folder that can't be written is told, and no reason to stop."""
        self._timer.stop()
        try:
            self._settings.save()
        except CrmDeskError as error:
            self.failed.emit(error)


class MemoryPart:
    """A corner of the memory: the same, with every key under a prefix."""

    def __init__(self, memory: WindowMemory, prefix: str) -> None:
        self._memory = memory
        self._prefix = prefix

    def get(self, key: str, default: Any = None) -> Any:
        """The remembered value, or `default`."""
        return self._memory.get(f"{self._prefix}.{key}", default)

    def set(self, key: str, value: Any) -> None:
        """Remember `value`."""
        self._memory.set(f"{self._prefix}.{key}", value)
