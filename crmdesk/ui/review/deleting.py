"""Before records are deleted: which ones, what goes along with accounts, and what an undo can bring back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QCheckBox, QWidget

from crmdesk.crm.modules import Can
from crmdesk.planning.intents import SelectedRecords, WholeView
from crmdesk.ui.jobs import words
from crmdesk.ui.widgets import Button, NoteBox, label
from crmdesk.ui.window.dialogs import Dialog

if TYPE_CHECKING:
    from crmdesk.crm.modules import ModuleSpec
    from crmdesk.ui.window.workspace import Desk

NAMED = 8  # records are named, the rest is counted
GOING_NAMED = 24  # of the contacts, and of the deals
READ_AT_ONCE = 3  # accounts whose contacts and deals are read without asking
ACCOUNTS = "sales_accounts"
Along = Mapping[str, tuple[list[str], bool]]  # part: names, and whether there are more


def counted(spec: ModuleSpec, count: int) -> str:
    """ "1 contact", "12 contacts"."""
    return f"{count:,} {spec.singular.lower() if count == 1 else spec.plural.lower()}"


class DeleteDialog(Dialog):
    """`along`: whether an account's contacts and open deals go, too."""

    def __init__(self, desk: Desk, spec: ModuleSpec, what: SelectedRecords | WholeView, window: QWidget | None) -> None:
        self._desk = desk
        self._spec = spec
        self._what = what
        count = len(what.rows) if isinstance(what, SelectedRecords) else None
        one = what.rows[0].label if isinstance(what, SelectedRecords) and count == 1 else ""
        name = f"“{one}”" if one else "everything in the view" if count is None else counted(spec, count)
        super().__init__(window, f"Delete {name}?", width=460)
        if isinstance(what, SelectedRecords) and count != 1:
            self.body.addWidget(label(self._names(what), "muted", wrap=True))
        self.body.addWidget(label(self._returns(), wrap=True))
        self._one = count == 1
        self.with_along = QCheckBox(f"Delete {'its' if self._one else 'their'} contacts and open deals, too")
        self.along_list = label("", "muted", wrap=True)
        self.show_along = Button("Show what would go along", self._read_along, role="link")
        if spec.key == ACCOUNTS:
            self._add_along(count)
        if desk.production:
            self.body.addWidget(NoteBox(f"{desk.account_name} is a production account.", "", "warning"))
        self.add_button(Button("&Cancel", self.reject), default=True)
        verb = "&Delete" if count is None else f"&Delete {counted(spec, count)}"
        self.delete_button = self.add_button(Button(verb, self.accept, role="danger"))

    @property
    def along(self) -> bool:
        """Whether contacts and open deals go along."""
        return self._spec.key == ACCOUNTS and self.with_along.isChecked()

    def _names(self, what: SelectedRecords) -> str:
        named = [row.label or str(row.id) for row in what.rows[:NAMED]]
        more = len(what.rows) - len(named)
        return ", ".join(named) + (f" and {more:,} more" if more > 0 else "")

    def _returns(self) -> str:
        spec = self._spec
        if Can.RESTORE not in spec.can:
            return f"The API can’t bring {spec.plural.lower()} back: this is for good, and can’t be undone from here."
        doubt = " The CRM’s reference doesn’t promise that; it is tried." if Can.RESTORE in spec.unproven else ""
        return (
            f"Goes to the CRM’s Recycle Bin, from where Undo restores it.{doubt} Workflows that run and e-mails that"
            " are sent meanwhile stay."
        )

    # -- what goes along with accounts

    def _add_along(self, count: int | None) -> None:
        self.body.addSpacing(4)
        self.body.addWidget(self.with_along)
        self.along_list.setContentsMargins(22, 0, 0, 0)
        self.along_list.hide()
        self.body.addWidget(self.along_list)
        self.body.addWidget(self.show_along)
        self.body.addWidget(
            label(
                "Undo restores the account, not what went along with it: that is in the Recycle Bin."
                if self._one
                else "Undo restores the accounts, not what went along with them: that is in the Recycle Bin.",
                "small",
                wrap=True,
            )
        )
        self.show_along.hide()
        if count is not None and count <= READ_AT_ONCE:
            self._read_along()
        elif count is not None:
            self.show_along.setText(f"Show what would go along ({words.requests(2 * count)})")
            self.show_along.show()

    def _read_along(self) -> None:
        if not isinstance(self._what, SelectedRecords):
            return
        self.show_along.hide()
        self._tell_along(f"Looking which contacts and deals {'it has' if self._one else 'they have'}…")
        ids = [row.id for row in self._what.rows]
        self._desk.tasks.start(
            read_along(self._desk, self._spec, ids), owner=self, on_done=self._along_read, on_failed=self._along_unknown
        )

    def _along_read(self, found: Along) -> None:
        lines = []
        for part, title in (("contacts", "Contacts"), ("deals", "Open deals")):
            names, more = found.get(part, ([], False))
            if names:
                told = ", ".join(names[:GOING_NAMED]) + (" …" if more or len(names) > GOING_NAMED else "")
                lines.append(f"{title} ({len(names):,}{' and more' if more else ''}): {told}")
        self.with_along.setEnabled(bool(lines))
        self._tell_along("\n".join(lines) or f"No contact and no open deal belongs to {'it' if self._one else 'them'}.")

    def _along_unknown(self, error: BaseException) -> None:
        self._tell_along(f"What {'it has' if self._one else 'they have'} could not be read: {error}")
        self._desk.session.heard(error if hasattr(error, "arrived") else None)  # type: ignore[arg-type]

    def _tell_along(self, text: str) -> None:
        self.along_list.setText(text)
        self.along_list.show()


async def read_along(desk: Desk, spec: ModuleSpec, ids: Sequence[int]) -> Along:
    """The contacts and open deals of accounts by name; two requests an account. Raises CrmError."""
    from crmdesk.crm.parts import read_part

    session = desk.session
    await session.directory.load(("deal_stages",))
    closed = {
        item.get("id")
        for item in session.directory.items("deal_stages")
        if str(item.get("forecast_type", "Open")).casefold() != "open"
    }
    found: dict[str, tuple[list[str], bool]] = {}
    for part in ("contacts", "deals"):
        names: list[str] = []
        more = False
        for record in ids:
            page = await read_part(session.client, spec, record, part)
            more = more or page.more
            rows = [row for row in page.records if part != "deals" or not _is_closed(row.fields, closed)]
            names += [session.modules.get(page.module).label(row.fields) for row in rows]
        found[part] = (names, more)
    return found


def _is_closed(deal: Mapping[str, Any], closed: set[Any]) -> bool:
    return deal.get("deal_stage_id") in closed
