"""CVAT for images: one XML file, with boxes as edges in pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from xml.etree.ElementTree import Element

from rpn_core.errors import UserError
from rpn_core.labels.format import Format, ReadLabels, Texts
from rpn_core.labels.formats.one_file import read_one_a_folder
from rpn_core.labels.formats.rows import Rows, number
from rpn_core.labels.formats.shapes import Box, Drawn, around, around_ellipse, around_turned
from rpn_core.labels.formats.xml_text import parsed, xml_names
from rpn_core.messages import msg
from rpn_core.progress import Progress, no_progress

_TITLE = msg("CVAT XML")


def read_cvat(data: bytes, shown: str, progress: Progress = no_progress) -> ReadLabels:
    """Read the boxes of a CVAT file; outlines, ellipses, masks and turned boxes as upright bounds.

    Points, lines and skeletons are left out, with a remark.

    Raises:
        UserError: it is no whole XML, or it is of a video: tracks over frames.
    """
    progress(0.0)
    root = parsed(data, shown)
    if root.find("track") is not None:
        raise UserError(
            "{file} is CVAT for video, with tracks over frames: export it as CVAT for images or "
            "as COCO.",
            file=shown,
        )
    rows, drawn = Rows(), Drawn()
    for entry in root.iterfind("image"):
        image = rows.add_image(entry.get("name", ""), entry.get("width"), entry.get("height"))
        for shape in entry:
            box = _box(shape, drawn)
            if box is not None:
                rows.add_box(image, box, shape.get("label"))
    if not rows.names:
        raise UserError(
            "{file} has <annotations> on top but no <image> in it: export it as CVAT for images, "
            "Pascal VOC or COCO.",
            file=shown,
        )
    progress(1.0)
    return ReadLabels(rows.label_set(), drawn.remarks(len(rows.boxes)))


def _box(shape: Element, drawn: Drawn) -> Box | None:
    """The upright box of a shape, or None of a point, a line or a tag of the image."""

    def numbers(*keys: str) -> list[float]:
        return [number(shape.get(key)) for key in keys]

    if shape.tag == "box":
        x1, y1, x2, y2 = numbers("xtl", "ytl", "xbr", "ybr")
        degrees = number(shape.get("rotation", 0))
        if degrees == 0:
            return x1, y1, x2, y2
        drawn.upright += 1
        return around_turned((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1, math.radians(degrees))
    if shape.tag == "polygon":
        drawn.upright += 1
        points = [point.partition(",") for point in shape.get("points", "").split(";")]
        return around([number(x) for x, _, _ in points], [number(y) for _, _, y in points])
    if shape.tag == "ellipse":
        drawn.upright += 1
        cx, cy, rx, ry = numbers("cx", "cy", "rx", "ry")
        return around_ellipse(cx, cy, rx, ry, math.radians(number(shape.get("rotation", 0))))
    if shape.tag == "mask":
        drawn.upright += 1
        left, top, width, height = numbers("left", "top", "width", "height")
        return left, top, left + width, top + height
    if shape.tag == "cuboid":
        drawn.upright += 1
        corners = [key for key in shape.attrib if key[:1] in ("x", "y") and key[1:2] in ("t", "b")]
        return around(
            numbers(*sorted(key for key in corners if key[0] == "x")),
            numbers(*sorted(key for key in corners if key[0] == "y")),
        )
    drawn.left_out += shape.tag in ("points", "polyline", "skeleton")
    return None


def _find(texts: Texts) -> Sequence[str]:
    return xml_names(texts, "annotations")


CVAT = Format(
    "cvat", _TITLE, _TITLE, (".xml",), _find, partial(read_one_a_folder, read_cvat, _TITLE)
)
