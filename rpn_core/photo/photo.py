"""The photo as it came: decoded pixels and where they are from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpn_core.messages import Message


@dataclass(frozen=True, eq=False, slots=True)
class Photo:
    """One decoded photo.

    Attributes:
        rgb: (H, W, 3) uint8, upright (EXIF orientation applied), read-only.
        name: for people; never a path.
        sha256: of the file's bytes; the key of every cache.
        notes: one sentence for each thing that was changed while reading ("first of 12 frames").
    """

    rgb: NDArray[np.uint8]
    name: str
    sha256: str
    notes: tuple[Message, ...] = ()

    @property
    def hw(self) -> tuple[int, int]:
        return (int(self.rgb.shape[0]), int(self.rgb.shape[1]))
