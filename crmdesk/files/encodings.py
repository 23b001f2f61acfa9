"""Finds out in which encoding a text file is: from its mark, from being whole UTF-8, or guessed with care."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from crmdesk.files.errors import FileTrouble, NotATable

_CHUNK = 1 << 20
_SAMPLE = 64 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Control characters that text has no use for; a NUL or two may be a broken cell, which is told by row.
_BINARY = [bytes([code]) for code in range(32) if code not in (9, 10, 12, 13, 27)]
# What spreadsheets write where they don't write Unicode: others are guessed for short Western texts, and wrongly.
_PLAUSIBLE = (
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "cp1258",
    "cp874",
    "cp932",
    "cp949",
    "gb18030",
    "big5",
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """A Python codec, and whether it is certain."""

    name: str
    sure: bool


def detect(path: Path) -> Encoding:
    """The encoding of a file, all of which has been decoded once. Raises FileTrouble, NotATable."""
    try:
        with path.open("rb") as file:
            head = file.read(_SAMPLE)
    except OSError as error:
        raise unreadable(path, error) from error
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name, True)
    if (wide := _without_mark(head)) is not None:
        return Encoding(wide, False)
    if sum(head.count(byte) for byte in _BINARY) > len(head) * 0.02:
        raise NotATable(f"{path.name} is no text.")
    broken = first_undecodable(path, "utf-8")
    if broken is None:
        return Encoding("utf-8", True)
    for name in _guesses(path, broken):
        if first_undecodable(path, name) is None:
            return Encoding(name, False)
    raise NotATable(f"{path.name} is text in no encoding that is known.")


def unreadable(path: Path, error: OSError) -> FileTrouble:
    """The error for a file that the system won't give."""
    return FileTrouble(f"{path} can't be read: {error.strerror or error}.", remedy="Check the path and the rights.")


def first_undecodable(path: Path, encoding: str) -> int | None:
    """Where the file is not text in this encoding, near enough to look at; None if all of it is."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return done + error.start
            if not chunk:
                return None
            done += len(chunk)


def _without_mark(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Western text is NUL."""
    half = len(head) // 2
    if half < 2:
        return None
    even, odd = head[0 : half * 2 : 2].count(0), head[1 : half * 2 : 2].count(0)
    if odd > half * 0.4 and even < half * 0.05:
        return "utf-16-le"
    if even > half * 0.4 and odd < half * 0.05:
        return "utf-16-be"
    return None


def _guesses(path: Path, around: int) -> list[str]:
    """Encodings to try, the likeliest first, by the text around the first byte that is not UTF-8."""
    from charset_normalizer import from_bytes

    with path.open("rb") as file:
        head = file.read(_SAMPLE // 4)
        file.seek(max(0, around - _SAMPLE // 4))
        sample = head + b"\n" + file.read(_SAMPLE)
    found = from_bytes(sample, cp_isolation=list(_PLAUSIBLE), enable_fallback=False, preemptive_behaviour=False)
    named = [match.encoding for match in found]
    best = found.best()
    if best is not None:
        # Many code pages decode any byte: where the best is not clearly better, the commonest is meant.
        common = next((match for match in found if match.encoding == "cp1252"), None)
        if common is not None and common.chaos <= best.chaos + 0.02 and common.coherence >= best.coherence - 0.1:
            named.insert(0, "cp1252")
    return list(dict.fromkeys([*named, "cp1252", "latin-1"]))
