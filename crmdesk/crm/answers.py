"""What an answer of the CRM means: its JSON without secrets, or the error it stands for. No network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from crmdesk.config.errors import InputError
from crmdesk.crm.address import BundleAddress, parse_bundle_alias
from crmdesk.crm.budget import http_date, retry_after
from crmdesk.crm.errors import (
    Arrived,
    CrmError,
    Invalid,
    NotAllowed,
    NotFound,
    RefusedRedirect,
    ServerFault,
    TimedOut,
    TooMany,
    Unreadable,
    WrongKey,
)

_COLLABORATION = b'"fc_widget_collaboration"'
_COLLABORATION_MEMBER = re.compile(rb'"fc_widget_collaboration"\s*:\s*(?:null|\{(?:[^{}"\\]|"[^"\\]*")*\})')
_SECRET_NAME = re.compile(r"fc_widget_collaboration|(?:collab|convo|auth|jwt).*token", re.IGNORECASE)
_SECRET_KEY = re.compile(
    rb'"(?:fc_widget_collaboration|[^"]{0,80}(?:collab|convo|auth|jwt)[^"]{0,80}token[^"]{0,80})"\s*:',
    re.IGNORECASE,
)
_REST_OF_KEY = re.compile(rb'(?:oken|OKEN)[A-Za-z0-9_-]{0,80}"\s*:')
_BLANKS = b" \t\r\n"
_LOGIN_PATH = re.compile(r"log-?in|sign-?in|/sso\b|/saml|/oauth|authori[sz]e", re.IGNORECASE)
_BULK_JOBS_MESSAGE = re.compile(r"concurrent|in[- ]progress|simultaneous|(?:bulk|batch).*(?:limit|maximum)", re.I)
_MESSAGE_KEYS = ("errors", "error", "message", "messages", "error_message", "description")
_CODE_KEYS = frozenset({"code", "status", "login", "error_code", "require_login"})
_UNSET = object()


@dataclass(slots=True)
class Answer:
    """A good answer: its status, its body without secrets, its headers."""

    status: int
    content: bytes
    headers: Mapping[str, str]
    request: str = ""
    _parsed: Any = field(default=_UNSET, repr=False)

    @property
    def server_time(self) -> datetime | None:
        """The server's clock when it answered (the Date header), in UTC."""
        return http_date(self.headers.get("date", ""))

    def json(self) -> Any:
        """The body as data; raises Unreadable."""
        if self._parsed is _UNSET:
            self._parsed = parse_json(self.content, self.request, self.status)
        return self._parsed


