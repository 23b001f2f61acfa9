"""What this program is, and which version."""

from __future__ import annotations

import platform
from importlib import metadata

from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from crmdesk.ui.widgets import Button, label
from crmdesk.ui.window.dialogs import Dialog


def version() -> str:
    """The installed version, or "development"."""
    try:
        return metadata.version("crmdesk")
    except metadata.PackageNotFoundError:
        return "development"


class AboutDialog(Dialog):
    """Version, what it runs on, licence; to copy for a report."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window, "CRMDesk")
        self._facts = (
            f"CRMDesk {version()}\nPython {platform.python_version()}, Qt {qVersion()}\n"
            f"{platform.system()} {platform.release()}"
        )
        self.body.addWidget(label("A desktop admin console for Freshworks CRM (Freshsales).", wrap=True))
        self.body.addWidget(label(self._facts, "muted", selectable=True))
        self.body.addWidget(
            label(
                "Free software under the MIT licence. Qt is used under the LGPL. CRMDesk is not made by Freshworks.",
                "small",
                wrap=True,
            )
        )
        self.buttons.insertWidget(0, Button("Copy", lambda: QGuiApplication.clipboard().setText(self._facts)))
        self.add_button(Button("Close", self.accept, role="primary"), default=True)
