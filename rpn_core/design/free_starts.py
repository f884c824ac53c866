"""Where the search for free shapes begins: k-means as others do it, and shape by shape where it
helps most.

Letters: M objects, S shapes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rpn_core.design.fit_shape import try_all
from rpn_core.design.free_design import FreeDesign, by_area, within_limits
from rpn_core.design.kmeans import kmeans_shapes, kmeans_whitened
from rpn_core.design.objective import Objective
from rpn_core.design.placement import improve

ROUNDS = 30  # of k-means: the search goes on from there
CANDIDATES = 24  # objects whose shape is tried for each slot
NEARLY = 0.98  # of the best gain is good enough for a coarser level, whose anchors are fewer


def free_starts(
    objective: Objective,
    strides: tuple[int, ...],
    shapes: int,
    per_level: int | None,
    seed: int,
) -> Iterator[FreeDesign]:
    """Several, each with `shapes` in all, or fewer where there are fewer different objects.

    Args:
        per_level: that many on each level; None where each may have as many as it likes.
    """
    wh = objective.placement.wh.T.astype(np.float64)
    nothing = FreeDesign(np.empty(0, np.int64), np.empty((0, 2)))
    # Of the same shapes or of their logarithm: what is far apart in pixels, or in proportion.
    for found in (
        kmeans_shapes(wh, shapes, seed, rounds=ROUNDS),
        kmeans_whitened(wh, shapes, seed, rounds=ROUNDS),
        np.exp(kmeans_whitened(np.log(wh), shapes, seed, rounds=ROUNDS)),
    ):
        yield filled(objective, by_area(found, strides), strides, shapes, per_level, seed)
    yield filled(objective, nothing, strides, shapes, per_level, seed)


def filled(
    objective: Objective,
    design: FreeDesign,
    strides: tuple[int, ...],
    shapes: int,
    per_level: int | None,
    seed: int,
) -> FreeDesign:
    """Add shapes one after another, each where it covers most, of those of badly met objects."""
    random = np.random.default_rng(seed)
    placement = objective.placement
    wh = placement.wh.T.astype(np.float64)
    level, log_wh = list(design.level), list(design.log_wh)
    best = np.zeros(len(wh), np.float32)
    improve(placement, design.level, design.wh, best)
    coarse_first = np.argsort(-np.asarray(strides), kind="stable")
    while len(level) < shapes:
        room = [n for n in coarse_first if per_level is None or level.count(n) < per_level]
        missed = 1 - best.astype(np.float64) + 1e-9
        drawn = random.choice(len(wh), min(CANDIDATES, len(wh)), p=missed / missed.sum())
        candidates = within_limits(np.log(wh[drawn]))
        tried = np.tile(candidates, (len(room), 1))
        worth = try_all(
            placement, objective.count, np.repeat(room, len(candidates)), tried, best
        ).reshape(len(room), -1)
        objective.tried(worth.size)
        gain = worth.max(axis=1) - objective.worth(best)
        chosen = int(np.flatnonzero(gain >= NEARLY * gain.max())[0]) if gain.max() > 0 else 0
        level.append(room[chosen])
        log_wh.append(candidates[worth[chosen].argmax()])
        improve(placement, np.asarray(level[-1:]), np.exp(log_wh[-1])[None], best)
    return FreeDesign(np.asarray(level, np.int64), np.asarray(log_wh).reshape(-1, 2))


def coarsened(
    objective: Objective, design: FreeDesign, strides: tuple[int, ...], least: float
) -> FreeDesign:
    """Take each shape to the coarsest level on which the design is worth `least` all the same: its
    anchors are fewer there.
    """
    level = design.level.copy()
    best = np.zeros(len(objective.placement), np.float32)
    for s in np.argsort(-design.log_wh.sum(axis=1), kind="stable").tolist():
        others = np.arange(len(level)) != s
        best[:] = 0
        improve(objective.placement, level[others], design.wh[others], best)
        for n in np.argsort(-np.asarray(strides), kind="stable").tolist():
            if strides[n] <= strides[level[s]]:
                break
            worth = try_all(
                objective.placement,
                objective.count,
                np.asarray([n]),
                design.log_wh[s : s + 1],
                best,
            )
            objective.tried(1)
            if worth[0] >= least:
                level[s] = n
                break
    return FreeDesign(level, design.log_wh)
