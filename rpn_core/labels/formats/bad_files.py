"""Files of a data set that cannot be read: the others are read without them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np

from rpn_core.errors import UserError
from rpn_core.labels.finding import Findings, Rule, Severity
from rpn_core.messages import Message, msg, nmsg, sentences
from rpn_core.progress import Progress, no_progress, told

T = TypeVar("T")
BAD_FILE = Rule(
    "bad-file",
    Severity.ERROR,
    msg("File of labels that cannot be read"),
    msg("Its boxes are left out: training never sees them, or stops at this file."),
    msg(
        "Correct or export the file again, or take it out of the data set together with its image."
    ),
)


@dataclass(eq=False, slots=True)
class BadFiles:
    """Reads file after file, and keeps what is wrong with those that cannot be read.

    Attributes:
        reasons: one for each that could not be read.
        asked: files in all.
    """

    reasons: list[Message] = field(default_factory=list)
    asked: int = 0

    def read(
        self, names: Sequence[str], read: Callable[[str], T], progress: Progress = no_progress
    ) -> Iterator[tuple[str, T]]:
        """Each name with what was read of it; without those of which `read` raises UserError.

        Raises:
            UserError: none could be read; it says why not the first.
        """
        self.asked += len(names)
        before = len(self.reasons)
        for name in told(names, progress):
            try:
                found = read(name)
            except UserError as error:
                self.reasons.append(error.message)
            else:
                yield name, found
        if names and len(self.reasons) - before == len(names):
            first = self.reasons[before]
            if len(names) == 1:
                raise UserError(first)
            none = nmsg(
                "The other file cannot be read either.",
                "None of the other {count:,} files can be read either.",
                count=len(names) - 1,
            )
            raise UserError(sentences([first, none]))

    def remarks(self) -> tuple[Findings, ...]:
        """A finding for each bad one."""
        count, files = len(self.reasons), self.asked
        if not count:
            return ()
        nowhere = np.full(count, -1)
        values = np.stack((np.arange(count), np.full(count, files - count), np.full(count, files)))
        came = partial(_came, tuple(self.reasons))
        return (Findings(BAD_FILE, nowhere, nowhere, values.T.astype(np.float64), came),)


def namesakes(found: Sequence[str], others: Sequence[str]) -> list[str]:
    """Those of other files that are called as a found one is, in another folder.

    >>> namesakes(["train/labels.json"], ["valid/labels.json", "notes.json"])
    ['valid/labels.json']
    """
    bases = {name.rpartition("/")[2] for name in found}
    return [name for name in others if name not in found and name.rpartition("/")[2] in bases]


def _came(reasons: tuple[Message, ...], which: float, read: float, files: float) -> Message:
    return nmsg(
        "{reason} ({read:,.0f} of {count} file was read.)",
        "{reason} ({read:,.0f} of {count:,} files were read.)",
        count=int(files),
        reason=reasons[int(which)],
        read=read,
    )
