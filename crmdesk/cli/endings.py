"""The ways in which a command ends: exit codes, and errors as a calm line or as a JSON object. Touches only the log.

0 done · 1 done with failures, or a fault of the program or its files · 2 wrong use · 3 the CRM can't be used: no
connection, wrong key, refused redirect, no key in the keyring · 4 interrupted and resumable, or not started because
another CRMDesk runs a plan on the account.
"""

from __future__ import annotations

import asyncio
import re
from enum import IntEnum

import click

from crmdesk.cli.output import Output
from crmdesk.config.errors import CrmDeskError, InputError

INSTEAD_OF_KEYRING = "Or set CRMDESK_BUNDLE_ALIAS and CRMDESK_API_KEY for this command."


class Exit(IntEnum):
    """Exit codes; a promise to scripts."""

    DONE = 0
    FAILURES = 1
    WRONG_USE = 2
    NO_CONNECTION = 3
    INTERRUPTED = 4


class Interrupted(CrmDeskError):
    """Ctrl+C, or the system asked to end, before anything was changed."""

    remedy_by_default = "Nothing was changed; run the command again."


class WrongUse(InputError):
    """The command line can't be understood."""


class Refused(InputError):
    """A question was answered with no, or could not be asked."""


def end(error: BaseException, *, as_json: bool) -> int:
    """Tells the person (or the script) what ended the command, and gives the exit code."""
    known = _known(error)
    if known is None:
        return _bug(error, as_json)
    Output(as_json).failed(known.message, _remedy(known), _kind(known), code := code_of(known))
    return code


def code_of(error: CrmDeskError) -> Exit:
    """The exit code of an error."""
    from crmdesk.changes.errors import NothingToUndo, NotRunnable, RecordsUnsettled
    from crmdesk.crm.errors import CrmError, Invalid, NotFound
    from crmdesk.profiles.errors import KeyringError
    from crmdesk.store.errors import AccountBusy, NoSuchJob

    if isinstance(error, InputError | NoSuchJob | NotRunnable | NothingToUndo):
        return Exit.WRONG_USE
    if isinstance(error, Interrupted | AccountBusy | RecordsUnsettled):
        return Exit.INTERRUPTED
    if isinstance(error, NotFound | Invalid):
        return Exit.FAILURES
    if isinstance(error, CrmError | KeyringError):
        return Exit.NO_CONNECTION
    return Exit.FAILURES


def _known(error: BaseException) -> CrmDeskError | None:
    """The error as one of ours; None for one that nobody foresaw."""
    if isinstance(error, CrmDeskError):
        return error
    if isinstance(error, KeyboardInterrupt | asyncio.CancelledError | click.Abort):
        return Interrupted("Interrupted.")
    if isinstance(error, click.ClickException):
        usage = error.ctx.get_usage() if isinstance(error, click.UsageError) and error.ctx else ""
        return WrongUse(error.format_message(), subject="usage", remedy=usage)
    if isinstance(error, BaseExceptionGroup):
        found = [known for one in error.exceptions if (known := _known(one)) is not None]
        return found[0] if len(found) == len(error.exceptions) else None
    return None


def _remedy(error: CrmDeskError) -> str:
    from crmdesk.profiles.errors import SESSION_ONLY

    return error.remedy.replace(SESSION_ONLY, INSTEAD_OF_KEYRING).strip()


def _kind(error: CrmDeskError) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()


def _bug(error: BaseException, as_json: bool) -> int:
    """Nobody foresaw this: the traceback goes into the log, where keys are masked."""
    import logging

    from crmdesk.config import logs

    try:
        place = f"The details are in {logs.configure()}; please report them."
        logging.getLogger("crmdesk").critical("a command ended unexpectedly", exc_info=error)
        logs.close()
    except CrmDeskError as unwritable:
        place = unwritable.message
    message = f"Something went wrong that CRMDesk did not foresee ({type(error).__name__})."
    Output(as_json).failed(message, place, "bug", Exit.FAILURES)
    return Exit.FAILURES
