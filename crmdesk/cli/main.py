"""The entry of `crmdesk`: the commands by name, and every way in which one can end, as an exit code."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Sequence
from typing import IO

import click

from crmdesk import __version__
from crmdesk.cli.endings import end
from crmdesk.cli.given import Given
from crmdesk.cli.output import reader_gone

# Imported by name when they are asked for: the sandbox brings a server, the window brings Qt.
_COMMANDS = {
    "views": "crmdesk.cli.commands.views:views",
    "records": "crmdesk.cli.commands.records:records",
    "get": "crmdesk.cli.commands.look:get",
    "search": "crmdesk.cli.commands.look:search",
    "set": "crmdesk.cli.commands.edit:set_fields",
    "create": "crmdesk.cli.commands.edit:create",
    "clone": "crmdesk.cli.commands.edit:clone",
    "delete": "crmdesk.cli.commands.remove:delete",
    "restore": "crmdesk.cli.commands.remove:restore",
    "forget": "crmdesk.cli.commands.remove:forget",
    "export": "crmdesk.cli.commands.transfer:export",
    "import": "crmdesk.cli.commands.transfer:import_",
    "reassign": "crmdesk.cli.commands.reassign:reassign",
    "handover": "crmdesk.cli.commands.handover:handover",
    "jobs": "crmdesk.cli.commands.jobs:jobs",
    "profiles": "crmdesk.cli.commands.profiles:profiles",
    "sandbox": "crmdesk.sandbox.command:sandbox",
    "gui": "crmdesk.cli.commands.window:window",
}
_OTHER_NAMES = {"window": "gui", "profile": "profiles", "job": "jobs"}


class Commands(click.Group):
    """The commands, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which a person meets them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """None for a name that is no command."""
        place = _COMMANDS.get(_OTHER_NAMES.get(cmd_name, cmd_name))
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 done with failures, 2 wrong use, 3 no connection or wrong key, "
    "4 interrupted and resumable.",
)
@click.version_option(__version__, prog_name="crmdesk")
@click.option("--profile", metavar="NAME", help="The saved account to use.")
@click.option("--json", "as_json", is_flag=True, help="The last line on standard output is one JSON object.")
@click.pass_context
def commands(ctx: click.Context, profile: str | None, as_json: bool) -> int:
    """An admin console for Freshworks CRM (Freshsales): browse views, hand records over, look after jobs.

    The account is the one of CRMDESK_BUNDLE_ALIAS and CRMDESK_API_KEY, else --profile, else the profile that was
    used last. `crmdesk gui` opens the window.
    """
    ctx.obj = Given(profile, as_json)
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code; what went wrong is told calmly, never as a traceback."""
    given = list(sys.argv[1:] if argv is None else argv)
    _plain_streams()
    try:
        result = commands.main(args=given, prog_name="crmdesk", standalone_mode=False)
        code = result if isinstance(result, int) else 0
    except SystemExit:
        raise
    except BaseException as error:
        code = end(error, as_json="--json" in given)
    return _flushed(code)


def _plain_streams() -> None:
    """Names in any script can be written, wherever the output goes; a stream that was closed swallows it."""
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:
            continue
        if os.name == "nt" and not stream.isatty():
            reconfigure(encoding="utf-8")
        reconfigure(errors="backslashreplace")


def _nowhere() -> IO[str]:
    """Takes a stream's number too, so that no file of ours gets it."""
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8", closefd=False)


def _flushed(code: int) -> int:
    """What is left of a broken pipe must not be tried again when Python ends."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        code = code if isinstance(error, ValueError) or reader_gone(error) else code or 1
        with contextlib.suppress(OSError, ValueError):
            sink = os.open(os.devnull, os.O_WRONLY)
            os.dup2(sink, sys.stdout.fileno())
            os.close(sink)
    return code
