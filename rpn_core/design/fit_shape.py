"""Compiled: move one shape, while all others stay, until it meets the objects best.

Letters: K candidates, S shapes, M objects.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpn_core.design.objective import Count, counted, total
from rpn_core.design.placement import Placement, met
from rpn_core.geometry.compiled import compiled, inlined

F = NDArray[np.float32]

# Width and height alone, both (the size), and one against the other (the ratio).
_WAYS = np.array([[1, 1], [-1, -1], [1, -1], [-1, 1], [1, 0], [-1, 0], [0, 1], [0, -1]], np.float64)


@inlined
def _trial(
    wh: F, away: F, rest: F, log_w: Any, log_h: Any, rounded: Any, by_sides: Any, count: Any,
    values: F,
) -> Any:  # fmt: skip
    """Sum of what the objects count with this shape beside what they have."""
    aw, ah = np.exp(log_w), np.exp(log_h)
    if rounded:
        aw, ah = 2 * np.rint(aw / 2), 2 * np.rint(ah / 2)
    w, h = np.float32(aw), np.float32(ah)
    for m in range(wh.shape[1]):
        found = met(wh[0, m], wh[1, m], away[0, m], away[1, m], w, h, by_sides)
        values[m] = counted(found if found > rest[m] else rest[m], count)
    return total(values)


@inlined
def _allowed(log_w: Any, log_h: Any, limits: Any) -> Any:
    size, ratio = (log_w + log_h) / 2, log_h - log_w
    return limits[0] <= size <= limits[1] and limits[2] <= ratio <= limits[3]


@compiled(nogil=True)  # type: ignore[untyped-decorator]
def _fit(
    wh: F, away: F, rest: F, shape: NDArray[np.float64], step: float, last: float,
    limits: NDArray[np.float64], rounded: bool, by_sides: bool, count: Count,
) -> Any:  # fmt: skip
    values = np.empty(wh.shape[1], np.float32)
    reached = _trial(wh, away, rest, shape[0], shape[1], rounded, by_sides, count, values)
    trials = 1
    while step > last:
        best, way = reached, -1
        for k in range(_WAYS.shape[0]):
            log_w, log_h = shape[0] + step * _WAYS[k, 0], shape[1] + step * _WAYS[k, 1]
            if _allowed(log_w, log_h, limits):
                found = _trial(wh, away, rest, log_w, log_h, rounded, by_sides, count, values)
                trials += 1
                if found > best:
                    best, way = found, k
        if way < 0:
            step /= 2
        else:
            shape[0] += step * _WAYS[way, 0]
            shape[1] += step * _WAYS[way, 1]
            reached = best
    return reached / max(wh.shape[1], 1), trials


@compiled(nogil=True)  # type: ignore[untyped-decorator]
def _try_all(
    wh: F, away: F, rest: F, level: NDArray[np.int64], shapes: NDArray[np.float64], rounded: bool,
    by_sides: bool, count: Count, found: NDArray[np.float64],
) -> None:  # fmt: skip
    values = np.empty(wh.shape[1], np.float32)
    for k in range(len(level)):
        found[k] = _trial(
            wh, away[level[k]], rest, shapes[k, 0], shapes[k, 1], rounded, by_sides, count, values
        ) / max(wh.shape[1], 1)


@compiled(nogil=True)  # type: ignore[untyped-decorator]
def losses(found: F, count: Count, lost: NDArray[np.float64]) -> None:
    """What the objects count less without each shape: (S, M) how well each meets them -> (S,)."""
    lost[:] = 0.0
    for m in range(found.shape[1]):
        first, second, owner = np.float32(0.0), np.float32(0.0), 0
        for s in range(found.shape[0]):
            if found[s, m] > first:
                second, first, owner = first, found[s, m], s
            elif found[s, m] > second:
                second = found[s, m]
        lost[owner] += counted(first, count) - counted(second, count)


def fit_shape(
    placement: Placement, count: Count, level: int, log_wh: NDArray[np.float64], rest: F,
    step: float, last: float, limits: NDArray[np.float64],
) -> tuple[NDArray[np.float64], float, int]:  # fmt: skip
    """Move a shape in size, ratio, width and height by `step`, halved whenever none of them helps.

    Args:
        log_wh: (2,) log of width and height, where to begin.
        rest: (M,) how well each object is met by the other shapes.
        step, last: in log; no step below `last` is tried.
        limits: (4,) least and most log size, least and most log ratio.
    Returns:
        where it ends, what the design is worth with it, and the number of trials.
    """
    shape = log_wh.copy()
    reached, trials = _fit(
        placement.wh, placement.away[level], rest, shape, step, last, limits, placement.rounded,
        placement.by_sides, count,
    )  # fmt: skip
    return shape, float(reached), int(trials)


def try_all(
    placement: Placement, count: Count, level: NDArray[np.int64], log_wh: NDArray[np.float64],
    rest: F,
) -> NDArray[np.float64]:  # fmt: skip
    """(K,) what the design is worth with each of some shapes, (K, 2) log width and height on
    levels (K,), beside what the objects have."""
    found = np.empty(len(level))
    _try_all(
        placement.wh, placement.away, rest, level, log_wh, placement.rounded, placement.by_sides,
        count, found,
    )  # fmt: skip
    return found
