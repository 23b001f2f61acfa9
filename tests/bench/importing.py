"""Peak memory for checking a CSV of 100,000 rows and planning its import ÷ for 10,000, each in its own process."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.memory import _own_peak as own_peak
from tests.support.sandbox_process import SandboxProcess

SMALL, LARGE = 10_000, 100_000
LIMIT = 1.2
HEADING = ("Name", "City", "State", "Country", "Website", "Annual revenue")


async def _work(url: str, path: Path, rows: int) -> float:
    """Seconds of checking and planning; every row is a new account."""
    from dataclasses import replace

    from crmdesk.crm.address import parse_bundle_alias
    from crmdesk.files.mapping import match_columns
    from crmdesk.files.reader import open_table
    from crmdesk.planning.import_plan import Importer, ImportOptions
    from crmdesk.profiles.profile import Profile
    from crmdesk.session import Session

    profile = replace(Profile.new("Bench"), hourly_limit=1_000_000, reserve_percent=0)
    session = await Session.open(parse_bundle_alias(url), os.environ["CRMDESK_API_KEY"], profile=profile)
    try:
        importer = Importer(
            client=session.client,
            modules=session.modules,
            directory=session.directory,
            journal=session.journal,
            schema=session.schema,
            views=session.views,
        )
        began = time.perf_counter()
        table = open_table(path)
        matches = match_columns(table.columns, await session.schema("sales_accounts"))
        with await importer.check("sales_accounts", table, matches, ImportOptions(match="name")) as checked:
            assert checked.good_rows == rows, checked
            plan = await importer.plan(checked)
        assert await plan.row_count() == rows
        return time.perf_counter() - began
    finally:
        await session.close()


def _child(sandbox: SandboxProcess, rows: int) -> dict[str, Any]:
    """Seconds and peak bytes of a process that plans the import of so many rows."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "accounts.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(HEADING)
            lines.writerows(
                (f"Company {i}", "Ulm", "BW", "Germany", f"https://c{i}.example", str(i)) for i in range(rows)
            )
        command = [sys.executable, "-m", "tests.bench.importing", "--child", sandbox.url, str(path), str(rows)]
        env = {**os.environ, "CRMDESK_HOME": folder, "CRMDESK_API_KEY": sandbox.api_key}
        told = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, Any] = json.loads(told)
    return found


def measure() -> dict[str, Any]:
    """The row of `dev.py bench`."""
    with SandboxProcess("--records", "300", "--hour-limit", "0") as sandbox:
        small, large = _child(sandbox, SMALL), _child(sandbox, LARGE)
    return {
        "name": "memory of an import of 100,000 rows ÷ 10,000",
        "ratio": large["peak"] / small["peak"],
        "limit": LIMIT,
        "ours": large["peak"] / 2**20,
        "baseline": small["peak"] / 2**20,
        "unit": "MiB",
        "note": f"CSV, checked and planned in {large['seconds']:.0f} s",
    }


if __name__ == "__main__":
    if "--child" in sys.argv:
        url, path, rows = sys.argv[-3:]
        seconds = asyncio.run(_work(url, Path(path), int(rows)))
        sys.stdout.write(json.dumps({"seconds": seconds, "peak": own_peak()}))
    else:
        sys.stdout.write(json.dumps(measure()) + "\n")
