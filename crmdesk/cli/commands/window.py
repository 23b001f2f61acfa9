"""`crmdesk gui`: opens the window. The only command that needs Qt."""

from __future__ import annotations

import importlib

import click

from crmdesk.cli.given import Given, with_account
from crmdesk.config.errors import CrmDeskError


@click.command()
@click.option("--demo", is_flag=True, help="Open sample data on a sandbox of its own.")
@click.option("--theme", type=click.Choice(["light", "dark", "system"]), help="Colours.")
@with_account
def window(given: Given, demo: bool, theme: str | None) -> int:
    """Open the window."""
    argv = ["--demo"] if demo else []
    argv += ["--theme", theme] if theme else []
    argv += ["--profile", given.profile] if given.profile else []
    try:
        # By name: the commands must not need the window's room, nor Qt.
        opened = importlib.import_module("crmdesk.ui.main")
    except ImportError as error:
        raise CrmDeskError(
            "The window is not part of this program.", remedy="Start crmdesk-gui.", details=str(error)
        ) from error
    return int(opened.main(argv))
