"""The look: tokens, palette, style sheet and icons, handed to widgets as one `Theme`."""

from __future__ import annotations

from crmdesk.ui.theme.theme import Theme
from crmdesk.ui.theme.tokens import Sizes, Tokens

__all__ = ["Sizes", "Theme", "Tokens"]
