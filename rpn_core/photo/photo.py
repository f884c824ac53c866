"""The photo as it came: its file, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpn_core.messages import Message

Pixels = NDArray[np.uint8]  # (H, W, 3), upright sRGB, read-only


@dataclass(frozen=True, eq=False, slots=True)
class Photo:
    """One photo that could be read, without its pixels.

    Kept are the few megabytes of the file instead of three bytes a pixel; `reader.read_pixels`
    decodes them to the same pixels, bit by bit, as often as they are needed.

    Attributes:
        data: the whole file.
        name: for people; never a path.
        sha256: of the file's bytes; the key of every cache.
        hw: height and width of the upright photo (EXIF orientation applied), pixels.
        notes: one sentence for each thing that was changed while reading ("first of 12 frames").
    """

    data: bytes
    name: str
    sha256: str
    hw: tuple[int, int]
    notes: tuple[Message, ...] = ()
