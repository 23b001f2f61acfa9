"""Reading a multipart/form-data body (RFC 7578): small enough to need no library."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message


@dataclass(frozen=True)
class Part:
    """One part of a form: a value, or a file where it has a file name."""

    name: str
    content: bytes
    file_name: str | None = None
    content_type: str = "text/plain"

    @property
    def text(self) -> str:
        """The value of a field."""
        return self.content.decode("utf-8", "replace")


def read_form(content_type: str, body: bytes) -> dict[str, Part] | None:
    """The parts by their names; None where the body is no such form."""
    header = _header(content_type)
    boundary = header.get_param("boundary")
    if header.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        return None
    found: dict[str, Part] = {}
    # Each delimiter but the first follows the line break that it belongs to.
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1", "replace"))
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        return None
    for piece in pieces[1:-1]:
        head, blank, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        part = _part(head, content) if blank else None
        if part is not None:
            found[part.name] = part
    return found


def _header(value: str) -> Message:
    message = Message()
    message["Content-Type"] = value
    return message


def _part(head: bytes, content: bytes) -> Part | None:
    lines = (line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n"))
    headers = {name.strip().lower(): value.strip() for name, _colon, value in lines}
    disposition = Message()
    disposition["Content-Disposition"] = headers.get("content-disposition", "")
    name = disposition.get_param("name", header="content-disposition")
    if not isinstance(name, str):
        return None
    given = disposition.get_filename()
    kind = headers.get("content-type", "text/plain" if given is None else "application/octet-stream")
    return Part(name, content, given, kind)
