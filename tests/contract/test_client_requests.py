"""The client sends exactly the documented request for every documented example, and asks for every selector."""

from __future__ import annotations

import json
from email import message_from_bytes
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from crmdesk.crm.address import parse_bundle_alias
from crmdesk.crm.budget import UnlimitedBudget
from crmdesk.crm.calls import perform
from crmdesk.crm.client import CrmClient, Purpose
from tests.contract.made import FILE, READS, WRITES, selector
from tests.support.aio import run

EXAMPLES = Path(__file__).parents[3] / "shared" / "contract" / "examples.json"
if not EXAMPLES.exists():
    pytest.skip(f"the reference's examples are not at {EXAMPLES}", allow_module_level=True)

CONTRACT = json.loads(EXAMPLES.read_text(encoding="utf-8"))
DOCUMENTED: dict[int, dict[str, Any]] = {example["id"]: example for example in CONTRACT["examples"]}
SELECTORS: list[str] = CONTRACT["selectors"]
KEY = "a-key-for-the-contract"
PAGING = {"page", "per_page"}  # the reference's own parameters of every list


def sent(made: partial[Any], answer: Any, *, reading: bool) -> httpx.Request:
    """The one request that goes out, answered as the reference prints it."""
    seen: list[httpx.Request] = []

    async def note(request: httpx.Request) -> httpx.Response:
        await request.aread()
        seen.append(request)
        return httpx.Response(200, json={} if answer is None else answer)

    async def main() -> None:
        client = CrmClient(
            parse_bundle_alias("https://domain.myfreshworks.com/crm/sales"),
            KEY,
            UnlimitedBudget(),
            transport=httpx.MockTransport(note),
        )
        try:
            if reading:
                await made.func(client, *made.args, **made.keywords)
                return
            calls = made()
            for call in calls if isinstance(calls, list) else [calls]:
                await perform(client, call, why=Purpose(kind="write"))
        finally:
            await client.aclose()

    run(main())
    (only,) = seen
    return only


def compare(request: httpx.Request, example: dict[str, Any], *, reading: bool) -> None:
    documented = httpx.URL(f"https://domain.myfreshworks.com/crm/sales{example['path']}")
    assert request.method == example["method"]
    assert request.url.copy_with(query=None) == documented.copy_with(query=None)
    given, wanted = dict(request.url.params), dict(documented.params)
    if reading:
        extra = given.keys() - wanted.keys()
        assert extra <= PAGING
        given = {key: value for key, value in given.items() if key not in extra}
    assert given == wanted
    assert request.headers["authorization"] == f"Token token={KEY}"
    if example["form"] is None:
        body = json.loads(request.content) if request.content else None
        assert body == example["body"]
        assert body is None or request.headers["content-type"] == "application/json"


@pytest.mark.parametrize("number", sorted(set(WRITES) - {134}), ids=lambda n: f"{n}-{DOCUMENTED[n]['path']}")
def test_a_documented_write_is_sent_as_it_is_printed(number: int) -> None:
    example = DOCUMENTED[number]
    compare(sent(WRITES[number], example["response"], reading=False), example, reading=False)


@pytest.mark.parametrize("number", sorted(READS), ids=lambda n: f"{n}-{DOCUMENTED[n]['path']}")
def test_a_documented_read_is_sent_as_it_is_printed(number: int) -> None:
    example = DOCUMENTED[number]
    answer = example["response"] or {"contact": {"id": 1}, "sales_activities": [], "meta": {}}
    compare(sent(READS[number], answer, reading=True), example, reading=True)


def test_a_file_is_uploaded_with_the_documented_form() -> None:
    example = DOCUMENTED[134]
    request = sent(WRITES[134], example["response"], reading=False)
    compare(request, example, reading=False)
    kind = request.headers["content-type"]
    assert kind.startswith("multipart/form-data; boundary=")
    assert int(request.headers["content-length"]) == len(request.content)
    message = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + request.content)
    parts = {str(part.get_param("name", header="content-disposition")): part for part in message.get_payload()}  # type: ignore[union-attr]
    assert parts.keys() == example["form"].keys()
    for name, documented in example["form"].items():
        body = parts[name].get_payload(decode=True)  # type: ignore[union-attr]
        assert body == (FILE.read_bytes() if name == "file" else documented.encode())
    assert parts["file"].get_filename() == FILE.name  # type: ignore[union-attr]


@pytest.mark.parametrize("path", SELECTORS)
def test_every_selector_is_asked_for_by_its_path(path: str) -> None:
    path = path.replace("[id]", "2")
    key = path.rpartition("/")[2]
    made = selector(path)
    request = sent(made, {key: []}, reading=True)
    assert (request.method, request.url.path, request.url.query) == ("GET", f"/crm/sales{path}", b"")


def test_all_examples_are_covered() -> None:
    assert sorted([*WRITES, *READS]) == sorted(DOCUMENTED)
    assert len(DOCUMENTED) == 154
    assert len(SELECTORS) == 21
    assert all(DOCUMENTED[number]["method"] == "GET" for number in READS)
    assert all(DOCUMENTED[number]["method"] != "GET" for number in WRITES)
