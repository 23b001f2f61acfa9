"""Fetching a file that the CRM points to. It lies on another host, so it is asked for without the key.

https only (loopback excepted where the account itself is on loopback), every redirect looked at, streamed into a
file beside the target that is moved into place when it is whole.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urljoin, urlsplit

from crmdesk.config.errors import InputError
from crmdesk.crm.address import is_loopback
from crmdesk.crm.errors import Arrived, NoConnection, NotFound, RefusedRedirect, ServerFault, TimedOut

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 2 * 1024**3
MOST_REDIRECTS = 5
LONGEST_NAME = 120
PIECE = 256 * 1024

_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))})


class TooLarge(InputError):
    """A file is larger than what is fetched."""


class NoFileAddress(InputError):
    """A link of the CRM that is not fetched: no address, or one that is not safe."""


class NotWritable(InputError):
    """The file can't be put where it was wanted."""


def safe_name(text: str, otherwise: str = "file") -> str:
    """A name from the CRM as a file's name on any system: no folders, controls, reserved names; 120 characters."""
    last = text.replace("\\", "/").rpartition("/")[2]
    kept = "".join(" " if letter in '<>:"|?*' or _invisible(letter) else letter for letter in last)
    name = " ".join(kept.split()).strip(". ")
    stem, dot, suffix = name.rpartition(".")
    if dot and stem and len(name) > LONGEST_NAME:
        name = f"{stem[: LONGEST_NAME - len(suffix[:20]) - 1]}.{suffix[:20]}"
    name = name[:LONGEST_NAME].strip(". ")
    if name.partition(".")[0].strip().lower() in _RESERVED:
        name = f"_{name}"
    return name or otherwise


def _invisible(letter: str) -> bool:
    """Controls, and marks that turn the writing direction so that "gpj.exe" reads as "exe.jpg"."""
    return unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


async def download(
    url: str,
    path: Path,
    progress: Callable[[int, int], None] | None = None,
    *,
    loopback: bool = False,
    limit: int = MOST_BYTES,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Path:
    """Fetches a file to exactly `path` (replaced when it is whole); `progress(bytes, total or 0)`.

    `loopback`: whether an address on this machine may be meant (`client.address.loopback`). Raises NoFileAddress,
    TooLarge, NotWritable, CrmError.
    """
    import httpx

    checked = _checked(url, loopback)
    part = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.part")
    try:
        file = await asyncio.to_thread(part.open, "xb")
    except OSError as error:
        raise NotWritable(f"“{path.name}” can't be written.", subject="file", details=str(error)) from None
    try:
        with file:
            async with httpx.AsyncClient(
                transport=transport,
                verify=_certificates(checked),
                timeout=httpx.Timeout(30, connect=10),
                follow_redirects=False,
                trust_env=not loopback,
            ) as client:
                await _fetch(client, checked, file, progress, loopback=loopback, limit=limit)
        await asyncio.to_thread(os.replace, part, path)
    except OSError as error:
        raise NotWritable(f"“{path.name}” can't be written.", subject="file", details=str(error)) from None
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)
    return path


def _checked(url: str, loopback: bool) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - asking for it raises ValueError where it is none
    except ValueError:
        host = ""
    if not host:
        raise NoFileAddress("The CRM gave no address for this file.", subject="file")
    if parts.username or parts.password:
        raise NoFileAddress("The file's address holds a name or password; it is not fetched.", subject="file")
    here = is_loopback(host)
    if here and not loopback:
        raise NoFileAddress("The file's address points to this computer; it is not fetched.", subject="file")
    if parts.scheme != "https" and not (here and parts.scheme == "http"):
        raise NoFileAddress(
            f"The file's address is not https ({parts.scheme or 'none'}); it is not fetched.", subject="file"
        )
    return url


def _certificates(url: str) -> Any:
    from crmdesk.crm.client import company_certificates

    return company_certificates() if url.startswith("https:") else True


async def _fetch(
    client: httpx.AsyncClient,
    url: str,
    file: BinaryIO,
    progress: Callable[[int, int], None] | None,
    *,
    loopback: bool,
    limit: int,
) -> None:
    import httpx

    try:
        for _ in range(MOST_REDIRECTS + 1):
            async with client.stream("GET", url, headers={"Accept": "*/*"}) as response:
                if response.has_redirect_location:
                    url = _checked(urljoin(url, response.headers.get("location", "")), loopback)
                    continue
                _raise_for(response.status_code)
                await _store(response, file, progress, limit)
                return
    except httpx.TimeoutException as error:
        raise TimedOut("The file did not come in time.", details=str(error), arrived=Arrived.YES) from None
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise NoConnection("The file can't be fetched.", details=str(error), arrived=Arrived.YES) from None
    raise RefusedRedirect("The file's address leads in circles.", location="", request="GET file", status=302)


def _raise_for(status: int) -> None:
    if status in (401, 403, 404, 410):
        raise NotFound(
            "The file is no longer at this address.",
            remedy="Its address expires; load the list of files again.",
            status=status,
            request="GET file",
        )
    if status >= 300:
        raise ServerFault(
            f"The server that keeps the file answered with status {status}.",
            arrived=Arrived.YES,
            status=status,
            request="GET file",
        )


async def _store(
    response: httpx.Response, file: BinaryIO, progress: Callable[[int, int], None] | None, limit: int
) -> None:
    told = response.headers.get("content-length", "")
    total = int(told) if told.isdigit() and "content-encoding" not in response.headers else 0
    if total > limit:
        raise _too_large(limit)
    got = 0
    async for piece in response.aiter_bytes(PIECE):
        got += len(piece)
        if got > limit:
            raise _too_large(limit)
        await asyncio.to_thread(file.write, piece)
        if progress is not None:
            progress(got, total)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"The file is larger than {limit // 1024**2:,} MB, the most that is fetched.",
        subject="file",
        remedy="Open its address in a browser instead.",
    )
