"""What a file can have wrong. All are bad input: the person can take another file, or save it in another way."""

from __future__ import annotations

from crmdesk.config.errors import InputError


class FileTrouble(InputError):
    """A file can't be used as a table, or not be written as one."""


class NotATable(FileTrouble):
    """The file holds no rows that can be read."""

    remedy_by_default = "Save it as CSV in UTF-8 or as XLSX and try again."


class TooLarge(FileTrouble):
    """The file asks for more than a table of people's records can need."""

    remedy_by_default = "Split it into smaller files."


class NotWritable(FileTrouble):
    """A value has no place in the kind of file that is being written, or the disk refuses."""
