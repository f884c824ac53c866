"""The feature maps that a network makes of an input: strides and the sizes of their grids.

Letters: N images, L levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rpn_core.errors import UserError
from rpn_core.settings import MAX_LEVELS

GridRounding = Literal["up", "down"]
MAX_STRIDE = 512


@dataclass(frozen=True, slots=True)
class Pyramid:
    """The levels of a network.

    Attributes:
        strides: nominal pixels of the network input per cell, one per level.
        rounding: what becomes of a rest that fills no whole cell: padded convolutions round up
            (ResNet, EfficientNet, their FPN), poolings without padding round down (VGG).
    """

    strides: tuple[int, ...] = (8, 16, 32, 64)
    rounding: GridRounding = "up"

    def __post_init__(self) -> None:
        if not 1 <= len(self.strides) <= MAX_LEVELS:
            raise UserError(
                "There are {count} strides: give 1 to {max_levels}.",
                count=len(self.strides),
                max_levels=MAX_LEVELS,
            )
        for stride in self.strides:
            if not isinstance(stride, int) or not 1 <= stride <= MAX_STRIDE:
                raise UserError(
                    "A stride is {stride}, but it must be a whole number from 1 to {max_stride}.",
                    stride=str(stride)[:40],
                    max_stride=MAX_STRIDE,
                )

    def grids_hw(self, padded_hw: NDArray[np.int64]) -> NDArray[np.int64]:
        """Cells of each level: (N, 2) padded sizes -> (N, L, 2); at least one cell.

        >>> Pyramid((32, 64)).grids_hw(np.array([[800, 1088]])).tolist()
        [[[25, 34], [13, 17]]]
        """
        strides = np.asarray(self.strides, np.int64)[None, :, None]
        sides = padded_hw[:, None, :]
        cells = sides // strides if self.rounding == "down" else -(-sides // strides)
        grids: NDArray[np.int64] = np.maximum(cells, 1)
        return grids


def pyramid_of(strides: tuple[int, ...], size_divisor: int) -> Pyramid:
    """The pyramid of one of the project's models, from what its card says.

    Inputs that are padded come from networks that round up; the one network that takes inputs
    as they are is VGG, which rounds down.
    """
    return Pyramid(strides, "down" if size_divisor == 1 else "up")
