"""Formats in which a text file lists images with their boxes: found by the lines in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rpn_core.labels.finding import Findings, Rule, Severity, of_data_set
from rpn_core.labels.format import Texts
from rpn_core.labels.formats.bad_lines import BadLines
from rpn_core.labels.formats.rows import Rows
from rpn_core.labels.formats.txt_files import Looks, decoded, first_lines, placed_txt
from rpn_core.labels.stores.files import read_file
from rpn_core.messages import Message, msg, nmsg
from rpn_core.progress import Progress

_MANY = 200
LISTED_AGAIN = Rule(
    "listed-again",
    Severity.NOTE,
    msg("Images that several files list"),
    msg("The first file counts; their boxes in the others are passed over."),
    msg("Give the one file that is to be looked at, if they differ."),
)


@dataclass(eq=False, slots=True)
class ListReader:
    """Reads lines of one file after the other into rows.

    Attributes:
        at: place in the rows of the image that the lines are about; -1 for none.
    """

    rows: Rows
    bad: BadLines
    at: int = -1
    _file_of: dict[str, str] = field(default_factory=dict)
    _place_of: dict[str, int] = field(default_factory=dict)
    _again: int = 0

    def image(self, name: str, file: str) -> None:
        """The image that the next boxes are of; one that an earlier file had is passed over."""
        if self._file_of.setdefault(name, file) != file:
            self._again += 1
            self.at = -1
            return
        if name not in self._place_of:
            self._place_of[name] = self.rows.add_image(name)
        self.at = self._place_of[name]

    def remarks(self) -> tuple[Findings, ...]:
        """Bad files and lines, and images that several files list.

        Raises:
            UserError: no line can be read.
        """
        again = of_data_set(LISTED_AGAIN, _times, self._again, count=min(self._again, 1))
        return (*self.bad.remarks(), *((again,) if len(again) else ()))


def list_txt(texts: Texts, looks: Looks) -> list[str]:
    """The files of a format, by their first lines."""
    # Where each of many images has a file of its own, no list lies among these.
    placed = placed_txt(texts)
    own = frozenset(placed if len(placed) > _MANY else ())
    return [
        name
        for name in texts.ending_in(".txt")
        if name not in own and (lines := first_lines(texts, name)) and looks(lines)
    ]


def read_list_txt(
    texts: Texts,
    names: Sequence[str],
    progress: Progress,
    parse: Callable[[ListReader, str, str], None],
    why: Callable[[str], Message],
) -> ListReader:
    """Read files line by line.

    Args:
        parse: takes the reader, the file's name and a line that is not blank; raises ValueError.
        why: says what is wrong with a line.
    """
    reader = ListReader(Rows(), BadLines(why))
    read = reader.bad.files.read(names, lambda name: read_file(texts.files, name), progress)
    for name, data in read:
        reader.at = -1
        for number, line in enumerate(decoded(data).splitlines(), 1):
            if not line.strip():
                continue
            try:
                parse(reader, name, line.strip())
            except (ValueError, OverflowError):
                reader.bad.add(name, number, line)
            else:
                reader.bad.read += 1
    return reader


def _times(count: float) -> Message:
    return nmsg("{count} time", "{count:,} times", count=int(count))
