"""The desk of the browse tests."""

from __future__ import annotations

from tests.ui.browse.conftest import desk, qt_loop

__all__ = ["desk", "qt_loop"]
