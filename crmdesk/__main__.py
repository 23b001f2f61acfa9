"""`python -m crmdesk`: the window without arguments or with `gui`, the commands otherwise."""

from __future__ import annotations

import sys

WINDOW = ("gui", "window")


def main() -> int:
    """The exit code of the window or of the command."""
    given = sys.argv[1:]
    if not given or given[0] in WINDOW:
        from crmdesk.ui.main import main as window

        return window(given[1:])
    from crmdesk.cli.main import main as commands

    return commands(given)


if __name__ == "__main__":
    sys.exit(main())
