"""First page of a view on the screen, measured against a bare GET of the same page with its JSON parsed.

Ours: from opening the workspace (made, laid out, shown) to the paint that has the rows in it, with a
connection that is open already, as the baseline's is. Limit: 1.5 times the baseline plus one frame.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from typing import Any

import httpx

from tests.bench.stage import Stage, on_stage

ROUNDS = 30
FRAME_MS = 1000 / 60
LIMIT = 1.5


def _bare(stage: Stage, view_id: int) -> list[float]:
    """Milliseconds of GET and JSON over one open connection."""

    async def rounds() -> list[float]:
        headers = stage.sandbox.headers()
        took = []
        async with httpx.AsyncClient(base_url=f"{stage.sandbox.url}/api/", headers=headers) as client:
            for _ in range(ROUNDS + 3):
                start = time.perf_counter()
                answer = await client.get(
                    f"contacts/view/{view_id}", params={"page": 1, "per_page": 100, "include": "owner"}
                )
                json.loads(answer.content)
                took.append((time.perf_counter() - start) * 1000)
        return took[3:]

    return asyncio.run(rounds())


def _ours(stage: Stage, view_id: int) -> list[float]:
    """Milliseconds from opening a view to the paint that shows its first page."""
    from crmdesk.ui.browse.kind import make_view
    from crmdesk.ui.browse.workspace import BrowseWorkspace

    took = []
    for _ in range(ROUNDS + 3):
        start = time.perf_counter()
        work = make_view(stage.desk, {"module": "contacts", "view_id": view_id, "view_name": "All Contacts"})
        assert isinstance(work, BrowseWorkspace)
        work.resize(1100, 800)
        painted = _paints_with_rows(work)
        work.show()
        while not painted:
            stage.desk.turn(0)
        took.append((painted[0] - start) * 1000)
        stage.desk.until(lambda: stage.desk.tasks.under_way == 0)
        work.closed()
        work.close()
        work.deleteLater()
        stage.desk.turn(0.01)
    return took[3:]


def _paints_with_rows(work: Any) -> list[float]:
    """Fills with the times at which a paint of the table with rows in it was done."""
    times: list[float] = []
    over = work.table.overlay.paint

    def paint(event: Any) -> None:
        over(event)  # the last of a paint
        if work.model.rowCount():
            times.append(time.perf_counter())

    work.table.overlay.paint = paint
    return times


def measure() -> dict[str, Any]:
    """Medians of both, and their ratio after one frame is taken off ours."""
    with on_stage("--records", "5000", "--hour-limit", "0") as stage:
        view_id = stage.view_id("contacts", "All Contacts")
        baseline = statistics.median(_bare(stage, view_id))
        ours = statistics.median(_ours(stage, view_id))
    ratio = max(0.0, ours - FRAME_MS) / baseline
    return {
        "name": "first page",
        "ratio": round(ratio, 2),
        "limit": LIMIT,
        "baseline_ms": round(baseline, 2),
        "ours_ms": round(ours, 2),
        "frame_ms": round(FRAME_MS, 2),
        "ok": ratio <= LIMIT,
    }


if __name__ == "__main__":
    print(json.dumps(measure()))
