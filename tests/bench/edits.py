"""5,000 records of one view with two edited cells each, reviewed and saved: requests for each 1,000 of them, in all."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from typing import Any

from tests.support.sandbox_process import SandboxProcess

RECORDS = 5_000
MOST_REQUESTS = 60  # for each 1,000 records
MANY = 1_000_000


async def _saved(sandbox: SandboxProcess) -> tuple[int, dict[str, float]]:
    """Requests of the review and the save together, and what each part took in seconds."""
    from crmdesk.changes.drafts import Staged
    from crmdesk.crm import requests
    from crmdesk.crm.address import parse_bundle_alias
    from crmdesk.crm.kinds import Kind, normal
    from crmdesk.profiles.profile import Profile
    from crmdesk.session import Session
    from tests.support.account import all_view

    profile = replace(Profile.new("Bench"), hourly_limit=MANY, reserve_percent=0)
    session = await Session.open(parse_bundle_alias(sandbox.url), sandbox.api_key, profile=profile)
    try:
        what = await all_view(session, "deals")
        spec = session.modules.get("deals")
        edits: list[Staged] = []
        for number in range(1, RECORDS // 100 + 1):
            page = await requests.view_page(session.client, spec, what.view_id, number, sort="created_at")
            for record in page.records():
                loaded: dict[str, tuple[Any, Any, Kind]] = {
                    "name": (record["name"], f"{record['name']} *", Kind.TEXT),
                    "amount": (normal(Kind.MONEY, record["amount"]), "4711", Kind.MONEY),
                }
                for field, (before, after, kind) in loaded.items():
                    edits.append(Staged("deals", record["id"], field, after, before, kind, record["name"]))
        sandbox.clear_requests()
        took: dict[str, float] = {}
        began = time.perf_counter()
        session.drafts.stage(edits)
        took["stage"] = time.perf_counter() - began
        plan = await session.edits.review("deals")
        took["review"] = time.perf_counter() - began - took["stage"]
        await session.edits.save(plan)
        summary = await session.jobs.wait(plan.id)
        took["all"] = time.perf_counter() - began
        assert summary.state == "finished" and summary.touched == RECORDS, summary
        return len(sandbox.requests()), took
    finally:
        await session.close()


def measure() -> dict[str, Any]:
    """Requests for each 1,000 records."""
    with SandboxProcess("--records", str(RECORDS), "--hour-limit", "0") as sandbox:
        requests, took = asyncio.run(_saved(sandbox))
    return {
        "name": "5,000 edited records saved: requests for each 1,000",
        "value": round(requests / (RECORDS / 1000), 1),
        "limit": MOST_REQUESTS,
        "unit": "",
        "ours": f"{requests} requests",
        "note": ", ".join(f"{name} {seconds:.1f} s" for name, seconds in took.items()),
    }


if __name__ == "__main__":
    print(json.dumps(measure()))
