"""Menus and shortcuts drawn from the list of commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from crmdesk.ui.commands import MENUS, Command


class Menus:
    """Fills a menu bar. Menus are filled when they open; actions with shortcuts exist at once."""

    def __init__(self, bar: QMenuBar, window: QWidget, run: Callable[[Command], None]) -> None:
        self._bar = bar
        self._window = window
        self._run = run
        self._menus: dict[str, QMenu] = {}
        self._actions: dict[str, tuple[Command, QAction]] = {}

    def show(self, commands: Sequence[Command]) -> None:
        """Draw these commands; those that were drawn before are taken away."""
        for _, action in self._actions.values():
            self._window.removeAction(action)
            action.deleteLater()
        self._actions = {command.id: (command, self._action(command)) for command in commands}
        used = [name for name in MENUS if any(command.menu == name for command in commands)]
        for name in MENUS:
            if name not in self._menus:
                menu = QMenu(name, self._bar)
                menu.aboutToShow.connect(self.refresh)
                self._menus[name] = menu
                self._bar.addMenu(menu)
            self._menus[name].menuAction().setVisible(name in used)
            self._fill(self._menus[name], [c for c in commands if c.menu == name])
        self.refresh()

    def refresh(self) -> None:
        """Ask every command anew whether it is enabled and checked."""
        for command, action in self._actions.values():
            action.setEnabled(command.enabled())
            if command.checked is not None:
                action.setChecked(command.checked())

    def _fill(self, menu: QMenu, commands: Sequence[Command]) -> None:
        menu.clear()
        last: int | None = None
        for command in sorted(commands, key=lambda command: command.group):
            if last is not None and command.group != last:
                menu.addSeparator()
            last = command.group
            menu.addAction(self._actions[command.id][1])

    def _action(self, command: Command) -> QAction:
        action = QAction(command.title.replace("&", "&&"), self._window)
        if command.shortcut:
            action.setShortcut(QKeySequence(command.shortcut))
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setCheckable(command.checked is not None)
        if command.id == "quit":
            action.setMenuRole(QAction.MenuRole.QuitRole)
        elif command.id == "about":
            action.setMenuRole(QAction.MenuRole.AboutRole)
        elif command.id == "settings":
            action.setMenuRole(QAction.MenuRole.PreferencesRole)
        else:
            action.setMenuRole(QAction.MenuRole.NoRole)
        action.triggered.connect(lambda _checked=False: self._run(command))
        self._window.addAction(action)
        return action
