"""What the printed requests do about what hangs on records, lists, products, documents, files and settings.

That every answer has the documented keys is checked beside this module.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.sandbox_process import SandboxProcess

EXAMPLES = Path(__file__).parents[3] / "shared" / "contract" / "examples.json"
if not EXAMPLES.exists():
    pytest.skip(f"the reference's examples are not at {EXAMPLES}", allow_module_level=True)

SECTIONS = (
    *("Marketing Lists", "Notes", "Tasks", "Appointments", "Sales Activities", "Phone", "Products", "Documents"),
    *("Files", "Custom Modules", "Fields in custom modules"),
)
DOCUMENTED = {
    example["id"]: example
    for example in json.loads(EXAMPLES.read_text(encoding="utf-8"))["examples"]
    if example["section"] in SECTIONS
}
CREATED = ("/api/tasks", "/api/appointments", "/api/phone_calls")


@pytest.fixture(scope="module")
def reference_crm() -> Iterator[SandboxProcess]:
    """A sandbox that holds the documented records."""
    with SandboxProcess("--dataset", "reference", "--job-time", "0.05,0") as sandbox:
        yield sandbox


def sent(sandbox: SandboxProcess, example: dict[str, Any]) -> httpx.Response:
    """The example's request as it is printed, at the sandbox's address."""
    sandbox.reset()
    path = example["path"].removeprefix("/api/")
    with sandbox.client() as client:
        if example["form"] is None:
            return client.request(example["method"], path, json=example["body"])
        form = {key: value for key, value in example["form"].items() if key != "file"}
        return client.post(path, data=form, files={"file": ("download.jpeg", b"\xff\xd8\xff", "image/jpeg")})


def named(number: int) -> str:
    example = DOCUMENTED[number]
    return f"{number}-{example['method']}-{example['path']}"


@pytest.mark.parametrize("number", DOCUMENTED, ids=named)
def test_tasks_appointments_and_calls_are_created_with_201(reference_crm: SandboxProcess, number: int) -> None:
    example = DOCUMENTED[number]
    created = example["method"] == "POST" and example["path"] in CREATED
    assert sent(reference_crm, example).status_code == (201 if created else 200)


@pytest.mark.parametrize(
    "number", [number for number, item in DOCUMENTED.items() if item["method"] == "PUT"], ids=named
)
def test_what_was_sent_is_what_is_answered(reference_crm: SandboxProcess, number: int) -> None:
    example = DOCUMENTED[number]
    answer = sent(reference_crm, example).json()
    for key, data in (example["body"] or {}).items():
        if key not in answer or not isinstance(data, dict):
            continue
        for name in ("title", "description", "stage", "category", "status", "is_active", "singular_name", "icon"):
            if name in data:
                assert answer[key][name] == data[name]


@pytest.mark.parametrize("number", [77, 83, 88, 97, 109, 126, 130, 140], ids=named)
def test_what_was_deleted_is_not_there_for_a_second_deletion(reference_crm: SandboxProcess, number: int) -> None:
    example = DOCUMENTED[number]
    assert sent(reference_crm, example).status_code == 200
    with reference_crm.client() as client:
        again = client.delete(example["path"].removeprefix("/api/"))
    assert again.status_code == 404


@pytest.mark.parametrize("blank", ["", " "])
def test_a_call_is_taken_with_the_blanks_that_the_reference_prints_in_its_keys(
    reference_crm: SandboxProcess, blank: str
) -> None:
    targetable = {"id": "1", f"mobile_number{blank}": "11919457004 "}
    call = {"call_direction": True, "targetable_type": "contact", "targetable": targetable}
    with reference_crm.client() as client:
        answer = client.post("phone_calls", json={"phone_call": {**call, f"note{blank}": {"description": "Hello"}}})
    assert answer.status_code == 201, answer.text
    assert answer.json()["notes"][0]["description"] == "Hello"
