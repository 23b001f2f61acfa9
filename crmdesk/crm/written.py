"""What the answers of writes mean: the record, the yes or no for each id, the background job. No network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from crmdesk.crm.answers import Answer, texts_in
from crmdesk.crm.errors import Arrived, Unreadable
from crmdesk.crm.module_spec import ModuleSpec
from crmdesk.crm.paging import Record, unexpected
from crmdesk.crm.values import whole

JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_JOB_IN_MESSAGE = re.compile(r"[Jj]ob\s+([A-Za-z0-9_-]{6,128})\b")


@dataclass(frozen=True, slots=True)
class BulkAnswer:
    """What a request over many records answered: yes or no for each id, or only a message (then: read back)."""

    per_id: dict[int, bool] | None
    queued: bool
    message: str


def record_of(spec: ModuleSpec, answer: Answer) -> Record:
    """The record in the answer of a create, update, clone, restore or upsert; its fields may be empty.

    A list tells its name as `list_name`; a file's answer is the record itself; a call stands under the plural.
    """
    try:
        body = answer.json()
    except Unreadable:
        body = None
    if not isinstance(body, dict):
        return Record(spec, {}, {}, answer.server_time)
    key = spec.one_key if spec.answer_key is None else spec.answer_key
    found: Any = body if key == "" else body.get(key, body.get(spec.one_key))
    if isinstance(found, list):
        found = next((item for item in found if isinstance(item, dict)), None)
    fields = dict(found) if isinstance(found, dict) else {}
    if "list_name" in fields:
        fields.setdefault("name", fields["list_name"])
    side = {name: value for name, value in body.items() if isinstance(value, list) and name != key}
    return Record(spec, fields, side, answer.server_time)


def per_id(spec: ModuleSpec, answer: Answer) -> BulkAnswer:
    """A list of {"<id>": true}, or a message when it was queued; both are seen in practice."""
    try:
        body = answer.json()
    except Unreadable:
        body = None  # any good status is success (api-in-practice.md, "Status codes and deletes")
    items = body.get(spec.many_key) if isinstance(body, dict) else body
    told: dict[int, bool] = {}
    for item in items if isinstance(items, list) else ():
        for key, value in item.items() if isinstance(item, dict) else ():
            record_id = whole(key)
            if record_id is not None:
                told[record_id] = value is True
    if told:
        return BulkAnswer(told, queued=False, message="")
    return BulkAnswer(None, queued=True, message="; ".join(texts_in(body)))


def refused(answer: Answer) -> bool:
    """Whether a delete or forget was answered by a plain `false`; any other good answer is success."""
    return answer.content.strip() == b"false"


def job_id(answer: Answer) -> str:
    """The job's id from the end of its address, which is not followed, or from the message."""
    body = answer.json()
    if isinstance(body, Mapping):
        last = urlsplit(str(body.get("job_status_url") or "")).path.rstrip("/").rpartition("/")[2]
        if JOB_ID.fullmatch(last):
            return last
        for text in texts_in(body):
            found = _JOB_IN_MESSAGE.search(text)
            if found:
                return found.group(1)
    raise unexpected(answer, "no background job's id", arrived=Arrived.UNKNOWN)
