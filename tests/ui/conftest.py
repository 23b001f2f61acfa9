"""What holds for every test with widgets."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication


@pytest.fixture(autouse=True)
def collect_widgets() -> Iterator[None]:
    """Widgets in reference cycles end on this thread: a collection on a database's thread would warn, or worse."""
    yield
    gc.collect()
    app = QApplication.instance()
    if isinstance(app, QApplication):
        for left in app.topLevelWidgets():  # the next test's theme would dress them, too
            left.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
