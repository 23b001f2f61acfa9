"""What the sidebar lists, as plain data that can be remembered and shown before the network answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmdesk.crm.modules import ModuleSpec
    from crmdesk.crm.requests import View

GROUPS = (("mine", "Mine"), ("shared", "Shared"), ("default", "Default"))
FEW = 4
# The API has no views for these: tasks and appointments are asked for by filter, sales activities and lists plainly,
# products and documents have places of their own (api-in-practice, "What rows hold").
_FIXED_VIEWS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "tasks": (
        ("open", "Open"),
        ("due today", "Due today"),
        ("due tomorrow", "Due tomorrow"),
        ("overdue", "Overdue"),
        ("completed", "Completed"),
    ),
    "appointments": (("upcoming", "Upcoming"), ("past", "Past")),
    "lists": (("", "Marketing lists"),),
    "sales_activities": (("all", "All sales activities"),),
    "products": (("", "Products"),),
    "documents": (("", "Documents"),),
}
SAVED_FILTERS = "filters"  # where a profile's memory keeps them
SAVED_FILTER = "filter:"  # its name follows, where a view has its id
_ICONS = (
    "contacts",
    "sales_accounts",
    "deals",
    "tasks",
    "appointments",
    "sales_activities",
    "products",
    "documents",
    "lists",
)


@dataclass(frozen=True)
class ViewEntry:
    """One view in the sidebar. `id` is the CRM's number, or a task filter's text."""

    id: int | str
    name: str
    group: str = "default"
    count: int | None = None


@dataclass(frozen=True)
class ModuleEntry:
    """One module; `views` is None until they were asked for. `key` also names its icon."""

    key: str
    title: str
    custom: bool = False
    views: tuple[ViewEntry, ...] | None = None
    loading: bool = False
    trouble: str = ""
    main_views: tuple[str, ...] = ()

    @property
    def icon(self) -> str:
        """The icon's name in the family."""
        return self.key if self.key in _ICONS else "custom"

    @property
    def single(self) -> ViewEntry | None:
        """The only view of a module whose views are no list, so that the module itself opens it."""
        if self.views is not None and len(self.views) == 1 and isinstance(self.views[0].id, str):
            return self.views[0]
        return None

    def few(self) -> tuple[ViewEntry, ...]:
        """The views shown first: the one that holds everything, one's own, then mine, shared, default."""
        views = self.views or ()
        if len(views) <= FEW + 1:
            return self.ordered()
        main = [view for view in views if view.name in self.main_views][:1]
        main += [view for view in views if view.name == f"My {self.title}"][:1]
        rest = [view for view in self.ordered() if view not in main]
        return tuple(main + rest)[:FEW]

    def ordered(self) -> tuple[ViewEntry, ...]:
        """All views, grouped: mine, shared, default; the CRM's order within a group."""
        views = self.views or ()
        known = [name for name, _ in GROUPS]
        return tuple(sorted(views, key=lambda view: known.index(view.group) if view.group in known else len(known)))


@dataclass(frozen=True)
class Outline:
    """All modules of an account, built-in ones first, in the order in which they are shown."""

    modules: tuple[ModuleEntry, ...] = ()

    def module(self, key: str) -> ModuleEntry | None:
        """The entry of one module."""
        return next((entry for entry in self.modules if entry.key == key), None)

    def with_module(self, key: str, **changes: Any) -> Outline:
        """A copy in which one module is changed."""
        return Outline(tuple(replace(entry, **changes) if entry.key == key else entry for entry in self.modules))

    def with_views(self, key: str, views: Iterable[View]) -> Outline:
        """A copy that lists these views of one module; counts known before are kept."""
        entry = self.module(key)
        counts = {view.id: view.count for view in (entry.views or ())} if entry else {}
        rows = tuple(ViewEntry(view.id, view.name, view.group, counts.get(view.id)) for view in views)
        return self.with_module(key, views=rows, loading=False, trouble="")

    def with_count(self, key: str, view_id: int | str, count: int) -> Outline:
        """A copy that knows how many records a view holds."""
        entry = self.module(key)
        if entry is None or entry.views is None:
            return self
        views = tuple(replace(view, count=count) if view.id == view_id else view for view in entry.views)
        return self.with_module(key, views=views)

    def with_modules(self, specs: Iterable[ModuleSpec]) -> Outline:
        """A copy that lists exactly these modules; the views of those already known are kept."""
        known = {entry.key: entry for entry in self.modules}
        entries = []
        for spec in specs:
            old = known.get(spec.key)
            entries.append(
                ModuleEntry(
                    spec.key,
                    spec.plural,
                    spec.custom,
                    _views_of(spec.key, old),
                    main_views=tuple(name for names in spec.all_views for name in names),
                )
            )
        return Outline(tuple(entries))

    def remember(self) -> list[dict[str, Any]]:
        """The outline as JSON can hold it."""
        return [
            {
                "key": entry.key,
                "title": entry.title,
                "custom": entry.custom,
                "main": list(entry.main_views),
                "views": None
                if entry.views is None
                else [[view.id, view.name, view.group, view.count] for view in entry.views],
            }
            for entry in self.modules
        ]

    @classmethod
    def recall(cls, remembered: object) -> Outline:
        """The outline from `remember`'s rows; what can't be read is left out."""
        entries: list[ModuleEntry] = []
        for row in remembered if isinstance(remembered, list) else []:
            try:
                views = row["views"]
                entries.append(
                    ModuleEntry(
                        str(row["key"]),
                        str(row["title"]),
                        bool(row["custom"]),
                        None if views is None else tuple(_view(view) for view in views),
                        main_views=tuple(str(name) for name in row.get("main", ())),
                    )
                )
            except (KeyError, TypeError, ValueError, AttributeError):
                continue
        return cls(tuple(entries))


def _view(row: Sequence[Any]) -> ViewEntry:
    view_id, name, group, count = row
    return ViewEntry(
        view_id if isinstance(view_id, int) else str(view_id),
        str(name),
        str(group),
        count if isinstance(count, int) else None,
    )


def _views_of(key: str, old: ModuleEntry | None) -> tuple[ViewEntry, ...] | None:
    """The views known before, but for modules that have fixed ones exactly those, with the counts known."""
    fixed, known = _fixed(key), old.views if old is not None else None
    if fixed is None:
        return known
    counts = {view.id: view.count for view in known or ()}
    return tuple(replace(view, count=counts.get(view.id)) for view in fixed)


def _fixed(key: str) -> tuple[ViewEntry, ...] | None:
    rows = _FIXED_VIEWS.get(key)
    return None if rows is None else tuple(ViewEntry(view_id, name) for view_id, name in rows)


def saved_filters(kept: object) -> dict[str, list[str]]:
    """The names of the saved filters by module, from the profile's memory; what can't be read is left out."""
    if not isinstance(kept, Mapping):
        return {}
    return {
        str(module): [str(entry["name"]) for entry in entries if isinstance(entry, Mapping) and entry.get("name")]
        for module, entries in kept.items()
        if isinstance(entries, list)
    }
