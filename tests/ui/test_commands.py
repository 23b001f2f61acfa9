"""Finding commands by a few letters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crmdesk.ui.commands import Command, best_matches, fuzzy_score


def named(*titles: str) -> list[Command]:
    return [Command(title, title, lambda: None) for title in titles]


def test_the_beginning_of_a_word_goes_before_its_middle() -> None:
    found = best_matches("won", named("Wander on", "Snowoned", "Won Deals", "Deals won"))
    assert [command.title for command in found] == ["Won Deals", "Deals won", "Snowoned", "Wander on"]


def test_first_letters_of_words_find_a_title() -> None:
    found = best_matches("ac", named("Basic contacts", "All Contacts"))
    assert found[0].title == "All Contacts"


def test_a_shortcut_title_is_found_by_its_keywords_and_detail() -> None:
    command = Command("theme", "Dark colours", lambda: None, keywords="theme appearance", detail="View")
    assert best_matches("appear", [command]) == [command]
    assert best_matches("zzz", [command]) == []


def test_without_letters_everything_is_listed_in_its_order() -> None:
    commands = named("b", "a", "c")
    assert list(best_matches("", commands)) == commands


@given(st.text(), st.text())
def test_a_title_that_holds_the_query_always_fits(query: str, rest: str) -> None:
    assert fuzzy_score(query, rest + query) is not None


@given(st.text(alphabet="abcxyz ", min_size=1), st.text(alphabet="abc ", max_size=30))
def test_what_fits_has_all_letters_in_order(query: str, text: str) -> None:
    letters = iter(text)
    in_order = all(letter in letters for letter in query if letter != " ")
    assert (fuzzy_score(query, text) is not None) <= (in_order or query.strip() in text)


def test_a_view_or_module_stands_before_commands_that_begin_in_the_same_way() -> None:
    commands = [
        Command("connect", "Connect an account…", lambda: None, "File"),
        Command("1", "All Contacts", lambda: None, detail="Contacts", place="Contacts All Contacts"),
        Command("2", "Won Deals", lambda: None, detail="Deals", place="Deals Won Deals"),
        Command("deal", "Won Deals", lambda: None, detail="Open tab"),
    ]
    assert [command.id for command in best_matches("con", commands)][:2] == ["1", "connect"]
    assert best_matches("conn", commands)[0].id == "connect"
    assert [command.id for command in best_matches("won", commands)][:2] == ["2", "deal"]
