"""What the frozen `crmdesk` starts: the commands without a window."""

import sys

from crmdesk.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
