"""`rpn-explorer app`: the app, served by Streamlit's own command."""

from __future__ import annotations

import argparse
import os
import sys

from rpn_core.errors import UserError
from rpn_core.messages import msg, tr
from rpn_core.shipped import APP

HELP = msg("start the app on http://localhost:8501, for a browser")

MAX_PORT = 65535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, metavar="N", help=tr("another port than 8501"))
    parser.add_argument(
        "options",
        nargs="*",
        metavar="-- OPTION",
        help=tr("options of `streamlit run`, such as --server.baseUrlPath rpn"),
    )


def run(args: argparse.Namespace) -> int:
    """Become Streamlit's server; Ctrl-C and signals reach it as if it had been called itself.

    Its settings lie in `.streamlit/config.toml` beside `app.py`, where Streamlit looks for them
    whatever the working directory is. -P keeps that directory out of what can be imported.

    Raises:
        UserError: there is no such port.
    """
    if args.port is not None and not 1 <= args.port <= MAX_PORT:
        raise UserError(
            "--port is {port}, but it must be from 1 to {most}.", port=args.port, most=MAX_PORT
        )
    port = [] if args.port is None else [f"--server.port={args.port}"]
    words = [sys.executable, "-P", "-m", "streamlit", "run", str(APP), *port, *args.options]
    os.execv(sys.executable, words)
