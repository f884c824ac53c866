"""VisDrone's text labels: a file for each image, a line for each object.

    left,top,width,height,score,category,truncation,occlusion

In pixels; category 0 is a region to be ignored, and so is an object of score 0 (VisDrone's
toolkit).
"""

from __future__ import annotations

from collections.abc import Sequence

from rpn_core.labels.format import Format, ReadLabels, Texts
from rpn_core.labels.formats.ignored import ignored_remarks
from rpn_core.labels.formats.pixel_txt import Entry, are_whole, number_of, read_pixel_txt
from rpn_core.labels.formats.txt_files import most, txt_labels
from rpn_core.messages import Message, msg, nmsg
from rpn_core.progress import Progress

CATEGORIES = (
    "ignored-regions", "pedestrian", "people", "bicycle", "car", "van", "truck", "tricycle",
    "awning-tricycle", "bus", "motor", "others",
)  # fmt: skip
_COLUMNS = 8


def _read(texts: Texts, names: Sequence[str], progress: Progress) -> ReadLabels:
    rows, bad = read_pixel_txt(texts, names, progress, _entry, _why)
    return ReadLabels(rows.label_set(), (*bad.remarks(), *ignored_remarks(rows.crowd)))


def _entry(line: str) -> Entry:
    fields = _fields(line)
    x, y, width, height, score, category, _, _ = (number_of(one) for one in fields)
    if category % 1 or not 0 <= category < len(CATEGORIES):
        raise ValueError(line)
    ignored = category == 0 or score == 0
    return Entry((x, y, x + width, y + height), CATEGORIES[int(category)], crowd=ignored)


def _fields(line: str) -> list[str]:
    """Of a line, which may end in a comma."""
    return [one.strip() for one in line.strip().removesuffix(",").split(",")]


def _is_entry(line: str) -> bool:
    fields = _fields(line)
    if len(fields) != _COLUMNS or not are_whole(fields):
        return False
    score, category, truncation, occlusion = map(number_of, fields[4:])
    return (
        score in (0, 1)
        and 0 <= category < len(CATEGORIES)
        and truncation in (-1, 0, 1)
        and occlusion in (-1, 0, 1, 2)
    )


def _why(text: str) -> Message:
    count = len(_fields(text))
    if count == _COLUMNS:
        return msg("VisDrone has numbers only, and a category from 0 to 11")
    return nmsg(
        "it has {count} value, but VisDrone has 8, parted by commas",
        "it has {count} values, but VisDrone has 8, parted by commas",
        count=count,
    )


def _find(texts: Texts) -> Sequence[str]:
    return txt_labels(texts, most(_is_entry))


_TITLE = msg("VisDrone txt")
VISDRONE = Format("visdrone", _TITLE, _TITLE, (".txt",), _find, _read)
