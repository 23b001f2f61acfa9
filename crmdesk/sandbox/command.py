"""`crmdesk sandbox`: the flags of the sandbox as a click command. Imports no server until it is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crmdesk.sandbox.options import SandboxOptions, WrongOption, parse_faults, parse_job_time


def _job_time(_ctx: click.Context, _param: click.Parameter, value: str) -> tuple[float, float]:
    """MEDIAN[,SIGMA] in seconds; anything else is a usage error (exit code 2)."""
    try:
        return parse_job_time(value)
    except WrongOption as error:
        raise click.BadParameter(str(error)) from None


def _fault_spec(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    """A list of faults, read here so that a mistake in it ends with exit code 2."""
    try:
        parse_faults(value)
    except WrongOption as error:
        raise click.BadParameter(str(error)) from None
    return value


def _turned(flags: dict[str, Any]) -> SandboxOptions:
    for name in ("retry_after", "owner_search", "all_deals"):
        flags[name] = not flags.pop(f"no_{name}")
    flags["quiet"] = flags.pop("json")
    return SandboxOptions(**flags)


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0 takes a free one.")
@click.option("--dataset", type=click.Choice(["sample", "reference"]), default="sample", show_default=True)
@click.option("--records", type=click.IntRange(0, 5_000_000), default=5000, show_default=True, help="Contacts.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same data.")
@click.option("--state", type=click.Path(path_type=Path, dir_okay=False), help="Keep all data in this file.")
@click.option("--hour-limit", type=click.IntRange(0), default=5000, show_default=True, help="0: no limit.")
@click.option("--minute-limit", type=click.IntRange(0), default=0, show_default=True, help="0: no limit.")
@click.option("--latency", type=click.FloatRange(0), default=0, show_default=True, help="Milliseconds.")
@click.option("--job-time", callback=_job_time, default="2,0.4", show_default=True, help="MEDIAN[,SIGMA] seconds.")
@click.option("--faults", callback=_fault_spec, default="", help="Such as status=503:0.02,drop-after:0.01.")
@click.option("--json", is_flag=True, help="Nothing but the ready line, no hint for people.")
@click.option("--legacy-validation", is_flag=True, help="500 for validation errors, as old accounts do.")
@click.option("--require-email", is_flag=True, help="Contacts need an e-mail.")
@click.option("--required-field", is_flag=True, help="Deals need a custom field that some lack.")
@click.option("--no-retry-after", is_flag=True, help="429 without the header.")
@click.option("--no-owner-search", is_flag=True, help="filtered_search refuses owner_id.")
@click.option("--no-all-deals", is_flag=True, help="No view of all deals.")
@click.option("--search-lag", type=click.FloatRange(0), default=3, show_default=True, help="Seconds.")
@click.option("--assign-queues", is_flag=True, help="bulk_assign_owner answers a message and works later.")
@click.option("--allow-inactive-owners", is_flag=True, help="Records may be given to inactive users.")
@click.option("--owner-change-keeps-updated-at", is_flag=True, help="A new owner does not move updated_at.")
@click.option("--full-rows", is_flag=True, help="Rows of views hold all that a single record does.")
@click.option("--parent", type=click.IntRange(1), help="End when the process with this id is gone.")
@click.option("--until-stdin-closes", is_flag=True, help="End when standard input reaches its end.")
@click.pass_context
def sandbox(ctx: click.Context, /, **flags: Any) -> None:
    """Run a CRM on this machine. Prints one JSON line when it is ready: url, api_key, agent_key, pid."""
    from crmdesk.sandbox.server import serve

    ctx.exit(serve(_turned(flags)))
