"""The client against faults: what is sent again and what is not, redirects, errors, secrets."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from crmdesk.crm.address import parse_bundle_alias
from crmdesk.crm.budget import UnlimitedBudget
from crmdesk.crm.client import BadApiKey, CrmClient, Purpose, RetryPolicy
from crmdesk.crm.errors import (
    Arrived,
    CrmError,
    Invalid,
    NoConnection,
    NotAllowed,
    NotFound,
    RefusedRedirect,
    ServerFault,
    TimedOut,
    TooMany,
    Unreadable,
    WrongKey,
)
from tests.support.aio import run

KEY = "sfg999666t673t7t82"
ADDRESS = parse_bundle_alias("acme")
AT_ONCE = RetryPolicy(attempts=5, first_wait=0, longest_wait=0)
OK = {"contact": {"id": 1}}
GARBAGE = b"<html><body>Bad gateway</body></html>"

Reply = httpx.Response | Exception


class Server:
    """Answers with the given replies in turn, the last one for ever, and keeps the requests."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)


def with_client(
    server: Server, work: Callable[[CrmClient], Awaitable[Any]], budget: UnlimitedBudget | None = None
) -> Any:
    async def main() -> Any:
        client = CrmClient(
            ADDRESS, KEY, budget or UnlimitedBudget(), transport=httpx.MockTransport(server), retry=AT_ONCE
        )
        try:
            return await work(client)
        finally:
            await client.aclose()

    return run(main())


def read(server: Server, budget: UnlimitedBudget | None = None) -> Any:
    return with_client(server, lambda client: client.get("contacts/1"), budget)


def write(server: Server, method: str = "PUT") -> Any:
    why = Purpose(kind="write")
    return with_client(server, lambda client: client.send(method, "contacts/1", {"contact": {}}, why=why))


def reply(status: int, body: Any = None, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(body, bytes):
        return httpx.Response(status, content=body, headers=named)
    return httpx.Response(status, json=OK if body is None else body, headers=named)


def test_a_request_is_as_documented() -> None:
    server = Server(reply(200))
    assert read(server).json() == OK
    request = server.requests[0]
    assert str(request.url) == "https://acme.myfreshworks.com/crm/sales/api/contacts/1"
    assert request.headers["authorization"] == f"Token token={KEY}"
    assert request.headers["accept"] == "application/json"


PASSING_FAULTS: list[Reply] = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.PoolTimeout("full"),
    httpx.ReadError("reset"),
    httpx.ReadTimeout("slow"),
    httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
    reply(500, {"error_code": 500}),
    reply(500, b""),
    reply(502, GARBAGE),
    reply(503, {"errors": {"code": 503, "message": ["Service unavailable"]}}),
    reply(504, GARBAGE),
    reply(200, GARBAGE),
    reply(200, b'{"contact": {"id": 1, "na'),
    reply(200, b""),
]


@pytest.mark.parametrize("fault", PASSING_FAULTS, ids=repr)
def test_reads_are_sent_again_after_what_passes(fault: Reply) -> None:
    server, budget = Server(fault, fault, reply(200)), UnlimitedBudget()
    assert read(server, budget).json() == OK
    assert len(server.requests) == 3
    assert budget.taken == 3


@pytest.mark.parametrize("fault", PASSING_FAULTS, ids=repr)
def test_reads_give_up_after_five_attempts(fault: Reply) -> None:
    server = Server(fault)
    with pytest.raises((NoConnection, TimedOut, ServerFault, Unreadable)) as lost:
        read(server)
    assert len(server.requests) == 5
    assert lost.value.request == "GET contacts/1"
    assert lost.value.remedy


@pytest.mark.parametrize("fault", PASSING_FAULTS[:3], ids=repr)
def test_writes_that_never_left_are_sent_again(fault: Reply) -> None:
    server = Server(fault, reply(200))
    assert write(server).json() == OK
    assert len(server.requests) == 2


@pytest.mark.parametrize("fault", PASSING_FAULTS[3:], ids=repr)
def test_writes_of_unknown_outcome_are_never_sent_again(fault: Reply) -> None:
    server = Server(fault, reply(200))
    with pytest.raises(CrmError) as lost:
        write(server)
    assert len(server.requests) == 1
    assert lost.value.arrived is Arrived.UNKNOWN


@pytest.mark.parametrize("body", [b"true", b"", b'{"success":"200"}', b'{"msg":{"id":1,"code":"success"}}'])
def test_any_good_answer_to_a_delete_is_success(body: bytes) -> None:
    assert write(Server(reply(200, body)), "DELETE").status == 200


