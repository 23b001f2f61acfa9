"""`crmdesk records MODULE --view ID`: the records of a view, page by page, to a file or a pipe."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from crmdesk.cli.given import Given, with_account
from crmdesk.cli.output import Unwritable, counted, reader_gone
from crmdesk.cli.work import Work, run
from crmdesk.config.errors import InputError

if TYPE_CHECKING:
    from crmdesk.cli.columns import Columns
    from crmdesk.cli.lists import Listed
    from crmdesk.crm.modules import ModuleSpec


class ReaderGone(Exception):
    """Who read our output has gone (`… | head`)."""


@click.command()
@click.argument("module")
@click.option("--view", "view_text", required=True, metavar="ID", help="A view's id or exact name.")
@click.option("--columns", default="", metavar="A,B", help="Fields by their API names; cf_… are custom ones; or all.")
@click.option("--format", "kind", type=click.Choice(["csv", "jsonl"]), help="csv unless -o ends in .jsonl, or --json.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="- or none: out.")
@with_account
def records(given: Given, module: str, view_text: str, columns: str, kind: str | None, output: Path | None) -> int:
    """Write the records of a view as CSV or JSON lines, each page as it arrives.

    A field that the CRM's list does not hold is “(not loaded)” in CSV and has no key in JSON lines: it is not blank.
    """
    wanted = [name.strip() for name in columns.split(",") if name.strip()]
    target = None if output is None or str(output) == "-" else output
    form = kind or _usual_format(given, target)

    async def work(work: Work) -> int:
        from crmdesk.cli.columns import Columns
        from crmdesk.cli.lists import view_named

        spec = await work.module(module)
        view = await view_named(work.session, spec, view_text)
        shape = Columns(spec, work.session.directory, wanted)
        try:
            with _target(target) as file:
                count = await _write_all(work, spec, view, shape, _Writer(file, form, shape))
        except ReaderGone:
            return 0
        if target is not None:
            work.out.say(f"{counted(count, 'record')} in {target}.")
        work.out.done(
            {
                "module": spec.key,
                "view": view.id,
                "records": count,
                "columns": shape.names,
                "format": form,
                "file": str(target) if target else None,
            }
        )
        return 0

    return run(given, work)


def _usual_format(given: Given, target: Path | None) -> str:
    if target is not None:
        return "jsonl" if target.suffix.lower() in (".jsonl", ".ndjson") else "csv"
    return "jsonl" if given.as_json else "csv"


async def _write_all(work: Work, spec: ModuleSpec, view: Listed, shape: Columns, writer: _Writer) -> int:
    from crmdesk.cli.columns import flat
    from crmdesk.cli.lists import pages_of

    seen: set[int] = set()
    async with aclosing(pages_of(work.session, spec, view, seen)) as pages:
        async for page in pages:
            rows = [flat(record) for record in page.records() if record.get("id") not in seen]
            seen.update(page.ids)
            if not writer.begun:
                shape.settle(rows)
                await work.session.directory.load(shape.selectors())
                writer.begin()
            writer.rows(rows)
            total = f" of {page.total:,}" if page.total is not None else ""
            if writer.to_file:
                work.out.progress(f"{len(seen):,}{total} records")
    if not writer.begun:
        writer.begin()
    return len(seen)


class _Writer:
    """One of the two formats, onto a text stream. Raises ReaderGone."""

    def __init__(self, file: IO[str], form: str, shape: Columns) -> None:
        self._file = file
        self._csv = form == "csv"
        self._shape = shape
        self.begun = False
        self.to_file = not _is_out(file)

    def begin(self) -> None:
        """The heading, once the columns are known."""
        self.begun = True
        if self._csv:
            self._write(_line(self._shape.names))

    def rows(self, rows: list[dict[str, Any]]) -> None:
        """A page, written at once and handed on."""
        if self._csv:
            text = "".join(_line(self._shape.cells(row)) for row in rows)
        else:
            text = "".join(json.dumps(self._shape.entry(row), ensure_ascii=False) + "\n" for row in rows)
        self._write(text)

    def _write(self, text: str) -> None:
        try:
            self._file.write(text)
            self._file.flush()
        except OSError as error:
            if self.to_file:
                raise
            raise ReaderGone if reader_gone(error) else Unwritable(error) from None


def _line(cells: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue()


def _is_out(file: IO[str]) -> bool:
    return getattr(file, "crmdesk_out", False) is True


class _Out(io.TextIOWrapper):
    """Standard output in UTF-8, whatever the terminal's code page; not closed with the wrapper."""

    crmdesk_out = True


@contextmanager
def _target(path: Path | None) -> Iterator[IO[str]]:
    """Standard output, or a file that appears whole or not at all. Raises InputError."""
    if path is None:
        out = _Out(sys.stdout.buffer, encoding="utf-8", errors="backslashreplace", newline="")
        try:
            yield out
        finally:
            _leave_open(out)
        return
    path = path.resolve()  # what a link points to is written, not the link
    if path.exists() and not path.is_file():
        # A device or a named pipe can't be replaced by a file.
        with _straight(path) as file:
            yield file
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise _no_place(path, error) from error
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _straight(path: Path) -> Iterator[IO[str]]:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise _no_place(path, error) from error


def _no_place(path: Path, error: OSError) -> InputError:
    reason = error.strerror or str(error)
    return InputError(f"{path} can't be written: {reason}.", subject="-o", remedy="Choose another place.")


def _leave_open(out: io.TextIOWrapper) -> None:
    """What is left of a broken pipe must not be tried again when Python ends."""
    try:
        out.detach()
    except (OSError, ValueError):
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, sys.stdout.fileno())
        os.close(sink)
