"""Module specs and their registry."""

from __future__ import annotations

import pytest

from crmdesk.config.errors import InputError
from crmdesk.crm.modules import BUILT_IN, Modules, OwnerWay, custom_module
from crmdesk.crm.values import NOT_LOADED

OWN_PLACE = [key for key, spec in BUILT_IN.items() if not spec.part]
PROPERTY = {
    "id": 3,
    "entity_name": "cm_property",
    "singular_name": "Property",
    "plural_name": "Properties",
    "custom": True,
}


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("contacts", "contacts"),
        ("Contact", "contacts"),
        ("accounts", "sales_accounts"),
        ("sales_account", "sales_accounts"),
        ("sales activities", "sales_activities"),
        ("cpq_document", "documents"),
        ("cm_property", "cm_property"),
        ("Properties", "cm_property"),
        ("property", "cm_property"),
    ],
)
def test_a_module_is_found_by_any_of_its_names(typed: str, key: str) -> None:
    assert Modules([PROPERTY]).get(typed).key == key


def test_an_unknown_module_names_the_known_ones() -> None:
    with pytest.raises(InputError) as refused:
        Modules().get("leads")
    assert "sales_accounts" in refused.value.remedy


def test_custom_modules_come_and_go_and_are_remembered() -> None:
    modules = Modules()
    modules.learn([PROPERTY, {"entity_name": "contacts", "custom": False}, {"entity_name": "leads", "custom": True}])
    assert [spec.key for spec in modules.all()] == [*OWN_PLACE, "cm_property"]
    again = Modules()
    again.from_json(modules.to_json())
    assert again.get("cm_property") == modules.get("cm_property")
    modules.learn([])
    assert [spec.key for spec in modules.all()] == OWN_PLACE


def test_a_custom_modules_places() -> None:
    spec = custom_module(PROPERTY)
    assert spec.filters_path == "cm_property/filters"
    assert spec.view_path == "custom_module/cm_property/view"
    assert spec.path == "custom_module/cm_property"
    assert spec.owner_way is OwnerWay.PUT
    assert ("All Properties",) in spec.all_views


def test_an_owner_that_is_absent_is_not_loaded() -> None:
    contacts = BUILT_IN["contacts"]
    assert contacts.owner({"id": 1}) is NOT_LOADED
    assert contacts.owner({"owner_id": None}) is None
    assert contacts.owner({"owner_id": 4_000_000_000_001}) == 4_000_000_000_001
    assert contacts.owner({"owner_id": "17"}) == 17
    assert contacts.owner({"owner_id": {"odd": 1}}) is NOT_LOADED


def test_a_record_is_called_by_its_name() -> None:
    contacts = BUILT_IN["contacts"]
    assert contacts.label({"id": 1, "display_name": "Jane Sampleton"}) == "Jane Sampleton"
    assert contacts.label({"id": 1, "display_name": " ", "first_name": "Jane", "last_name": None}) == "Jane"
    assert contacts.label({"id": 1}) == "Contact 1"
    assert BUILT_IN["documents"].label({"id": 1, "document_number": "DOC-1"}) == "DOC-1"
