"""The account a window shows, as far as the window must know it before anything is opened."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Account:
    """`id` names its corner of the memory: a profile's id, `demo`, or the host when it has no profile."""

    id: str
    name: str
    color: str
    production: bool
    address: str = ""
    mark: str = ""
    profile_id: str = ""

    @property
    def host(self) -> str:
        """The address without what every address has."""
        return self.address.removeprefix("https://").removeprefix("http://").removesuffix("/crm/sales")
