"""What is selected: records by id, or the whole view minus some. Never row numbers, and no Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Chosen:
    """Either `ids`, or with `whole` everything in the view except `minus`."""

    whole: bool = False
    ids: set[int] = field(default_factory=set)
    minus: set[int] = field(default_factory=set)

    def clear(self) -> None:
        """Nothing is selected."""
        self.replace(())

    def replace(self, ids: Iterable[int | None]) -> None:
        """Exactly these records; rows not loaded have no id yet and are skipped."""
        self.whole = False
        self.minus = set()
        self.ids = {record_id for record_id in ids if record_id is not None}

    def take_whole(self) -> None:
        """The whole view, those of its rows that are not loaded included."""
        self.whole = True
        self.ids = set()
        self.minus = set()

    def add(self, ids: Iterable[int | None]) -> None:
        """These as well."""
        known = {record_id for record_id in ids if record_id is not None}
        if self.whole:
            self.minus -= known
        else:
            self.ids |= known

    def remove(self, ids: Iterable[int | None]) -> None:
        """These no longer."""
        known = {record_id for record_id in ids if record_id is not None}
        if self.whole:
            self.minus |= known
        else:
            self.ids -= known

    def holds(self, record_id: int) -> bool:
        """Whether a record is selected."""
        return record_id not in self.minus if self.whole else record_id in self.ids

    def count(self, total: int) -> int:
        """How many records, in a view of `total`."""
        return max(0, total - len(self.minus)) if self.whole else len(self.ids)
