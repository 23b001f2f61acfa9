"""Makes text harmless to spreadsheets, and takes that back when it is read: what was exported comes in as it was.

Source: OWASP, "CSV Injection": text that begins with = + - @, tab, carriage return or line feed (also in their
full-width forms) may be run as a formula. An apostrophe before it makes a spreadsheet take it as text.
"""

from __future__ import annotations

import re

MARK = "'"
_BEGINS = "=+-@\t\r\n＝＋－＠"
_RISKY = re.compile(f"'*[{re.escape(_BEGINS)}]")
_MARKED = re.compile(f"'+[{re.escape(_BEGINS)}]")
_NEGATIVE = re.compile(r"-[0-9]+(\.[0-9]+)?", re.ASCII)
_FIRST = frozenset(_BEGINS + MARK)


def harmless(text: str) -> str:
    """The text as it may stand in a CSV; `revealed` gives back what came in. A negative number stays as it is."""
    if not text or text[0] not in _FIRST or not _RISKY.match(text) or _NEGATIVE.fullmatch(text):
        return text
    return MARK + text


def risky(text: str) -> bool:
    """Whether a spreadsheet could run the text as a formula once somebody types in its cell."""
    return bool(text) and text[0] in _BEGINS and not _NEGATIVE.fullmatch(text)


def marked(text: str) -> str:
    """Text for a cell that is typed as text: only what `revealed` would change gets one more apostrophe."""
    return MARK + text if text.startswith(MARK) and _MARKED.match(text) else text


def revealed(text: str) -> str:
    """The text without the apostrophe that made it harmless; any other apostrophe is the person's own."""
    return text[1:] if text.startswith(MARK) and _MARKED.match(text) else text
