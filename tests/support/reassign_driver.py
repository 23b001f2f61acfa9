"""A process that runs one job to its end, as a command or a window does; tests end it at any moment.

Usage: python -m tests.support.reassign_driver URL JOB [HOURLY_LIMIT]; CRMDESK_API_KEY holds the key.
Says "running" when the job runs, and its state when it rests.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace

from crmdesk.config import logs
from crmdesk.crm.address import parse_bundle_alias
from crmdesk.profiles.profile import Profile
from crmdesk.session import Session
from tests.support.account import QUICK


async def main(url: str, job_id: int, hourly_limit: int) -> None:
    """Resumes the job and waits for it."""
    profile = replace(Profile.new("Driver"), hourly_limit=hourly_limit, reserve_percent=0)
    session = await Session.open(
        parse_bundle_alias(url), os.environ["CRMDESK_API_KEY"], profile=profile, patience=QUICK
    )
    try:
        await session.jobs.start(job_id)
        print("running", flush=True)
        print((await session.jobs.wait(job_id)).state.value, flush=True)
    finally:
        await session.close()


if __name__ == "__main__":
    logs.configure()
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000))
