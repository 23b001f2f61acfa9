"""The account's address: every form that people paste becomes one canonical bundle alias, or a clear refusal.

The API key is sent to this address, so nothing gets through that is not plainly one of the CRM's hosts, this
machine, or a host that the person named.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from crmdesk.config.errors import InputError

if TYPE_CHECKING:
    from crmdesk.crm.modules import ModuleSpec

CRM_DOMAINS = ("myfreshworks.com", "freshworks.com", "freshsales.io")
CLASSIC_DOMAIN = "freshsales.io"
ALLOW_HOST_VARIABLE = "CRMDESK_ALLOW_HOST"

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_WITHOUT_SCHEME = re.compile(r"[A-Za-z0-9.\-]+(?::\d+)?(?:[/?#].*)?|\[[0-9a-fA-F:.]+\](?::\d+)?(?:[/?#].*)?")


class BadBundleAlias(InputError):
    """The text is no address of a CRM account."""


@dataclass(frozen=True, slots=True)
class BundleAddress:
    """An account's canonical address without a trailing slash, such as https://acme.myfreshworks.com/crm/sales."""

    url: str

    @property
    def api(self) -> str:
        """Where requests go: the bundle alias and /api."""
        return self.url + "/api"

    @property
    def host(self) -> str:
        """The host alone, lower case, without a port."""
        return urlsplit(self.url).hostname or ""

    @property
    def loopback(self) -> bool:
        """Whether the account is a sandbox on this machine."""
        return is_loopback(self.host)

    @property
    def account_key(self) -> str:
        """The account as a file name: its host, and its port where there is one."""
        parts = urlsplit(self.url)
        host = "localhost-v6" if ":" in self.host else self.host
        return f"{host}-{parts.port}" if parts.port else host

    def record_page(self, spec: ModuleSpec, record_id: int) -> str:
        """The web page of a record, for the person's browser."""
        return f"{self.url}/{spec.web_path}/{record_id}" if spec.web_path else self.url


def parse_bundle_alias(text: str, allowed_hosts: Sequence[str] = ()) -> BundleAddress:
    """The canonical address for what a person pasted; `allowed_hosts` are a profile's own domains.

    Raises BadBundleAlias.
    """
    typed = text.strip()
    if not typed:
        raise _refusal("The bundle alias is empty.")
    if not typed.isascii() or not typed.isprintable() or any(mark in typed for mark in ' \\"<>^`{}|'):
        raise _refusal("The bundle alias holds characters that no address of the CRM has.")
    parts, scheme_given = _split(typed)
    host, port = _host_and_port(parts)
    if is_loopback(host):
        return _loopback_address(parts.scheme, host, port, scheme_given)
    if parts.scheme != "https":
        raise _refusal(f"{parts.scheme}:// is not safe for an API key.", "Write the address with https://.")
    if port not in (None, 443):
        raise _refusal(f"The CRM does not answer on port {port}.", "Leave the port out.")
    if "." not in host and not scheme_given:
        host += "." + CRM_DOMAINS[0]
    _check_host(host, allowed_hosts)
    return BundleAddress(f"https://{host}" + ("" if _below(host, CLASSIC_DOMAIN) else "/crm/sales"))


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine without asking the network."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(typed: str) -> tuple[SplitResult, bool]:
    """The address in its parts, and whether it named its scheme."""
    scheme = _SCHEME.match(typed)
    if scheme is None and not _WITHOUT_SCHEME.fullmatch(typed):
        raise _refusal(f"“{_short(typed)}” is no address of a CRM account.")
    try:
        return urlsplit(typed if scheme else f"https://{typed}"), scheme is not None
    except ValueError:
        raise _refusal(f"“{_short(typed)}” is no address of a CRM account.") from None


def _host_and_port(parts: SplitResult) -> tuple[str, int | None]:
    if "@" in parts.netloc or "%" in parts.netloc:
        raise _refusal("The bundle alias holds a user name or hidden characters before the host.")
    if parts.scheme not in ("https", "http"):
        raise _refusal(f"{parts.scheme}:// is no address of the CRM.")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _refusal("The port in the bundle alias is no number.") from None
    if not host or parts.netloc.endswith(":"):
        raise _refusal("The bundle alias names no host.")
    return host, port


def _loopback_address(scheme: str, host: str, port: int | None, scheme_given: bool) -> BundleAddress:
    shown = f"[{host}]" if ":" in host else host
    used = scheme if scheme_given else "http"
    return BundleAddress(f"{used}://{shown}" + (f":{port}" if port else "") + "/crm/sales")


def _check_host(host: str, allowed_hosts: Sequence[str]) -> None:
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _refusal(f"“{_short(host)}” is no host name.")
    if any(label.startswith("xn--") for label in labels):
        raise _refusal(f"“{_short(host)}” is written to look like another name.")
    if any(_below(host, domain) for domain in CRM_DOMAINS) or host in _named_hosts(allowed_hosts):
        return
    raise _refusal(
        f"“{_short(host)}” is not one of the CRM's hosts.",
        "An address ends in .myfreshworks.com, .freshworks.com or .freshsales.io. If a company reaches the "
        f"CRM under its own domain, name that host in the profile, or in {ALLOW_HOST_VARIABLE}.",
    )


def _named_hosts(allowed_hosts: Sequence[str]) -> set[str]:
    named = [*allowed_hosts, *os.environ.get(ALLOW_HOST_VARIABLE, "").split(",")]
    return {host.strip().lower() for host in named if host.strip()}


def _below(host: str, domain: str) -> bool:
    return host.endswith("." + domain)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"


def _refusal(message: str, remedy: str = "") -> BadBundleAlias:
    return BadBundleAlias(
        message,
        remedy=remedy
        or "Copy the bundle alias from Profile Settings → API Settings in the CRM; it looks like "
        "acme.myfreshworks.com/crm/sales.",
    )
