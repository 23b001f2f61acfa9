"""What the builders of writes refuse, and what the answers of writes mean. The requests stand in tests/contract."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crmdesk.config.errors import InputError
from crmdesk.crm import lists, settings_writes, writes
from crmdesk.crm.answers import Answer
from crmdesk.crm.errors import Unreadable
from crmdesk.crm.modules import BUILT_IN, Can, Modules, custom_module
from crmdesk.crm.relation_table import BadLine

CONTACTS, DEALS, PRODUCTS = BUILT_IN["contacts"], BUILT_IN["deals"], BUILT_IN["products"]
PROPERTY = custom_module({"entity_name": "cm_property", "singular_name": "Property", "plural_name": "Properties"})


def answer(body: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body).encode(), {}, "PUT x")


def test_nothing_is_made_that_the_api_has_no_request_for() -> None:
    with pytest.raises(InputError, match="can't clone products"):
        writes.clone(PRODUCTS, 1)
    with pytest.raises(InputError, match="can't delete calls"):
        writes.delete(BUILT_IN["phone_calls"], 1)
    with pytest.raises(InputError, match="can't forget tasks"):
        writes.forget(BUILT_IN["tasks"], 1)
    with pytest.raises(InputError, match="Only accounts"):
        writes.delete(DEALS, 1, with_contacts_and_deals=True)
    with pytest.raises(InputError, match="in bulk"):
        writes.bulk_upsert(PROPERTY, [({"id": 1}, {})])
    with pytest.raises(InputError, match="in bulk"):
        writes.bulk_assign_owner(DEALS, [1], 2)


@pytest.mark.parametrize("can", sorted(Can))
def test_what_a_module_can_do_has_its_path(can: Can) -> None:
    paths = {Can.BULK_DELETE: "bulk_delete_path", Can.BULK_RESTORE: "bulk_restore_path"}
    paths |= {Can.BULK_UPDATE: "bulk_update_path", Can.BULK_UPSERT: "bulk_upsert_path", Can.LOOKUP: "search_entity"}
    specs = [*BUILT_IN.values(), PROPERTY]
    assert any(can in spec.can for spec in specs)
    for spec in specs:
        if can in paths:
            assert (can in spec.can) == (getattr(spec, paths[can]) is not None), spec.key
        assert spec.unproven <= spec.can


def test_only_what_can_be_sent_twice_is_repeatable() -> None:
    once = [writes.create(CONTACTS, {}), writes.clone(CONTACTS, 1), writes.create(BUILT_IN["files"], {"path": "a"})]
    again = [
        writes.update(CONTACTS, 1, {}),
        writes.delete(CONTACTS, 1),
        writes.upsert(CONTACTS, {"id": 1}, {}),
        lists.move_contacts(1, 2),
    ]
    assert [call.repeatable for call in once] == [False] * 3
    assert [call.repeatable for call in again] == [True] * 4
    assert once[1].text == "POST contacts/1/clone"


def test_an_upsert_takes_one_field_and_never_email() -> None:
    with pytest.raises(InputError, match="emails"):
        writes.upsert(CONTACTS, {"email": "a@b.example"}, {})
    with pytest.raises(InputError, match="exactly one"):
        writes.bulk_upsert(CONTACTS, [({"emails": "a@b.example", "id": 1}, {})])
    with pytest.raises(ValueError, match="1 to 100"):
        writes.bulk_upsert(CONTACTS, [({"id": 1}, {})] * 101)


def test_lines_go_with_a_new_record_only_where_the_api_takes_them() -> None:
    with pytest.raises(BadLine, match="products:1"):
        writes.create(DEALS, {"name": "x", "products:1": {"quantity": 1}})
    with pytest.raises(BadLine, match="contacts:1"):
        writes.update(DEALS, 1, {"contacts:1": True})
    with pytest.raises(BadLine):
        writes.create(DEALS, {"contacts:nobody": True})
    without = writes.create(DEALS, {"name": "x", "contacts:1": None})
    assert without.body == {"deal": {"name": "x"}}


def test_a_contact_gets_exactly_one_primary_account() -> None:
    both = writes.create(CONTACTS, {"sales_accounts:1": {}, "sales_accounts:2": {}}).body["contact"]["sales_accounts"]
    assert [line["is_primary"] for line in both] == [True, False]
    said = {"sales_accounts:1": {}, "sales_accounts:2": {"is_primary": True}}
    chosen = writes.create(CONTACTS, said).body["contact"]["sales_accounts"]
    assert [line["is_primary"] for line in chosen] == [False, True]


def test_ids_of_custom_modules_go_as_text_in_bulk() -> None:
    assert writes.bulk_delete(PROPERTY, [5]).body == {"selected_ids": ["5"]}
    assert writes.bulk_delete(DEALS, [5]).body == {"selected_ids": [5]}


def test_the_record_is_found_in_every_answer_of_a_write() -> None:
    contact = writes.record_of(CONTACTS, answer({"users": [{"id": 9}], "contact": {"id": 1}}))
    assert (contact.fields, contact.side) == ({"id": 1}, {"users": [{"id": 9}]})
    made = writes.record_of(BUILT_IN["lists"], answer({"list": {"id": 1, "list_name": "a"}}))
    assert made.fields["name"] == "a"
    call = writes.record_of(BUILT_IN["phone_calls"], answer({"notes": [], "phone_calls": {"id": 7}}))
    assert call.fields == {"id": 7}
    file = writes.record_of(BUILT_IN["files"], answer({"id": 219, "msg": "x", "url": "https://files.example/a"}))
    assert file.fields["id"] == 219
    assert writes.record_of(CONTACTS, answer(True)).fields == {}
    assert writes.record_of(CONTACTS, Answer(200, b"<html>", {}, "")).fields == {}


def test_an_explicit_no_is_a_refusal_and_nothing_else() -> None:
    told = writes.per_id(CONTACTS, answer({"contacts": [{"1": True}, {"2": False}], "message": "1 contact deleted."}))
    assert told.per_id == {1: True, 2: False}
    queued = writes.per_id(PRODUCTS, answer({"message": "Bulk deletion added to queue."}))
    assert (queued.per_id, queued.message) == (None, "Bulk deletion added to queue.")
    assert writes.per_id(CONTACTS, Answer(204, b"", {}, "")).per_id is None
    assert writes.refused(answer(False))
    for fine in (True, {"success": "200"}, {"msg": {"id": 1, "code": "success"}}, {"note": {"id": 1}}):
        assert not writes.refused(answer(fine))


def test_a_job_is_known_by_its_address_or_its_message() -> None:
    by_address = answer({"message": "started", "job_status_url": "http://elsewhere.example/api/job_statuses/abc123"})
    assert writes.job_id(by_address) == "abc123"
    assert writes.job_id(answer({"message": "Batch job b7b68d8f initiated."})) == "b7b68d8f"
    with pytest.raises(Unreadable):
        writes.job_id(answer({"message": "started"}))


def test_settings_are_checked_before_they_are_sent() -> None:
    with pytest.raises(InputError, match="cm_"):
        settings_writes.create_module({"singular_name": "a", "plural_name": "b", "icon": "c", "entity_name": "x"})
    with pytest.raises(InputError, match="icon"):
        settings_writes.create_module({"singular_name": "a", "plural_name": "b"})
    with pytest.raises(InputError, match="type"):
        settings_writes.create_field("cm_x", 1, {"label": "a"})
    with pytest.raises(InputError, match="no name"):
        settings_writes.create_field("../contacts", 1, {"label": "a", "type": "text"})


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("Contact", "contacts"),
        ("SalesAccount", "sales_accounts"),
        ("salesAccount", "sales_accounts"),
        ("sales_account", "sales_accounts"),
        ("deal", "deals"),
        ("cm_property", "cm_property"),
    ],
)
def test_a_target_type_names_its_module(said: str, key: str) -> None:
    found = Modules([{"entity_name": "cm_property", "custom": True}]).of_target_type(said)
    assert found is not None
    assert found.key == key
    assert Modules().of_target_type("Lead") is None
