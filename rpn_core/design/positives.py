"""How many anchors learn from each object, by the rule of `targets.match_rule`, without laying all.

Letters: M objects, S shapes, K anchors near an object.

For each object only the few cells are looked at whose anchors can reach the foreground threshold
with it, or its best IoU if that is lower; and each such anchor is held only against those objects
of the image that lie near.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rpn_core.design.grid_anchors import (
    F,
    GridAnchors,
    I,
    anchor_at,
    cells_in,
    point,
    row_of,
    window,
)
from rpn_core.geometry.compiled import compiled
from rpn_core.geometry.scalar_iou import area_of, scalar_iou
from rpn_core.targets.match_rule import is_best_of, is_low_quality, is_positive, outranks

# An image with more objects, and an object whose tied anchors times the objects of its image are
# more, are judged by less than all rivals: else a broken data set would take hours.
MOST_RIVALS = 2000
MOST_COMPARISONS = 500_000

_compiled = compiled(nogil=True, error_model="numpy")


class ObjectCounts(NamedTuple):
    """What becomes known of each of M objects; every array is (M,).

    Attributes:
        best, which: highest IoU and its shape, as `best_placed` found them. They are refined on
            the way: where anchors tie but for rounding, the float32 maximum over all of them is
            what the low-quality rule takes.
        positives: anchors with IoU >= the threshold whose best object it is.
        low_quality: anchors below the threshold that are positive for it because no anchor
            overlaps some object more.
        alone: whether it was judged without its rivals (MOST_RIVALS), or has so many tied anchors
            that they were not looked at (MOST_COMPARISONS; they then count 1 to `low_quality`, for
            at least one).
    """

    best: F
    which: I
    positives: I
    low_quality: I
    alone: NDArray[np.bool_]


@_compiled  # type: ignore[untyped-decorator]
def count_positives(
    boxes: F, image: I, anchors: GridAnchors, thresh: Any, found: ObjectCounts
) -> None:
    """Count the anchors whose target is each object.

    An object that no anchor overlaps has no low-quality match here (the literal rule would make
    every anchor that overlaps nothing a positive).

    Args:
        boxes: (M, 4) float32 xyxy, pixels of the network input: of whole images, one after another.
        image: (M,) the image of each.
        thresh: float32, foreground IoU.
        found: `best` and `which` of `best_placed`; the counts are filled.
    """
    least = _shortest_side(anchors.shapes)
    found.positives[:], found.low_quality[:], found.alone[:] = 0, 0, False
    start = 0
    while start < boxes.shape[0]:
        stop = start
        while stop < boxes.shape[0] and image[stop] == image[start]:
            stop += 1
        for m in range(start, stop):
            if found.best[m] > 0:
                _count(boxes, image[m], start, stop, m, anchors, thresh, least, found)
        start = stop


@_compiled  # type: ignore[untyped-decorator]
def _count(
    boxes: F, n: int, start: int, stop: int, m: int, anchors: GridAnchors, thresh: Any,
    least: float, found: ObjectCounts,
) -> None:  # fmt: skip
    """Count the positives of object m of the image that has the objects start to stop."""
    crowded = stop - start > MOST_RIVALS
    found.alone[m] = crowded
    box = row_of(boxes, m)
    floor = min(np.float64(thresh), np.float64(found.best[m])) * (1 - _slack(box, least))
    cells = _count_cells(box, n, anchors, floor)
    if found.best[m] < thresh and cells * (1 if crowded else stop - start) > MOST_COMPARISONS:
        found.low_quality[m] += 1
        found.alone[m] = True
        return
    rivals = _rivals(boxes, start, start if crowded else stop, m, floor)
    near, iou, shape = _anchors_near(box, n, anchors, floor, cells)
    for k in range(len(iou)):
        if iou[k] > found.best[m]:
            found.best[m], found.which[m] = iou[k], shape[k]
    for k in range(len(iou)):
        if is_positive(iou[k], thresh):
            if _learns(row_of(near, k), iou[k], m, boxes, rivals):
                found.positives[m] += 1
        elif is_best_of(iou[k], found.best[m]):
            _take_low_quality(row_of(near, k), iou[k], m, boxes, rivals, thresh, found)


@_compiled  # type: ignore[untyped-decorator]
def _learns(anchor: Any, iou: Any, m: int, boxes: F, rivals: I) -> bool:
    """Whether m is the object that an anchor overlaps most."""
    area = area_of(anchor)
    for k in rivals:
        rival = row_of(boxes, k)
        if outranks(scalar_iou(rival, area_of(rival), anchor, area), k, iou, m):
            return False
    return True


@_compiled  # type: ignore[untyped-decorator]
def _take_low_quality(
    anchor: Any, iou: Any, m: int, boxes: F, rivals: I, thresh: Any, found: ObjectCounts
) -> None:
    """Count an anchor that is m's best: for the object that it overlaps most, and only once."""
    area = area_of(anchor)
    best_iou, best_object = iou, m
    for k in rivals:
        rival = row_of(boxes, k)
        other = scalar_iou(rival, area_of(rival), anchor, area)
        if k < m and found.best[k] > 0 and is_best_of(other, found.best[k]) and not found.alone[k]:
            return  # counted when it was k's turn
        if outranks(other, k, best_iou, best_object):
            best_iou, best_object = other, k
    if is_low_quality(best_iou, True, thresh):
        found.low_quality[best_object] += 1


