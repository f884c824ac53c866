"""A design under search whose shapes are free: each has a width, a height and a level of its own.

Letters: L levels, S shapes, M objects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpn_core.anchors.shapes import shapes_by_level
from rpn_core.settings import AnchorSettings, number_of

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


_SMALL = 100.0  # px: below, hundredths of a pixel
_ROUNDED = 1.011  # by so much a ratio may move when both of its sides are rounded


def free_design(level: I, wh: F) -> FreeDesign:
    """Shapes (S, 2) on their levels, as far as settings can hold them."""
    return FreeDesign(np.asarray(level, np.int64), within_limits(np.log(wh)))


def limits() -> F:
    """(4,) least and most log size, least and most log ratio: what settings hold when rounded."""
    sizes, ratios = number_of("anchors.sizes"), number_of("anchors.aspect_ratios")
    inside = np.array([_ROUNDED, 1 / _ROUNDED] * 2)
    found: F = np.log(np.array([sizes.low, sizes.high, ratios.low, ratios.high]) * inside)
    return found


def within_limits(log_wh: F) -> F:
    """The nearest shapes (S, 2) whose size and ratio are settings."""
    held = limits()
    size = (log_wh.sum(axis=1) / 2).clip(*held[:2])
    half = (log_wh[:, 1] - log_wh[:, 0]).clip(*held[2:]) / 2
    return np.stack((size - half, size + half), axis=1)


def rounded_ways(log_wh: F) -> F:
    """(4, 2) the shapes around one (2,) with sides in tenths of a pixel; below 100 px, hundredths.

    >>> np.exp(rounded_ways(np.log([234.56, 8.123]))).round(2).tolist()
    [[234.5, 8.12], [234.5, 8.13], [234.6, 8.12], [234.6, 8.13]]
    """
    sides = np.exp(log_wh)
    unit = np.where(sides < _SMALL, 0.01, 0.1)
    # A side that is rounded already must not lose a unit to the logarithm.
    low = np.floor(sides / unit + 1e-6) * unit
    ways = [(x, y) for x in (low[0], low[0] + unit[0]) for y in (low[1], low[1] + unit[1])]
    return np.log(np.asarray(ways))


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


def as_settings(design: FreeDesign, like: AnchorSettings) -> AnchorSettings:
    """Settings with convention and offset of `like`: a list of shapes a level, by rising area, in
    tenths of a pixel (below 100 px in hundredths); shapes that are the same then are one."""
    levels: list[set[tuple[float, float]]] = [set() for _ in like.sizes]
    for level, (width, height) in zip(design.level.tolist(), design.wh.tolist(), strict=True):
        levels[level].add((_round(width), _round(height)))
    nothing: tuple[tuple[float, ...], ...] = ((),) * len(levels)
    return AnchorSettings(
        nothing,
        nothing,
        size_factor=1.0,
        offset=like.offset,
        convention=like.convention,
        shapes=tuple(
            tuple(sorted(shapes, key=lambda wh: (wh[0] * wh[1], wh))) for shapes in levels
        ),
    )


def _round(side: float) -> float:
    return round(side, 2 if side < _SMALL else 1)


def of_settings(settings: AnchorSettings) -> FreeDesign:
    """The shapes that settings lay."""
    by_level = shapes_by_level(settings)
    level = np.repeat(np.arange(len(by_level)), [len(shapes) for shapes in by_level])
    wh = [shape[:2] for shapes in by_level for shape in shapes]
    return free_design(level, np.asarray(wh, np.float64).reshape(-1, 2))
