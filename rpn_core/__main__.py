"""`python -m rpn_core`: the command line."""

import sys

from rpn_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
