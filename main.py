"""Hands over to crmdesk: the window without arguments, the commands with them."""

from __future__ import annotations

import sys


def main() -> int:
    """Run from a clone: `python main.py` or `python main.py views deals`."""
    if len(sys.argv) > 1:
        from crmdesk.cli.main import main as commands

        return int(commands() or 0)
    from crmdesk.ui.main import main as window

    return window()


if __name__ == "__main__":
    sys.exit(main())
