"""Four photos in one: small objects from large ones."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from PIL import Image

from rpn_core.training.cut import Boxes, Rgb, cut

# Where the four meet, as a share of each side.
MEET = (0.35, 0.65)
# A photo is shrunk until it covers its quarter, or stays up to so many times larger than that.
LARGER = 1.15


def mosaic(
    hw: tuple[int, int],
    photos: Sequence[tuple[Rgb, Boxes]],
    draw: random.Random,
) -> tuple[Rgb, Boxes]:
    """Lay a part of each of four photos into a quarter of one.

    Args:
        hw: size of the result, pixels.
        photos: four of (H, W, 3) uint8 with (G, 4) float32 xyxy.
        draw: where all chance comes from.
    Returns:
        the photo and its boxes. Of a box that its quarter cuts see `cut`.
    """
    high, wide = hw
    y, x = (max(1, round(side * draw.uniform(*MEET))) for side in hw)
    canvas = np.empty((high, wide, 3), np.uint8)
    found = []
    corners = ((0, 0, x, y), (x, 0, wide, y), (0, y, x, high), (x, y, wide, high))
    for (rgb, boxes), (x1, y1, x2, y2) in zip(photos, corners, strict=True):
        cover = max((x2 - x1) / rgb.shape[1], (y2 - y1) / rgb.shape[0])
        # Never enlarged beyond its own pixels, unless it has to be to cover the quarter.
        scale = max(cover, min(1.0, cover * draw.uniform(1, LARGER)))
        size = (
            max(x2 - x1, round(rgb.shape[1] * scale)),
            max(y2 - y1, round(rgb.shape[0] * scale)),
        )
        small = np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BILINEAR))
        stretch = np.array([size[0] / rgb.shape[1], size[1] / rgb.shape[0]] * 2, np.float32)
        left, top = draw.randint(0, size[0] - (x2 - x1)), draw.randint(0, size[1] - (y2 - y1))
        part, kept = cut(small, boxes * stretch, (left, top, left + x2 - x1, top + y2 - y1))
        canvas[y1:y2, x1:x2] = part
        found.append(kept + np.array([x1, y1, x1, y1], np.float32))
    return canvas, np.concatenate(found)
