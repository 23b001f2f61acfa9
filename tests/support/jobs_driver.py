"""A process that brings jobs to their end side by side, as a window does; tests end it at any moment.

Usage: python -m tests.support.jobs_driver URL JOB…; CRMDESK_API_KEY holds the key.
Says "running" when they run, and their states when they rest.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from dataclasses import replace

from crmdesk.changes.errors import NotRunnable, RecordsUnsettled
from crmdesk.config import logs
from crmdesk.crm.address import parse_bundle_alias
from crmdesk.profiles.profile import Profile
from crmdesk.session import Session
from tests.support.account import QUICK


async def main(url: str, jobs: list[int]) -> None:
    """Resumes all that have not ended and waits for them."""
    profile = replace(Profile.new("Driver"), hourly_limit=1_000_000, reserve_percent=0)
    patience = replace(QUICK, looks=(0.1, 0.3))
    session = await Session.open(
        parse_bundle_alias(url), os.environ["CRMDESK_API_KEY"], profile=profile, patience=patience
    )
    try:
        print("running", flush=True)
        for job in jobs:
            with suppress(NotRunnable, RecordsUnsettled):  # it has ended, or waits for another
                await session.jobs.start(job)
        states = [(await session.jobs.wait(job)).state.value for job in jobs]
        print(" ".join(states), flush=True)
    finally:
        await session.close()


if __name__ == "__main__":
    logs.configure()
    asyncio.run(main(sys.argv[1], [int(text) for text in sys.argv[2:]]))
