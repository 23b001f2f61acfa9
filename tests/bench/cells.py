"""Cells: a block pasted over 5,000 × 3 of them without a stall, and 10,000 fetched rows scrolled with what is staged.

Limits: stall 50 ms; scrolling with marks within the limit of scrolling (2), against the same bare table.
"""

from __future__ import annotations

import json
import time
from typing import Any

from tests.bench.scroll import LIMIT, STALL_LIMIT_MS, Stalls, bare_table, scroll
from tests.bench.stage import Stage, on_stage

RECORDS = 10_000
PASTED = 5_000
SIZE = (1100, 800)
COLUMNS = ["@label", "job_title", "city", "medium", "owner_id", "lead_score", "updated_at"]


def _work(stage: Stage) -> Any:
    """A table with every row fetched."""
    from crmdesk.ui.browse.kind import make_view

    stage.desk.memory.set("browse.contacts.columns", {"keys": COLUMNS, "widths": {}})
    view_id = stage.view_id("contacts", "All Contacts")
    work: Any = make_view(stage.desk, {"module": "contacts", "view_id": view_id, "view_name": "All Contacts"})
    work.resize(*SIZE)
    work.show()
    stage.desk.until(lambda: work.model.rowCount() == RECORDS, "the first page")
    stage.desk.until(lambda: stage.desk.tasks.under_way == 0 and work.known.schema is not None, "the schema")
    work.feed.load_all()
    stage.desk.until(lambda: not work.model.store.missing(), "all rows", seconds=300)
    return work


def _paste(stage: Stage, work: Any, rows: int) -> tuple[float, Stalls]:
    """Seconds that pasting a block of `rows` × 3 takes, and the stalls meanwhile."""
    from PySide6.QtGui import QGuiApplication

    block = "\n".join(f"Title {n % 90} {rows}\tTown {n % 70} {rows}\tWay {n % 50}" for n in range(rows))
    QGuiApplication.clipboard().setText(block)
    work.table.go_to_cell(0, 1)
    stage.desk.turn(0.3)
    stage.desk.until(lambda: not work.inspected.loading, "the inspector: it is not what is measured")
    stalls = Stalls()
    watch = stage.desk.loop.create_task(stalls.watch())
    stage.desk.turn(0.05)
    stalls.clear()
    start = time.perf_counter()
    work.cells.paste()
    stage.desk.until(lambda: not work.cells.busy, "pasted", seconds=120)
    took = time.perf_counter() - start
    stage.desk.turn(0.1)
    watch.cancel()
    return took, stalls


def measure() -> list[dict[str, Any]]:
    """A small and a large block, then scrolling over what is staged."""
    with on_stage("--records", str(RECORDS), "--hour-limit", "0") as stage:
        work = _work(stage)
        small, _ = _paste(stage, work, 50)
        large, stalls = _paste(stage, work, PASTED)
        assert work.staging.records == PASTED
        bare = bare_table(len(work.model.columns), RECORDS)
        for section in range(len(work.model.columns)):
            bare.setColumnWidth(section, work.table.columnWidth(section))
        bare.verticalHeader().setDefaultSectionSize(work.table.rowHeight(0))
        bare.resize(work.table.size())
        bare.show()
        stage.app.processEvents()
        baseline, ours = scroll(stage, bare), scroll(stage, work.table)
        work.closed()
        bare.close()
        work.close()
    ratio = ours / baseline
    return [
        {
            "name": "paste 50 × 3 cells",
            "value": round(small * 1000, 1),
            "unit": "ms",
            "limit": 200.0,
            "ok": small < 0.2,
        },
        {
            "name": f"longest stall while {PASTED:,} × 3 cells are pasted",
            "value": round(stalls.longest, 1),
            "unit": "ms",
            "limit": STALL_LIMIT_MS,
            "note": f"pasted in {large:.1f} s; {stalls.told}",
            "ok": stalls.longest <= STALL_LIMIT_MS,
        },
        {
            "name": f"scroll {RECORDS:,} rows, {PASTED:,} with staged cells",
            "ratio": round(ratio, 2),
            "limit": LIMIT,
            "baseline_ms": round(baseline * 1000, 1),
            "ours_ms": round(ours * 1000, 1),
            "ok": ratio <= LIMIT,
        },
    ]


if __name__ == "__main__":
    print(json.dumps(measure()))
