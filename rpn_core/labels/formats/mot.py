"""MOTChallenge: a gt.txt for each sequence, a line for each object in a frame.

    frame,id,left,top,width,height,conf,class,visibility

In pixels that count from 1, as frames do (motchallenge.net/instructions); py-motmetrics takes 1 off
as well. conf 0 marks what is to be ignored. Frame 7 of `seq/gt/gt.txt` is the image
`seq/img1/000007`, unless a seqinfo.ini names another folder.
"""

from __future__ import annotations

from collections.abc import Sequence

from rpn_core.labels.format import Format, ReadLabels, Texts
from rpn_core.labels.formats.ignored import ignored_remarks
from rpn_core.labels.formats.list_txt import ListReader, list_txt, read_list_txt
from rpn_core.labels.formats.pixel_txt import are_whole, is_number, number_of
from rpn_core.labels.formats.txt_files import decoded, most
from rpn_core.labels.stores.files import read_start
from rpn_core.messages import Message, msg, nmsg
from rpn_core.progress import Progress

_CLASSES = (
    "pedestrian", "person-on-vehicle", "car", "bicycle", "motorbike", "non-motorized-vehicle",
    "static-person", "distractor", "occluder", "occluder-on-the-ground", "occluder-full",
    "reflection", "crowd",
)  # fmt: skip
_COLUMNS = (7, 9, 10)
_MAX_FRAME = 10_000_000
_PEEK = 4096


def _read(texts: Texts, names: Sequence[str], progress: Progress) -> ReadLabels:
    folders = {name: _image_folder(texts, name) for name in names}

    def parse(reader: ListReader, file: str, line: str) -> None:
        numbers = [number_of(one) for one in _fields(line)]
        if len(numbers) not in _COLUMNS or numbers[0] % 1 or not 0 < numbers[0] < _MAX_FRAME:
            raise ValueError(line)
        frame, _, left, top, width, height, confidence = numbers[:7]
        x, y = left - 1, top - 1
        reader.image(f"{folders[file]}/{int(frame):06d}", file)
        category = _class(numbers[7]) if len(numbers) > 7 else None
        box = (x, y, x + width, y + height)
        reader.rows.add_box(reader.at, box, category, crowd=confidence == 0)

    reader = read_list_txt(texts, names, progress, parse, _why)
    return ReadLabels(
        reader.rows.label_set(), (*reader.remarks(), *ignored_remarks(reader.rows.crowd))
    )


def _image_folder(texts: Texts, name: str) -> str:
    """The folder of a sequence's images."""
    sequence = name.split("/")[:-2] if name.count("/") else []
    info = "/".join([*sequence, "seqinfo.ini"])
    folder = "img1"
    if info in texts.names:
        for line in decoded(read_start(texts.files, info, _PEEK)).splitlines():
            key, _, value = line.partition("=")
            if key.strip().lower() == "imdir" and value.strip():
                folder = value.strip()[:200]
    return "/".join([*sequence, folder])


def _class(number: float) -> str | None:
    if number % 1 or number < 0:
        return None
    return _CLASSES[int(number) - 1] if 1 <= number <= len(_CLASSES) else str(int(number))


def _fields(line: str) -> list[str]:
    return [one.strip() for one in line.removesuffix(",").split(",")]


def _is_entry(line: str) -> bool:
    """A line of ground truth: a detection has any other confidence than 0 and 1."""
    fields = _fields(line)
    return (
        len(fields) in _COLUMNS
        and all(map(is_number, fields))
        and are_whole(fields[:2])
        and number_of(fields[0]) > 0
        and number_of(fields[6]) in (0, 1)
    )


def _why(text: str) -> Message:
    count = len(_fields(text))
    if count in _COLUMNS:
        return msg("MOTChallenge has numbers only, and frames that count from 1")
    return nmsg(
        "it has {count} value, but MOTChallenge has 9, parted by commas",
        "it has {count} values, but MOTChallenge has 9, parted by commas",
        count=count,
    )


def _find(texts: Texts) -> Sequence[str]:
    return list_txt(texts, most(_is_entry))


_TITLE = msg("MOTChallenge txt")
MOT = Format("mot", _TITLE, _TITLE, (".txt",), _find, _read)
