"""A window and the desk in it, if an account is open there."""

from __future__ import annotations

from dataclasses import dataclass

from crmdesk.ui.window.desk import AccountDesk
from crmdesk.ui.window.main_window import MainWindow


@dataclass(eq=False)
class Frame:
    """One window of the program."""

    window: MainWindow
    desk: AccountDesk | None = None
    closing: bool = False
    opening: int = 0
