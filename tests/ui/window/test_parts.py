"""The parts of the window, each by itself: sidebar, tabs, palette, messages, status."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTreeView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from crmdesk.config.errors import InputError
from crmdesk.config.paths import resources_dir
from crmdesk.crm.budget import BudgetState
from crmdesk.crm.modules import BUILT_IN
from crmdesk.ui.commands import Command
from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import Message, MessageBar, message_of
from crmdesk.ui.window.account_card import AccountCard
from crmdesk.ui.window.command_palette import CommandPalette, FoundCommands
from crmdesk.ui.window.outline import ModuleEntry, Outline, ViewEntry
from crmdesk.ui.window.sidebar import KEY_ROLE, Sidebar
from crmdesk.ui.window.status_bar import Running, StatusBar, budget_text
from tests.ui.window.conftest import Shell

VIEWS = (
    ViewEntry(1, "My Contacts"),
    ViewEntry(2, "New Contacts"),
    ViewEntry(3, "All Contacts", count=48213),
    ViewEntry(4, "Hot", "mine"),
    ViewEntry(5, "Of the team", "shared"),
    ViewEntry(6, "Recycle Bin"),
)
CONTACTS = ModuleEntry("contacts", "Contacts", False, VIEWS, main_views=("All Contacts",))


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp, resources_dir(), "light")


@pytest.fixture
def sidebar(theme: Theme, qtbot: QtBot) -> Iterator[Sidebar]:
    made = Sidebar(theme)
    qtbot.addWidget(made)
    made.show_outline(Outline((CONTACTS, ModuleEntry("deals", "Deals"))), ["contacts"])
    made.resize(232, 700)
    made.show()
    yield made


def rows(sidebar: Sidebar) -> list[str]:
    """What is written in the sidebar, folded rows left out."""
    tree = sidebar._tree
    found, index = [], tree.model().index(0, 0)
    while index.isValid():
        found.append(str(index.data()))
        index = tree.indexBelow(index)
    return found


def choose(sidebar: Sidebar, text: str) -> None:
    """Go to a row by its text and press Enter."""
    tree = sidebar._tree
    index = tree.model().index(0, 0)
    while index.data() != text:
        index = tree.indexBelow(index)
        assert index.isValid(), text
    tree.setCurrentIndex(index)
    QTest.keyClick(tree, Qt.Key.Key_Return)


# --- outline and sidebar -----------------------------------------------------------------------


def test_the_view_that_holds_everything_stands_first_and_the_rest_is_folded(sidebar: Sidebar) -> None:
    assert rows(sidebar) == [
        "Modules",
        "Contacts",
        "All Contacts",
        "My Contacts",
        "Hot",
        "Of the team",
        "2 more views",
        "Deals",
    ]


def test_more_views_are_grouped_and_fold_again(sidebar: Sidebar) -> None:
    choose(sidebar, "2 more views")
    shown = rows(sidebar)
    assert [shown.index(title) for title in ("Mine", "Shared", "Default")] == [2, 4, 6]
    assert shown[3] == "Hot"
    assert shown[5] == "Of the team"
    choose(sidebar, "Fewer views")
    assert "Recycle Bin" not in rows(sidebar)


def test_enter_opens_a_view_and_unfolds_a_module(sidebar: Sidebar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(sidebar.view_chosen) as opened:
        choose(sidebar, "Hot")
    assert opened.args == ["contacts", VIEWS[3]]
    with qtbot.waitSignal(sidebar.views_wanted) as wanted:
        choose(sidebar, "Deals")
    assert wanted.args == ["deals", False]


def test_views_that_could_not_be_refreshed_stay(sidebar: Sidebar) -> None:
    sidebar.show_outline(sidebar.outline.with_module("contacts", trouble="no network"))
    assert "Not refreshed. Try again" in rows(sidebar)
    assert "All Contacts" in rows(sidebar)


def test_an_outline_is_recalled_as_it_was() -> None:
    outline = Outline().with_modules(BUILT_IN.values()).with_module("contacts", views=VIEWS)
    assert Outline.recall(outline.remember()) == outline


@pytest.mark.parametrize("damaged", [None, 7, "x", [1], [{"key": "a"}], [{"key": "a", "views": 3}]])
def test_a_damaged_memory_is_an_empty_outline(damaged: object) -> None:
    assert Outline.recall(damaged) == Outline()


def test_a_count_is_kept_when_views_are_listed_again() -> None:
    outline = Outline((CONTACTS,)).with_count("contacts", 4, 12)
    entry = outline.with_views("contacts", []).module("contacts")
    assert entry is not None
    assert entry.views == ()
    known = outline.module("contacts")
    assert known is not None
    assert [view.count for view in known.views or ()] == [None, None, 48213, 12, None, None]


def test_the_sidebar_is_drawn_from_right_to_left_too(sidebar: Sidebar) -> None:
    left = sidebar.grab().toImage()
    sidebar.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    right = sidebar.grab().toImage()
    assert left != right


# --- palette -----------------------------------------------------------------------------------


def test_the_palette_works_by_keyboard_alone(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    window.resize(800, 600)
    qtbot.addWidget(window)
    window.show()
    palette = CommandPalette(theme, window)
    ran: list[str] = []
    commands = [Command(name, name, lambda: None) for name in ("All Contacts", "All Deals", "Won Deals")]
    palette.open_with(commands, lambda command: ran.append(command.id))
    QTest.keyClicks(palette.field, "deals")
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert len(ran) == 1
    assert ran[0].endswith("Deals")
    assert palette.isHidden()
    palette.open_with(commands, lambda command: ran.append(command.id))
    QTest.keyClicks(palette.field, "nothing of the kind")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert palette.isHidden()
    assert len(ran) == 1


def test_the_palettes_model_is_sound(qtmodeltester: object) -> None:
    model = FoundCommands()
    model.show([Command("a", "A", lambda: None, shortcut="Ctrl+A", icon="view")])
    qtmodeltester.check(model)  # type: ignore[attr-defined]


def test_the_keyboard_keeps_its_row_when_views_arrive_and_passes_captions(sidebar: Sidebar, qtbot: QtBot) -> None:
    tree = sidebar.findChild(QTreeView)
    assert tree is not None
    sidebar.focus_list()
    QTest.keyClick(tree, Qt.Key.Key_Down)
    assert tree.currentIndex().data(KEY_ROLE) == ("module", "contacts")
    sidebar.unfold("deals")
    sidebar.show_outline(sidebar.outline.with_module("deals", views=(ViewEntry(9, "Open Deals"),)))
    assert tree.currentIndex().data(KEY_ROLE) == ("module", "deals")
    QTest.keyClick(tree, Qt.Key.Key_Down)
    assert tree.currentIndex().data() == "Open Deals"
    sidebar.select(("view", "contacts", str(CONTACTS.views[0].id)))  # type: ignore[index]
    sidebar.unfold("deals")
    QTest.keyClick(tree, Qt.Key.Key_Return)
    assert tree.currentIndex().data(KEY_ROLE) == ("module", "deals")
    assert [index.data(KEY_ROLE)[1] for index in tree.selectedIndexes()] == ["contacts"]


# --- messages and status -----------------------------------------------------------------------


def test_a_long_title_of_a_job_shortens_and_does_not_widen_the_window(theme: Theme, qtbot: QtBot) -> None:
    bar = StatusBar(theme)
    qtbot.addWidget(bar)
    bar.show_budget(BudgetState(5000, 4985, 1000, 3985, datetime(2026, 3, 1, 12, tzinfo=UTC), None, None, None))
    bar.show_connection("offline", "offline · next try in 15 s · acme-of-a-long-name.myfreshworks.com")
    title = "Handing over everything of Maximiliane & Söhne " * 4
    bar.show_running(Running(title, pause=lambda: None, cancel=lambda: None))
    assert bar.minimumSizeHint().width() < 512
    bar.resize(520, 28)
    bar.show()
    qtbot.waitExposed(bar)
    bar.grab()
    assert bar._job.width() < bar.width()
    assert bar._job.toolTip() == title
    assert bar._budget.text() == "4,985 left"
    assert "1,000 kept for others" in bar._bar.accessibleName()
    bar.resize(1400, 28)
    assert "1,000 kept for others" in bar._budget.text()


def test_a_narrow_card_keeps_the_name_and_moves_the_mark_below(theme: Theme, qtbot: QtBot) -> None:
    card = AccountCard(theme)
    qtbot.addWidget(card)
    card.show_account("Acme Europe", "acme.myfreshworks.com", "#C0301E", production=True)
    card.resize(232, 56)
    card.show()
    assert (card._mark.isVisible(), card._low_mark.isVisible()) == (True, False)
    card.resize(180, 56)
    assert (card._mark.isVisible(), card._low_mark.isVisible()) == (False, True)
    card.show_account("", "", "", production=False)
    assert not card._mark.isVisible()
    assert not card._low_mark.isVisible()


def test_a_known_error_tells_its_remedy_and_a_bug_its_trace() -> None:
    known = message_of(InputError("No such owner.", remedy="Choose another."), "Reassigning")
    assert (known.text, known.remedy, known.details) == ("Reassigning: No such owner.", "Choose another.", "")
    assert "ZeroDivisionError" in message_of(ZeroDivisionError("by zero")).details


def test_messages_replace_each_other_by_key_and_never_pile_up(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    for number in range(6):
        bar.show_message(Message(f"message {number}", key=str(number % 5)))
    assert [message.text for message in bar.messages] == ["message 5", "message 4", "message 3"]
    bar.clear()
    assert bar.isHidden()


def test_a_passing_message_goes_by_itself(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crmdesk.ui.widgets.messages.PASSES_MS", 5)
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_message(Message("it stays"))
    bar.show_message(Message("it goes", passes=True))
    qtbot.waitUntil(lambda: [message.text for message in bar.messages] == ["it stays"])


def test_text_of_the_crm_is_shown_as_plain_text_and_details_are_copied(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_message(Message("<b>not bold</b>", "<i>nor this</i>", "<script>"))
    formats = {label.textFormat() for label in bar.findChildren(QLabel)}
    assert formats == {Qt.TextFormat.PlainText}
    copy = next(button for button in bar.findChildren(QAbstractButton) if button.text() == "Copy details")
    copy.click()
    assert QGuiApplication.clipboard().text() == "<b>not bold</b>\n<i>nor this</i>\n<script>"


def test_the_budget_in_words() -> None:
    state = BudgetState(1000, 742, 200, 542, datetime(2026, 3, 9, 14, 5, tzinfo=UTC), None, None, None)
    text = budget_text(state)
    assert text.startswith("742 of 1,000 requests left, 200 kept for others · renews ")
    blocked = BudgetState(1000, 0, 0, 0, None, None, None, datetime(2026, 3, 9, 14, 5, tzinfo=UTC))
    early = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
    assert "asked to wait until" in budget_text(blocked, early)


# --- everything has a name ---------------------------------------------------------------------


def nameless(top: QWidget) -> list[str]:
    """Controls that a screen reader could not name."""
    kinds = (QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox, QAbstractItemView)
    missing = []
    for kind in kinds:
        for widget in top.findChildren(kind):
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            inner = widget.objectName().startswith("qt_") or isinstance(widget.parent(), QComboBox | QAbstractSpinBox)
            inner = inner or isinstance(widget, QHeaderView)
            popup = widget.window() is not top.window()
            unused = widget.isHidden()
            if not (widget.accessibleName() or text or inner or popup or unused):
                missing.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
    return missing


def test_every_control_has_a_name(shell: Shell) -> None:
    shell.start()
    window = shell.frame.window
    window.open_palette()
    assert nameless(window) == []
    shell.application.connect_account(shell.frame)
    shell.application.settings_dialog(shell.frame)
    dialogs = window.findChildren(QDialog)
    assert len(dialogs) == 2
    assert [missing for dialog in dialogs for missing in nameless(dialog)] == []


def test_every_shortcut_is_used_once(shell: Shell) -> None:
    shell.start()
    keys = [action.shortcut().toString() for action in shell.frame.window.actions()]
    used = [key for key in keys if key]
    assert sorted(used) == sorted(set(used))
    assert "Ctrl+K" in used


def test_a_list_built_anew_while_a_module_unfolds_keeps_the_keyboard(sidebar: Sidebar, qtbot: QtBot) -> None:
    tree = sidebar.findChild(QTreeView)
    assert tree is not None
    sidebar.show_outline(sidebar.outline.with_module("deals", views=None))
    asked: list[str] = []

    def load(module: str, _refresh: bool) -> None:
        asked.append(module)
        sidebar.show_outline(sidebar.outline.with_module(module, views=(ViewEntry(9, "Open Deals"),)))

    sidebar.views_wanted.connect(load)
    sidebar.unfold("deals")
    assert asked == ["deals"]
    assert tree.currentIndex().data(KEY_ROLE) == ("module", "deals")
    QTest.keyClick(tree, Qt.Key.Key_Return)  # folds
    sidebar.show_outline(sidebar.outline.with_module("deals", views=None))
    QTest.keyClick(tree, Qt.Key.Key_Return)
    assert asked == ["deals", "deals"]
    assert tree.currentIndex().data(KEY_ROLE) == ("module", "deals")
