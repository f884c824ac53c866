"""A design under search: sizes and ratios of every level in logarithms.

Anchors of a level are all pairs of its sizes and ratios, so a change of one size moves as many
shapes as the level has ratios. For torchvision, detectron2 and mmdetection, which can express
nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpn_core.settings import AnchorSettings, number_of


@dataclass(frozen=True, slots=True)
class ProductDesign:
    """Sizes and ratios, level by level.

    Attributes:
        sizes: log of each level's sizes (px of the network input).
        ratios: log of each level's ratios h/w.
        shared: all levels with sizes have the same ratios, and change them together.
    """

    sizes: tuple[tuple[float, ...], ...]
    ratios: tuple[tuple[float, ...], ...]
    shared: bool

    @property
    def shapes(self) -> int:
        return sum(len(s) * len(r) for s, r in zip(self.sizes, self.ratios, strict=True))


@dataclass(frozen=True, eq=False, slots=True)
class FlatDesign:
    """The same as arrays.

    Attributes:
        values: (C,) the coordinates: log sizes first, then log ratios.
        low, high: (C,) their limits.
        size, ratio: (S,) the coordinate of each shape's size and ratio.
        level: (S,) of each shape.
        level_of: (C,) of each coordinate; -1 for a shared ratio.
    """

    values: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    size: NDArray[np.int64]
    ratio: NDArray[np.int64]
    level: NDArray[np.int64]
    level_of: NDArray[np.int64]

    def shapes(self, values: NDArray[np.float64], which: NDArray[np.int64]) -> NDArray[np.float64]:
        """Width and height of some shapes at these coordinates: (len(which), 2)."""
        size, half = values[self.size[which]], values[self.ratio[which]] / 2
        return np.exp(np.stack((size - half, size + half), axis=1))


def flatten(design: ProductDesign) -> FlatDesign:
    """Number the coordinates and the shapes."""
    values: list[float] = []
    limits: list[tuple[float, float]] = []
    levels: list[int] = []

    def add(value: float, low: float, high: float, level: int) -> int:
        values.append(min(max(value, np.log(low)), np.log(high)))
        limits.append((np.log(low), np.log(high)))
        levels.append(level)
        return len(values) - 1

    smallest = number_of("anchors.sizes")
    sizes = [
        [add(value, smallest.low, smallest.high, level) for value in own]
        for level, own in enumerate(design.sizes)
    ]
    thinnest = number_of("anchors.aspect_ratios")
    ratios: list[list[int]] = []
    once: list[int] | None = None
    for level, own in enumerate(design.ratios):
        if design.shared and once is not None and own:
            ratios.append(once)
            continue
        made = [
            add(value, thinnest.low, thinnest.high, -1 if design.shared else level) for value in own
        ]
        ratios.append(made)
        once = once or (made or None)
    triples = [
        (s, r, level) for level in range(len(sizes)) for s in sizes[level] for r in ratios[level]
    ]
    table = np.asarray(triples, np.int64).reshape(-1, 3)
    bounds = np.asarray(limits, np.float64).reshape(-1, 2)
    return FlatDesign(
        np.asarray(values, np.float64), bounds[:, 0], bounds[:, 1],
        table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy(),
        np.asarray(levels, np.int64),
    )  # fmt: skip


def unflatten(
    flat: FlatDesign, values: NDArray[np.float64], design: ProductDesign
) -> ProductDesign:
    """The design at other coordinates."""
    sizes, ratios = [], []
    for level in range(len(design.sizes)):
        held = flat.level == level
        sizes.append(tuple(float(values[c]) for c in np.unique(flat.size[held])))
        ratios.append(tuple(float(values[c]) for c in np.unique(flat.ratio[held])))
    return ProductDesign(tuple(sizes), tuple(ratios), design.shared)


def as_settings(design: ProductDesign, like: AnchorSettings) -> AnchorSettings:
    """Settings with convention and offset of `like`, and rounded numbers, rising on each level:
    sizes to whole pixels (below 16 px to tenths), ratios to two decimals."""

    def size(log: float) -> float:
        value = float(np.exp(log))
        return float(round(value, 1) if value < 16 else round(value))

    def ratio(log: float) -> float:
        return float(round(np.exp(log), 2))

    return AnchorSettings(
        tuple(tuple(sorted(size(v) for v in level)) for level in design.sizes),
        tuple(tuple(sorted(ratio(v) for v in level)) for level in design.ratios),
        size_factor=1.0,
        offset=like.offset,
        convention=like.convention,
    )


def of_settings(settings: AnchorSettings, shared: bool) -> ProductDesign:
    """The design that settings hold."""
    return ProductDesign(
        tuple(
            tuple(float(np.log(s * settings.size_factor)) for s in sizes)
            for sizes in settings.sizes
        ),
        tuple(tuple(float(np.log(r)) for r in ratios) for ratios in settings.aspect_ratios),
        shared,
    )
