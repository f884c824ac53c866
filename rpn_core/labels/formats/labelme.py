"""LabelMe: a JSON file per image, with rectangles, outlines and circles in pixels.

X-AnyLabeling writes the same, with turned boxes and `difficult` besides.
"""

from __future__ import annotations

import math
import posixpath
from collections.abc import Sequence

import msgspec

from rpn_core.errors import UserError
from rpn_core.labels.format import Format, ReadLabels, Texts
from rpn_core.labels.formats.bad_files import BadFiles
from rpn_core.labels.formats.json_kinds import JsonKind, json_kind, json_names
from rpn_core.labels.formats.json_text import decode, reason_of
from rpn_core.labels.formats.rows import Rows, number
from rpn_core.labels.formats.shapes import NO_BOX, Box, Drawn, around
from rpn_core.labels.stores.files import read_file
from rpn_core.messages import msg
from rpn_core.photo.file_name import display_name
from rpn_core.photo.kinds import without_suffix
from rpn_core.progress import Progress

_TITLE = msg("LabelMe JSON")
_NO_EXTENT = ("point", "points", "line", "linestrip")
_Text = str | int | float | None


class _Shape(msgspec.Struct, gc=False):
    points: list[list[float | None]]
    label: _Text = None
    shape_type: str | None = "polygon"  # as the first versions meant, which did not write it
    difficult: float | bool | None = False


class _File(msgspec.Struct):
    shapes: list[_Shape]
    imagePath: str | None = None
    imageHeight: float | None = 0
    imageWidth: float | None = 0


def _read(texts: Texts, names: Sequence[str], progress: Progress) -> ReadLabels:
    """Read the boxes of LabelMe files; outlines, circles and turned boxes become upright bounds.

    An image lies where imagePath says, from the file on; without it the image has the file's name.
    Points and lines are left out, with a remark; and so is a file that cannot be read.

    Args:
        names: of the JSON files.
    Raises:
        UserError: none of them can be read.
    """
    rows, drawn, bad = Rows(), Drawn(), BadFiles()

    def read(name: str) -> _File:
        shown = display_name(name)
        try:
            return decode(read_file(texts.files, name), _File, shown, _TITLE)
        except msgspec.ValidationError as error:
            raise UserError(
                "{file} is not {format} ({reason}): save it again in the tool that made it.",
                file=shown,
                format=_TITLE,
                reason=reason_of(error),
            ) from None

    for name, file in bad.read(names, read, progress):
        image = rows.add_image(_image_name(name, file), file.imageWidth, file.imageHeight)
        for shape in file.shapes:
            if shape.shape_type in _NO_EXTENT:
                drawn.left_out += 1
                continue
            drawn.upright += shape.shape_type not in ("rectangle", "mask")
            rows.add_box(image, _box(shape), shape.label, difficult=bool(shape.difficult))
    return ReadLabels(rows.label_set(), (*bad.remarks(), *drawn.remarks(len(rows.boxes))))


def _image_name(name: str, file: _File) -> str:
    """From the folder of the data set on; a path of another machine stays as it is."""
    path = (file.imagePath or "").strip().replace("\\", "/")
    if not path:
        return without_suffix(name)
    if path.startswith("/") or path[1:2] == ":":
        return path
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
    return joined.removeprefix("../")


def _box(shape: _Shape) -> Box:
    if any(len(point) != 2 for point in shape.points):
        return NO_BOX
    xs = [number(x) for x, _ in shape.points]
    ys = [number(y) for _, y in shape.points]
    if shape.shape_type == "circle":
        if len(xs) != 2:  # its centre, and a point on it
            return NO_BOX
        radius = math.hypot(xs[1] - xs[0], ys[1] - ys[0])
        return around([xs[0] - radius, xs[0] + radius], [ys[0] - radius, ys[0] + radius])
    return around(xs, ys)


def _find(texts: Texts) -> Sequence[str]:
    """Files of LabelMe, and broken ones beside them: a file that was cut short is one of them."""
    found = set(json_names(texts, JsonKind.LABELME))
    folders = {posixpath.dirname(name) for name in found}
    return [
        name
        for name in texts.ending_in(".json")
        if name in found
        or (posixpath.dirname(name) in folders and json_kind(texts, name) is JsonKind.BROKEN)
    ]


LABELME = Format("labelme", _TITLE, _TITLE, (".json",), _find, _read)
