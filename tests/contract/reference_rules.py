"""The rules that stand in the reference's prose, taken out of its text: handles, marks, limits, footnotes, notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "crm-api.txt"

# The reference's chapters, in its order; everything before the first is about all of them.
CHAPTERS = (
    "Contacts",
    "Marketing Lists",
    "Accounts",
    "Deals",
    "Notes",
    "Tasks",
    "Appointments",
    "Sales Activities",
    "Phone",
    "Products",
    "Documents",
    "Files",
    "Job Status",
    "Custom Modules",
    "Fields in custom modules",
    "Records in Custom Modules",
)
GENERAL = "All resources"
_MARKS = "*πμΩ†‡"
_ATTRIBUTE = re.compile(rf"(?P<name>[A-Za-z_]+(?:\[\])?)(?P<marks>[{_MARKS}]+) (?P<rest>.+)")
_DECIMAL = re.compile(r"(?P<name>[a-z_]+)[*πμΩ†‡]* decimal ?\((?P<digits>\d+,\d+)\)")
_INCLUDE = re.compile(r"include=([a-z_,]+)")
_FOOTNOTE = re.compile(
    rf"[{_MARKS}]+ \S|\*\*? ?[A-Z]|(NOTE|Note) ?: ?\S|• The |• Only |• Use |• You can also|• If |This field is "
)
_LIMIT = re.compile(
    r"[Mm]aximum|[Uu]p to \d+|per hour|\(>=|can be either|only when|only if|at most|can't be updated|will remove other"
    r"|overwrite|[Ii]t is a mandatory|Possible values|Value should be|should start with|expected to be in one"
    r"|assumed to be|default value|made null|returned in the UTC|filter is mandatory|is deprecated"
    r"|on the fly|currently supports|should be authorised|[Rr]esponse code"
    r"|should be passed if|empty array|all the properties of|number format options|If left empty"
)
_NUMBERED = re.compile(r"\d\. \S")
# Tables of properties: what is shown, and the value that is sent.
_PROPERTY = re.compile(r'"?[\w+-]+"? (\d+|true|false)')
_LISTED = re.compile(r"[ivx]+\. .*\(id : \d\)")


@dataclass(frozen=True, order=True)
class Rule:
    """One rule: the chapter, what kind of thing it is, and the words that name it in docs/rules.md."""

    chapter: str
    kind: str
    words: str


def rules(text: str) -> list[Rule]:
    """Every rule of the reference's prose, each once, in its order."""
    return list(dict.fromkeys(_rules(text)))


def _rules(text: str) -> Iterator[Rule]:
    chapter, opened, numbered = GENERAL, False, False
    left = list(CHAPTERS)
    for line in text.splitlines():
        told = line.strip()
        if told in left:
            chapter, opened, numbered = told, False, False
            left = left[left.index(told) + 1 :]
        elif told in ("Note:", "NOTE:"):
            opened = True
        elif told and not told.startswith(("curl ", "{ ", "[")):
            # What stands under "Note:" is one line, or numbered lines.
            counted = _NUMBERED.match(told) is not None
            yield from _of_line(chapter, told, opened or (numbered and counted))
            opened, numbered = False, (opened or numbered) and counted


def _of_line(chapter: str, told: str, noted: bool) -> Iterator[Rule]:
    for handles in _INCLUDE.findall(told):
        for handle in filter(None, handles.split(",")):
            yield Rule(chapter, "include", handle)
    attribute = _ATTRIBUTE.fullmatch(told)
    if attribute is not None:
        for mark in re.findall(r"††|[*πμΩ‡]", attribute["marks"]):
            yield Rule(chapter, mark, attribute["name"])
    if (digits := _DECIMAL.match(told)) is not None:
        yield Rule(chapter, "limit", f"{digits['name']} ({digits['digits']})")
    if attribute is None and (noted or _FOOTNOTE.match(told)):
        yield Rule(chapter, "note", short(told))
    elif _PROPERTY.fullmatch(told) or _LISTED.fullmatch(told):
        yield Rule(chapter, "value", short(told))
    elif _LIMIT.search(told):
        yield Rule(chapter, "limit", short(told))


def short(told: str) -> str:
    """The first words of a line, enough to know it by, without what a table can't hold."""
    words = re.sub(r"\s+", " ", told.replace("|", "/").replace("`", "'")).strip()
    return words if len(words) <= 90 else words[:90].rsplit(" ", 1)[0] + " …"
