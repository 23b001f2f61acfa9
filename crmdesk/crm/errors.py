"""What can go wrong between us and the CRM, as one tree; each says whether the request arrived.

CrmError
├── NoConnection      no way to the server, or the connection broke
├── TimedOut          the server took too long
├── RefusedRedirect   the server points elsewhere; never followed
├── WrongKey          401, or a redirect to a login page
├── NotAllowed        403
├── NotFound          404
├── Invalid           400, 422, and 500 with an error body (accounts from before August 2018)
├── TooMany           429
├── ServerFault       5xx
└── Unreadable        an answer that is not what the reference documents
"""

from __future__ import annotations

import enum
from typing import ClassVar

from crmdesk.config.errors import CrmDeskError


class Arrived(enum.StrEnum):
    """Whether the CRM may have acted on a request.

    NO: it was never sent, or was turned away at the door, so it may be sent again. YES: the CRM judged it,
    and the error is its judgement. UNKNOWN: it may have been carried out, so a change must be looked for.
    """

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class CrmError(CrmDeskError):
    """A request without a usable answer. `request` reads like "PUT deals/5"; `retry_after` is in seconds."""

    remedy_by_default = "Try again."
    default_arrived: ClassVar[Arrived] = Arrived.UNKNOWN

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        details: str = "",
        arrived: Arrived | None = None,
        status: int | None = None,
        messages: tuple[str, ...] = (),
        request: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy, details=details)
        self.arrived = self.default_arrived if arrived is None else arrived
        self.status = status
        self.messages = messages
        self.request = request
        self.retry_after = retry_after


class NoConnection(CrmError):
    """The server could not be reached, or the connection broke before its answer was complete."""

    remedy_by_default = "Check the network (and the company's proxy or VPN), then try again."


class TimedOut(CrmError):
    """The server did not answer in time."""

    remedy_by_default = "The CRM is slow or far away at the moment; try again in a minute."


class RefusedRedirect(CrmError):
    """The server points to another address. It is not followed, so the key goes nowhere else."""

    remedy_by_default = "Check the bundle alias under Profile Settings → API Settings in the CRM."
    default_arrived = Arrived.NO

    def __init__(
        self,
        message: str,
        *,
        location: str,
        moved_to: str | None = None,
        request: str = "",
        status: int | None = None,
    ) -> None:
        """`moved_to`: the canonical address to offer when the account moved to another Freshworks host."""
        remedy = f"If the account has moved there, change the profile's bundle alias to {moved_to}." if moved_to else ""
        super().__init__(message, remedy=remedy, request=request, status=status)
        self.location = location
        self.moved_to = moved_to


class WrongKey(CrmError):
    """401: the CRM does not know the API key."""

    remedy_by_default = "Copy the key again from Profile Settings → API Settings in the CRM."
    default_arrived = Arrived.NO


class NotAllowed(CrmError):
    """403: the user whose key it is may not do this."""

    remedy_by_default = "Use the key of a user who may do this, such as an administrator of the account."
    default_arrived = Arrived.NO


class NotFound(CrmError):
    """404: no such record, view or account."""

    remedy_by_default = "It may have been deleted meanwhile, or not be visible to the key's user; refresh to see."
    default_arrived = Arrived.YES


class Invalid(CrmError):
    """The CRM read the request and refused what it holds; `messages` says why."""

    remedy_by_default = "Correct what the CRM names and save again."
    default_arrived = Arrived.YES


class TooMany(CrmError):
    """429: the account's requests are used up, or (`bulk_jobs`) ten bulk jobs are already under way."""

    remedy_by_default = "Wait until the limit renews; other integrations of the account spend from the same limit."
    default_arrived = Arrived.NO
    bulk_jobs = False


class ServerFault(CrmError):
    """The CRM failed on its side."""

    remedy_by_default = "Nothing is wrong on this computer; try again in a few minutes."


class Unreadable(CrmError):
    """The answer is not what the CRM documents: a cut body, or a page for people instead of data."""

    remedy_by_default = "A proxy or a login page of the network may be in between; open the CRM in a browser to see."
