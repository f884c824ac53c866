"""Lines of label files that cannot be read: their boxes are left out, and the others are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from rpn_core.errors import UserError
from rpn_core.labels.finding import Findings, Rule, Severity
from rpn_core.labels.formats.bad_files import BadFiles
from rpn_core.messages import Message, msg, nmsg, sentences
from rpn_core.photo.file_name import display_name

_SHOWN = 60  # characters of a line
BAD_LINE = Rule(
    "bad-line",
    Severity.ERROR,
    msg("Line of a label file that cannot be read"),
    msg("Its box is left out; many trainers drop the whole image with it, or stop."),
    msg("Correct the line, or export the file again."),
)


@dataclass(eq=False, slots=True)
class BadLines:
    """What was read of label files, and what is wrong with lines that could not be.

    Attributes:
        read: lines that were read.
        lines: (file, line from 1, text as it stands, why) of each that was not.
        why: makes the reason of such a text; asked when somebody looks.
        files: those that could not be read at all.
    """

    why: Callable[[str], Message]
    files: BadFiles = field(default_factory=BadFiles)
    read: int = 0
    lines: list[tuple[str, int, str]] = field(default_factory=list)

    def add(self, name: str, line: int, text: str) -> None:
        self.lines.append((name, line, text.strip()[:400]))

    def remarks(self) -> tuple[Findings, ...]:
        """A finding for each bad file and line.

        Raises:
            UserError: no line of any file can be read; it says why not the first.
        """
        return (*self.files.remarks(), *self._of_lines())

    def _of_lines(self) -> tuple[Findings, ...]:
        count = len(self.lines)
        if not count:
            return ()
        if not self.read:
            raise UserError(self._whole())
        nowhere = np.full(count, -1)
        values = np.stack((np.arange(count), np.full(count, self.read)), 1).astype(np.float64)
        came = partial(_came, tuple(self.lines), self.why, self.read + count)
        return (Findings(BAD_LINE, nowhere, nowhere, values, came),)

    def _whole(self) -> Message:
        first = _said(self.lines[0], self.why)
        if len(self.lines) == 1:
            return first
        none = nmsg(
            "Nor can the other line be read.",
            "None of the other {count:,} lines can be read.",
            count=len(self.lines) - 1,
        )
        return sentences([first, none])


def _came(
    lines: tuple[tuple[str, int, str], ...],
    why: Callable[[str], Message],
    whole: int,
    which: float,
    read: float,
) -> Message:
    return nmsg(
        "{reason} ({read:,.0f} of {count} line was read.)",
        "{reason} ({read:,.0f} of {count:,} lines were read.)",
        count=whole,
        reason=_said(lines[int(which)], why),
        read=read,
    )


def _said(bad: tuple[str, int, str], why: Callable[[str], Message]) -> Message:
    name, line, text = bad
    return msg(
        "Line {line} of {file} reads {text!r}: {why}.",
        line=line,
        file=display_name(name),
        text=text[:_SHOWN],
        why=why(text),
    )
