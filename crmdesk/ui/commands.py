"""Commands as data: menus, shortcuts and the palette are all drawn from these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

MENUS = ("File", "Edit", "View", "Record", "Tools", "Help")


def _always() -> bool:
    return True


@dataclass(frozen=True)
class Command:
    """Something the person can do. `run` may return a coroutine, which is then run in the background.

    `menu` is one of MENUS, or empty (palette only); equal `group` numbers stand together between lines.
    `place` is set for a view or a module: its name as people look for it, found before things to do.
    """

    id: str
    title: str
    run: Callable[[], object]
    menu: str = ""
    shortcut: str = ""
    icon: str = ""
    group: int = 0
    keywords: str = ""
    detail: str = ""
    enabled: Callable[[], bool] = _always
    checked: Callable[[], bool] | None = None
    in_palette: bool = True
    place: str = ""


# What fuzzy_score gives at least for a beginning of a word in a name of up to 120 letters, and what lifts a place
# above every command that begins in the same way.
WORD_BEGINS = 1080
PLACE_FIRST = 300


def fuzzy_score(query: str, text: str) -> int | None:
    """How well `query` fits `text` (higher is better), or None when its letters don't appear in order.

    Whole words and beginnings of words outrank letters strewn about.
    """
    needle, hay = query.casefold().strip(), text.casefold()
    if not needle:
        return 0
    if needle in hay:
        at = hay.index(needle)
        start = at == 0 or not hay[at - 1].isalnum()
        return 1000 + (200 if start else 0) + (100 if at == 0 else 0) - len(hay)
    score, place, run = 0, -1, 0
    for letter in needle:
        if letter == " ":
            continue
        found = hay.find(letter, place + 1)
        if found < 0:
            return None
        run = run + 1 if found == place + 1 else 0
        starts_word = found == 0 or not hay[found - 1].isalnum()
        score += 12 if starts_word else (6 + run if run else 1)
        place = found
    return score - len(hay) // 8


def _place_score(query: str, command: Command) -> int | None:
    """A view or module found by a beginning of a word of its name; None for everything else."""
    found = fuzzy_score(query, command.place) if command.place and query.strip() else None
    return None if found is None or found < WORD_BEGINS else found + PLACE_FIRST


def best_matches(query: str, commands: Iterable[Command], limit: int = 200) -> Sequence[Command]:
    """The commands that fit `query`, the best first; equal ones keep their order."""
    scored: list[tuple[int, int, Command]] = []
    for order, command in enumerate(commands):
        score = _place_score(query, command)
        score = fuzzy_score(query, command.title) if score is None else score
        if score is None:
            by_words = fuzzy_score(query, f"{command.title} {command.detail} {command.keywords}")
            score = None if by_words is None else by_words - 40
        if score is not None:
            scored.append((-score, order, command))
    return [command for _, _, command in sorted(scored, key=lambda row: row[:2])[:limit]]
