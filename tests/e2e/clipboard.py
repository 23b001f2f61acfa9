"""Another program: takes a text from its standard input, says "held", and keeps it on the clipboard until its end."""

from __future__ import annotations

import sys

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget


def main() -> int:
    """Runs until it is ended from outside: on X11 a clipboard lives as long as who holds it."""
    text = sys.stdin.read()
    app = QApplication(["clipboard"])
    owner = QWidget()  # the selection belongs to a window, which need not be shown
    owner.winId()

    def hold() -> None:
        QApplication.clipboard().setText(text)
        print("held", flush=True)

    QTimer.singleShot(0, owner, hold)
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
