"""How well anchors can meet the objects of a data set, before any network moves them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpn_core.counts import count_levels
from rpn_core.design.grid_anchors import grid_anchors
from rpn_core.design.objects import DesignObjects
from rpn_core.design.placed_iou import best_placed, best_shapes
from rpn_core.design.positives import ObjectCounts, count_positives
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.shapes import ShapeTable, lay_grids, shape_table
from rpn_core.errors import UserError
from rpn_core.progress import Progress, no_progress
from rpn_core.settings import AnchorSettings

CHUNK = 20_000  # objects between two reports of progress: some 50 ms


@dataclass(frozen=True, eq=False, slots=True)
class Coverage:
    """What one anchor design offers each of M objects.

    Attributes:
        shape_iou: (M,) float32, best IoU with any shape when both share their centre.
        shape: (M,) int64, that shape's row in `table`; -1 when there are no anchors.
        placed_iou: (M,) float32, best IoU with any anchor on the grids of the object's own image:
            the maximum of `pairwise_iou` over all of them.
        placed: (M,) int64, the row in `table` of the anchor that reaches it; -1 when none
            overlaps the object.
        positives: (M,) int64, anchors with IoU >= fg_iou_thresh whose best object it is.
        low_quality: (M,) int64, anchors that only the low-quality rule makes positives of it.
        alone: (M,) bool, whether the two counts leave out rivals: in an image of more than
            `positives.MOST_RIVALS` objects, or where nearly every anchor ties (then
            `low_quality` is 1, for at least one).
        fg_iou_thresh: the threshold for both.
        table: the shapes.
        anchors: the settings.
        pyramid: the levels.
    """

    shape_iou: NDArray[np.float32]
    shape: NDArray[np.int64]
    placed_iou: NDArray[np.float32]
    placed: NDArray[np.int64]
    positives: NDArray[np.int64]
    low_quality: NDArray[np.int64]
    alone: NDArray[np.bool_]
    fg_iou_thresh: float
    table: ShapeTable
    anchors: AnchorSettings
    pyramid: Pyramid

    def __len__(self) -> int:
        return len(self.placed_iou)

    @property
    def level(self) -> NDArray[np.int64]:
        """(M,) level of the best placed anchor, -1 where there is none."""
        if not len(self.table):
            return np.full(len(self), -1)
        return np.where(self.placed < 0, -1, self.table.level[self.placed])

    @property
    def positives_in_all(self) -> NDArray[np.int64]:
        """(M,) positives with the low-quality rule."""
        total: NDArray[np.int64] = self.positives + self.low_quality
        return total

    def recall(self, iou_thresh: float) -> float:
        """Best possible recall: the share of objects that some anchor meets at this IoU."""
        if not len(self):
            return float("nan")
        return float((self.placed_iou >= np.float32(iou_thresh)).mean())

    @property
    def mean_iou(self) -> float:
        """Mean of the best placed IoU; NaN without objects."""
        return float(self.placed_iou.mean(dtype=np.float64)) if len(self) else float("nan")

    def worst(self, count: int) -> NDArray[np.int64]:
        """The objects with the lowest placed IoU, worst first; ties by their order."""
        return np.argsort(self.placed_iou, kind="stable")[:count]


def coverage(
    objects: DesignObjects,
    pyramid: Pyramid,
    anchors: AnchorSettings,
    *,
    fg_iou_thresh: float = 0.7,
    progress: Progress = no_progress,
) -> Coverage:
    """Measure what the anchors offer every object.

    Exact: the counts are those of `targets.matching.match_anchors` on all anchors of each image
    against all of its objects (tests/property), low-quality ties and objects that compete for an
    anchor included; of equal IoU the first object has the anchor. Two exceptions: an object that
    no anchor overlaps counts no positive, where the literal rule would hand it every anchor that
    overlaps nothing; and those marked `alone`.

    Args:
        objects: of the data set, in pixels of the network input.
        pyramid: one level for each level of the settings.
        progress: is told how far it has come, 0 to 1.
    Raises:
        UserError: settings and pyramid differ in the number of levels, or the threshold is
            outside 0 to 1.
    """
    check_levels(pyramid, anchors)
    if not 0 < fg_iou_thresh <= 1:
        raise UserError(
            "fg_iou_thresh is {fg_iou_thresh}, but it must be above 0 and at most 1.",
            fg_iou_thresh=fg_iou_thresh,
        )
    table = shape_table(anchors)
    grids = lay_grids(objects.geometry.padded_hw, pyramid, anchors)
    count = len(objects)
    shape_iou, placed_iou = np.zeros(count, np.float32), np.zeros(count, np.float32)
    shape, placed = np.full(count, -1), np.full(count, -1)
    positives, low_quality = np.zeros(count, np.int64), np.zeros(count, np.int64)
    alone = np.zeros(count, bool)
    on_grids, thresh = grid_anchors(grids, table), np.float32(fg_iou_thresh)
    for first, end in _whole_images(objects.image, CHUNK):
        part = slice(first, end)
        boxes, image = objects.boxes[part], objects.image[part]
        found = ObjectCounts(
            placed_iou[part], placed[part], positives[part], low_quality[part], alone[part]
        )
        best_shapes(boxes, table.boxes, shape_iou[part], shape[part])
        best_placed(boxes, image, on_grids, found.best, found.which)
        count_positives(boxes, image, on_grids, thresh, found)
        progress(end / count)
    return Coverage(
        shape_iou, shape, placed_iou, placed, positives, low_quality, alone, fg_iou_thresh, table,
        anchors, pyramid,
    )  # fmt: skip


def check_levels(pyramid: Pyramid, anchors: AnchorSettings) -> None:
    """Raises UserError when the two differ in the number of levels."""
    if len(anchors.sizes) != len(pyramid.strides):
        raise UserError(
            "The anchors have sizes for {levels}, but there are strides for {strides}: give one "
            "list of sizes and ratios per stride.",
            levels=count_levels(len(anchors.sizes)),
            strides=len(pyramid.strides),
        )


def _whole_images(image: NDArray[np.int64], at_least: int) -> list[tuple[int, int]]:
    """Cut M objects where an image ends, into pieces of about `at_least`."""
    count = len(image)
    if not count:
        return []
    starts = np.flatnonzero(np.diff(image, prepend=image[0] - 1))
    picked = starts[np.unique(np.searchsorted(starts, np.arange(0, count, at_least)).clip(
        max=len(starts) - 1))]  # fmt: skip
    edges = [*dict.fromkeys([0, *picked.tolist()]), count]
    return list(itertools.pairwise(edges))
