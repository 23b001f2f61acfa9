"""The filter builder against the running sandbox: rules by type, a count first, a tab of what is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from crmdesk.config.errors import InputError
from crmdesk.config.paths import resources_dir
from crmdesk.crm.kinds import Kind
from crmdesk.crm.module_table import BUILT_IN
from crmdesk.ui.browse.filter_dialog import FilterDialog
from crmdesk.ui.browse.filter_row import FilterRow
from crmdesk.ui.browse.filtering import open_builder
from crmdesk.ui.browse.filters import Rule, SavedFilters, rules_from_json, rules_to_json
from crmdesk.ui.browse.kind import make_view, view_key
from crmdesk.ui.browse.workspace import BrowseWorkspace
from crmdesk.ui.editors.chips import ChipsEditor
from crmdesk.ui.theme import Theme
from crmdesk.ui.window.outline import ModuleEntry, Outline, ViewEntry, saved_filters
from crmdesk.ui.window.sidebar import Sidebar
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk
from tests.ui.browse.pages import texts
from tests.ui.browse.views import Opener, settle

RECORDS = 1200


@pytest.fixture(scope="module")
def small_sandbox(start_sandbox: Callable[..., SandboxProcess]) -> SandboxProcess:
    return start_sandbox("--records", str(RECORDS), "--hour-limit", "0", "--search-lag", "0")


def builder(work: BrowseWorkspace) -> FilterDialog:
    dialog = open_builder(work)
    assert dialog is not None
    return dialog


def choose(row: FilterRow, field: str, operator: str) -> None:
    row.field.setCurrentIndex(row.field.findData(field))
    row.operator.setCurrentIndex(row.operator.findData(operator))


def type_in(qtbot: Any, row: FilterRow, text: str) -> None:
    assert row.editor is not None
    found = row.editor.findChild(QLineEdit)
    assert isinstance(found, QLineEdit)
    qtbot.keyClicks(found, text)


def test_a_filter_is_counted_and_then_opened(open_view: Opener, desk: PlainDesk, qtbot: Any) -> None:
    work = open_view()
    dialog = builder(work)
    row = dialog.rows[0]
    choose(row, "city", "contains")
    assert not dialog.open_button.isEnabled()
    cities = [str(record["city"]) for record in work.model.store.pages[1].records() if record.get("city")]
    city = next(city for city in cities if city.isascii())
    type_in(qtbot, row, city[:4])
    desk.asked.clear()
    desk.until(lambda: "record" in dialog.found, "the count")
    assert [url.params.get("per_page") for url in desk.asked if "filtered_search" in url.path] == ["1"]
    told = dialog.found
    dialog.open_it()
    (kind, args) = desk.opened[-1]
    assert kind == "view" and args["filter"]["rules"][0]["field"] == "city"
    found = make_view(desk, args)
    assert isinstance(found, BrowseWorkspace)
    qtbot.addWidget(found)
    found.show()
    settle(desk, found)
    assert found.model.total is not None and f"{found.model.total:,} record" in told
    towns = {str(record["city"]) for record in found.model.store.pages[1].records()}
    assert towns and all(city[:4].casefold() in one.casefold() for one in towns)
    assert found.memory() == {"module": "contacts", "filter": args["filter"], "name": "Filtered contacts"}
    found.closed()


def test_owners_are_chosen_several_at_once(open_view: Opener, desk: PlainDesk, qtbot: Any) -> None:
    work = open_view()
    dialog = builder(work)
    row = dialog.rows[0]
    choose(row, "owner_id", "is_in")
    assert isinstance(row.editor, ChipsEditor)
    owners = [owner for owner in desk.session.directory.owners if owner.active][:2]
    for owner in owners:
        row.editor.add(owner.id)
    rules = dialog.rules()
    assert rules == (Rule("owner_id", "is_in", [owner.id for owner in owners], Kind.USER, False),)
    found = make_view(desk, {"module": "contacts", "filter": rules_to_json(rules), "name": ""})
    assert isinstance(found, BrowseWorkspace)
    qtbot.addWidget(found)
    settle(desk, found)
    names = {text for text in texts(found.model, "owner_id")[:100] if text}
    assert names == {owner.name for owner in owners}
    found.closed()
    dialog.reject()


def test_rules_are_anded_and_taken_away(open_view: Opener, desk: PlainDesk, qtbot: Any) -> None:
    dialog = builder(open_view())
    choose(dialog.rows[0], "city", "is_not_empty")
    assert dialog.rows[0].editor is None
    second = dialog.add()
    assert dialog.rules() is None, "the second line says nothing yet"
    choose(second, "created_at", "is_empty")
    rules = dialog.rules()
    assert rules is not None and [rule.field for rule in rules] == ["city", "created_at"]
    second.removed.emit(second)
    rules = dialog.rules()
    assert rules is not None and len(rules) == 1
    dialog.reject()


def test_a_saved_filter_comes_back(open_view: Opener, desk: PlainDesk, qtbot: Any) -> None:
    dialog = builder(open_view())
    choose(dialog.rows[0], "city", "is")
    type_in(qtbot, dialog.rows[0], "Ulm")
    dialog.name.setText("In Ulm")
    dialog.save()
    kind, args = desk.opened[-1]
    assert (kind, args["view_id"], args["view_name"]) == ("view", "filter:In Ulm", "In Ulm")
    assert saved_filters(desk.memory.get("filters")) == {"contacts": ["In Ulm"]}
    found = make_view(desk, args)
    assert isinstance(found, BrowseWorkspace)
    qtbot.addWidget(found)
    settle(desk, found)
    assert found.memory() == args
    again = builder(found)
    assert again.name.text() == "In Ulm" and again.rules() == found.source.rules
    assert not again.remove_button.isHidden()
    again.remove()
    assert SavedFilters(desk.memory).all() == {"contacts": []}
    with pytest.raises(InputError, match="In Ulm"):
        make_view(desk, args)
    found.closed()


def test_a_whole_filter_is_handed_over_by_its_records(open_view: Opener, desk: PlainDesk, qtbot: Any) -> None:
    rules = rules_to_json([Rule("city", "is_not_empty")])
    found = make_view(desk, {"module": "contacts", "filter": rules, "name": ""})
    assert isinstance(found, BrowseWorkspace)
    qtbot.addWidget(found)
    found.show()
    settle(desk, found)
    found.table.selectAll()
    found.hands.reassign()
    if found.model.store.missing():
        offer = next(text for text in found.strip.actions_shown if text.startswith("Load them"))
        found.strip.press(offer)
    desk.until(lambda: desk.opened, "reassign opens", 60)
    assert len(desk.opened[-1][1]["what"].rows) == found.model.total
    found.closed()


def test_what_the_crm_refuses_is_told(open_view: Opener, sandbox: SandboxProcess, desk: PlainDesk, qtbot: Any) -> None:
    dialog = builder(open_view())
    choose(dialog.rows[0], "city", "is")
    sandbox.faults("status=403:1.0")
    type_in(qtbot, dialog.rows[0], "Ulm")
    desk.until(lambda: "does not answer" in dialog.found, "the refusal", 30)
    sandbox.faults("")
    assert desk.errors == []
    dialog.reject()


def test_rules_survive_memory_and_damage() -> None:
    rules = (
        Rule("amount", "is_greater_than", "1000.5", Kind.MONEY),
        Rule("cf_x", "is_in", ["A;B"], Kind.CHOICE_TEXT, True),
    )
    assert rules_from_json(rules_to_json(rules)) == rules
    assert rules_from_json({"rules": [{"field": "x"}, 5, {"field": "y", "operator": "is", "kind": "none"}]}) == ()
    assert rules_from_json(None) == () and saved_filters([1]) == {}
    deals = BUILT_IN["deals"]
    assert rules[0].asked(deals).value == 1000.5
    assert rules[1].asked(deals).value == ["A;B"]
    assert Rule("emails", "contains", "x", Kind.EMAILS).asked(BUILT_IN["contacts"]).attribute == "contact_email.email"
    first, second = ({"module": "deals", "filter": rules_to_json([rule])} for rule in rules)
    assert view_key(first) != view_key(second) != view_key({"module": "deals", "view_id": 5})


def test_the_sidebar_lists_saved_filters(qapp: QApplication, qtbot: Any) -> None:
    bar = Sidebar(Theme(qapp, resources_dir(), "light"))
    qtbot.addWidget(bar)
    views = (ViewEntry(7, "All Contacts"), ViewEntry(8, "My Contacts"))
    bar.show_outline(Outline((ModuleEntry("contacts", "Contacts", views=views),)), ["contacts"])
    bar.show_filters({"contacts": ["In Ulm"]})
    chosen: list[tuple[str, ViewEntry]] = []
    bar.view_chosen.connect(lambda module, view: chosen.append((module, view)))
    item = bar._item_of(("view", "contacts", "filter:In Ulm"))
    assert item is not None and item.text() == "In Ulm"
    bar._go_to(("view", "contacts", "filter:In Ulm"))
    qtbot.keyClick(bar._tree, Qt.Key.Key_Return)
    assert [(module, view.id, view.name) for module, view in chosen] == [("contacts", "filter:In Ulm", "In Ulm")]
    bar.show_outline(bar.outline)
    assert bar._item_of(("view", "contacts", "filter:In Ulm")) is not None, "a list built anew keeps them"
