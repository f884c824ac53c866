"""Common ways to choose anchors, written from their papers and sources, to measure ours against.

All look at shapes alone. What they find is laid out as they lay it: free shapes by rising area, as
many on each level (YOLO's way), or the same scales and ratios on every level, times its stride.

Letters: M objects, K shapes, L levels.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans
from scipy.optimize import differential_evolution

from rpn_core.design.kmeans import shape_iou
from rpn_core.design.objects import DesignObjects
from rpn_core.design.placed_iou import placed_iou
from rpn_core.design.placement import Placement, improve
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.shapes import ShapeTable, lay_grids
from rpn_core.settings import AnchorSettings

F = NDArray[np.float64]

FITNESS_FLOOR = 1 / 4  # 1 / anchor_t
GENERATIONS = 1000


# ---- free shapes -----------------------------------------------------------------------------


def yolo_kmeans(wh: F, count: int, seed: int = 0) -> F:
    """k-means of w, h with distance 1 - IoU and means as centres, best of three beginnings.

    Source: Redmon & Farhadi, YOLO9000, 2017, sec. 2.
    """
    random = np.random.default_rng(seed)
    count = min(count, len(wh))
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


def fitness(wh: F, shapes: F) -> float:
    """YOLOv5's: the mean of each object's best match, min(w/aw, aw/w, h/ah, ah/h), where > 1/4."""
    best = np.zeros(len(wh))
    for shape in shapes:
        ratio = wh / shape
        best = np.maximum(best, np.minimum(ratio, 1 / ratio).min(axis=1))
    return float((best * (best > FITNESS_FLOOR)).mean())


def autoanchor(wh: F, count: int, seed: int = 0) -> F:
    """k-means of whitened w, h, then 1000 mutations that stay when the fitness rises.

    Source: ultralytics/yolov5, utils/autoanchor.py, kmean_anchors.
    """
    random = np.random.default_rng(seed)
    kept = wh[(wh >= 2.0).any(axis=1)]
    spread = kept.std(axis=0)
    shapes = np.empty((0, 2))
    if (spread > 0).all():
        shapes = kmeans(kept / spread, count, iter=30, seed=seed)[0] * spread
    if len(shapes) != count:
        shapes = np.sort(random.random(count * 2)).reshape(count, 2) * wh.max()
    shapes = shapes[np.argsort(shapes.prod(axis=1))]
    best = fitness(wh, shapes)
    for _ in range(GENERATIONS):
        mutation = np.ones(shapes.shape)
        while (mutation == 1).all():
            mutation = (
                (random.random(shapes.shape) < 0.9)
                * random.random()
                * random.normal(size=shapes.shape)
                * 0.1
                + 1
            ).clip(0.3, 3.0)
        mutated = (shapes * mutation).clip(min=2.0)
        found = fitness(wh, mutated)
        if found > best:
            shapes, best = mutated, found
    return shapes[np.argsort(shapes.prod(axis=1))]


def on_levels(shapes: F, levels: int) -> ShapeTable:
    """Free shapes by rising area, as many on each level, the smallest on the finest: YOLO's way."""
    level = np.repeat(np.arange(levels), -(-len(shapes) // levels))[: len(shapes)]
    return _table(shapes, level)


# ---- scales x ratios -------------------------------------------------------------------------


def anchor_optimization(
    wh: F, strides: tuple[int, ...], scales: int, objective: str = "avg", *, ratios: int = 3,
    seed: int = 0,
) -> ShapeTable:  # fmt: skip
    """Differential evolution of one ratio r (giving r, 1, 1/r) and some scales for all levels.

    Base sizes are 4 strides as RetinaNet's, bounds, objectives and population those of
    martinzlocha/anchor-optimization, which also compares boxes that share their centre.

    Args:
        ratios: 3, or 1 for the square alone.
    """
    # Objects whose centres lie on a grid point: their IoU is that of the shapes alone.
    centred = Placement(wh.T.astype(np.float32), np.zeros((1, 2, len(wh)), np.float32), False)

    def laid(values: F) -> ShapeTable:
        r = float(values[0])
        return _product(values[1:] * 4, (1.0, r, 1 / r) if ratios == 3 else (1.0,), strides)

    def loss(values: F) -> float:
        shapes = laid(values).wh.astype(np.float64)
        best = np.zeros(len(wh), np.float32)
        improve(centred, np.zeros(len(shapes), np.int64), shapes, best)
        if objective == "avg":
            return float(1 - best.mean())
        return float(np.mean(-((1 - best) ** 2) * np.log(best.clip(1e-9))))

    found = differential_evolution(
        loss, [(1, 4)] + [(0.4, 2)] * scales, mutation=0.5, popsize=15, seed=seed
    )
    return laid(found.x)


def pyodi(wh: F, strides: tuple[int, ...], scales: int, ratios: int, seed: int = 0) -> ShapeTable:
    """k-means of log scale, in strides of the level whose square is most like the object, and of
    log ratio, apart.

    Source: Gradiant/pyodi, train_config_generation.
    """
    base = np.sort(strides).astype(float)
    level = shape_iou(wh, np.stack((base, base), axis=1)).argmax(axis=1)
    log_scale = np.log(np.sqrt(wh.prod(axis=1)) / base[level])
    log_ratio = np.log(wh[:, 1] / wh[:, 0])
    by_scale, by_ratio = (
        np.exp(kmeans(values[:, None], count, iter=10, seed=seed)[0][:, 0])
        for values, count in ((log_scale, scales), (log_ratio, ratios))
    )
    return _product(by_scale, by_ratio, strides)


# ---- all of them -----------------------------------------------------------------------------


def peers(
    objects: DesignObjects, strides: tuple[int, ...], shapes: int, seed: int = 0
) -> Iterator[tuple[str, ShapeTable]]:
    """What each way finds with `shapes` on each level."""
    wh = objects.wh.astype(np.float64)
    free: dict[str, Callable[[F, int, int], F]] = {
        "IoU k-means": yolo_kmeans,
        "autoanchor": autoanchor,
    }
    for name, way in free.items():
        yield name, on_levels(way(wh, shapes * len(strides), seed), len(strides))
    ratios = 3 if shapes % 3 == 0 else 1
    for objective in ("avg", "focal"):
        yield (
            f"anchor-optimization, {objective}",
            anchor_optimization(wh, strides, shapes // ratios, objective, ratios=ratios, seed=seed),
        )
    for count in range(1, shapes + 1):
        if shapes % count == 0:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of clusters that stay empty
                yield f"pyodi, {count} ratios", pyodi(wh, strides, shapes // count, count, seed)


def placed(
    objects: DesignObjects, pyramid: Pyramid, like: AnchorSettings, shapes: ShapeTable
) -> NDArray[np.float32]:
    """Best placed IoU of each object with shapes on the grids of `like`."""
    grids = lay_grids(objects.geometry.padded_hw, pyramid, like)
    return placed_iou(objects.boxes, objects.image, grids, shapes)


def _table(shapes: F, level: NDArray[np.int64]) -> ShapeTable:
    """Shapes (K, 2) of rising level, unrounded."""
    half = shapes / 2
    within = np.concatenate([np.arange(n) for n in np.bincount(level)])
    size_ratio = np.stack((np.sqrt(shapes.prod(axis=1)), shapes[:, 1] / shapes[:, 0]), axis=1)
    return ShapeTable(
        np.concatenate([-half, half], axis=1).astype(np.float32),
        size_ratio.astype(np.float32), level, within,
    )  # fmt: skip


def _product(scales: F, ratios: F | tuple[float, ...], strides: tuple[int, ...]) -> ShapeTable:
    """All pairs on each level: size is the scale times the stride, the ratio h/w."""
    shapes = [
        (stride * scale / np.sqrt(ratio), stride * scale * np.sqrt(ratio))
        for stride in strides
        for scale in scales
        for ratio in ratios
    ]
    level = np.repeat(np.arange(len(strides)), len(scales) * len(ratios))
    return _table(np.asarray(shapes), level)
