"""What the frozen `crmdesk-gui` starts: the window."""

import sys

from crmdesk.ui.main import main

if __name__ == "__main__":
    sys.exit(main())
