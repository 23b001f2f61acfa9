"""Typing in the editor of a lookup, against a CRM that takes its time: the window is never blocked, and a search is
sent for each pause and none for a letter.

Letters come every 60 ms, with a pause after each few of them. Every second pause lasts until the list is there; the
others end while the search is under way. Limits: stall 50 ms; one request for each pause.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from crmdesk.ui.editors.finding import REST
from tests.bench.scroll import STALL_LIMIT_MS, Stalls
from tests.bench.stage import Stage, on_stage

LATENCY_MS = 400
LETTER_S = 0.06
PAUSE_S = (REST + 100) / 1000  # the search was sent then, and is not answered yet
SYLLABLE = 3  # letters between two pauses
NAMES = 12


def _names(stage: Stage) -> list[str]:
    """Names of contacts, in plain letters, no two beginning alike."""
    found: dict[str, str] = {}
    for row in stage.sandbox.records("contacts", "display_name").values():
        name = str(row["display_name"])
        if name.isascii() and len(name) >= 3 * SYLLABLE:
            found.setdefault(name[:SYLLABLE].casefold(), name)
    return list(found.values())[:NAMES]


def _editor(stage: Stage) -> tuple[Any, Any]:
    """A window, and in it a lookup to contacts, ready to type in."""
    from PySide6.QtWidgets import QVBoxLayout, QWidget

    from crmdesk.crm.schema import Field
    from crmdesk.ui.browse.known import Known
    from crmdesk.ui.editors import EditContext, editor_for

    spec = stage.desk.session.modules.get("deals")
    field = Field("cf_lookup", "Sample", "auto_complete", custom=True, lookup="contact")
    page = QWidget()
    editor: Any = editor_for(field, EditContext(stage.desk, spec, Known(stage.desk, spec, stage.desk.tasks)), page)
    QVBoxLayout(page).addWidget(editor)
    page.resize(360, 300)
    page.show()
    page.activateWindow()
    stage.desk.until(page.isActiveWindow, "the window")
    editor.begin()
    return page, editor


class Typing:
    """Types names, with a pause after each syllable: letters, pauses, and the stalls meanwhile."""

    def __init__(self, stage: Stage, editor: Any) -> None:
        self._stage, self._editor = stage, editor
        self.letters = self.pauses = 0
        self.stalls = Stalls()

    def type(self, names: list[str]) -> None:
        """Type each of them over the one before."""
        watch = self._stage.desk.loop.create_task(self.stalls.watch())
        for name in names:
            self._editor.picker.selectAll()
            for at in range(0, len(name), SYLLABLE):
                self._stage.desk.loop.run_until_complete(self._syllable(name[at : at + SYLLABLE]))
                self.pauses += 1
                if self.pauses % 2 == 0:
                    self._stage.desk.until(lambda: not self._editor.finder.busy, "the list")
        watch.cancel()
        self._stage.desk.turn(0)

    async def _syllable(self, letters: str) -> None:
        from PySide6.QtTest import QTest

        for letter in letters:
            QTest.keyClicks(self._editor.picker, letter)
            self.letters += 1
            await asyncio.sleep(LETTER_S)
        await asyncio.sleep(PAUSE_S)


def measure() -> list[dict[str, Any]]:
    """The longest stall while typing, and the searches for each pause."""
    with on_stage("--records", "10000", "--hour-limit", "0", "--latency", str(LATENCY_MS)) as stage:
        names = _names(stage)
        page, editor = _editor(stage)
        Typing(stage, editor).type([names.pop()])  # imports, fonts, the first list
        stage.desk.until(lambda: not editor.finder.busy)
        stage.sandbox.clear_requests()
        typing = Typing(stage, editor)
        typing.type(names)
        sent = len(stage.sandbox.requests())
        stage.desk.until(lambda: not editor.finder.busy and editor.picker.model.options, "the last list")
        page.close()
    return [
        {
            "name": "longest stall while typing in a lookup",
            "value": round(typing.stalls.longest, 1),
            "unit": "ms",
            "limit": STALL_LIMIT_MS,
            "note": f"{typing.letters} letters, answers after {LATENCY_MS} ms; {typing.stalls.told}",
        },
        {
            "name": "searches for each pause in typing",
            "value": round(sent / typing.pauses, 2),
            "unit": "",
            "limit": 1.0,
            "ours": f"{sent} requests",
            "baseline": f"{typing.pauses} pauses",
        },
    ]


if __name__ == "__main__":
    print(json.dumps(measure()))
