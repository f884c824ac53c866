"""The best anchor of each object, and how many anchors learn from it, without laying all anchors.

Letters: N images, L levels, S shapes, M objects.

Why the nearest grid point is enough: anchors of one shape on one level differ only by where they
are centred, so their IoU with an object, I / (A + B - I), grows with the intersection I alone, and
I = ox * oy, where ox depends on the column and oy on the row. Each falls as the centre moves away
from the object's. So the best column and the best row can be chosen apart, and each is the one
nearest to the object's centre, or the last one before the border of the grid.

All IoU are computed in float32 in the order of `rpn_core.geometry.boxes.pairwise_iou`, so that
whether an anchor reaches a threshold, and which anchors tie, is the same here as in
`targets.matching`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpn_core.design.shapes import Grids, ShapeTable
from rpn_core.geometry.compiled import compiled

F = NDArray[np.float32]
I = NDArray[np.int64]  # noqa: E741

# An image with more objects, and an object whose tied anchors times the objects of its image are
# more, are judged by less than all rivals: else a broken data set would take hours.
MOST_RIVALS = 2000
MOST_COMPARISONS = 500_000

_compiled = compiled(nogil=True)


@_compiled  # type: ignore[untyped-decorator]
def _iou(ax1: Any, ay1: Any, ax2: Any, ay2: Any, area: Any, bx1: Any, by1: Any, bx2: Any,
         by2: Any) -> Any:  # fmt: skip
    """Object a with its area, anchor b."""
    zero = np.float32(0.0)
    w = max(min(ax2, bx2) - max(ax1, bx1), zero)
    h = max(min(ay2, by2) - max(ay1, by1), zero)
    inter = w * h
    union = area + (bx2 - bx1) * (by2 - by1) - inter
    return inter / union if union > zero else zero


@_compiled  # type: ignore[untyped-decorator]
def _nearest(centre: Any, stride: Any, offset: Any, cells: Any) -> Any:
    place = int(np.rint(np.float64(centre) / np.float64(stride) - np.float64(offset)))
    return min(max(place, 0), cells - 1)


@_compiled  # type: ignore[untyped-decorator]
def _point(place: Any, stride: Any, offset: Any) -> Any:
    return (np.float32(place) + offset) * stride


@_compiled  # type: ignore[untyped-decorator]
def _window(centre: Any, reach: Any, stride: Any, offset: Any, cells: Any) -> Any:
    """First and last cell whose point lies within `reach` of the centre."""
    # A little wider, for the rounding of float32: every anchor in it is judged by its own IoU.
    slack = 1e-3 + 1e-6 * abs(centre)
    low = int(np.ceil((centre - reach - slack) / stride - offset))
    high = int(np.floor((centre + reach + slack) / stride - offset))
    return max(low, 0), min(high, cells - 1)


@_compiled  # type: ignore[untyped-decorator]
def _reaches(w: Any, h: Any, aw: Any, ah: Any, floor: Any) -> Any:
    """How far in x and in y the anchor's centre may lie from the object's for IoU >= floor;
    negative when no place would do."""
    need = floor / (1.0 + floor) * (w * h + aw * ah)
    ox, oy = min(w, aw), min(h, ah)
    if need > ox * oy:
        return -1.0, -1.0
    return (w + aw) / 2 - need / oy, (h + ah) / 2 - need / ox


@_compiled  # type: ignore[untyped-decorator]
def _span(boxes: F, m: Any, shapes: F, s: Any, floor: Any, cells: I, strides: F,
          offset: Any) -> Any:  # fmt: skip
    """Rows and columns (first, last, first, last) of a level, outside of which no anchor of shape
    `s` has IoU >= floor with object `m`. `cells` and `strides` are (2,), of this level."""
    x1, y1 = np.float64(boxes[m, 0]), np.float64(boxes[m, 1])
    x2, y2 = np.float64(boxes[m, 2]), np.float64(boxes[m, 3])
    aw = np.float64(shapes[s, 2] - shapes[s, 0])
    ah = np.float64(shapes[s, 3] - shapes[s, 1])
    reach_x, reach_y = _reaches(x2 - x1, y2 - y1, aw, ah, floor)
    if reach_x < 0:
        return 0, -1, 0, -1
    left, right = _window((x1 + x2) / 2, reach_x, np.float64(strides[1]), offset, cells[1])
    top, bottom = _window((y1 + y2) / 2, reach_y, np.float64(strides[0]), offset, cells[0])
    return top, bottom, left, right


@_compiled  # type: ignore[untyped-decorator]
def _slack(x1: Any, y1: Any, x2: Any, y2: Any, least: Any) -> Any:
    """By what share float32 may misjudge an IoU: a corner far out is known to fewer digits, and
    the shortest side, of the object or of any anchor (`least`), suffers most from that."""
    far = max(max(abs(x1), abs(x2)), max(abs(y1), abs(y2)))
    side = min(np.float64(min(x2 - x1, y2 - y1)), least)
    return min(1e-5 + 1e-6 * np.float64(far) / side, 0.5)


@_compiled  # type: ignore[untyped-decorator]
def best_shapes(boxes: F, shapes: F, best: F, which: I) -> None:
    """Shape-only IoU: object and anchor share their centre. Fills (M,) best and which."""
    zero = np.float32(0.0)
    for m in range(boxes.shape[0]):
        w, h = boxes[m, 2] - boxes[m, 0], boxes[m, 3] - boxes[m, 1]
        best[m], which[m] = zero, -1
        for s in range(shapes.shape[0]):
            aw, ah = shapes[s, 2] - shapes[s, 0], shapes[s, 3] - shapes[s, 1]
            inter = min(w, aw) * min(h, ah)
            iou = inter / (w * h + aw * ah - inter)
            if iou > best[m]:
                best[m], which[m] = iou, s


@_compiled  # type: ignore[untyped-decorator]
def best_placed(
    boxes: F, image: I, cells: I, strides: F, offset: Any, shapes: F, level: I, best: F, which: I
) -> None:
    """IoU of the best anchor of every object on the grids of its image.

    Args:
        boxes: (M, 4) float32 xyxy, pixels of the network input.
        image: (M,) the image of each.
        cells, strides: (N, L, 2) of `shapes.Grids`.
        offset: float32, in strides.
        shapes, level: (S, 4) and (S,) of `shapes.ShapeTable`.
        best, which: (M,) are filled: IoU, and the shape, -1 where no anchor overlaps the object.
    """
    zero = np.float32(0.0)
    for m in range(boxes.shape[0]):
        x1, y1, x2, y2 = boxes[m, 0], boxes[m, 1], boxes[m, 2], boxes[m, 3]
        area = (x2 - x1) * (y2 - y1)
        best[m], which[m] = zero, -1
        last, px, py = -1, zero, zero
        for s in range(shapes.shape[0]):
            lv = level[s]
            if lv != last:
                sy, sx = strides[image[m], lv, 0], strides[image[m], lv, 1]
                rows, columns = cells[image[m], lv, 0], cells[image[m], lv, 1]
                px = _point(_nearest((x1 + x2) / 2, sx, offset, columns), sx, offset)
                py = _point(_nearest((y1 + y2) / 2, sy, offset, rows), sy, offset)
                last = lv
            iou = _iou(
                x1, y1, x2, y2, area,
                px + shapes[s, 0], py + shapes[s, 1], px + shapes[s, 2], py + shapes[s, 3],
            )  # fmt: skip
            if iou > best[m]:
                best[m], which[m] = iou, s


def placed_iou(boxes: F, image: I, grids: Grids, table: ShapeTable) -> F:
    """(M,) float32, best IoU of each object with any anchor on the grids of its image."""
    best, which = np.zeros(len(boxes), np.float32), np.full(len(boxes), -1)
    best_placed(
        boxes, image, grids.cells_hw, grids.stride_hw, np.float32(grids.offset),
        table.boxes, table.level, best, which,
    )  # fmt: skip
    return best


@_compiled  # type: ignore[untyped-decorator]
def count_positives(
    boxes: F, image: I, cells: I, strides: F, offset: Any, shapes: F, level: I, thresh: Any,
    first: int, end: int, best: F, which: I, strict: I, rescued: I,
    alone: NDArray[np.bool_],
) -> None:  # fmt: skip
    """Count the anchors whose target is each object, for the objects first..end of whole images.

    `best` and `which` hold what `best_placed` found. They are refined on the way: where anchors
    tie but for rounding, the float32 maximum over all of them is what the low-quality rule takes.

    Fills, for each object: strict, the anchors with IoU >= thresh whose best object it is;
    rescued, the anchors below thresh that become positive for it because no anchor overlaps some
    object more; alone, whether it was judged without its rivals (MOST_RIVALS), or has so many tied
    anchors that they were not looked at (MOST_COMPARISONS; rescued is then 1, for at least one).
    An object that no anchor overlaps rescues none here (the literal rule would make every anchor
    that overlaps nothing a positive).
    """
    zero = np.float32(0.0)
    count = shapes.shape[0]
    least = np.inf
    for s in range(count):
        for side in (shapes[s, 2] - shapes[s, 0], shapes[s, 3] - shapes[s, 1]):
            if side > zero:
                least = min(least, np.float64(side))
    start = first
    while start < end:
        stop = start
        while stop < end and image[stop] == image[start]:
            stop += 1
        n = image[start]
        crowded = stop - start > MOST_RIVALS
        near = np.empty(0 if crowded else stop - start, np.int64)
        # 1. Anchors at or above the threshold.
        for m in range(start, stop):
            strict[m], rescued[m], alone[m] = 0, 0, crowded
            x1, y1, x2, y2 = boxes[m, 0], boxes[m, 1], boxes[m, 2], boxes[m, 3]
            w, h = x2 - x1, y2 - y1
            area = w * h
            if best[m] == zero:
                continue
            slack = _slack(x1, y1, x2, y2, least)
            floor = min(np.float64(thresh), np.float64(best[m])) * (1 - slack)
            if best[m] < thresh:
                tied = 0
                for s in range(count):
                    lv = level[s]
                    top, bottom, left, right = _span(
                        boxes, m, shapes, s, floor, cells[n, lv], strides[n, lv], offset
                    )
                    tied += max(right - left + 1, 0) * max(bottom - top + 1, 0)
                if tied * (1 if crowded else stop - start) > MOST_COMPARISONS:
                    rescued[m], alone[m] = 1, True
                    continue
            # An anchor that reaches `floor` with m stays inside m grown by this share a side:
            # IoU <= overlap / longer side, in x as in y.
            grown = (1 - floor) / floor
            others = 0
            for k in range(start, start if crowded else stop):
                if (
                    k != m
                    and boxes[k, 0] < x2 + grown * w and boxes[k, 2] > x1 - grown * w
                    and boxes[k, 1] < y2 + grown * h and boxes[k, 3] > y1 - grown * h
                ):  # fmt: skip
                    near[others] = k
                    others += 1
            for s in range(count):
                lv = level[s]
                top, bottom, left, right = _span(
                    boxes, m, shapes, s, floor, cells[n, lv], strides[n, lv], offset
                )
                sy, sx = strides[n, lv, 0], strides[n, lv, 1]
                for row in range(top, bottom + 1):
                    py = _point(row, sy, offset)
                    by1, by2 = py + shapes[s, 1], py + shapes[s, 3]
                    for column in range(left, right + 1):
                        px = _point(column, sx, offset)
                        bx1, bx2 = px + shapes[s, 0], px + shapes[s, 2]
                        iou = _iou(x1, y1, x2, y2, area, bx1, by1, bx2, by2)
                        if iou > best[m]:
                            best[m], which[m] = iou, s
                        if iou < thresh:
                            continue
                        mine = True
                        for o in range(others):
                            k = near[o]
                            rival = _iou(
                                boxes[k, 0], boxes[k, 1], boxes[k, 2], boxes[k, 3],
                                (boxes[k, 2] - boxes[k, 0]) * (boxes[k, 3] - boxes[k, 1]),
                                bx1, by1, bx2, by2,
                            )  # fmt: skip
                            if rival > iou or (rival == iou and k < m):
                                mine = False
                                break
                        if mine:
                            strict[m] += 1
        # 2. Anchors that only the low-quality rule makes positive; they learn their own best
        #    object, which need not be the one that rescued them.
        for m in range(start, stop):
            if best[m] == zero or best[m] >= thresh or (alone[m] and not crowded):
                continue
            if crowded and rescued[m] > 0:
                continue
            x1, y1, x2, y2 = boxes[m, 0], boxes[m, 1], boxes[m, 2], boxes[m, 3]
            w, h = x2 - x1, y2 - y1
            area = w * h
            floor = np.float64(best[m]) * (1 - _slack(x1, y1, x2, y2, least))
            for s in range(count):
                lv = level[s]
                top, bottom, left, right = _span(
                    boxes, m, shapes, s, floor, cells[n, lv], strides[n, lv], offset
                )
                sy, sx = strides[n, lv, 0], strides[n, lv, 1]
                for row in range(top, bottom + 1):
                    py = _point(row, sy, offset)
                    by1, by2 = py + shapes[s, 1], py + shapes[s, 3]
                    for column in range(left, right + 1):
                        px = _point(column, sx, offset)
                        bx1, bx2 = px + shapes[s, 0], px + shapes[s, 2]
                        if _iou(x1, y1, x2, y2, area, bx1, by1, bx2, by2) != best[m]:
                            continue
                        highest, winner, counted = zero, m, False
                        for k in range(m if crowded else start, m + 1 if crowded else stop):
                            rival = _iou(
                                boxes[k, 0], boxes[k, 1], boxes[k, 2], boxes[k, 3],
                                (boxes[k, 2] - boxes[k, 0]) * (boxes[k, 3] - boxes[k, 1]),
                                bx1, by1, bx2, by2,
                            )  # fmt: skip
                            if rival > highest:
                                highest, winner = rival, k
                            if k < m and rival == best[k] and rival > zero and not alone[k]:
                                counted = True
                        if highest < thresh and not counted:
                            rescued[winner] += 1
        start = stop
