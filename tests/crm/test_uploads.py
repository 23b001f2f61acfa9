"""A file goes up whole and once: streamed, sent again only where nothing can have arrived."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from crmdesk.crm import writes
from crmdesk.crm.address import parse_bundle_alias
from crmdesk.crm.answers import Answer
from crmdesk.crm.budget import UnlimitedBudget
from crmdesk.crm.calls import Call, Upload, perform
from crmdesk.crm.client import CrmClient, Purpose, RetryPolicy
from crmdesk.crm.errors import Arrived, NoConnection
from crmdesk.crm.modules import BUILT_IN
from crmdesk.crm.uploads import PIECE, UnreadableFile
from tests.crm.clients import WRITE, with_client
from tests.support.aio import run

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess


def call_for(path: Path, **more: str) -> Call:
    values = {"path": str(path), "targetable_type": "Contact", "targetable_id": 1, **more}
    return writes.create(BUILT_IN["files"], values)


def upload(call: Call, answer: Callable[[httpx.Request], httpx.Response], sent: list[str]) -> Answer:
    """Sends it to `answer`; every attempt is noted in `sent`."""

    async def handle(request: httpx.Request) -> httpx.Response:
        await request.aread()
        return answer(request)

    async def main() -> Answer:
        client = CrmClient(
            parse_bundle_alias("https://acme.myfreshworks.com/crm/sales"),
            "key",
            UnlimitedBudget(),
            transport=httpx.MockTransport(handle),
            retry=RetryPolicy(first_wait=0.001),
        )
        try:
            return await perform(client, call, why=Purpose(kind="write", sent=sent.append))
        finally:
            await client.aclose()

    return run(main())


def test_a_file_is_sent_again_from_its_start_when_nobody_was_reached(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x" * (PIECE * 2 + 5))
    bodies: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        if len(bodies) == 1:
            raise httpx.ConnectError("refused")
        return httpx.Response(200, json={"id": 5})

    sent: list[str] = []
    assert upload(call_for(path), answer, sent).json() == {"id": 5}
    assert sent == ["write", "write"]
    assert bodies[0] == bodies[1]
    assert bodies[1].count(b"x") >= PIECE * 2 + 5


def test_a_file_whose_answer_was_lost_is_not_sent_again(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"abc")

    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("gone")

    sent: list[str] = []
    with pytest.raises(NoConnection) as lost:
        upload(call_for(path), answer, sent)
    assert lost.value.arrived is Arrived.UNKNOWN
    assert sent == ["write"]


@pytest.mark.parametrize("name", ["gone.txt", "."])
def test_what_is_no_file_is_refused_before_anything_is_sent(tmp_path: Path, name: str) -> None:
    sent: list[str] = []
    with pytest.raises(UnreadableFile):
        upload(call_for(tmp_path / name), lambda request: httpx.Response(200, json={}), sent)
    assert sent == []


def test_names_and_types_stand_in_the_form_as_browsers_write_them(tmp_path: Path) -> None:
    path = tmp_path / "Ünï 1.pdf"
    path.write_bytes(b"")
    seen: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        assert int(request.headers["content-length"]) == len(request.content)
        return httpx.Response(200, json={})

    upload(call_for(path, file_name="a\r\nb: c"), answer, [])
    assert 'name="file"; filename="Ünï 1.pdf"\r\nContent-Type: application/pdf'.encode() in seen[0]
    odd = Call("POST", "documents", form={}, upload=Upload(str(path), name='a"\r\nb.txt', content_type="text/x"))
    upload(odd, answer, [])
    assert b'filename="a%22%0D%0Ab.txt"\r\nContent-Type: text/x' in seen[1]


def test_a_file_that_is_cut_while_it_is_sent_is_not_half_there(sandbox: SandboxProcess, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x" * PIECE * 3)

    async def work(client: CrmClient) -> None:
        def cut(done: int, total: int) -> None:
            path.write_bytes(b"")

        with pytest.raises(UnreadableFile, match="to its end"):
            await perform(client, call_for(path), why=WRITE, progress=cut)
        assert (await client.get("contacts/filters")).status == 200

    before = sandbox.records("files")
    with_client(sandbox, work)
    assert sandbox.records("files") == before
