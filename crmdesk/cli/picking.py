"""Which records a command is about: ids on the line, a file of ids, or a whole view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from crmdesk.config.errors import InputError

if TYPE_CHECKING:
    from crmdesk.cli.work import Work
    from crmdesk.crm.modules import ModuleSpec
    from crmdesk.planning.files import BadLine
    from crmdesk.planning.intents import SelectedRecords, WholeView

F = TypeVar("F", bound=Callable[..., Any])
FILE = click.Path(path_type=Path, allow_dash=True)


@dataclass(frozen=True)
class Picked:
    """The options, as they were given."""

    ids: tuple[int, ...]
    view: str | None
    file: Path | None

    def check(self) -> None:
        """Exactly one way. Raises UsageError."""
        if sum((bool(self.ids), self.view is not None, self.file is not None)) != 1:
            raise click.UsageError("Say which records: ids, --view or --ids, exactly one of them.")

    async def records(self, work: Work, spec: ModuleSpec) -> tuple[SelectedRecords | WholeView, tuple[BadLine, ...]]:
        """Raises InputError, CrmError."""
        from crmdesk.cli.lists import view_named
        from crmdesk.cli.owners import ids_from
        from crmdesk.planning.intents import SelectedRecords, WholeView

        if self.ids:
            return SelectedRecords.of_ids(spec.key, self.ids), ()
        if self.file is not None:
            return ids_from(self.file, spec.key)
        view = await view_named(work.session, spec, self.view or "")
        if isinstance(view.id, str):
            raise InputError(f"“{view.name}” is no view of the CRM.", subject="--view", remedy="Name records by id.")
        return WholeView(spec.key, view.id, view.name), ()


def picking(command: F) -> F:
    """Adds --view and --ids to a command."""
    command = click.option("--view", metavar="ID", help="Every record of this view, by its id or exact name.")(command)
    return click.option(
        "--ids", "file", type=FILE, metavar="FILE", help="The records whose ids this CSV holds; - is standard input."
    )(command)


def running(command: F) -> F:
    """Adds --dry-run and --yes to a command."""
    command = click.option("--dry-run", is_flag=True, help="Show the plan and its cost; change nothing.")(command)
    return click.option("--yes", is_flag=True, help="Don't ask.")(command)
