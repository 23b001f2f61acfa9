"""Any value of any kind comes out of its editor as it went in, whether it was touched or not."""

from __future__ import annotations

from typing import Any

import pytest

from crmdesk.crm.kinds import Kind, kind_of
from crmdesk.crm.modules import BUILT_IN
from crmdesk.ui.editors.making import EDITORS
from tests.ui.browse.desks import PlainDesk
from tests.ui.editors.conftest import CHOICES, Maker, field_of

CASES: tuple[tuple[Kind, str, str, tuple[Any, ...]], ...] = (
    (Kind.TEXT, "cf_text", "text", ("Ågård & Søn", "  spaces ", "<b>no markup</b>", "سلام", "7")),
    (Kind.LONG_TEXT, "cf_area", "textarea", ("one\ntwo\n\nfour", "tabs\tinside", "x" * 5000)),
    (Kind.NUMBER, "cf_number", "number", (0, -17, 2000003516, "12.5")),
    (Kind.DECIMAL, "cf_decimal", "decimal", ("0", "4436.93", "-0.5", "1234567890123.25")),
    (Kind.MONEY, "amount", "number", ("54896", "0.01", "9007199254740991")),
    (Kind.DATE, "cf_date", "date", ("1975-11-28", "2028-02-29")),
    (Kind.TIME, "cf_time", "date_time", ("2027-11-05T18:00:00Z", "2026-03-29T01:30:00Z", "2026-01-01T00:00:07Z")),
    (Kind.CHECKBOX, "cf_check", "checkbox", (True, False)),
    (Kind.CHOICE_TEXT, "cf_choice", "dropdown", ("Red", "Reddish", "Blue; pale", "gone since")),
    (Kind.CHOICE_TEXT, "cf_radio", "radio", ("Red", "Blue; pale", "gone since")),
    (Kind.CHOICE_ID, "medium_id", "dropdown", (11, 13, 99999999999)),
    (Kind.MULTI_TEXT, "cf_multi", "multi_select_dropdown", (["Red"], ["Red", "Blue; pale"], ["gone", "Red"])),
    (Kind.MULTI_ID, "media_ids", "multi_select_dropdown", ([11], [12, 13], [777])),
    (Kind.LOOKUP, "cf_lookup", "auto_complete", (402010000000, 2000003516)),
    (Kind.USER, "owner_id", "dropdown", (402000120001, 999)),
    (Kind.TAGS, "tags", "text", (["a"], ["big", "very big"])),
    (Kind.SUBSCRIPTION, "subscription_types", "multi_select_dropdown", ([1], [1, 2, 3, 4, 5])),
    (Kind.URL, "website", "text", ("https://example.com/a?b=c", "www.example.com")),
    (Kind.EMAIL, "email", "text", ("jane@example.com",)),
    (Kind.PHONE, "phone", "text", ("+49 30 123456",)),
    (Kind.ZONE, "time_zone", "dropdown", ("Chennai", "London")),
    (
        Kind.EMAILS,
        "emails",
        "group_field",
        (
            [{"value": "a@example.com", "is_primary": True}],
            [
                {"value": "a@example.com", "label": "Work", "is_primary": False},
                {"value": "b@example.com", "is_primary": True},
            ],
        ),
    ),
    (
        Kind.PHONES,
        "phone_numbers",
        "group_field",
        ([{"value": "+1 555", "label": "Home", "is_primary": False}], [{"value": "+1 556", "is_primary": True}]),
    ),
    (Kind.RAW, "sales_accounts", "auto_complete", ([{"id": 5, "name": "x"}], "text")),
    (Kind.LINE, "products:17", "text", (True, {"quantity": 2})),
)
LISTED = {"dropdown", "radio", "multi_select_dropdown"}


def test_every_kind_has_an_editor_and_a_case() -> None:
    assert set(EDITORS) == set(Kind) == {kind for kind, *_ in CASES}


@pytest.mark.parametrize(("kind", "name", "type_", "values"), CASES, ids=[f"{k}-{n}" for k, n, *_ in CASES])
def test_a_value_comes_out_as_it_went_in(
    desk: PlainDesk, make: Maker, kind: Kind, name: str, type_: str, values: tuple[Any, ...]
) -> None:
    desk.loop.run_until_complete(desk.session.directory.load(("owners",)))
    own = name in ("owner_id", "subscription_types", "time_zone")
    field = field_of(name, type_, choices=CHOICES if type_ in LISTED and not own else ())
    module = "appointments" if kind is Kind.ZONE else "contacts"
    assert kind_of(BUILT_IN[module], field) is kind
    editor = make(field, module=module)
    for value in (*values, None):
        editor.set_value(value)
        assert editor.value() == value, "untouched"
        assert editor.read() == value, "as the widgets show it"
        editor.touch()
        assert editor.value() == value and editor.check(), f"touched: {editor.problem()}"
        editor.set_value(None)
        assert editor.value() is None and editor.read() is None


def test_a_value_that_is_none_of_its_kind_is_not_lost(make: Maker) -> None:
    for name, type_, value in (
        ("cf_date", "date", "not a date"),
        ("cf_time", "date_time", "soon"),
        ("cf_number", "number", "many"),
        ("cf_check", "checkbox", "perhaps"),
        ("cf_multi", "multi_select_dropdown", {"strange": 1}),
        ("emails", "group_field", 5),
    ):
        editor = make(field_of(name, type_), value)
        assert editor.value() == value
        editor.restore()
        assert editor.value() == value
