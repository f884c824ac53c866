"""The command line: one file a subcommand, each with HELP, add_arguments(parser), run(args).

The files import torch and the models inside run() only, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from rpn_core import __version__
from rpn_core.cli import anchors, app, calibrate, evaluate, models, propose, sweep, train
from rpn_core.cli.told import forgiving_stderr
from rpn_core.errors import UserError
from rpn_core.given_file import printable
from rpn_core.messages import Message, language, tr
from rpn_core.translations import translations


class Command(Protocol):
    """What every file of a subcommand offers; `run` returns the exit code."""

    @property
    def HELP(self) -> Message | str: ...

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> int: ...


class _Parser(argparse.ArgumentParser):
    """A parser that gets its arguments when it is first used.

    Those of some commands name all formats of labels, whose readers take a moment to import.
    """

    fill: Callable[[argparse.ArgumentParser], None] | None = None

    def parse_known_args(self, *given: Any, **named: Any) -> Any:
        if self.fill is not None:
            fill, self.fill = self.fill, None
            fill(self)
        return super().parse_known_args(*given, **named)


COMMANDS: dict[str, Command] = {
    "app": app,
    "propose": propose,
    "models": models,
    "train": train,
    "evaluate": evaluate,
    "sweep": sweep,
    "calibrate": calibrate,
    "anchors": anchors,
}

PROGRAM = "rpn-explorer"  # as pyproject.toml installs it
UNUSABLE_ARGUMENTS = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells count
READER_GONE = 141  # 128 + SIGPIPE


def build_parser(prog: str = PROGRAM) -> argparse.ArgumentParser:
    """The parser of all subcommands in COMMANDS; a usage calls the program `prog`."""
    parser = argparse.ArgumentParser(
        prog=prog, description=tr("See and steer every stage of a region proposal network.")
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    subparsers = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=_Parser
    )
    for name, command in COMMANDS.items():
        told = str(command.HELP)
        subparsers.add_parser(name, help=told, description=told).fill = command.add_arguments
    return parser


def main(arguments: Sequence[str] | None = None, *, prog: str = PROGRAM) -> int:
    """Run one subcommand; what a person has to know goes to stderr in one sentence.

    Everything is said in the language of the environment (LANGUAGE, LC_ALL, LC_MESSAGES, LANG).

    Args:
        arguments: without the program's name; those of the process when None.
        prog: what the program is called in its own usage.
    Returns:
        the exit code: 0, what the subcommand says, 2 for arguments that cannot be used or files
        that cannot be read or written, 130 when interrupted, 141 when nobody reads the output.
    """
    with forgiving_stderr(), language(translations()):
        return _run(build_parser(prog).parse_args(arguments))


def _run(args: argparse.Namespace) -> int:
    try:
        code = COMMANDS[args.command].run(args)
        if sys.stdout is not None:  # as it is where a shell closed it
            sys.stdout.flush()  # here, where a full disk can be told
        return code
    except UserError as error:
        print(error, file=sys.stderr)
        return UNUSABLE_ARGUMENTS
    except BrokenPipeError:  # the program that reads the output has ended: `... | head`
        sys.stdout = None  # or Python would write the rest as it ends, and say so
        return READER_GONE
    except OSError as error:
        print(_of_the_system(error), file=sys.stderr)
        return UNUSABLE_ARGUMENTS
    except KeyboardInterrupt:
        print(tr("Interrupted: nothing was written."), file=sys.stderr)
        return INTERRUPTED


def _of_the_system(error: OSError) -> str:
    reason = error.strerror or str(error)
    if error.filename is None:
        return tr("The work could not be finished: {reason}.", reason=reason)
    path = printable(error.filename)
    return tr("{path} could not be read or written: {reason}.", path=path, reason=reason)
