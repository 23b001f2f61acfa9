"""One documented request before it is sent, as pure data, and the way it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crmdesk.crm.answers import Answer
from crmdesk.crm.client import CrmClient, Purpose
from crmdesk.crm.uploads import Upload

__all__ = ["Call", "Upload", "perform"]


@dataclass(frozen=True, slots=True)
class Call:
    """A request that writes. `path` is below the API; `repeatable`: sending it twice leaves the CRM as once would."""

    method: str
    path: str
    body: Any = None
    params: Mapping[str, Any] | None = None
    form: Mapping[str, str] | None = None
    upload: Upload | None = None
    repeatable: bool = True

    @property
    def text(self) -> str:
        """How it is shown to a person, such as "PUT contacts/5"."""
        return f"{self.method} {self.path}"


async def perform(
    client: CrmClient, call: Call, *, why: Purpose, progress: Callable[[int, int], None] | None = None
) -> Answer:
    """Sends it; an upload is streamed and tells `progress(bytes sent, total)`. Raises CrmError, UnreadableFile."""
    if call.upload is not None:
        return await client.upload(call.path, call.upload, call.form or {}, progress=progress, why=why)
    return await client.send(call.method, call.path, call.body, params=call.params, why=why)
