"""How the sandbox answers: JSON bodies, and the documented errors as exceptions."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from crmdesk.sandbox.store import dumps


class Refused(Exception):
    """An error of the API: its status, its messages, and headers that go with it."""

    def __init__(self, status: int, *messages: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(*messages)
        self.status = status
        self.messages = list(messages)
        self.headers = headers or {}


class Wrong(Refused):
    """A validation error: 400, or 500 on old accounts."""

    def __init__(self, *messages: str) -> None:
        super().__init__(400, *messages)


def denied() -> Refused:
    """What a user without the right to it is told."""
    return Refused(403, "Access Denied")


def unknown(what: str = "Requested resource not found") -> Refused:
    """What an unknown id or path is answered."""
    return Refused(404, what)


def answer(body: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(dumps(body), status, media_type="application/json; charset=utf-8")


def error_answer(error: Refused, *, legacy: bool) -> Response:
    """The documented error body; `legacy` accounts send validation errors with 500."""
    status = 500 if legacy and isinstance(error, Wrong) else error.status
    shape = {"errors": {"code": status, "message": error.messages}}
    return Response(dumps(shape), status, error.headers, "application/json; charset=utf-8")


async def body_of(request: Request) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty object."""
    text = await request.body()
    if not text.strip():
        return {}
    try:
        body = await request.json()
    except ValueError:
        raise Wrong("The request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise Wrong("The request body must be a JSON object")
    return body


def number(text: object, default: int) -> int:
    """A whole number from a query; the default for anything else."""
    try:
        return int(str(text))
    except ValueError:
        return default


def record_id(text: object) -> int:
    """An id from a path or a body, where it may be text; 404 for what is none."""
    try:
        found = int(str(text))
    except ValueError:
        raise unknown() from None
    if not -(2**63) <= found < 2**63:
        raise unknown()
    return found


def includes_of(request: Request) -> list[str]:
    """The values of `include=`, in their order."""
    return [part.strip() for part in request.query_params.get("include", "").split(",") if part.strip()]
