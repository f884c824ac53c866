"""A picture as arrays, some rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_PIXELS_AT_ONCE = 1 << 20


def strips(image: Image.Image) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Walk a picture from top to bottom: (which rows, their pixels).

    The whole as one array would take two more copies on the way (Pillow joins pieces of bytes); one
    row after the other would take minutes where rows are short and there are millions.

    >>> [(rows.start, rows.stop) for rows, _ in strips(Image.new("L", (1 << 19, 5)))]
    [(0, 2), (2, 4), (4, 5)]
    """
    height = max(1, _PIXELS_AT_ONCE // image.width)
    for top in range(0, image.height, height):
        bottom = min(top + height, image.height)
        yield slice(top, bottom), np.asarray(image.crop((0, top, image.width, bottom)))


def whole(image: Image.Image) -> NDArray[np.uint8]:
    """All pixels of a picture in mode RGB, (H, W, 3)."""
    if image.width * image.height <= _PIXELS_AT_ONCE:  # a piece of itself would be a copy more
        return np.asarray(image)
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    for rows, values in strips(image):
        pixels[rows] = values
    return pixels
