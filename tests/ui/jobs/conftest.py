"""The same desk as the reassigning screens'."""

from __future__ import annotations

from tests.ui.reassign.conftest import qt_loop, stage

__all__ = ["qt_loop", "stage"]
