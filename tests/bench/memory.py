"""Peak memory for planning and running 100,000 records ÷ for 10,000, each in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil

LIMIT = 1.2
SMALL, LARGE = 10_000, 100_000


async def _work(url: str, records: int) -> None:
    """Plans all contacts, runs the plan, writes its report."""
    from dataclasses import replace

    from crmdesk.crm.address import parse_bundle_alias
    from crmdesk.profiles.profile import Profile
    from crmdesk.session import Session
    from tests.support.account import active_owners, all_view, ended, planned

    profile = replace(Profile.new("Bench"), hourly_limit=1_000_000, reserve_percent=0)
    session = await Session.open(parse_bundle_alias(url), os.environ["CRMDESK_API_KEY"], profile=profile)
    try:
        plan = await planned(session, await all_view(session, "contacts"), (await active_owners(session))[0])
        summary = await ended(session, plan)
        assert summary.state == "finished" and summary.records == records, summary
        with tempfile.TemporaryDirectory() as folder:
            await session.jobs.report(plan.id, Path(folder) / "report.csv")
    finally:
        await session.close()


def _peak(records: int) -> int:
    """Peak resident bytes of a process that reassigns so many contacts."""
    from tests.support.sandbox_process import SandboxProcess

    flags = ("--records", str(records), "--hour-limit", "0", "--job-time", "0.1,0")
    with SandboxProcess(*flags) as sandbox, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        command = [sys.executable, "-m", "tests.bench.memory", "--child", sandbox.url, str(records)]
        env = {**os.environ, "CRMDESK_HOME": home, "CRMDESK_API_KEY": sandbox.api_key}
        told = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
    return int(json.loads(told)["peak"])


def _own_peak() -> int:
    if os.name == "nt":
        return int(getattr(psutil.Process().memory_info(), "peak_wset", 0))
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def measure() -> dict[str, Any]:
    """The row of `dev.py bench`."""
    small, large = _peak(SMALL), _peak(LARGE)
    return {
        "name": "memory of a plan of 100,000 records ÷ 10,000",
        "ratio": large / small,
        "limit": LIMIT,
        "ours": large / 2**20,
        "baseline": small / 2**20,
        "unit": "MiB",
        "note": "planned, run and reported, contacts in bulk",
    }


if __name__ == "__main__":
    if "--child" in sys.argv:
        asyncio.run(_work(sys.argv[-2], int(sys.argv[-1])))
        sys.stdout.write(json.dumps({"peak": _own_peak()}))
    else:
        sys.stdout.write(json.dumps(measure()) + "\n")
