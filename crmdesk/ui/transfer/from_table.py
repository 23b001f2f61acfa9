"""What a table exports: its selected records, or all that it shows; its columns, and the rows it has already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

import shiboken6

from crmdesk.planning.export import Exported, FilteredRecords
from crmdesk.planning.intents import WholeView

if TYPE_CHECKING:
    from crmdesk.crm.schema import Schema
    from crmdesk.ui.browse.model import RecordModel
    from crmdesk.ui.browse.source import Source
    from crmdesk.ui.browse.workspace import BrowseWorkspace

_LABEL = "@label"
_NAME_PARTS = ("first_name", "last_name")


def export_shown(work: BrowseWorkspace) -> None:
    """Open the export of what is selected; of everything where nothing is."""
    chosen = work.table.chosen if work.has_chosen() else None
    if chosen is None or chosen.whole:
        what = everything(work.source, frozenset(chosen.minus) if chosen is not None else frozenset())
        if what is not None:
            _open(work, what)
            return
    if chosen is None:
        work.tell_status("Select the rows that shall be exported; Ctrl+A takes all of them.")
        return
    work.hands.with_selected(lambda picked: _open(work, picked))


def everything(source: Source, minus: frozenset[int]) -> Exported | None:
    """All that a table shows but for some; None where it can't be read as a whole."""
    spec = source.spec
    if source.rules:
        return FilteredRecords(spec.key, [rule.asked(spec) for rule in source.rules], source.name, minus)
    if source.is_view:
        return WholeView(spec.key, int(source.view_id), source.name, minus)
    if spec.key == "tasks":
        # a filter takes a view's place there: it is a word and no number
        return WholeView(spec.key, cast(Any, source.view_id), source.heading, minus)
    return WholeView(spec.key, 0, source.heading, minus) if spec.key == "sales_activities" else None


def _open(work: BrowseWorkspace, what: Exported) -> None:
    keys = [work.model.columns[place].key for place in work.table.shown_columns()]
    fields = shown_fields(keys, work.source.spec.label_fields, work.known.schema)
    work.desk.open("export", {"what": what, "columns": fields, "loaded": rows_at_hand(work.model)})


def shown_fields(keys: list[str], label_fields: tuple[str, ...], schema: Schema | None) -> tuple[str, ...]:
    """The fields of a table's columns; a record's name is exported as the fields that it is made of."""
    known = schema.fields if schema is not None else {}
    named = [name for name in label_fields if name in known] or [name for name in _NAME_PARTS if name in known]
    fields = ["id"]
    for key in keys:
        fields += (named or list(label_fields[:1])) if key == _LABEL else [key]
    return tuple(dict.fromkeys(fields))


def rows_at_hand(model: RecordModel) -> Callable[[int], Mapping[str, Any] | None]:
    """Records as the table has them, by id; none any more when the table is gone."""

    def loaded(record_id: int) -> Mapping[str, Any] | None:
        record = model.record_of(record_id) if shiboken6.isValid(model) else None
        if record is None:
            return None
        # what was written or read since stands flat over the row
        flat = {name: value for name, value in record.items() if name.startswith("cf_")}
        custom = record.get("custom_field")
        return {**record, "custom_field": {**custom, **flat} if isinstance(custom, Mapping) else flat}

    return loaded
