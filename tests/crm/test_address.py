"""Bundle aliases as people paste them, and look-alikes, which must never get the key."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.crm.address import CRM_DOMAINS, BadBundleAlias, is_loopback, parse_bundle_alias
from crmdesk.crm.modules import BUILT_IN

ACME = "https://acme.myfreshworks.com/crm/sales"


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("acme", ACME),
        ("  acme \n", ACME),
        ("ACME", ACME),
        ("acme?dev=true", ACME),
        ("acme.myfreshworks.com", ACME),
        ("acme.myfreshworks.com/", ACME),
        ("acme.myfreshworks.com:443/crm/sales", ACME),
        ("acme.myfreshworks.com/crm/sales/contacts/view/12", ACME),
        ("https://acme.myfreshworks.com", ACME),
        ("HTTPS://Acme.MyFreshworks.com/crm/sales/", ACME),
        ("https://acme.myfreshworks.com/crm/sales/api", ACME),
        ("https://acme.myfreshworks.com/crm/sales/api/contacts/filters", ACME),
        ("https://acme.myfreshworks.com/crm/sales/contacts/2000003516?tab=deals#notes", ACME),
        ("https://acme.myfreshworks.com/crm/sales/?dev=true", ACME),
        ("https://acme.freshworks.com/crm/sales/", "https://acme.freshworks.com/crm/sales"),
        ("acme.freshsales.io", "https://acme.freshsales.io"),
        ("https://acme.freshsales.io/api", "https://acme.freshsales.io"),
        ("http://127.0.0.1:8123/crm/sales", "http://127.0.0.1:8123/crm/sales"),
        ("127.0.0.1:8123", "http://127.0.0.1:8123/crm/sales"),
        ("localhost:8123/crm/sales/", "http://localhost:8123/crm/sales"),
        ("http://[::1]:8123", "http://[::1]:8123/crm/sales"),
    ],
)
def test_every_pasted_form_becomes_one_address(typed: str, url: str) -> None:
    assert parse_bundle_alias(typed).url == url


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "acme.myfreshworks.com.evil.io",
        "acme.evil.io",
        "myfreshworks.com",
        "evilmyfreshworks.com",
        "acme-myfreshworks.com",
        "https://acme.myfreshworks.com@evil.io",
        "https://evil.io@acme.myfreshworks.com",
        "https://user:pass@acme.myfreshworks.com/crm/sales",
        "https://evil.io/acme.myfreshworks.com",
        "https://evil.io#.myfreshworks.com",
        "https://evil.io?.myfreshworks.com",
        "https://evil.io\\.myfreshworks.com",
        "https://evil.io%2f.myfreshworks.com",
        "https://acme\u3002myfreshworks.com",
        "https://acme.myfreshworks\uff0ecom",
        "https://аcme.myfreshworks.com",  # a Cyrillic a
        "https://acme.myfreshworks.com\u200b",
        "https://xn--cme-7cd.myfreshworks.com",
        "acme.myfreshworks.com.",
        "acme..myfreshworks.com",
        ".myfreshworks.com",
        "-acme.myfreshworks.com",
        "acme.myfreshworks.com:8443",
        "acme.myfreshworks.com:x",
        "acme.myfreshworks.com:",
        "http://acme.myfreshworks.com/crm/sales",
        "ftp://acme.myfreshworks.com",
        "//acme.myfreshworks.com",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https://acme",
        "https://[::1",
        "10.0.0.1",
        "127.0.0.1.nip.io",
        "localhost.evil.io",
        "two words",
        "acme\nevil.io",
        "acme\x00.myfreshworks.com",
    ],
)
def test_what_is_no_address_of_the_crm_is_refused(typed: str) -> None:
    with pytest.raises(BadBundleAlias) as refused:
        parse_bundle_alias(typed)
    assert refused.value.message
    assert refused.value.remedy


def test_a_companys_own_domain_only_when_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadBundleAlias):
        parse_bundle_alias("https://crm.acme.example")
    named = parse_bundle_alias("https://crm.acme.example/crm/sales/api", ["CRM.acme.example"])
    assert named.url == "https://crm.acme.example/crm/sales"
    monkeypatch.setenv("CRMDESK_ALLOW_HOST", "other.example, crm.acme.example")
    assert parse_bundle_alias("https://crm.acme.example").host == "crm.acme.example"
    with pytest.raises(BadBundleAlias):
        parse_bundle_alias("https://sub.crm.acme.example")
    with pytest.raises(BadBundleAlias):
        parse_bundle_alias("http://crm.acme.example")


_HOSTS = [
    "acme",
    ".",
    "myfreshworks.com",
    "freshworks.com",
    "freshsales.io",
    "evil.io",
    "127.0.0.1",
    "localhost",
    "[::1]",
]
_MARKS = ["@", ":", "//", "/", "https://", "http://", "\\", "#", "?", "%2e", "%40", "xn--", "8080", "\u3002", "-", " "]
_PIECES = st.sampled_from([*_HOSTS, *_MARKS])


@given(st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=9).map("".join)))
def test_no_text_ever_leads_to_another_host(typed: str) -> None:
    try:
        address = parse_bundle_alias(typed)
    except BadBundleAlias:
        return
    parts = urlsplit(address.url)
    host = parts.hostname or ""
    assert is_loopback(host) or (parts.scheme == "https" and host.endswith(tuple(f".{d}" for d in CRM_DOMAINS)))
    assert parts.username is None
    assert is_loopback(host) or parts.port is None
    assert not (parts.query or parts.fragment)
    assert parse_bundle_alias(address.url) == address


def test_the_account_is_named_by_its_host_in_files() -> None:
    assert parse_bundle_alias("acme").account_key == "acme.myfreshworks.com"
    assert parse_bundle_alias("http://127.0.0.1:8123").account_key == "127.0.0.1-8123"
    for key in (parse_bundle_alias(text).account_key for text in ("http://[::1]:81", "acme.freshsales.io")):
        assert not set(key) & set('\\/:*?"<>|')


def test_a_records_page_in_the_browser() -> None:
    acme = parse_bundle_alias("acme")
    assert acme.record_page(BUILT_IN["contacts"], 5) == f"{ACME}/contacts/5"
    assert acme.record_page(BUILT_IN["sales_accounts"], 5) == f"{ACME}/accounts/5"
    assert acme.record_page(BUILT_IN["tasks"], 5) == ACME
