"""CreateML: one JSON file, a list of images with boxes by centre and size in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from rpn_core.errors import UserError
from rpn_core.labels.format import Format, ReadLabels, Texts
from rpn_core.labels.formats.json_kinds import JsonKind, json_names
from rpn_core.labels.formats.json_text import decode_or_refuse
from rpn_core.labels.formats.one_file import read_one_a_folder
from rpn_core.labels.formats.rows import Rows, number
from rpn_core.messages import msg
from rpn_core.progress import Progress, no_progress

_TITLE = msg("CreateML JSON")


class _Coordinates(msgspec.Struct, gc=False):
    x: float | None = None
    y: float | None = None
    width: float | None = None
    height: float | None = None


class _Annotation(msgspec.Struct, gc=False):
    coordinates: _Coordinates
    label: str | int | float | None = None


class _Image(msgspec.Struct):
    annotations: list[_Annotation]
    image: str = ""
    imagefilename: str = ""  # as some exports call it


def read_createml(data: bytes, shown: str, progress: Progress = no_progress) -> ReadLabels:
    """Read the boxes of a CreateML file. x and y are the centre, in pixels from the top left.

    Raises:
        UserError: it is no such JSON, or an entry names no image.
    """
    progress(0.0)
    images = decode_or_refuse(data, list[_Image], shown, _TITLE)
    rows = Rows()
    for place, entry in enumerate(images):
        name = entry.image or entry.imagefilename
        if not name:
            raise UserError(
                "Entry {place} of {file}, from 0, names no image: write its file name under image.",
                place=place,
                file=shown,
            )
        image = rows.add_image(name)
        for row in entry.annotations:
            at = row.coordinates
            cx, cy, width, height = map(number, (at.x, at.y, at.width, at.height))
            box = (cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2)
            rows.add_box(image, box, row.label)
    progress(1.0)
    return ReadLabels(rows.label_set())


def _find(texts: Texts) -> Sequence[str]:
    return json_names(texts, JsonKind.CREATEML)


CREATEML = Format(
    "createml", _TITLE, _TITLE, (".json",), _find,
    partial(read_one_a_folder, read_createml, _TITLE),
)  # fmt: skip
