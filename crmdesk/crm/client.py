"""The one HTTP client: sends a request when the budget allows, and again only when that can do no harm.

The key goes into one header of requests to the account's own address and nowhere else: no redirect is
followed, no cookie kept, and no error or representation shows it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

from crmdesk.config.errors import InputError
from crmdesk.config.logs import register_secret
from crmdesk.crm.address import BundleAddress
from crmdesk.crm.answers import Answer, error_of, without_secrets
from crmdesk.crm.budget import Budget, Lane
from crmdesk.crm.errors import Arrived, CrmError, NoConnection, ServerFault, TimedOut, TooMany, Unreadable
from crmdesk.crm.uploads import Multipart, Progress, UnreadableFile, Upload

if TYPE_CHECKING:
    import httpx

CONNECTIONS = 12
CONNECT_SECONDS = 10.0
POOL_SECONDS = 60.0
UPLOAD_SECONDS = 300.0  # the CRM puts a file away before it answers
IDLE_SECONDS = 30.0  # below the minute after which servers usually close a connection that rests


class BadApiKey(InputError):
    """The text can't be an API key."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently a request is sent again; seconds, doubled each time, with jitter."""

    attempts: int = 5
    first_wait: float = 0.3
    longest_wait: float = 10.0

    def wait(self, failed: int) -> float:
        """The pause after the `failed`-th failure, counted from 1."""
        ceiling: float = min(self.longest_wait, self.first_wait * 2.0 ** (failed - 1))
        return ceiling * random.uniform(0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Purpose:
    """Who waits for a request, what it is for (read, write, follow, settle), and who is told of it."""

    lane: Lane = Lane.PERSON
    kind: str = "read"
    sent: Callable[[str], None] | None = None  # called with `kind` for every attempt
    waiting: Callable[[datetime], None] | None = None


PERSON_READS = Purpose()


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    body: Mapping[str, Any] | None = None
    params: Mapping[str, Any] | None = None
    parts: Multipart | None = None
    reading: bool = False


class CrmClient:
    """Requests to one account. Paths are relative to its API; what is no good answer is raised."""

    def __init__(
        self,
        address: BundleAddress,
        api_key: str,
        budget: Budget,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: float = 30,
        retry: RetryPolicy = RetryPolicy(),
    ) -> None:
        """No network yet: the connection pool is made at the first request. Raises BadApiKey."""
        self.address = address
        self._budget = budget
        self._transport = transport
        self._timeout = timeout
        self._retry = retry
        self._http: httpx.AsyncClient | None = None
        self._headers: dict[str, str] = {}
        self.use_key(api_key)

    def __repr__(self) -> str:
        return f"<CrmClient {self.address.url}>"

    def use_key(self, api_key: str) -> None:
        """Sends this key from the next request on."""
        key = api_key.strip()
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise BadApiKey("The API key is empty or holds characters that no key has.", subject="API key")
        register_secret(key)
        self._headers = {"Authorization": f"Token token={key}", "Accept": "application/json"}

    async def get(self, path: str, params: Mapping[str, Any] | None = None, *, why: Purpose = PERSON_READS) -> Answer:
        """Reads; sent again after any fault that passes."""
        return await self._persist(_Request("GET", path, None, params, reading=True), why)

    async def ask(
        self,
        path: str,
        body: Mapping[str, Any],
        params: Mapping[str, Any] | None = None,
        *,
        why: Purpose = PERSON_READS,
    ) -> Answer:
        """A POST that only reads, such as a search; treated like `get`."""
        return await self._persist(_Request("POST", path, body, params, reading=True), why)

    async def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        *,
        params: Mapping[str, Any] | None = None,
        why: Purpose,
    ) -> Answer:
        """Changes; sent again only when the CRM can't have acted on it (Arrived.NO)."""
        return await self._persist(_Request(method, path, body, params), why)

    async def upload(
        self,
        path: str,
        upload: Upload,
        form: Mapping[str, str],
        *,
        progress: Progress | None = None,
        why: Purpose,
    ) -> Answer:
        """Sends a file as multipart/form-data, streamed; treated like `send`. Raises UnreadableFile first."""
        parts = await Multipart.opened(upload, form, progress)
        return await self._persist(_Request("POST", path, parts=parts), why)

    async def aclose(self) -> None:
        """Closes the connections."""
        client, self._http = self._http, None
        if client is not None:
            await client.aclose()

    async def _persist(self, request: _Request, why: Purpose) -> Answer:
        failed = 0
        while True:
            await self._budget.take(why.lane, why.waiting)
            if why.sent is not None:
                why.sent(why.kind)
            try:
                return await self._once(request)
            except TooMany as error:
                if error.bulk_jobs or self._budget.state().blocked_until is None:
                    raise
            except (NoConnection, TimedOut, ServerFault, Unreadable) as error:
                failed += 1
                if failed >= self._retry.attempts or not (request.reading or error.arrived is Arrived.NO):
                    raise
                await self._rest(error, failed, why)

    async def _rest(self, error: CrmError, failed: int, why: Purpose) -> None:
        if error.retry_after is None:
            await asyncio.sleep(self._retry.wait(failed))
            return
        if why.waiting is not None:
            why.waiting(datetime.now(UTC) + timedelta(seconds=error.retry_after))
        await asyncio.sleep(error.retry_after)

    async def _once(self, request: _Request) -> Answer:
        import httpx

        client = self._http or self._open()
        told = f"{request.method} {request.path}"
        options: dict[str, Any] = {"params": request.params, "json": request.body}
        headers = self._headers
        if request.parts is not None:
            headers = headers | request.parts.headers
            patient = httpx.Timeout(self._timeout, connect=CONNECT_SECONDS, pool=POOL_SECONDS, read=UPLOAD_SECONDS)
            options = {"content": request.parts.stream(), "timeout": patient}
        answered = False
        try:
            response = await client.request(
                request.method, f"{self.address.api}/{request.path}", headers=headers, **options
            )
            answered = True
        except httpx.TransportError as error:
            raise _lost(error, told) from None
        except OSError as error:
            if request.parts is None:
                raise
            raise UnreadableFile("The file can't be read to its end.", subject="file", details=str(error)) from None
        except (httpx.DecodingError, httpx.InvalidURL) as error:
            raise Unreadable(
                "The answer can't be unpacked.",
                details=type(error).__name__,
                arrived=Arrived.UNKNOWN,
                request=told,
            ) from None
        finally:
            if not answered:
                self._budget.told(0, {})
        return self._judged(response, told, reading=request.reading)

    def _judged(self, response: httpx.Response, told: str, *, reading: bool) -> Answer:
        status, headers = response.status_code, response.headers
        content = without_secrets(response.content)
        if status >= 300:
            error = error_of(status, headers, content, told, address=self.address, reading=reading)
            self._budget.told(status, headers, bulk_jobs=isinstance(error, TooMany) and error.bulk_jobs)
            raise error
        self._budget.told(status, headers)
        answer = Answer(status, content, headers, told)
        if not reading and _needs_no_body(told, status, content):
            return answer
        try:
            answer.json()
        except Unreadable as error:
            error.arrived = Arrived.YES if reading else Arrived.UNKNOWN
            raise
        return answer

    def _open(self) -> httpx.AsyncClient:
        import httpx

        direct = self.address.loopback
        verify: Any = True
        if self._transport is None and not direct:
            verify = company_certificates()
        self._http = httpx.AsyncClient(
            transport=self._transport,
            verify=verify if not direct else self.address.url.startswith("https:"),
            timeout=httpx.Timeout(self._timeout, connect=min(self._timeout, CONNECT_SECONDS), pool=POOL_SECONDS),
            limits=httpx.Limits(
                max_connections=CONNECTIONS,
                max_keepalive_connections=CONNECTIONS,
                keepalive_expiry=IDLE_SECONDS,
            ),
            follow_redirects=False,
            trust_env=not direct,  # the environment's proxy has no business with a sandbox on this machine
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )
        return self._http


