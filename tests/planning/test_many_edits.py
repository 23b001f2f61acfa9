"""A field of very many records: laid out, looked at and page by page shown in bounded time and memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

MEASURED = """
import asyncio, json, resource, sys, time
from pathlib import Path
from crmdesk.changes import layout
from crmdesk.changes.plan import Plan
from crmdesk.crm.modules import Modules
from crmdesk.store import rows
from crmdesk.store.journal import Journal
from crmdesk.store.rows import NewRow

async def main(path, count):
    journal = Journal(Path(path))
    job = await journal.create("edit", "Many", {})
    spec_of = Modules().get
    for start in range(0, count, 1000):
        made = [
            NewRow("contacts", 10**12 + n, f"Contact {n}", name, '"before"', f'"after {n % 7}"', kind="text")
            for n in range(start, start + 1000) for name in ("city", "job_title")
        ]
        await journal.db.write(lambda c, made=made: rows.add(c, job, made))
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    await journal.db.write(lambda c: layout.lay_out(c, job, spec_of))
    laid = time.perf_counter() - begun
    plan = Plan(journal, job)
    begun = time.perf_counter()
    summary = await plan.summary()
    first = await plan.requests(spec_of)
    last = await plan.requests(spec_of, 400, 200)
    await plan.rows(0, 200)
    await plan.collisions()
    await plan.modules()
    looked = time.perf_counter() - begun
    await journal.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"laid": laid, "looked": looked, "grown_kb": peak - base, "rows": summary.records,
                      "touched": summary.touched, "write": (await_cost(summary)), "first": first[0].text,
                      "pages": [len(first), len(last)]}))

def await_cost(summary):
    return summary.planned_requests

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.skipif(sys.platform == "win32", reason="the peak of memory is told by resource, which POSIX has")
def test_two_fields_of_fifty_thousand_records(tmp_path: Path) -> None:
    found = {}
    for count in (5_000, 50_000):
        ended = subprocess.run(
            [sys.executable, "-c", MEASURED, str(tmp_path / f"{count}.sqlite"), str(count)],
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        found[count] = json.loads(ended.stdout)
    many, few = found[50_000], found[5_000]
    print(found)
    assert (many["rows"], many["touched"]) == (100_000, 50_000)
    assert many["first"] == "POST contacts/bulk_upsert" and many["pages"] == [200, 100]
    assert many["grown_kb"] < few["grown_kb"] + 20_000  # not with the rows: 100,000 as objects would be 50 MB
    assert many["laid"] < 60 and many["looked"] < 15
