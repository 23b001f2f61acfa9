"""Records that are tied to a record: added, changed and taken off, while the others stay."""

from __future__ import annotations

from typing import Any

import httpx
from PySide6.QtCore import Qt

from crmdesk.ui.jobs.shown import Shown
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk
from tests.ui.parts.conftest import OpenPart, good, read
from tests.ui.parts.test_parts import active, fill
from tests.ui.record.conftest import settled


def products_of(sandbox: SandboxProcess, deal: int) -> dict[int, dict[str, Any]]:
    with sandbox.client() as client:
        answer: httpx.Response = client.get(f"deals/{deal}", params={"include": "products"})
    return {row["id"]: row for row in answer.json()["deal"]["products"]}


def with_three_products(sandbox: SandboxProcess) -> tuple[int, list[int]]:
    deal = int(next(iter(sandbox.records("deals"))))
    products = [int(key) for key in list(sandbox.records("products"))[:3]]
    rows = [{"id": key, "quantity": place, "discount": 5, "unit_price": 100} for place, key in enumerate(products, 1)]
    with sandbox.client() as client:
        client.put(
            f"deals/{deal}", params={"include": "products"}, json={"deal": {"products": rows}}
        ).raise_for_status()
    return deal, products


def test_one_of_three_products_is_changed_and_the_others_survive(
    desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart
) -> None:
    deal, products = with_three_products(sandbox)
    before = products_of(sandbox, deal)
    view = open_part("deals", "products", deal)
    assert view.count_text() == "3"
    assert "Total in the CRM" in view.foot.text() and "estimate" in view.foot.text()
    row = view.list.row(str(products[1]))
    row.entry.act("edit").run()
    fill(view.form, quantity=7)
    view.form.submit()
    desk.until(lambda: products_of(sandbox, deal)[products[1]]["quantity"] == 7)
    good(desk)
    after = products_of(sandbox, deal)
    assert {key: after[key] for key in (products[0], products[2])} == {
        key: before[key] for key in (products[0], products[2])
    }
    assert after[products[1]]["unit_price"] == 100.0 and after[products[1]]["discount"] == 5.0
    desk.until(lambda: view.list.row(str(products[1])).entry.meta.startswith("7 ×"))


def test_a_product_is_added_and_one_removed(desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart) -> None:
    deal, products = with_three_products(sandbox)
    view = open_part("deals", "products", deal)
    view.add()
    settled(desk)
    offered = view.form._options
    assert not {option.value for option in offered} & set(products)
    view.form.take(offered[0])
    view.form.submit()
    fill(view.form, quantity=2, unit_price="12.5")
    view.form.submit()
    desk.until(lambda: offered[0].value in products_of(sandbox, deal))
    good(desk)
    read(desk, view)
    view.list.row(str(products[0])).entry.act("delete").run()
    desk.until(lambda: products[0] not in products_of(sandbox, deal))
    good(desk)
    assert len(products_of(sandbox, deal)) == 3


def test_lines_of_the_history_are_named_as_far_as_it_is_known_and_nothing_is_asked(
    desk: PlainDesk, sandbox: SandboxProcess
) -> None:
    _deal, products = with_three_products(sandbox)
    name = sandbox.records("products", "name")[products[1]]["name"]
    line = f"products:{products[1]}"
    shown = Shown(desk)
    shown.need(("deals",))
    desk.until(lambda: shown.field("deals", "owner_id") == "Owner")
    settled(desk)
    sandbox.clear_requests()
    assert shown.field("deals", line) == f"Product · {products[1]}", "nobody has seen it yet"
    desk.loop.run_until_complete(desk.session.directory.load(("deal_products",)))
    assert shown.field("deals", line) == f"Product · {name}", "as the list of products says"
    before = len(sandbox.requests())
    assert shown.field("deals", "products:1") == "Product · 1" and shown.field("deals", "contacts:1") == "Contact · 1"
    settled(desk)
    assert len(sandbox.requests()) == before


def test_what_a_part_showed_is_named_in_the_history(
    desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart
) -> None:
    deal, products = with_three_products(sandbox)
    view = open_part("deals", "products", deal)
    names = sandbox.records("products", "name")
    row = view.list.row(str(products[2]))
    row.entry.act("edit").run()
    fill(view.form, quantity=9)
    view.form.submit()
    desk.until(lambda: products_of(sandbox, deal)[products[2]]["quantity"] == 9)
    good(desk)
    rows = desk.loop.run_until_complete(desk.session.jobs.history("deals", deal))
    shown = Shown(desk)
    assert not desk.session.directory.loaded("deal_products")
    assert shown.field("deals", rows[0].field) == f"Product · {names[products[2]]['name']}"


def test_a_price_of_a_product(desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart) -> None:
    view = open_part("products", "prices")
    view.add()
    settled(desk)
    view.form.take(next(option for option in view.form._options if option.value == "EUR"))
    view.form.submit()
    view.form.submit()
    assert view.form.editors["unit_price"].problem(), "a price needs one"
    fill(view.form, unit_price="19.9")
    view.form.submit()
    desk.until(lambda: view.records and view.list.row("EUR"))
    assert view.list.row("EUR").entry.side == "€ 19.90"
    good(desk)


