"""Small widgets shared by all workspaces; they know the theme, never a session."""

from __future__ import annotations

from crmdesk.ui.widgets.basics import (
    Button,
    ElidedButton,
    ElidedLabel,
    Figure,
    Line,
    Mark,
    NoteBox,
    SectionTitle,
    label,
)
from crmdesk.ui.widgets.beside import BesidePage
from crmdesk.ui.widgets.empty import EmptyState
from crmdesk.ui.widgets.messages import Message, MessageBar, message_of
from crmdesk.ui.widgets.tables import BarDelegate, BarParts, dress_table

__all__ = [
    "BarDelegate",
    "BarParts",
    "BesidePage",
    "Button",
    "ElidedButton",
    "ElidedLabel",
    "EmptyState",
    "Figure",
    "Line",
    "Mark",
    "Message",
    "MessageBar",
    "NoteBox",
    "SectionTitle",
    "dress_table",
    "label",
    "message_of",
]
