"""A part of a photo, and what becomes of its boxes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
Boxes = NDArray[np.float32]

# Share of an object's area: with less of it in the picture it is left out, else its box is cut.
MIN_VISIBLE = 0.4


def cut(rgb: Rgb, boxes: Boxes, part: tuple[int, int, int, int]) -> tuple[Rgb, Boxes]:
    """Cut a rectangle out of a photo.

    Args:
        rgb: (H, W, 3) uint8.
        boxes: (G, 4) float32 xyxy, pixels of `rgb`.
        part: (x1, y1, x2, y2), whole pixels of `rgb`.
    Returns:
        the part, a view of `rgb`, and the boxes (G', 4) in its pixels, clipped to it.
    """
    left, top, right, bottom = part
    inside = boxes - np.array([left, top, left, top], np.float32)
    limit = np.array([right - left, bottom - top] * 2, np.float32)
    inside = np.clip(inside, 0, limit).astype(np.float32)
    area, before = ((b[:, 2:] - b[:, :2]).prod(axis=1) for b in (inside, boxes))
    return rgb[top:bottom, left:right], inside[area >= MIN_VISIBLE * before]
