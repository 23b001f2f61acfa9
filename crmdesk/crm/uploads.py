"""A file on its way to the CRM: multipart/form-data, streamed from the disk in pieces. Touches no network."""

from __future__ import annotations

import asyncio
import mimetypes
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crmdesk.config.errors import InputError

PIECE = 256 * 1024

Progress = Callable[[int, int], None]


class UnreadableFile(InputError):
    """A file that was to be uploaded isn't there or can't be read."""

    remedy_by_default = "Choose the file again; a file that lies in a cloud folder may have to be fetched first."


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to be sent: where it lies, the form's field for it, what it is called there and what it holds."""

    path: str
    field: str = "file"
    name: str = ""
    content_type: str = ""

    @property
    def file_name(self) -> str:
        """The name that is told to the CRM."""
        return self.name or Path(self.path).name

    @property
    def kind(self) -> str:
        """The content type, guessed from the name unless given."""
        return self.content_type or mimetypes.guess_type(self.file_name)[0] or "application/octet-stream"


class Multipart:
    """The body of one upload; can be streamed several times, each time from the start of the file."""

    def __init__(self, upload: Upload, form: Mapping[str, str], size: int, progress: Progress | None = None) -> None:
        """`size` is the file's, in bytes; `progress(bytes sent, total)` is called for each piece."""
        boundary = f"crmdesk-{secrets.token_hex(16)}"
        self._path = upload.path
        self._head = _head(upload, form, boundary)
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._size = size
        self._progress = progress
        self.headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(self._head) + size + len(self._tail)),
        }

    @classmethod
    async def opened(cls, upload: Upload, form: Mapping[str, str], progress: Progress | None = None) -> Multipart:
        """Looks at the file first; raises UnreadableFile before anything is sent."""
        return cls(upload, form, await asyncio.to_thread(_size_of, Path(upload.path)), progress)

    async def stream(self) -> AsyncIterator[bytes]:
        """The body in pieces; the file is read off the loop. Raises OSError."""
        yield self._head
        file = await asyncio.to_thread(Path(self._path).open, "rb")
        sent = 0
        try:
            while sent < self._size:
                piece = await asyncio.to_thread(file.read, min(PIECE, self._size - sent))
                if not piece:
                    raise OSError("the file was cut while it was sent")
                yield piece
                sent += len(piece)
                if self._progress is not None:
                    self._progress(sent, self._size)
        finally:
            file.close()
        yield self._tail


def _size_of(path: Path) -> int:
    try:
        if path.is_dir():
            raise UnreadableFile(f"“{path.name}” is a folder; folders can't be uploaded.", subject="file")
        with path.open("rb") as file:
            return file.seek(0, 2)
    except OSError as error:
        raise UnreadableFile(f"“{path.name}” can't be read.", subject="file", details=str(error)) from None


def _head(upload: Upload, form: Mapping[str, str], boundary: str) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n{value}\r\n'
        for name, value in form.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(upload.field)}"; '
        f'filename="{_quoted(upload.file_name)}"\r\nContent-Type: {upload.kind}\r\n\r\n'
    )
    return "".join(parts).encode()


def _quoted(text: str) -> str:
    """Names in a part's header, as browsers write them (WHATWG HTML, "multipart/form-data")."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
