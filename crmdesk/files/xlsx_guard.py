"""Looks into a workbook before it is opened: how much it unpacks to, and how far its cells reach.

A workbook is a zip, and the reader unpacks whole parts and lays a sheet out as a rectangle in memory: a file of some
kilobytes can ask for all memory there is. What is counted here is what really comes out, not what the file says.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from crmdesk.files.errors import NotATable, TooLarge

MOST_FILE_BYTES = 256 << 20
MOST_UNPACKED = 768 << 20
MOST_PARTS = 5_000
MOST_CELLS = 20_000_000
_CHUNK = 1 << 18
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_REACH = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,8})([0-9]{1,18})["']""")
_LONGEST_MATCH = 64


def check_workbook(path: Path) -> None:
    """Raises TooLarge, NotATable for a file that must not be opened. Blocks; unpacks all of it once."""
    if path.stat().st_size > MOST_FILE_BYTES:
        raise TooLarge(f"{path.name} is larger than {MOST_FILE_BYTES >> 20} MB.")
    unpacked = 0
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS:
                raise TooLarge(f"{path.name} holds {len(parts):,} parts, which no workbook of rows needs.")
            if not any(part.filename.lower() == "xl/workbook.xml" for part in parts):
                raise NotATable(f"{path.name} is a zip file, but no XLSX workbook.")
            for part in parts:
                reach = Reach()
                for chunk in _unpacked(file, part):
                    unpacked += len(chunk)
                    if unpacked > MOST_UNPACKED:
                        raise TooLarge(f"{path.name} unpacks to more than {MOST_UNPACKED >> 20} MB.")
                    if part.filename.lower().startswith("xl/worksheets/"):
                        reach.see(chunk)
                if reach.cells > MOST_CELLS:
                    raise TooLarge(
                        f"A sheet of {path.name} reaches to column {reach.columns:,} of row {reach.rows:,}.",
                        remedy="Delete what stands far away from the table, or copy the table to a new sheet.",
                    )
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError) as error:
        raise NotATable(f"{path.name} is damaged or no workbook: {error}.") from error


class Reach:
    """How far the cells of a sheet reach, from its XML in pieces."""

    def __init__(self) -> None:
        self.columns = self.rows = 0
        self._rest = b""

    @property
    def cells(self) -> int:
        """The rectangle that the reader will make."""
        return max(self.columns, 1) * self.rows

    def see(self, piece: bytes) -> None:
        """Takes the next piece."""
        text = self._rest + piece
        for column, row in set(_REACH.findall(text)):
            self.rows = max(self.rows, int(row))
            self.columns = max(self.columns, _column(column))
        self._rest = text[-_LONGEST_MATCH:]


def _column(name: bytes) -> int:
    number = 0
    for letter in name.upper():
        number = number * 26 + letter - 64
    return number


def _unpacked(file: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What a part of a zip really unpacks to; zipfile itself stops at the size that the file declares."""
    file.seek(part.header_offset)
    header = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    file.seek(header[9] + header[10], 1)
    left = part.compress_size
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or part.flag_bits & 1:
        raise NotATable("The workbook is packed in a way that Excel does not use.")
    unpacker = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0 and (packed := file.read(min(left, _CHUNK))):
        left -= len(packed)
        if unpacker is None:
            yield packed
            continue
        while packed and not unpacker.eof:
            yield unpacker.decompress(packed, _CHUNK)
            packed = unpacker.unconsumed_tail
    if unpacker is not None:
        yield unpacker.flush()
