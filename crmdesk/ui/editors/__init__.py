"""Editors of single fields, one for each kind of value: for forms, cells of tables, bulk changes, filters.

They know a field, the account's names and the person's zone; they stage nothing and send nothing.
"""

from __future__ import annotations

from crmdesk.ui.editors.base import FieldEditor
from crmdesk.ui.editors.context import EditContext
from crmdesk.ui.editors.making import can_edit, editor_for

__all__ = ["EditContext", "FieldEditor", "can_edit", "editor_for"]
