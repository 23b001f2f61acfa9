"""Through one window: an account with a contact and a deal, its products and files, lists, and a thousand rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from crmdesk.ui.lists.ask import ChooseList
from crmdesk.ui.lists.workspace import ListsWorkspace
from crmdesk.ui.parts.page import THERE
from crmdesk.ui.record.new import NewWorkspace
from crmdesk.ui.record.workspace import RecordWorkspace
from crmdesk.ui.transfer.import_workspace import ImportWorkspace
from tests.ui.journeys.traveller import Traveller

CTRL = Qt.KeyboardModifier.ControlModifier
COMPANY, PERSON, DEAL = "Journey Works 9000", "Ada Traveller", "Ten of everything"
FAIR, EMPTY = 2, 6


def part(traveller: Traveller, work: RecordWorkspace, name: str) -> Any:
    """A part of a record, read."""
    work.parts.go(name)
    page: Any = work.parts.page
    traveller.until(lambda: page.state == THERE, f"{name} is read")
    traveller.settle()
    return page


def created(traveller: Traveller, form: NewWorkspace, module: str, **values: Any) -> int:
    """Fill in the form, press Ctrl+S; gives the id of the record that is made."""
    before = set(traveller.sandbox.records(module))
    for field, value in values.items():
        traveller.enter(form, field, value)
    traveller.keys(Qt.Key.Key_S, CTRL)
    traveller.until(lambda: form.open_button.isVisible(), "it is created")
    traveller.settle()
    (made,) = set(traveller.sandbox.records(module)) - before
    return made


def products_of(traveller: Traveller, deal: int) -> dict[int, dict[str, Any]]:
    with traveller.sandbox.client() as client:
        body = client.get(f"deals/{deal}", params={"include": "products"}).json()
    return {row["id"]: row for row in body["deal"]["products"]}


def test_an_account_with_a_contact_and_a_deal_and_what_hangs_on_it(traveller: Traveller, tmp_path: Path) -> None:
    sandbox = traveller.sandbox
    account = created(traveller, traveller.new("sales_accounts"), "sales_accounts", name=COMPANY)
    first, _, last = PERSON.partition(" ")
    person = created(
        traveller,
        traveller.new("contacts"),
        "contacts",
        last_name=last,
        first_name=first,
        emails=[{"value": "ada@journey.example", "is_primary": True}],
    )

    # The account is tied to the contact in the contact's tab, the deal begun from the account's.
    tab = traveller.record("contacts", person)
    page = part(traveller, tab, "accounts")
    page.add()
    traveller.settle()
    traveller.write(COMPANY, on=page.form.picker)
    options = page.form.picker.model
    traveller.until(lambda: any(one.value == account for one in options.options), "the account is found as one types")
    page.form.take(next(one for one in options.options if one.value == account))
    traveller.click(page.form.add_button)
    traveller.until(lambda: [row.id for row in page.records] == [account], "the account is tied to the contact")
    tab = traveller.record("sales_accounts", account)
    page = part(traveller, tab, "contacts")
    assert [row.id for row in page.records] == [person]
    page = part(traveller, tab, "deals")
    traveller.click(page.add_button)
    form = traveller.drawn(traveller.opened(NewWorkspace))
    assert form.fields is not None and form.fields.values()["sales_account_id"] == account
    deal = created(traveller, form, "deals", name=DEAL, amount="1000")
    assert sandbox.record("deals", deal)["sales_account_id"] == account

    # Three products, one of them changed: the others survive.
    products = list(sandbox.records("products"))[:3]
    lines = [{"id": key, "quantity": place, "unit_price": 100} for place, key in enumerate(products, 1)]
    with sandbox.client() as client:
        client.put(f"deals/{deal}", json={"deal": {"products": lines}}).raise_for_status()
    before = products_of(traveller, deal)
    tab = traveller.record("deals", deal)
    page = part(traveller, tab, "products")
    page.list.row(str(products[1])).entry.act("edit").run()
    traveller.settle()
    editor = page.form.editors["quantity"]
    editor.begin()
    traveller.keys(Qt.Key.Key_A, CTRL)
    traveller.write("7")
    traveller.click(page.form.save)
    traveller.until(lambda: products_of(traveller, deal)[products[1]]["quantity"] == 7, "the line is changed")
    after = products_of(traveller, deal)
    assert {key: after[key] for key in products if key != products[1]} == {
        key: before[key] for key in products if key != products[1]
    }
    traveller.settle()

    # A file, sent once; what was done stands in the record's history.
    path = tmp_path / "offer.pdf"
    path.write_bytes(b"%PDF-1.4 an offer")
    page = part(traveller, tab, "files")
    page.uploads.offer([path])
    traveller.click(page.uploads.go)
    traveller.until(lambda: any(row.fields.get("name") == "offer.pdf" for row in page.records), "the file is listed")
    traveller.settle()
    told = traveller.run(traveller.desk.session.jobs.history("deals", deal))
    assert any(row.field == f"products:{products[1]}" for row in told)


def test_contacts_are_moved_between_lists(traveller: Traveller) -> None:
    def members(number: int) -> set[int]:
        with traveller.sandbox.client() as client:
            return {row["id"] for row in client.get(f"contacts/lists/{number}").json()["contacts"]}

    source, target = members(FAIR), members(EMPTY)
    assert source and not target
    traveller.desk.open("view", {"module": "lists", "list": FAIR})
    work = traveller.opened(ListsWorkspace)
    traveller.until(lambda: work.work is not None and work.work.model.store.pages, "the list's contacts are there")
    table = work.work
    assert table is not None
    table.table.go_to(0, select=True)
    traveller.settle()
    chosen = table.model.id_at(0)
    traveller.click(work.foot.move_button)
    dialog = traveller.dialog(ChooseList)
    traveller.until(lambda: dialog.model.rowCount(), "the lists to choose from")
    dialog.view.setCurrentIndex(dialog.model.index(dialog.model.row_of(EMPTY)))
    traveller.click(dialog.button)
    traveller.until(lambda: members(EMPTY) == {chosen}, "the contact is on the other list")
    traveller.until(lambda: members(FAIR) == source - {chosen}, "and no longer on its own")
    traveller.settle()


def test_a_thousand_rows_of_which_thirteen_are_bad_come_in_through_the_window(
    traveller: Traveller, tmp_path: Path
) -> None:
    bad = {place: f"row{place} at mail.example" for place in range(30, 30 + 13 * 70, 70)}
    rows = [f"First{n},Last{n},{bad.get(n, f'row{n}@mail.example')},Ulm" for n in range(1, 1001)]
    path = tmp_path / "people.csv"
    path.write_text("\n".join(["First name,Last name,Email,City", *rows]), encoding="utf-8")
    there = len(traveller.sandbox.records("contacts"))

    traveller.desk.open("import", {"module": "contacts", "path": str(path)})
    work = traveller.opened(ImportWorkspace)
    traveller.until(lambda: work.file_page.opened is not None, "the file is read")
    traveller.click(work.file_page.next)
    traveller.until(lambda: work.pages.currentWidget() is work.match_page, "the columns are matched")
    traveller.settle()
    work.match_page.options.choose_way("create")
    traveller.click(work.match_page.next)
    check, go = work.check_page, work.work_page.go_button
    traveller.until(lambda: go.isVisible() or work.pages.currentWidget() is check, "the price is known")
    if work.pages.currentWidget() is not check:
        traveller.click(go)
    traveller.until(lambda: work.pages.currentWidget() is check, "every cell is checked")
    traveller.settle()
    assert check.cells.cells.rowCount() == 13
    traveller.click(check.whole_button)
    traveller.until(lambda: work.pages.currentWidget() is work.plan_page, "the plan")
    traveller.settle()
    assert work.plan_page.to_save == 987
    work.plan_page.before.number.setText("987")
    traveller.click(work.plan_page.save_button)
    traveller.until(lambda: len(traveller.sandbox.records("contacts")) == there + 987, "987 contacts are made")

    def ended() -> bool:
        facts = work.result_page.job.facts
        return facts is not None and facts.summary.state.ended

    traveller.until(ended, "the job ends")
    failed = tmp_path / "failed.csv"
    work.failed_rows.write(failed)
    traveller.said("13 rows")
    back = failed.read_text(encoding="utf-8-sig").splitlines()
    assert len(back) == 14 and all(" at mail.example" in line for line in back[1:])


def test_a_block_of_a_spreadsheet_one_cell_taken_back_the_rest_saved(traveller: Traveller) -> None:
    view = traveller.view("contacts", "All Contacts", "@label", "job_title", "city", "state", "updated_at")
    ids = [view.model.id_at(row) for row in range(50)]
    before = traveller.sandbox.record("contacts", ids[7] or 0)
    block = "\n".join(f"Title {n}\tTown {n}\tDivision {n}" for n in range(50))
    QGuiApplication.clipboard().setText(block)
    traveller.go_to_cell(view, 0, "job_title")
    traveller.keys(Qt.Key.Key_V, CTRL, on=view.table)
    traveller.until(lambda: traveller.unsaved == 150, "150 cells are staged")
    traveller.go_to_cell(view, 7, "city")
    view.cells.revert()
    assert traveller.unsaved == 149
    traveller.until(view.staged_bar.review_button.isVisible, "the bar tells of it")
    traveller.click(view.staged_bar.review_button)
    work: Any = None

    def reviewing() -> bool:
        nonlocal work
        work = traveller.front
        return work is not view

    traveller.until(reviewing, "the review is in front")
    traveller.settle()
    traveller.click(work.staged_page.review_button)
    traveller.until(lambda: work.pages.currentWidget() is work.plan_page, "the plan")
    traveller.settle()
    traveller.click(work.plan_page.save_button)
    traveller.until(lambda: work.result_page.job.buttons.undo.isVisible(), "all is saved", 60)
    rows = traveller.sandbox.records("contacts", "job_title", "city", "state")
    for place, record in enumerate(ids):
        row = rows[record or 0]
        town = before["city"] if place == 7 else f"Town {place}"
        assert (row["job_title"], row["city"], row["state"]) == (f"Title {place}", town, f"Division {place}")
    assert traveller.unsaved == 0