def test_a_page_for_people_is_no_answer_to_a_delete() -> None:
    with pytest.raises(Unreadable) as lost:
        write(Server(reply(200, GARBAGE)), "DELETE")
    assert lost.value.arrived is Arrived.UNKNOWN


@pytest.mark.parametrize(
    ("status", "kind", "arrived"),
    [
        (400, Invalid, Arrived.YES),
        (401, WrongKey, Arrived.NO),
        (403, NotAllowed, Arrived.NO),
        (404, NotFound, Arrived.YES),
        (422, Invalid, Arrived.YES),
        (500, Invalid, Arrived.YES),
    ],
)
@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ({"errors": {"code": 0, "message": "Name is empty"}}, ("Name is empty",)),
        ({"errors": {"code": 0, "message": ["Name is empty", "Stage is gone"]}}, ("Name is empty", "Stage is gone")),
        ({"errors": [{"message": "Name is empty"}]}, ("Name is empty",)),
        ({"errors": {"name": ["is empty"]}}, ("name: is empty",)),
        ({"message": "Name is empty"}, ("Name is empty",)),
        ({"error": "Name is empty"}, ("Name is empty",)),
    ],
)
def test_an_error_means_one_thing_and_shows_all_its_messages(
    status: int, kind: type[CrmError], arrived: Arrived, body: Any, messages: tuple[str, ...]
) -> None:
    server = Server(reply(status, body))
    with pytest.raises(kind) as refused:
        write(server)
    assert refused.value.messages == messages
    assert (refused.value.status, refused.value.arrived) == (status, arrived)
    assert len(server.requests) == 1


def test_validation_that_an_old_account_answers_with_500_is_not_sent_again() -> None:
    server = Server(reply(500, {"errors": {"code": 500, "message": ["Email is invalid"]}}))
    with pytest.raises(Invalid, match="Email is invalid"):
        read(server)
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [{"login": "failed"}, {"errors": {"code": 401, "message": "x"}}, b"nothing"])
def test_401_is_a_wrong_key(body: Any) -> None:
    with pytest.raises(WrongKey):
        read(Server(reply(401, body)))


def test_retry_after_is_read_and_capped() -> None:
    for text, seconds in (("7", 7), ("86400", 3600), ("-3", 0), ("nonsense", None), ("nan", None)):
        with pytest.raises(TooMany) as refused:
            read(Server(reply(429, {"message": "slow down"}, Retry_After=text)))
        assert refused.value.retry_after == seconds
    date = {"Date": "Sat, 21 Nov 2026 10:00:00 GMT", "Retry_After": "Sat, 21 Nov 2026 10:01:30 GMT"}
    with pytest.raises(TooMany) as refused:
        read(Server(reply(429, {}, **date)))
    assert refused.value.retry_after == 90
    assert refused.value.arrived is Arrived.NO


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["https://evil.io/take?it=1", "//evil.io/x", "http://[bad", "/crm/sales/other"])
def test_no_redirect_is_followed(status: int, location: str) -> None:
    server = Server(reply(status, b"", Location=location))
    with pytest.raises(RefusedRedirect) as refused:
        read(server)
    assert len(server.requests) == 1
    assert refused.value.moved_to is None
    assert "it=1" not in refused.value.location


def test_an_account_that_moved_offers_its_new_address() -> None:
    location = "https://acme.freshworks.com/crm/sales/api/contacts/1"
    with pytest.raises(RefusedRedirect) as refused:
        read(Server(reply(301, b"", Location=location)))
    assert refused.value.moved_to == "https://acme.freshworks.com/crm/sales"
    assert "https://acme.freshworks.com/crm/sales" in refused.value.remedy
    with pytest.raises(RefusedRedirect) as refused:
        read(Server(reply(301, b"", Location="http://127.0.0.1:99/crm/sales")))
    assert refused.value.moved_to is None


def test_a_redirect_to_a_login_page_is_a_wrong_key() -> None:
    with pytest.raises(WrongKey):
        read(Server(reply(302, b"", Location="https://acme.myfreshworks.com/crm/sales/login?next=x")))


def test_no_cookie_is_kept() -> None:
    async def twice(client: CrmClient) -> None:
        await client.get("contacts/1")
        await client.get("contacts/1")

    server = Server(reply(200, None, Set_Cookie="session=1; Path=/; Secure"))
    with_client(server, twice)
    assert all("cookie" not in request.headers for request in server.requests)


def test_another_key_is_used_from_the_next_request_on() -> None:
    async def change(client: CrmClient) -> None:
        await client.get("contacts/1")
        client.use_key("anotherkey42")
        await client.get("contacts/1")

    server = Server(reply(200))
    with_client(server, change)
    assert [request.headers["authorization"][12:] for request in server.requests] == [KEY, "anotherkey42"]


