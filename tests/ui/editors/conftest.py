"""Editors on a desk with a real session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget

from crmdesk.crm.schema import Choice, Field
from crmdesk.ui.browse.known import Known
from crmdesk.ui.editors import EditContext, FieldEditor, editor_for
from tests.ui.browse.conftest import desk, qt_loop
from tests.ui.browse.desks import PlainDesk

__all__ = ["desk", "qt_loop"]

CHOICES = (Choice("11", "Red"), Choice("12", "Reddish"), Choice("13", "Blue; pale"))
Maker = Callable[..., FieldEditor]


def field_of(name: str, kind: str = "text", **more: Any) -> Field:
    """A field as settings tell of it; names that begin with cf_ are custom."""
    return Field(name, more.pop("label", "Sample"), kind, custom=name.startswith("cf_"), **more)


@pytest.fixture
def make(desk: PlainDesk, qtbot: Any) -> Maker:
    """Makes an editor in a window of its own, beside another widget that can take the focus."""

    pages: list[QWidget] = []  # qtbot keeps no hold of them

    def made(field: Field, value: Any = None, *, module: str = "contacts", **context: Any) -> FieldEditor:
        spec = desk.session.modules.get(module)
        known = Known(desk, spec, desk.tasks)
        editor = editor_for(field, EditContext(desk, spec, known, **context))
        page = QWidget()
        pages.append(page)
        column = QVBoxLayout(page)
        other = QWidget()
        other.setObjectName("other")
        other.setFocusPolicy(other.focusPolicy().StrongFocus)
        column.addWidget(editor)
        column.addWidget(other)
        qtbot.addWidget(page)
        page.resize(360, 300)
        page.show()
        page.activateWindow()
        desk.until(page.isActiveWindow)
        editor.set_value(value)
        return editor

    return made
