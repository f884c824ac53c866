"""`python -m rpn_core`: the command line, also called `rpn-explorer` where it is installed."""

import sys

from rpn_core.cli import main

if __name__ == "__main__":
    sys.exit(main(prog="python -m rpn_core"))