@_compiled  # type: ignore[untyped-decorator]
def _anchors_near(box: Any, n: int, anchors: GridAnchors, floor: float, cells: int) -> Any:
    """The anchors with IoU >= floor, at most `cells`: (K, 4) boxes, (K,) IoU, (K,) shapes."""
    near = np.empty((cells, 4), np.float32)
    iou, shape = np.empty(cells, np.float32), np.empty(cells, np.int64)
    area, offset, count = area_of(box), anchors.offset, 0
    for s in range(anchors.shapes.shape[0]):
        cells_hw, strides = anchors.cells[n, anchors.level[s]], anchors.strides[n, anchors.level[s]]
        spans = window(box, anchors.shapes[s], cells_hw, strides, offset, floor)
        for row in range(spans.top, spans.bottom + 1):
            y = point(row, strides[0], offset)
            for column in range(spans.left, spans.right + 1):
                x = point(column, strides[1], offset)
                anchor = anchor_at(anchors.shapes[s], x, y)
                reached = scalar_iou(box, area, anchor, area_of(anchor))
                if reached >= floor:
                    near[count, 0], near[count, 1], near[count, 2], near[count, 3] = anchor
                    iou[count], shape[count] = reached, s
                    count += 1
    return near[:count], iou[:count], shape[:count]


@_compiled  # type: ignore[untyped-decorator]
def _count_cells(box: Any, n: int, anchors: GridAnchors, floor: float) -> int:
    """How many anchors lie where IoU >= floor is possible."""
    cells = 0
    for s in range(anchors.shapes.shape[0]):
        level = anchors.level[s]
        cells += cells_in(
            window(box, anchors.shapes[s], anchors.cells[n, level], anchors.strides[n, level],
                   anchors.offset, floor)
        )  # fmt: skip
    return cells


@_compiled  # type: ignore[untyped-decorator]
def _rivals(boxes: F, start: int, stop: int, m: int, floor: float) -> I:
    """The other objects that an anchor with IoU >= floor with m may touch."""
    x1, y1, x2, y2 = row_of(boxes, m)
    # Such an anchor stays inside m grown by this share a side: IoU <= overlap / longer side.
    share = (1 - floor) / floor
    dx, dy = share * (x2 - x1), share * (y2 - y1)
    near, count = np.empty(stop - start, np.int64), 0
    for k in range(start, stop):
        if (
            k != m
            and boxes[k, 0] < x2 + dx and boxes[k, 2] > x1 - dx
            and boxes[k, 1] < y2 + dy and boxes[k, 3] > y1 - dy
        ):  # fmt: skip
            near[count] = k
            count += 1
    return near[:count]


@_compiled  # type: ignore[untyped-decorator]
def _slack(box: Any, least: float) -> float:
    """By what share float32 may misjudge an IoU: a corner far out is known to fewer digits, and
    the shortest side, of the object or of any anchor (`least`), suffers most from that."""
    far = max(max(abs(box[0]), abs(box[2])), max(abs(box[1]), abs(box[3])))
    side = min(np.float64(min(box[2] - box[0], box[3] - box[1])), least)
    return min(1e-5 + 1e-6 * np.float64(far) / side, 0.5)


@_compiled  # type: ignore[untyped-decorator]
def _shortest_side(shapes: F) -> float:
    least = np.inf
    for s in range(shapes.shape[0]):
        for side in (shapes[s, 2] - shapes[s, 0], shapes[s, 3] - shapes[s, 1]):
            if side > 0:
                least = min(least, np.float64(side))
    return least
