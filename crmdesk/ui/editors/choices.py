"""Where a field's choices come from: its schema, the account's selectors, or the reference itself. No Qt here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crmdesk.crm.fixed_schema import fixed_choices
from crmdesk.crm.kinds import Kind, normal
from crmdesk.crm.naming import selector_of
from crmdesk.crm.schema import Field
from crmdesk.crm.values import NOT_LOADED, whole
from crmdesk.crm.zones import RAILS
from crmdesk.ui.editors.options import Option

if TYPE_CHECKING:
    from crmdesk.ui.editors.context import EditContext

STAGES, PIPELINES, OWNERS = "deal_stages", "deal_pipelines", "owners"


def selectors_of(field: Field, kind: Kind) -> tuple[str, ...]:
    """The selectors that must be loaded to offer the field's choices."""
    if kind is Kind.USER:
        return (OWNERS,)
    if field.name == "deal_stage_id" and not field.custom:
        return (PIPELINES, STAGES)
    selector = selector_of(field) if kind is Kind.CHOICE_ID and not field.custom else None
    return (selector,) if selector else ()


def options_of(field: Field, kind: Kind, context: EditContext) -> list[Option] | None:
    """What the field can be set to now; None while it is being asked for."""
    needed = selectors_of(field, kind)
    directory = context.desk.session.directory
    context.known.need_names(needed)
    if kind is Kind.USER:
        return _owners(context) if directory.loaded(OWNERS) else None
    if STAGES in needed:
        return _stages(field, context)
    for selector in needed:
        if directory.loaded(selector) and (listed := _listed(directory.items(selector))):
            return listed
    told = _told(field, kind) or _fixed(field, kind, context)
    return None if needed and not told and context.known.names.pending else told


def _told(field: Field, kind: Kind) -> list[Option]:
    by_text = kind in (Kind.CHOICE_TEXT, Kind.MULTI_TEXT)
    return [
        Option(choice.value if by_text else normal(Kind.CHOICE_ID, choice.id), choice.value)
        for choice in field.choices
        if choice.value
    ]


def _owners(context: EditContext) -> list[Option]:
    """Active owners only: nothing may be given to one who left."""
    return [
        Option(owner.id, owner.name, owner.email) for owner in context.desk.session.directory.owners if owner.active
    ]


def _stages(field: Field, context: EditContext) -> list[Option] | None:
    """The stages of the deal's pipeline; with their pipeline beside them where it is not known."""
    directory = context.desk.session.directory
    pipelines = directory.items(PIPELINES)
    mine = context.of("deal_pipeline_id")
    known = mine is not NOT_LOADED and mine is not None
    found = []
    for pipeline in pipelines:
        if known and whole(pipeline.get("id")) != mine:
            continue
        name = "" if known else str(pipeline.get("name") or "")
        found += [
            Option(whole(stage.get("id")), str(stage.get("name") or stage.get("id")), name)
            for stage in _by_position(pipeline.get("deal_stages") or ())
        ]
    if found:
        return found
    if not directory.loaded(PIPELINES) and context.known.names.pending:
        return None
    stages = [
        item for item in directory.items(STAGES) if not known or whole(item.get("deal_pipeline_id")) in (None, mine)
    ]
    return _listed(stages) or _told(field, Kind.CHOICE_ID)


def _listed(items: Sequence[dict[str, Any]]) -> list[Option]:
    found = []
    for item in _by_position(items):
        item_id = whole(item.get("id"))
        name = item.get("name") or item.get("display_name") or item.get("currency_code")
        if item_id is not None:
            found.append(Option(item_id, str(name or item_id)))
    return found


def _by_position(items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=lambda item: whole(item.get("position")) or 0)


def _fixed(field: Field, kind: Kind, context: EditContext) -> list[Option]:
    """What the reference itself tells: ranges of employees, types of subscription, zones."""
    if kind is Kind.ZONE:
        return [Option(name, name) for name in RAILS]
    if kind is Kind.CHOICE_TEXT and field.name == "time_zone":
        return [Option(name, name) for name in RAILS]
    by_text = kind in (Kind.CHOICE_TEXT, Kind.MULTI_TEXT)
    return [
        Option(choice.value if by_text else normal(Kind.CHOICE_ID, choice.id), choice.value)
        for choice in fixed_choices(context.spec.key, field.name)
    ]


def option_of(value: Any, options: Sequence[Option] | None) -> Option | None:
    """The option that stands for a value."""
    return next((option for option in options or () if option.value == value), None)
