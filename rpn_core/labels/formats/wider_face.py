"""WIDER FACE's text file: of each image its path, the number of its faces, and a line for each.

    0--Parade/0_Parade_marchingband_1_849.jpg
    1
    449 330 122 149  blur expression illumination invalid occlusion pose

x, y, width and height in pixels. An image without faces has the number 0 and a line of zeros. A
face that is marked invalid is to be ignored (the set's readme.txt).
"""

from __future__ import annotations

from collections.abc import Sequence

from rpn_core.labels.format import Format, ReadLabels, Texts
from rpn_core.labels.formats.ignored import ignored_remarks
from rpn_core.labels.formats.list_txt import ListReader, list_txt, read_list_txt
from rpn_core.labels.formats.pixel_txt import are_whole, is_number, number_of
from rpn_core.messages import Message, msg
from rpn_core.photo.kinds import is_image_name
from rpn_core.progress import Progress

_FACE = "face"
_INVALID = 7


def _read(texts: Texts, names: Sequence[str], progress: Progress) -> ReadLabels:
    reader = read_list_txt(texts, names, progress, _parse, _why)
    return ReadLabels(
        reader.rows.label_set(), (*reader.remarks(), *ignored_remarks(reader.rows.crowd))
    )


def _parse(reader: ListReader, file: str, line: str) -> None:
    if is_image_name(line):
        reader.image(line, file)
        return
    words = line.split()
    if len(words) == 1 and are_whole(words):  # how many faces follow
        return
    if len(words) < 4:
        raise ValueError(line)
    numbers = [number_of(one) for one in words]
    x, y, width, height = numbers[:4]
    if reader.at >= 0 and any(numbers):
        invalid = len(numbers) > _INVALID and numbers[_INVALID] == 1
        reader.rows.add_box(reader.at, (x, y, x + width, y + height), _FACE, crowd=invalid)


def _looks(lines: Sequence[str]) -> bool:
    if len(lines) < 3:
        return False
    path, count, first = lines[:3]
    numbers = first.split()
    return (
        is_image_name(path)
        and count.isdecimal()
        and len(numbers) >= 4
        and all(map(is_number, numbers))
    )


def _why(text: str) -> Message:
    return msg("it should be the path of an image, a number of faces, or x y w h of a face")


def _find(texts: Texts) -> Sequence[str]:
    return list_txt(texts, _looks)


_TITLE = msg("WIDER FACE txt")
WIDER_FACE = Format("wider-face", _TITLE, _TITLE, (".txt",), _find, _read)
