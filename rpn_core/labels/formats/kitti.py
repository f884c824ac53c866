"""KITTI's text labels: a file for each image, a line for each object.

    type truncated occluded alpha  left top right bottom  height width length  x y z yaw  [score]

The box is in pixels of the image from 0 on; what is three-dimensional is passed over. DontCare is a
region in which objects were not labelled (devkit/readme.txt). So are TAO's labels, in which all but
the box are 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rpn_core.labels.format import Format, ReadLabels, Texts
from rpn_core.labels.formats.ignored import ignored_remarks
from rpn_core.labels.formats.pixel_txt import Entry, is_number, number_of, read_pixel_txt
from rpn_core.labels.formats.txt_files import most, parses, txt_labels
from rpn_core.messages import Message, msg, nmsg
from rpn_core.progress import Progress

_COUNTS = (15, 16)
_IGNORED = "dontcare"


def _read(texts: Texts, names: Sequence[str], progress: Progress) -> ReadLabels:
    rows, bad = read_pixel_txt(texts, names, progress, _entry, _why)
    return ReadLabels(rows.label_set(), (*bad.remarks(), *ignored_remarks(rows.crowd)))


def _entry(line: str) -> Entry:
    fields = line.split()
    numbers = [number_of(one) for one in fields[1:]]
    if len(fields) not in _COUNTS or is_number(fields[0]):
        raise ValueError(line)
    x1, y1, x2, y2 = numbers[3:7]
    return Entry((x1, y1, x2, y2), fields[0], crowd=fields[0].lower() == _IGNORED)


def _why(text: str) -> Message:
    count = len(text.split())
    if count in _COUNTS:
        return msg("KITTI has a type and then numbers only")
    return nmsg(
        "it has {count} value, but KITTI has 15, or 16 with a score",
        "it has {count} values, but KITTI has 15, or 16 with a score",
        count=count,
    )


def _find(texts: Texts) -> Sequence[str]:
    return txt_labels(texts, most(partial(parses, _entry)))


_TITLE = msg("KITTI txt")
KITTI = Format("kitti", _TITLE, _TITLE, (".txt",), _find, _read)
