"""What holds for every test with widgets."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def collect_widgets() -> Iterator[None]:
    """Widgets in reference cycles end on this thread: a collection on a database's thread would warn, or worse."""
    yield
    gc.collect()
