"""Two processes on one account against a sandbox that enforces the hour: together they never exceed it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

LIMIT = 200

READER = """
import asyncio, json, sys
from pathlib import Path
from crmdesk.crm import requests
from crmdesk.crm.address import parse_bundle_alias
from crmdesk.crm.client import CrmClient, Purpose
from crmdesk.crm.budget import Lane
from crmdesk.crm.modules import BUILT_IN
from crmdesk.store.budget import RequestBudget

async def main():
    url, key, path = sys.argv[1:]
    budget = RequestBudget(Path(path), limit=5000, reserve_percent=20)
    client = CrmClient(parse_bundle_alias(url), key, budget)
    stop = asyncio.Event()
    sent = 0

    def count(kind):
        nonlocal sent
        sent += 1

    why = Purpose(lane=Lane.JOB, sent=count, waiting=lambda until: stop.set())

    async def worker():
        while not stop.is_set():
            reading = asyncio.ensure_future(requests.views(client, BUILT_IN["contacts"], why))
            waiting = asyncio.ensure_future(stop.wait())
            await asyncio.wait({reading, waiting}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if not reading.done():
                reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    print("ready", flush=True)
    sys.stdin.readline()
    await asyncio.gather(*(worker() for _ in range(6)))
    await client.aclose()
    state = budget.state()
    await budget.close()
    print(json.dumps({"sent": sent, "limit": state.limit}))

asyncio.run(main())
"""


@pytest.mark.parametrize("flags", [(), ("--no-retry-after",)], ids=["retry-after", "no-retry-after"])
def test_two_processes_stay_below_the_limit_that_the_headers_tell(
    start_sandbox: Callable[..., SandboxProcess], tmp_path: Path, flags: tuple[str, ...]
) -> None:
    sandbox = start_sandbox("--records", "50", "--hour-limit", str(LIMIT), *flags)
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, sandbox.url, sandbox.api_key, str(tmp_path / "budget.sqlite")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "ready\n"
        for reader in readers:
            assert reader.stdin is not None
            reader.stdin.write("\n")
            reader.stdin.flush()
        told = [json.loads(reader.communicate(timeout=60)[0]) for reader in readers]
    finally:
        for reader in readers:
            if reader.poll() is None:
                reader.kill()
            reader.communicate()
    log = sandbox.requests()
    assert {entry["status"] for entry in log} == {200}
    assert LIMIT * 0.8 - 25 <= len(log) <= LIMIT * 0.8
    assert all(reader["limit"] == LIMIT for reader in told)
    assert all(reader["sent"] for reader in told)
