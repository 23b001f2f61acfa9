"""How rows become changes: create, change or both; by what they find their records; what an empty cell says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QComboBox, QRadioButton, QVBoxLayout, QWidget

from crmdesk.crm.kinds import Kind, kind_of
from crmdesk.crm.module_spec import Can
from crmdesk.files.mapping import RECORD_ID
from crmdesk.planning.import_plan import ImportOptions
from crmdesk.ui.widgets import SectionTitle, label

if TYPE_CHECKING:
    from crmdesk.crm.modules import ModuleSpec
    from crmdesk.crm.schema import Schema
    from crmdesk.files.mapping import Match

WAYS = (
    ("upsert", "Change those that are there, create the &others"),
    ("update", "&Only change those that are there"),
    ("create", "Only &create new ones"),
)
DATES = (
    (None, "Ask back: 3/4/2026 could be either"),
    (True, "Day first: 3/4/2026 is the 3rd of April"),
    (False, "Month first: 3/4/2026 is March 4th"),
)
_DATED = (Kind.DATE, Kind.TIME)
_NO_MATCH = "Nothing: every row is new"


class MatchOptions(QWidget):
    """The right side of step 2."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._preferred = ""
        self.ways = QButtonGroup(self)
        self.match = QComboBox()
        self.match.setAccessibleName("Records are found by")
        self.match_note = label("", "small", wrap=True)
        self.only_fill_blanks = QCheckBox("Only fill &blanks")
        self.only_fill_blanks.setToolTip("A value that the CRM has already stays as it is")
        self.never_clear = QCheckBox("&Never clear: an empty cell says nothing")
        self.never_clear.setChecked(True)
        self.dates = QComboBox()
        self.dates.setAccessibleName("What 3/4/2026 means")
        for told, text in DATES:
            self.dates.addItem(text, told)
        self._dates_title = SectionTitle("Dates with slashes")
        self._lay_out()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(SectionTitle("Each row shall"))
        for at, (_, text) in enumerate(WAYS):
            radio = QRadioButton(text)
            self.ways.addButton(radio, at)
            column.addWidget(radio)
        self.ways.button(0).setChecked(True)
        column.addSpacing(8)
        column.addWidget(SectionTitle("Records are found by"))
        column.addWidget(self.match)
        column.addWidget(self.match_note)
        column.addSpacing(8)
        column.addWidget(SectionTitle("Cells"))
        column.addWidget(self.only_fill_blanks)
        column.addWidget(self.never_clear)
        column.addSpacing(8)
        column.addWidget(self._dates_title)
        column.addWidget(self.dates)
        column.addStretch(1)
        self.ways.idClicked.connect(lambda _way: self._way_chosen())
        self.match.activated.connect(lambda _at: self._match_chosen())
        for box in (self.only_fill_blanks, self.never_clear):
            box.toggled.connect(lambda _on: self.changed.emit())
        self.dates.activated.connect(lambda _at: self.changed.emit())

    # -- what is chosen

    @property
    def how(self) -> str:
        """upsert, update or create."""
        return WAYS[self.ways.checkedId()][0]

    def options(self) -> ImportOptions:
        """As the importer takes it."""
        return ImportOptions(
            how=self.how,  # type: ignore[arg-type]
            match=self.match.currentData() or "",
            only_fill_blanks=self.only_fill_blanks.isChecked() and self.how != "create",
            never_clear=self.never_clear.isChecked(),
            day_first=self.dates.currentData(),
        )

    def to_remember(self) -> dict[str, Any]:
        """As JSON can hold it."""
        told = self.options()
        return {
            "how": told.how,
            "match": told.match,
            "only_fill_blanks": told.only_fill_blanks,
            "never_clear": told.never_clear,
            "day_first": told.day_first,
        }

    def restore(self, kept: Any) -> None:
        """What was chosen for this module before."""
        if not isinstance(kept, Mapping):
            return
        self.choose_way(str(kept.get("how")))
        self._preferred = str(kept.get("match") or "")
        self.only_fill_blanks.setChecked(kept.get("only_fill_blanks") is True)
        self.never_clear.setChecked(kept.get("never_clear") is not False)
        self.dates.setCurrentIndex(max(0, self.dates.findData(kept.get("day_first"))))

    def choose_way(self, how: str) -> None:
        """Choose create, update or upsert, as a click would."""
        at = next((at for at, (name, _) in enumerate(WAYS) if name == how), 0)
        self.ways.button(at).setChecked(True)
        self._way_chosen()

    # -- what can be chosen

    def offer(
        self, spec: ModuleSpec, schema: Schema, matches: Sequence[Match], targets: Mapping[str, str], many: str
    ) -> None:
        """Offer what the matched columns allow; `many`: what the records are called."""
        for at, (how, _) in enumerate(WAYS):
            self.ways.button(at).setEnabled(how == "create" or Can.EDIT in spec.can)
        fields = [match.field for match in matches if match.field is not None]
        kept = self.match.currentData() or self._preferred
        found = _by_use(spec, fields)
        if self.how == "create":
            found = ["", *(name for name in found if name != RECORD_ID)]
        self.match.clear()
        for name in found:
            told = _NO_MATCH if not name else targets.get(name, name)
            self.match.addItem(f"{told} (unique)" if name in spec.unique or name == RECORD_ID else told, name)
        wanted = kept if kept in found else (found[0] if found else "")
        self.match.setCurrentIndex(self.match.findData(wanted))
        self.match.setEnabled(bool(found))
        self._tell(many)
        dated = any(kind_of(spec, schema.fields[name]) in _DATED for name in fields if name in schema.fields)
        self.dates.setVisible(dated)
        self._dates_title.setVisible(dated)
        self.only_fill_blanks.setEnabled(self.how != "create")

    def _tell(self, many: str) -> None:
        name = self.match.currentData()
        if self.match.count() == 0:
            self.match_note.setText("Match a column to a field first.")
        elif not name:
            self.match_note.setText(f"{many} that are there already are not looked for, and may be made twice.")
        elif self.how == "create":
            self.match_note.setText("A row whose record is there already is left alone, and told.")
        elif name == RECORD_ID:
            self.match_note.setText("Only records that are asked for by id are read.")
        else:
            self.match_note.setText(f"The {many.lower()} are read once to find them; the price is shown first.")

    def _way_chosen(self) -> None:
        self.changed.emit()

    def _match_chosen(self) -> None:
        self._preferred = self.match.currentData() or ""
        self.changed.emit()


def _by_use(spec: ModuleSpec, fields: Sequence[str]) -> list[str]:
    """Matched fields, those that find a record best first: its id, unique ones, its name, any other."""
    order = [RECORD_ID, *spec.unique, "email", *spec.label_fields]
    best = [name for name in order if name in fields]
    return list(dict.fromkeys([*best, *fields]))
