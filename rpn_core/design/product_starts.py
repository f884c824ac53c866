"""Where the search for anchors begins: size by size where it helps most, and k-means.

Letters: L levels, k sizes and m ratios a level.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rpn_core.design.kmeans import kmeans_shapes
from rpn_core.design.objective import Objective
from rpn_core.design.product_design import ProductDesign
from rpn_core.settings import MAX_VALUES_PER_LEVEL, number_of

CANDIDATES = 16  # sizes tried for each slot, evenly in log over those that occur
NEARLY = 0.98  # of the best gain is good enough for a coarser level, whose anchors are fewer

F = NDArray[np.float64]


def usual_ratios(wh: F, count: int) -> tuple[float, ...]:
    """log h/w of `count` quantiles of the boxes, so that each stands for as many of them.

    >>> usual_ratios(np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 4.0]]), 1) == (np.log(2),)
    True
    """
    control = number_of("anchors.aspect_ratios")
    at = np.quantile(np.log(wh[:, 1] / wh[:, 0]), (np.arange(count) + 0.5) / count)
    return tuple(float(v) for v in at.clip(np.log(control.low), np.log(control.high)))


def greedy_start(
    objective: Objective,
    strides: tuple[int, ...],
    slots: int,
    per_level: int | None,
    ratios: int,
    shared: bool,
) -> ProductDesign:
    """Add one size after another, each where it covers most.

    Args:
        slots: sizes to add in all.
        per_level: at most so many on one level; None for as many as settings can hold.
        ratios: m, the same on every level.
    """
    wh = objective.placement.wh.T.astype(np.float64)
    chosen = usual_ratios(wh, ratios)
    halves = np.asarray(chosen) / 2
    log_size = np.log(wh.prod(axis=1)) / 2
    low, high = np.quantile(log_size, (0.01, 0.99))
    most = MAX_VALUES_PER_LEVEL if per_level is None else per_level
    sizes: list[list[float]] = [[] for _ in strides]
    control = number_of("anchors.sizes")
    a, b = (float(np.clip(edge, np.log(control.low), np.log(control.high))) for edge in (low, high))
    rest, out = np.zeros(len(wh), np.float32), np.empty(len(wh), np.float32)
    nothing = np.empty(0, np.int64)
    worth = objective.with_shapes(nothing, np.empty((0, 2)), rest, out)

    def shapes(size: float) -> F:
        return np.exp(np.stack((size - halves, size + halves), axis=1))

    for _ in range(slots):
        tried: list[tuple[float, int, float]] = []
        for level, own in enumerate(sizes):
            if len(own) >= most:
                continue
            # A half step in, so that equal limits give one candidate between and not two alike.
            for part in (np.arange(CANDIDATES) + 0.5) / CANDIDATES:
                size = a + part * (b - a)
                gain = (
                    objective.with_shapes(np.full(ratios, level), shapes(size), rest, out) - worth
                )
                tried.append((gain, level, size))
        if not tried:
            break
        best = max(tried)[0]
        # The coarsest level that does nearly as well, and on it the best size.
        level = max(t[1] for t in tried if t[0] >= NEARLY * best)
        gain, _, size = max(t for t in tried if t[1] == level)
        objective.with_shapes(np.full(ratios, level), shapes(size), rest, out)
        rest, out = out, rest
        worth += gain
        sizes[level].append(size)
    return ProductDesign(
        tuple(tuple(sorted(own)) for own in sizes),
        tuple(chosen if own else () for own in sizes),
        shared,
    )


def kmeans_start(
    wh: F, strides: tuple[int, ...], per_level: int, ratios: int, shared: bool, seed: int
) -> ProductDesign:
    """k-means of all shapes, split evenly over the levels by area, then made a product.

    Args:
        per_level: k sizes on every level, with m = `ratios` ratios.
    """
    found = kmeans_shapes(wh, per_level * ratios * len(strides), seed)
    by_area = np.array_split(found, len(strides))
    order = np.argsort(strides, kind="stable")
    sizes: list[tuple[float, ...]] = [()] * len(strides)
    own_ratios: list[tuple[float, ...]] = [()] * len(strides)
    for part, level in zip(by_area, order, strict=True):
        here = part if len(part) else found
        log_size = np.log(here.prod(axis=1)) / 2
        at = np.quantile(log_size, (np.arange(per_level) + 0.5) / per_level)
        sizes[level] = tuple(float(v) for v in at)
        own_ratios[level] = usual_ratios(wh if shared else here, ratios)
    return ProductDesign(tuple(sizes), tuple(own_ratios), shared)