def parse_json(content: bytes, request: str, status: int) -> Any:
    """The body as data; raises Unreadable(arrived=YES)."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        what = "a page for people" if content.lstrip()[:1] == b"<" else "a cut or damaged answer"
        raise Unreadable(
            f"The CRM sent {what} instead of data.", arrived=Arrived.YES, status=status, request=request
        ) from None


def without_secrets(content: bytes) -> bytes:
    """The body with the collaboration tokens of deals taken out; the very same bytes if it holds none."""
    if _COLLABORATION in content:
        content = _cut_members(content)
    suspect = _COLLABORATION in content or _has_token_key(content)
    return _dumped_without_secrets(content) if suspect and _SECRET_KEY.search(content) else content


def _has_token_key(content: bytes) -> bool:
    """Whether a key of the body ends in something with "token"; cheap enough for every body."""
    for word in (b"oken", b"OKEN"):
        at = content.find(word)
        while at >= 0:
            if _REST_OF_KEY.match(content, at):
                return True
            at = content.find(word, at + 4)
    return False


def _cut_members(content: bytes) -> bytes:
    """Cuts `"fc_widget_collaboration": {…}` out with one comma beside it."""
    kept: list[bytes] = []
    start = 0
    for match in _COLLABORATION_MEMBER.finditer(content):
        before = content[start : match.start()].rstrip(_BLANKS)
        end = match.end()
        if before.endswith(b","):
            before = before[:-1]
        else:
            while content[end : end + 1] in (b" ", b"\t", b"\r", b"\n"):
                end += 1
            if content[end : end + 1] == b",":
                end += 1
        kept.append(before)
        start = end
    kept.append(content[start:])
    return b"".join(kept)


def _dumped_without_secrets(content: bytes) -> bytes:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return b""  # unreadable and with a token in it: nothing of it is kept
    return json.dumps(_dropped(data), ensure_ascii=False, separators=(",", ":")).encode()


def _dropped(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _dropped(value) for key, value in data.items() if not _SECRET_NAME.search(key)}
    if isinstance(data, list):
        return [_dropped(value) for value in data]
    return data


def error_of(
    status: int,
    headers: Mapping[str, str],
    content: bytes,
    request: str,
    *,
    address: BundleAddress,
    reading: bool,
) -> CrmError:
    """The error that a status of 300 and up stands for (crm-api.txt, "Errors"; api-in-practice.md)."""
    if 300 <= status < 400:
        return _redirect(status, headers.get("location", ""), request, address)
    messages = error_messages(content)
    wait = retry_after(headers)
    known: dict[str, Any] = {"status": status, "messages": messages, "request": request, "retry_after": wait}
    told = "; ".join(messages)
    if (status == 429 or status in (400, 403, 409, 422)) and _is_bulk_jobs(request, told):
        error = TooMany(told, remedy="It goes on by itself when one of the ten bulk jobs has ended.", **known)
        error.bulk_jobs = True
        return error
    if status == 429:
        return TooMany("The account's requests are used up for now.", details=told, **known)
    if status == 401:
        return WrongKey("The CRM does not accept this API key.", details=told, **known)
    if status == 403:
        return NotAllowed(told or "The key's user may not do this.", **known)
    if status in (404, 410):
        return NotFound(told or f"The CRM knows nothing under {request.partition(' ')[2]}.", **known)
    arrived = Arrived.YES if reading else Arrived.UNKNOWN
    if status == 408:
        return TimedOut("The CRM gave up waiting for the request.", arrived=arrived, **known)
    if status < 500 or (status == 500 and _says_why(messages)):
        return Invalid(told or f"The CRM refused the request (status {status}).", **known)
    return ServerFault(told or f"The CRM failed on its side (status {status}).", arrived=arrived, **known)


def error_messages(content: bytes) -> tuple[str, ...]:
    """All messages of an error body, whatever its shape; none for a page or an empty body."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return ()
    return tuple(dict.fromkeys(texts_in(body)))


def texts_in(body: Any) -> Iterable[str]:
    if isinstance(body, str):
        if body.strip():
            yield body.strip()
    elif isinstance(body, list):
        for item in body:
            yield from texts_in(item)
    elif isinstance(body, dict):
        found = [body[key] for key in _MESSAGE_KEYS if key in body]
        if not found:  # {"mobile_number": ["is invalid"]} inside errors; codes and flags say nothing to a person
            found = [
                [f"{key}: {text}" for text in texts_in(value)] for key, value in body.items() if key not in _CODE_KEYS
            ]
        for item in found:
            yield from texts_in(item)


def _says_why(messages: tuple[str, ...]) -> bool:
    """Whether a 500 tells more than that it is one; old accounts answer validation so, with their reasons."""
    return any(text.rstrip(".").lower() != HTTPStatus.INTERNAL_SERVER_ERROR.phrase.lower() for text in messages)


def _is_bulk_jobs(request: str, told: str) -> bool:
    return request.endswith("/bulk_upsert") and bool(_BULK_JOBS_MESSAGE.search(told))


def _redirect(status: int, location: str, request: str, address: BundleAddress) -> CrmError:
    try:
        parts = urlsplit(location)
        shown = urlunsplit((parts.scheme, parts.hostname or "", parts.path, "", ""))
        host = (parts.hostname or "").lower()
    except ValueError:
        return RefusedRedirect("The CRM points to an unreadable address.", location="", request=request, status=status)
    if _LOGIN_PATH.search(parts.path):
        return WrongKey("The CRM asks for a login instead of taking the API key.", status=status, request=request)
    moved_to = _moved_to(location, host, address)
    if moved_to:
        return RefusedRedirect(
            f"The account has moved to {moved_to}.",
            location=shown,
            moved_to=moved_to,
            request=request,
            status=status,
        )
    return RefusedRedirect(
        f"The CRM points to another address, {shown or 'which it does not name'}; the key is not sent there.",
        location=shown,
        request=request,
        status=status,
    )


def _moved_to(location: str, host: str, address: BundleAddress) -> str | None:
    """The canonical address behind a redirect, when it is another host of the CRM."""
    if not host or host == address.host:
        return None
    try:
        found = parse_bundle_alias(location)
    except InputError:
        return None
    return None if found.loopback and not address.loopback else found.url
