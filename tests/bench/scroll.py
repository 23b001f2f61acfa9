"""100,000 fetched rows scrolled page by page, measured against a bare QTableView over constants.

While the pages are being fetched, the longest stall of the event loop after the first paint is
measured, too. Limits: ratio 2, stall 50 ms.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from tests.bench.stage import Stage, on_stage

RECORDS = 100_000
LIMIT = 2.0
STALL_LIMIT_MS = 50.0
SIZE = (1100, 800)


def scroll(stage: Stage, table: Any) -> float:
    """Seconds from top to bottom, page by page, every page painted."""
    bar = table.verticalScrollBar()
    bar.setValue(0)
    stage.app.processEvents()
    start = time.perf_counter()
    while bar.value() < bar.maximum():
        bar.setValue(bar.value() + bar.pageStep())
        table.viewport().repaint()
    return time.perf_counter() - start


def bare_table(columns: int, rows: int = RECORDS) -> Any:
    """A table over constants, with the rows and columns of ours and nothing else."""
    from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
    from PySide6.QtWidgets import QAbstractItemView, QTableView

    display = int(Qt.ItemDataRole.DisplayRole)
    none = QModelIndex()

    class Constants(QAbstractTableModel):
        """The same text everywhere."""

        def rowCount(self, parent: QModelIndex | QPersistentModelIndex = none) -> int:
            return 0 if parent.isValid() else rows

        def columnCount(self, parent: QModelIndex | QPersistentModelIndex = none) -> int:
            return 0 if parent.isValid() else columns

        def data(self, index: QModelIndex | QPersistentModelIndex, role: int = display) -> Any:
            return "a constant text" if role == display else None

    table = QTableView()
    table.setModel(Constants(table))
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.verticalHeader().hide()
    return table


class Stalls:
    """The longest time between two turns of the loop that were asked for 2 ms apart, in ms.

    `own` is the most time on a core that this process, with all its threads, had between two turns: where `longest`
    is far above it, other programs had the core.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self.longest = self.own = 0.0
        self.all: list[float] = []

    @property
    def told(self) -> str:
        """How much of it was our own work, for a row's note."""
        return f"{sum(one > 20 for one in self.all)} over 20 ms; at most {self.own:.0f} ms were work of our own"

    async def watch(self) -> None:
        """Measure until cancelled."""
        while True:
            start, worked = time.perf_counter(), time.process_time()
            await asyncio.sleep(0.002)
            self.own = max(self.own, (time.process_time() - worked) * 1000)
            late = (time.perf_counter() - start - 0.002) * 1000
            self.all.append(late)
            self.longest = max(self.longest, late)


def _fetch_all(stage: Stage) -> tuple[Any, Stalls, float]:
    """A workspace with every row fetched, the stalls meanwhile, and the seconds it took."""
    from crmdesk.ui.browse.kind import make_view
    from crmdesk.ui.browse.workspace import BrowseWorkspace

    view_id = stage.view_id("contacts", "All Contacts")
    work = make_view(stage.desk, {"module": "contacts", "view_id": view_id, "view_name": "All Contacts"})
    assert isinstance(work, BrowseWorkspace)
    work.resize(*SIZE)
    work.show()
    stage.desk.until(lambda: work.model.rowCount() == RECORDS, "the first page")
    stage.desk.until(lambda: stage.desk.tasks.under_way == 0)
    stalls = Stalls()
    watch = stage.desk.loop.create_task(stalls.watch())
    start = time.perf_counter()
    work.feed.load_all()
    stage.desk.until(lambda: not work.model.store.missing(), "all rows", seconds=900)
    took = time.perf_counter() - start
    watch.cancel()
    return work, stalls, took


def measure() -> list[dict[str, Any]]:
    """Scrolling ours against the bare table, and the longest stall while fetching."""
    with on_stage("--records", str(RECORDS), "--hour-limit", "0") as stage:
        bare = bare_table(7)
        bare.resize(*SIZE)
        bare.show()
        work, stalls, fetching = _fetch_all(stage)
        for section in range(len(work.model.columns)):
            bare.setColumnWidth(section, work.table.columnWidth(section))
        bare.verticalHeader().setDefaultSectionSize(work.table.rowHeight(0))
        bare.resize(work.table.size())
        stage.app.processEvents()
        baseline, ours = scroll(stage, bare), scroll(stage, work.table)
        work.closed()
        bare.close()
        work.close()
    ratio = ours / baseline
    return [
        {
            "name": "scroll 100,000 rows",
            "ratio": round(ratio, 2),
            "limit": LIMIT,
            "baseline_ms": round(baseline * 1000, 1),
            "ours_ms": round(ours * 1000, 1),
            "ok": ratio <= LIMIT,
        },
        {
            "name": "longest stall while they are fetched",
            "value": round(stalls.longest, 1),
            "unit": "ms",
            "limit": STALL_LIMIT_MS,
            "note": f"in {fetching:.1f} s; {stalls.told}",
            "ok": stalls.longest <= STALL_LIMIT_MS,
        },
    ]


if __name__ == "__main__":
    print(json.dumps(measure()))
