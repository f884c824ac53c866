"""Formats with a text file for each image, a line for each object, and boxes in pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rpn_core.labels.finding import Findings
from rpn_core.labels.format import Texts
from rpn_core.labels.formats.bad_files import BadFiles
from rpn_core.labels.formats.bad_lines import BadLines
from rpn_core.labels.formats.rows import Rows
from rpn_core.labels.formats.shapes import Box
from rpn_core.labels.formats.txt_files import decoded, labels_of
from rpn_core.labels.stores.files import read_file
from rpn_core.labels.stores.image_source import without_suffix
from rpn_core.messages import Message
from rpn_core.progress import Progress

MAX_TEXT_BYTES = 8 << 20  # of one label file


class Entry(NamedTuple):
    """One object, xyxy in pixels of the original image."""

    xyxy: Box
    category: str
    crowd: bool = False
    difficult: bool = False


def read_pixel_txt(
    texts: Texts,
    names: Sequence[str],
    progress: Progress,
    parse: Callable[[str], Entry | None],
    why: Callable[[str], Message],
) -> tuple[Rows, tuple[Findings, ...]]:
    """Read label files one by one.

    Images without a label file are not listed: these formats keep them among the test images. An
    image that is not there is called after its label file.

    Args:
        names: of the label files.
        parse: makes an object of a line, or None of one that holds none; raises ValueError.
        why: says what is wrong with a line.
    Returns:
        what was read, and a finding for each file or line that was not.
    Raises:
        UserError: nothing can be read.
    """
    rows, bad, files = Rows(), BadLines(why), BadFiles()
    image_of = {label: image for image, label in labels_of(names, texts.images).items()}

    def read(name: str) -> str:
        return decoded(read_file(texts.files, name, MAX_TEXT_BYTES))

    for name, text in files.read(names, read, progress):
        image = rows.add_image(image_of.get(name) or without_suffix(name).rpartition("/")[2])
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            try:
                entry = parse(line)
            except (ValueError, OverflowError):
                bad.add(name, number, line)
                continue
            bad.read += 1
            if entry is not None:
                rows.add_box(
                    image, entry.xyxy, entry.category, crowd=entry.crowd, difficult=entry.difficult
                )
    return rows, (*files.remarks(len(names)), *bad.remarks())


def number_of(text: str) -> float:
    """A number as files have it. Raises ValueError; of 1_000 too, which only Python reads."""
    if "_" in text:
        raise ValueError(text)
    return float(text)


def is_number(text: str) -> bool:
    try:
        number_of(text)
    except ValueError:
        return False
    return True


def are_whole(fields: Sequence[str]) -> bool:
    """Whether all of them are whole numbers, perhaps written as 7.0."""
    return all(is_number(one) and number_of(one) % 1 == 0 for one in fields)
