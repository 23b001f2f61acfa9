"""Which scenes are played for which series of pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.e2e.edit_scenes import DEALS, EditScenes
from tests.e2e.more_scenes import MoreScenes
from tests.e2e.scenes import Scenes


def everything(scenes: Scenes) -> None:
    """Connecting, browsing, reassigning, jobs, dialogs."""
    scenes.connect()
    scenes.browse()
    scenes.half_loaded()
    scenes.palette()
    scenes.other_modules()
    scenes.errors()
    flow = scenes.reassign()
    scenes.run(flow)
    scenes.jobs()
    scenes.dialogs()


def editing(scenes: EditScenes) -> None:
    """What is edited, made, removed and found."""
    scenes.connect(pictures=False)
    view = scenes.table()
    scenes.paste()
    scenes.set_field()
    scenes.save(view)
    scenes.form()
    scenes.new()
    scenes.removing()
    scenes.find()
    scenes.filter()
    scenes.close_window()


def belongings(scenes: MoreScenes) -> None:
    """What belongs to a record, the places of the sidebar, files in and out."""
    scenes.connect(pictures=False)
    scenes.parts()
    scenes.places()
    scenes.exporting()
    scenes.importing()


def main_ones(scenes: MoreScenes) -> None:
    """For other sizes of the screen: browse and a plan of owners, a table with edits and their plan, a form."""
    scenes.connect(pictures=False)
    scenes.columns("deals", DEALS)
    scenes.browse()
    scenes.reassign(pictures=False)
    view = scenes.table(pictures=False)
    scenes.save(view)
    scenes.form()
    scenes.products_of_a_deal(pictures=False)
    scenes.close_window()


SETS: dict[str, tuple[type[Any], Callable[[Any], None]]] = {
    "everything": (Scenes, everything),
    "editing": (EditScenes, editing),
    "belongings": (MoreScenes, belongings),
    "main": (MoreScenes, main_ones),
}
