"""The kinds of workspace that show records: a view, and one record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmdesk.config.errors import InputError
from crmdesk.crm.module_spec import ModuleSpec
from crmdesk.crm.values import whole
from crmdesk.ui.browse.filters import SAVED, SavedFilters, key_of, rules_from_json
from crmdesk.ui.browse.source import Source
from crmdesk.ui.browse.workspace import BrowseWorkspace
from crmdesk.ui.record.workspace import RecordWorkspace
from crmdesk.ui.window.workspace import Desk, Workspace, WorkspaceKind

TASK_FILTERS = (
    ("open", "Open"),
    ("due today", "Due today"),
    ("due tomorrow", "Due tomorrow"),
    ("overdue", "Overdue"),
    ("completed", "Completed"),
)
APPOINTMENT_FILTERS = (("upcoming", "Upcoming"), ("past", "Past"))
FIRST_FILTER: Mapping[str, str] = {"tasks": "open", "appointments": "upcoming"}
PLACES = ("lists", "products", "documents")


def make_view(desk: Desk, args: Mapping[str, Any]) -> Workspace:
    """`args`: module, view_id (for tasks and appointments the filter), view_name; or module, filter, name.

    Lists: module, list; documents: module, deal, deal_name. Raises InputError.
    """
    spec = desk.session.modules.get(str(args["module"]))
    if (source := _filtered(desk, spec, args)) is not None:
        return BrowseWorkspace(desk, source)
    if spec.key in PLACES:
        return _place(desk, spec.key, args)
    view_id: int | str = args.get("view_id") or FIRST_FILTER.get(spec.key) or 0
    source = Source(spec, view_id, str(args.get("view_name") or spec.plural))
    if not source.listable:
        raise InputError(
            f"The API does not list {spec.plural.lower()} by themselves.",
            remedy="Open the record that they belong to.",
            subject="module",
        )
    return BrowseWorkspace(desk, source)


def _place(desk: Desk, key: str, args: Mapping[str, Any]) -> Workspace:
    """The places of what the API lists in ways of its own."""
    from crmdesk.ui.lists.workspace import ListsWorkspace
    from crmdesk.ui.places.documents import DocumentsPlace
    from crmdesk.ui.places.products import ProductsPlace

    if key == "lists":
        return ListsWorkspace(desk, whole(args.get("list")))
    if key == "products":
        return ProductsPlace(desk)
    return DocumentsPlace(desk, whole(args.get("deal")), str(args.get("deal_name") or ""))


def _filtered(desk: Desk, spec: ModuleSpec, args: Mapping[str, Any]) -> Source | None:
    """The source of a filter, saved or not; None for a view of the CRM."""
    view_id = str(args.get("view_id") or "")
    if view_id.startswith(SAVED):
        name = view_id.removeprefix(SAVED)
        return Source(spec, view_id, name, SavedFilters(desk.memory).rules(spec.key, name))
    if "filter" not in args:
        return None
    rules = rules_from_json(args["filter"])
    if not rules:
        raise InputError("A filter needs a rule.", subject="filter")
    return Source(spec, 0, str(args.get("name") or f"Filtered {spec.plural.lower()}"), rules)


def view_key(args: Mapping[str, Any]) -> str:
    """What tells two tabs of views apart."""
    told = f"filter/{key_of(args['filter'])}" if "filter" in args else args.get("view_id") or ""
    return f"{args['module']}/{told}"


def make_record(desk: Desk, args: Mapping[str, Any]) -> Workspace:
    """`args`: module, id, label. A marketing list is shown among the lists: the API gives none by itself."""
    if args["module"] == "lists":
        return _place(desk, "lists", {"list": args["id"] or None})
    return RecordWorkspace(desk, args)


KINDS: tuple[WorkspaceKind, ...] = (
    WorkspaceKind("view", "View", "view", make_view, view_key),
    WorkspaceKind("record", "Record", "file", make_record, lambda args: f"{args['module']}/{args['id']}"),
)
