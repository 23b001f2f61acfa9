"""What the person has set or the window remembers, as one JSON file. Holds no secrets."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crmdesk.config.errors import DamagedFile, InputError
from crmdesk.config.jsonfile import read_object, write_object

Json = str | int | float | bool | list[Any] | dict[str, Any] | None


def _parts(key: str) -> list[str]:
    parts = key.split(".")
    if not all(parts):
        raise InputError(f"“{key}” is no key of a setting.", subject="key")
    return parts


class Settings:
    """A tree of values by dotted key (`browse.contacts.columns`). Any thread may use it.

    `set` changes memory only; `save` writes (it blocks), and the caller decides how often.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notices: list[DamagedFile] = []
        self._lock = threading.RLock()
        self._saving = threading.Lock()
        self._unsaved = False
        self._watchers: list[Callable[[str], None]] = []
        self._tree, notice = read_object(path)
        if notice is not None:
            self.notices.append(notice)

    @property
    def unsaved(self) -> bool:
        """Whether memory is ahead of the file."""
        return self._unsaved

    def get(self, key: str, default: Any = None) -> Any:
        """A copy of the value, or `default`; a key that leads through a plain value is not there."""
        with self._lock:
            node: Any = self._tree
            for part in _parts(key):
                if not isinstance(node, dict) or part not in node:
                    return default
                node = node[part]
            return copy.deepcopy(node)

    def set(self, key: str, value: Json) -> None:
        """Put a JSON value; None removes the key."""
        parts = _parts(key)
        with self._lock:
            changed = self._remove(parts) if value is None else self._put(parts, value)
            self._unsaved = self._unsaved or changed
        if changed:
            for watcher in list(self._watchers):
                watcher(key)

    def _put(self, parts: list[str], value: Json) -> bool:
        node = self._tree
        for part in parts[:-1]:
            if not isinstance(node.get(part), dict):
                node[part] = {}
            node = node[part]
        last = parts[-1]
        # 1 == True and 1 == 1.0 in Python, but not in JSON.
        if last in node and node[last] == value and type(node[last]) is type(value):
            return False
        node[last] = copy.deepcopy(value)
        return True

    def _remove(self, parts: list[str]) -> bool:
        node: Any = self._tree
        for part in parts[:-1]:
            node = node.get(part) if isinstance(node, dict) else None
        if not isinstance(node, dict) or parts[-1] not in node:
            return False
        del node[parts[-1]]
        return True

    def save(self) -> None:
        """Write the file if anything changed since; else keeps the change and raises CrmDeskError."""
        with self._saving:
            with self._lock:
                if not self._unsaved:
                    return
                tree = copy.deepcopy(self._tree)
                self._unsaved = False
            try:
                write_object(self.path, tree)
            except BaseException:
                self._unsaved = True
                raise

    def watch(self, told: Callable[[str], None]) -> Callable[[], None]:
        """Call `told(key)` after each change; gives the function that ends it."""
        self._watchers.append(told)

        def end() -> None:
            if told in self._watchers:
                self._watchers.remove(told)

        return end