def company_certificates() -> Any:
    """The operating system's trust store, where companies install their own authorities."""
    import ssl

    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _needs_no_body(told: str, status: int, content: bytes) -> bool:
    """Deletes answer true, a message, a record or nothing, by module; a page for people is none of these."""
    return status == 204 or (told.startswith("DELETE ") and content.lstrip()[:1] != b"<")


def _lost(error: httpx.TransportError, told: str) -> CrmError:
    """The error for a request that got no answer, and whether it can have reached the CRM."""
    import httpx

    at_the_door = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
    never_sent = isinstance(error, (*at_the_door, httpx.UnsupportedProtocol))
    arrived = Arrived.NO if never_sent else Arrived.UNKNOWN
    details = f"{type(error).__name__}: {error}"
    if isinstance(error, httpx.TimeoutException):
        return TimedOut("The CRM did not answer in time.", details=details, arrived=arrived, request=told)
    if "CERTIFICATE_VERIFY_FAILED" in details:
        return NoConnection(
            "The server's certificate is not trusted on this computer.",
            remedy="If the company inspects its traffic, its authority must be in the system's trust store.",
            details=details,
            arrived=arrived,
            request=told,
        )
    message = "The CRM can't be reached." if never_sent else "The connection broke before the answer was complete."
    return NoConnection(message, details=details, arrived=arrived, request=told)
