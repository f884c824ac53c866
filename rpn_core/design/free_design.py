"""A design under search whose shapes are free: each has a width, a height and a level of its own.

Letters: L levels, S shapes, M objects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpn_core.settings import number_of

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741


@dataclass(frozen=True, eq=False, slots=True)
class FreeDesign:
    """Shapes and where they are laid.

    Attributes:
        level: (S,) of each.
        log_wh: (S, 2) log of width and height, pixels of the network input.
    """

    level: I
    log_wh: F

    def __len__(self) -> int:
        return len(self.level)

    @property
    def wh(self) -> F:
        """(S, 2) width and height, pixels of the network input."""
        wide: F = np.exp(self.log_wh)
        return wide


def free_design(level: I, wh: F) -> FreeDesign:
    """Shapes (S, 2) on their levels, as far as settings can hold them."""
    return FreeDesign(np.asarray(level, np.int64), within_limits(np.log(wh)))


def within_limits(log_wh: F) -> F:
    """The nearest shapes (S, 2) whose size and ratio are settings."""
    sizes, ratios = number_of("anchors.sizes"), number_of("anchors.aspect_ratios")
    size = log_wh.sum(axis=1).clip(2 * np.log(sizes.low), 2 * np.log(sizes.high)) / 2
    ratio = (log_wh[:, 1] - log_wh[:, 0]).clip(np.log(ratios.low), np.log(ratios.high)) / 2
    return np.stack((size - ratio, size + ratio), axis=1)


def by_area(wh: F, strides: tuple[int, ...]) -> FreeDesign:
    """Shapes (S, 2) by rising area, as many on each level, the smallest on the finest: YOLO's way.

    >>> design = by_area(np.array([[64.0, 64.0], [8.0, 8.0], [32.0, 16.0]]), (16, 8))
    >>> design.level.tolist(), design.wh[0].round().tolist()
    ([1, 1, 0], [8.0, 8.0])
    """
    ordered = wh[np.argsort(wh.prod(axis=1), kind="stable")]
    parts = np.array_split(np.arange(len(ordered)), len(strides))
    level = np.empty(len(ordered), np.int64)
    for place, part in zip(np.argsort(strides, kind="stable"), parts, strict=True):
        level[part] = place
    return free_design(level, ordered)
