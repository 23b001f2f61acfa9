"""Export of 100,000 contacts to CSV: time ÷ a bare httpx and csv loop of the same pages; peak memory ÷ 10,000's.

The bare loop asks for as many pages at once as ours and writes the same columns as they come, checked for nothing.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from tests.bench.memory import _own_peak as own_peak
from tests.support.sandbox_process import SandboxProcess

SMALL, LARGE = 10_000, 100_000
WALL, MEMORY = 1.3, 1.2
ROUNDS = 3
AHEAD = 3
FIELDS = (
    "id",
    "first_name",
    "last_name",
    "job_title",
    "email",
    "work_number",
    "mobile_number",
    "city",
    "country",
    "lead_score",
    "owner_id",
    "created_at",
    "updated_at",
)


async def _ours(url: str, key: str, records: int, path: Path) -> float:
    """Seconds of an export, the account's files open already."""
    from dataclasses import replace

    from crmdesk.crm.address import parse_bundle_alias
    from crmdesk.planning.export import Exporter, ExportOptions
    from crmdesk.profiles.profile import Profile
    from crmdesk.session import Session
    from tests.support.account import all_view

    profile = replace(Profile.new("Bench"), hourly_limit=1_000_000, reserve_percent=0)
    session = await Session.open(parse_bundle_alias(url), key, profile=profile)
    try:
        exporter = Exporter(
            client=session.client,
            modules=session.modules,
            directory=session.directory,
            schema=session.schema,
            views=session.views,
        )
        view = await all_view(session, "contacts")
        await session.schema("contacts")
        await session.directory.load(("owners",))
        began = time.perf_counter()
        result = await exporter.export(view, path, options=ExportOptions(FIELDS))
        seconds = time.perf_counter() - began
        assert result.rows == records, result
        return seconds
    finally:
        await session.close()


async def _bare(sandbox: SandboxProcess, records: int, path: Path) -> float:
    """Seconds of the least that does it: the same pages, a few at a time, each parsed and written."""
    async with httpx.AsyncClient(
        base_url=f"{sandbox.url}/api", headers=sandbox.headers(), trust_env=False, timeout=60
    ) as client:
        views = (await client.get("/contacts/filters")).json()["filters"]
        view = next(item["id"] for item in views if item["name"] == "All Contacts")

        async def page(number: int) -> list[dict[str, Any]]:
            params: dict[str, Any] = {"page": number, "per_page": 100, "include": "owner"}
            params |= {"sort": "created_at", "sort_type": "asc"}
            answer = await client.get(f"/contacts/view/{view}", params=params)
            rows: list[dict[str, Any]] = json.loads(answer.content)["contacts"]
            return rows

        began, written, last = time.perf_counter(), 0, -(-records // 100)
        with path.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(FIELDS)
            number = 0
            ahead: list[asyncio.Task[list[dict[str, Any]]]] = []
            while number < last or ahead:
                while number < last and len(ahead) < AHEAD:
                    number += 1
                    ahead.append(asyncio.ensure_future(page(number)))
                rows = await ahead.pop(0)
                lines.writerows([[row[name] for name in FIELDS] for row in rows])
                written += len(rows)
        assert written == records, written
        return time.perf_counter() - began


def _child(sandbox: SandboxProcess, records: int, folder: str) -> dict[str, Any]:
    """Seconds and peak of an export in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.export", "--child", sandbox.url, str(records), folder]
    env = {**os.environ, "CRMDESK_HOME": folder, "CRMDESK_API_KEY": sandbox.api_key}
    told = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, Any] = json.loads(told)
    return found


def measure() -> list[dict[str, Any]]:
    """The two rows of `dev.py bench`."""
    peaks: dict[int, int] = {}
    ours, bare = [], []
    for records in (SMALL, LARGE):
        with (
            SandboxProcess("--records", str(records), "--hour-limit", "0") as sandbox,
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        ):
            for _ in range(ROUNDS if records == LARGE else 1):
                bare.append(asyncio.run(_bare(sandbox, records, Path(folder) / "bare.csv")))
                done = _child(sandbox, records, folder)
                ours.append(done["seconds"])
                peaks[records] = max(peaks.get(records, 0), done["peak"])
    # the first pair is the small account's
    mine, theirs = statistics.median(ours[1:]), statistics.median(bare[1:])
    return [
        {
            "name": "export of 100,000 rows: time ÷ bare loop",
            "ratio": mine / theirs,
            "limit": WALL,
            "ours": mine,
            "baseline": theirs,
            "unit": "s",
            "note": f"CSV, {len(FIELDS)} columns, names for ids, {AHEAD} pages at once in both; median of {ROUNDS}",
        },
        {
            "name": "memory of an export of 100,000 rows ÷ 10,000",
            "ratio": peaks[LARGE] / peaks[SMALL],
            "limit": MEMORY,
            "ours": peaks[LARGE] / 2**20,
            "baseline": peaks[SMALL] / 2**20,
            "unit": "MiB",
        },
    ]


if __name__ == "__main__":
    if "--child" in sys.argv:
        url, records, folder = sys.argv[-3:]
        seconds = asyncio.run(_ours(url, os.environ["CRMDESK_API_KEY"], int(records), Path(folder) / "ours.csv"))
        sys.stdout.write(json.dumps({"seconds": seconds, "peak": own_peak()}))
    else:
        sys.stdout.write(json.dumps(measure()) + "\n")
