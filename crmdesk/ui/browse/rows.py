"""The rows of a view in memory: ids and page bytes by slot; no dicts are kept, and no Qt is known.

A *slot* is a place in the view's own order, loaded or not. Slots of one page lie together,
pages in ascending order. Display tuples stand beside them, None until made.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crmdesk.crm.paging import Page

Cells = tuple[str, ...]


@dataclass(frozen=True)
class Landing:
    """Where a page goes: its first slot, the offsets kept, and how the slots there must change."""

    page: Page
    first: int
    kept: tuple[int, ...]  # offsets in the page whose ids are not in the table yet
    surplus: int  # slots of this page that have no row (negative: slots to add)
    doubles: int

    @property
    def count(self) -> int:
        """How many slots hold rows of this page afterwards."""
        return len(self.kept)


class RowStore:
    """Slots, ids and page bytes. Changes are announced by whoever holds it: first `plan`, then `land`."""

    def __init__(self) -> None:
        self.per_page = 100
        self.pages: dict[int, Page] = {}
        self.cells: list[Cells | None] = []
        self.ids: list[int | None] = []
        self._page_of = array("L")
        self._offset_of = array("L")
        self._seen: set[int] = set()

    def __len__(self) -> int:
        return len(self.ids)

    def reset(self, total: int, per_page: int) -> None:
        """Start anew with `total` slots, none of them loaded."""
        self.per_page = max(1, per_page)
        self.pages = {}
        self.cells = [None] * total
        self.ids = [None] * total
        pages = -(-total // self.per_page)
        self._page_of = array("L")
        for number in range(1, pages + 1):
            self._page_of.extend(array("L", [number]) * self.per_page)
        self._offset_of = array("L", range(self.per_page)) * pages
        del self._page_of[total:], self._offset_of[total:]
        self._seen = set()

    @property
    def last_page(self) -> int:
        """The number of the last page that has slots; 0 when there are none."""
        return self._page_of[-1] if self._page_of else 0

    @property
    def loaded(self) -> int:
        """How many rows have been loaded."""
        return len(self._seen)

    @property
    def whole(self) -> bool:
        """Whether every page is loaded."""
        return len(self.pages) >= self.last_page

    def missing(self) -> list[int]:
        """Numbers of the pages not loaded yet, ascending."""
        return [number for number in range(1, self.last_page + 1) if number not in self.pages]

    def page_of(self, slot: int) -> int:
        """The number of the page a slot belongs to."""
        return self._page_of[slot]

    def offset_of(self, slot: int) -> int:
        """Where in its page's answer a loaded slot's record lies."""
        return self._offset_of[slot]

    def span(self, number: int) -> tuple[int, int]:
        """First slot of a page and the one after its last."""
        return bisect_left(self._page_of, number), bisect_right(self._page_of, number)

    def has(self, record_id: int) -> bool:
        """Whether a record is among the loaded rows."""
        return record_id in self._seen

    def slot_of(self, record_id: int) -> int | None:
        """The slot of a loaded record."""
        return self.ids.index(record_id) if record_id in self._seen else None

    def plan(self, page: Page) -> Landing:
        """What landing this page would change; ids that are in the table already are doubles."""
        first, end = self.span(page.number)
        kept: list[int] = []
        fresh: set[int] = set()
        for offset, record_id in enumerate(page.ids):
            if record_id not in self._seen and record_id not in fresh:
                fresh.add(record_id)
                kept.append(offset)
        return Landing(page, first, tuple(kept), end - first - len(kept), len(page.ids) - len(kept))

    def resize(self, landing: Landing) -> None:
        """Cut the slots of a page that have no row, or add those it lacks, at the page's end."""
        end, surplus = landing.first + landing.count, landing.surplus
        fresh = max(0, -surplus)
        cut = slice(end - fresh, end - fresh) if fresh else slice(end, end + surplus)
        self.ids[cut] = [None] * fresh
        self.cells[cut] = [None] * fresh
        self._page_of[cut] = array("L", [landing.page.number]) * fresh
        self._offset_of[cut] = array("L", range(landing.count - fresh, landing.count))

    def land(self, landing: Landing, cells: Sequence[Cells | None]) -> None:
        """Put a planned page in its place, which has its size already, with its display tuples."""
        page, first, count = landing.page, landing.first, landing.count
        end = first + count
        ids = [page.ids[offset] for offset in landing.kept]
        self.pages[page.number] = page
        self.ids[first:end] = ids
        self.cells[first:end] = cells
        self._page_of[first:end] = array("L", [page.number]) * count
        self._offset_of[first:end] = array("L", landing.kept)
        self._seen.update(ids)

    def grow(self, total: int) -> None:
        """Add unloaded slots at the end until there are `total`."""
        while len(self.ids) < total:
            last = self._page_of[-1] if self._page_of else 0
            used = len(self.ids) - bisect_left(self._page_of, last) if last else self.per_page
            room = self.per_page - used
            if room <= 0 or last in self.pages:
                last, room = last + 1, self.per_page
            count = min(room, total - len(self.ids))
            self.ids.extend([None] * count)
            self.cells.extend([None] * count)
            self._page_of.extend(array("L", [last]) * count)
            self._offset_of.extend(array("L", range(self.per_page - room, self.per_page - room + count)))

    def forget_cells(self) -> None:
        """All display tuples are out of date; they are made again when they are looked at."""
        self.cells = [None] * len(self.ids)

    def loaded_slots(self) -> Iterator[int]:
        """Slots that hold a record, in the view's order."""
        return (slot for slot, record_id in enumerate(self.ids) if record_id is not None)
