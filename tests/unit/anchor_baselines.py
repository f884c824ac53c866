"""Two common ways to choose anchors, to measure ours against.

Both look at shapes alone. Each returns free shapes or a design for the same levels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import differential_evolution

from rpn_core.design.kmeans import shape_iou
from rpn_core.design.objects import DesignObjects
from rpn_core.design.placed_iou import placed_iou
from rpn_core.design.placement import Placement, improve
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.shapes import ShapeTable, lay_grids, shape_table
from rpn_core.settings import AnchorSettings


def yolo_kmeans(wh: NDArray[np.float64], count: int, seed: int = 0) -> NDArray[np.float64]:
    """k-means of w, h with distance 1 - IoU and means as centres, best of three beginnings.

    Source: Redmon & Farhadi, YOLO9000, 2017, sec. 2.
    """
    random = np.random.default_rng(seed)
    best, best_iou = wh[:count], -1.0
    for _ in range(3):
        shapes = wh[random.choice(len(wh), count, replace=False)].astype(float)
        for _ in range(100):
            nearest = shape_iou(wh, shapes).argmax(axis=1)
            moved = np.array(
                [
                    wh[nearest == k].mean(axis=0) if (nearest == k).any() else shapes[k]
                    for k in range(count)
                ]
            )
            if np.allclose(moved, shapes):
                break
            shapes = moved
        mean = shape_iou(wh, shapes).max(axis=1).mean()
        if mean > best_iou:
            best, best_iou = shapes, mean
    return best[np.argsort(best.prod(axis=1))]


def on_levels(shapes: NDArray[np.float64], levels: int) -> ShapeTable:
    """Free shapes by rising area, as many on each level, the smallest on the finest: YOLO's way."""
    half = shapes / 2
    per_level = len(shapes) // levels
    return ShapeTable(
        np.concatenate([-half, half], axis=1).astype(np.float32),
        shapes.astype(np.float32),
        np.repeat(np.arange(levels), per_level),
        np.tile(np.arange(per_level), levels),
    )


def retinanet_evolution(
    wh: NDArray[np.float64],
    strides: tuple[int, ...],
    scales: int,
    objective: str,
    like: AnchorSettings,
    seed: int = 0,
) -> AnchorSettings:
    """Differential evolution of one ratio r (giving r, 1, 1/r) and some scales for all levels.

    Base sizes are 4 strides as RetinaNet's, bounds, objectives and population those of
    martinzlocha/anchor-optimization, which also compares boxes that share their centre.
    """

    # Objects whose centres lie on a grid point: their IoU is that of the shapes alone.
    centred = Placement(wh.T.astype(np.float32), np.zeros((1, 2, len(wh)), np.float32), False)

    def settings(values: NDArray[np.float64]) -> AnchorSettings:
        ratios = (1.0, float(values[0]), float(1 / values[0]))
        sizes = tuple(
            tuple(float(np.clip(4 * stride * s, 2, 2048)) for s in values[1:]) for stride in strides
        )
        return AnchorSettings(sizes, (ratios,) * len(strides), 1.0, like.offset, like.convention)

    def loss(values: NDArray[np.float64]) -> float:
        shapes = shape_table(settings(values)).wh.astype(np.float64)
        best = np.zeros(len(wh), np.float32)
        improve(centred, np.zeros(len(shapes), np.int64), shapes, best)
        if objective == "avg":
            return float(1 - best.mean())
        return float(np.mean(-((1 - best) ** 2) * np.log(best)))

    found = differential_evolution(
        loss, [(1, 4)] + [(0.4, 2)] * scales, mutation=0.5, popsize=15, seed=seed
    )
    return settings(found.x)


def placed(
    objects: DesignObjects, pyramid: Pyramid, like: AnchorSettings, shapes: ShapeTable
) -> NDArray[np.float32]:
    """Best placed IoU of each object with shapes on the grids of `like`."""
    grids = lay_grids(objects.geometry.padded_hw, pyramid, like)
    return placed_iou(objects.boxes, objects.image, grids, shapes)
