"""A small picture of one box in its image."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from rpn_core.photo.reader import read_pixels

_MARGIN = 0.6  # around the box, in its longer sides
_MIN_VIEW_PX = 48  # of the original image, so that a tiny box is seen in its surroundings
_BEYOND = "#808080"  # what lies outside the image
_ANCHOR, _DASH = "#56b4e9", 5.0
_LINES = (("black", 4), ("#ffb000", 2))  # colour, width: visible on any ground


def box_thumbnail(
    data: bytes,
    name: str,
    box: NDArray[np.float64] | None,
    side: int = 160,
    *,
    anchor: NDArray[np.float64] | None = None,
) -> bytes:
    """Draw an image around one of its boxes.

    Where the box leaves the image, what lies beyond is grey; of a box that lies far outside, or
    that is not finite, only the image is shown.

    Args:
        data: the image file.
        name: for messages.
        box: (4,) xyxy in pixels of the upright image, corners in any order; None for no box.
        side: longer side of the picture in pixels.
        anchor: (4,) xyxy in the same pixels, drawn dashed; None, or not finite, for none.
    Returns:
        a JPEG.
    Raises:
        UserError: the image cannot be read.
    """
    image = Image.fromarray(read_pixels(data, name))
    view = np.array([0.0, 0.0, image.width, image.height])
    corners = None
    if box is not None and np.isfinite(box).all():
        corners = np.concatenate((np.minimum(box[:2], box[2:]), np.maximum(box[:2], box[2:])))
        whole = np.array([*image.size])
        if (corners[:2] > 2 * whole).any() or (corners[2:] < -whole).any():
            corners = None
        else:
            view = _around(corners, whole)
    picture, scale = _viewed(image, view, side)
    if corners is not None:
        shown = (np.clip(corners, -1e5, 1e5) - np.tile(view[:2], 2)) * scale
        draw = ImageDraw.Draw(picture)
        thick = max(1, side // 160)
        for colour, width in _LINES:
            draw.rectangle(tuple(shown.tolist()), outline=colour, width=thick * width)
        if anchor is not None and np.isfinite(anchor).all():
            moved = (np.clip(anchor, -1e5, 1e5) - np.tile(view[:2], 2)) * scale
            _draw_dashed(draw, moved, thick)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=85, subsampling=0)  # thin lines keep their colour
    return buffer.getvalue()


def _draw_dashed(draw: ImageDraw.ImageDraw, box: NDArray[np.float64], thick: int) -> None:
    """A dashed outline, as far as it can be seen in a thumbnail."""
    x1, y1, x2, y2 = np.clip(box, -500, 2000).tolist()
    dash = _DASH * thick
    sides = (((x1, y1), (x2, y1)), ((x2, y1), (x2, y2)), ((x2, y2), (x1, y2)), ((x1, y2), (x1, y1)))
    for start, end in sides:
        a, b = np.array(start), np.array(end)
        length = float(np.abs(b - a).sum())
        for at in np.arange(0, length, 2 * dash):
            piece = [tuple(a + (b - a) * min(t, length) / length) for t in (at, at + dash)]
            draw.line(piece, fill="black", width=3 * thick)
            draw.line(piece, fill=_ANCHOR, width=thick)


def _around(corners: NDArray[np.float64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    """The part to show: the box and a margin, no further beyond the image than the box itself."""
    margin = max(_MARGIN * float((corners[2:] - corners[:2]).max()), _MIN_VIEW_PX / 2)
    low = np.maximum(corners[:2] - margin, np.minimum(corners[:2] - 4, 0))
    high = np.minimum(corners[2:] + margin, np.maximum(corners[2:] + 4, whole))
    return np.concatenate(
        (np.clip(low, -whole, 2 * whole - 1), np.clip(high, 1 - whole, 3 * whole))
    )


def _viewed(image: Image.Image, view: NDArray[np.float64], side: int) -> tuple[Image.Image, float]:
    """The part of an image, (x1, y1, x2, y2) in its pixels, as a picture, and its scale."""
    extent = np.maximum(view[2:] - view[:2], 1)
    scale = side / float(extent.max())
    width, height = np.maximum((extent * scale).round(), 1).astype(int).tolist()
    picture = Image.new("RGB", (width, height), _BEYOND)
    inside = np.concatenate(
        (np.maximum(view[:2], 0), np.minimum(view[2:], [image.width, image.height]))
    )
    if (inside[2:] - inside[:2] >= 1).all():
        size = np.maximum(((inside[2:] - inside[:2]) * scale).round(), 1).astype(int)
        part = image.resize(tuple(size.tolist()), Image.Resampling.BILINEAR, tuple(inside.tolist()))
        left, top = ((inside[:2] - view[:2]) * scale).round().astype(int).tolist()
        picture.paste(part, (left, top))
    return picture, scale
