"""What the lists' tab asks before it does something: which list, which contacts, whether it is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

from crmdesk.ui.lists import doings
from crmdesk.ui.lists.adding import add_to_list, with_ids
from crmdesk.ui.lists.ask import ChooseList, NameDialog, PickContacts, Sure
from crmdesk.ui.lists.model import MarketingList
from crmdesk.ui.review.ask import window_of

if TYPE_CHECKING:
    from crmdesk.ui.lists.workspace import ListsWorkspace

LATER = "The CRM does it in the background."
NO_UNDO = f"{LATER} It can’t be undone: the contacts themselves stay, but nobody remembers who was on the list."
BY_HAND = f"{LATER} It can’t be undone, but they can be moved back, and with them those who were on both lists."


class Asking(QObject):
    """Part of the lists' tab. Each gives the dialog that it opened."""

    def __init__(self, work: ListsWorkspace) -> None:
        super().__init__(work)
        self._work = work

    def _opened(self, dialog: QDialog) -> None:
        dialog.open()

    # -- lists -------------------------------------------------------------------------------------

    def new(self) -> NameDialog:
        """A name, then the list."""
        work = self._work
        dialog = NameDialog([one.name for one in work.model.all], window_of(work.desk, work))
        dialog.named.connect(lambda name: doings.make(work.desk, name, lambda made: work.made(made, name)))
        self._opened(dialog)
        return dialog

    def rename(self) -> NameDialog | None:
        """Another name for the chosen list."""
        work, one = self._work, self._work.one
        if one is None:
            return None
        dialog = NameDialog([other.name for other in work.model.all], window_of(work.desk, work), one.name)
        dialog.named.connect(lambda name: doings.rename(work.desk, one, name, lambda new: work.called(one.id, new)))
        self._opened(dialog)
        return dialog

    # -- contacts ----------------------------------------------------------------------------------

    def add(self) -> PickContacts | None:
        """Contacts that are looked up go on the chosen list."""
        work, one = self._work, self._work.one
        if one is None:
            return None
        dialog = PickContacts(work.desk, one.name, window_of(work.desk, work))
        dialog.picked.connect(lambda ids: doings.add(work.desk, one, ids))
        self._opened(dialog)
        return dialog

    def _everybody(self) -> bool:
        """Whether the whole list is selected: that is one request, and no row has to be loaded for it."""
        chosen = self._work.work.table.chosen if self._work.work is not None else None
        return chosen is not None and chosen.whole and not chosen.minus

    def copy(self) -> None:
        """The selected contacts go on another list as well."""
        work = self._work
        if work.work is not None and work.has_chosen():
            with_ids(work.work, self._copy)

    def _copy(self, ids: Sequence[int]) -> ChooseList:
        work = self._work
        return add_to_list(work.desk, ids, work, work.model.all, without=work.list_id, verb="Copy")

    def move(self) -> None:
        """The selected contacts go from this list to another one; without a selection all of them."""
        work = self._work
        if work.work is not None and work.has_chosen() and not self._everybody():
            with_ids(work.work, self._move)
        else:
            self.move_all()

    def move_all(self) -> ChooseList | None:
        """Everybody on this list goes to another one."""
        return self._move(None)

    def _move(self, ids: Sequence[int] | None) -> ChooseList | None:
        work, one = self._work, self._work.one
        if one is None:
            return None
        everybody = "all contacts" if work.total is None else f"all {doings.contacts(work.total)}"
        told = everybody if ids is None else doings.contacts(len(ids))
        dialog = ChooseList(
            work.desk,
            f"Move {told} from “{one.name}”",
            NO_UNDO if ids is None else BY_HAND,
            window_of(work.desk, work),
            work.model.all,
            without=one.id,
            may_make=False,
        )
        dialog.chosen.connect(lambda to: self._move_to(one, to, ids, told))
        self._opened(dialog)
        return dialog

    def _move_to(self, one: MarketingList, to: MarketingList, ids: Sequence[int] | None, told: str) -> None:
        work = self._work

        def then() -> None:
            work.look_again_later()

        if ids is not None:
            doings.move(work.desk, one, to, ids, then)
            return
        title = f"Move {told} from “{one.name}” to “{to.name}”?"
        dialog = Sure(work.desk, title, NO_UNDO, f"Move {told}", window_of(work.desk, work))
        dialog.accepted.connect(lambda: doings.move(work.desk, one, to, None, then))
        self._opened(dialog)

    def remove(self) -> None:
        """The selected contacts leave this list; without a selection all of them."""
        work = self._work
        if work.work is not None and work.has_chosen() and not self._everybody():
            with_ids(work.work, self._remove)
        else:
            self.remove_all()

    def _remove(self, ids: Sequence[int]) -> None:
        one = self._work.one
        if one is not None:
            doings.remove(self._work.desk, one, ids)

    def remove_all(self) -> Sure | None:
        """Everybody leaves this list."""
        work, one = self._work, self._work.one
        if one is None:
            return None
        told = "all contacts" if work.total is None else f"all {doings.contacts(work.total)}"
        verb = "Remove all contacts" if work.total is None else f"Remove {doings.contacts(work.total)}"
        dialog = Sure(work.desk, f"Remove {told} from “{one.name}”?", NO_UNDO, verb, window_of(work.desk, work))
        dialog.accepted.connect(lambda: doings.remove_all(work.desk, one, work.look_again_later))
        self._opened(dialog)
        return dialog
