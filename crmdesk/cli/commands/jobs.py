"""`crmdesk jobs`: what was started on this account, and what can still be done with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmdesk.cli.given import Given, with_account
from crmdesk.cli.output import counted, table
from crmdesk.cli.work import Work, run

if TYPE_CHECKING:
    from crmdesk.changes.plan import Plan, Summary

ID = click.IntRange(1)


@click.group(invoke_without_command=True)
@with_account
def jobs(given: Given) -> int:
    """List the jobs of the account, show, resume, undo, retry, cancel or report one."""
    if click.get_current_context().invoked_subcommand is None:
        return _list_all(given)
    return 0


@jobs.command("list")
@with_account
def list_jobs(given: Given) -> int:
    """List all jobs, the newest first."""
    return _list_all(given)


def _list_all(given: Given) -> int:
    async def work(work: Work) -> int:
        from crmdesk.cli.plan_text import job_entry, state_text

        found = await work.session.jobs.list()
        busy = await work.session.jobs.busy()
        running = {"title": busy.title, "pid": busy.pid} if busy else None
        if not work.out.as_json:
            lines = [(job.id, job.title, state_text(job), job.records, _can(job)) for job in found]
            heads = ("ID", "TITLE", "STATE", "RECORDS", "CAN BE")
            work.out.show(table(heads, lines, numbers=(0, 3)) if lines else "No jobs yet.")
        if busy is not None:
            work.out.say(f"Process {busy.pid} is running “{busy.title}”.")
        work.out.done({"jobs": [job_entry(job) for job in found], "running_elsewhere": running})
        return 0

    return run(given, work)


def _can(job: Summary) -> str:
    words = (("resumed", job.resumable), ("undone", job.undoable), ("retried", job.retryable))
    return ", ".join(word for word, possible in words if possible)


@jobs.command()
@click.argument("job_id", metavar="ID", type=ID)
@with_account
def show(given: Given, job_id: int) -> int:
    """Show one job: how far it is, what it cost, and why records were left."""

    async def work(work: Work) -> int:
        from dataclasses import asdict

        from crmdesk.cli.plan_text import job_entry

        plan = await work.session.jobs.get(job_id)
        summary, costs = await plan.summary(), await plan.modules()
        reasons, left_out = await plan.reasons(), await plan.left_out()
        if not work.out.as_json:
            await _show_one(work, plan, summary)
        work.out.done(
            job_entry(summary)
            | {
                "undo_note": summary.undo_note,
                "costs": [asdict(cost) for cost in costs],
                "reasons": [asdict(reason) for reason in reasons],
                "left_out": [asdict(left) for left in left_out],
            }
        )
        return 0

    return run(given, work)


async def _show_one(work: Work, plan: Plan, summary: Summary) -> None:
    from crmdesk.cli.plan_text import cost_table, end_text

    out = work.out
    out.show(summary.title)
    out.show(end_text(summary))
    if summary.note:
        out.show(summary.note)
    if costs := await plan.modules():
        out.show(cost_table(costs))
    for reason in await plan.reasons(20):
        what = f"{counted(reason.records, 'record')} of {reason.module} {reason.outcome.value.replace('_', ' ')}"
        out.show(f"{what}: {reason.message}" if reason.message else what)
    if can := _can(summary):
        out.show(f"Can be {can}.")


@jobs.command()
@click.argument("job_id", metavar="ID", type=ID)
@click.option("--yes", is_flag=True, help="Don't ask.")
@with_account
def resume(given: Given, job_id: int, yes: bool) -> int:
    """Go on with a job that was interrupted or paused."""

    async def work(work: Work) -> int:
        from crmdesk.cli.running import offer, stay_with
        from crmdesk.store.words import JobState

        plan = await work.session.jobs.get(job_id)
        summary = await plan.summary()
        await _know_modules(work, summary)
        if summary.state is JobState.PLANNED:
            await work.session.directory.load(("owners",))
            return await offer(work, plan, dry_run=False, yes=yes, keep=True)
        await work.session.jobs.start(job_id)
        return await stay_with(work, job_id)

    return run(given, work)


@jobs.command()
@click.argument("job_id", metavar="ID", type=ID)
@click.option("--dry-run", is_flag=True, help="Show what would be given back; change nothing.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@with_account
def undo(given: Given, job_id: int, dry_run: bool, yes: bool) -> int:
    """Give back what still has the value that the job wrote. An undo can be undone."""

    async def work(work: Work) -> int:
        await _prepare(work, job_id, dry_run)
        return await _offer_child(work, "undo", job_id, dry_run, yes)

    return run(given, work)


@jobs.command()
@click.argument("job_id", metavar="ID", type=ID)
@click.option("--dry-run", is_flag=True, help="Show what would be tried; change nothing.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@with_account
def retry(given: Given, job_id: int, dry_run: bool, yes: bool) -> int:
    """Try again what failed or was not attempted."""

    async def work(work: Work) -> int:
        await _prepare(work, job_id, dry_run)
        return await _offer_child(work, "retry", job_id, dry_run, yes)

    return run(given, work)


async def _prepare(work: Work, job_id: int, dry_run: bool) -> None:
    from crmdesk.cli.planning import refuse_if_busy

    summary = await (await work.session.jobs.get(job_id)).summary()
    await refuse_if_busy(work, dry_run=dry_run)
    await _know_modules(work, summary)
    await work.session.directory.load(("owners",))


async def _offer_child(work: Work, kind: str, job_id: int, dry_run: bool, yes: bool) -> int:
    from crmdesk.cli.running import offer

    jobs = work.session.jobs
    plan = await (jobs.plan_undo(job_id) if kind == "undo" else jobs.plan_retry(job_id))
    return await offer(work, plan, dry_run=dry_run, yes=yes)


@jobs.command()
@click.argument("job_id", metavar="ID", type=ID)
@click.option("--yes", is_flag=True, help="Don't ask.")
@with_account
def cancel(given: Given, job_id: int, yes: bool) -> int:
    """End a job for good: what was not sent is not attempted. A plan that was never started is deleted."""

    async def work(work: Work) -> int:
        from crmdesk.changes.errors import NotRunnable
        from crmdesk.cli.plan_text import end_text, job_answer

        summary = await (await work.session.jobs.get(job_id)).summary()
        if summary.state.ended:
            raise NotRunnable(f"Job {job_id} (“{summary.title}”) has ended already.")
        await _know_modules(work, summary)
        await work.session.jobs.cancel(job_id)
        if summary.started_at is None:
            work.out.show(f"The plan {job_id} (“{summary.title}”) was never started and is deleted.")
            work.out.done({"job": job_id, "deleted": True})
            return 0
        ended = await (await work.session.jobs.get(job_id)).summary()
        work.out.show(end_text(ended))
        work.out.done(job_answer(ended))
        return 0

    return run(given, work)


@jobs.command()
@click.argument("job_id", metavar="ID", type=ID)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE", help=".csv or .json")
@with_account
def report(given: Given, job_id: int, output: Path) -> int:
    """Write every record of a job: before, after, outcome, message, time."""

    async def work(work: Work) -> int:
        from crmdesk.crm.errors import CrmError

        try:
            await work.session.directory.load(("owners",))
        except CrmError as error:
            work.out.say(f"Owners stand as ids, since their names can't be asked for: {error.message}")
        count = await work.session.jobs.report(job_id, output)
        work.out.show(f"{counted(count, 'record')} in {output}.")
        work.out.done({"job": job_id, "records": count, "file": str(output)})
        return 0

    return run(given, work)


async def _know_modules(work: Work, summary: Summary) -> None:
    """Custom modules of a job are known before it runs."""
    for module in summary.modules:
        await work.module(module)
