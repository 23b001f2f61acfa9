"""Search over the whole CRM against the running sandbox: few requests, the keyboard, and what was just written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt

from crmdesk.crm import requests
from crmdesk.crm.module_table import BUILT_IN
from crmdesk.crm.search import Hit
from crmdesk.session import RecordsChanged
from crmdesk.ui.find.kind import KINDS
from crmdesk.ui.find.searching import MOST_HITS, as_written
from crmdesk.ui.find.workspace import FindWorkspace
from tests.support.sandbox_process import SandboxProcess
from tests.ui.browse.desks import PlainDesk


@pytest.fixture(scope="module")
def small_sandbox(start_sandbox: Callable[..., SandboxProcess]) -> SandboxProcess:
    return start_sandbox("--records", "600", "--hour-limit", "0", "--search-lag", "0")


@pytest.fixture
def find(desk: PlainDesk, sandbox: SandboxProcess, qtbot: Any) -> Iterator[FindWorkspace]:
    desk.loop.run_until_complete(desk.session.load_modules())
    desk.asked.clear()
    made = KINDS[0].make(desk, {})
    assert isinstance(made, FindWorkspace)
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    made.activateWindow()
    made.shown()
    yield made
    made.closed()


def asked(desk: PlainDesk) -> list[str]:
    return [url.params["q"] for url in desk.asked if url.path.endswith("/search")]


def searched(desk: PlainDesk, find: FindWorkspace, text: str) -> None:
    find.field.setText(text)
    desk.until(lambda: not find.searching.busy, "the answer")


def a_name(desk: PlainDesk, module: str) -> str:
    """What some record of a module is called."""
    session = desk.session
    spec = session.modules.get(module)

    async def look() -> str:
        views = await session.views(module)
        page = await requests.view_page(session.client, spec, views[0].id, 1)
        return next(name for name in map(spec.label, page.records()) if name.isascii() and len(name) > 3)

    return desk.loop.run_until_complete(look())


def test_typing_asks_once_it_rests_and_never_twice(
    find: FindWorkspace, desk: PlainDesk, sandbox: SandboxProcess, qtbot: Any
) -> None:
    name = a_name(desk, "deals")
    qtbot.keyClicks(find.field, name)
    desk.until(lambda: find.results.hits, "hits")
    assert asked(desk) == [name]
    assert name in [hit.label for hit in find.results.hits]
    searched(desk, find, "zz no such record")
    assert find.results.hits == [] and find._stack.currentWidget() is find._state
    find.field.setText(name)
    assert find.results.hits, "what was answered is shown at once"
    assert asked(desk) == [name, "zz no such record"]
    find.field.setText(name[:1])
    desk.turn(0.4)
    assert len(asked(desk)) == 2, "a letter is too little"


def test_typing_on_cancels(find: FindWorkspace, desk: PlainDesk, sandbox: SandboxProcess) -> None:
    for text in ("an", "ann", "anna"):
        find.field.setText(text)
        desk.turn(0.02)
    desk.until(lambda: not find.searching.busy)
    assert asked(desk) == ["anna"]


def test_the_keyboard_walks_over_captions_and_opens(find: FindWorkspace, desk: PlainDesk, qtbot: Any) -> None:
    searched(desk, find, "an")
    hits = find.results.hits
    assert len({hit.module for hit in hits}) > 1, "several modules have it"
    captions = [row for row in find.results.rows if isinstance(row, str)]
    assert len(captions) == len({hit.module for hit in hits})
    assert find.current == hits[0]
    for at in range(1, len(hits)):
        qtbot.keyClick(find.field, Qt.Key.Key_Down)
        assert find.current == hits[at]
    qtbot.keyClick(find.field, Qt.Key.Key_Down)
    assert find.current == hits[-1]
    qtbot.keyClick(find.field, Qt.Key.Key_Return)
    last = hits[-1]
    assert desk.opened == [("record", {"module": last.module, "id": last.id, "label": last.label})]
    qtbot.keyClick(find.field, Qt.Key.Key_Escape)
    assert find.field.text() == "" and find.results.hits == []
    assert find.title == "Search"


def test_one_module_alone_is_shown_and_asked_for_only_when_the_answer_was_cut(
    find: FindWorkspace, desk: PlainDesk, sandbox: SandboxProcess
) -> None:
    searched(desk, find, "an")
    everything = len(find.results.hits)
    assert everything == MOST_HITS, "more than one answer holds"
    assert asked(desk) == ["an"] and find.chips.buttons["contacts"].text().endswith("+")
    find.chips.buttons["sales_accounts"].click()
    desk.until(lambda: not find.searching.busy)
    assert asked(desk) == ["an", "an"] and desk.asked[-1].params["include"] == "sales_account"
    assert {hit.module for hit in find.results.hits} == {"sales_accounts"}
    find.chips.buttons[None].click()
    assert len(find.results.hits) == everything and len(asked(desk)) == 2
    find.chips.buttons["sales_accounts"].click()
    name = a_name(desk, "deals")
    before = len(asked(desk))
    searched(desk, find, name)
    assert desk.asked[-1].params["include"] == "sales_account", "still narrowed"
    find.chips.buttons[None].click()
    desk.until(lambda: not find.searching.busy)
    find.chips.buttons["deals"].click()
    assert name in [hit.label for hit in find.results.hits] and len(asked(desk)) == before + 2
    assert {hit.module for hit in find.results.hits} == {"deals"}


def test_custom_modules_are_searched(find: FindWorkspace, desk: PlainDesk, sandbox: SandboxProcess) -> None:
    name = a_name(desk, "cm_property")
    searched(desk, find, name)
    assert "cm_property" in {hit.module for hit in find.results.hits}


def test_a_failure_says_what_to_do(find: FindWorkspace, desk: PlainDesk, sandbox: SandboxProcess) -> None:
    sandbox.faults("status=403:1.0")
    find.field.setText("anna")
    desk.until(lambda: find._failure_shown, "the failure", 30)
    sandbox.faults("")
    find.back_online()
    desk.until(lambda: not find._failure_shown)
    assert desk.errors == []


def test_another_text_comes_into_the_same_tab(find: FindWorkspace, desk: PlainDesk) -> None:
    find.asked({"text": "anna"})
    desk.until(lambda: not find.searching.busy)
    assert find.title == "Search · anna" and find.memory() == {"text": "anna"}
    assert KINDS[0].key({"text": "other"}) == KINDS[0].key({})


def test_changed_records_are_asked_for_again(find: FindWorkspace, desk: PlainDesk) -> None:
    searched(desk, find, "anna")
    desk.session._announce(RecordsChanged("contacts", None, "job 3"))
    searched(desk, find, "")
    searched(desk, find, "anna")
    assert asked(desk) == ["anna", "anna"]


def test_what_was_written_is_shown_as_written() -> None:
    specs = [BUILT_IN["contacts"], BUILT_IN["deals"]]
    hits = [
        Hit("deals", 1, "Old name", ""),
        Hit("deals", 2, "Gone", ""),
        Hit("contacts", 3, "Ann Lee", "", {"first_name": "Ann", "last_name": "Lee"}),
        Hit("contacts", 4, "Ann Ray", "", {"id": 4}),
    ]
    written: dict[str, dict[int, dict[str, Any]]] = {
        "deals": {1: {"name": "New anvil"}, 2: {"is_deleted": True}, 9: {"name": "Anvil two"}, 10: {"name": "Other"}},
        "contacts": {3: {"first_name": "Anne"}, 4: {"first_name": "Anna"}, 5: {"first_name": "An", "last_name": "Vil"}},
    }
    found = {(hit.module, hit.id): hit.label for hit in as_written(hits, "anvil", specs, written)}
    assert found == {
        ("deals", 1): "New anvil",
        ("contacts", 3): "Anne Lee",
        ("contacts", 4): "Ann Ray",  # the other part of the name is not known
        ("deals", 9): "Anvil two",
    }
