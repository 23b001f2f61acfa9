"""*Test connection* against the real sandbox, and against what a sandbox can't be: gone, moved, offline."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
import pytest

from crmdesk.crm.address import BundleAddress, parse_bundle_alias
from crmdesk.crm.budget import UnlimitedBudget
from crmdesk.crm.client import BadApiKey, CrmClient, RetryPolicy
from crmdesk.profiles.connection_test import ConnectionResult, Verdict, check_connection
from tests.support.aio import run

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

ACME = parse_bundle_alias("acme")
KEY = "a-key-that-looks-right"
Answer = Callable[[httpx.Request], httpx.Response]


def asked(
    answer: Answer, *, address: BundleAddress = ACME, resolves: Callable[[str], bool] = lambda name: True
) -> ConnectionResult:
    """The result against a server that answers like this."""

    def factory(where: BundleAddress, key: str) -> CrmClient:
        transport = httpx.MockTransport(answer)
        return CrmClient(where, key, UnlimitedBudget(), transport=transport, retry=RetryPolicy(attempts=1))

    return run(check_connection(address, KEY, client_factory=factory, resolves=resolves))


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("[Errno -2] Name or service not known")


def test_an_administrator(sandbox: SandboxProcess) -> None:
    result = run(check_connection(parse_bundle_alias(sandbox.url), sandbox.api_key))
    assert (result.verdict, result.ok) == (Verdict.OK, True)
    assert [one["status"] for one in sandbox.requests()] == [200, 200]


def test_a_key_without_admin_rights(sandbox: SandboxProcess) -> None:
    result = run(check_connection(parse_bundle_alias(sandbox.url), sandbox.agent_key))
    assert (result.verdict, result.ok) == (Verdict.NOT_ADMIN, True)
    assert "administrator" in result.remedy


def test_a_wrong_key(sandbox: SandboxProcess) -> None:
    result = run(check_connection(parse_bundle_alias(sandbox.url), KEY))
    assert (result.verdict, result.ok) == (Verdict.WRONG_KEY, False)
    assert result.remedy and KEY not in repr(result)


def test_nobody_listens_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/crm/sales"
        result = run(check_connection(parse_bundle_alias(url), KEY))
    assert (result.verdict, result.ok) == (Verdict.NO_NETWORK, False)


def test_no_network_at_all() -> None:
    result = asked(unreachable, resolves=lambda name: False)
    assert (result.verdict, result.ok) == (Verdict.NO_NETWORK, False)
    assert "no network" in result.message


def test_a_name_that_nobody_knows_while_others_are_known_is_no_account() -> None:
    result = asked(unreachable, resolves=lambda name: name != ACME.host)
    assert (result.verdict, result.ok) == (Verdict.NO_ACCOUNT, False)
    assert ACME.url in result.message and "bundle alias" in result.remedy


def test_a_host_that_is_known_and_silent_is_the_network() -> None:
    assert asked(unreachable).verdict is Verdict.NO_NETWORK

    def slow(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("too slow")

    assert asked(slow).verdict is Verdict.NO_NETWORK


def test_an_account_that_the_host_does_not_know() -> None:
    assert asked(lambda request: httpx.Response(404, json={"message": "no"})).verdict is Verdict.NO_ACCOUNT
    away = {"Location": "https://www.example.com/signup"}
    assert asked(lambda request: httpx.Response(302, headers=away)).verdict is Verdict.NO_ACCOUNT


def test_an_account_that_has_moved_says_where_to_and_the_key_stays_here() -> None:
    hosts: list[str] = []

    def moved(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        there = str(request.url).replace("myfreshworks.com", "freshworks.com")
        return httpx.Response(301, headers={"Location": there})

    result = asked(moved)
    assert (result.verdict, result.ok) == (Verdict.MOVED, False)
    assert result.moved_to == "https://acme.freshworks.com/crm/sales"
    assert set(hosts) == {ACME.host}


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_another_fault_is_told_as_it_is(status: int) -> None:
    result = asked(lambda request: httpx.Response(status, json={"message": "The reason."}))
    assert (result.verdict, result.ok) == (Verdict.FAULT, False)
    assert result.message and result.remedy


def test_a_text_that_can_not_be_a_key_is_bad_input() -> None:
    with pytest.raises(BadApiKey):
        run(check_connection(ACME, "two words"))
