"""Opens a file as a table, by what it holds and not by how it is called."""

from __future__ import annotations

from pathlib import Path

from crmdesk.files import encodings
from crmdesk.files.csv_reader import open_csv
from crmdesk.files.errors import NotATable
from crmdesk.files.tables import Table
from crmdesk.files.xlsx_reader import open_xlsx

_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


def open_table(
    path: Path, *, encoding: str | None = None, separator: str | None = None, sheet: str | None = None
) -> Table:
    """The table in a CSV or XLSX file; what is not given is found out. Blocks. Raises FileTrouble."""
    try:
        with path.open("rb") as file:
            begins = file.read(4)
    except OSError as error:
        raise encodings.unreadable(path, error) from error
    if begins == _ZIP:
        return open_xlsx(path, sheet=sheet)
    if begins == _OLD_OFFICE:
        raise NotATable(
            f"{path.name} is a workbook of the old kind (.xls) or protected by a password.",
            remedy="Open it in a spreadsheet program and save it as XLSX or CSV, without a password.",
        )
    return open_csv(path, encoding=encoding, separator=separator)
