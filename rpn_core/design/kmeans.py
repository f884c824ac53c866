"""k-means of box shapes: with IoU as distance, as YOLO chose its anchors, or with that of whitened
sides, as YOLOv5 begins.

Letters: M objects, K shapes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROUNDS = 300
_BLOCK = 20_000


def shape_iou(wh: NDArray[np.float64], shapes: NDArray[np.float64]) -> NDArray[np.float64]:
    """IoU of boxes that share their centre: (M, 2), (K, 2) -> (M, K).

    >>> shape_iou(np.array([[2.0, 2.0]]), np.array([[2.0, 1.0], [4.0, 4.0]])).tolist()
    [[0.5, 0.25]]
    """
    inter = np.minimum(wh[:, None], shapes[None]).prod(axis=2)
    union = wh.prod(axis=1)[:, None] + shapes.prod(axis=1)[None] - inter
    found: NDArray[np.float64] = inter / union
    return found


def kmeans_shapes(
    wh: NDArray[np.float64], count: int, seed: int = 0, *, rounds: int = ROUNDS
) -> NDArray[np.float64]:
    """Cluster box shapes: each belongs to the shape of highest IoU, which moves to their median.

    The median of width and of height, not the mean: a few huge boxes would draw a mean away from
    the many, while 1 - IoU hardly minds how far beyond the rest they are.

    Args:
        wh: (M, 2) width and height, any one unit; M at least 1.
        count: K; fewer come back when there are fewer different boxes.
        seed: of the first choice of shapes, which are boxes drawn as k-means++ draws, far from
            those before.
    Returns:
        (K, 2) by rising area.
    Source: Redmon & Farhadi, YOLO9000, 2017, sec. 2 (distance 1 - IoU).
    """
    random = np.random.default_rng(seed)
    shapes = wh[random.integers(len(wh))][None].astype(np.float64)
    distance = np.full(len(wh), np.inf)
    while len(shapes) < count:
        distance = np.minimum(distance, 1 - shape_iou(wh, shapes[-1:])[:, 0])
        weight = np.maximum(distance, 0) ** 2
        if weight.sum() <= 1e-12:
            break
        shapes = np.vstack([shapes, wh[random.choice(len(wh), p=weight / weight.sum())]])
    nearest = np.full(len(wh), -1)
    for _ in range(rounds):
        found = _nearest(wh, shapes)
        if np.array_equal(found, nearest):
            break
        nearest = found
        for k in range(len(shapes)):
            held = nearest == k
            if held.any():
                shapes[k] = np.median(wh[held], axis=0)
    ordered: NDArray[np.float64] = shapes[np.argsort(shapes.prod(axis=1), kind="stable")]
    return ordered


def kmeans_whitened(
    points: NDArray[np.float64], count: int, seed: int = 0, *, rounds: int = ROUNDS
) -> NDArray[np.float64]:
    """Lloyd's k-means of points whose coordinates count in their standard deviation.

    Args:
        points: (M, 2), such as width and height or their logarithm; M at least 1.
        count: K; fewer come back when there are fewer different points.
    Returns:
        (K, 2) means.
    Source: ultralytics/yolov5, utils/autoanchor.py, which then lets them mutate.
    """
    different = np.unique(points, axis=0)
    drawn = np.random.default_rng(seed).choice(
        len(different), min(count, len(different)), replace=False
    )
    spread = points.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    white, means = points / scale, different[drawn] / scale
    nearest = np.full(len(points), -1)
    for _ in range(rounds):
        found = np.concatenate([
            ((white[first : first + _BLOCK, None] - means[None]) ** 2).sum(axis=2).argmin(axis=1)
            for first in range(0, len(white), _BLOCK)
        ])  # fmt: skip
        if np.array_equal(found, nearest):
            break
        nearest = found
        for k in range(len(means)):
            held = nearest == k
            if held.any():
                means[k] = white[held].mean(axis=0)
    unscaled: NDArray[np.float64] = means * scale
    return unscaled


def _nearest(wh: NDArray[np.float64], shapes: NDArray[np.float64]) -> NDArray[np.int64]:
    # In blocks: a million boxes against a hundred shapes would be a gigabyte.
    parts = [
        shape_iou(wh[first : first + _BLOCK], shapes).argmax(axis=1)
        for first in range(0, len(wh), _BLOCK)
    ]
    return np.concatenate(parts)
