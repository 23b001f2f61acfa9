"""The main job from end to end: the real process, driven by mouse and keyboard, judged by the sandbox's data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from tests.e2e.hand import Hand, State
from tests.support.sandbox_process import SandboxProcess

Start = Callable[..., Hand]
SIDEBAR = "Modules, views and workspaces"
CONTACTS = "All Contacts"
TABLE = "Contacts: All Contacts"


def cells(row: State) -> list[str]:
    return [text for text, _ in row["cells"]]


def owners(sandbox: SandboxProcess, *, active: bool = False) -> dict[str, int]:
    """Ids of the users by their names."""
    with sandbox.client() as client:
        users = client.get("/selector/owners").json()["users"]
    return {user["display_name"]: user["id"] for user in users if user["is_active"] or not active}


def selected(hand: Hand, count: int) -> None:
    hand.shows(f"{count} selected")


def owner_of_each(sandbox: SandboxProcess, module: str = "contacts") -> dict[int, int | None]:
    return {key: record["owner_id"] for key, record in sandbox.records(module).items()}


def changed(before: dict[int, int | None], after: dict[int, int | None]) -> dict[int, int | None]:
    assert before.keys() == after.keys()
    return {key: after[key] for key in after if after[key] != before[key]}


def connect(hand: Hand, sandbox: SandboxProcess) -> None:
    """From the welcome page to the account, with a key that no keyring takes."""
    hand.fill("Name", "Acme Test")
    hand.fill("Bundle alias", sandbox.url)
    hand.fill("API key", sandbox.api_key)
    hand.click("Sandbox or trial", "button")
    hand.shoot("1-welcome")
    hand.click("Connect", "button")
    hand.shows("for this session only")
    hand.shoot("2-connected")
    hand.click("Dismiss", "button")


def name_owner(hand: Hand, name: str) -> None:
    """Add an owner by search in the dialog."""
    hand.control("Find an owner", "field")
    hand.write(name)
    hand.rows_until("Who gets records", lambda rows: len(rows) == 1 and cells(rows[0])[0] == name, f"not only {name}")
    hand.keys("Return")
    hand.until(lambda state: len(state["windows"]) == 1, "the dialog stays")


@pytest.mark.timeout(120)
def test_from_the_first_start_to_the_undo_by_mouse(start_program: Start, sandbox: SandboxProcess) -> None:
    before = owner_of_each(sandbox)
    hand = start_program()
    hand.shows("Connect an account")
    connect(hand, sandbox)

    # Browse: the view, its rows, further down than the first page, and sorted by the CRM.
    hand.click_row(SIDEBAR, CONTACTS)
    rows = hand.rows_until(TABLE, lambda rows: all(cells(row)[1] for row in rows[:5]), "no rows come")
    hand.shoot("3-browse")
    table = hand.view(TABLE)["place"]
    hand.wheel(table, 60)
    hand.rows_until(
        TABLE, lambda rows: rows[0]["row"] >= 120 and all(any(cells(row)) for row in rows), "no further page comes"
    )
    hand.wheel(table, -80)
    hand.rows_until(TABLE, lambda rows: rows[0]["row"] == 0, "the first row does not come back")
    headers = dict(hand.view(TABLE)["headers"])
    hand.click_at(headers["Score"])
    first = [cells(row) for row in rows[:5]]
    at = list(headers).index("Score")

    def highest_first(now: list[State]) -> bool:
        scores = [cells(row)[at] for row in now]
        numbers = [int(text.replace("−", "-")) for text in scores if text]
        return (
            len(numbers) > 5 and numbers == sorted(numbers, reverse=True) and [cells(row) for row in now[:5]] != first
        )

    rows = hand.rows_until(TABLE, highest_first, "the highest score does not come first")
    hand.shoot("4-sorted")

    # Three rows, to somebody who has none of them. An inactive owner could not be given them back.
    people = owners(sandbox, active=True)
    chosen = [row for row in rows if cells(row)[2] in people][:3]
    hand.click_at(chosen[0]["cells"][0][1])
    for row in chosen[1:]:
        hand.click_at(row["cells"][0][1], held="ctrl")
    selected(hand, 3)
    target = next(name for name in people if name not in {cells(row)[2] for row in chosen})
    hand.click("Reassign 3", "button")
    hand.click("Add an owner", "button")
    name_owner(hand, target)
    hand.shoot("5-to-whom")
    hand.click("Show the plan", "button")
    hand.control("Reassign 3 records", "button")
    assert changed(before, owner_of_each(sandbox)) == {}
    hand.shoot("6-plan")
    hand.click("Reassign 3 records", "button")
    hand.control("Undo", "button")
    assert not hand.control("Find a view", "button")["focus"]
    hand.shoot("7-done")
    given = changed(before, owner_of_each(sandbox))
    assert set(given.values()) == {owners(sandbox)[target]}
    assert len(given) == 3

    # And back again.
    hand.click("Undo", "button")
    hand.control("Give back 3 records", "button")
    hand.shoot("8-undo")
    hand.click("Give back 3 records", "button")
    hand.shows("3 records given back")
    hand.shoot("9-undone")
    assert changed(before, owner_of_each(sandbox)) == {}


@pytest.mark.timeout(120)
def test_by_keyboard_alone(start_program: Start, sandbox: SandboxProcess) -> None:
    before = owner_of_each(sandbox, "deals")
    hand = start_program(CRMDESK_BUNDLE_ALIAS=sandbox.url, CRMDESK_API_KEY=sandbox.api_key)
    hand.rows_until(SIDEBAR, lambda rows: any(CONTACTS in cells(row) for row in rows), "no views are listed")
    hand.keys("ctrl+0", "ctrl+k")
    hand.write("deals")
    hand.until(lambda state: any(one["focus"] and one["text"] == "deals" for one in state["controls"]), "no palette")
    # The module; its views come with the next look.
    hand.keys("Return")
    hand.rows_until(SIDEBAR, lambda rows: any("Open Deals" in cells(row) for row in rows), "no views of deals")
    hand.keys("ctrl+k")
    hand.write("open deals")
    hand.keys("Return")
    rows = hand.rows_until("Deals: Open Deals", lambda rows: all(cells(row)[1] for row in rows[:5]), "no rows come")
    hand.keys("ctrl+Home", "Down", "shift+Down", "shift+Down")
    selected(hand, 3)
    had = {text for row in rows[:5] for text in cells(row)}
    target = next(name for name in owners(sandbox, active=True) if name not in had)
    hand.keys("ctrl+r")
    hand.until(
        lambda state: any(one["focus"] and one["text"].startswith("Add an owner") for one in state["controls"]),
        "the keyboard is not on “Add an owner”",
    )
    hand.keys("space")
    name_owner(hand, target)
    hand.keys("alt+s")
    hand.control("Reassign 3 records", "button")
    hand.shoot("1-plan")
    hand.keys("alt+g")
    hand.control("Undo", "button")
    hand.shoot("2-done")
    given = changed(before, owner_of_each(sandbox, "deals"))
    assert set(given.values()) == {owners(sandbox)[target]}
    assert len(given) == 3
    hand.keys("ctrl+q")
    assert hand.ended() == 0


@pytest.mark.timeout(180)
def test_a_handover_of_thousands_asks_for_the_number(
    start_program: Start, start_sandbox: Callable[..., SandboxProcess]
) -> None:
    sandbox = start_sandbox("--records", "8000", "--hour-limit", "0", "--job-time", "0.2,0.3")
    modules = ("contacts", "sales_accounts", "deals")
    names = {owner_id: name for name, owner_id in owners(sandbox).items()}
    before = {module: owner_of_each(sandbox, module) for module in modules}
    held = Counter(owner for of in before.values() for owner in of.values() if owner in names)
    leaver = held.most_common(1)[0][0]
    hand = start_program(CRMDESK_BUNDLE_ALIAS=sandbox.url, CRMDESK_API_KEY=sandbox.api_key)
    hand.rows_until(SIDEBAR, lambda rows: any(CONTACTS in cells(row) for row in rows), "no views are listed")
    hand.keys("ctrl+shift+r")  # the list in the sidebar still grows, so a row may move under the mouse
    hand.click("None", "button")
    for title in ("Contacts", "Accounts", "Deals"):
        hand.click(title, "button")
    hand.fill("Find an owner", names[leaver])
    hand.rows_until("Whose records", lambda rows: cells(rows[0])[0] == names[leaver], "the leaver is not found")
    hand.shoot("1-what")
    hand.click("Continue", "button")
    hand.click("Read", "button")
    target = next(name for name in owners(sandbox, active=True) if name != names[leaver])
    hand.click("Add an owner", "button")
    name_owner(hand, target)
    hand.click("Show the plan", "button")
    field = hand.control("The number of records", "field")
    number = int(field["placeholder"])
    assert number >= 2000
    start = hand.control("Hand over", "button", enabled=False)
    assert not start["enabled"]
    hand.shoot("2-plan")
    hand.fill("The number of records", str(number - 1))
    assert not hand.control("Hand over", "button", enabled=False)["enabled"]
    hand.keys("ctrl+a")
    hand.write(str(number))
    hand.click("Hand over", "button")
    # A fast machine may be done before anybody looks.
    hand.until(lambda state: any("%" in one["text"] or one["text"] == "Undo…" for one in state["controls"]), "no job")
    hand.shoot("3-running")
    hand.control("Undo", "button")
    hand.shoot("4-done")
    wanted = owners(sandbox)[target]
    moved = 0
    for module in modules:
        for key, owner_id in owner_of_each(sandbox, module).items():
            if owner_id != before[module][key]:
                assert (before[module][key], owner_id) == (leaver, wanted)
                moved += 1
    assert moved == number
