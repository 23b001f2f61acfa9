"""Every key of what hangs on records: notes, calls, lists and files, in the order of recorded answers."""

from __future__ import annotations

from typing import Any

Body = dict[str, Any]

NOTE: Body = {
    **dict.fromkeys(("id", "description", "created_at", "updated_at", "url", "duration", "creater_id")),
    "has_access": True,
    "collab_context": {"hasSlackViewAccess": False, "messageId": ""},
    "targetables": [],
}
PHONE_CALL: Body = {
    **dict.fromkeys(("id", "call_duration", "call_direction", "recording_duration")),
    "status": "incoming",
    **dict.fromkeys(("recording", "conversation_time")),
    "cost": 0,
    "is_manual": True,
    "targetable": None,
    **dict.fromkeys(("phone_number_id", "phone_caller_id", "note_id", "outcome_id")),
}
LIST: Body = {"id": None, "name": None}
FILE: Body = {
    **dict.fromkeys(("id", "url", "name")),
    "is_shared": False,
    **dict.fromkeys(("content_file_size", "content_content_type", "content_updated_at", "content_file_size_readable")),
    "created_at": None,
    "is_attached": False,
    "creater_id": None,
}
LINK_KEYS = ("id", "url", "name", "is_shared", "created_at", "is_attached", "creater_id")
# What only the answer to a document's creation prints.
DOCUMENT_PAGE: Body = {
    "html_content": None,
    "html_content_css": None,
    "html_content_settings": {},
    "html_header": None,
    "html_footer": None,
}
