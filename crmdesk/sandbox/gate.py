"""What every API request passes: the log, the key, the limits and the faults, around the handlers."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crmdesk.sandbox.account import Account
from crmdesk.sandbox.answers import Refused, answer, error_answer
from crmdesk.sandbox.faulty import Fate
from crmdesk.sandbox.modules import Body
from crmdesk.sandbox.options import ADDRESS

API = f"{ADDRESS}/api/"
_GARBAGE = "<!DOCTYPE html><html><head><title>We'll be right back</title></head><body><h1>Oops</h1></body></html>"


class Gate:
    """Lets what lies beside the API through untouched; an API request is logged, counted and may go wrong."""

    def __init__(self, app: ASGIApp, account: Account) -> None:
        self.app = app
        self.account = account

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        if scope["type"] != "http" or not scope["path"].startswith(API):
            await self.app(scope, receive, send)
            return
        account = self.account
        entry = account.noted(scope["method"], scope["path"])
        if account.options.latency:
            await asyncio.sleep(account.options.latency / 1000)
        request = Request(scope, receive)
        user = account.user_of(request.headers.get("authorization", ""))
        if user is None:
            await self._answer(_login(request), entry, scope, receive, send)
            return
        if not account.limits.spend():
            refused = Refused(429, "Too many requests", headers=account.limits.refusal_headers())
            await self._answer(error_answer(refused, legacy=False), entry, scope, receive, send)
            return
        scope["state"]["user"] = user
        await self._with_faults(account.draws.next(), entry, scope, receive, send)

    async def _with_faults(self, fate: Fate, entry: Body, scope: Scope, receive: Receive, send: Send) -> None:
        if fate.delay:
            await asyncio.sleep(fate.delay)
        if fate.drop_before:
            await _drop(scope, receive)
            return
        if fate.status:
            await self._answer(_fault_answer(fate.status), entry, scope, receive, send)
            return
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, keep)
        if fate.drop_after:
            await _drop(scope, receive)
            return
        start = messages[0]
        body = b"".join(message.get("body", b"") for message in messages[1:])
        headers = [(key, value) for key, value in start["headers"] if key != b"content-length"]
        if fate.garbage:
            start["status"], headers, body = 200, [(b"content-type", b"text/html; charset=utf-8")], _GARBAGE.encode()
        whole = len(body)
        if fate.truncate:
            body = body[: whole // 2]
        length = whole if fate.truncate and not fate.cut_whole else len(body)
        headers += [(b"content-length", str(length).encode()), *self._headers()]
        entry["status"] = start["status"]
        await send({"type": "http.response.start", "status": start["status"], "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": length != len(body)})
        if length != len(body):
            await _drop(scope, receive)

    def _headers(self) -> list[tuple[bytes, bytes]]:
        return [(key.encode(), value.encode()) for key, value in self.account.limits.headers().items()]

    async def _answer(self, response: Response, entry: Body, scope: Scope, receive: Receive, send: Send) -> None:
        entry["status"] = response.status_code
        response.headers.update(self.account.limits.headers())
        await response(scope, receive, send)


def _login(request: Request) -> Response:
    accepted = request.headers.get("accept", "*/*")
    if "text/html" in accepted and "json" not in accepted:
        return RedirectResponse(f"{ADDRESS}/login", 302)
    return answer({"login": "failed"}, 401)


def _fault_answer(status: int) -> Response:
    """A server's fault has no error body, since a 500 with one is a validation error; others have theirs."""
    if status >= 500:
        return PlainTextResponse("upstream connect error or disconnect/reset before headers", status)
    if status == 401:
        return answer({"login": "failed"}, 401)
    return error_answer(Refused(status, "Too many requests" if status == 429 else "Refused"), legacy=False)


async def _drop(scope: Scope, receive: Receive) -> None:
    """Close the connection as it is. What was written already is sent, nothing more."""
    transport: Any = scope["state"]["transport"]
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
