"""`crmdesk export` and `import`: records to a file and from a file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crmdesk.cli.endings import Exit
from crmdesk.cli.given import Given, with_account
from crmdesk.cli.output import counted
from crmdesk.cli.picking import Picked, picking
from crmdesk.cli.work import Work, run
from crmdesk.config.errors import InputError

if TYPE_CHECKING:
    from crmdesk.files.mapping import Match
    from crmdesk.planning.import_plan import Checked, ImportOptions

MOST_BAD_CELLS = 20
_SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}


@click.command()
@click.argument("module")
@click.argument("ids", nargs=-1, type=click.IntRange(min=1), metavar="[ID…]")
@picking
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@click.option("--format", "kind", type=click.Choice(["csv", "xlsx", "jsonl"]), help="By the file's name without it.")
@click.option("--columns", default="", metavar="A,B", help="Fields by API name; without it all.")
@click.option("--as-ids", is_flag=True, help="Owners, stages and other references as ids, not names.")
@click.option("--separator", type=click.Choice(list(_SEPARATORS)), default="comma", show_default=True)
@click.option("--bom", is_flag=True, help="Mark a CSV as UTF-8, for old spreadsheet programs.")
@click.option("--read-left-out", is_flag=True, help="Also read what lists leave out: one request a record.")
@click.option("--dry-run", is_flag=True, help="Say what it costs; write nothing.")
@with_account
def export(
    given: Given,
    module: str,
    ids: tuple[int, ...],
    view: str | None,
    file: Path | None,
    output: Path,
    kind: str | None,
    columns: str,
    as_ids: bool,
    separator: str,
    bom: bool,
    read_left_out: bool,
    dry_run: bool,
) -> int:
    """Write records to a CSV, XLSX or JSON lines file. The file appears whole or not at all."""
    picked = Picked(ids, view, file)
    picked.check()

    async def work(work: Work) -> int:
        from crmdesk.planning.export import ExportOptions

        spec = await work.module(module)
        what, _ = await picked.records(work, spec)
        names = tuple(name.strip() for name in columns.split(",") if name.strip()) or None
        options = ExportOptions(names, not as_ids, read_left_out, _SEPARATORS[separator], bom)
        cost = await work.session.exporter.estimate(what, options)
        work.out.say(f"{cost.text[0].upper()}{cost.text[1:]}.")
        price = cost.requests + (cost.singles if read_left_out else 0)
        answer: dict[str, Any] = {"module": spec.key, "records": cost.records, "requests": price}
        if dry_run:
            work.out.done({"dry_run": True, **answer, "left_out": list(cost.left_out)})
            return 0
        result = await work.session.exporter.export(
            what,
            output,
            format=kind,
            options=options,
            progress=lambda at: work.out.progress(f"{at.rows:,} records"),
        )
        work.out.say(f"{counted(result.rows, 'record')} in {output}.")
        for name, count in result.not_loaded.items():
            work.out.say(f"  {name}: not loaded in {counted(count, 'row')}")
        work.out.done(
            {
                "module": spec.key,
                "records": result.rows,
                "requests": result.requests,
                "file": str(output),
                "not_loaded": dict(result.not_loaded),
                "gone": list(result.gone),
            }
        )
        return 0

    return run(given, work)


@click.command("import")
@click.argument("module")
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False, exists=True), metavar="FILE")
@click.option("--how", type=click.Choice(["create", "update", "upsert"]), default="upsert", show_default=True)
@click.option("--match", default="", metavar="FIELD", help="What finds a row's record: id, or a unique field.")
@click.option("--map", "mapped", multiple=True, metavar="COLUMN=FIELD", help="FIELD empty: the column is left out.")
@click.option("--only-fill-blanks", is_flag=True, help="A field that has a value keeps it.")
@click.option("--clear", "may_clear", is_flag=True, help="An empty cell clears its field; without it, it says nothing.")
@click.option("--day-first/--month-first", "day_first", default=None, help="What 3/4/2026 means.")
@click.option("--encoding", metavar="NAME", help="Found out without it.")
@click.option("--sheet", metavar="NAME", help="Of a workbook; the first without it.")
@click.option("--trial", is_flag=True, help="Only the first 10 good rows.")
@click.option("--skip-bad", is_flag=True, help="Import the good rows although others are bad.")
@click.option("--failures", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Rows that failed.")
@click.option("--dry-run", is_flag=True, help="Check the file, show the plan and its cost; change nothing.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@with_account
def import_(
    given: Given,
    module: str,
    source: Path,
    how: Any,
    match: str,
    mapped: tuple[str, ...],
    only_fill_blanks: bool,
    may_clear: bool,
    day_first: bool | None,
    encoding: str | None,
    sheet: str | None,
    trial: bool,
    skip_bad: bool,
    failures: Path | None,
    dry_run: bool,
    yes: bool,
) -> int:
    """Create and update records from a CSV or XLSX FILE.

    Columns are matched to fields by API name or label; choices and owners are found by name. Bad cells are listed by
    row and column, and nothing is imported then unless --skip-bad says so.
    """

    async def work(work: Work) -> int:
        from crmdesk.cli.planning import refuse_if_busy
        from crmdesk.files.mapping import match_columns
        from crmdesk.files.reader import open_table
        from crmdesk.planning.import_plan import ImportOptions

        await refuse_if_busy(work, dry_run=dry_run)
        spec = await work.module(module)
        schema = await work.session.schema(spec.key)
        table = await asyncio.to_thread(open_table, source, encoding=encoding, sheet=sheet)
        matches = _with_choices(match_columns(table.columns, schema), mapped)
        found_by = match or ("" if how == "create" else _usual_match(matches, spec.unique))
        options = ImportOptions(how, found_by, only_fill_blanks, not may_clear, day_first)
        with await work.session.importer.check(
            spec.key, table, matches, options, progress=lambda at: work.out.progress(f"{at.phase}: {at.done:,}")
        ) as checked:
            _tell_file(work, checked, matches)
            if checked.bad_rows and not skip_bad:
                work.out.done(_answer(checked, options))
                return Exit.WRONG_USE
            return await _import(work, checked, options, trial, failures, dry_run, yes)

    return run(given, work)


def _with_choices(matches: tuple[Match, ...], mapped: tuple[str, ...]) -> tuple[Match, ...]:
    """The matches with those that the person named. Raises InputError."""
    from crmdesk.cli.fields import pair
    from crmdesk.files.mapping import chosen

    for text in mapped:
        heading, field = pair(text, "COLUMN=FIELD")
        column = next((one.column for one in matches if one.column.key == heading), None)
        if column is None:
            known = ", ".join(one.column.key for one in matches)
            raise InputError(f"The file has no column “{heading}”.", subject="--map", remedy=f"It has {known}.")
        matches = chosen(matches, column, field.strip() or None)
    return matches


def _usual_match(matches: tuple[Match, ...], unique: tuple[str, ...]) -> str:
    """The id where a column holds it, else a unique field that one holds. Raises InputError."""
    held = {one.field for one in matches}
    for name in ("id", *unique):
        if name in held:
            return name
    raise InputError(
        "No column tells which record a row is about.",
        subject="--match",
        remedy=f"Add a column of ids or of {', '.join(unique) or 'a unique field'}, or use --how create.",
    )


def _tell_file(work: Work, checked: Checked, matches: tuple[Match, ...]) -> None:
    out = work.out
    taken = ", ".join(f"{one.column.key} → {one.field}" for one in matches if one.field)
    out.say(f"{counted(checked.rows, 'row')}; {taken}.")
    for heading, why in checked.left_out:
        out.say(f"  left out: {heading}: {why}")
    if checked.missing_for_new:
        out.say(f"  nothing can be created without {', '.join(checked.missing_for_new)}")
    if checked.bad_rows:
        out.say(f"{counted(checked.bad_count, 'bad cell')} in {counted(checked.bad_rows, 'row')}:")
        for cell in checked.bad_cells(0, MOST_BAD_CELLS):
            out.say(f"  {cell.place} ({cell.column}): {cell.why} {cell.remedy}".rstrip())
        if checked.bad_count > MOST_BAD_CELLS:
            out.say(f"  … and {checked.bad_count - MOST_BAD_CELLS:,} more")


def _answer(checked: Checked, options: ImportOptions) -> dict[str, Any]:
    cells = checked.bad_cells(0, 1000)
    return {
        "module": checked.spec.key,
        "file": str(checked.table.path),
        "how": options.how,
        "match": options.match,
        "rows": checked.rows,
        "bad_rows": checked.bad_rows,
        "bad_cells": [{"row": cell.row, "column": cell.column, "text": cell.text, "why": cell.why} for cell in cells],
    }


async def _import(
    work: Work,
    checked: Checked,
    options: ImportOptions,
    trial: bool,
    failures: Path | None,
    dry_run: bool,
    yes: bool,
) -> int:
    from crmdesk.cli.asking import confirm_reading
    from crmdesk.cli.running import offer
    from crmdesk.planning.import_plan import TRIAL, write_failures

    price = await work.session.importer.estimate(checked)
    work.out.say(f"Finding the records takes about {counted(price.requests, 'request')}: {price.text}.")
    confirm_reading(work, requests=price.requests, yes=yes)
    plan = await work.session.importer.plan(
        checked,
        first=TRIAL if trial else None,
        progress=lambda at: work.out.progress(f"{at.phase}: {at.done:,}"),
    )
    code = await offer(work, plan, dry_run=dry_run, yes=yes)
    if failures is not None and not dry_run:
        count = await write_failures(plan, checked.table, failures)
        work.out.say(f"{counted(count, 'row')} that failed in {failures}.")
    return code
