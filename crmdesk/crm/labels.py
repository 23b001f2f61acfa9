"""What records are called, as far as one session has seen it: names for look-ups that cost no request."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

MOST = 20_000  # the latest


class Labels:
    """Labels by module and id."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._labels: OrderedDict[tuple[str, int], str] = OrderedDict()

    def learn(self, module: str, record_id: int, label: str) -> None:
        """Remember what a record is called; the oldest go when there are too many."""
        self._labels[module, record_id] = label
        self._labels.move_to_end((module, record_id))
        while len(self._labels) > self._most:
            self._labels.popitem(last=False)

    def get(self, module: str, record_id: int) -> str | None:
        """What a record is called; None where it was not seen."""
        return self._labels.get((module, record_id))

    def forget(self, module: str, ids: Iterable[int] | None) -> None:
        """These may be called something else now; None: any of the module."""
        gone = [key for key in self._labels if key[0] == module] if ids is None else [(module, one) for one in ids]
        for key in gone:
            self._labels.pop(key, None)
