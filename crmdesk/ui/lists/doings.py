"""What is done with lists and their contacts, each as a plan: made, run when it is small, told with a way back."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from crmdesk.crm import lists
from crmdesk.crm.calls import Call
from crmdesk.crm.kinds import Kind
from crmdesk.planning.edit import FieldChange
from crmdesk.planning.intents import KnownRow, SelectedRecords
from crmdesk.ui.lists.model import MarketingList
from crmdesk.ui.review.running import open_plan, run_plan, start_plan, tell_result, wrong_of
from crmdesk.ui.widgets import Message

if TYPE_CHECKING:
    from crmdesk.changes.plan import Plan, Summary
    from crmdesk.ui.window.workspace import Desk

LISTS = "lists"
KEY = "lists:done"
AT_ONCE = 100  # contacts that go in one request: more of them are looked at as a plan first
LATER = "The CRM does this in the background; it can take a while until all are there."

Then = Callable[[], object]


def contacts(count: int) -> str:
    """ "1 contact", "12 contacts"."""
    return f"{count:,} contact{'' if count == 1 else 's'}"


def nothing() -> None:
    """What follows where nothing does."""


def _start(desk: Desk, work: Coroutine[Any, Any, object], title: str, again: Then) -> None:
    desk.tasks.start(work, title=title, again=again)


# -- contacts on and off a list ----------------------------------------------------------------


def add(desk: Desk, to: MarketingList, ids: Sequence[int]) -> None:
    """Put contacts on a list; one request for each 100."""
    title = f"Add {contacts(len(ids))} to {to.name}"
    done = f"{contacts(len(ids))} {'is' if len(ids) == 1 else 'are'} on “{to.name}”"
    _start(desk, _relate(desk, to, ids, title, done, on=True), title, lambda: add(desk, to, ids))


def remove(desk: Desk, from_: MarketingList, ids: Sequence[int]) -> None:
    """Take contacts off a list; they stay in the CRM."""
    title = f"Remove {contacts(len(ids))} from {from_.name}"
    done = f"{contacts(len(ids))} taken off “{from_.name}”"
    _start(desk, _relate(desk, from_, ids, title, done, on=False), title, lambda: remove(desk, from_, ids))


async def _relate(desk: Desk, one: MarketingList, ids: Sequence[int], title: str, done: str, *, on: bool) -> None:
    change = (None, True) if on else (True, None)
    edits = {f"members:{contact}": change for contact in ids}
    plan = await desk.session.edits.relate(LISTS, one.id, edits, one.name, title=title)
    if len(ids) > AT_ONCE:
        open_plan(desk, plan)
    else:
        await run_plan(desk, plan, done)


def move(desk: Desk, from_: MarketingList, to: MarketingList, ids: Sequence[int] | None, then: Then = nothing) -> None:
    """Move contacts to another list, all of them for None. The CRM does it later, and can't take it back."""
    told = "all contacts" if ids is None else contacts(len(ids))
    title = f"Move {told} from {from_.name} to {to.name}"

    async def work() -> None:
        parts = [None] if ids is None else [list(ids[at : at + AT_ONCE]) for at in range(0, len(ids), AT_ONCE)]
        calls = [lists.move_contacts(to.id, from_.id, part) for part in parts]
        if await _run_calls(desk, title, calls) is None:
            return
        back: tuple[tuple[str, Then], ...] = ()
        if ids is not None:
            back = (("Move back", lambda: move(desk, to, from_, ids, then)),)
        desk.say(Message(f"Moving {told} to “{to.name}”", LATER, "", "good", back, KEY))
        then()

    _start(desk, work(), title, lambda: move(desk, from_, to, ids, then))


def remove_all(desk: Desk, from_: MarketingList, then: Then = nothing) -> None:
    """Take everybody off a list. The CRM does it later, and can't take it back."""
    title = f"Remove all contacts from {from_.name}"

    async def work() -> None:
        if await _run_calls(desk, title, [lists.remove_all(from_.id)]) is None:
            return
        desk.say(Message(f"Taking all contacts off “{from_.name}”", LATER, "", "good", (), KEY))
        then()

    _start(desk, work(), title, lambda: remove_all(desk, from_, then))


async def _run_calls(desk: Desk, title: str, calls: Sequence[Call]) -> Summary | None:
    """Runs requests one after the other, each a plan of its own; None, and it is told, when one failed."""
    summary: Summary | None = None
    for number, call in enumerate(calls, 1):
        part = f" ({number} of {len(calls)})" if len(calls) > 1 else ""
        request = {"method": call.method, "path": call.path, "body": call.body, "repeatable": call.repeatable}
        plan = await desk.session.edits.call(LISTS, f"{title}{part}", request)
        summary = await _run_quietly(desk, plan)
        if summary is None:
            return None
    return summary


async def _run_quietly(desk: Desk, plan: Plan) -> Summary | None:
    """Runs a small plan and says nothing when all went well; None, and it is told, when it did not."""
    await start_plan(desk, plan)
    summary = await desk.session.jobs.wait(plan.id)
    desk.session.heard(None)
    wrong = await wrong_of(plan)
    if wrong or not summary.state.ended:
        tell_result(desk, summary, wrong)
        return None
    return summary


# -- lists -------------------------------------------------------------------------------------


def make(desk: Desk, name: str, then: Callable[[int], object], members: Sequence[int] = ()) -> None:
    """A new list, with contacts on it if there are any; `then` gets its id. The API can't delete it again."""

    async def work() -> None:
        plan = await desk.session.edits.create(LISTS, {"name": name}, kinds={"name": Kind.TEXT}, label=name)
        if await _run_quietly(desk, plan) is None:
            return
        made = (await plan.rows(0, 1))[0].result_id
        if made is None:
            return
        if members:
            add(desk, MarketingList(made, name), members)
        else:
            desk.say(Message(f"The list “{name}” is there", "", "", "good", (), KEY))
        then(made)

    _start(desk, work(), f"Creating the list {name}", lambda: make(desk, name, then, members))


def rename(desk: Desk, one: MarketingList, name: str, then: Callable[[str], object]) -> None:
    """Another name for a list; `then` gets it."""

    async def work() -> None:
        what = SelectedRecords(LISTS, (KnownRow(one.id, one.name),))
        change = FieldChange("name", "set", name, kind=Kind.TEXT)
        plan = await desk.session.edits.set_fields(what, [change], title=f"Rename {one.name} to {name}")
        if await _run_quietly(desk, plan) is None:
            return
        # Undo would read the list first, and the API gives none by itself.
        back = (("Rename back", lambda: rename(desk, MarketingList(one.id, name), one.name, then)),)
        desk.say(Message(f"“{one.name}” is called “{name}” now", "", "", "good", back, KEY))
        then(name)

    _start(desk, work(), f"Renaming the list {one.name}", lambda: rename(desk, one, name, then))
