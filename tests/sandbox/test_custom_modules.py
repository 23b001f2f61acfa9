"""Custom modules and their fields: made, changed, used and deleted while the sandbox runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.support import messages, rows
from tests.support.sandbox_process import SandboxProcess

Answer = dict[str, Any]
AT = "settings/module_customizations"
BOAT = {"singular_name": "Boat", "plural_name": "Boats", "icon": "icon-cm-asset"}


def module(client: httpx.Client, **more: Any) -> Answer:
    """A new module."""
    answer = client.post(AT, json={"module_customization": {**BOAT, **more}})
    assert answer.status_code == 200, answer.text
    found: Answer = answer.json()["module_customization"]
    return found


def form(client: httpx.Client, entity: str) -> Answer:
    """The one form of a module."""
    found: Answer = client.get(f"settings/{entity}/forms").json()["forms"][0]
    return found


def field(client: httpx.Client, entity: str, **data: Any) -> httpx.Response:
    """A request for a new field."""
    number = form(client, entity)["id"]
    return client.post(f"settings/{entity}/forms/{number}/fields", json={"field": data})


def test_a_new_module_has_views_a_form_and_records(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        made = module(client, description="Things that swim")
        assert (made["entity_name"], made["custom"], made["status"]) == ("cm_boat", True, 1)
        listed = client.get(AT).json()["module_customizations"]
        assert made in listed and len({item["id"] for item in listed}) == len(listed)
        names = [item["name"] for item in client.get("cm_boat/filters").json()["filters"]]
        assert names == ["All Boats", "My Boats", "Recently Imported", "My Territory Boats", "Recycle Bin"]
        record = client.post("custom_module/cm_boat", json={"cm_boat": {"name": "Ark"}}).json()["cm_boat"]
        view = client.get("cm_boat/filters").json()["filters"][0]["id"]
        listed = client.get(f"custom_module/cm_boat/view/{view}").json()["cm_boat"]
        assert [item["id"] for item in listed] == [record["id"]]
        fields = form(client, "cm_boat")["fields"][0]["fields"]
        assert [item["name"] for item in fields][:2] == ["name", "owner_id"]


def test_a_module_gets_other_names_and_keeps_its_entitys(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        made = module(client)
        data = {"singular_name": "Ship", "plural_name": "Ships", "icon": "icon-cm-cart", "entity_name": "cm_other"}
        changed = client.put(f"{AT}/{made['id']}", json={"module_customization": data}).json()["module_customization"]
        assert (changed["singular_name"], changed["entity_name"]) == ("Ship", "cm_boat")
        assert client.get(f"{AT}/{made['id']}").json()["module_customization"] == changed
        client.post("custom_module/cm_boat", json={"cm_boat": {"name": "Ark"}})
        number = min(sandbox.records("cm_boat"))
        said = client.post("custom_module/cm_boat/bulk_destroy", json={"selected_ids": [str(number)]}).json()["message"]
        assert said == "1 Ships deleted."


def test_a_deleted_module_is_gone_with_all_that_it_had(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        other = client.get("custom_module/cm_loan/" + str(min(sandbox.records("cm_loan")))).json()
        made = module(client)
        record = client.post("custom_module/cm_boat", json={"cm_boat": {"name": "Ark"}}).json()["cm_boat"]
        about = {"targetable_type": "cm_boat", "targetable_id": record["id"], "description": "x"}
        assert client.post("notes", json={"note": about}).status_code == 200
        assert client.delete(f"{AT}/{made['id']}").json() == {"message": "Module deleted successfully"}
        assert client.get(f"{AT}/{made['id']}").status_code == 404
        assert client.get("cm_boat/filters").status_code == 404
        assert client.get(f"custom_module/cm_boat/{record['id']}").status_code == 404
        again = module(client)
        assert again["id"] != made["id"]
        assert client.get(f"custom_module/cm_boat/{record['id']}/notes").status_code == 404
        assert client.get("custom_module/cm_loan/" + str(min(sandbox.records("cm_loan")))).json() == other


def test_there_can_be_ten_modules(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        for number in range(10 - 3):
            module(client, entity_name=f"cm_boat{number}")
        refused = client.post(AT, json={"module_customization": BOAT})
        assert messages(refused, 400) == ["You can create up to 10 custom modules"]


def test_a_taken_entity_name_gets_a_number(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        assert [module(client)["entity_name"] for _place in range(3)] == ["cm_boat", "cm_boat_1", "cm_boat_2"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"singular_name": " "}, "Singular name can't be blank"),
        ({"plural_name": None}, "Plural name can't be blank"),
        ({"icon": ""}, "Icon can't be blank"),
        ({"icon": "icon-cm-boat"}, "Icon is not one of the allowed icons"),
        ({"entity_name": "boat"}, "Entity name should start with cm_ and hold small letters, digits and _"),
        ({"status": 7}, "Status must be 0 or 1"),
        ({"show_in_navigation_menu": "no"}, "show_in_navigation_menu must be true or false"),
    ],
)
def test_what_a_module_needs(sandbox: SandboxProcess, changed: Answer, told: str) -> None:
    with sandbox.client() as client:
        answer = client.post(AT, json={"module_customization": {**BOAT, **changed}})
        assert messages(answer, 400) == [told]
        assert len(client.get(AT).json()["module_customizations"]) == 4 + 3


def test_only_admins_change_settings_and_only_custom_modules_can_be(sandbox: SandboxProcess) -> None:
    with sandbox.client(agent=True) as agent, sandbox.client() as admin:
        assert agent.post(AT, json={"module_customization": BOAT}).status_code == 403
        assert agent.post("settings/cm_loan/forms/1/fields", json={"field": {}}).status_code == 403
        built_in = next(item for item in admin.get(AT).json()["module_customizations"] if not item["custom"])
        assert admin.delete(f"{AT}/{built_in['id']}").status_code == 404
        assert admin.post("settings/cm_loan/forms/1/fields", json={"field": {}}).status_code == 404


CHOICES = [{"value": "second", "position": 2}, {"value": "first", "position": 1}]


@pytest.mark.parametrize(
    ("kind", "more", "value"),
    [
        ("text", {}, "sea"),
        ("paragraph", {}, "sea\nand land"),
        ("number", {}, 5),
        ("decimal", {"field_options": {"locale": "fi"}}, 2.5),
        ("checkbox", {}, True),
        ("date", {}, "2030-01-31"),
        ("dropdown", {"choices": CHOICES}, "first"),
        ("radio", {"choices": CHOICES}, "second"),
        ("multi_select_dropdown", {"choices": CHOICES}, "first;second"),
    ],
)
def test_a_new_field_holds_values(sandbox: SandboxProcess, kind: str, more: Answer, value: object) -> None:
    with sandbox.client() as client:
        answer = field(client, "cm_loan", label="My field", type=kind, hint="why", **more)
        assert answer.status_code == 200, answer.text
        made = answer.json()["field"]
        assert (made["name"], made["type"], made["hint"], made["custom"]) == ("cf_my_field", kind, "why", True)
        section = form(client, "cm_loan")["fields"][0]
        assert made in section["fields"] and made["parent_id"] == section["id"]
        assert [item["value"] for item in made["choices"]] == (["first", "second"] if "choices" in more else [])
        number = min(sandbox.records("cm_loan"))
        body = {"cm_loan": {"custom_field": {"cf_my_field": value}}}
        assert client.put(f"custom_module/cm_loan/{number}", json=body).status_code == 200
        stored = client.get(f"custom_module/cm_loan/{number}").json()["cm_loan"]["custom_field"]["cf_my_field"]
        assert stored == value


def test_a_look_up_names_what_it_looks_up(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        contact = rows(client, "contacts", "All Contacts")[0]["id"]
        for kind in ("contact", "account", "deal", "cm_property", "property"):
            options = {"lookup_type": kind}
            made = field(client, "cm_loan", label=f"To {kind}", type="auto_complete", field_options=options).json()
            assert made["field"]["field_options"]["lookup_type"] == kind
            assert made["field"]["link"] == f"/search.json?include={kind}&q="
        number = min(sandbox.records("cm_loan"))
        body = {"cm_loan": {"custom_field": {"cf_to_contact": str(contact)}}}
        own = client.put(f"custom_module/cm_loan/{number}", json=body).json()["cm_loan"]["custom_field"]
        assert own["cf_to_contact"] == contact


def test_a_required_field_is_asked_for(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        assert field(client, "cm_loan", label="Purpose", type="text", required=True).status_code == 200
        new: dict[str, Answer] = {"cm_loan": {"name": "A loan"}}
        assert messages(client.post("custom_module/cm_loan", json=new), 400) == ["Purpose can't be blank"]
        new["cm_loan"]["custom_field"] = {"cf_purpose": "A house"}
        assert client.post("custom_module/cm_loan", json=new).status_code == 200


def test_contacts_get_fields_too(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        sections = {item["label"]: item["id"] for item in form(client, "contacts")["fields"]}
        made = field(client, "contacts", label="Shoe size", type="number", parent_id=sections["More"]).json()["field"]
        assert made["parent_id"] == sections["More"]
        flat = client.get("settings/contacts/fields", params={"include": "field_group"}).json()
        group = next(item["id"] for item in flat["field_groups"] if item["label"] == "More")
        added = next(item for item in flat["fields"] if item["name"] == "cf_shoe_size")
        assert (added["field_group_id"], added["default"]) == (group, False)
        contact = client.get(f"contacts/{rows(client, 'contacts', 'All Contacts')[0]['id']}").json()["contact"]
        assert contact["custom_field"]["cf_shoe_size"] is None


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"type": "text"}, "Label can't be blank"),
        ({"label": "A"}, "Type can't be blank"),
        ({"label": "A", "type": "radio"}, "Choices can't be blank"),
        ({"label": "A", "type": "radio", "choices": [{"value": " "}]}, "The value of a choice can't be blank"),
        (
            {"label": "A", "type": "dropdown", "choices": [{"value": "x"}, {"value": "X"}]},
            "The values of choices must differ",
        ),
        ({"label": "A", "type": "auto_complete"}, "Lookup type can't be blank"),
        ({"label": "A", "type": "auto_complete", "field_options": {"lookup_type": "moon"}}, "Lookup type is invalid"),
        (
            {"label": "A", "type": "decimal", "field_options": {"locale": "de"}},
            "Locale is invalid; it can be en, es, en-IN, fi",
        ),
        ({"label": "A", "type": "text", "parent_id": "x"}, "Parent is invalid"),
        ({"label": "A", "type": "text", "required": "yes"}, "required must be true or false"),
    ],
)
def test_what_a_field_needs(sandbox: SandboxProcess, data: Answer, told: str) -> None:
    with sandbox.client() as client:
        assert messages(field(client, "cm_loan", **data), 400) == [told]


def test_an_unknown_type_is_told_which_there_are(sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        assert messages(field(client, "cm_loan", label="A", type="colour"), 400)[0].startswith("Type is invalid; it")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state file."""
    yield tmp_path / "state.db"


def test_what_was_made_is_there_after_a_restart(state: Path) -> None:
    flags = ("--records", "30", "--state", str(state))
    with SandboxProcess(*flags) as sandbox, sandbox.client() as client:
        made = module(client)
        assert field(client, "cm_boat", label="Masts", type="number").status_code == 200
        body = {"cm_boat": {"name": "Ark", "custom_field": {"cf_masts": 2}}}
        record = client.post("custom_module/cm_boat", json=body).json()["cm_boat"]["id"]
        data = {"targetable_type": "cm_boat", "targetable_id": record}
        upload = client.post("documents", data=data, files={"file": ("a.txt", b"sails", "text/plain")})
        assert upload.status_code == 200, upload.text
    with SandboxProcess(*flags) as sandbox, sandbox.client() as client:
        assert client.get(f"{AT}/{made['id']}").json()["module_customization"] == made
        again = client.get(f"custom_module/cm_boat/{record}").json()["cm_boat"]
        assert again["custom_field"] == {"cf_masts": 2}
        (file,) = client.get(f"custom_module/cm_boat/{record}/document_associations").json()["documents"]
        assert httpx.get(file["url"], trust_env=False).content == b"sails"
