"""`python -m crmdesk.ui` opens the window."""

from __future__ import annotations

import sys

from crmdesk.ui.main import main

if __name__ == "__main__":
    sys.exit(main())
