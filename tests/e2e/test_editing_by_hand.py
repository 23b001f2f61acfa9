"""Editing from end to end: the real process, driven by mouse and keyboard, judged by the sandbox's data."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.hand import Hand, State
from tests.support.sandbox_process import SandboxProcess

Start = Callable[..., Hand]
SIDEBAR = "Modules, views and workspaces"
MODULE = "sales_accounts"
RESTS_AFTER = 8  # looks at the same place
DEALS, ACCOUNTS = "Deals: Open Deals", "Accounts: All Accounts"


def cells(row: State) -> list[str]:
    return [text for text, _ in row["cells"]]


def start(start_program: Start, sandbox: SandboxProcess) -> Hand:
    """The program on the sandbox, its views listed."""
    hand = start_program(CRMDESK_BUNDLE_ALIAS=sandbox.url, CRMDESK_API_KEY=sandbox.api_key)
    hand.rows_until(SIDEBAR, lambda rows: any("All Contacts" in cells(row) for row in rows), "no views are listed")
    return hand


def choose(hand: Hand, words: str) -> None:
    """The first command or view that the palette finds for these words."""
    hand.keys("ctrl+k")
    hand.until(lambda state: any(one["focus"] and one["kind"] == "field" for one in state["controls"]), "no palette")
    hand.write(words)
    hand.until(lambda state: any(one["focus"] and one["text"] == words for one in state["controls"]), "not typed")
    hand.keys("Return")


def go_to(hand: Hand, module: str, view: str, table: str) -> list[State]:
    """A view by the palette, its module first: the views of a module come with the first look at it."""
    choose(hand, module)
    wanted = table.partition(": ")[2]
    hand.rows_until(SIDEBAR, lambda rows: any(wanted in cells(row) for row in rows), f"no views of {module}")
    choose(hand, view)
    return hand.rows_until(table, lambda rows: len(rows) > 9 and all(cells(row)[1] for row in rows[:5]), "no rows come")


def cell_of(hand: Hand, table: str, row: int, title: str) -> tuple[str, list[int]]:
    """What a cell shows, and where it is; headings get their names a moment after the rows."""

    def seen(state: State) -> tuple[str, list[int]] | None:
        view = next((one for one in state["views"] if one["name"].startswith(table)), None)
        titles = [heading for heading, _ in view["headers"]] if view is not None else []
        line = next((one for one in view["rows"] if one["row"] == row), None) if view is not None else None
        if title not in titles or line is None:
            return None
        text, place = line["cells"][titles.index(title)]
        return text, place

    found: tuple[str, list[int]] = hand.until(seen, f"no {title} in row {row} of “{table}”")
    return found


def place_of(hand: Hand, table: str, row: int, title: str) -> list[int]:
    """Where a cell is on the screen, once it rests there."""
    seen: list[list[int]] = []

    def rests(_state: State) -> bool:
        seen.append(cell_of(hand, table, row, title)[1])
        return len(seen) > RESTS_AFTER and all(one == seen[-1] for one in seen[-RESTS_AFTER:])

    hand.until(rests, f"{title} of row {row} never rests")
    return seen[-1]


def click_cell(hand: Hand, table: str, row: int, title: str) -> None:
    """Click a cell of a row that is in the inspector: the fields are known by then, so that it can be edited."""
    hand.click_at(place_of(hand, table, row, "Name"))
    hand.shows("BASIC INFORMATION")
    hand.click_at(place_of(hand, table, row, title))


def cell(hand: Hand, table: str, row: int, title: str) -> str:
    """What a cell shows now."""
    return cell_of(hand, table, row, title)[0]


def until_cell(hand: Hand, table: str, row: int, title: str, right: Callable[[str], bool], what: str) -> str:
    """Wait until a cell shows what is wanted."""
    hand.until(lambda _state: right(cell(hand, table, row, title)), f"{what}; row {row} shows “{title}” otherwise")
    return cell(hand, table, row, title)


def editing(hand: Hand) -> None:
    """An editor has the keyboard."""
    hand.until(
        lambda state: any(one["focus"] and one["kind"] == "field" for one in state["controls"]), "no editor opens"
    )


def deal_called(sandbox: SandboxProcess, name: str) -> int:
    """The id of a deal by its name."""
    return next(key for key, row in sandbox.records("deals", "name").items() if row["name"] == name)


def holds(journal: Path, text: str) -> bool:
    """Whether a staged value is in the journal's file; what is shown is written a moment later."""
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as db:
        found = db.execute("SELECT count(*) FROM changes WHERE after = ?", (json.dumps(text),)).fetchone()
    return bool(found[0])