@pytest.mark.parametrize("key", ["", "  ", "two words", "clé", "line\nbreak", "\x00"])
def test_what_can_be_no_key_is_refused_before_it_is_sent(key: str) -> None:
    with pytest.raises(BadApiKey) as refused:
        CrmClient(ADDRESS, key, UnlimitedBudget())
    assert not key.strip() or key not in str(refused.value)


def test_every_attempt_is_told_to_its_asker() -> None:
    kinds: list[str] = []
    why = Purpose(kind="follow", sent=kinds.append)
    with_client(Server(reply(503), reply(200)), lambda client: client.get("contacts/1", why=why))
    assert kinds == ["follow", "follow"]


def test_a_pause_that_the_server_asks_for_is_told() -> None:
    untils: list[datetime] = []
    why = Purpose(waiting=untils.append)
    with_client(Server(reply(503, None, Retry_After="0"), reply(200)), lambda c: c.get("contacts/1", why=why))
    assert abs((untils[0] - datetime.now(UTC)).total_seconds()) < 30


class WatchedBudget(UnlimitedBudget):
    """Remembers what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.statuses: list[int] = []

    def told(self, status: int, headers: Any, *, bulk_jobs: bool = False) -> None:
        self.statuses.append(-status if bulk_jobs else status)


def test_the_budget_hears_of_every_attempt() -> None:
    budget = WatchedBudget()
    read(Server(httpx.ReadError("reset"), reply(503), reply(200)), budget)
    assert budget.statuses == [0, 503, 200]


def test_a_refused_bulk_job_is_no_used_up_hour() -> None:
    message = "Maximum of 10 concurrent in-progress Bulk-upsert API calls can be made from an account."
    server, budget = Server(reply(429, {"errors": {"code": 429, "message": [message]}})), WatchedBudget()
    why = Purpose(kind="write")
    with pytest.raises(TooMany) as refused:
        with_client(server, lambda c: c.send("POST", "deals/bulk_upsert", {"deals": []}, why=why), budget)
    assert refused.value.bulk_jobs
    assert budget.statuses == [-429]
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [*PASSING_FAULTS, reply(401), reply(403), reply(429), reply(302)], ids=repr)
def test_the_key_is_in_no_error_log_or_representation(fault: Reply, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []

    async def fail(client: CrmClient) -> None:
        seen.append(repr(client) + str(client))
        await client.get("contacts/1")

    try:
        with_client(Server(fault), fail)
    except CrmError as error:
        seen += [repr(error), str(error), error.details, error.remedy, repr(error.args), repr(vars(error))]
        seen.append("".join(traceback.format_exception(error)))
    assert len(seen) > 2
    assert KEY not in "".join(seen) + caplog.text


DEAL = (
    b'{"deals":[{"id":1,"fc_widget_collaboration":{"convo_token":"eyJhbGci.x","auth_token":"eyJz",'
    b'"encoded_jwt_token":"eyJq"},"name":"One"},{"fc_widget_collaboration" : {} , "id":2},'
    b'{"id":3,"name":"a \\"fc_widget_collaboration\\":{ in a name","fc_widget_collaboration":null},'
    b'{"id":4,"fc_widget_collaboration":{"inner":{"auth_token":"eyJdeep"}}},'
    b'{"id":5,"collaboration":{"collab_access_token":"eyJother"},"tokens_sold":7}],"meta":{"total":5}}'
)


def test_collaboration_tokens_are_dropped_as_they_arrive() -> None:
    answer = read(Server(reply(200, DEAL)))
    assert b"eyJ" not in answer.content
    deals = answer.json()["deals"]
    assert [deal["id"] for deal in deals] == [1, 2, 3, 4, 5]
    assert deals[0] == {"id": 1, "name": "One"}
    assert deals[2]["name"] == 'a "fc_widget_collaboration":{ in a name'
    assert deals[4] == {"id": 5, "collaboration": {}, "tokens_sold": 7}


def test_a_body_without_secrets_stays_as_it_is() -> None:
    body = b'{ "contact" : {"id": 9007199254740993, "note": "a token of thanks", "f": 1.10} }'
    assert read(Server(reply(200, body))).content == body


def test_the_servers_clock_is_known() -> None:
    answer = read(Server(reply(200, None, Date="Sat, 21 Nov 2026 10:00:00 GMT")))
    assert answer.server_time == datetime(2026, 11, 21, 10, tzinfo=UTC)
