"""Files that hang on a record: uploaded here, listed here with links, downloaded from another host.

A file's printed address lies on a host of its own (another name and another port of this machine). It carries a
signature of its own, and a request that brings an Authorization header along is refused there, as S3 does.
"""

from __future__ import annotations

import hashlib
import hmac
import mimetypes
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from crmdesk.sandbox import feed, rules, times
from crmdesk.sandbox.account import Account
from crmdesk.sandbox.answers import Wrong, answer, denied, number, record_id, unknown
from crmdesk.sandbox.modules import Body
from crmdesk.sandbox.multipart import Part, read_form
from crmdesk.sandbox.store import Record
from crmdesk.sandbox.targets import about, aim, missing, refuse, type_name
from crmdesk.sandbox.templates import LINK_KEYS

_VALID_SECONDS = 3600
_LABELS = {"targetable_type": "Targetable type", "targetable_id": "Targetable"}
_USER_KEYS = ("id", "display_name", "email", "is_active", "work_number", "mobile_number")


class FilesApi:
    """The handlers."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.store = account.store

    async def upload(self, request: Request) -> Response:
        """POST documents: a multipart form with the file and what it belongs to."""
        form = read_form(request.headers.get("content-type", ""), await request.body())
        if form is None:
            raise Wrong("The request must be multipart/form-data")
        data: Body = {name: part.text for name, part in form.items() if name != "file"}
        file = form.get("file")
        problems = [] if file is not None and file.file_name else ["File can't be blank"]
        refuse(problems + missing(data, _LABELS))
        assert file is not None
        module, target = aim(self.store, request.state.user, data, products=True)
        about_it = {"targetable_type": type_name(module), "targetable_id": target["id"]}
        with self.store.transaction():
            record = self._keep(file, data, about_it, request.state.user)
        url = address(self.account, record)
        return answer({"id": record["id"], "msg": "File uploaded successfully", "url": url})

    def _keep(self, file: Part, data: Body, about_it: Body, user: Body) -> Record:
        name = str(data.get("file_name") or "").strip() or _bare(file.file_name or "")
        shared = str(data.get("is_shared") or "").strip().lower() in ("true", "1")
        now = self.store.stamp()
        record: Record = {
            "id": self.store.next_id("files"),
            "is_deleted": False,
            "created_ms": now,
            "updated_ms": now,
            "name": name,
            "is_shared": shared,
            "content_content_type": file.content_type,
            "content_file_size": len(file.content),
            "creater_id": user["id"],
            "_original": _bare(file.file_name or "file"),
            **about_it,
        }
        self.store.save("files", record)
        self.store.db.execute("INSERT OR REPLACE INTO file_bodies VALUES (?, ?)", (record["id"], file.content))
        feed.created(self.store, self.store.modules["files"], record, user)
        return record

    async def associations(self, request: Request) -> Response:
        """GET <module>/<id>/document_associations: the files and the links of a record, and who added them."""
        module = self.store.modules.get(request.path_params["module"])
        record = None if module is None else self.store.get(module.name, record_id(request.path_params["id"]))
        if module is None or record is None:
            raise unknown()
        if not rules.may_see(request.state.user, record):
            raise denied()
        found = about(self.store, module, record, "files")
        if "per_page" in request.query_params:
            limit = max(0, min(100, number(request.query_params["per_page"], 100)))
            start = (max(1, number(request.query_params.get("page"), 1)) - 1) * limit
            found = found[start : start + limit]
        makers = dict.fromkeys(item.get("creater_id") for item in found)
        users = [user for user in (self.store.choice("users", key) for key in makers) if user is not None]
        return answer(
            {
                "users": [{key: user[key] for key in _USER_KEYS} for user in users],
                "documents": [self._file(item) for item in found if not item.get("_link")],
                "document_links": [self._link(item) for item in found if item.get("_link")],
            }
        )

    def _file(self, record: Record) -> Body:
        shape: Body = self.account.renderer.whole(self.store.modules["files"], record)["document"]
        shape["url"] = address(self.account, record)
        shape["content_file_size_readable"] = readable(record["content_file_size"])
        shape["content_updated_at"] = shape["created_at"]
        return shape

    def _link(self, record: Record) -> Body:
        shape: Body = self.account.renderer.whole(self.store.modules["files"], record)["document"]
        return {key: shape[key] for key in LINK_KEYS} | {"url": record["_link"]}


def _bare(name: str) -> str:
    """A file name without the folders that some programs send."""
    return name.replace("\\", "/").rpartition("/")[2]


def readable(size: int) -> str:
    """8393 → `8.2 KB`."""
    amount, unit = float(size), "Bytes"
    for larger in ("KB", "MB", "GB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{size} Bytes" if unit == "Bytes" else f"{amount:.3g} {unit}"


# -- the other host -------------------------------------------------------------------------------------------


def _path(record: Record) -> str:
    return f"/1/documents/{record['id']}/original/{quote(record.get('_original') or record['name'])}"


def _signature(account: Account, path: str, expires: str) -> str:
    return hmac.new(account.api_key.encode(), f"{path}?{expires}".encode(), hashlib.sha256).hexdigest()


def address(account: Account, record: Record) -> str:
    """Where a file can be had from, for an hour."""
    path, expires = _path(record), str(times.now_ms() // 1000 + _VALID_SECONDS)
    return f"{account.files_origin}{path}?Expires={expires}&Signature={_signature(account, path, expires)}"


class FilesHost:
    """Serves the files on their own port, and leaves every other port to the CRM."""

    def __init__(self, crm: ASGIApp, account: Account) -> None:
        self.crm = crm
        self.account = account

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        server = scope.get("server") or ("", 0)
        if scope["type"] != "http" or server[1] != self.account.files_port:
            await self.crm(scope, receive, send)
            return
        await self._answer(Request(scope, receive))(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        if "authorization" in request.headers:
            return PlainTextResponse("Only one auth mechanism allowed", 400)
        parts = request.url.path.split("/")
        record = None
        if request.method in ("GET", "HEAD") and parts[1:3] == ["1", "documents"] and parts[3:4] and parts[3].isdigit():
            record = self.account.store.get("files", int(parts[3]))
        if record is None or record.get("_link"):
            return PlainTextResponse("NoSuchKey", 404)
        path, expires = _path(record), request.query_params.get("Expires", "")
        given = request.query_params.get("Signature", "")
        if not hmac.compare_digest(given.encode(), _signature(self.account, path, expires).encode()):
            return PlainTextResponse("SignatureDoesNotMatch", 403)
        if int(expires) < times.now_ms() // 1000:
            return PlainTextResponse("Request has expired", 403)
        row = self.account.store.db.execute("SELECT body FROM file_bodies WHERE id = ?", (record["id"],)).fetchone()
        kind = record.get("content_content_type") or mimetypes.guess_type(record["name"])[0]
        return Response(row[0] if row else b"", 200, media_type=kind or "application/octet-stream")