def becomes(hand: Hand, look: Callable[[], Any], wanted: Any, what: str) -> None:
    """Wait until the sandbox holds it."""
    hand.until(lambda _state: look() == wanted, what)


@pytest.mark.timeout(150)
def test_a_deal_in_table_and_form_with_a_collision_and_an_undo(start_program: Start, sandbox: SandboxProcess) -> None:
    hand = start(start_program, sandbox)
    rows = go_to(hand, "deals", "open deals", DEALS)
    name, stage = cells(rows[2])[0], cell(hand, DEALS, 2, "Deal stage")
    deal = deal_called(sandbox, name)
    was = sandbox.record("deals", deal)
    other = "Negotiation" if stage != "Negotiation" else "Demo"

    # The amount by typing on its cell, the stage by a double click and its first letters.
    click_cell(hand, DEALS, 2, "Deal value")
    hand.write("4711")
    hand.keys("Return")
    until_cell(hand, DEALS, 2, "Deal value", lambda text: "4,711" in text, "the amount is not staged")
    hand.shows("1 change")
    click_cell(hand, DEALS, 2, "Deal stage")
    hand.keys("F2")
    editing(hand)
    hand.write(other)
    hand.keys("Return")
    until_cell(hand, DEALS, 2, "Deal stage", lambda text: text == other, "the stage is not staged")
    hand.shows("2 changes")
    assert sandbox.record("deals", deal)["amount"] == was["amount"], "nothing is sent before it is saved"
    hand.shoot("1-staged")

    # Somebody else is faster with the amount: mine and theirs are shown, the stage merges by itself.
    sandbox.change("deals", deal, amount="99.0")
    click_cell(hand, DEALS, 2, "Deal value")
    hand.keys("ctrl+s")
    collisions = hand.rows_until("Fields that someone else changed", lambda rows: len(rows) == 1, "no collision")
    assert "99" in cells(collisions[0])[3] and "4,711" in cells(collisions[0])[4]
    assert not hand.control("Save", "button", enabled=False)["enabled"]
    hand.shoot("2-collision")
    hand.click_at(collisions[0]["cells"][4][1])
    hand.click("Save 2 changes", "button")
    becomes(hand, lambda: float(sandbox.record("deals", deal)["amount"]), 4711.0, "mine is not saved")
    assert sandbox.record("deals", deal)["deal_stage_id"] != was["deal_stage_id"]
    hand.control("Undo", "button")
    hand.shoot("3-saved")

    # Undo brings back what was there before the job: theirs, and the old stage.
    hand.click("Undo", "button")
    hand.click("Give back", "button")
    becomes(hand, lambda: float(sandbox.record("deals", deal)["amount"]), 99.0, "theirs does not come back")
    becomes(hand, lambda: sandbox.record("deals", deal)["deal_stage_id"], was["deal_stage_id"], "nor does the stage")
    hand.shoot("4-undone")

    # The same deal in the inspector's form, by keyboard.
    choose(hand, "open deals")
    hand.view(DEALS)
    click_cell(hand, DEALS, 2, "Name")
    hand.shows(name)
    hand.click("Deal value:", "label")
    editing(hand)
    hand.keys("ctrl+a")
    hand.write("815")
    hand.keys("Return")
    hand.shows("was:")
    hand.shoot("5-form")
    hand.keys("ctrl+s")
    hand.shows("Saved ")
    assert float(sandbox.record("deals", deal)["amount"]) == 815.0


