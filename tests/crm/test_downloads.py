"""Files of other hosts come without the key, over https, whole or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from crmdesk.config.errors import CrmDeskError
from crmdesk.crm.downloads import NoFileAddress, NotWritable, TooLarge, download, safe_name
from crmdesk.crm.errors import NoConnection, NotFound, RefusedRedirect, ServerFault, TimedOut
from tests.support.aio import run

URL = "https://files.example/1/a.txt?Signature=s"
Handler = Callable[[httpx.Request], httpx.Response]


def fetch(path: Path, answer: Handler, url: str = URL, **more: object) -> Path:
    return run(download(url, path, transport=httpx.MockTransport(answer), **more))  # type: ignore[arg-type]


def refused(path: Path, answer: Handler, error: type[CrmDeskError], url: str = URL, **more: object) -> str:
    """The message of a refusal; nothing is left behind, and what was there stays."""
    path.write_text("old", encoding="utf-8")
    with pytest.raises(error) as told:
        fetch(path, answer, url, **more)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(path.parent.iterdir()) == [path]
    return told.value.message


def test_a_file_is_fetched_without_the_key_and_put_in_place(tmp_path: Path) -> None:
    seen: list[httpx.Request] = []
    told: list[tuple[int, int]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.host == "files.example":
            return httpx.Response(302, headers={"location": "https://elsewhere.example/b"})
        return httpx.Response(200, content=b"content")

    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")
    assert fetch(path, answer, progress=lambda done, total: told.append((done, total))) == path
    assert path.read_bytes() == b"content"
    assert told == [(7, 7)]
    assert [request.url.host for request in seen] == ["files.example", "elsewhere.example"]
    assert not any("authorization" in request.headers or "cookie" in request.headers for request in seen)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://files.example/a", "not https"),
        ("file:///etc/passwd", "no address"),
        ("ftp://files.example/a", "not https"),
        ("https://me:word@files.example/a", "name or password"),
        ("https://127.0.0.1/a", "this computer"),
        ("http://localhost:8000/a", "this computer"),
        ("https://files.example:99999/a", "no address"),
        ("", "no address"),
    ],
)
def test_unsafe_addresses_are_not_asked(tmp_path: Path, url: str, why: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"asked {request.url}")

    with pytest.raises(NoFileAddress, match=why):
        fetch(tmp_path / "a", answer, url)
    assert list(tmp_path.iterdir()) == []


def test_a_redirect_is_looked_at_like_an_address(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": "http://files.example/a"})

    assert "not https" in refused(tmp_path / "a", answer, NoFileAddress)

    def circle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": URL})

    assert "circles" in refused(tmp_path / "a", circle, RefusedRedirect)


def test_loopback_is_for_accounts_on_loopback(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"x")

    assert fetch(tmp_path / "a", answer, "http://localhost:8000/a", loopback=True).read_bytes() == b"x"


@pytest.mark.parametrize("told", [True, False], ids=["told", "not-told"])
def test_more_than_the_limit_is_refused_and_the_limit_is_told(tmp_path: Path, told: bool) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield b"x" * 1024**2

        headers = {"content-length": str(3 * 1024**2)} if told else {}
        return httpx.Response(200, content=pieces(), headers=headers)

    assert "2 MB" in refused(tmp_path / "a", answer, TooLarge, limit=2 * 1024**2)


@pytest.mark.parametrize(
    ("status", "error"), [(403, NotFound), (404, NotFound), (500, ServerFault), (304, ServerFault)]
)
def test_an_answer_without_the_file_is_no_file(tmp_path: Path, status: int, error: type[CrmDeskError]) -> None:
    refused(tmp_path / "a", lambda request: httpx.Response(status), error)


def test_a_broken_connection_leaves_nothing_behind(tmp_path: Path) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"half"
            raise httpx.ReadError("gone")

        return httpx.Response(200, content=pieces())

    refused(tmp_path / "a", broken, NoConnection)

    def slow(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow")

    refused(tmp_path / "a", slow, TimedOut)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotWritable, match=r"a\.txt"):
        fetch(tmp_path / "no" / "a.txt", lambda request: httpx.Response(200, content=b"x"))


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("offer.pdf", "offer.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\a.txt", "a.txt"),
        ("a:b*c?.txt", "a b c .txt"),
        ("CON.txt", "_CON.txt"),
        ("aux", "_aux"),
        (" .hidden. ", "hidden"),
        ("..", "file"),
        ("", "file"),
        ("pay\u202egpj.exe", "pay gpj.exe"),
        ("two\nlines\x00.txt", "two lines .txt"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("Ünïcode 更新.docx", "Ünïcode 更新.docx"),
    ],
)
def test_names_of_the_crm_are_made_safe(told: str, name: str) -> None:
    assert safe_name(told) == name
