"""Tabs that are opened and closed leave nothing behind: no widget, no listener, no workspace that something holds."""

from __future__ import annotations

import gc
import importlib
import weakref
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QThreadPool
from PySide6.QtWidgets import QApplication

from crmdesk.changes.drafts import Staged
from crmdesk.config.listeners import Listeners
from crmdesk.ui.browse.workspace import BrowseWorkspace
from crmdesk.ui.find.workspace import FindWorkspace
from crmdesk.ui.record.new import NewWorkspace
from crmdesk.ui.record.workspace import RecordWorkspace
from crmdesk.ui.window.desk import AccountDesk
from crmdesk.ui.window.kinds import _HOMES
from crmdesk.ui.window.workspace import Workspace
from tests.support.sandbox_process import SandboxProcess
from tests.ui.window.conftest import Shell

TIMES = 6
FEWER = 3  # for kinds that are opened less often: what leaks once leaks each time
OFTEN = ("view", "record")


@pytest.fixture(scope="module")
def small_sandbox(start_sandbox: Callable[..., SandboxProcess]) -> SandboxProcess:
    return start_sandbox("--records", "300", "--hour-limit", "0")


def opened(shell: Shell, sandbox: SandboxProcess) -> AccountDesk:
    """An account whose window knows every kind of tab."""
    shell.save_account(sandbox)
    shell.start()
    shell.until_open()
    desk = shell.frame.desk
    assert desk is not None
    for home in set(_HOMES.values()):
        for kind in importlib.import_module(home).KINDS:
            desk._kinds.add(kind)
    return desk


def one_view(desk: AccountDesk, shell: Shell) -> dict[str, Any]:
    view = shell.run(desk.session.views("contacts"))[0]
    return {"module": "contacts", "view_id": view.id, "view_name": view.name}


def one_record(module: str) -> Callable[[AccountDesk, Shell, SandboxProcess], dict[str, Any]]:
    def args(_desk: AccountDesk, _shell: Shell, sandbox: SandboxProcess) -> dict[str, Any]:
        return {"module": module, "id": int(next(iter(sandbox.records(module)))), "label": "One"}

    return args


def fixed(**args: Any) -> Callable[[AccountDesk, Shell, SandboxProcess], dict[str, Any]]:
    return lambda _desk, _shell, _sandbox: args


def in_part(part: str) -> Callable[[AccountDesk, Shell, SandboxProcess], dict[str, Any]]:
    return lambda desk, shell, sandbox: {**one_record("contacts")(desk, shell, sandbox), "part": part}


def staged(desk: AccountDesk, _shell: Shell, sandbox: SandboxProcess) -> dict[str, Any]:
    records = list(sandbox.records("contacts"))[:3]
    desk.session.drafts.stage(Staged("contacts", record, "job_title", "Pilot", "Baker") for record in records)
    return {}


ArgsOf = Callable[[AccountDesk, Shell, SandboxProcess], dict[str, Any]]
TABS: dict[str, tuple[str, ArgsOf]] = {
    "view": ("view", lambda desk, shell, _sandbox: one_view(desk, shell)),
    "record": ("record", one_record("deals")),
    "custom record": ("record", one_record("cm_property")),
    "notes of a record": ("record", in_part("notes")),
    "history of a record": ("record", in_part("history")),
    "new": ("new", fixed(module="deals")),
    "review": ("review", staged),
    "find": ("find", fixed(text="ann")),
    "reassign": ("reassign", fixed()),
    "jobs": ("jobs", fixed()),
    "lists": ("view", fixed(module="lists")),
    "documents": ("view", fixed(module="documents")),
    "products": ("view", fixed(module="products")),
    "export": ("export", fixed(module="contacts")),
    "import": ("import", fixed(module="contacts")),
}


def inspect(work: Workspace) -> None:
    """Select a row, which has the inspector made, and edit one of its cells."""
    assert isinstance(work, BrowseWorkspace)
    work.table.selectRow(0)
    row = work.table.model().index(0, 1)
    work.table.setCurrentIndex(row)


def edit(work: Workspace) -> None:
    """Open the editor of a field of the record."""
    assert isinstance(work, RecordWorkspace)
    work.inspected.form.edit("name")
    assert work.inspected.panel.editing is not None


def pick(work: Workspace) -> None:
    """Open the list of a look-up in the new record's form."""
    assert isinstance(work, NewWorkspace) and work.fields is not None
    work.fields.unfold.click()
    for editor in work.fields.editors.values():
        editor.begin()


def loaded(work: Workspace) -> bool:
    """Whether a tab shows what it waits for before it asks the CRM."""
    if isinstance(work, FindWorkspace):
        return bool(work.results.hits)
    if isinstance(work, NewWorkspace):
        return work.fields is not None
    if isinstance(work, BrowseWorkspace) and not work.table.selectionModel().hasSelection():
        return work.table.model().rowCount() > 0
    if isinstance(work, (BrowseWorkspace, RecordWorkspace)):
        return work.inspected.panel.sheet is not None and not work.inspected.loading
    return True


DOING = {"view": inspect, "record": edit, "new": pick}


def look_at(desk: AccountDesk, shell: Shell, name: str, args: Mapping[str, Any]) -> weakref.ref[Workspace]:
    """Open a tab, wait until it has all it asks for, do something in it, and close it."""
    work = desk.open(TABS[name][0], args)
    made = weakref.ref(work)
    for do in (None, DOING.get(name)):
        if do is not None:
            do(work)
        shell.until(lambda: loaded(work) and shell.application.tasks.under_way == 0)
    assert shell.frame.window.tabs.front is not None
    shell.frame.window.tabs.close_front()
    return made


def settled(shell: Shell) -> None:
    """What is to be deleted is deleted, and no garbage is left."""
    shell.until(lambda: shell.application.tasks.under_way == 0)
    QThreadPool.globalInstance().waitForDone()
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        shell.run(_a_turn())
        gc.collect()


async def _a_turn() -> None:
    return None


def there(desk: AccountDesk) -> dict[str, Counter[str]]:
    """Widgets by type, and who listens."""
    session = desk.session
    listeners: dict[str, Listeners[Any]] = {
        "session": session._listeners,
        "drafts": session.drafts._listeners,
        "jobs": session.jobs._listeners,
    }
    return {
        "widgets": Counter(type(widget).__name__ for widget in QApplication.allWidgets()),
        "listeners": Counter({name: len(found._all) for name, found in listeners.items()}),
    }


@pytest.mark.parametrize("name", TABS)
def test_tabs_leave_nothing_behind(shell: Shell, sandbox: SandboxProcess, name: str) -> None:
    desk = opened(shell, sandbox)
    args = TABS[name][1](desk, shell, sandbox)
    for _ in range(2):  # what is made once for all tabs
        look_at(desk, shell, name, args)
    settled(shell)
    before = there(desk)
    times = TIMES if name in OFTEN else FEWER
    made = [look_at(desk, shell, name, args) for _ in range(times)]
    settled(shell)
    after = there(desk)
    more = {what: after[what] - before[what] for what in before}
    assert not any(more.values()), f"left behind after {times} times: {more}"
    held = [ref() for ref in made if ref() is not None]
    assert len(held) <= 1, f"{len(held)} workspaces are held"
    desk.session.drafts.revert_all()
    shell.run(desk.session.drafts.saved())