@pytest.mark.timeout(120)
def test_a_block_from_another_program_one_cell_taken_back(start_program: Start, sandbox: SandboxProcess) -> None:
    with sandbox.client() as client:
        users = client.get("/selector/owners").json()["users"]
    people = [user["display_name"] for user in users if user["is_active"]][:2]
    hand = start(start_program, sandbox)
    rows = go_to(hand, "accounts", "all accounts", ACCOUNTS)
    names = sandbox.records("sales_accounts", "name", "city")
    before = {row["name"]: row["city"] for row in names.values()}
    fourth = cells(rows[3])[0]
    hand.copied("\n".join(f"{people[n % 2]}\tTown {n}\tLand {n}" for n in range(50)))
    click_cell(hand, ACCOUNTS, 0, "Owner")
    hand.keys("ctrl+v")
    until_cell(hand, ACCOUNTS, 3, "City", lambda text: text == "Town 3", "the block is not pasted")
    hand.shows("on 50 records")
    hand.shoot("1-pasted")
    hand.keys("ctrl+s")
    lines = hand.rows_until("Unsaved changes", lambda rows: any("Town 3" in cells(row) for row in rows), "no review")
    line = next(row for row in lines if "Town 3" in cells(row))
    hand.click_at(line["cells"][4][1])
    hand.rows_until("Unsaved changes", lambda rows: all("Town 3" not in cells(row) for row in rows), "not taken back")
    hand.shoot("2-one-taken-back")
    hand.click("Review 1", "button")
    # So many changes of a production account want their number.
    number = hand.control("The number of changes", "field")["placeholder"]
    hand.fill("The number of changes", number)
    hand.click(f"Save {number}", "button")
    hand.control("Undo", "button")
    hand.shoot("3-saved")
    after = sandbox.records("sales_accounts", "name", "city", "country")
    lands = {row["country"] for row in after.values()}
    assert {f"Land {n}" for n in range(50)} <= lands
    towns = {row["name"]: row["city"] for row in after.values()}
    assert towns[fourth] == before[fourth], "the one that was taken back is as it was"
    assert {f"Town {n}" for n in range(50) if n != 3} <= set(towns.values())


@pytest.mark.timeout(120)
def test_a_program_that_is_killed_has_kept_what_was_staged(
    start_program: Start, sandbox: SandboxProcess, data_home: Path
) -> None:
    hand = start(start_program, sandbox)
    rows = go_to(hand, "accounts", "all accounts", ACCOUNTS)
    name = cells(rows[1])[0]
    click_cell(hand, ACCOUNTS, 1, "City")
    hand.write("Ulm")
    hand.keys("Return")
    hand.shows("1 unsaved change")
    journals = list(data_home.rglob("journal.sqlite"))
    hand.until(lambda _state: any(holds(path, "Ulm") for path in journals), "the change is not on the disk")
    hand.kill()

    again = start(start_program, sandbox)
    again.shows("1 unsaved change from last time")
    go_to(again, "accounts", "all accounts", ACCOUNTS)
    again.rows_until(ACCOUNTS, lambda rows: len(rows) > 5 and "Ulm" in cells(rows[1]), "the cell has lost its change")
    again.shoot("1-found-again")
    assert all(row["city"] != "Ulm" or row["name"] != name for row in sandbox.records(MODULE, "name", "city").values())
    again.keys("ctrl+shift+s")
    again.click("Review 1", "button")
    again.click("Save 1", "button")
    again.control("Undo", "button")
    (city,) = (row["city"] for row in sandbox.records(MODULE, "name", "city").values() if row["name"] == name)
    assert city == "Ulm"
    again.keys("ctrl+q")
    assert again.ended() == 0
