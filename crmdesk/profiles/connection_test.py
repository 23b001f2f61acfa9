"""*Test connection*: two requests that say what is wrong with an address and a key, in the person's words."""

from __future__ import annotations

import asyncio
import enum
import socket
from collections.abc import Callable
from dataclasses import dataclass

from crmdesk.crm.address import BundleAddress
from crmdesk.crm.budget import UnlimitedBudget
from crmdesk.crm.client import CrmClient, RetryPolicy
from crmdesk.crm.errors import (
    CrmError,
    NoConnection,
    NotAllowed,
    NotFound,
    RefusedRedirect,
    TimedOut,
    WrongKey,
)

# The cheapest request that needs a key, and one that only an administrator may make.
ANY_USERS = "contacts/filters"
ADMINS_ONLY = "settings/contacts/fields"
# A name that resolves wherever there is a network; nothing is sent to it.
KNOWN_NAME = "www.freshworks.com"
PATIENCE = RetryPolicy(attempts=2)
SECONDS = 15.0


class Verdict(enum.StrEnum):
    """What a test of a connection found."""

    OK = "ok"
    NOT_ADMIN = "key without admin rights"
    NO_NETWORK = "no network"
    NO_ACCOUNT = "no such account"
    MOVED = "account has moved"
    WRONG_KEY = "wrong key"
    FAULT = "other fault"


@dataclass(frozen=True, slots=True)
class ConnectionResult:
    """What was found. `ok`: records can be read; `moved_to` is the address to offer when the account moved."""

    verdict: Verdict
    message: str
    remedy: str = ""
    details: str = ""
    moved_to: str | None = None

    @property
    def ok(self) -> bool:
        """Whether one can go on with this address and key."""
        return self.verdict in (Verdict.OK, Verdict.NOT_ADMIN)


def plain_client(address: BundleAddress, api_key: str) -> CrmClient:
    """A client for some requests of which no budget knows yet."""
    return CrmClient(address, api_key, UnlimitedBudget(), timeout=SECONDS, retry=PATIENCE)


def _resolves(name: str) -> bool:
    try:
        return bool(socket.getaddrinfo(name, 443))
    except OSError:
        return False


async def check_connection(
    address: BundleAddress,
    api_key: str,
    *,
    client_factory: Callable[[BundleAddress, str], CrmClient] = plain_client,
    resolves: Callable[[str], bool] = _resolves,
) -> ConnectionResult:
    """Ask the account two questions. Raises BadApiKey for a text that can't be a key, nothing else."""
    client = client_factory(address, api_key)
    try:
        await client.get(ANY_USERS)
        return await _rights(client)
    except CrmError as error:
        return await _explained(error, address, resolves)
    finally:
        await client.aclose()


async def _rights(client: CrmClient) -> ConnectionResult:
    try:
        await client.get(ADMINS_ONLY)
    except NotAllowed as error:
        return ConnectionResult(
            Verdict.NOT_ADMIN,
            "Connected, but the key's user is no administrator.",
            "Only what this user may see is shown, and a handover is incomplete. "
            "Use an administrator's key for the whole account.",
            error.details,
        )
    return ConnectionResult(Verdict.OK, "Connected, with the rights of an administrator.")


async def _explained(error: CrmError, address: BundleAddress, resolves: Callable[[str], bool]) -> ConnectionResult:
    if isinstance(error, WrongKey):
        return _result(Verdict.WRONG_KEY, "The account is there, and it does not know this key.", error)
    if isinstance(error, NotAllowed):
        return _result(Verdict.FAULT, "The key is right, but its user may not read contacts.", error)
    if isinstance(error, RefusedRedirect):
        if error.moved_to:
            return _result(Verdict.MOVED, f"The account has moved to {error.moved_to}.", error)
        return _no_account(error, address)
    if isinstance(error, NotFound):
        return _no_account(error, address)
    if isinstance(error, TimedOut):
        return _result(Verdict.NO_NETWORK, f"{address.host} did not answer in time.", error)
    if isinstance(error, NoConnection):
        return await _unreachable(error, address, resolves)
    return _result(Verdict.FAULT, error.message, error)


async def _unreachable(
    error: NoConnection, address: BundleAddress, resolves: Callable[[str], bool]
) -> ConnectionResult:
    """A name that nobody knows, while others are known, is no account; else there is no network."""
    loop = asyncio.get_running_loop()
    if address.loopback or await loop.run_in_executor(None, resolves, address.host):
        return _result(Verdict.NO_NETWORK, error.message, error)
    if await loop.run_in_executor(None, resolves, KNOWN_NAME):
        return _no_account(error, address)
    return _result(Verdict.NO_NETWORK, "This computer has no network at the moment.", error)


def _no_account(error: CrmError, address: BundleAddress) -> ConnectionResult:
    return ConnectionResult(
        Verdict.NO_ACCOUNT,
        f"There is no CRM account at {address.url}.",
        "Copy the bundle alias again from Profile Settings → API Settings in the CRM.",
        error.details or error.message,
    )


def _result(verdict: Verdict, message: str, error: CrmError) -> ConnectionResult:
    return ConnectionResult(verdict, message, error.remedy, error.details, getattr(error, "moved_to", None))
