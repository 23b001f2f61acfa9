"""Hands over to crmdesk: `python main.py` opens the window, `python main.py views deals` runs a command."""

from __future__ import annotations

import sys

from crmdesk.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
