"""Questions before something is changed. Friction grows with the harm: a key press, or the number typed."""

from __future__ import annotations

import sys

import click

from crmdesk.cli.endings import Refused
from crmdesk.cli.output import counted, is_terminal
from crmdesk.cli.work import Work

TYPED_ABOVE = 500
TYPED_ABOVE_IN_PRODUCTION = 50
ASKED_ABOVE_REQUESTS = 200


def confirm(work: Work, *, records: int, yes: bool) -> None:
    """Asks whether a plan shall run. Raises Refused for no, and where nobody can be asked."""
    if yes or not records:
        return
    if not is_terminal(sys.stdin):
        raise Refused(
            f"{counted(records, 'record')} would be changed, and there is no terminal to ask on.",
            subject="--yes",
            remedy="Look at the plan with --dry-run, then give --yes.",
        )
    work.out.progress("")
    with work.interrupts.while_asking():
        agreed = _typed(work, records) if _must_type(work, records) else _pressed(work, records)
    if not agreed:
        raise Refused("Not started; nothing was changed.", subject="answer")


def confirm_reading(work: Work, *, requests: int, yes: bool) -> None:
    """Asks, where somebody can be asked, before reading alone takes a good part of the hour. Raises Refused for no."""
    if yes or requests <= ASKED_ABOVE_REQUESTS or not is_terminal(sys.stdin):
        return
    with work.interrupts.while_asking():
        agreed = click.confirm(f"Spend about {counted(requests, 'request')} on reading?", default=False, err=True)
    if not agreed:
        raise Refused("Not started; nothing was changed.", subject="answer")


def _must_type(work: Work, records: int) -> bool:
    return records > (TYPED_ABOVE_IN_PRODUCTION if work.account.production else TYPED_ABOVE)


def _typed(work: Work, records: int) -> bool:
    what = "production account" if work.account.production else "account"
    asked = f"Type {records} to change {counted(records, 'record')} of the {what} {work.account.name}"
    answer = str(click.prompt(asked, default="", show_default=False, err=True))
    return answer.strip().replace(",", "").replace("\u202f", "") == str(records)


def _pressed(work: Work, records: int) -> bool:
    return click.confirm(f"Change {counted(records, 'record')} of {work.account.name}?", default=False, err=True)
