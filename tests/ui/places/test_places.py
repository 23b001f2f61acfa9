"""Products by selector and documents by their deal against the running sandbox, and both by id."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt

from crmdesk.crm import requests
from crmdesk.crm.kinds import Kind
from crmdesk.crm.parts import read_part
from crmdesk.planning.edit import FieldChange
from crmdesk.planning.intents import KnownRow, SelectedRecords
from crmdesk.ui.browse.hands import What
from crmdesk.ui.browse.kind import make_view
from crmdesk.ui.browse.values import NOT_LOADED_TEXT
from crmdesk.ui.browse.workspace import BrowseWorkspace
from crmdesk.ui.places.by_id import id_in, restore_by_id
from crmdesk.ui.places.documents import DocumentsPlace
from crmdesk.ui.places.products import ProductsPlace
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk
from tests.ui.browse.pages import column, texts
from tests.ui.browse.views import settle

Flag = QItemSelectionModel.SelectionFlag


@pytest.fixture(scope="module")
def small_sandbox(start_sandbox: Callable[..., SandboxProcess]) -> SandboxProcess:
    return start_sandbox("--records", "600", "--hour-limit", "0", "--search-lag", "0", "--job-time", "0.1")


def show(qtbot: Any, work: Any) -> None:
    qtbot.addWidget(work)
    work.resize(1100, 600)
    work.show()


@pytest.fixture
def products(desk: PlainDesk, sandbox: SandboxProcess, qtbot: Any) -> Iterator[ProductsPlace]:
    desk.asked.clear()
    work = make_view(desk, {"module": "products", "view_id": "", "view_name": "Products"})
    assert isinstance(work, ProductsPlace) and work.work is not None
    show(qtbot, work)
    settle(desk, work.work)
    yield work
    work.closed()


@pytest.fixture
def documents(desk: PlainDesk, sandbox: SandboxProcess, qtbot: Any) -> Iterator[DocumentsPlace]:
    desk.asked.clear()
    work = make_view(desk, {"module": "documents", "view_id": "", "view_name": "Documents"})
    assert isinstance(work, DocumentsPlace)
    show(qtbot, work)
    yield work
    work.closed()


def table(work: ProductsPlace | DocumentsPlace) -> BrowseWorkspace:
    assert work.work is not None
    return work.work


def select(work: BrowseWorkspace, count: int) -> list[int]:
    """Select the first rows; gives their ids."""
    work.table.go_to(0, select=True)
    for row in range(1, count):
        work.table.selectionModel().select(work.model.index(row, 0), Flag.Select | Flag.Rows)
    return [found for row in range(count) if (found := work.model.id_at(row)) is not None]


def read(desk: PlainDesk, module: str, record_id: int) -> dict[str, Any]:
    """A record as the CRM has it."""
    spec = desk.session.modules.get(module)
    return desk.loop.run_until_complete(requests.one(desk.session.client, spec, record_id)).fields


def test_products_are_listed_by_name_in_one_request_and_read_when_looked_at(
    products: ProductsPlace, desk: PlainDesk
) -> None:
    work = table(products)
    paths = [url.path for url in desk.asked]
    assert sum("deal_products" in path for path in paths) == 1
    assert not any("cpq/products/" in path for path in paths), "no product was read yet"
    names = texts(work.model, "@label")
    assert len(names) > 3 and all(names)
    active = column(work.model, "is_active")
    cells = work.model.cells_at(1)
    assert cells is not None and cells[active] is NOT_LOADED_TEXT, "absent is not blank"
    work.table.go_to(1)
    desk.until(lambda: (work.model.cells_at(1) or [NOT_LOADED_TEXT] * 9)[active] is not NOT_LOADED_TEXT, "its fields")
    record_id = work.model.id_at(1)
    assert [url.path.rpartition("/")[2] for url in desk.asked if "cpq/products/" in url.path] == [str(record_id)]
    work.hands.open_in_tab()
    kind, args = desk.opened[-1]
    assert kind == "record" and args["module"] == "products" and args["id"] == record_id
    assert products.title == "Products" and products.inspector() is work.inspector()


def test_selected_products_are_read_when_the_cost_is_agreed_to(products: ProductsPlace, desk: PlainDesk) -> None:
    work = table(products)
    select(work, 3)
    desk.until(lambda: not work.inspected.loading, "the row in focus")
    desk.asked.clear()
    next(command for command in products.commands() if command.id == "products.read").run()
    desk.until(lambda: work.strip.key == "read", "the cost")
    assert work.strip.actions_shown[0] == "Read them (3 requests)"
    assert desk.asked == []
    work.strip.press("Read them (3 requests)")
    desk.until(lambda: work.strip.key != "read", "all are read")
    assert len([url for url in desk.asked if "cpq/products/" in url.path]) == 3
    updated = column(work.model, "updated_at")
    work.look_again()
    desk.until(lambda: all(work.model.cells_at(row) is not None for row in range(3)), "texts")
    for row in range(3):
        cells = work.model.cells_at(row)
        assert cells is not None and cells[updated] is not NOT_LOADED_TEXT


def test_a_field_of_several_products_goes_in_one_bulk_update(products: ProductsPlace, desk: PlainDesk) -> None:
    work = table(products)
    ids = select(work, 6)
    change = FieldChange("description", "set", "Sold by the hour", kind=Kind.TEXT)

    def plan(what: What) -> None:
        work.bulk.plan_fields(what, [change])

    work.hands.with_selected(plan)
    desk.until(lambda: desk.opened, "the plan")
    kind, args = desk.opened[-1]
    assert kind == "review"
    desk.asked.clear()

    async def save() -> dict[str, int]:
        plan = await desk.session.jobs.get(args["plan"])
        await desk.session.edits.save(plan)
        return dict((await desk.session.jobs.wait(plan.id)).counts)

    assert desk.loop.run_until_complete(save())["changed"] == 6
    assert sum(url.path.endswith("products_bulk_update") for url in desk.asked) == 1
    assert {read(desk, "products", record_id)["description"] for record_id in ids} == {"Sold by the hour"}
    names = {command.id for command in products.commands()}
    assert {"browse.set", "browse.reassign", "browse.delete", "places.restore", "products.restore_by_id"} <= names


def test_deleted_products_are_restored_by_their_ids(products: ProductsPlace, desk: PlainDesk) -> None:
    work = table(products)
    ids = select(work, 2)

    async def delete() -> None:
        rows = tuple(KnownRow(record_id) for record_id in ids)
        plan = await desk.session.edits.delete(SelectedRecords("products", rows))
        await desk.session.edits.save(plan)
        await desk.session.jobs.wait(plan.id)

    desk.loop.run_until_complete(delete())
    assert all(read(desk, "products", record_id)["is_deleted"] for record_id in ids)
    dialog = restore_by_id(desk, products.spec)
    assert not dialog.button.isEnabled()
    dialog.text.setPlainText(f"{ids[0]}, what?\nhttps://acme.myfreshworks.com/crm/sales/cpq/products/{ids[1]}")
    assert not dialog.button.isEnabled() and "what?" in dialog.note.text()
    dialog.text.setPlainText(f"{ids[0]}\nhttps://acme.myfreshworks.com/crm/sales/cpq/products/{ids[1]}")
    assert dialog.button.text() == "&Restore 2 products"
    dialog.button.click()
    desk.until(lambda: any("restored" in message.text for message in desk.messages), "restored")
    assert not any(read(desk, "products", record_id)["is_deleted"] for record_id in ids)


def test_names_that_can_not_be_read_say_so(desk: PlainDesk, sandbox: SandboxProcess, qtbot: Any) -> None:
    sandbox.faults("status=403:1.0")
    work = make_view(desk, {"module": "products"})
    assert isinstance(work, ProductsPlace)
    show(qtbot, work)
    failed = table(work)
    desk.until(lambda: failed.states.failure is not None and failed.states.failure.isVisible(), "the failure")
    sandbox.faults("")
    work.back_online()
    settle(desk, failed)
    assert failed.model.rowCount() > 3
    work.closed()


def a_deal_with_documents(desk: PlainDesk) -> tuple[int, str, set[int]]:
    """A deal, its name, and the ids of its documents."""
    spec = desk.session.modules.get("deals")

    async def look() -> tuple[int, str, set[int]]:
        view = (await desk.session.views("deals"))[0]
        page = await requests.view_page(desk.session.client, spec, view.id, 1)
        for record in page.records():
            found = await read_part(desk.session.client, spec, record["id"], "documents")
            if found.records and spec.label(record).isascii():
                return record["id"], spec.label(record), {row.id for row in found.records}
        raise AssertionError("no deal has documents")

    return desk.loop.run_until_complete(look())


def test_a_document_is_found_by_its_deal(documents: DocumentsPlace, desk: PlainDesk, qtbot: Any) -> None:
    deal, name, ids = a_deal_with_documents(desk)
    assert documents.work is None and documents.place.currentWidget() is documents._empty
    desk.asked.clear()
    documents.find_deal()
    qtbot.keyClicks(documents.picker, name)
    desk.until(lambda: documents.picker.model.options, "deals are found")
    option = next(option for option in documents.picker.model.options if option.value == deal)
    documents.picker.picked.emit(option)
    work = table(documents)
    settle(desk, work)
    assert set(work.model.store.ids) == ids
    assert documents.title == f"Documents · {name}" and documents.picker.text() == name
    amount = work.model.columns[column(work.model, "amount")]
    assert amount.right, "the server's total"
    work.table.go_to(0)
    work.hands.open_in_tab()
    kind, args = desk.opened[-1]
    assert kind == "record" and args["module"] == "documents" and args["id"] in ids
    assert documents.memory()["deal"] == deal
    again = make_view(desk, documents.memory())
    assert isinstance(again, DocumentsPlace) and again.deal == deal and again.title == documents.title
    again.closed()
    again.deleteLater()


def test_a_deal_by_its_id_and_one_without_documents(documents: DocumentsPlace, desk: PlainDesk, qtbot: Any) -> None:
    deal, _name, ids = a_deal_with_documents(desk)
    documents.picker.setText(str(deal))
    qtbot.keyClick(documents.picker, Qt.Key.Key_Return)
    first = table(documents)
    settle(desk, first)
    assert set(first.model.store.ids) == ids
    documents.asked({"deal": 1, "deal_name": "gone"})
    second = table(documents)
    assert second is not first
    desk.until(lambda: second.states.failure is not None, "a deal that is not there")
    second.toolbar.new.emit()
    next(command for command in documents.commands() if command.shortcut == "Ctrl+N").run()
    assert desk.opened[-1] == desk.opened[-2]
    assert desk.opened[-1] == ("new", {"module": "documents", "values": {"deal_id": 1}})
    names = {command.id for command in documents.commands()}
    assert {"documents.deal", "documents.by_id", "documents.open_deal", "browse.delete", "browse.set"} <= names


def test_records_are_opened_by_id_or_address(documents: DocumentsPlace, desk: PlainDesk, qtbot: Any) -> None:
    field = documents.by_id
    field.field.setText("nothing")
    assert not field.button.isEnabled()
    field.field.setText("402070000001")
    qtbot.keyClick(field.field, Qt.Key.Key_Return)
    assert desk.opened == [("record", {"module": "documents", "id": 402070000001, "label": ""})]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        (" 402070000001 ", 402070000001),
        ("https://acme.myfreshworks.com/crm/sales/cpq/documents/17/?tab=1#x", 17),
        ("https://acme.myfreshworks.com/crm/sales/cpq/documents", None),
        ("0", None),
        ("-3", None),
        ("", None),
        ("12 13", None),
    ],
)
def test_an_id_is_a_number_or_the_end_of_an_address(text: str, expected: int | None) -> None:
    assert id_in(text) == expected