def test_contacts_of_a_deal_are_added_by_typing_and_removed(
    desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart, qtbot: Any
) -> None:
    view = open_part("deals", "contacts")
    there = {row.id for row in view.records}
    contact = next(
        int(key)
        for key, row in sandbox.records("contacts", "last_name", "emails").items()
        if int(key) not in there and len(row["last_name"] or "") > 3 and row["last_name"].isascii()
    )
    view.add()
    form = view.form
    form.begin()
    with sandbox.client() as client:
        label = client.get(f"contacts/{contact}").json()["contact"]["display_name"]
    qtbot.keyClicks(form.picker, label)
    desk.until(lambda: any(option.value == contact for option in form.picker.model.options))
    form.take(next(option for option in form.picker.model.options if option.value == contact))
    qtbot.keyClick(form.add_button, Qt.Key.Key_Return)
    desk.until(lambda: contact in {row.id for row in view.records})
    good(desk)
    view.list.row(contact).entry.act("delete").run()
    desk.until(lambda: contact not in {row.id for row in view.records})
    good(desk)
    assert {row.id for row in view.records} == there


def test_the_primary_account_is_another(desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart) -> None:
    view = open_part("contacts", "accounts")
    first = {row.id for row in view.records}
    account = next(int(key) for key in sandbox.records("sales_accounts") if int(key) not in first)
    view.add_picked(account, "Another", None)
    desk.until(lambda: account in {row.id for row in view.records})
    good(desk)
    record = next(row for row in view.records if row.id == account)
    view.make_primary(record)
    desk.until(lambda: [row.id for row in view.records if row.fields["is_primary"]] == [account])
    good(desk)
    assert "Primary" in view.list.row(account).entry.chips


def test_a_member_joins_changes_and_leaves(desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart) -> None:
    view = open_part("deals", "team")
    user = active(desk)
    view.add()
    settled(desk)
    view.form.take(next(option for option in view.form._options if option.value == user))
    view.form.second.setCurrentIndex(1)
    chosen = view.form.second.currentText()
    view.form.submit()
    desk.until(lambda: [row.id for row in view.records] == [user])
    good(desk)
    assert view.list.row(user).entry.meta == chosen
    view.list.row(user).entry.act("edit").run()
    settled(desk)
    view.form.second.setCurrentIndex(0)
    other = view.form.second.currentText()
    view.form.submit()
    desk.until(lambda: view.list.rows and view.list.rows[0].entry.meta == other)
    good(desk)
    view.list.row(user).entry.act("delete").run()
    desk.until(lambda: not view.records)
    good(desk)


def test_a_contact_goes_on_a_list_and_off_it(desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart) -> None:
    view = open_part("contacts", "lists")
    number = view.records[0].id

    def on_it() -> bool:
        with sandbox.client() as client:
            rows = client.get(f"contacts/lists/{number}", params={"per_page": 100}).json()["contacts"]
        return view.place.record_id in {row["id"] for row in rows}

    if on_it():
        view.list.row(number).entry.act("delete").run()
        desk.until(lambda: not on_it())
        settled(desk)
    view.list.row(number).entry.act("edit").run()
    desk.until(on_it)
    assert good(desk).startswith("Added")
    view.list.row(number).entry.act("delete").run()
    desk.until(lambda: not on_it())
    assert good(desk).startswith("Took")


def test_a_child_gets_a_parent_and_loses_it(desk: PlainDesk, sandbox: SandboxProcess, open_part: OpenPart) -> None:
    parent, child = (int(key) for key in list(sandbox.records("sales_accounts"))[:2])
    view = open_part("sales_accounts", "hierarchy", parent)
    view.add_picked(child, "Child", None)
    desk.until(lambda: child in {row.id for row in view.records})
    good(desk)
    assert sandbox.record("sales_accounts", child)["parent_sales_account_id"] == parent
    above = open_part("sales_accounts", "hierarchy", child)
    assert above.list.rows[0].entry.chips == ("Parent",)
    view.list.row(child).entry.act("delete").run()
    desk.until(lambda: sandbox.record("sales_accounts", child)["parent_sales_account_id"] is None)
    good(desk)


def test_records_open_in_tabs_of_their_own(desk: PlainDesk, open_part: OpenPart, qtbot: Any) -> None:
    view = open_part("sales_accounts", "contacts")
    row = view.list.rows[0]
    row.setFocus()
    qtbot.keyClick(row, Qt.Key.Key_Down)
    assert view.list.rows[1].hasFocus()
    qtbot.keyClick(view.list.rows[1], Qt.Key.Key_Return)
    kind, args = desk.opened[-1]
    assert (kind, args["module"], args["id"]) == ("record", "contacts", view.records[1].id)
    assert view.add_button.isHidden(), "an account's contacts are changed from the contacts"
