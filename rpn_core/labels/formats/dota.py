"""DOTA's text labels: a file for each image, a line for each turned box.

    imagesource:GoogleEarth                         both may head a file
    gsd:0.146343590398
    x1 y1 x2 y2 x3 y3 x4 y4  category  [difficult]

Corners in pixels of the image. The box is the upright one around them, and a remark says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rpn_core.labels.format import Format, ReadLabels, Texts
from rpn_core.labels.formats.pixel_txt import Entry, is_number, number_of, read_pixel_txt
from rpn_core.labels.formats.shapes import Drawn, around
from rpn_core.labels.formats.txt_files import most, parses, txt_labels
from rpn_core.messages import Message, msg, nmsg
from rpn_core.progress import Progress

_HEADS = ("imagesource", "gsd", "acquisition")
_CORNERS = 8


def _read(texts: Texts, names: Sequence[str], progress: Progress) -> ReadLabels:
    rows, bad = read_pixel_txt(texts, names, progress, _entry, _why)
    count = len(rows.boxes)
    return ReadLabels(rows.label_set(), (*bad.remarks(), *Drawn(upright=count).remarks(count)))


def _entry(line: str) -> Entry | None:
    if _is_head(line):
        return None
    fields = line.split()
    if len(fields) not in (_CORNERS + 1, _CORNERS + 2) or is_number(fields[_CORNERS]):
        raise ValueError(line)
    corners = [number_of(one) for one in fields[:_CORNERS]]
    difficult = [number_of(one) for one in fields[_CORNERS + 1 :]]
    return Entry(around(corners[0::2], corners[1::2]), fields[_CORNERS], difficult=any(difficult))


def _is_head(line: str) -> bool:
    head, colon, _ = line.strip().lower().partition(":")
    return bool(colon) and head.startswith(_HEADS)


def _looks(lines: Sequence[str]) -> bool:
    """Two heads alone are an image without objects."""
    told = [line for line in lines if not _is_head(line)]
    return most(partial(parses, _entry))(told) if told else bool(lines)


def _why(text: str) -> Message:
    count = len(text.split())
    if count in (_CORNERS + 1, _CORNERS + 2):
        return msg("DOTA has eight numbers, a category in one word, and perhaps a difficulty")
    return nmsg(
        "it has {count} value, but DOTA has four corners, a category in one word, and perhaps a "
        "difficulty",
        "it has {count} values, but DOTA has four corners, a category in one word, and perhaps a "
        "difficulty",
        count=count,
    )


def _find(texts: Texts) -> Sequence[str]:
    return txt_labels(texts, _looks)


_TITLE = msg("DOTA txt")
DOTA = Format("dota", _TITLE, _TITLE, (".txt",), _find, _read)
