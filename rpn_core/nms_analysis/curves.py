"""What the NMS threshold does to boxes and objects: kept boxes, duplicates and recall against it.

Letters: M candidates, G objects, T = 101 thresholds 0.00, 0.01 ... 1.00.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from rpn_core.geometry.boxes import pairwise_iou
from rpn_core.nms_analysis.survival import OverlapGraph, survives_each


@dataclass(frozen=True, eq=False, slots=True)
class ThresholdCurves:
    """Greedy NMS at each of T thresholds.

    Attributes:
        survivors: (T,) int64, boxes that NMS leaves.
        kept: (T,) int64, of these the best `post_nms_top_n`.
        covered: (G,) bool, objects that some candidate overlaps with IoU >= object_iou.
        found: (T, G) bool, objects that some kept box overlaps so.
        duplicates: (T, G) int64, kept boxes beyond the first on each object; a box counts for
            the one object that it overlaps most, if with IoU >= object_iou.
        object_iou: the IoU from which on a box counts as on an object.
    """

    survivors: NDArray[np.int64]
    kept: NDArray[np.int64]
    covered: NDArray[np.bool_]
    found: NDArray[np.bool_]
    duplicates: NDArray[np.int64]
    object_iou: float

    @property
    def recall(self) -> NDArray[np.float64]:
        """(T,) share of the G objects that are found; NaN without objects."""
        if self.found.shape[1] == 0:
            return np.full(len(self.found), np.nan)
        share: NDArray[np.float64] = self.found.mean(1)
        return share

    def lost(self, percent: int) -> tuple[int, ...]:
        """Objects that a candidate overlapped, and no kept box does at this threshold."""
        return tuple(np.flatnonzero(self.covered & ~self.found[percent]).tolist())

    def found_from_to(self, object_: int) -> tuple[tuple[float, float], ...]:
        """The runs of thresholds (first and last, both inclusive) at which an object is found."""
        return runs(self.found[:, object_])


def threshold_curves(
    boxes: Tensor,
    graph: OverlapGraph,
    masks: NDArray[np.uint64],
    post_nms_top_n: int,
    objects: Tensor,
    object_iou: float = 0.5,
) -> ThresholdCurves:
    """Count boxes and objects at every threshold.

    Args:
        boxes: (M, 4) float32 xyxy, the boxes of `graph` in the order of its input.
        masks: `survival_masks` of the graph.
        post_nms_top_n: the best survivors that are kept.
        objects: (G, 4) float32 xyxy, ground truth in the frame of the boxes; may be empty.
        object_iou: from 0 (exclusive) to 1.
    """
    alive = survives_each(masks)
    # int32: a cumulative sum of bool would be int64 and four times as much memory to walk
    kept = alive & (np.cumsum(alive, axis=0, dtype=np.int32) <= post_nms_top_n)
    iou = pairwise_iou(boxes[graph.order], objects.to(boxes.dtype)).numpy()
    on_object = iou >= object_iou
    own = np.zeros_like(on_object)
    if iou.size:
        rows = np.arange(len(iou))
        best = iou.argmax(1)
        own[rows, best] = on_object[rows, best]
    # matmul of float32 uses BLAS; counts up to 2^24 are exact
    by_threshold = kept.T.astype(np.float32)
    found = by_threshold @ on_object.astype(np.float32) > 0
    count = (by_threshold @ own.astype(np.float32)).astype(np.int64)
    return ThresholdCurves(
        alive.sum(0),
        kept.sum(0),
        np.asarray(on_object.any(0)),
        found,
        np.maximum(count - 1, 0),
        object_iou,
    )


def runs(flags: NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
    """First and last threshold of every run of True among T flags.

    >>> runs(np.array([False] * 34 + [True] * 20 + [False] * 47))
    ((0.34, 0.53),)
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return tuple(
        (int(first) / 100, (int(after) - 1) / 100)
        for first, after in zip(edges[::2], edges[1::2], strict=True)
    )
