"""Files: uploaded as a form, listed at their record, downloaded from another host without a key."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import pytest

from crmdesk.sandbox.multipart import read_form
from tests.sandbox.support import messages, rows
from tests.support.sandbox_process import SandboxProcess

BODY = bytes(range(256)) + b"\r\n--not a boundary\r\n\r\n" + bytes(5000)


@pytest.fixture
def contact(sandbox: SandboxProcess) -> int:
    """The id of a contact without files."""
    taken = {item["targetable_id"] for item in sandbox.records("files", "targetable_id").values()}
    with sandbox.client() as client:
        return next(int(row["id"]) for row in rows(client, "contacts", "All Contacts") if row["id"] not in taken)


def upload(client: httpx.Client, about: int, kind: str = "Contact", **fields: str) -> httpx.Response:
    """An upload as httpx makes it."""
    data = {"targetable_id": str(about), "targetable_type": kind, **fields}
    return client.post("documents", data=data, files={"file": ("größe 1.bin", BODY, "image/jpeg")})


def test_a_file_comes_back_as_it_was_sent(sandbox: SandboxProcess, contact: int) -> None:
    with sandbox.client() as client:
        answer = upload(client, contact, file_name="Sizes", is_shared="true").json()
        assert answer["msg"] == "File uploaded successfully"
        listed = client.get(f"contacts/{contact}/document_associations").json()
        assert list(listed) == ["users", "documents", "document_links"]
        (file,) = listed["documents"]
        assert (file["id"], file["name"], file["is_shared"]) == (answer["id"], "Sizes", True)
        assert (file["content_file_size"], file["content_content_type"]) == (len(BODY), "image/jpeg")
        assert file["content_file_size_readable"] == "5.15 KB"
        assert listed["users"][0]["id"] == file["creater_id"]
    for url in (answer["url"], file["url"]):
        got = httpx.get(url, trust_env=False)
        assert (got.status_code, got.content, got.headers["content-type"]) == (200, BODY, "image/jpeg")


def test_without_a_name_the_files_own_is_taken(sandbox: SandboxProcess, contact: int) -> None:
    with sandbox.client() as client:
        upload(client, contact)
        (file,) = client.get(f"contacts/{contact}/document_associations").json()["documents"]
    assert (file["name"], file["is_shared"]) == ("größe 1.bin", False)


def test_the_download_lies_on_another_host_and_refuses_a_key(sandbox: SandboxProcess, contact: int) -> None:
    with sandbox.client() as client:
        url = upload(client, contact).json()["url"]
        there, here = urlsplit(url), urlsplit(sandbox.url)
        assert there.hostname != here.hostname and there.port != here.port
        refused = httpx.get(url, headers=sandbox.headers(), trust_env=False)
        assert refused.status_code == 400
        # The API is not there, nor are the files here.
        api = f"{there.scheme}://{there.netloc}/crm/sales/api/contacts/filters"
        assert httpx.get(api, trust_env=False).status_code == 404
        assert httpx.get(url.replace(there.netloc, here.netloc), trust_env=False).status_code == 404


def test_an_address_holds_only_with_its_signature_and_for_its_time(sandbox: SandboxProcess, contact: int) -> None:
    with sandbox.client() as client:
        url = httpx.URL(upload(client, contact).json()["url"])
    later = url.copy_set_param("Expires", str(int(url.params["Expires"]) + 9))
    for wrong in (url.copy_set_param("Signature", "0"), later, url.copy_remove_param("Signature")):
        assert httpx.get(wrong, trust_env=False).status_code == 403
    gone = str(url).replace("/documents/", "/documents/9")
    assert httpx.get(gone, trust_env=False).status_code == 404


def test_files_hang_on_products_too(sandbox: SandboxProcess) -> None:
    product = min(sandbox.records("products"))
    with sandbox.client() as client:
        assert upload(client, product, "Product").status_code == 200
        assert len(client.get(f"cpq/products/{product}/document_associations").json()["documents"]) == 1


def test_what_an_upload_needs(sandbox: SandboxProcess, contact: int) -> None:
    with sandbox.client() as client:
        assert messages(upload(client, 1), 400) == ["Targetable is invalid"]
        assert messages(upload(client, contact, "Task"), 400) == ["Targetable type is invalid"]
        no_file = client.post("documents", data={"targetable_id": str(contact)}, files={"other": ("a", b"", "a/b")})
        assert messages(no_file, 400) == ["File can't be blank", "Targetable type can't be blank"]
        assert messages(client.post("documents", json={"file": "x"}), 400) == [
            "The request must be multipart/form-data"
        ]
        assert client.get(f"contacts/{contact}/document_associations").json()["documents"] == []


def test_links_are_listed_apart_with_their_own_address(sandbox: SandboxProcess) -> None:
    files = sandbox.records("files", "targetable_id", "targetable_type", "name")
    link = next(item for item in files.values() if item["name"] == "Shared folder")
    module = {"Contact": "contacts", "Deal": "deals", "SalesAccount": "sales_accounts"}[link["targetable_type"]]
    with sandbox.client() as client:
        listed = client.get(f"{module}/{link['targetable_id']}/document_associations").json()
    assert listed["document_links"][0]["url"].startswith("https://files.example.com/")
    assert "content_file_size" not in listed["document_links"][0]


@pytest.mark.parametrize(
    "body", [b"", b"--X--", b"--X\r\n\r\n--X", b'--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n1']
)
def test_half_a_form_is_no_form(body: bytes) -> None:
    assert not read_form("multipart/form-data; boundary=X", body)
    assert read_form("multipart/form-data", body) is None
